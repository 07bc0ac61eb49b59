"""A mail that came in, as far as it matters: who wrote, what it answers, its words. Anybody may have written it. Pure."""

from __future__ import annotations

import codecs
import datetime as dt
import hashlib
import re
from collections.abc import Iterator
from email import message_from_bytes
from email.errors import MessageError
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import Compat32, default
from email.utils import getaddresses, parsedate_to_datetime

from app.frozen import dataclass

MOST_ANSWERED = 50  # Message-IDs that one refers to
LONGEST_HEADER = 8_000  # characters that are read of one
LONGEST_WORDS = 1_000_000  # bytes that are read of a text
LONGEST_READ = 2_000_000  # bytes of a mail: its words stand at the beginning, before what is attached
DEEPEST = 30  # multiparts in all: the time to read them grows with how deep they lie in each other
_ID = re.compile(r"<([^<>\s\x00-\x1f\x7f]{1,500})>")
_ROBOTS = ("mailer-daemon", "postmaster", "noreply", "no-reply", "do-not-reply", "donotreply")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_MULTIPART = re.compile(rb"multipart/", re.IGNORECASE)
_LINE_END = re.compile(r"[\r\n]+")
_SLOW = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape"})  # nobody writes mails in them
_UNREADABLE = (ValueError, LookupError, AttributeError, TypeError, AssertionError, RecursionError, MessageError)


class _Cut(Compat32):
    """Headers as they stand, each only as long as it takes little time to read."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        found: tuple[str, str] = super().header_source_parse(["".join(sourcelines)[:LONGEST_HEADER]])
        return found


_POLICY = _Cut()


@dataclass(frozen=True)
class Incoming:
    """`key` names it for good. `answers`: the Message-IDs that it refers to, without brackets, the nearest first. `automatic`: no
    person wrote it: an absence note, a list, a mail that did not arrive.
    """

    key: str
    sender: str
    subject: str
    at: dt.datetime | None
    answers: tuple[str, ...]
    plain: str
    html: str
    automatic: bool


def digest_of(content: bytes) -> str:
    """What names a mail that has no name of its own."""
    return hashlib.sha256(content).hexdigest()


def read_mail(content: bytes) -> Incoming:
    """What a mail says. Whatever is broken in it is read as far as it goes: of what lies too deep in each other the headers
    alone.
    """
    message = _parsed(content[:LONGEST_READ])
    ids = _ID.findall(_header(message, "Message-ID"))
    sender = _address(_header(message, "From"))
    answers = [*_ID.findall(_header(message, "In-Reply-To")), *reversed(_ID.findall(_header(message, "References")))]
    return Incoming(
        key=ids[0] if ids else digest_of(content),
        sender=_clean(sender).strip().casefold(),
        subject=" ".join(_clean(_header(message, "Subject")).split()),
        at=_date(_header(message, "Date")),
        answers=tuple(dict.fromkeys(answers))[:MOST_ANSWERED],
        plain=_words(message, "plain"),
        html=_words(message, "html"),
        automatic=_is_automatic(message, sender),
    )


def _parsed(content: bytes) -> Message:
    if len(_MULTIPART.findall(content)) <= DEEPEST:
        try:
            return message_from_bytes(content, policy=_POLICY)
        except RecursionError:  # mails in mails
            pass
    return BytesHeaderParser(policy=_POLICY).parsebytes(content)


def _header(message: Message, name: str) -> str:
    """The words of a header, without what no database takes; blank where nobody can read it."""
    try:
        source = _LINE_END.sub("", str(message.get(name) or ""))
        text = str(default.header_factory(name, source))
    except _UNREADABLE:
        return ""
    return text.encode("utf-8", "replace").decode("utf-8")


def _address(text: str) -> str:
    try:
        return next((address for _, address in getaddresses([text]) if "@" in address), "")
    except _UNREADABLE:
        return ""


def _clean(text: str) -> str:
    return _CONTROL.sub("", text.encode("utf-8", "replace").decode("utf-8"))


def _date(text: str) -> dt.datetime | None:
    try:
        found = parsedate_to_datetime(text)
        return (found if found.tzinfo is not None else found.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _parts(message: Message) -> Iterator[Message]:
    """The mail and all its parts, in order."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        yield part
        inner = part.get_payload()
        if isinstance(inner, list):
            waiting.extend(each for each in reversed(inner) if isinstance(each, Message))


def _words(message: Message, kind: str) -> str:
    """Its first text of a kind; attachments are left out."""
    for part in _parts(message):
        if part.get_content_type() != f"text/{kind}" or part.get_content_disposition() == "attachment":
            continue
        content = part.get_payload(decode=True)
        if isinstance(content, bytes):
            return _clean(_decoded(content[:LONGEST_WORDS], part.get_content_charset())).replace("\r\n", "\n").strip()
    return ""


def _decoded(content: bytes, charset: str | None) -> str:
    try:
        name = codecs.lookup(charset or "utf-8").name
        return content.decode("utf-8" if name in _SLOW else name, "replace")
    except (LookupError, ValueError):
        return content.decode("utf-8", "replace")


def _is_automatic(message: Message, sender: str) -> bool:
    name = sender.partition("@")[0].casefold()
    submitted = _header(message, "Auto-Submitted").strip().casefold()
    return (
        submitted not in {"", "no"}
        or _header(message, "Precedence").strip().casefold() in {"bulk", "list", "junk", "auto_reply"}
        or _header(message, "Return-Path").strip() == "<>"
        or bool(_header(message, "X-Autoreply") or _header(message, "List-Id"))
        or message.get_content_type() == "multipart/report"
        or any(name.startswith(robot) for robot in _ROBOTS)
    )

"""A mail that came in, as far as it matters: who wrote, what it answers, its words. Anybody may have written it. Pure."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import getaddresses, parsedate_to_datetime

MOST_ANSWERED = 50  # Message-IDs that one refers to
_ID = re.compile(r"<([^<>\s]{1,500})>")
_ROBOTS = ("mailer-daemon", "postmaster", "noreply", "no-reply", "do-not-reply", "donotreply")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


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


def read_mail(content: bytes) -> Incoming:
    """What a mail says. Whatever is broken in it is read as far as it goes."""
    message = message_from_bytes(content, policy=default)
    assert isinstance(message, EmailMessage)
    ids = _ID.findall(_header(message, "Message-ID"))
    sender = next((address for _, address in getaddresses([_header(message, "From")]) if "@" in address), "")
    answers = [*_ID.findall(_header(message, "In-Reply-To")), *reversed(_ID.findall(_header(message, "References")))]
    return Incoming(
        key=ids[0] if ids else hashlib.sha256(content).hexdigest(),
        sender=_clean(sender).strip().casefold(),
        subject=" ".join(_clean(_header(message, "Subject")).split()),
        at=_date(_header(message, "Date")),
        answers=tuple(dict.fromkeys(answers))[:MOST_ANSWERED],
        plain=_words(message, "plain"),
        html=_words(message, "html"),
        automatic=_is_automatic(message, sender),
    )


def _header(message: EmailMessage, name: str) -> str:
    try:
        return str(message.get(name) or "")
    except (ValueError, LookupError, AttributeError, IndexError, TypeError):  # a header that nobody can read
        return ""


def _clean(text: str) -> str:
    return _CONTROL.sub("", text.encode("utf-8", "replace").decode("utf-8"))


def _date(text: str) -> dt.datetime | None:
    try:
        found = parsedate_to_datetime(text)
        return (found if found.tzinfo is not None else found.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _words(message: EmailMessage, kind: str) -> str:
    """Its first text of a kind; attachments are left out."""
    for part in message.walk():
        if part.get_content_type() != f"text/{kind}" or part.get_content_disposition() == "attachment":
            continue
        content = part.get_payload(decode=True)
        if isinstance(content, bytes):
            charset = part.get_content_charset() or "utf-8"
            try:
                text = content.decode(charset, "replace")
            except (LookupError, ValueError):
                text = content.decode("utf-8", "replace")
            return _clean(text).replace("\r\n", "\n").strip()
    return ""


def _is_automatic(message: EmailMessage, sender: str) -> bool:
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

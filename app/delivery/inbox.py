"""Where mails come in: the new ones of a folder, or of a mailbox at a server, each marked when it was seen to."""

from __future__ import annotations

import contextlib
import imaplib
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from app.delivery.trust import trusted
from app.frozen import dataclass
from app.settings import SettingRefused

MOST_BYTES = 25_000_000  # of a mail; of a larger one only the beginning is read
MOST_AT_ONCE = 200
TIMEOUT = 20.0  # seconds for each answer of the server
_PORTS = {"imap": 143, "imaps": 993}


class Inbox(Protocol):
    """The new mails: their names, what one holds, and that one is done with."""

    def names(self) -> list[str]: ...
    def read(self, name: str) -> bytes: ...
    def done(self, name: str) -> None: ...


@contextmanager
def open_inbox(url: str) -> Iterator[Inbox]:
    """The inbox of `maildir:/path`, or of `imaps://user:password@host/folder`. Raises SettingRefused for what is neither, with
    nothing of it in the text, OSError or imaplib's errors where it does not answer.
    """
    scheme, _, rest = url.partition(":")
    if scheme == "maildir" and rest:
        folder = Path(rest.removeprefix("//"))
        if not (folder / "new").is_dir():
            raise SettingRefused(f"CRM_MAIL_INBOX: {folder} is no maildir: it has no folder 'new'")
        yield Maildir(folder)
        return
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise SettingRefused("CRM_MAIL_INBOX: its port is not a number") from error
    if parts.scheme not in _PORTS or not parts.hostname or parts.username is None:
        raise SettingRefused("CRM_MAIL_INBOX is no inbox: write maildir:/path or imaps://user:password@host/folder")
    with _logged_in(
        parts.scheme, parts.hostname, port, unquote(parts.username), unquote(parts.password or "")
    ) as found:
        folder_name = unquote(parts.path.strip("/")) or "INBOX"
        quoted = folder_name.replace("\\", "\\\\").replace('"', '\\"')
        _agreed(found.select(f'"{quoted}"'))
        yield Mailbox(found)


@contextmanager
def _logged_in(scheme: str, host: str, port: int | None, user: str, password: str) -> Iterator[imaplib.IMAP4]:
    """A connection whose certificate was looked at; `imap` is made secure before a password is said, unless it stays here."""
    trust = trusted()
    if scheme == "imaps":
        connection: imaplib.IMAP4 = imaplib.IMAP4_SSL(host, port or _PORTS[scheme], ssl_context=trust, timeout=TIMEOUT)
    else:
        connection = imaplib.IMAP4(host, port or _PORTS[scheme], timeout=TIMEOUT)
    try:
        if scheme == "imap" and host not in {"127.0.0.1", "::1", "localhost"}:
            connection.starttls(trust)
        connection.login(user, password)
        yield connection
    finally:
        with contextlib.suppress(OSError, imaplib.IMAP4.error):
            connection.logout()


@dataclass(frozen=True)
class Maildir:
    """A folder as mail servers deliver into it. What is done with goes from `new` to `cur`, as seen."""

    folder: Path

    def names(self) -> list[str]:
        """The oldest first, as far as their names say so."""
        new = self.folder / "new"
        found = (each for each in new.iterdir() if not each.name.startswith(".") and stat.S_ISREG(each.lstat().st_mode))
        return sorted(each.name for each in found)[:MOST_AT_ONCE]

    def read(self, name: str) -> bytes:
        """Its bytes."""
        with (self.folder / "new" / name).open("rb") as file:
            return file.read(MOST_BYTES)

    def done(self, name: str) -> None:
        """Not new any more."""
        seen = self.folder / "cur"
        seen.mkdir(exist_ok=True)
        (self.folder / "new" / name).replace(seen / f"{name.partition(':')[0]}:2,S")


@dataclass(frozen=True)
class Mailbox:
    """A folder at a server. What is done with is marked as seen there."""

    connection: imaplib.IMAP4

    def names(self) -> list[str]:
        """Those that nobody has seen."""
        (found,) = _agreed(self.connection.uid("SEARCH", "UNSEEN"))
        return found.decode().split()[:MOST_AT_ONCE] if isinstance(found, bytes) else []

    def read(self, name: str) -> bytes:
        """Its bytes; it stays unseen."""
        answer = _agreed(self.connection.uid("FETCH", name, f"(BODY.PEEK[]<0.{MOST_BYTES}>)"))
        return next((each[1] for each in answer if isinstance(each, tuple)), b"")

    def done(self, name: str) -> None:
        """Seen."""
        _agreed(self.connection.uid("STORE", name, "+FLAGS.SILENT", "(\\Seen)"))


def _agreed(answer: tuple[str, list[Any]]) -> list[Any]:
    status, found = answer
    if status != "OK":
        raise imaplib.IMAP4.error(f"the server answers {status}")
    return found

"""Mails: how one is put together, and how it gets to a server or into a file."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import smtplib
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import field
from email.errors import HeaderDefect, MessageError
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy, Policy
from email.utils import format_datetime
from pathlib import Path
from types import MappingProxyType
from urllib.parse import unquote, urlsplit

from app.delivery.lines import is_one_line
from app.delivery.trust import trusted
from app.frozen import dataclass
from app.settings import SettingRefused

PORTS = MappingProxyType({"smtp": 25, "smtp+starttls": 587, "smtps": 465})
TIMEOUT = 10.0  # seconds for each answer of the server
DEADLINE = 45.0  # seconds for all of it: less than a delivery is claimed for
LONGEST_SUBJECT = 300  # characters
MOST_BYTES = 1_000_000


class _Unfolded(UnstructuredHeader, BaseHeader):
    """A header that stands on one line: folded, a long address in it would be written as words of another encoding."""

    def fold(self, *, policy: Policy) -> str:
        """The line."""
        return f"{self.name}: {self}{policy.linesep}"


def _policy() -> EmailPolicy[EmailMessage]:
    headers = HeaderRegistry()
    headers.map_to_type("list-unsubscribe", _Unfolded)
    return SMTP.clone(header_factory=headers)


POLICY = _policy()


class MailRefused(ValueError):
    """A mail that can't be sent, now or later; its text says why."""


@dataclass(frozen=True, kw_only=True)
class Mail:
    """A mail to one address. `sender` is an address, `message_id` with its angle brackets; of `html` there is a `text` too.

    `headers` are further ones, by name.
    """

    message_id: str
    sender: str
    to: str
    subject: str
    text: str
    html: str | None = None
    sender_name: str = ""
    at: dt.datetime
    language: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class MailServer:
    """Where mails go. `security`: a scheme of `PORTS`."""

    host: str
    port: int
    security: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)


def read_mail_url(url: str) -> MailServer:
    """The server of `smtp://`, `smtp+starttls://` or `smtps://`, with `user:password@` where it asks for them. Raises
    SettingRefused, whose text holds nothing of the address: it may hold the password.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise SettingRefused("CRM_MAIL_URL is no address of a mail server: its port is not a number") from error
    if parts.scheme not in PORTS or not parts.hostname or parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise SettingRefused(
            "CRM_MAIL_URL is no address of a mail server: write smtp://, smtp+starttls:// or smtps:// and "
            "[user:password@]host[:port], with signs such as @ or / in a password as %40 or %2F"
        )
    user = None if parts.username is None else unquote(parts.username)
    password = None if parts.password is None else unquote(parts.password)
    return MailServer(
        host=parts.hostname, port=port or PORTS[parts.scheme], security=parts.scheme, user=user, password=password
    )


def composed(mail: Mail) -> EmailMessage:
    """The message. Raises MailRefused for what would end a header before its time, or is no address."""
    message = EmailMessage(policy=POLICY)
    try:
        message["From"] = Address(mail.sender_name, addr_spec=mail.sender)
        message["To"] = Address(addr_spec=mail.to)
        for name, value in (
            ("Subject", mail.subject[:LONGEST_SUBJECT]), ("Date", format_datetime(mail.at)), ("Message-ID", mail.message_id),
            ("Auto-Submitted", "auto-generated"), *mail.headers.items(),
        ):  # fmt: skip
            _check_header(name, value)
            message[name] = value
        message.set_content(mail.text)
        if mail.html is not None:
            message.add_alternative(mail.html, subtype="html")
        if mail.language:  # of all its parts: said before there are any it would go into the first one
            _check_header("Content-Language", mail.language)
            message["Content-Language"] = mail.language
    except (ValueError, MessageError, HeaderDefect, IndexError) as error:
        raise MailRefused(f"this mail can't be written: {error}") from error
    return message


def _check_header(name: str, value: str) -> None:
    if not is_one_line(value):
        raise MailRefused(f"{name} holds a line break or another sign that can't stand in a header")


def send(server: MailServer, message: EmailMessage) -> str:
    """Gives a message to the server; what it answered. Raises MailRefused where it refuses it for good (5xx to a sender, an
    address or the content), and OSError (of which smtplib's are) where another attempt may do.
    """
    try:
        with _connected(server) as connection:
            if server.user is not None:
                connection.login(server.user, server.password or "")
            _given(connection, message)
            return f"accepted by {server.host}"
    except smtplib.SMTPRecipientsRefused as error:
        code, text = next(iter(error.recipients.values()))
        raise _refused(code, text) from error
    except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
        raise _refused(error.smtp_code, error.smtp_error) from error


def _given(connection: smtplib.SMTP, message: EmailMessage) -> None:
    try:
        connection.send_message(message)
    except smtplib.SMTPNotSupportedError as error:  # of an address with other letters than ASCII
        raise MailRefused(f"the server can't take it: {error}") from error


def _refused(code: int, text: bytes | str) -> Exception:
    words = f"{code} {text.decode('utf-8', 'replace') if isinstance(text, bytes) else text}"
    return MailRefused(words) if 500 <= code < 600 else smtplib.SMTPException(words)


@contextmanager
def _connected(server: MailServer) -> Iterator[smtplib.SMTP]:
    """Connected, with its certificate looked at where it has one. Whatever the server does, its greeting too, it ends within
    DEADLINE.
    """
    trust = trusted()
    with (
        socket.create_connection((server.host, server.port), TIMEOUT) as plain,
        socket.socket(fileno=os.dup(plain.fileno())) as same,  # a secured one takes the first away
    ):
        ending = threading.Timer(DEADLINE, _cut, (same,))
        ending.daemon = True
        ending.start()
        try:
            sock = trust.wrap_socket(plain, server_hostname=server.host) if server.security == "smtps" else plain
            with contextlib.closing(_Opened(sock, server)) as connection:
                if server.security == "smtp+starttls":
                    connection.starttls(context=trust)
                yield connection
                with contextlib.suppress(OSError):  # it has taken the mail: how it says good-bye changes nothing
                    connection.quit()
        finally:
            ending.cancel()


class _Opened(smtplib.SMTP):
    """A talk over a connection that stands already."""

    def __init__(self, opened: socket.socket, server: MailServer) -> None:
        self._opened = opened
        super().__init__(server.host, server.port, socket.gethostname(), timeout=TIMEOUT)

    def _get_socket(self, _host: str, _port: int, _timeout: float) -> socket.socket:
        return self._opened


def _cut(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


def put_aside(folder: Path, name: str, message: EmailMessage) -> Path:
    """Writes a message as `<name>.eml` where no server is named; the same name again is the same file."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{name}.eml"
    beside = path.with_name(f".{name}.{os.getpid()}.{threading.get_ident()}")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(message.as_bytes())
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    return path

"""As much of LDAP as a login needs (RFC 4511): StartTLS, a simple bind, a search for what equals. No referral is followed.

A value is sent as what it is: no filter is ever written as text, so that nothing in a value can be taken for a part of one.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from app.delivery.trust import trusted
from app.frozen import dataclass
from app.identity import ber

LARGEST = 1024 * 1024  # bytes of one message
MOST = 5_000  # messages of one answer
_START_TLS = "1.3.6.1.4.1.1466.20037"
_BIND, _UNBIND, _SEARCH, _EXTENDED = 0x60, 0x42, 0x63, 0x77
_BOUND, _ENTRY, _DONE, _REFERENCE, _ANSWERED = 0x61, 0x64, 0x65, 0x73, 0x78
_AND, _EQUALS, _SIMPLE, _NAME = 0xA0, 0xA3, 0x80, 0x80
_SUBTREE = 2
_SUCCESS, _TOO_MANY = 0, 4


class DirectoryFailed(Exception):
    """The directory does not answer, or not as it should. Its text holds no secret."""


@dataclass(frozen=True)
class Place:
    """Where a directory is. `secure`: by TLS from the first byte; else `starts_tls` asks for it before anything is said."""

    host: str
    port: int
    secure: bool
    starts_tls: bool


@dataclass(frozen=True)
class Found:
    """An entry: its name, and its values by attributes in lower case."""

    name: str
    values: Mapping[str, tuple[bytes, ...]]


@dataclass(frozen=True)
class Search:
    """Entries below `base` of which all these attributes have these values, and what is told of them."""

    base: str
    equal: tuple[tuple[str, str], ...]
    attributes: tuple[str, ...]
    most: int


class Directory:
    """A conversation with a directory, which ends at a moment of the monotonic clock whatever the other side does."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock = sock
        self._deadline = deadline
        self._last = 0
        self._read = b""

    def bind(self, name: str, password: str) -> int:
        """Shows a name and a password; the code of the answer, 0 where they are right. An empty one would be no password at all:
        directories then answer that all is well. Raises DirectoryFailed, ValueError.
        """
        if not name or not password:
            raise ValueError("a bind without a name or a password shows nothing")
        said = [ber.integer(3), ber.text(name), ber.text(password, _SIMPLE)]
        return _code_of(self._asked(ber.element(_BIND, *said), _BOUND)[-1][1])

    def search(self, wanted: Search) -> list[Found]:
        """The entries; no more than were asked for. Raises DirectoryFailed."""
        equal = [ber.element(_EQUALS, ber.text(name), ber.text(value)) for name, value in wanted.equal]
        seconds = max(1, int(self._deadline - time.monotonic()))
        request = ber.element(
            _SEARCH, ber.text(wanted.base), ber.integer(_SUBTREE, ber.ENUMERATED), ber.integer(0, ber.ENUMERATED),
            ber.integer(wanted.most), ber.integer(seconds), ber.element(ber.BOOLEAN, b"\0"), ber.element(_AND, *equal),
            ber.element(ber.SEQUENCE, *(ber.text(each) for each in wanted.attributes)),
        )  # fmt: skip
        answers = self._asked(request, _DONE)
        if _code_of(answers[-1][1]) not in {_SUCCESS, _TOO_MANY}:
            raise DirectoryFailed(f"search: {_code_of(answers[-1][1])}")
        return [_entry(content) for tag, content in answers if tag == _ENTRY]

    def start_tls(self, host: str) -> None:
        """Goes on by TLS, with a certificate of that host. Raises DirectoryFailed, OSError."""
        answers = self._asked(ber.element(_EXTENDED, ber.text(_START_TLS, _NAME)), _ANSWERED)
        if _code_of(answers[-1][1]) != _SUCCESS or self._read:
            raise DirectoryFailed("it does not start TLS")
        self.secure(host)

    def secure(self, host: str) -> None:
        """TLS from here on. Raises OSError."""
        self._sock.settimeout(self._left())
        self._sock = trusted().wrap_socket(self._sock, server_hostname=host)

    def leave(self) -> None:
        """Says farewell, if it is heard or not."""
        try:
            self._send(ber.element(_UNBIND))
        except (OSError, DirectoryFailed):
            return
        finally:
            self._sock.close()

    def _asked(self, request: bytes, last: int) -> Sequence[tuple[int, bytes]]:
        """What is answered to a request, up to the message of that tag."""
        self._send(request)
        answers: list[tuple[int, bytes]] = []
        while not answers or answers[-1][0] != last:
            if len(answers) > MOST:
                raise DirectoryFailed("it answers too much")
            answers.append(self._received({last, _ENTRY, _REFERENCE}))
        return answers

    def _send(self, request: bytes) -> None:
        self._last += 1
        self._sock.settimeout(self._left())
        self._sock.sendall(ber.element(ber.SEQUENCE, ber.integer(self._last), request))

    def _received(self, expected: set[int]) -> tuple[int, bytes]:
        try:
            parts = list(ber.elements(self._message()))
            tags = [tag for tag, _ in parts[:2]]
            if (
                len(tags) < 2
                or tags[0] != ber.INTEGER
                or ber.number(parts[0][1]) != self._last
                or tags[1] not in expected
            ):
                raise DirectoryFailed("it answers what was not asked")
        except ber.Malformed as error:
            raise DirectoryFailed(f"it does not speak LDAP: {error}") from error
        return parts[1]

    def _message(self) -> bytes:
        while (found := ber.length_at(self._read, 0)) is None or len(self._read) < sum(found):
            if found is not None and found[0] > LARGEST:
                raise ber.Malformed("size")
            self._sock.settimeout(self._left())
            more = self._sock.recv(65_536)
            if not more:
                raise DirectoryFailed("it hung up")
            self._read += more
        size, begins = found
        if self._read[0] != ber.SEQUENCE:
            raise ber.Malformed("tag")
        message, self._read = self._read[begins : begins + size], self._read[begins + size :]
        return message

    def _left(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise DirectoryFailed("it did not answer in time")
        return left


@contextmanager
def called(place: Place, seconds: float) -> Iterator[Directory]:
    """A conversation of so many seconds at the most. Raises DirectoryFailed."""
    deadline = time.monotonic() + seconds
    try:
        directory = Directory(socket.create_connection((place.host, place.port), seconds), deadline)
        try:
            if place.secure:
                directory.secure(place.host)
            elif place.starts_tls:
                directory.start_tls(place.host)
            yield directory
        finally:
            directory.leave()
    except ssl.SSLCertVerificationError as error:
        raise DirectoryFailed(f"its certificate is not trusted: {error.verify_message}") from error
    except TimeoutError as error:
        raise DirectoryFailed("it did not answer in time") from error
    except OSError as error:
        raise DirectoryFailed(error.strerror or type(error).__name__) from error


def _code_of(result: bytes) -> int:
    for tag, content in ber.elements(result):
        if tag == ber.ENUMERATED:
            return ber.number(content)
        break
    raise DirectoryFailed("it does not speak LDAP: result")


def _entry(content: bytes) -> Found:
    (_, name), (_, listed) = list(ber.elements(content))[:2]
    values: dict[str, tuple[bytes, ...]] = {}
    for _, attribute in ber.elements(listed):
        (_, key), (_, held) = list(ber.elements(attribute))[:2]
        values[key.decode("ascii", "replace").lower()] = tuple(value for _, value in ber.elements(held))
    return Found(name.decode("utf-8", "replace"), values)

"""The one client that calls other systems. What is looked up is judged, and that very address is connected to.

No redirect is followed, no proxy of the environment is used, certificates are verified, and a call ends within its time
and its size, whatever the other side does.
"""

from __future__ import annotations

import io
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import field
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any

from app.delivery.reach import NOT_ALLOWED, CallRefused, Reach, Target, read_target
from app.delivery.trust import trusted
from app.frozen import dataclass

SECONDS = 10.0  # of a call in all
IN_TIME = "it did not answer in time"
LOOKED_UP = "its name could not be looked up"
LARGEST_ANSWER = 1024 * 1024  # bytes read, its head among them

Resolve = Callable[[str, int], list[str]]
"""The addresses of a host, as numbers. Raises OSError."""


class CallFailed(Exception):
    """A call that was not answered. Its text says why, and holds no address and no secret."""


@dataclass(frozen=True)
class Answered:
    """What another system answered. `whole` is false where its body went on beyond the time or the size of a call."""

    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes = b""
    whole: bool = True


def resolved(host: str, port: int) -> list[str]:
    """The addresses of a host, as the system looks them up."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


@dataclass(frozen=True)
class Outbound:
    """Calls other systems. `seconds` bound a call from the look-up to the last byte."""

    reach: Reach = field(default_factory=Reach)
    resolve: Resolve = resolved
    seconds: float = SECONDS

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answered:
        """Posts a body and answers what came back, of whatever status. Raises CallRefused, CallFailed."""
        return self._called("POST", url, body, headers)

    def get(self, url: str) -> Answered:
        """Asks for what is there. Raises CallRefused, CallFailed."""
        return self._called("GET", url, None, {"Accept": "application/json"})

    def _called(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> Answered:
        target = read_target(url, self.reach)
        deadline = time.monotonic() + self.seconds
        try:
            with self.connected(target.host, target.port, deadline) as plain:
                sock = _secured(plain, target.host, deadline) if target.secure else plain
                with sock:
                    return _exchanged(_Timed(sock, deadline), method, target, body, headers)
        except ssl.SSLCertVerificationError as error:
            raise CallFailed(f"its certificate is not trusted: {error.verify_message}") from error
        except TimeoutError as error:
            raise CallFailed(IN_TIME) from error
        except OSError as error:
            raise CallFailed(error.strerror or type(error).__name__) from error
        except (HTTPException, ValueError) as error:
            raise CallFailed(f"it does not answer as HTTP asks for: {type(error).__name__}") from error

    def connected(self, host: str, port: int, deadline: float) -> socket.socket:
        """A connection to a host, to one of the addresses that were judged. Raises CallRefused, CallFailed, OSError."""
        addresses = self._looked_up(host, port, deadline)
        if not self.reach.allows(host, addresses):
            raise CallRefused(NOT_ALLOWED)
        failed: OSError = TimeoutError()
        for address in addresses:
            try:
                return socket.create_connection((address, port), _left(deadline))
            except OSError as error:
                failed = error
        raise failed

    def _looked_up(self, host: str, port: int, deadline: float) -> list[str]:
        """The addresses of a host. The system's look-up knows no limit of time: one that takes too long is left alone."""
        found: list[list[str] | OSError] = []

        def look_up() -> None:
            try:
                found.append(self.resolve(host, port))
            except OSError as error:
                found.append(error)
            except UnicodeError:
                found.append(OSError())

        thread = threading.Thread(target=look_up, daemon=True)
        thread.start()
        thread.join(_left(deadline))
        if not found:
            raise TimeoutError
        if isinstance(found[0], OSError):
            raise CallFailed(LOOKED_UP) from found[0]
        return found[0]


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _secured(plain: socket.socket, host: str, deadline: float) -> ssl.SSLSocket:
    plain.settimeout(_left(deadline))
    return trusted("http/1.1").wrap_socket(plain, server_hostname=host)


def _exchanged(timed: _Timed, method: str, target: Target, body: bytes | None, headers: Mapping[str, str]) -> Answered:
    connection = HTTPConnection(target.host, target.port)
    connection.sock = timed
    sent = {"Host": target.authority, "Connection": "close", "User-Agent": "Tenon", **headers}
    connection.request(method, target.path, body, sent)
    answer = connection.getresponse()
    known = {name.lower(): value for name, value in answer.getheaders()}
    read, whole = _read(answer)
    return Answered(answer.status, known, read, whole)


def _read(answer: HTTPResponse) -> tuple[bytes, bool]:
    """Its body, and whether it came to its end: the status counts, however long the rest goes on."""
    read = bytearray()
    try:
        while part := answer.read1(65_536):
            read += part
    except (OSError, HTTPException, ValueError):
        return bytes(read), False
    return bytes(read), True


class _Timed:
    """A socket as the HTTP library uses it, each of whose steps has only what is left of the time and the size of a call."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock, self._deadline = sock, deadline

    def sendall(self, content: bytes) -> None:
        """Sends all of it in time."""
        self._sock.settimeout(_left(self._deadline))
        self._sock.sendall(content)

    def makefile(self, *_: object) -> io.BufferedReader[Any]:
        """What is read from it."""
        return io.BufferedReader(_Reader(self._sock, self._deadline))

    def close(self) -> None:
        """Nothing: whoever opened the socket closes it."""


class _Reader(io.RawIOBase):
    def __init__(self, sock: socket.socket, deadline: float) -> None:
        super().__init__()
        self._sock, self._deadline, self._left = sock, deadline, LARGEST_ANSWER

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._left <= 0:
            raise ValueError("too much")
        self._sock.settimeout(_left(self._deadline))
        got = self._sock.recv_into(memoryview(buffer)[: self._left])
        self._left -= got
        return got

"""Another system, on this machine: it answers well, badly, slowly, for ever, or never, and keeps what it was sent."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

PAUSE = 0.02  # seconds between two bytes of what never ends


@dataclass(frozen=True)
class Call:
    """What came in."""

    path: str
    headers: Mapping[str, str]  # names in lower case
    body: bytes


@dataclass
class Receiver:
    """`statuses` are given by path, one after the other, the last one for good; a path without any answers 200."""

    url: str = ""
    calls: list[Call] = field(default_factory=list)
    statuses: dict[str, list[int]] = field(default_factory=dict)
    extra: dict[str, str] = field(default_factory=dict)  # headers of each answer
    stop: threading.Event = field(default_factory=threading.Event)
    arrived: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))  # once for each call

    def of(self, path: str) -> list[Call]:
        return [each for each in self.calls if each.path == path]


class Answerer(BaseHTTPRequestHandler):
    receiver: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.receiver.calls.append(Call(self.path, {key.lower(): each for key, each in self.headers.items()}, body))
        self.receiver.arrived.release()
        special: dict[str, Callable[[], None]] = {
            "/silent": self.keep_silent, "/head": self.trickle_head, "/body": self.trickle_body, "/large": self.be_large,
        }  # fmt: skip
        special.get(self.path, self.answer)()

    def answer(self) -> None:
        left = self.receiver.statuses.get(self.path, [200])
        self.send_response(left.pop(0) if len(left) > 1 else left[0])
        for name, value in self.receiver.extra.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def keep_silent(self) -> None:
        self.receiver.stop.wait()

    def trickle(self, byte: bytes) -> None:
        try:
            while not self.receiver.stop.wait(PAUSE):
                self.wfile.write(byte)
                self.wfile.flush()
        except OSError:
            pass  # the caller has gone

    def trickle_head(self) -> None:
        self.wfile.write(b"HTTP/1.0 200 OK\r\nX-Long: ")
        self.trickle(b"x")

    def trickle_body(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.trickle(b"y")

    def be_large(self) -> None:
        self.send_response(200)
        self.end_headers()
        try:
            while not self.receiver.stop.is_set():
                self.wfile.write(b"z" * 65_536)
        except OSError:
            pass

    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_: object) -> None:
        """Callers may go whenever they like."""


@contextmanager
def receiving(certificate: Path | None = None) -> Iterator[Receiver]:
    """A receiver that answers; with a file of certificate and key by https."""
    receiver = Receiver()
    server = Server(("127.0.0.1", 0), type("Mine", (Answerer,), {"receiver": receiver}))
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    receiver.url = f"http{'s' if certificate else ''}://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield receiver
    finally:
        receiver.stop.set()
        server.shutdown()
        server.server_close()
        thread.join()


def certificate_in(folder: Path, *names: str) -> Path:
    """A file with a certificate for these names and its key, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "receiver")])
    held: list[Any] = [_general(each) for each in names]
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(held), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file = folder / f"{names[0]}.pem"
    file.write_bytes(private + made.public_bytes(pem))
    return file


def _general(name: str) -> x509.GeneralName:
    return x509.IPAddress(ipaddress.ip_address(name)) if name[0].isdigit() else x509.DNSName(name)

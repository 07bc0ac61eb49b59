"""A mail server of our own, which answers as a test says."""

from __future__ import annotations

import socketserver
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

SILENT, ENDLESS = "no answer", "an answer without an end"
PAUSE = 0.02  # seconds between two lines of what never ends


@dataclass
class Got:
    """What it took, and how it answers a command (`RCPT: "550 no such person"`, SILENT, ENDLESS); the others are agreed to."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    to: list[str] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    offers: tuple[str, ...] = ("8BITMIME",)
    certificate: ssl.SSLContext | None = None
    secure: bool = False  # from the first byte on
    stop: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"


class _Talk(socketserver.StreamRequestHandler):
    got: Got

    def say(self, line: str) -> None:
        if line == SILENT:
            self.got.stop.wait()
        elif line == ENDLESS:
            self.say_on()
        else:
            self.wfile.write(line.encode() + b"\r\n")

    def say_on(self) -> None:
        try:
            while not self.got.stop.wait(PAUSE):
                self.wfile.write(b"250-and\r\n")
        except OSError:
            pass  # the caller has gone

    def handle(self) -> None:
        if self.got.secure and not self.wrapped():
            return
        self.say(self.got.answers.get("CONNECT", "220 here"))
        while line := self.rfile.readline():
            said = line.decode().strip()
            verb = said.partition(" ")[0].upper()
            self.got.said.append(said)
            if answer := self.got.answers.get(verb):
                self.say(answer)
            elif not self.answered(verb, said):
                return

    def finish(self) -> None:
        super().finish()
        self.request.close()  # a wrapped one is not the server's to close

    def answered(self, verb: str, said: str) -> bool:
        """Whether there is more to come."""
        if verb == "EHLO":
            self.wfile.writelines(f"250-{each}\r\n".encode() for each in ("here", *self.got.offers))
            self.say("250 HELP")
        elif verb == "STARTTLS":
            return self.secured()
        elif verb == "DATA":
            self.say("354 go on")
            self.take()
        else:
            if verb == "RCPT":
                self.got.to.append(said)
            self.say({"AUTH": "235 welcome", "QUIT": "221 bye"}.get(verb, "250 yes"))
        return verb != "QUIT"

    def secured(self) -> bool:
        self.say("220 go on")
        return self.wrapped()

    def wrapped(self) -> bool:
        assert self.got.certificate is not None
        try:
            self.request = self.got.certificate.wrap_socket(self.request, server_side=True)
        except (ssl.SSLError, OSError):
            return False
        self.setup()
        return True

    def take(self) -> None:
        body = b""
        while (part := self.rfile.readline()) not in {b".\r\n", b""}:
            body += part.removeprefix(b".") if part.startswith(b"..") else part
        if answer := self.got.answers.get("END"):
            self.say(answer)
            return
        found = message_from_bytes(body.replace(b"\r\n", b"\n"), policy=default)
        assert isinstance(found, EmailMessage)
        self.got.mails.append(found)
        self.say("250 taken")


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, *_: object) -> None:
        """Callers may go whenever they like."""


@contextmanager
def mail_server(answers: Mapping[str, str] | None = None) -> Iterator[Got]:
    got = Got(answers=dict(answers or {}))
    with _Server(("127.0.0.1", 0), type("Talk", (_Talk,), {"got": got})) as server:
        got.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield got
        finally:
            got.stop.set()
            server.shutdown()
            thread.join()

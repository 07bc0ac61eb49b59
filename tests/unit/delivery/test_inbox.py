"""Inboxes: what is new is read, and is new no more when it was seen to; a mailbox at a server as well as a folder."""

from __future__ import annotations

import imaplib
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.delivery.inbox import open_inbox


@dataclass
class Kept:
    port: int = 0
    mails: dict[str, bytes] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


class _Talk(socketserver.StreamRequestHandler):
    kept: Kept

    def handle(self) -> None:
        self.wfile.write(b"* OK here\r\n")
        while line := self.rfile.readline():
            tag, _, said = line.decode().strip().partition(" ")
            self.kept.said.append(said)
            words = said.split(" ")
            verb = words[1] if words[0] == "UID" else words[0]
            end = "NO wrong" if verb == "LOGIN" and words[-1] != '"right"' else "OK done"
            self.wfile.write(self.answer(verb, words) + f"{tag} {end}\r\n".encode())

    def answer(self, verb: str, words: list[str]) -> bytes:
        if verb == "CAPABILITY":
            return b"* CAPABILITY IMAP4rev1\r\n"
        if verb == "SELECT":
            return f"* {len(self.kept.mails)} EXISTS\r\n".encode()
        if verb == "SEARCH":
            return f"* SEARCH {' '.join(each for each in self.kept.mails if each not in self.kept.seen)}\r\n".encode()
        if verb == "FETCH":
            content = self.kept.mails[words[2]]
            return b"* 1 FETCH (UID %s BODY[]<0> {%d}\r\n%s)\r\n" % (words[2].encode(), len(content), content)
        if verb == "STORE":
            self.kept.seen.append(words[2])
        return b""


@pytest.fixture
def kept() -> Iterator[Kept]:
    kept = Kept(mails={"3": b"Subject: a\r\n\r\nb", "7": b"Subject: c\r\n\r\nd"})
    socketserver.ThreadingTCPServer.allow_reuse_address = True
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), type("Talk", (_Talk,), {"kept": kept})) as server:
        server.daemon_threads = True
        kept.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield kept
        server.shutdown()
        thread.join()


def test_a_mailbox_gives_what_nobody_has_seen(kept: Kept) -> None:
    url = f"imap://wang%40us.example:right@127.0.0.1:{kept.port}/CRM%20in"
    with open_inbox(url) as inbox:
        assert inbox.names() == ["3", "7"]
        assert inbox.read("3") == kept.mails["3"]
        inbox.done("3")
        assert inbox.names() == ["7"]
    assert 'LOGIN wang@us.example "right"' in kept.said
    assert 'SELECT "CRM in"' in kept.said
    assert kept.said[-1] == "LOGOUT"


def test_a_wrong_login_is_told(kept: Kept) -> None:
    with pytest.raises(imaplib.IMAP4.error), open_inbox(f"imap://wang:wrong@127.0.0.1:{kept.port}/"):
        pass


def test_a_folder_gives_what_is_new(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    for name in ("2.b", "1.a:2,", ".hidden"):
        (tmp_path / "new" / name).write_bytes(name.encode())
    (tmp_path / "new" / "3.c").symlink_to(tmp_path / "new" / "2.b")
    with open_inbox(f"maildir:{tmp_path}") as inbox:
        assert inbox.names() == ["1.a:2,", "2.b"]
        assert inbox.read("2.b") == b"2.b"
        inbox.done("1.a:2,")
        assert inbox.names() == ["2.b"]
    assert [each.name for each in (tmp_path / "cur").iterdir()] == ["1.a:2,S"]

"""A directory that answers nonsense, and what the environment says of one. Logins by a real one are in tests/deep."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from app.identity import ber
from app.identity.arrival import NotArrived
from app.identity.directory import check, vouched
from app.identity.ldap import Directory, Place
from app.identity.stated import LdapSettings, read_outside
from app.settings import SettingRefused, Settings

RIGHT = {"CRM_LDAP_URL": "ldaps://id.example.com", "CRM_LDAP_BASE": "dc=example,dc=com"}


def settings_of(port: int) -> LdapSettings:
    return LdapSettings(
        place=Place("127.0.0.1", port, secure=False, starts_tls=False),
        base="dc=example",
        bind_name="cn=x",
        bind_password="y",
    )


@contextmanager
def answering(content: bytes) -> Iterator[int]:
    """A port at which one caller hears this, whatever he asks, and then nothing more."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            caller, _ = server.accept()
            with caller:
                caller.recv(65_536)
                caller.sendall(content)

        thread = threading.Thread(target=answer)
        thread.start()
        yield server.getsockname()[1]
        thread.join()


def result(code: int, number: int = 1, tag: int = 0x61) -> bytes:
    told = ber.element(tag, ber.integer(code, ber.ENUMERATED), ber.text(""), ber.text(""))
    return ber.element(ber.SEQUENCE, ber.integer(number), told)


NONSENSE = {
    "nothing": b"", "HTTP": b"HTTP/1.1 400 Bad Request\r\n\r\n", "cut": result(0)[:-3], "no length": b"\x30\x80\0\0",
    "endless": b"\x30\x84\xff\xff\xff\xff", "another answer": result(0, number=2), "another kind": result(0, tag=0x78),
    "no result": ber.element(ber.SEQUENCE, ber.integer(1), ber.element(0x61)),
    "a farewell": ber.element(ber.SEQUENCE, ber.integer(0), ber.element(0x78)), "empty": ber.element(ber.SEQUENCE),
}  # fmt: skip


@pytest.mark.parametrize("name", NONSENSE)
def test_nonsense_is_no_answer(name: str) -> None:
    with answering(NONSENSE[name]) as port, pytest.raises(NotArrived) as caught:
        check(settings_of(port))
    assert caught.value.why == "unreachable"


def test_an_empty_password_is_never_sent() -> None:
    nowhere = settings_of(9)
    assert vouched(nowhere, "rep", "") is None
    assert vouched(nowhere, "", "word") is None
    with pytest.raises(NotArrived):
        vouched(nowhere, "rep", "word")
    here, there = socket.socketpair()
    with here, there, pytest.raises(ValueError, match="shows nothing"):
        Directory(here, 0).bind("cn=rep", "")


@pytest.mark.parametrize("size", [0, 1, 127, 128, 255, 256, 70_000])
def test_elements_are_read_as_they_are_written(size: int) -> None:
    assert list(ber.elements(ber.element(0x30, b"x" * size) + ber.integer(200))) == [
        (0x30, b"x" * size),
        (2, b"\0\xc8"),
    ]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"CRM_LDAP_BASE": "x"}, "without CRM_LDAP_URL"), ({"CRM_LDAP_URL": "ldaps://x"}, "CRM_LDAP_BASE"),
        ({**RIGHT, "CRM_LDAP_URL": "https://x"}, "ldaps://host"), ({**RIGHT, "CRM_LDAP_URL": "ldap://x:y"}, "ldaps://host"),
        ({**RIGHT, "CRM_LDAP_URL": "ldap://x/dc=y"}, "ldaps://host"), ({**RIGHT, "CRM_LDAP_BIND_DN": "cn=x"}, "together"),
        ({**RIGHT, "CRM_LDAP_URL": "ldap://x", "CRM_LDAP_START_TLS": "no"}, "TLS alone"),
        ({**RIGHT, "CRM_LDAP_LINK": "name"}, "none or login"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_told(said: dict[str, str], words: str) -> None:
    with pytest.raises(SettingRefused, match=words):
        read_outside(Settings(outside=said))


def test_right_settings_are_read() -> None:
    found = read_outside(Settings(outside={**RIGHT, "CRM_PASSWORD_LOGIN": "root"})).ldap
    assert found is not None
    assert found.place == Place("id.example.com", 636, secure=True, starts_tls=False)
    assert found.issuer == "ldap:dc=example,dc=com"
    plain = read_outside(
        Settings(outside={**RIGHT, "CRM_LDAP_URL": "ldap://127.0.0.1", "CRM_LDAP_START_TLS": "no"})
    ).ldap
    assert plain is not None
    assert plain.place == Place("127.0.0.1", 389, secure=False, starts_tls=False)

"""Debian's slapd on this machine: a small company in a directory, with and without TLS."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.unit.receiver import certificate_in

BASE = "dc=example,dc=com"
READER, READER_PASSWORD = f"cn=reader,{BASE}", "the reader's"
CONFIG = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload memberof
pidfile {folder}/pid
TLSCertificateFile {certificate}
TLSCertificateKeyFile {certificate}
allow bind_anon_cred bind_anon_dn
database mdb
suffix "{base}"
rootdn "cn=root,{base}"
rootpw root
directory {folder}/data
overlay memberof
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="{reader}" read by anonymous auth by * none
"""
# `allow bind_anon_cred`: as some directories do, a name without a password is answered that all is well.
ENTRIES = """
dn: {base}
objectClass: dcObject
objectClass: organization
dc: example
o: Example

dn: {reader}
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: reader
userPassword: {reader_password}

dn: ou=people,{base}
objectClass: organizationalUnit
ou: people

dn: ou=groups,{base}
objectClass: organizationalUnit
ou: groups

dn: uid=rep,ou=people,{base}
objectClass: inetOrgPerson
uid: rep
cn: The Representative
sn: Rep
mail: rep@example.com
userPassword: directory word 1

dn: uid=newcomer,ou=people,{base}
objectClass: inetOrgPerson
uid: newcomer
cn: Némo (the new) *
sn: N
mail: newcomer@example.com
userPassword: directory word 2

dn: cn=sales,ou=groups,{base}
objectClass: groupOfNames
cn: sales
member: uid=rep,ou=people,{base}
member: uid=newcomer,ou=people,{base}

dn: cn=leads,ou=groups,{base}
objectClass: groupOfNames
cn: leads
member: uid=rep,ou=people,{base}
"""


@dataclass(frozen=True)
class Slapd:
    """Where it is. `certificate` is to be believed."""

    plain: int
    secure: int
    certificate: Path


def find_slapd() -> str | None:
    """The program, where it is installed."""
    return shutil.which("slapd") or shutil.which("/usr/sbin/slapd")


@contextmanager
def slapd(program: str, folder: Path) -> Iterator[Slapd]:
    """A directory in that folder, as long as it is used."""
    (folder / "data").mkdir()
    certificate = certificate_in(folder, "127.0.0.1", "localhost")
    names = {"base": BASE, "reader": READER, "reader_password": READER_PASSWORD}
    config = folder / "slapd.conf"
    config.write_text(CONFIG.format(folder=folder, certificate=certificate, **names), "utf-8")
    entries = ENTRIES.format(**names).encode()
    found = Slapd(_free_port(), _free_port(), certificate)
    addresses = f"ldap://127.0.0.1:{found.plain} ldaps://127.0.0.1:{found.secure}"
    log = folder / "log"
    with (
        log.open("wb") as told,
        subprocess.Popen([program, "-f", config, "-h", addresses, "-d", "0"], stderr=told) as run,
    ):
        try:
            _wait(found, run, log)
            _add(found, entries)
            yield found
        finally:
            run.terminate()
            run.wait(timeout=30)


def _wait(found: Slapd, run: subprocess.Popen[bytes], log: Path) -> None:
    """Until it listens; it says that it starts a little before."""
    until = time.monotonic() + 30
    while True:
        try:
            for port in (found.plain, found.secure):
                socket.create_connection(("127.0.0.1", port), 10).close()
        except ConnectionRefusedError:
            if run.poll() is not None or time.monotonic() > until:
                raise AssertionError(log.read_text("utf-8")) from None
            time.sleep(0.02)
        else:
            return


def _add(found: Slapd, entries: bytes) -> None:
    """The entries, added by a protocol of their own: overlays see them, as they do not when a file is loaded."""
    from app.identity import ber

    with closing(socket.create_connection(("127.0.0.1", found.plain), 10)) as sock:
        sock.sendall(
            _message(1, ber.element(0x60, ber.integer(3), ber.text(f"cn=root,{BASE}"), ber.text("root", 0x80)))
        )
        sock.recv(65_536)
        for number, entry in enumerate(entries.decode().strip().split("\n\n"), 2):
            pairs = [line.split(": ", 1) for line in entry.splitlines()]
            held: dict[str, list[str]] = {}
            for name, value in pairs[1:]:
                held.setdefault(name, []).append(value)
            listed = (
                ber.element(0x30, ber.text(name), ber.element(0x31, *map(ber.text, values)))
                for name, values in held.items()
            )
            sock.sendall(_message(number, ber.element(0x68, ber.text(pairs[0][1]), ber.element(0x30, *listed))))
            answer = sock.recv(65_536)
            assert b"\x0a\x01\x00" in answer, answer


def _message(number: int, request: bytes) -> bytes:
    from app.identity import ber

    return ber.element(0x30, ber.integer(number), request)


def _free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as sock:
        return int(sock.getsockname()[1])

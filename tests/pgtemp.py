"""A real PostgreSQL for the tests: a throw-away cluster, started as root or not, gone when its owner is.

The cluster listens on a Unix socket in a short folder of its own and never on the network.
It trusts everyone who can reach that socket, writes nothing to disk for safety, and speaks UTF-8.
"""

from __future__ import annotations

import json
import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
import sqlalchemy as sa
from filelock import FileLock

SUPERUSER = "tenon"

SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "shared_buffers": "64MB",
    "timezone": "UTC",
}

# Stops the cluster and removes its folder as soon as the owning process is gone, however it went.
WATCH = """
(
  while kill -0 "$1" 2>/dev/null; do sleep 1; done
  kill -QUIT "$(head -n 1 "$2/data/postmaster.pid")" 2>/dev/null
  rm -rf "$2"
) &
"""


@dataclass(frozen=True)
class Cluster:
    """A running cluster, known by the folder that holds its socket."""

    folder: Path

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://{SUPERUSER}@/{database}?host={quote(str(self.folder), safe='')}"

    def create(self, template: str = "template0") -> str:
        """Make a database that equals `template` (25 to 60 ms); return its name."""
        name = f"t_{uuid.uuid4().hex}"
        self.copy(template, name)
        return name

    def copy(self, template: str, name: str) -> None:
        """Make a database of that name that equals `template`, to which nobody may be connected."""
        # Copied block by block through the log, as newer servers do unless told otherwise, it takes four times as long.
        newer = int((self.folder / "data" / "PG_VERSION").read_text()) >= 15
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"{" STRATEGY FILE_COPY" if newer else ""}')

    def drop(self, name: str) -> None:
        """Drop a database, ending connections that are still open to it."""
        self._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def template(self, name: str, fill: Callable[[str], None], of: str = "template0") -> str:
        """The database of that name, to make others from: `fill` is given the URL of a copy of `of` by who asks first."""
        if (self, name) in _templates:
            return name
        with FileLock(self.folder / f"{name}.lock"):
            if not self._run("SELECT 1 FROM pg_database WHERE datname = %s", name):
                unnamed = self.create(of)
                fill(self.url(unnamed))
                self._run(f'ALTER DATABASE "{unnamed}" RENAME TO "{name}"')
        _templates.add((self, name))
        return name

    def next_transaction(self) -> int:
        """The number that the next transaction which writes will have, in any of the databases."""
        with self._connect() as connection:
            row = connection.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint").fetchone()
        assert row is not None
        return int(row[0])

    def _run(self, statement: str, *values: str) -> int:
        with self._connect() as connection:
            return connection.execute(statement, values or None).rowcount

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(host=str(self.folder), user=SUPERUSER, dbname="postgres", autocommit=True)


_templates: set[tuple[Cluster, str]] = set()
"""Those that this process has seen."""


def cluster_of(url: sa.URL) -> Cluster:
    """The cluster that gave the URL of a database."""
    return Cluster(Path(str(url.query["host"])))


def find_binaries() -> Path | None:
    """The folder with `initdb` and `postgres`: on the path, or the newest that Debian has installed."""
    on_path = shutil.which("initdb")
    if on_path and shutil.which("pg_ctl"):
        return Path(on_path).resolve().parent
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    return found[-1].parent if found else None


def shared_cluster(binaries: Path, meeting_place: Path, owner: int) -> Cluster:
    """The one cluster of a test run. The first process that asks starts it; it ends with process `owner`.

    `meeting_place` is a folder that all processes of the run share.
    """
    note = meeting_place / "postgresql.json"
    with FileLock(meeting_place / "postgresql.lock"):
        if not note.exists():
            folder = _start(binaries)
            _watch(folder, owner)
            note.write_text(json.dumps({"folder": str(folder)}))
        return Cluster(Path(json.loads(note.read_text())["folder"]))


@contextmanager
def reserved_name(cluster: Cluster) -> Iterator[str]:
    """The URL of a database that is not there yet; dropped afterwards, if it was made."""
    name = f"t_{uuid.uuid4().hex}"
    try:
        yield cluster.url(name)
    finally:
        cluster.drop(name)


@contextmanager
def fresh_database(cluster: Cluster, template: str = "template0") -> Iterator[str]:
    """The URL of a new database, dropped afterwards."""
    name = cluster.create(template)
    try:
        yield cluster.url(name)
    finally:
        cluster.drop(name)


def _start(binaries: Path) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="tenon-pg-", dir=_parent()))
    account = _account()
    if account:
        os.chown(folder, account.pw_uid, account.pw_gid)
    _as(
        account,
        folder,
        [
            *(str(binaries / "initdb"), "-D", str(folder / "data"), "-U", SUPERUSER, "-A", "trust"),
            *("-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"),
        ],
    )
    settings = {**SETTINGS, "unix_socket_directories": str(folder)}
    with (folder / "data" / "postgresql.conf").open("a") as file:
        file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
    _as(
        account,
        folder,
        [str(binaries / "pg_ctl"), "-D", str(folder / "data"), "-l", str(folder / "log"), "-w", "-t", "60", "start"],
    )
    return folder


def _parent() -> str | None:
    """Where pytest's folders lie, which is memory where there is room, or /tmp; mkdtemp makes its folder private."""
    wanted = (os.environ.get("PYTEST_DEBUG_TEMPROOT", ""), "/tmp")  # noqa: S108
    # A socket's path may have 107 characters at most, so the folder is not below pytest's own; and the server, which may be
    # another user than we are, gets to it where everybody does.
    return next((each for each in wanted if len(each) < 60 and _is_everyones(Path(each))), None)


def _is_everyones(folder: Path) -> bool:
    return folder.is_absolute() and folder.is_dir() and folder.stat().st_mode & 0o007 == 0o007


def _account() -> pwd.struct_passwd | None:
    """Whom to run the server as: PostgreSQL refuses root. None means: as we are."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    return names.get("postgres") or names["nobody"]


def _as(account: pwd.struct_passwd | None, folder: Path, command: list[str]) -> None:
    identity = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}
    # The server keeps what it inherits open, so its output goes to a file and not to a pipe that we would wait for.
    output = folder / "start.log"
    with output.open("a") as file:
        done = subprocess.run(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=file, stderr=file, check=False, **identity
        )
    if done.returncode:
        message = f"{Path(command[0]).name} failed:\n{output.read_text()}"
        raise RuntimeError(message)


def _watch(folder: Path, owner: int) -> None:
    subprocess.run(
        ["/bin/sh", "-c", WATCH, "watch", str(owner), str(folder)],
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )

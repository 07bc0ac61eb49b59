"""PostgreSQL: the whole database by pg_dump, changed rows by COPY, and back again by pg_restore.

Statements go to the driver itself, as on SQLite: nobody's rows are read for a person here, and what is written is a
database that no program has open yet.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Any, cast

import psycopg
import sqlalchemy as sa

from app.backup.parts import DATABASE, KEPT, ROWS, Marks, chunks_of
from app.backup.refused import BackupRefused
from app.backup.statements import CAME, WENT, Run, census, changed, listed, named_contents, quoted, replay, went
from app.backup.tables import FILE, JOURNALS, LEFT_OUT, STAGED, Carried
from app.backup.taken import Taken
from app.orm.counters import CHANGED_SEQUENCE

DIALECT = "postgresql"
SETTLING_SECONDS = 30.0
"""So long it is waited for transactions that were under way: their marks may be smaller than some that are there already."""
_SCRATCH = "tenon_verify_"
_SCRATCH_NAME = re.compile(_SCRATCH + r"([0-9]{10,11})_[0-9a-f]{12}")
_SCRATCH_SECONDS = 86_400.0  # longer than any run may take
_DEBIAN = Path("/usr/lib/postgresql")
_SECTIONS = ("pre-data", "data")
_LAST_SECTION = "post-data"
_PARAMETERS = {
    "username": "PGUSER",
    "password": "PGPASSWORD",
    "host": "PGHOST",
    "port": "PGPORT",
    "database": "PGDATABASE",
}
_OPTIONS = {
    **{
        name: f"PG{name.upper()}"
        for name in ("host", "port", "user", "passfile", "sslmode", "sslrootcert", "sslcert", "sslkey")
    },
    "connect_timeout": "PGCONNECT_TIMEOUT",
}
Connection = psycopg.Connection[tuple[object, ...]]


@contextmanager
def full(url: sa.URL, every: Sequence[Carried], at: str) -> Iterator[Taken]:
    """The whole database as it is at one moment. Nobody waits for it."""
    with closing(_connect(url)) as connection:
        program = find_program("pg_dump", connection.info.server_version // 10_000)
        run = _runner(connection)
        marks = _settled_marks(run, None, at)
        run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        ((snapshot,),) = run("SELECT pg_export_snapshot()")
        tables, contents = census(run, every), _texts(run, named_contents(-1))
        left = [f"--exclude-table-data={each}" for each in LEFT_OUT]
        command = [
            str(program),
            "--format=custom",
            "--compress=0",
            "--no-owner",
            "--no-privileges",
            f"--snapshot={snapshot}",
            *left,
        ]
        yield Taken(iter([(DATABASE, _output(command, url))]), tables, marks, contents)


@contextmanager
def increment(url: sa.URL, every: Sequence[Carried], since: Marks, at: str) -> Iterator[Taken]:
    """The rows that changed since, and the numbers that went."""
    with closing(_connect(url)) as connection:
        run = _runner(connection)
        marks = _settled_marks(run, since, at)
        run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        tables, contents = census(run, every), _texts(run, named_contents(since.changed_seq))
        conditions = {one.table: changed(one, every, since, DIALECT) for one in every}
        columns = {name: _columns(run, name) for name, condition in conditions.items() if condition is not None}

        def parts() -> Iterator[tuple[str, Iterable[bytes]]]:
            for one in every:
                if one.table in columns:
                    condition = conditions[one.table]
                    query = f"SELECT {listed(columns[one.table])} FROM {quoted(one.table)} WHERE {condition}"
                    yield ROWS + one.table, _copy_out(connection, query)
                gone = went(one)
                if gone is not None:
                    yield KEPT + one.table, _copy_out(connection, gone)

        yield Taken(parts(), tables, marks, contents, columns, _sequences(run))


def put_back(url: sa.URL, dump: Path) -> None:
    """Restores a dump into an empty database but for its indexes and keys: those come when the increments are in, too."""
    for section in _SECTIONS:
        _restore(url, dump, section)


def finish(url: sa.URL, dump: Path) -> None:
    """Makes indexes and keys, which hold from now on, and leaves out what belongs to no record."""
    with closing(_connect(url)) as connection:
        connection.execute(f"DELETE FROM {FILE} WHERE {STAGED}")
    _restore(url, dump, _LAST_SECTION)
    with closing(_connect(url)) as connection:
        connection.execute("ANALYZE")


def replay_on(
    url: sa.URL,
    parts: Mapping[str, Path],
    every: Sequence[Carried],
    columns: Mapping[str, list[str]],
    after: Mapping[str, list[int]],
    sequences: Mapping[str, int],
) -> None:
    """Replays an increment, whose parts are files, on the database of the backup before."""
    with closing(_connect(url)) as connection, connection.transaction():
        run = _runner(connection)
        for place in (CAME, WENT):
            run(f"CREATE SCHEMA {place}")
        for one in every:
            if one.table in columns:
                names = listed(columns[one.table])
                run(f"CREATE TABLE {CAME}.{quoted(one.table)} AS SELECT {names} FROM {quoted(one.table)} WITH NO DATA")
                _copy_in(connection, f"{CAME}.{quoted(one.table)} ({names})", parts[ROWS + one.table])
            if KEPT + one.table in parts:
                shape = "id text" if one.key_is_text else "first bigint, last bigint"
                run(f"CREATE TABLE {WENT}.{quoted(one.table)} ({shape})")
                _copy_in(connection, f"{WENT}.{quoted(one.table)}", parts[KEPT + one.table])
        replay(run, every, columns, after, DIALECT)
        for place in (CAME, WENT):
            run(f"DROP SCHEMA {place} CASCADE")
        for name, value in sequences.items():
            connection.execute("SELECT setval(quote_ident(%s)::regclass, %s)", (name, value))


def census_of(url: sa.URL, every: Sequence[Carried]) -> dict[str, list[int]]:
    """The census of a database."""
    with closing(_connect(url)) as connection:
        return census(_runner(connection), every)


def is_empty(url: sa.URL) -> bool:
    """Whether a database holds nothing of anybody."""
    query = (
        "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'"
    )
    with closing(_connect(url)) as connection:
        return _runner(connection)(query) == [(0,)]


@contextmanager
def scratch_database(url: sa.URL) -> Iterator[sa.URL]:
    """An empty database beside the one of the URL, gone afterwards; those that somebody who was killed left are gone before."""
    name = f"{_SCRATCH}{int(time.time())}_{secrets.token_hex(6)}"
    with closing(_connect(url)) as connection:
        _sweep(connection)
        try:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        except psycopg.errors.InsufficientPrivilege as error:
            raise BackupRefused(
                "a backup is verified in a database of its own, and the database's role may not make one: "
                "ALTER ROLE … CREATEDB allows it",
                "验证备份需要新建一个临时数据库，但当前数据库角色没有权限：请执行 ALTER ROLE … CREATEDB",
            ) from error
    try:
        yield url.set(database=name)
    finally:
        with closing(_connect(url)) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _sweep(connection: Connection) -> None:
    """Drops scratch databases that are old and that nobody is connected to, as far as the role may."""
    oldest = time.time() - _SCRATCH_SECONDS
    query = """
        SELECT datname FROM pg_database d WHERE starts_with(datname, %s) AND pg_has_role(datdba, 'USAGE')
        AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.datid = d.oid)
    """
    for (name,) in connection.execute(query, (_SCRATCH,)).fetchall():
        made = _SCRATCH_NAME.fullmatch(str(name))
        if made is not None and int(made[1]) < oldest:
            try:
                connection.execute(f'DROP DATABASE IF EXISTS "{name}"')
            except psycopg.errors.ObjectInUse:
                continue  # somebody is by now


def find_program(
    name: str, server: int, folders: Sequence[Path] | None = None, fits: Callable[[Path], bool] | None = None
) -> Path:
    """PostgreSQL's program of that name that is the oldest of those as new as the server, of which `server` is the major
    version: a newer one speaks words that the server does not know. It is on the path, or where Debian has it; of those the
    first that `fits`, where that is asked. Raises BackupRefused.
    """
    on_path = shutil.which(name)
    if folders is None:
        folders = [*([Path(on_path).parent] if on_path else []), *sorted(_DEBIAN.glob("*/bin"))]
    found = {path: _major(path) for path in (folder / name for folder in folders) if path.is_file()}
    if not found:
        raise BackupRefused(
            f"{name} is not found: install PostgreSQL's client programs ({server} or newer), or put their folder on PATH",
            f"找不到 {name}：请安装 PostgreSQL 客户端程序（{server} 或更新版本），或将其目录加入 PATH",
        )
    able = sorted((path for path in found if found[path] >= server), key=lambda path: found[path])
    if not able:
        best = max(found, key=lambda path: found[path])
        raise BackupRefused(
            f"{best} has version {found[best]}, the server has {server}: install PostgreSQL's client programs {server} or newer",
            f"{best} 的版本为 {found[best]}，而服务器为 {server}：请安装 {server} 或更新版本的 PostgreSQL 客户端程序",
        )
    return next((path for path in able if fits is None or fits(path)), able[0])


def _lists(dump: Path, program: Path) -> bool:
    """Whether a program reads the dump: one of a newer PostgreSQL may have made it."""
    command = [str(program), "--list", str(dump)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603


def _major(program: Path) -> int:
    told = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    number = re.search(r"\) (\d+)", told.stdout)
    return int(number[1]) if number else 0


def _settled_marks(run: Run, since: Marks | None, at: str) -> Marks:
    """The marks up to which everything is committed, so that no later one is passed over.

    Marks are given before they are committed. So those that are given by now count only when all transactions that are
    under way now have ended; where one does not, the marks of the backup before go on: then more is carried than must be.
    """
    ((mark, called),) = run(f"SELECT last_value, is_called FROM {CHANGED_SEQUENCE.name}")
    ids = {each: int(str(run(f"SELECT coalesce(max(id), 0) FROM {each}")[0][0])) for each in JOURNALS}
    running = (
        "SELECT l.virtualtransaction FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid "
        "WHERE l.locktype = 'virtualxid' AND a.datname = current_database() AND l.pid <> pg_backend_pid()"
    )
    before, end = set(run(running)), time.monotonic() + SETTLING_SECONDS
    while before and time.monotonic() < end:
        time.sleep(0.05)
        before &= set(run(running))
    if before:
        return Marks(since.changed_seq, since.ids, since.at) if since else Marks(0, dict.fromkeys(ids, 0), at)
    return Marks(int(str(mark)) if called else 0, ids, at)


def _sequences(run: Run) -> dict[str, int]:
    rows = run(
        "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = current_schema() AND last_value IS NOT NULL"
    )
    return {str(name): int(str(value)) for name, value in rows}


def _columns(run: Run, table: str) -> list[str]:
    """All columns that are stored, those of things that the configuration knows no more among them."""
    query = (
        f"SELECT attname FROM pg_attribute WHERE attrelid = to_regclass('{quoted(table)}') AND attnum > 0 AND NOT attisdropped "
        "AND attgenerated = '' ORDER BY attnum"
    )
    return _texts(run, query)


def _texts(run: Run, query: str) -> list[str]:
    return [str(value) for (value,) in run(query)]


def _copy_out(connection: Connection, query: str) -> Iterator[bytes]:
    with connection.cursor() as cursor, cursor.copy(cast("Any", f"COPY ({query}) TO STDOUT")) as copy:
        for some in copy:
            yield bytes(some)


def _copy_in(connection: Connection, place: str, path: Path) -> None:
    with (
        path.open("rb") as stream,
        connection.cursor() as cursor,
        cursor.copy(cast("Any", f"COPY {place} FROM STDIN")) as copy,
    ):
        for some in chunks_of(stream):
            copy.write(some)


def _restore(url: sa.URL, dump: Path, section: str) -> None:
    with closing(_connect(url)) as connection:
        server = connection.info.server_version // 10_000
    program = find_program("pg_restore", server, fits=partial(_lists, dump))
    command = [
        str(program),
        "--exit-on-error",
        "--no-owner",
        "--no-privileges",
        f"--section={section}",
        "--dbname",
        _database(url),
        str(dump),
    ]
    for _ in _output(command, url):
        pass


def _output(command: Sequence[str], url: sa.URL) -> Iterator[bytes]:
    """What a program of PostgreSQL writes. Raises BackupRefused with its words when it fails."""
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, env=_environment(url))  # noqa: S603
        with process:  # which closes its output and waits for its end
            yield from chunks_of(cast("IO[bytes]", process.stdout))
        code = process.returncode
        if code:
            errors.seek(0)
            words = errors.read(4_000).decode("utf-8", "replace").strip()
            name = Path(command[0]).name
            raise BackupRefused(f"{name} failed: {words}", f"{name} 失败：{words}")


def _environment(url: sa.URL) -> dict[str, str]:
    """Where the programs find the database: by the environment, for everybody on a machine may read a command's words."""
    found = {**os.environ, "PGTZ": "UTC", "PGCLIENTENCODING": "UTF8"}
    for part, variable in _PARAMETERS.items():
        value = getattr(url, part)
        if value is not None:
            found[variable] = str(value)
    for option, variable in _OPTIONS.items():
        stated = url.query.get(option)
        if stated is not None:
            found[variable] = stated if isinstance(stated, str) else ",".join(stated)
    return found


def _database(url: sa.URL) -> str:
    return str(url.database or "")


def _runner(connection: Connection) -> Run:
    def run(statement: str) -> list[tuple[object, ...]]:
        cursor = connection.execute(cast("Any", statement))
        return cursor.fetchall() if cursor.description else []

    return run


def _connect(url: sa.URL) -> Connection:
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(address, autocommit=True, options="-c timezone=UTC")

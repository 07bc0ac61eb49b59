"""SQLite: the whole file by the online backup API, changed rows as small databases of their own, and back again.

Statements go to the driver itself: nobody's rows are read for a person here, and what is written is a copy that no program
has open yet.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from app.backup.parts import DATABASE, KEPT, ROWS, Marks, chunks_of
from app.backup.statements import CAME, WENT, Run, census, changed, listed, named_contents, quoted, replay, went
from app.backup.tables import FILE, JOURNALS, LEFT_OUT, STAGED, Carried
from app.backup.taken import Taken
from app.orm.counters import CHANGED_COUNTER
from app.orm.sqlite_functions import register

DIALECT = "sqlite"
_BUSY_SECONDS = 60.0
_SOURCE = "src."
CAME_PART, WENT_PART = ROWS + DIALECT, KEPT + DIALECT


@contextmanager
def full(source: Path, scratch: Path, every: Sequence[Carried], at: str) -> Iterator[Taken]:
    """The whole database as it is at one moment. Writers go on meanwhile."""
    copy = scratch / "copy.db"
    with closing(_connect(source)) as reading, closing(_connect(copy)) as writing:
        # All at once: page by page it would begin anew with every write of another, and never end under load.
        reading.backup(writing, pages=-1)
    with closing(_connect(copy)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("PRAGMA secure_delete = ON")  # what is left out is not in free pages either
        present = set(_tables(connection))
        for table in (each for each in LEFT_OUT if each in present):
            connection.execute(f"DELETE FROM {table}")
        connection.execute(f"DELETE FROM {FILE} WHERE {STAGED}")
        run = _runner(connection)
        tables, marks, contents = census(run, every), _marks(run, at), _contents(run)
    with copy.open("rb") as stream:
        yield Taken(iter([(DATABASE, chunks_of(stream))]), tables, marks, contents)


@contextmanager
def increment(source: Path, scratch: Path, every: Sequence[Carried], since: Marks, at: str) -> Iterator[Taken]:
    """The rows that changed since, and the numbers that went."""
    with closing(sqlite3.connect(":memory:", uri=True, isolation_level=None, timeout=_BUSY_SECONDS)) as connection:
        for place, path in ((CAME, scratch / "came.db"), (WENT, scratch / "went.db")):
            connection.execute("ATTACH ? AS " + place, (str(path),))
            connection.execute(f"PRAGMA {place}.journal_mode = OFF")
        connection.execute("ATTACH ? AS src", (f"{source.resolve().as_uri()}?mode=ro",))
        connection.execute("BEGIN")  # one moment for all: the source is read as it is at the first statement
        run = _runner(connection)
        columns = _collect(run, every, since)
        tables, marks = census(run, every, _SOURCE), _marks(run, at, _SOURCE)
        contents = _contents(run, _SOURCE, since.changed_seq)
        connection.execute("COMMIT")
    with (scratch / "came.db").open("rb") as rows, (scratch / "went.db").open("rb") as gone:
        parts = [(CAME_PART, chunks_of(rows)), (WENT_PART, chunks_of(gone))]
        yield Taken(iter(parts), tables, marks, contents, columns)


def _collect(run: Run, every: Sequence[Carried], since: Marks) -> dict[str, list[str]]:
    columns: dict[str, list[str]] = {}
    for one in every:
        condition, gone = changed(one, every, since, DIALECT, _SOURCE), went(one, _SOURCE)
        if condition is not None:
            columns[one.table] = names = _columns(run, one.table)
            rows = f"SELECT {listed(names)} FROM {_SOURCE}{quoted(one.table)} WHERE {condition}"
            run(f"CREATE TABLE {CAME}.{quoted(one.table)} AS {rows}")
        if gone is not None:
            run(f"CREATE TABLE {WENT}.{quoted(one.table)} AS {gone}")
    return columns


def put_back(target: Path, content: Iterable[bytes]) -> None:
    """Writes the database of a full backup."""
    with target.open("xb") as stream:
        target.chmod(0o600)
        for some in content:
            stream.write(some)


def replay_on(
    target: Path,
    came: Path,
    gone: Path,
    every: Sequence[Carried],
    columns: dict[str, list[str]],
    after: dict[str, list[int]],
) -> None:
    """Replays an increment on the database of the backup before."""
    with closing(_connect(target)) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("PRAGMA synchronous = OFF")  # it is brought to the disk as a whole, at the end
        for place, path in ((CAME, came), (WENT, gone)):
            connection.execute("ATTACH ? AS " + place, (str(path),))
        connection.execute("BEGIN IMMEDIATE")
        replay(_runner(connection), every, columns, after, DIALECT)
        connection.execute("COMMIT")


def census_of(target: Path, every: Sequence[Carried]) -> dict[str, list[int]]:
    """The census of a database in a file."""
    with closing(_connect(target)) as connection:
        return census(_runner(connection), every)


def tables_of(path: Path) -> list[str]:
    """The tables of a database in a file."""
    with closing(_connect(path)) as connection:
        return _tables(connection)


def _tables(connection: sqlite3.Connection) -> list[str]:
    return [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]


def _columns(run: Run, table: str) -> list[str]:
    """All columns that are stored, those of things that the configuration knows no more among them."""
    rows = run(f"SELECT name FROM pragma_table_xinfo('{table}', 'src') WHERE hidden = 0 ORDER BY cid")
    return [str(name) for (name,) in rows]


def _marks(run: Run, at: str, place: str = "") -> Marks:
    """Writers come one after the other: what is numbered is there."""
    numbered = run(f"SELECT value FROM {place}tenon_counter WHERE name = '{CHANGED_COUNTER}'")
    ids = {each: int(str(run(f"SELECT coalesce(max(id), 0) FROM {place}{each}")[0][0])) for each in JOURNALS}
    return Marks(int(str(numbered[0][0])) if numbered else 0, ids, at)


def _contents(run: Run, place: str = "", since: int = -1) -> list[str]:
    return [str(digest) for (digest,) in run(named_contents(since, place))]


def _runner(connection: sqlite3.Connection) -> Run:
    return lambda statement: connection.execute(statement).fetchall()


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path.resolve().as_uri(), uri=True, isolation_level=None, timeout=_BUSY_SECONDS, check_same_thread=False
    )
    register(connection)
    return connection

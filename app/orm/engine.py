"""Opens the database, and guards it: entity tables are written inside a unit of work only.

Every statement passes `before_cursor_execute`, however it was made (ORM, Core, text, driver SQL). The unit that a
connection works for is an execution option (`unit`): a statement that does more than the unit may is refused before it
is sent.
"""

from __future__ import annotations

import re
import time
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection, Dialect, Engine, ExceptionContext, make_url
from sqlalchemy.exc import ArgumentError, DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

from app.orm.sealed import Keys, give_keys
from app.orm.sqlite_functions import register as register_functions
from app.orm.time_limit import heed_limits
from app.settings import SettingRefused

ENTITY_PREFIX = "crm_"
UNIT = "unit"
READ, WRITE, PLAN, HOUSEKEEPING = "read", "write", "plan", "housekeeping"
_BEGINS_WRITING = frozenset({WRITE, PLAN, HOUSEKEEPING})
_MAY_WRITE_ENTITIES = frozenset({WRITE, PLAN})
_ENTITY_TABLE = re.compile(r"\bcrm_[a-z]")
_WRITES = re.compile(
    r"(?<!as )(?<!\.)\b(?:(?:insert|replace|merge)\s+(?:or\s+\w+\s+)?into|delete\s+from|update\s+.+?\s+set|alter\s+table"
    r"|drop\s+(?:table|index)|create\s+(?:unique\s+)?(?:table|index|trigger|view))\b|^\s*(?:truncate|copy)\b",
    re.IGNORECASE | re.DOTALL,
)
_BUSY_TIMEOUT_MS = 10_000
_POOL: dict[str, Any] = {"pool_size": 8, "max_overflow": 8}
_QUIET: dict[str, Any] = {"hide_parameters": True}  # errors stand in logs: no password's hash, nothing of a person
_DRIVERS = frozenset({"sqlite", "sqlite+pysqlite", "postgresql", "postgresql+psycopg"})
_ADDRESSES = "sqlite:///FILE (an absolute path has four slashes) or postgresql://USER:PASSWORD@HOST/NAME"
_TRUSTED_SECONDS = 2.0  # so long a connection that was given back is taken to be alive: asking costs a round trip
_RESTS_SINCE = "rests_since"


class WriteOutsideUnit(RuntimeError):
    """A statement would have written an entity's table outside a unit of work of `record` or `plan`."""


class TableRefused(RuntimeError):
    """A statement named an entity's table in `housekeeping`, which is for framework tables only."""


def read_url(text: str, name: str = "CRM_DATABASE_URL") -> sa.URL:
    """The address of a database, as the setting or option of that name has it.

    Raises SettingRefused, whose text repeats the kind alone: an address may hold a password.
    """
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:  # ValueError: the port is no number
        raise SettingRefused(f"{name} is no address of a database: write {_ADDRESSES}") from error
    if url.drivername not in _DRIVERS:
        raise SettingRefused(f"{name} begins with {url.drivername}://: write {_ADDRESSES}")
    if url.get_backend_name() == "sqlite" and url.host:
        raise SettingRefused(f"{name} names a server where SQLite has a file: write {_ADDRESSES}")
    return url


def open_engine(url: str, keys: Keys | None = None) -> Engine:
    """An engine for a `sqlite:///…` or `postgresql://…` URL, with its pragmas and its guard. Without `keys` values that are
    kept encrypted can be neither read nor written.
    """
    parsed = make_url(url)
    engine = _open_postgresql(parsed) if parsed.get_backend_name() == "postgresql" else _open_sqlite(parsed)
    event.listen(engine, "before_cursor_execute", _guard)
    event.listen(engine, "handle_error", _leave_values_out)
    heed_limits(engine)
    if keys is not None:
        give_keys(engine, keys)
    return engine


def _leave_values_out(context: ExceptionContext) -> None:
    said, told = str(context.original_exception), without_values(context.original_exception)
    if told is not None and context.sqlalchemy_exception is not None:
        message, *others = context.sqlalchemy_exception.args
        context.sqlalchemy_exception.args = (str(message).replace(said, told), *others)


def without_values(error: BaseException) -> str | None:
    """Cuts an error of PostgreSQL down to its first sentence, which is returned. The others tell values of rows ("Key
    (login)=(…) already exists"), and errors stand in logs; `error.diag` still has them.
    """
    told: str | None = getattr(getattr(error, "diag", None), "message_primary", None)
    if told is not None:
        error.args = (told,)
    return told


def _open_postgresql(url: sa.URL) -> Engine:
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    options = f"-c timezone=UTC -c lock_timeout={_BUSY_TIMEOUT_MS}"  # nobody waits longer for what another holds
    engine = sa.create_engine(url, **_QUIET, **_POOL, connect_args={"options": options})
    event.listen(engine, "checkout", partial(_ping_after_rest, engine.dialect))
    event.listen(engine, "checkin", _note_rest)
    return engine


def _note_rest(_connection: Any, entry: ConnectionPoolEntry) -> None:
    entry.info[_RESTS_SINCE] = time.monotonic()


def _ping_after_rest(dialect: Dialect, connection: Any, entry: ConnectionPoolEntry, _proxy: Any) -> None:
    """Tries a connection that nobody has used for a while; the pool replaces one that the server has ended."""
    if time.monotonic() - entry.info.get(_RESTS_SINCE, 0.0) < _TRUSTED_SECONDS:
        return
    try:
        dialect.do_ping(connection)
    except dialect.loaded_dbapi.Error as error:
        raise DisconnectionError from error


def _open_sqlite(url: sa.URL) -> Engine:
    engine = sa.create_engine(url, **_QUIET, **(_POOL if url.database else {}))
    event.listen(engine, "do_connect", _keep_to_owner)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _keep_to_owner(_dialect: Dialect, _entry: ConnectionPoolEntry, arguments: Any, _named: Any) -> None:
    """A file that is made here is its owner's alone, as are those that SQLite makes beside it."""
    path = Path(arguments[0]) if arguments and not str(arguments[0]).startswith((":", "file:")) else None
    if path is not None and path.parent.is_dir() and not path.exists():
        path.touch(mode=0o600)


def _prepare_sqlite(connection: Any, _entry: ConnectionPoolEntry) -> None:
    # The driver's own transaction control would commit DDL silently; ours begins explicitly (see `_begin_sqlite`).
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "foreign_keys=ON",
        f"busy_timeout={_BUSY_TIMEOUT_MS}",
        "synchronous=FULL",
        "cache_size=-20000",
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")
    register_functions(connection)


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later fails at once with "database is locked": writers begin IMMEDIATE.
    writes = connection.get_execution_options().get(UNIT) in _BEGINS_WRITING
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _guard(connection: Connection, _cursor: Any, statement: str, *_rest: Any) -> None:
    check_statement(connection, statement)


def check_statement(connection: Connection, statement: str) -> None:
    """Raises WriteOutsideUnit or TableRefused for what the unit of the connection may not do. Every statement passes here;
    one that is sent past the engine's events is brought here by its sender.
    """
    unit = connection.get_execution_options().get(UNIT)
    if unit in _MAY_WRITE_ENTITIES or not _names_entity(statement):
        return
    if unit == HOUSEKEEPING:
        raise TableRefused(f"housekeeping is for framework tables: {statement[:120]}")
    if _may_write(statement):
        raise WriteOutsideUnit(f"entity tables are written by record and plan only: {statement[:120]}")


# The same few statements come again and again: each text is looked at once.
@lru_cache(maxsize=1_000)
def _names_entity(statement: str) -> bool:
    return _ENTITY_TABLE.search(statement) is not None


@lru_cache(maxsize=1_000)
def _may_write(statement: str) -> bool:
    return _WRITES.search(_without_literals(statement)) is not None


_LITERAL = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"")


def _without_literals(statement: str) -> str:
    """The statement without quoted names and literals: a column may be called "update"."""
    return _LITERAL.sub("?", statement)

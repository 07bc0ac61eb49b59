"""One apply at a time for the whole deployment. A kill frees the lock: it belongs to a transaction or an open file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import OperationalError

from app.orm.engine import PLAN, UNIT
from app.orm.writers import keep_writers_out

WAIT_SECONDS = 10
_ADVISORY_KEY = 0x7E_40_4E_01  # any fixed number; it names this program's lock in the database


class DeploymentBusy(RuntimeError):
    """Another apply, or a long transaction on a table to change, did not end within `WAIT_SECONDS`."""


@contextmanager
def switching(engine: Engine) -> Iterator[Connection]:
    """The one transaction that may change the schema, under the lock. Commits at the end, rolls back on an exception.

    Raises DeploymentBusy.
    """
    with alone(engine), switch(engine) as connection:
        yield connection


@contextmanager
def alone(engine: Engine) -> Iterator[None]:
    """Holds the lock of the deployment, whatever transactions are made meanwhile. Raises DeploymentBusy."""
    with _busy_told(), _file_locked(engine):
        if engine.dialect.name != "postgresql":
            yield
            return
        with engine.connect() as connection, connection.begin():
            limit_waiting(connection, WAIT_SECONDS)
            connection.execute(sa.text("SET LOCAL idle_in_transaction_session_timeout = 0"))
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ADVISORY_KEY)))
            yield


@contextmanager
def switch(engine: Engine) -> Iterator[Connection]:
    """As `switching`, for a caller who holds the lock."""
    with _busy_told(), engine.connect().execution_options(**{UNIT: PLAN}) as connection, connection.begin():
        limit_waiting(connection, WAIT_SECONDS)
        keep_writers_out(connection)
        yield connection


def limit_waiting(connection: Connection, seconds: int) -> None:
    """How long statements of this transaction wait for what others hold; they themselves may take long."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text(f"SET LOCAL lock_timeout = '{seconds}s'"))
        connection.execute(sa.text("SET LOCAL statement_timeout = 0"))


@contextmanager
def _busy_told() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        if is_busy(error):
            raise DeploymentBusy from error
        raise


def is_busy(error: OperationalError) -> bool:
    """Whether a statement failed only because someone else held a lock."""
    state = getattr(error.orig, "sqlstate", None)
    return state in {"55P03", "40P01"} or "database is locked" in str(error.orig)


def is_full(error: OperationalError) -> bool:
    """Whether a statement failed because there is no room left; SQLite calls a quota of the disk by the second name."""
    state, told = str(getattr(error.orig, "sqlstate", None) or ""), str(error.orig)
    return state.startswith("53") or "disk is full" in told or "disk I/O error" in told


@contextmanager
def _file_locked(engine: Engine) -> Iterator[None]:
    """Holds the lock of a database that is a file; others have none. Raises DeploymentBusy."""
    database = engine.url.database
    if engine.dialect.name != "sqlite" or not database or database == ":memory:":
        yield
        return
    from filelock import FileLock, Timeout  # which takes long to load for one in memory, that is nobody else's

    lock = FileLock(f"{database}.apply-lock", timeout=WAIT_SECONDS)
    try:
        lock.acquire()
    except Timeout as error:
        raise DeploymentBusy from error
    try:
        yield
    finally:
        lock.release()

"""One apply at a time for the whole deployment. A kill frees the lock: it belongs to a transaction or an open file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import OperationalError

from app.orm.engine import PLAN, UNIT

WAIT_SECONDS = 10
_ADVISORY_KEY = 0x7E_40_4E_01  # any fixed number; it names this program's lock in the database


class DeploymentBusy(RuntimeError):
    """Another apply, or a long transaction on a table to change, did not end within `WAIT_SECONDS`."""


@contextmanager
def switching(engine: Engine) -> Iterator[Connection]:
    """The one transaction that may change the schema, under the lock. Commits at the end, rolls back on an exception.

    Raises DeploymentBusy.
    """
    try:
        with _file_locked(engine), engine.connect().execution_options(**{UNIT: PLAN}) as connection, connection.begin():
            if connection.dialect.name == "postgresql":
                connection.execute(sa.text(f"SET LOCAL lock_timeout = '{WAIT_SECONDS}s'"))
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ADVISORY_KEY)))
            yield connection
    except OperationalError as error:
        if is_busy(error):
            raise DeploymentBusy from error
        raise


def is_busy(error: OperationalError) -> bool:
    """Whether a statement failed only because someone else held a lock."""
    state = getattr(error.orig, "sqlstate", None)
    return state in {"55P03", "40P01"} or "database is locked" in str(error.orig)


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

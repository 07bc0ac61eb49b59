"""A database in memory whose whole state can be kept and put back, for rehearsals."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.engine import Engine

from app.orm.engine import open_engine


def open_in_memory() -> Engine:
    """An empty SQLite database that lives as long as the engine, for one thread."""
    return open_engine("sqlite://")


def keep_state(engine: Engine) -> bytes:
    """The whole database as it is now."""
    with _driver(engine) as connection:
        return connection.serialize()


def put_back(engine: Engine, state: bytes) -> None:
    """Makes the database what it was; nothing of what came since is left.

    It is put into a connection that is new: the full-text tables of one that was used believe in their own memory.
    """
    engine.dispose()
    with _driver(engine) as connection:
        connection.deserialize(state)


@contextmanager
def _driver(engine: Engine) -> Iterator[sqlite3.Connection]:
    """The driver's own connection: what a pool of one thread gives everyone."""
    borrowed = engine.raw_connection()
    try:
        connection = borrowed.driver_connection
        assert isinstance(connection, sqlite3.Connection)
        yield connection
    finally:
        borrowed.close()

"""A database in memory that can be played on and put back as it was, for rehearsals.

While it plays, one transaction stays open on its only connection. What a unit of work takes for a transaction of its own is
a savepoint in it, so that putting back is one rollback: nothing is copied, no schema is read again.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

from sqlalchemy import event
from sqlalchemy.engine import Engine

from app.orm.engine import open_engine
from app.orm.sealed import Keys

_BEGINS = frozenset({"BEGIN", "BEGIN IMMEDIATE"})


class _Cursor(sqlite3.Cursor):
    """Begins units as savepoints while its connection plays."""

    def execute(self, sql: str, parameters: Any = ()) -> Self:
        """As any cursor."""
        connection = self.connection
        assert isinstance(connection, _Connection)
        if connection.plays and sql in _BEGINS:
            connection.in_unit, sql = True, "SAVEPOINT unit"
        return super().execute(sql, parameters)


class _Connection(sqlite3.Connection):
    """Ends units as savepoints while it `plays`."""

    plays = False
    in_unit = False

    def cursor(self, factory: Any = _Cursor) -> Any:
        """As any connection."""
        return super().cursor(factory)

    def commit(self) -> None:
        """Keeps what the unit did."""
        if not self.plays:
            super().commit()
        elif self.in_unit:
            self._end("RELEASE unit")

    def rollback(self) -> None:
        """Forgets what the unit did."""
        if not self.plays:
            super().rollback()
        elif self.in_unit:
            self._end("ROLLBACK TO unit", "RELEASE unit")

    def _end(self, *statements: str) -> None:
        self.in_unit = False
        for each in statements:
            self.execute(each)


def open_in_memory() -> Engine:
    """An empty SQLite database that lives as long as the engine, for one thread."""
    engine = open_engine("sqlite://", Keys(lambda: (secrets.token_hex(),)))

    @event.listens_for(engine, "do_connect")
    def _connect(_dialect: Any, _entry: Any, _args: Any, parameters: dict[str, Any]) -> None:
        parameters["factory"] = _Connection

    return engine


def rows_written(engine: Engine) -> int:
    """How many rows were written since the database was opened; what was undone counts, too."""
    borrowed = engine.raw_connection()
    try:
        connection = borrowed.driver_connection
        assert isinstance(connection, _Connection)
        return connection.total_changes
    finally:
        borrowed.close()


@contextmanager
def playing(engine: Engine) -> Iterator[None]:
    """What is done inside is undone at the end."""
    borrowed = engine.raw_connection()
    try:
        connection = borrowed.driver_connection
        assert isinstance(connection, _Connection)
        connection.execute("BEGIN")
        connection.plays = True
        try:
            yield
        finally:
            connection.plays = connection.in_unit = False
            connection.execute("ROLLBACK")
    finally:
        borrowed.close()


@contextmanager
def playing_on(engine: Engine) -> Iterator[None]:
    """Within `playing`: what is done inside is undone at the end, what was done before it stays."""
    borrowed = engine.raw_connection()
    try:
        connection = borrowed.driver_connection
        assert isinstance(connection, _Connection)
        connection.execute("SAVEPOINT scene")
        try:
            yield
        finally:
            connection.in_unit = False
            connection.execute("ROLLBACK TO scene")
            connection.execute("RELEASE scene")
    finally:
        borrowed.close()

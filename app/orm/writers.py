"""Under which revision a transaction writes: known for as long as it lasts.

SQLite has one writer at a time. On PostgreSQL a writer that begins just before a switch could wait at a table that the switch
changes, and go on with statements of the revision before: what they write would stand in columns that nobody reads any more.
So all writers share a lock, which the switch takes alone: it waits for those that are there, and those that come see what it
made.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.orm.fixed import fixed_number
from app.orm.framework import revision

_KEY = 2_118_142_466  # also in migrations/versions/0013_writers.py; any number that is no other lock's
_NEWEST = sa.select(sa.func.coalesce(sa.func.max(revision.c.number), fixed_number(0)))
_LOCKED = sa.select(sa.func.tenon_write_under())


def revision_to_write(connection: Connection) -> int:
    """The applied revision; it stays that until the transaction ends. Waits for a switch that is under way."""
    query = _LOCKED if connection.dialect.name == "postgresql" else _NEWEST
    found: int = connection.execute(query).scalar_one()
    return found


def keep_writers_out(connection: Connection) -> None:
    """Waits until nobody writes, and lets nobody begin before this transaction ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.literal_column(str(_KEY)))))

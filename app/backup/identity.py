"""Which deployment a backup is of: a random number, made with the first backup and kept in the database.

It goes with the database: a restored copy that goes on as the same company keeps it, and with it that company's backups.
A copy that is to live beside the original needs a folder of backups of its own.
"""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from app.orm import framework
from app.orm.store import Store

_NAME = "deployment"
_BITS = 62
_NUMBERS = framework.counter


def known_deployment(store: Store) -> str | None:
    """The deployment's id; None before its first backup."""
    query = sa.select(_NUMBERS.c.value).where(_NUMBERS.c.name == _NAME)
    with store.system_reading() as connection:
        found = connection.execute(query).scalar()
    return f"{found:016x}" if found is not None else None


def deployment_of(store: Store) -> str:
    """The deployment's id, made where there is none."""
    known = known_deployment(store)
    if known is None:
        insert = postgresql_insert if store.engine.dialect.name == "postgresql" else sqlite_insert
        row = insert(_NUMBERS).values(name=_NAME, value=secrets.randbits(_BITS)).on_conflict_do_nothing()
        with store.housekeeping() as connection:
            connection.execute(row)
        known = known_deployment(store)
    assert known is not None
    return known

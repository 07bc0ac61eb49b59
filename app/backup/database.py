"""The database of a store as a backup sees it: SQLite or PostgreSQL behind the same few questions."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from app.backup import postgresql, sqlite
from app.backup.parts import Marks, Witness
from app.backup.refused import BackupRefused
from app.backup.tables import Carried, carried
from app.backup.taken import Taken
from app.orm import framework
from app.orm.store import Store
from app.plan.drift import fingerprint
from app.plan.migrate import version

AUDIT = framework.audit.c


def tables_of(store: Store) -> list[Carried]:
    """How each table of the store is carried."""
    with store.system_reading() as connection:
        return carried(store.models, sa.inspect(connection).get_table_names())


def shape_of(store: Store) -> str:
    """What an increment and the backup that it builds on must have in common, beside the revision: all tables' shapes."""
    with store.system_reading() as connection:
        return f"{version(connection)}:{fingerprint(connection)}"


def witness_of(store: Store) -> Witness:
    """The last line of the audit."""
    query = sa.select(AUDIT.id, AUDIT.digest).order_by(AUDIT.id.desc()).limit(1)
    with store.system_reading() as connection:
        row = connection.execute(query).first()
    return Witness(row.id, row.digest) if row else Witness(0, "")


def has_witness(store: Store, witness: Witness) -> bool:
    """Whether the line is there: else this is another database, or an earlier state of it."""
    if not witness.id:
        return True
    with store.system_reading() as connection:
        found = connection.execute(sa.select(AUDIT.digest).where(AUDIT.id == witness.id)).scalar()
    return found == witness.digest


def take_full(store: Store, scratch: Path, at: str) -> AbstractContextManager[Taken]:
    """All of it, as it is at one moment."""
    every = tables_of(store)
    if store.engine.dialect.name == "sqlite":
        return sqlite.full(_file_of(store.engine), scratch, every, at)
    return postgresql.full(store.engine.url, every, at)


def take_increment(store: Store, scratch: Path, since: Marks, at: str) -> AbstractContextManager[Taken]:
    """What changed since."""
    every = tables_of(store)
    if store.engine.dialect.name == "sqlite":
        return sqlite.increment(_file_of(store.engine), scratch, every, since, at)
    return postgresql.increment(store.engine.url, every, since, at)


def _file_of(engine: Engine) -> Path:
    name = engine.url.database
    if not name or name == ":memory:":
        raise BackupRefused("a database in memory can't be backed up", "内存数据库无法备份")
    return Path(name)

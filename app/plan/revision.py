"""Revisions: every catalog that was ever applied, with what it took."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from app.definition import Catalog
from app.frozen import dataclass
from app.orm.engine import READ, UNIT
from app.orm.former import Former, former_of
from app.orm.framework import revision
from app.orm.models import models_on_demand
from app.orm.store import Store
from app.orm.types import now
from app.record.acts import NO_ENTITY, Act, Fact, OfConfiguration, write_act_on

FORMER = "former"
"""Where a snapshot holds what things were called before, in this database."""


class NothingApplied(LookupError):
    """The database holds no revision, or not the one that was asked for."""


@dataclass(frozen=True)
class AppliedRevision:
    """A revision: its number (from 1), its catalog, the physical names, and the snapshot that the catalog is made from. One that
    was just applied `is_clean` unless the file of the database may still hold what is encrypted from now on.
    """

    number: int
    catalog: Catalog
    names: Mapping[str, str]
    snapshot: Mapping[str, Any]
    is_clean: bool = True

    @property
    def former(self) -> Former:
        """What things were called before."""
        return former_of(self.snapshot.get(FORMER, ()))


class _Packed(Mapping[str, Any]):
    """A snapshot that is unpacked when something is asked of it: a plan without a change asks nothing."""

    def __init__(self, packed: bytes) -> None:
        self._packed = packed

    @cached_property
    def _whole(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = json.loads(zlib.decompress(self._packed))
        return found

    def __getitem__(self, name: str) -> Any:
        return self._whole[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._whole)

    def __len__(self) -> int:
        return len(self._whole)


@dataclass(frozen=True)
class RevisionEntry:
    """A line of the history. `steps` are those of the plan in their JSON form, `sql` the statements that changed tables."""

    number: int
    catalog_hash: str
    applied_by: str
    applied_at: Any
    steps: Sequence[Mapping[str, Any]]
    sql: Sequence[str]


def applied_revision(connection: Connection) -> int:
    """The number of the newest revision; 0 for a database that holds none or not even the framework's tables."""
    if not sa.inspect(connection).has_table(revision.name):
        return 0
    return connection.execute(sa.select(sa.func.max(revision.c.number))).scalar() or 0


def load_revision(engine: Engine, number: int | None = None) -> AppliedRevision:
    """The revision of that number, or the newest. Raises NothingApplied."""
    with reading(engine) as connection:
        found = find_revision(connection, number)
    if found is None:
        raise NothingApplied("nothing was applied yet" if number is None else f"there is no revision {number}")
    return found


def find_revision(
    connection: Connection, number: int | None = None, known: Catalog | None = None
) -> AppliedRevision | None:
    """As `load_revision`, on a connection; None where it raises. If its catalog is the one that is `known`, that is taken."""
    newest = applied_revision(connection)
    if not newest:
        return None
    columns = (revision.c.number, revision.c.catalog_hash, revision.c.snapshot, revision.c.names)
    here = revision.c.number == (newest if number is None else number)
    row = connection.execute(sa.select(*columns).where(here)).one_or_none()
    if row is None:
        return None
    snapshot = _Packed(row.snapshot)
    is_known = known is not None and known.hash == row.catalog_hash
    catalog = known if known is not None and is_known else _catalog_of(row.snapshot)
    return AppliedRevision(row.number, catalog, row.names, snapshot)


@lru_cache(maxsize=4)
def _catalog_of(packed: bytes) -> Catalog:
    """The catalog of a snapshot: whoever plans and applies reads the same one several times, and a rollback two or three."""
    from app.loading import catalog_from_snapshot

    return catalog_from_snapshot(_Packed(packed))


def history(engine: Engine) -> list[RevisionEntry]:
    """All revisions, newest first, without their snapshots."""
    columns = (each for each in revision.c if each.name not in {"snapshot", "names"})
    with reading(engine) as connection:
        if not applied_revision(connection):
            return []
        rows = connection.execute(sa.select(*columns).order_by(revision.c.number.desc()))
        return [RevisionEntry(**row) for row in rows.mappings()]


def write_revision(
    connection: Connection,
    applied: AppliedRevision,
    steps: Sequence[Mapping[str, Any]],
    sql: Sequence[str],
    by: str,
    how: OfConfiguration = "apply",
) -> None:
    """Adds a revision, and a line of the audit; the caller holds the lock and the transaction."""
    packed = zlib.compress(json.dumps({**applied.snapshot}, ensure_ascii=False).encode())
    row = {"number": applied.number, "catalog_hash": applied.catalog.hash, "snapshot": packed, "names": applied.names}
    at = now()
    connection.execute(
        sa.insert(revision).values(**row, steps=list(steps), sql=list(sql), applied_by=by, applied_at=at)
    )
    facts: dict[str, Fact] = {"revision": applied.number, "steps": len(steps), "catalog": applied.catalog.hash[:12]}
    write_act_on(connection, Act(how, "command", actor=by, entity=NO_ENTITY, facts=facts), at, applied.number)


def open_store(engine: Engine, applied: AppliedRevision | None = None) -> Store:
    """The store of the applied revision, which is read unless it is given. Raises NothingApplied."""
    applied = applied or load_revision(engine)
    models = replace(models_on_demand(applied.catalog, applied.names), former=applied.former)
    return Store(engine, models, applied.number)


def reading(engine: Engine) -> Connection:
    """A connection that can't write entity tables."""
    return engine.connect().execution_options(**{UNIT: READ})

"""Working computed fields out anew: for records that are already stored, chunk by chunk, a transaction each; and telling
where what is stored differs from what would be computed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from collections.abc import Set as AbstractSet

import sqlalchemy as sa

from app.access import Actor, system_actor, writing
from app.expression.graph import Place, graph_of
from app.frozen import dataclass
from app.orm.store import Store
from app.record.batch import Batch
from app.record.reckoning import evaluate, read_rows_of, recompute
from app.record.refusal import Refused, Saved
from app.record.unit import Unit, in_unit
from app.record.upward import Unknown, computed_places, derive_upward, grouped, work_off

__all__ = ["Drift", "Unknown", "computed_places", "find_drift", "repair", "work_off"]

CHUNK = 1_000
Progress = Callable[[str, int, int], None]
"""Is told of each chunk: the entity, how many of its records are done, how many there are."""


@dataclass(frozen=True)
class Drift:
    """Records of an entity in which a field holds something else than what follows from its formula."""

    entity: str
    field: str
    ids: tuple[int, ...]


def repair(store: Store, actor: Actor, places: Collection[Place], progress: Progress | None = None) -> int:
    """Works these fields out anew in all records, and what follows from what changes. Returns how many records changed.

    Raises StaleRevision, and OSError where other writers leave no room.
    """
    whole = set(places) >= set(computed_places(store.catalog))
    changed = 0
    for entity, fields in grouped(store.catalog, places):
        total, done = _count(store, entity), 0
        for ids in _chunks(store, entity):
            outcome = in_unit(store, actor, "command", _work(entity, ids, fields, whole=whole))
            if isinstance(outcome, Refused):
                raise OSError(f"{entity}: {outcome.refusals[0].text('en', store.catalog)}")
            changed += len(outcome.ids)
            done += len(ids)
            if progress is not None:
                progress(entity, done, total)
    return changed


def _work(entity: str, ids: Sequence[int], fields: AbstractSet[str], *, whole: bool) -> Callable[[Unit], Saved]:
    def work(unit: Unit) -> Saved:
        rows = recompute(unit, entity, ids, fields)
        if whole:  # what follows comes later
            unit.waiting.forget()
        derive_upward(unit)
        return Saved(tuple(row.id for row in rows), tuple(row.values["version"] for row in rows))

    return work


def find_drift(store: Store, places: Collection[Place], sample: int | None = None) -> list[Drift]:
    """Where stored values differ from computed ones, in all records or in a random `sample` of each entity. Nothing is
    written. Fields that read the clock are left out: they may have changed since they were written.
    """
    graph = graph_of(store.catalog)
    found: dict[Place, list[int]] = {}
    by_entity: dict[str, list[str]] = {}
    for entity, key in places:
        if not graph.formulas[entity, key].reads_clock:
            by_entity.setdefault(entity, []).append(key)
    for entity, keys in by_entity.items():
        for ids in [_sample(store, entity, sample)] if sample is not None else _chunks(store, entity):
            for record, changed in _differing(store, entity, ids, keys):
                for key in keys:
                    if key in changed:
                        found.setdefault((entity, key), []).append(record)
    return [Drift(entity, key, tuple(ids)) for (entity, key), ids in found.items()]


def _differing(store: Store, entity: str, ids: Sequence[int], keys: Sequence[str]) -> Iterator[tuple[int, set[str]]]:
    """Records with the fields that would change."""
    graph = graph_of(store.catalog)
    with writing(store, system_actor("system:command")) as session:
        unit = Unit(store, system_actor("system:command"), session, "command")
        batch = Batch(unit, unit.blueprint(entity), False, read_rows_of(unit, entity, ids))
        if batch.rows:
            evaluate(batch, keys)
        session.rollback()
    for row in batch.rows:
        if row.changed:
            yield row.id, {graph.field_of(entity, column) for column in row.changed}


def _count(store: Store, entity: str) -> int:
    table = store.models.tables[entity]
    with store.system_reading() as connection:
        query = sa.select(sa.func.count()).select_from(table).where(table.c.deleted_at.is_(None))
        return int(connection.execute(query).scalar_one())


def _chunks(store: Store, entity: str) -> Iterator[list[int]]:
    """The ids of records that are not deleted."""
    table = store.models.tables[entity]
    last = 0
    while True:
        query = sa.select(table.c.id).where(table.c.id > last, table.c.deleted_at.is_(None))
        with store.system_reading() as connection:
            ids = list(connection.execute(query.order_by(table.c.id).limit(CHUNK)).scalars())
        if not ids:
            return
        yield ids
        last = ids[-1]


def _sample(store: Store, entity: str, size: int) -> list[int]:
    table = store.models.tables[entity]
    query = sa.select(table.c.id).where(table.c.deleted_at.is_(None)).order_by(sa.func.random()).limit(size)
    with store.system_reading() as connection:
        return sorted(connection.execute(query).scalars())

"""Step 9: computed fields of other records that follow from what was saved or deleted, in the same transaction.

Records are locked and worked out set-wise, in the order of the graph: fields of one depth and entity together, so that the
number of statements does not depend on the number of records. Only what differs is written, as a derived change: the
version stays, nothing is validated, and each record gets a line of audit and stands in an event.

More than 2,000 records at once would hold up others: they are marked as stale, and worked out in chunks as soon as the
transaction is committed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from app.access import system_actor
from app.definition import Catalog
from app.expression.graph import Graph, Place, graph_of
from app.orm.framework import stale
from app.orm.store import StaleRevision, Store
from app.record.decide import in_parts
from app.record.outdated import reached
from app.record.reckoning import recompute
from app.record.refusal import Refused, Saved
from app.record.unit import Unit, in_unit
from app.record.waiting import Waiting

MOST_AT_ONCE = 2_000
CHUNK = 1_000
_log = logging.getLogger(__name__)


def derive_upward(unit: Unit) -> None:
    """Works out what waits, and what follows from that, until nothing waits any more. No statement where nothing does."""
    graph = graph_of(unit.catalog)
    while True:
        _follow(unit)
        if not unit.waiting.records:
            return
        _, entity, fields = min(_groups(graph, unit.waiting))
        ids = _taken(unit.waiting, entity, fields)
        if len(ids) > MOST_AT_ONCE and not unit.quiet:
            _mark_stale(unit, entity, ids)
        else:
            for some in in_parts(ids):
                recompute(unit, entity, some, fields)


def _follow(unit: Unit) -> None:
    """Goes the ways that begin at records that are written now."""
    starts, unit.waiting.starts = unit.waiting.starts, {}
    for (entity, way, fields), ids in starts.items():
        unit.waiting.add(entity, reached(unit, entity, way, ids), fields)


def _groups(graph: Graph, waiting: Waiting) -> Iterator[tuple[int, str, frozenset[str]]]:
    """The fields that are worked out together: of one depth and entity."""
    for entity, records in waiting.records.items():
        fields = set().union(*records.values())
        least = min(graph.depth[entity, key] for key in fields)
        yield least, entity, frozenset(key for key in fields if graph.depth[entity, key] == least)


def _taken(waiting: Waiting, entity: str, fields: frozenset[str]) -> list[int]:
    """The records in which these fields wait, which they do no more."""
    records = waiting.records[entity]
    ids = sorted(record for record, waits in records.items() if not waits.isdisjoint(fields))
    for record in ids:
        records[record] -= fields
        if not records[record]:
            del records[record]
    if not records:
        del waiting.records[entity]
    return ids


def _mark_stale(unit: Unit, entity: str, ids: Sequence[int]) -> None:
    """Whatever is computed in these records is worked out once this unit is committed. A mark that stands is written again, so
    that it is locked: whoever works it off meanwhile would not see what this unit writes.
    """
    insert = (postgresql if unit.connection.dialect.name == "postgresql" else sqlite).insert(stale)
    table = unit.models.tables[entity]
    for some in in_parts(ids):
        marks = sa.select(sa.literal(entity), table.c.id, sa.literal(unit.at, stale.c.since.type))
        chosen = marks.where(table.c.id.in_(some), table.c.deleted_at.is_(None))
        marking = insert.from_select(["entity", "record", "since"], chosen.order_by(table.c.id))
        again = {"since": marking.excluded.since}
        unit.connection.execute(marking.on_conflict_do_update(index_elements=["entity", "record"], set_=again))
    if not unit.after:
        unit.after.append(partial(_work_off_now, unit.store))


def _work_off_now(store: Store) -> None:
    """Right after the commit. Whoever saved is told that it is saved, whatever becomes of this."""
    try:
        work_off(store)
    except StaleRevision:
        _log.warning("another revision is applied: computed fields are still to be worked out", exc_info=True)


def work_off(store: Store, tell: Callable[[str, int], None] | None = None) -> bool:
    """Works out what is stale, in chunks with a transaction each. False where others left no room: it stays stale.

    Raises StaleRevision. `tell` is told of each chunk: the entity, and how many records.
    """
    depth = graph_of(store.catalog).depth
    while waiting := _stale_entities(store):
        entity = min(
            waiting, key=lambda each: (min((depth[place] for place in depth if place[0] == each), default=0), each)
        )
        ids = _stale_ids(store, entity)
        outcome = in_unit(store, system_actor("system:command"), "command", partial(_work_off_some, entity, ids))
        if isinstance(outcome, Refused):
            _log.warning("%s: computed fields are still to be worked out", entity)
            return False
        if tell is not None:
            tell(entity, len(ids))
    return True


def _work_off_some(entity: str, ids: Sequence[int], unit: Unit) -> Saved:
    done = stale.c.record.in_(ids)
    unit.connection.execute(sa.delete(stale).where(stale.c.entity == entity, done))
    if entity in unit.catalog.entities:
        for key, fields in grouped(unit.catalog, computed_places(unit.catalog, entity)):
            recompute(unit, key, ids, fields)
        derive_upward(unit)
    unit.after.clear()  # what is stale by now is seen by `work_off`
    return Saved(tuple(ids), (0,) * len(ids))


def _stale_entities(store: Store) -> list[str]:
    with store.system_reading() as connection:
        return list(connection.execute(sa.select(stale.c.entity).distinct()).scalars())


def _stale_ids(store: Store, entity: str) -> list[int]:
    query = sa.select(stale.c.record).where(stale.c.entity == entity).order_by(stale.c.record).limit(CHUNK)
    with store.system_reading() as connection:
        return list(connection.execute(query).scalars())


class Unknown(ValueError):
    """What was named is no computed field."""


def computed_places(catalog: Catalog, entity: str | None = None, field: str | None = None) -> list[Place]:
    """The computed fields of all entities, of one, or one field, in the order in which they follow from each other; without
    those that only a save can work out. Raises Unknown.
    """
    graph = graph_of(catalog)
    if entity is not None and entity not in catalog.entities:
        raise Unknown(f"there is no entity '{entity}'")
    if field is not None and (entity, field) not in graph.formulas:
        raise Unknown(f"'{entity}' has no computed field '{field}'")
    found = [place for place in graph.order if not graph.formulas[place].is_of_save]
    return [place for place in found if entity in {None, place[0]} and field in {None, place[1]}]


def grouped(catalog: Catalog, places: Collection[Place]) -> list[tuple[str, frozenset[str]]]:
    """The fields that are worked out together, by entity, in their order."""
    depth = graph_of(catalog).depth
    found: dict[tuple[int, str], set[str]] = {}
    for entity, key in places:
        found.setdefault((depth[entity, key], entity), set()).add(key)
    return [(entity, frozenset(found[level, entity])) for level, entity in sorted(found)]

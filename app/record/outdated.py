"""What a unit of work makes out of date, noted while it saves and deletes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

import sqlalchemy as sa

from app.expression.graph import Hop, Way, graph_of
from app.expression.steps import chosen_target, lookup_of
from app.orm.many import many_key
from app.orm.models import ENTITY_SUFFIX, Models
from app.orm.types import AnyId
from app.record.batch import Batch, Row
from app.record.lists import Link
from app.record.many import pointing_lists
from app.record.pointers import pointers_to
from app.record.unit import Unit

_IDS_PER_STATEMENT = 1_000
Values = Mapping[str, Any]


def note_saved(batch: Batch) -> None:
    """What follows in other records from the rows of a batch that was just written waits. No statement.

    Totals of a whole over its parts are left out: they were worked out with it.
    """
    unit, entity = batch.unit, batch.entity
    graph = graph_of(unit.catalog)
    if batch.creating:
        note_new(unit, entity, [(row.id, row.values) for row in batch.rows])
        if batch.parts:  # they were worked out before their whole was
            every = frozenset(graph.order_of(entity))
            note_changes(unit, entity, every, [(row.id, {}, row.values) for row in batch.rows])
    elif entity in graph.read:
        for fields, rows in by_fields(batch.rows).items():
            note_changes(unit, entity, fields, [(row.id, row.old, row.values) for row in rows], saved=True)


def by_fields(rows: Iterable[Row]) -> dict[frozenset[str], list[Row]]:
    """The rows by what changes in them."""
    found: dict[frozenset[str], list[Row]] = {}
    for row in rows:
        found.setdefault(frozenset(row.changed), []).append(row)
    return found


def note_changes(
    unit: Unit,
    entity: str,
    fields: AbstractSet[str],
    rows: Collection[tuple[int, Values, Values]],
    *,
    saved: bool = False,
) -> None:
    """These fields change in these rows (id, as they were, as they will be). No statement. Parts that are `saved` are saved
    with their whole, which was worked out.
    """
    whole = _to_whole(unit, entity) if saved else None
    for found in graph_of(unit.catalog).dependants(entity, fields) if rows else ():
        first = found.way[0]
        if first == whole:
            continue
        if first.down or _is_list(unit, first):  # a row holds a list as far as it was posted and its reader sees it
            unit.waiting.start(found, (record for record, _, _ in rows))
        if not first.down:
            ids = {
                each for _, *states in rows for row in states for each in _pointed(row.get(first.lookup), found.entity)
            }
            unit.waiting.add(found.entity, ids, found.fields)


def note_new(unit: Unit, entity: str, rows: Collection[tuple[int, Values]]) -> None:
    """These records are new. No statement."""
    whole = _to_whole(unit, entity)
    for found in graph_of(unit.catalog).dependants(entity, frozenset(), whole=True):
        if found.way[0] == whole:
            continue
        lookup = found.way[0].lookup
        ids = {each for _, row in rows for each in _pointed(row.get(lookup), found.entity)}
        unit.waiting.add(found.entity, ids, found.fields)


def note_stored(unit: Unit, entity: str, ids: Collection[int]) -> None:
    """These records go, or are back: what they point to is read."""
    known: dict[Hop, set[int]] = {}
    whole = _to_whole(unit, entity)
    for found in graph_of(unit.catalog).dependants(entity, frozenset(), whole=True) if ids else ():
        hop = found.way[0]
        if hop == whole:
            continue
        if hop not in known:
            known[hop] = reached(unit, found.entity, (hop,), ids)
        unit.waiting.add(found.entity, known[hop], found.fields)


def note_linking(unit: Unit, entity: str, ids: Collection[int]) -> None:
    """These records go, or are back: lists that link to them hold less, or more. No statement where nothing follows from it."""
    graph = graph_of(unit.catalog)
    for pointer in pointers_to(unit.catalog, entity) if ids else ():
        field = frozenset((pointer.field,))
        if pointer.holds != "references":
            continue
        if graph.own(pointer.entity, field) or graph.dependants(pointer.entity, field):
            many, ordered = unit.models.many[many_key(pointer.entity, pointer.field)], sorted(ids)
            for at in range(0, len(ordered), _IDS_PER_STATEMENT):
                query = pointing_lists(unit, many, entity, ordered[at : at + _IDS_PER_STATEMENT])
                linking = {record for record, _ in unit.connection.execute(query)}
                note_touched(unit, pointer.entity, linking, field)


def note_touched(unit: Unit, entity: str, ids: Collection[int], fields: AbstractSet[str]) -> None:
    """These fields of stored records change without a save: what the records point to is read."""
    note_own(unit, entity, ids, fields)
    for found in graph_of(unit.catalog).dependants(entity, fields) if ids else ():
        first = found.way[0]
        if first.down or _is_list(unit, first):
            unit.waiting.start(found, ids)
        else:
            unit.waiting.add(found.entity, reached(unit, found.entity, (first,), ids), found.fields)


def note_own(unit: Unit, entity: str, ids: Collection[int], fields: AbstractSet[str] | None = None) -> None:
    """What follows in these records themselves from these fields waits; without fields all that is computed."""
    graph = graph_of(unit.catalog)
    own = graph.order_of(entity) if fields is None else graph.own(entity, fields)
    if own:
        unit.waiting.add(entity, ids, own)


def _is_list(unit: Unit, hop: Hop) -> bool:
    return unit.catalog.entities[hop.entity].every_field[lookup_of(hop.lookup)].is_list


def _to_whole(unit: Unit, entity: str) -> Hop | None:
    link = unit.catalog.part_link(entity)
    return None if link is None else Hop(entity, link.field, down=False)


def reached(unit: Unit, target: str, way: Way, ids: Collection[int]) -> set[int]:
    """The records of `target` to which a way leads from these, whoever may see them; none that were deleted on the way."""
    found: set[int] = set()
    ordered = sorted(ids)
    for at in range(0, len(ordered), _IDS_PER_STATEMENT):
        query = _led(unit.models, target, way, ordered[at : at + _IDS_PER_STATEMENT])
        found.update(unit.connection.execute(query).scalars())
    return found


def _led(models: Models, target: str, way: Way, ids: Any) -> sa.Select[Any]:
    query: Any = None
    for hop in way:
        table = models.tables[hop.entity]
        if hop.down:
            lookup, chosen = lookup_of(hop.lookup), chosen_target(hop.lookup)
            query = sa.select(table.c.id).where(table.c[lookup].in_(ids), table.c.deleted_at.is_(None))
            if chosen is not None:
                query = query.where(table.c[lookup + ENTITY_SUFFIX] == chosen)
        elif models.catalog.entities[hop.entity].every_field[hop.lookup].is_list:
            many = models.many[many_key(hop.entity, hop.lookup)]
            links, leading = many.table, many.leading_to(many.table.c.__getitem__, target)
            query = sa.select(links.c.value).where(links.c.record.in_(ids), *leading).distinct()
        else:
            column = table.c[hop.lookup]
            query = sa.select(column).where(table.c.id.in_(ids), column.is_not(None)).distinct()
            if hop.lookup + ENTITY_SUFFIX in table.c:
                query = query.where(table.c[hop.lookup + ENTITY_SUFFIX] == target)
        ids = query
    found: sa.Select[Any] = query
    return found


def _pointed(value: Any, target: str) -> Iterable[int]:
    """The records of `target` that the value of a lookup leads to."""
    if value is None:
        return ()
    if isinstance(value, AnyId):
        return (value.id,) if value.entity == target else ()
    if isinstance(value, tuple):
        ids = [each.id if isinstance(each, Link) else each for each in value]
        several = [each.id for each in ids if isinstance(each, AnyId) and each.entity == target]
        return [*several, *(each for each in ids if not isinstance(each, AnyId))]
    return (value,)

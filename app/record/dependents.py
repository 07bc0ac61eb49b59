"""What hangs on records that are to be deleted: what goes along, what is cleared, and what forbids it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from app.orm.many import many_key
from app.orm.models import ENTITY_SUFFIX
from app.record.decide import in_parts, read_rows
from app.record.many import pointing_lists
from app.record.pointers import Pointer, pointers_to
from app.record.refusal import Refusal
from app.record.unit import Unit

_MORE = 1_000  # pointing records beyond those that go along that are looked at


@dataclass(slots=True)
class Doomed:
    """The records that one act deletes, by entity: id to the place in the batch of the record that takes it along."""

    unit: Unit
    entity: str
    roots: dict[int, int]
    by_entity: dict[str, dict[int, int]] = field(default_factory=dict)
    cleared: dict[Pointer, dict[int, int]] = field(default_factory=dict)  # id to what its field pointed to

    def __post_init__(self) -> None:
        self.by_entity[self.entity] = dict(self.roots)

    def __contains__(self, record: tuple[str, int]) -> bool:
        return record[1] in self.by_entity.get(record[0], ())


def collect(unit: Unit, entity: str, roots: dict[int, int], *, in_bin: bool = False) -> Doomed:
    """Follows every cascade to its end (loops included), level by level, and notes what is to be cleared. With `in_bin` what
    lies in the bin goes along: for what goes for good, and may not leave its parts behind.
    """
    doomed = Doomed(unit, entity, roots)
    waiting = [(entity, sorted(roots))]
    while waiting:
        target, ids = waiting.pop()
        for pointer in pointers_to(unit.catalog, target):
            if pointer.on_delete != "cascade":
                continue
            known = doomed.by_entity.setdefault(pointer.entity, {})
            fresh = {}
            for record, pointed in _pointing(unit, pointer, ids, in_bin=in_bin):
                if record not in known:
                    fresh[record] = doomed.by_entity[target][pointed]
            known.update(fresh)
            if fresh:
                waiting.append((pointer.entity, sorted(fresh)))
    doomed.by_entity = {key: records for key, records in doomed.by_entity.items() if records}
    _note_cleared(doomed)
    return doomed


def check_rights(doomed: Doomed) -> list[Refusal]:
    """Whoever deletes must be allowed to delete each record that goes along."""
    refusals: dict[tuple[int, str], Refusal] = {}
    for entity, records in doomed.by_entity.items():
        if doomed.unit.catalog.part_link(entity) is not None:  # nobody deletes a whole without its parts
            continue
        ids = [record for record in records if entity != doomed.entity or record not in doomed.roots]
        stored = read_rows(doomed.unit, entity, ids, ["delete"])
        for record in ids:
            if record not in stored or not stored[record]["may_delete"]:
                index = records[record]
                refusals[index, entity] = _of_root(doomed, index, "access.denied", "dependents", by_entity=entity)
    return list(refusals.values())


def check_restrictions(doomed: Doomed) -> list[Refusal]:
    """What still points to a doomed record and does not go along forbids the deletion."""
    refusals: list[Refusal] = []
    for target, records in doomed.by_entity.items():
        for pointer in pointers_to(doomed.unit.catalog, target):
            if pointer.on_delete == "restrict":
                refusals += _restrictions(doomed, pointer, records)
    return refusals


def _restrictions(doomed: Doomed, pointer: Pointer, records: dict[int, int]) -> Iterator[Refusal]:
    limit = len(doomed.by_entity.get(pointer.entity, ())) + _MORE
    holding: dict[int, set[int]] = {}  # place in the batch to ids of the records that hold it
    for record, pointed in _pointing(doomed.unit, pointer, sorted(records), limit):
        if (pointer.entity, record) not in doomed:
            holding.setdefault(records[pointed], set()).add(record)
    if not holding:
        return
    seen = _visible(doomed.unit, pointer.entity, set().union(*holding.values()))
    for index, holders in holding.items():
        count = len(holders & seen)
        variant = "" if count else "unseen"
        yield _of_root(doomed, index, "record.in_use", variant, by_entity=pointer.entity, count=count)


def _of_root(doomed: Doomed, index: int, code: str, variant: str, **params: object) -> Refusal:
    record = next(each for each, place in doomed.roots.items() if place == index)
    return Refusal(code, None, params, index, record, doomed.entity, variant)


def _note_cleared(doomed: Doomed) -> None:
    for target, records in doomed.by_entity.items():
        for pointer in pointers_to(doomed.unit.catalog, target):
            if pointer.on_delete != "clear" or pointer.holds == "references":
                continue
            pointing = _pointing(doomed.unit, pointer, sorted(records))
            found = {record: pointed for record, pointed in pointing if (pointer.entity, record) not in doomed}
            if found:
                doomed.cleared[pointer] = found


def _pointing(
    unit: Unit, pointer: Pointer, ids: list[int], limit: int | None = None, *, in_bin: bool = False
) -> Iterator[tuple[int, int]]:
    """Records that point to one of `ids`, with what they point to, whoever may see them; deleted ones only with `in_bin`.

    Those that are to be changed (no `limit`) are locked, in the order of their ids.
    """
    table = unit.models.tables[pointer.entity]
    for some in in_parts(ids):
        query = _who_points(unit, pointer, some, in_bin=in_bin)
        query = query.with_for_update(of=table) if limit is None else query.limit(limit)
        yield from ((row[0], row[1]) for row in unit.connection.execute(query))


def _who_points(unit: Unit, pointer: Pointer, ids: Sequence[int], *, in_bin: bool) -> sa.Select[Any]:
    if pointer.holds == "references":
        return pointing_lists(unit, unit.models.many[many_key(pointer.entity, pointer.field)], pointer.target, ids)
    table = unit.models.tables[pointer.entity]
    column = table.c[pointer.field]
    there = sa.true() if in_bin else table.c.deleted_at.is_(None)
    query = sa.select(table.c.id, column).where(column.in_(ids), there).order_by(table.c.id)
    return query.where(table.c[pointer.field + ENTITY_SUFFIX] == pointer.target) if pointer.holds == "any" else query


def _visible(unit: Unit, entity: str, ids: Iterable[int]) -> set[int]:
    a_class: Any = unit.models.classes[entity]
    found: set[int] = set()
    for some in in_parts(sorted(ids)):
        found.update(unit.session.execute(sa.select(a_class.id).where(a_class.id.in_(some))).scalars())
    return found

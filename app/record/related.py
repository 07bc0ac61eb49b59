"""Related records: those at the other side of a lookup, or those that a lookup leads to. Facts, whoever may see them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from app.expression import Checked
from app.orm.expression import condition, facts
from app.record.decide import in_parts
from app.record.paths import read_records
from app.record.totals import pointing_at
from app.record.unit import Unit

__all__ = ["related_ids"]


def related_ids(
    unit: Unit, entity: str, records: Iterable[int], related: str, where: Checked | None
) -> dict[int, tuple[int, ...]]:
    """By record the ids of those that are related (see `Catalog.related`) and for which the condition holds, in order; without
    those in the bin. The number of statements does not depend on the number of records.
    """
    ids, inverse = sorted(set(records)), unit.catalog.inverses(entity).get(related)
    if inverse is not None:
        return _pointing_here(unit, entity, ids, (inverse.entity, inverse.field), where)
    led = read_records(unit, entity, (related,), ids)
    targets: dict[int, tuple[int, ...]] = {}
    for record, values in led.items():
        value = values[related]
        targets[record] = (
            tuple(each.id for each in value) if isinstance(value, tuple) else () if value is None else (value,)
        )
    target = unit.catalog.related(entity, related)
    assert target is not None
    there = _that_hold(unit, target, targets.values(), where)
    chosen = {record: tuple(sorted(each for each in found if each in there)) for record, found in targets.items()}
    return {record: found for record, found in chosen.items() if found}


def _pointing_here(
    unit: Unit, entity: str, ids: Sequence[int], lookup: tuple[str, str], where: Checked | None
) -> dict[int, tuple[int, ...]]:
    found: dict[int, list[int]] = defaultdict(list)
    for some in in_parts(ids):
        source = facts(unit.models, lookup[0])
        start, pointer, pointing = pointing_at(source, lookup[1], entity)
        held = () if where is None else (condition(source, where.root, unit.context),)
        query = sa.select(pointer, source.column("id")).where(pointer.in_(some), *pointing, *held, *source.alive())
        for record, related in unit.connection.execute(source.joined(query, start).order_by(source.column("id"))):
            found[record].append(related)
    return {record: tuple(dict.fromkeys(related)) for record, related in found.items()}


def _that_hold(unit: Unit, entity: str, some: Iterable[Iterable[int]], where: Checked | None) -> set[int]:
    found: set[int] = set()
    for ids in in_parts(sorted({each for group in some for each in group})):
        source = facts(unit.models, entity)
        record = source.column("id")
        held = () if where is None else (condition(source, where.root, unit.context),)
        query = source.joined(sa.select(record)).where(record.in_(ids), *held, *source.alive())
        found.update(unit.connection.execute(query).scalars())
    return found

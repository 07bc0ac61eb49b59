"""Stored records that may look like those of a batch: few, found by an index, one statement for many rows.

By the value of the rule's anchor where it must be equal; else the neighbours in the order of the sort key. They are facts,
whoever may see them; what the actor learns of them is for `duplicates` to decide.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from app.orm.models import SORT_SUFFIX, sort_column
from app.record.alike import CheckedDuplicate, Values
from app.record.batch import Batch, Row
from app.record.decide import in_parts

MOST = 200
"""Candidates for one row: the newest with its value, or half of them before and half after it in the order."""
_PLACES = 100  # in the order, whose neighbours one statement finds: SQLite joins at most 500 SELECTs


def find_candidates(batch: Batch, rule: CheckedDuplicate, rows: Sequence[Row]) -> Iterator[tuple[int, Values]]:
    """Id and compared values of records that may be alike, each once. The bin is left out."""
    seen: set[int] = set()
    found = _neighbours(batch, rule, rows) if rule.anchor in rule.similar else _same(batch, rule, rows)
    for statement in found:
        for record, *values in batch.unit.connection.execute(statement):
            if record not in seen:
                seen.add(record)
                yield record, dict(zip(rule.fields, values, strict=True))


def _same(batch: Batch, rule: CheckedDuplicate, rows: Sequence[Row]) -> Iterator[sa.Select[Any]]:
    """Those with the value of the anchor of any row, and with any of the values of what else must be the very same."""
    table, column = _table(batch), sort_column(batch.blueprint.entity, rule.anchor)
    wanted = _wanted(batch, rule)
    for key in rule.equal:
        if key != rule.anchor and key not in rule.folded:
            wanted = wanted.where(table.c[key].in_(_distinct(row.values[key] for row in rows)))
    for some in in_parts(_distinct(row.values[column] for row in rows)):
        yield wanted.where(table.c[column].in_(some)).order_by(table.c.id.desc()).limit(MOST * len(some))


def _neighbours(batch: Batch, rule: CheckedDuplicate, rows: Sequence[Row]) -> Iterator[sa.CompoundSelect[Any]]:
    """Those that stand next to any row in the order of names."""
    table = _table(batch)
    wanted, column = _wanted(batch, rule), table.c[rule.anchor + SORT_SUFFIX]
    places = _distinct(row.values[column.key] for row in rows)
    for start in range(0, len(places), _PLACES):
        parts = []
        for place in places[start : start + _PLACES]:
            after = wanted.where(column >= place).order_by(column, table.c.id)
            before = wanted.where(column < place).order_by(column.desc(), table.c.id.desc())
            parts += [sa.select(each.limit(MOST // 2).subquery()) for each in (after, before)]
        yield sa.union_all(*parts)


def _wanted(batch: Batch, rule: CheckedDuplicate) -> sa.Select[Any]:
    table = _table(batch)
    return sa.select(table.c.id, *(table.c[key] for key in rule.fields)).where(table.c.deleted_at.is_(None))


def _table(batch: Batch) -> sa.Table:
    return batch.unit.models.tables[batch.entity]


def _distinct(values: Iterable[Any]) -> list[Any]:
    return list(dict.fromkeys(values))

"""Aggregates of stored records (`sum_of(opportunities.amount where …)`), set-wise: grouped statements for all records.

They are facts, whoever may see what is counted. Records in the bin do not count.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from app.expression import Aggregate, Context
from app.orm.expression import Source, condition, facts
from app.orm.many import many_key
from app.orm.models import ENTITY_SUFFIX, Models
from app.record.decide import in_parts
from app.record.unit import Unit

NOTHING: Mapping[str, Any] = {"sum_of": 0, "count_of": 0, "exists": False}
"""What aggregates give where there is nothing; others are blank."""
Totals = dict[int, dict[str, Any]]


def find_totals(unit: Unit, entity: str, aggregates: Collection[Aggregate], ids: Collection[int]) -> Totals:
    """The values by record of `entity` and key of the aggregate. One statement for all aggregates over a lookup, one for
    each `latest_of`, for so many records as a statement can name.
    """
    blank = {each.key: NOTHING.get(each.name) for each in aggregates}
    found: Totals = {record: dict(blank) for record in ids}
    ordered = sorted(found)
    for some in in_parts(ordered) if aggregates else ():
        for statement, keys in _statements(unit.models, entity, aggregates, some, unit.context):
            for record, *values in unit.connection.execute(statement, {"record": some[0]} if len(some) == 1 else None):
                found[record].update((key, value) for key, value in zip(keys, values, strict=True) if value is not None)
    return found


def _statements(
    models: Models, entity: str, aggregates: Collection[Aggregate], ids: Sequence[int], context: Context
) -> Iterator[tuple[sa.Select[Any], list[str]]]:
    together: dict[tuple[str, str], list[Aggregate]] = {}
    for each in aggregates:
        if each.name == "latest_of":
            yield _latest(models, entity, each, ids, context), [each.key]
        else:
            together.setdefault((each.entity, each.lookup), []).append(each)
    for some in together.values():
        find = _of_one if len(ids) == 1 else _grouped
        yield find(models, entity, some, ids, context), [each.key for each in some]


def _of_one(
    models: Models, entity: str, some: Sequence[Aggregate], ids: Sequence[int], context: Context
) -> sa.Select[Any]:
    """The statement for one record, which is its parameter: made once per models, unless it holds what changes with the
    clock or with whoever acts.
    """
    kept: dict[object, sa.Select[Any] | None] = models.metadata.info.setdefault("totals", {})
    key = (entity, *((each.entity, each.lookup, each.key) for each in some))
    if key not in kept:
        kept[key] = None if any(map(_changes_with_context, some)) else _grouped(models, entity, some, ids, context)
    found = kept[key]
    return _grouped(models, entity, some, ids, context) if found is None else found


def _changes_with_context(wanted: Aggregate) -> bool:
    nodes = () if wanted.where is None else wanted.where.walk()
    return any(each.op in {"user", "role"} or (each.op == "call" and each.value in {"today", "now"}) for each in nodes)


def _grouped(
    models: Models, entity: str, some: Sequence[Aggregate], ids: Sequence[int], context: Context
) -> sa.Select[Any]:
    """One row for each record to which something points; for one record alone nothing need be grouped."""
    source = facts(models, some[0].entity)
    start, pointer, pointing = pointing_at(source, some[0].lookup, entity)
    wheres = {each.where for each in some}
    alone = next(iter(wheres)) if len(wheres) == 1 else None
    conditions = {
        each.key: condition(source, each.where, context) for each in some if alone is None and each.where is not None
    }
    columns = [_value(source, each, conditions.get(each.key)) for each in some]
    # The bin comes last: nearly everything is outside of it, and SQLite asks in this order.
    asked = () if alone is None else (condition(source, alone, context),)
    if len(ids) == 1:
        one = sa.bindparam("record", type_=pointer.type)
        statement = sa.select(one, *columns).where(pointer == one, *pointing, *asked, *source.alive())
    else:
        statement = sa.select(pointer, *columns).where(pointer.in_(ids), *pointing, *asked, *source.alive())
        statement = statement.group_by(pointer)
    return source.joined(statement, start)


def _value(source: Source, wanted: Aggregate, where: ColumnElement[bool] | None) -> ColumnElement[Any]:
    if wanted.name in {"count_of", "exists"}:
        counted = sa.func.count() if where is None else sa.func.count(sa.case((where, 1)))
        return counted > 0 if wanted.name == "exists" else counted
    assert wanted.field is not None
    column = source.column(wanted.field)
    chosen = column if where is None else sa.case((where, column))
    if wanted.name == "min_of":
        return sa.func.min(chosen, type_=column.type)
    if wanted.name == "max_of":
        return sa.func.max(chosen, type_=column.type)
    if isinstance(column.type, sa.BigInteger):  # PostgreSQL gives a numeric for it
        return sa.cast(sa.func.sum(chosen), sa.BigInteger)
    return sa.func.sum(chosen, type_=column.type)


def _latest(models: Models, entity: str, wanted: Aggregate, ids: Sequence[int], context: Context) -> sa.Select[Any]:
    """For each record the field of the one that was created last: no sorting of all."""
    above = facts(models, entity)
    child, pointing = above.children(wanted.entity, wanted.lookup)
    where = [] if wanted.where is None else [condition(child, wanted.where, context)]
    assert wanted.field is not None
    chosen = child.joined(sa.select(child.column(wanted.field)), child.root).where(*pointing, *where)
    newest = chosen.order_by(child.column("created_at").desc(), child.column("id").desc()).limit(1)
    record = above.column("id")
    return sa.select(record, newest.correlate(above.root).scalar_subquery()).where(record.in_(ids))


def pointing_at(
    source: Source, lookup: str, target: str
) -> tuple[Any, ColumnElement[int], tuple[ColumnElement[bool], ...]]:
    """From where to read, the column that says which record is pointed to, and what must hold besides."""
    a_field = source.models.catalog.get_field(source.entity, lookup)
    if a_field.holds == "references":
        many = source.models.many[many_key(source.entity, lookup)]
        links = many.table.alias()
        leading = many.leading_to(links.c.__getitem__, target)
        return sa.join(links, source.root, links.c.record == source.column("id")), links.c.value, leading
    if a_field.holds == "any":
        return source.root, source.column(lookup), (source.column(lookup + ENTITY_SUFFIX) == target,)
    return source.root, source.column(lookup), ()

"""The values of aggregates (`sum_of(lines.total)`), for all rows of a batch at once.

Parts that are sent with their whole are counted as they will be, from the rows in memory; everything else as it is stored,
whoever may see it: aggregates are facts of the record.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from app.expression import Aggregate, Node
from app.expression.implementations import aggregate as value_of
from app.expression.python import Evaluate, compile_node
from app.orm.many import many_key
from app.orm.models import ENTITY_SUFFIX
from app.record.batch import Batch, PartRow, Row
from app.record.decide import in_parts
from app.record.paths import follow, ways_of

Rows = Sequence[dict[str, Any]]


def add_aggregates(batch: Batch, aggregates: Sequence[Aggregate]) -> None:
    """Puts the value of each aggregate into `values` of every row, under its key. A new record has no related ones."""
    for each in aggregates:
        where = None if each.where is None else compile_node(each.where)
        sent = _sent(batch, each)
        stored = {} if batch.creating else _stored(batch, each, [row.id for row in batch.rows if id(row) not in sent])
        if each.where is not None:
            _follow(
                batch, each.entity, each.where, [row for rows in (*sent.values(), *stored.values()) for row in rows]
            )
        for row in batch.rows:
            related = sent.get(id(row)) or stored.get(row.id) or []
            row.values[each.key] = _value(batch, each, where, related)


def _follow(batch: Batch, entity: str, where: Node, rows: Sequence[dict[str, Any]]) -> None:
    ways = ways_of(
        batch.unit.catalog, entity, {each.value for each in where.walk() if each.op == "field" and "." in each.value}
    )
    follow(batch.unit, [(way, row, row[first]) for first, way in ways.items() for row in rows])


def _value(batch: Batch, wanted: Aggregate, where: Evaluate | None, related: Rows) -> Any:
    context = batch.unit.context
    chosen = related if where is None else [each for each in related if where(each, each, context)]
    return value_of(wanted.name, chosen, wanted.field)


def _sent(batch: Batch, wanted: Aggregate) -> dict[int, list[dict[str, Any]]]:
    """The parts that were sent, by their whole, as they will be: those that stay before new ones."""
    found: dict[int, list[dict[str, Any]]] = {}
    for parts in batch.parts:
        if (parts.link.entity, parts.link.field) != (wanted.entity, wanted.lookup):
            continue
        kept = sorted(parts.kept.rows, key=lambda row: (row.values["created_at"], row.id))
        every: list[Row] = [*kept, *parts.new.rows]
        for row in every:
            if isinstance(row, PartRow):
                found.setdefault(id(row.whole), []).append(row.values)
        for _, whole in parts.gone:
            found.setdefault(id(whole), [])
    return found


def _stored(batch: Batch, wanted: Aggregate, ids: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    table = batch.unit.models.tables[wanted.entity]
    found: dict[int, list[dict[str, Any]]] = {}
    for some in in_parts(sorted(ids)):
        query, whole = _pointing(batch, wanted, some)
        query = query.where(table.c.deleted_at.is_(None))
        for row in batch.unit.connection.execute(query.order_by(table.c.created_at, table.c.id)):
            values = {column.key: row._mapping[column] for column in table.columns}  # noqa: SLF001 - SQLAlchemy's public name
            found.setdefault(row._mapping[whole], []).append(values)  # noqa: SLF001 - as above
    return found


def _pointing(batch: Batch, wanted: Aggregate, ids: Sequence[int]) -> tuple[sa.Select[Any], sa.ColumnElement[int]]:
    """The records that point to these, and the column that says which."""
    models = batch.unit.models
    table = models.tables[wanted.entity]
    a_field = models.catalog.get_field(wanted.entity, wanted.lookup)
    if a_field.holds == "references":
        links = models.many[many_key(wanted.entity, wanted.lookup)].table
        query = sa.select(table, links.c.value).join(links, links.c.record == table.c.id)
        return query.where(links.c.value.in_(ids)), links.c.value
    column = table.c[wanted.lookup]
    query = sa.select(table).where(column.in_(ids))
    if a_field.holds == "any":
        query = query.where(table.c[wanted.lookup + ENTITY_SUFFIX] == batch.entity)
    return query, column

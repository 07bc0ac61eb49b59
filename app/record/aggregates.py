"""The values of aggregates (`sum_of(lines.total)`), for all rows of a batch at once.

Parts that are sent with their whole are counted as they will be, from the rows in memory; everything else as it is stored,
whoever may see it: aggregates are facts of the record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.expression import Aggregate, Node
from app.expression.implementations import aggregate as value_of
from app.expression.python import Evaluate, compile_node
from app.record.batch import Batch, PartRow, Row
from app.record.many import complete_lists
from app.record.paths import Step, complete_wholes, follow, pointed, take, ways_of
from app.record.totals import NOTHING, find_totals


def add_aggregates(batch: Batch, aggregates: Sequence[Aggregate]) -> None:
    """Puts the value of each aggregate into `values` of every row, under its key. A new record has no related ones."""
    waiting: dict[int, list[Aggregate]] = {}
    for each in aggregates:
        sent = _sent(batch, each)
        where = None
        if each.where is not None and sent:
            where = compile_node(each.where)
            _follow(batch, each, each.where, [row for rows in sent.values() for row in rows])
        for row in batch.rows:
            if id(row) in sent:
                row.values[each.key] = _value(batch, each, where, sent[id(row)])
            elif batch.creating:
                row.values[each.key] = NOTHING.get(each.name)
            else:
                waiting.setdefault(row.id, []).append(each)
    _add_stored(batch, waiting)


def _add_stored(batch: Batch, waiting: Mapping[int, Sequence[Aggregate]]) -> None:
    if waiting:
        asked = {each.key: each for several in waiting.values() for each in several}
        found = find_totals(batch.unit, batch.entity, asked.values(), waiting.keys())
        for row in batch.rows:
            row.values.update((each.key, found[row.id][each.key]) for each in waiting.get(row.id, ()))


def _follow(batch: Batch, wanted: Aggregate, where: Node, rows: Sequence[PartRow]) -> None:
    """Puts what the condition reads of other records into the rows, of their whole as it will be, and their lists."""
    read = {each.value for each in where.walk() if each.op == "field"}
    known = batch.unit.catalog.entities[wanted.entity].fields
    complete_lists(batch.unit, wanted.entity, rows, sorted(key for key in read if key in known and known[key].is_list))
    paths = {key for key in read if "." in key}
    steps: list[Step] = []
    for first, way in ways_of(batch.unit.catalog, wanted.entity, paths).items():
        if first == wanted.lookup:
            complete_wholes(batch.unit, way, rows)
        for row in rows:
            if first == wanted.lookup:
                steps += take(way, row.values, row.whole.values)
            else:
                steps.append((way, row.values, pointed(row.values, first)))
    follow(batch.unit, steps)


def _value(batch: Batch, wanted: Aggregate, where: Evaluate | None, related: Sequence[PartRow]) -> Any:
    context = batch.unit.context
    every = [each.values for each in related]
    chosen = every if where is None else [each for each in every if where(each, each, context)]
    return value_of(wanted.name, chosen, wanted.field)


def _sent(batch: Batch, wanted: Aggregate) -> dict[int, list[PartRow]]:
    """The parts that were sent, by their whole, as they will be: those that stay before new ones."""
    found: dict[int, list[PartRow]] = {}
    for parts in batch.parts:
        if (parts.link.entity, parts.link.field) != (wanted.entity, wanted.lookup):
            continue
        kept = sorted(parts.kept.rows, key=lambda row: (row.values["created_at"], row.id))
        every: list[Row] = [*kept, *parts.new.rows]
        for row in every:
            if isinstance(row, PartRow):
                found.setdefault(id(row.whole), []).append(row)
        for _, whole in parts.gone:
            found.setdefault(id(whole), [])
    return found

"""Step 3: fields of a record that follow from others, each after those that it reads.

Nobody posts them. A value that breaks a limit of its field is refused with the code that a posted one would get. Of an
amount in a record of another currency the formula gives the company's value; the original is worked out from it.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from app.access import FieldRights, field_rights
from app.definition.currencies import ORIGINAL_SUFFIX, RATE_COLUMN
from app.expression import Context
from app.expression.computed import Computed, computed_fields, read_fields
from app.expression.graph import graph_of
from app.record.aggregates import add_aggregates
from app.record.batch import Batch, PartRow, Row
from app.record.blueprint import Blueprint
from app.record.parts import touched_wholes
from app.record.values import Bad


def derive(batch: Batch) -> None:
    """Works out the computed fields of what is new, of what changes and of wholes whose parts change: those that follow
    from it. Others were kept up to date when what they follow from was saved.
    """
    computed = computed_fields(batch.unit.catalog, batch.entity)
    if computed:
        rows = _asked(batch)
        _work_out_rows(batch, rows, _in_question(batch, rows, computed))


def derive_for_parts(batch: Batch) -> None:
    """As `derive`, before the parts are: what they may read of their whole, which is all that does not follow from them."""
    computed = computed_fields(batch.unit.catalog, batch.entity) if batch.parts else {}
    own = _apart_from_parts(batch, computed)
    if own:
        rows = batch.rows if batch.creating else [row for row in batch.rows if row.changed]
        _work_out_rows(batch, rows, _in_question(batch, rows, own))


def work_out(
    blueprint: Blueprint,
    computed: Iterable[Computed],
    values: dict[str, Any],
    old: Mapping[str, Any] | None,
    context: Context,
) -> dict[str, Bad]:
    """Puts computed values into a row that holds all that they read. Returns what does not fit, by field: it stays as it
    was. `old` is the row as it was, None of a new one.
    """
    wrong: dict[str, Bad] = {}
    for each in computed:
        found = blueprint.limits[each.key](each.evaluate(values, old, context))
        if found.__class__ is Bad:
            wrong[each.key] = found
        else:
            wrong |= _place(blueprint, values, each.key, found)
    return wrong


def _place(blueprint: Blueprint, values: dict[str, Any], key: str, value: Any) -> dict[str, Bad]:
    """Into the field's own column; beside it, where a person overrules it. Of an amount in another currency the original
    stands beside the company's value.
    """
    columns, money = blueprint.overrides.get(key), blueprint.money
    overruled = columns is not None and values[columns.at] is not None
    if columns is not None and overruled:
        values[columns.computed] = value
    if money is not None and key in money.derived:
        return _convert(blueprint, values, key, value, overruled=overruled)
    if not overruled:
        values[key] = value
    return {}


def _convert(blueprint: Blueprint, values: dict[str, Any], key: str, value: Any, *, overruled: bool) -> dict[str, Bad]:
    """The original from the company's value; of what a person gave, which is the original, the company's value."""
    rate, original = values[RATE_COLUMN], values[key + ORIGINAL_SUFFIX]
    if overruled:
        value = None if original is None or rate is None else blueprint.limits[key](original * rate)
    else:
        original = None if value is None or rate is None else blueprint.parsers[key](value / Decimal(rate))
    bad = next((each for each in (value, original) if isinstance(each, Bad)), None)
    if bad is not None:
        return {key: bad}
    values[key], values[key + ORIGINAL_SUFFIX] = value, original
    return {}


def columns_of(blueprint: Blueprint, key: str) -> tuple[str, ...]:
    """The columns that a computed value may be put into."""
    columns, money = blueprint.overrides.get(key), blueprint.money
    beside = () if columns is None else (columns.computed,)
    return (key, key + ORIGINAL_SUFFIX, *beside) if money is not None and key in money.derived else (key, *beside)


def _in_question(batch: Batch, rows: Sequence[Row], computed: Mapping[str, Computed]) -> list[Computed]:
    """Those that may change in one of these rows."""
    if batch.creating or any(_whole_changes(row) for row in rows):
        return list(computed.values())
    graph = graph_of(batch.unit.catalog)
    sent = {(parts.link.entity, parts.link.field) for parts in batch.parts}
    begin = {key for key, each in computed.items() if each.reads_clock or each.is_of_save or _counts(each, sent)}
    begin.update(graph.field_of(batch.entity, column) for row in rows for column in row.changed)
    money = batch.blueprint.money
    if money is not None and any(RATE_COLUMN in row.changed for row in rows):
        begin.update(money.derived)  # their originals, at least
    asked = {*begin, *graph.own(batch.entity, begin)} if rows else ()
    return [each for key, each in computed.items() if key in asked]


def _counts(computed: Computed, sent: Container[tuple[str, str]]) -> bool:
    """Whether it is about parts that were sent."""
    return any((each.entity, each.lookup) in sent for each in computed.aggregates)


def _work_out_rows(batch: Batch, rows: Iterable[Row], computed: Sequence[Computed]) -> None:
    blueprint, context = batch.blueprint, batch.unit.context
    if computed:
        add_aggregates(batch, list({one.key: one for each in computed for one in each.aggregates}.values()))
    columns = [column for each in computed for column in columns_of(blueprint, each.key)]
    rights = field_rights(batch.unit.catalog, batch.unit.actor, batch.entity)
    for row in rows:
        wrong = work_out(blueprint, computed, row.values, None if batch.creating else row.old, context)
        for key, bad in wrong.items():
            _refuse(batch, row, key, bad, rights)
        if not batch.creating:
            differing = {column for column in columns if row.values[column] != row.old[column]}
            row.changed = (row.changed - set(columns)) | differing


def _refuse(batch: Batch, row: Row, key: str, bad: Bad, rights: FieldRights) -> None:
    """What is hidden from whoever saves is not named."""
    if rights.sees(key):
        batch.refuse_value(row, key, bad)
    else:
        batch.refuse(row, bad.code, None, "computed")


def _asked(batch: Batch) -> list[Row]:
    """The rows whose computed fields may change. What changes in no other way is not saved, so nothing follows."""
    if batch.creating:
        return batch.rows
    touched = touched_wholes(batch)
    return [row for row in batch.rows if row.changed or id(row) in touched or _whole_changes(row)]


def _whole_changes(row: Row) -> bool:
    return isinstance(row, PartRow) and bool(row.whole.changed)


def _apart_from_parts(batch: Batch, computed: Mapping[str, Computed]) -> dict[str, Computed]:
    """Those that read no totals over parts, neither themselves nor through others."""
    links = batch.unit.catalog.parts_of(batch.entity)
    found: dict[str, Computed] = {}
    bound: set[str] = set()
    for key, each in computed.items():
        if any(one.inverse in links for one in each.aggregates) or read_fields(each, batch.blueprint.entity) & bound:
            bound.add(key)
        else:
            found[key] = each
    return found

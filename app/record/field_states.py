"""What the conditions of fields say of each record: a default that is computed, cleared, required, read-only, which options.

The conditions of sections are a matter of screens alone: a field is visible here unless its own `visible_when` says no.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from app.access import field_rights
from app.expression import Checked, type_of_field
from app.expression.implementations import fit
from app.expression.steps import lookup_of
from app.record.batch import Batch, Row
from app.record.conditions import BUGS, Conditions, conditions_of, holds, log_bug
from app.record.paths import follow
from app.record.values import Bad

_BLANK = (None, ())


def of_batch(batch: Batch) -> Conditions:
    """The conditions of its entity."""
    return conditions_of(batch.unit.catalog, batch.entity)


def set_defaults(batch: Batch) -> None:
    """Fills fields of new records that were not sent with what the formulas of their defaults give."""
    if not batch.creating:
        return
    for key, default in of_batch(batch).defaults.items():
        wanted = type_of_field(batch.unit.catalog, batch.entity, batch.blueprint.entity.fields[key])
        for row in batch.rows:
            if key in row.posted:
                continue
            try:
                value = fit(default.evaluate(row.values, None, batch.unit.context), wanted)
            except BUGS:
                log_bug()
                continue
            found = batch.blueprint.parsers[key](value)
            if isinstance(found, Bad):
                batch.refuse_value(row, key, found)
            else:  # a translated text is in the company's first language
                row.values[key] = found.get(None) if isinstance(found, Mapping) else found


def clear_hidden(batch: Batch, *, derived: bool) -> bool:
    """Empties fields that are not visible and are to be cleared then, in records that change. Whether there were any.

    Where computed fields decide on that, it waits until they are `derived`.
    """
    conditions, computed = of_batch(batch), batch.blueprint.computed
    cleared = False
    for key in conditions.cleared:
        if not derived and not conditions.visible[key].fields.isdisjoint(computed):
            continue
        a_field = batch.blueprint.entity.fields[key]
        blank = False if a_field.holds == "boolean" else None
        columns = columns_of(batch, key)
        for row in batch.rows:
            if not (batch.creating or row.changed) or all(
                row.values.get(column) in (blank, None) for column in columns
            ):
                continue
            if is_visible(batch, row, conditions.visible[key]):
                continue
            cleared = True
            for column in columns:
                _put(batch, row, column, blank)
            follow(
                batch.unit,
                [(way, row.values, None) for step, way in conditions.needs.ways.items() if lookup_of(step) == key],
            )
    return cleared


def check_read_only(batch: Batch) -> None:
    """Refuses fields that can't be changed in the record as it was. A new record has nothing to keep: there they are those
    that could be filled neither in a blank record nor in this one.
    """
    for key, condition in of_batch(batch).read_only.items():
        columns = columns_of(batch, key)
        blank = _begin(batch) if batch.creating else {}
        for row in batch.rows:
            if key not in row.posted:
                continue
            given = any(row.values[column] != (blank or row.old)[column] for column in columns)
            states = [(blank, None), (row.values, None)] if batch.creating else [(row.old, row.old)]
            if given and all(
                holds(condition.evaluate, *state, batch.unit.context, otherwise=False) for state in states
            ):
                batch.refuse(row, "field.read_only", key, "when")


def check_required(batch: Batch) -> None:
    """Refuses a blank field that is required and visible: in a new record, where a blank was posted, and where what its
    conditions read changes. A record that lacks it since before is left alone.
    """
    conditions, static = of_batch(batch), frozenset(batch.blueprint.required)
    refused = {(each.index, each.field) for each in batch.refusals}
    whens = conditions.required
    for key in dict.fromkeys((*batch.blueprint.required, *whens)):
        visible, when = conditions.visible.get(key), None if key in static else whens[key]
        reads = _reads(visible, when)
        for row in batch.rows:
            if row.values.get(key) not in _BLANK or (row.index, key) in refused:
                continue
            if not (batch.creating or key in row.posted or key in row.changed or not reads.isdisjoint(row.changed)):
                continue
            if visible is not None and not is_visible(batch, row, visible):
                continue
            if when is None or holds(when.evaluate, row.values, _old(batch, row), batch.unit.context, otherwise=False):
                refuse_seen(batch, row, "field.required", key)


def check_allowed(batch: Batch) -> None:
    """Refuses an option that may not be chosen in this record, where it is chosen or what its condition reads changes."""
    for key, options in of_batch(batch).options.items():
        for row in batch.rows:
            value = row.values.get(key)
            for option in value if isinstance(value, tuple) else (value,):
                if option not in options:
                    continue
                condition = options[option]
                if not batch.creating and row.changed.isdisjoint({key, *_reads(condition)}):
                    continue
                state = (row.values, _old(batch, row), batch.unit.context)
                if condition is None or not holds(condition.evaluate, *state, otherwise=False):
                    refuse_seen(batch, row, "field.option", key, "when", value=option)


def is_visible(batch: Batch, row: Row, condition: Checked) -> bool:
    """Whether a field is visible in the record as it will be."""
    return holds(condition.evaluate, row.values, _old(batch, row), batch.unit.context, otherwise=True)


def refuse_seen(batch: Batch, row: Row, code: str, key: str, variant: str = "", **params: object) -> None:
    """Refuses at a field; at the record as a whole where the actor does not see the field."""
    if key in row.posted or field_rights(batch.unit.catalog, batch.unit.actor, batch.entity).sees(key):
        batch.refuse(row, code, key, variant, **params)
    else:
        batch.refuse(row, code, None, "hidden")


def columns_of(batch: Batch, key: str) -> tuple[str, ...]:
    """The columns in which a field keeps its value."""
    compound = batch.blueprint.compounds.get(key)
    return (key,) if compound is None else compound.columns


def _reads(*conditions: Checked | None) -> frozenset[str]:
    return frozenset(key for each in conditions if each is not None for key in each.fields)


def _old(batch: Batch, row: Row) -> Mapping[str, Any] | None:
    return None if batch.creating else row.old


def _put(batch: Batch, row: Row, column: str, value: Any) -> None:
    row.values[column] = value
    if not batch.creating:
        changed = {column} if value != row.old.get(column) else frozenset[str]()
        row.changed = (row.changed - {column}) | changed


def _begin(batch: Batch) -> dict[str, Any]:
    """A blank record as its conditions read it."""
    begin: dict[str, Any] = {**batch.blueprint.blank, **batch.blueprint.stages}
    ways: Iterable[Any] = of_batch(batch).needs.before.values()
    follow(batch.unit, [(way, begin, None) for way in ways])
    return begin

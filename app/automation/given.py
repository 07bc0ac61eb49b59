"""Values that actions give to fields: literals in the language of whom they are for, formulas over the record that started it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from app.automation.doing import Doing
from app.definition import Entity
from app.definition.values import Value
from app.expression import Checked, get_expression
from app.orm.tuples import among
from app.record import Unit
from app.record.stored import stored_values


def rows_for(doing: Doing, values: Iterable[Value]) -> dict[int, dict[str, Any]]:
    """By record what these values read of it, its owner among it. Records that are gone are left out."""
    formulas = [formula_of(doing.unit, doing.entity, each) for each in values if each.formula is not None]
    found = stored_values(doing.unit, doing.entity, doing.records, formulas, ("owner",))
    return {record: found[record] for record in doing.records if record in found}


def formula_of(unit: Unit, entity: str, value: Value) -> Checked:
    """The formula of a value over a record of the entity."""
    return get_expression(unit.catalog, entity, str(value.formula), None, "server")


def given(
    unit: Unit, entity: str, target: Entity, values: Mapping[str, Value], row: Mapping[str, Any], language: str
) -> dict[str, object]:
    """The values for a record of `target`, of those that an action states, about a record of `entity` with these values."""
    found: dict[str, object] = {}
    for key, value in values.items():
        if value.formula is not None:
            found[key] = formula_of(unit, entity, value).evaluate(row, row, unit.context)
        else:
            is_text = key in target.fields and not target.fields[key].translated
            found[key] = _in(value.literal, language) if is_text else value.literal
    return found


def _in(literal: object, language: str) -> object:
    """A literal in a language, where it says one for each."""
    if isinstance(literal, Mapping):
        return literal.get(language) or next(iter(literal.values()), None)
    return literal


def languages_of(unit: Unit, people: Iterable[int | None]) -> dict[int, str]:
    """In which language each of them reads, where it is known."""
    wanted = sorted({each for each in people if each is not None})
    person = unit.models.tables["user"]
    if not wanted or "locale" not in person.c:
        return {}
    query = sa.select(person.c.id, person.c.locale).where(among(person.c.id, "ids", unit.connection.dialect))
    known = unit.catalog.pack.languages
    rows = unit.connection.execute(query, {"ids": wanted})
    return {row.id: row.locale[:2] for row in rows if row.locale and row.locale[:2] in known}

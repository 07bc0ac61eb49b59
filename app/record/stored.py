"""Stored records with what expressions read of them, for those who judge many at once. Facts, whoever may see them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from app.expression import Checked
from app.record.batch import Batch, Row
from app.record.facts import find_facts, needs_of
from app.record.paths import read_records
from app.record.unit import Unit

__all__ = ["stored_values"]


def stored_values(
    unit: Unit, entity: str, ids: Iterable[int], expressions: Collection[Checked], columns: Iterable[str] = ()
) -> dict[int, dict[str, Any]]:
    """By id what these expressions and the columns say of records, in a unit that only reads. The number of statements does
    not depend on the number of records.
    """
    fields = unit.catalog.entities[entity].fields
    own = {key for each in expressions for key in each.fields} | set(columns) | {"id"}
    plain = {key for key in own if key not in fields or not fields[key].is_list}
    found = read_records(unit, entity, plain, ids)
    rows = [Row(place, record, {}, dict(values), values) for place, (record, values) in enumerate(found.items())]
    if rows and expressions:
        batch = Batch(unit, unit.blueprint(entity), False, rows)
        find_facts(batch, needs_of(unit.catalog, entity, expressions))
    return {row.id: row.values for row in rows}

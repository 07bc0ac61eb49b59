"""The JSON form of what was read: ids and decimals as strings, moments in UTC with `Z`."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from app.definition import Catalog
from app.definition.currencies import COMPANY_SUFFIX
from app.insight.compound import Money, Translated
from app.insight.query import AnyReference, LinkReference, Reference, Row


def to_wire(_catalog: Catalog, row: Row) -> dict[str, Any]:
    """A row as a JSON object: `id` and `version`, then its fields; a reference is `{"id": "12", "label": …}`.

    Of money in several currencies `amount` is what was entered, as it is written, and `amount_company` what it is in the
    company's currency; a translated text is an object of its languages.
    One to several entities says which: `{"entity": "account", "id": …}`; of a list each link has its own fields too.
    """
    found: dict[str, Any] = {"id": str(row.id), "version": row.version}
    for key, value in row.values.items():
        if key not in found:
            found[key] = value_to_wire(value)
        if isinstance(value, Money):
            found[key + COMPANY_SUFFIX] = format(Decimal(value), "f")
    return found


def value_to_wire(value: object) -> Any:
    """A value as JSON knows it."""
    if isinstance(value, tuple):
        return [value_to_wire(each) for each in value]
    if isinstance(value, Reference):
        return _reference_to_wire(value)
    if isinstance(value, Money):
        return format(value.original, "f")
    if isinstance(value, Translated):
        return dict(value.texts)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, dt.date):
        return value.isoformat()
    return value


def _reference_to_wire(value: Reference) -> dict[str, Any]:
    wire = {"id": str(value.id), "label": value.label}
    if isinstance(value, LinkReference):
        return wire | {key: value_to_wire(each) for key, each in value.own.items()}
    return {"entity": value.entity, **wire} if isinstance(value, AnyReference) else wire

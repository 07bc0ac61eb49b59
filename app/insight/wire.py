"""The JSON form of what was read: ids and decimals as strings, moments in UTC with `Z`."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import singledispatch
from typing import Any, get_args

from app.definition import Catalog
from app.definition.composite import Composite
from app.definition.currencies import COMPANY_SUFFIX
from app.definition.files import StoredFile
from app.definition.written import write_duration, write_time
from app.insight.compound import Money, Translated
from app.insight.query import AnyLinkReference, AnyReference, LinkReference, Reference, Row


def to_wire(_catalog: Catalog, row: Row) -> dict[str, Any]:
    """A row as a JSON object: `id` and `version`, then its fields; a reference is `{"id": "12", "label": …}`.

    Of money in several currencies `amount` is what was entered, as it is written, and `amount_company` what it is in the
    company's currency; a translated text is an object of its languages.
    One to several entities says which: `{"entity": "account", "id": …}`; of a list each link has its own fields too.
    """
    head: dict[str, Any] = {"id": str(row.id), "version": row.version}
    return {**head, **values_to_wire(row), **head}


def values_to_wire(row: Row) -> dict[str, Any]:
    """The fields of a row as JSON knows them."""
    found: dict[str, Any] = {}
    for key, value in row.values.items():
        found[key] = value_to_wire(value)
        if isinstance(value, Money):
            found[key + COMPANY_SUFFIX] = format(Decimal(value), "f")
    return found


@singledispatch
def value_to_wire(value: object) -> Any:
    """A value as JSON knows it. What is not registered here is written as it is."""
    return value


value_to_wire.register(tuple, lambda value: [value_to_wire(each) for each in value])
value_to_wire.register(Money, lambda value: format(value.original, "f"))
value_to_wire.register(StoredFile, StoredFile.wire)
value_to_wire.register(Translated, lambda value: dict(value.texts))
value_to_wire.register(Decimal, lambda value: format(value, "f"))
value_to_wire.register(dt.date, dt.date.isoformat)
value_to_wire.register(dt.time, write_time)
value_to_wire.register(dt.timedelta, write_duration)
for _kind in get_args(Composite):
    value_to_wire.register(_kind, _kind.wire)


@value_to_wire.register
def _moment_to_wire(value: dt.datetime) -> str:
    return value.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@value_to_wire.register
def _reference_to_wire(value: Reference) -> dict[str, Any]:
    wire = {"id": str(value.id), "label": value.label}
    if isinstance(value, LinkReference):
        wire = {"entity": value.entity, **wire} if isinstance(value, AnyLinkReference) else wire
        return wire | {key: value_to_wire(each) for key, each in value.own.items()}
    return {"entity": value.entity, **wire} if isinstance(value, AnyReference) else wire

"""What choosing a record fills in (`fills` of a lookup), as inputs show it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from app.insight import Filter, ListQuery, list_records
from app.insight.compound import Money, Translated
from app.web.pages.inputs import Typed, typed_of

if TYPE_CHECKING:
    from app.web.pages.base import Desk


def copies(view: Desk, entity: str, ids: Sequence[int], sources: Iterable[str]) -> dict[int, dict[str, Typed]]:
    """Of each of these records the fields that may be read in clear and hold something. One statement."""
    clear, fields = view.rights(entity).clear, view.catalog.entities[entity].fields
    columns = tuple(key for key in dict.fromkeys(sources) if key in fields and key in clear)
    if not ids or not columns:
        return {}
    query = ListQuery(entity, columns, (Filter("id", "in", tuple(ids)),), limit=len(ids), counted=False)
    found = {}
    for row in list_records(view.session, view.actor, query).rows:
        typed = {key: typed_of(_alone(row.values[key]), view.formats.zone, view.language) for key in columns}
        found[row.id] = {key: each for key, each in typed.items() if each.value}
    return found


def _alone(value: object) -> object:
    """What is copied of a compound value: the amount in the company's currency, the text that the person reads."""
    if isinstance(value, Money):
        return Decimal(value)
    return str(value) if isinstance(value, Translated) else value

"""What several currencies add to the plain tree of a pack: the entity of rates, and the field `currency`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.definition.currencies import CURRENCY_FIELD, RATE_FIELDS, currency_field, needed_of_rates, rates_entity
from app.definition.pack import Currency

COMPANY = Currency().company


def with_currencies(tree: Mapping[str, Any], entities: dict[str, Any]) -> dict[str, Any]:
    """The entities with what is missing: the rates where the pack has other currencies, and the field `currency` of each
    entity that allows several. What is there already stays as it is.
    """
    said = tree.get("pack", {}).get("currency", {})
    company, others = str(said.get("company", COMPANY)), [str(code) for code in said.get("others", ())]
    found = dict(entities)
    rates = needed_of_rates(tree)
    if rates is not None:
        minimal = rates_entity(others)
        present = found.get(rates, minimal)
        missing = {key: minimal["fields"][key] for key in RATE_FIELDS if key not in present["fields"]}
        found[rates] = {**present, "fields": {**present["fields"], **missing}} if missing else present
    for key, entity in found.items():
        stated = entity.get("currency")
        if stated is not None and CURRENCY_FIELD not in entity["fields"]:
            stated = _of_whole(entity, found) or stated
            field = currency_field(company, list(stated.get("allowed") or [company, *others]))
            found[key] = {**entity, "fields": _before_money(entity["fields"], field)}
    return found


def _of_whole(entity: Mapping[str, Any], entities: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What the entity says of its currencies that the records of this one are part of."""
    parent = entity.get("parent")
    if not isinstance(parent, Mapping) or not parent.get("part"):
        return None
    lookup = entity["fields"].get(parent.get("field"))
    to = lookup.get("to") if isinstance(lookup, Mapping) else None
    whole = entities.get(str(to[0] if isinstance(to, list | tuple) and to else to))
    return whole.get("currency") if whole else None


def _before_money(fields: dict[str, Any], currency: dict[str, Any]) -> dict[str, Any]:
    """The fields with the currency before the first amount; at the end where there is none."""
    found: dict[str, Any] = {}
    for key, field in fields.items():
        if CURRENCY_FIELD not in found and (field == "money" or (isinstance(field, dict) and field["type"] == "money")):
            found[CURRENCY_FIELD] = currency
        found[key] = field
    found.setdefault(CURRENCY_FIELD, currency)
    return found


def minimal_rates() -> dict[str, Any]:
    """The form that the entity of rates has at least."""
    return rates_entity([])

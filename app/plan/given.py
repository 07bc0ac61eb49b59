"""`backfill` and `existing` of a field: what becomes of existing rows that a change would not fit."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from app.definition import Catalog, Field
from app.definition.currencies import converted_fields
from app.definition.link_field import LinkField
from app.expression import get_expression, type_of_field
from app.expression.links import check_of_link
from app.plan.pair import shown
from app.plan.question import Decision, Given
from app.record.lists import make_list_parser
from app.record.parsers import make_parser
from app.record.values import Bad, in_utc


def decision_of(catalog: Catalog, entity: str, a_field: Field) -> Decision:
    """What is written at the field."""
    return Decision(a_field.existing, given_of(catalog, entity, a_field), a_field.required, a_field.unique)


def decision_of_link(catalog: Catalog, entity: str, own: Field, link: LinkField) -> Decision:
    """What is written at an own field of links; `own` is it as a field."""
    if link.backfill is None:
        return Decision(link.existing)
    said, (key, _, name) = link.backfill, own.key.partition(".")
    if said.formula is not None:
        formula = check_of_link(catalog, entity, catalog.get_field(entity, key), name, said.formula)
        return Decision(link.existing, Given(f"what `{said.formula}` gives", formula=formula))
    value = make_parser(catalog, catalog.entities[entity], own)(said.literal)
    if value is None or isinstance(value, Bad):
        return Decision(link.existing, Given("", wrong=f"{shown(said.literal)} does not fit the field"))
    return Decision(link.existing, Given(shown(said.literal), value=value))


def given_of(catalog: Catalog, entity: str, a_field: Field) -> Given | None:
    """What `backfill` gives, if it is written."""
    said = a_field.backfill
    if said is None:
        return None
    owner = catalog.entities[entity]
    if a_field.holds in {"references", "tags", "file", "any"}:
        return Given("", wrong=f"can't be given to a {a_field.type} that holds this")
    if a_field.key in converted_fields(owner) or a_field.is_computed:
        return Given("", wrong="can't be given to amounts in several currencies, nor to computed fields")
    if said.formula is not None:
        formula = get_expression(catalog, entity, said.formula, type_of_field(catalog, entity, a_field), "server")
        if formula.reads_person or formula.aggregates:
            return Given("", wrong="must read the record alone: no person, no other records that point to it")
        return Given(f"what `{said.formula}` gives", formula=formula)
    parse = make_list_parser(catalog, owner, a_field) or make_parser(catalog, owner, a_field)
    value = parse(said.literal)
    if isinstance(value, dt.datetime):
        value = in_utc(value, ZoneInfo(catalog.pack.time_zone))
    if value is None or isinstance(value, Bad):
        return Given("", wrong=f"{shown(said.literal)} does not fit the field")
    return Given(shown(said.literal), value=value)

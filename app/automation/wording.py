"""What templates say of records to one person: plain values, as far as he sees them, in his language."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from app.access import Actor, Allowed, actor_of_user, decide, field_rights, reading
from app.definition import Catalog, Field, Template
from app.definition.plain_template import BadTemplate, PlainTemplate, read_template
from app.insight import Filter, ListQuery, list_records
from app.insight.query import Reference
from app.insight.wire import value_to_wire
from app.record import Unit

RESTRICTED = {"en": "(restricted)", "zh": "（无权查看）"}
_YES, _NO = {"en": "yes", "zh": "是"}, {"en": "no", "zh": "否"}
log = logging.getLogger(__name__)


def words_for(unit: Unit, user: int, template: Template, records: Sequence[int], entity: str) -> dict[int, str]:
    """What the template says of each of these records to a person, in a unit that only reads; nothing of those that he may
    not read. Blank texts are left out, as are those that can't be filled in, which is logged.
    """
    catalog, connection = unit.catalog, unit.connection
    actor = actor_of_user(connection, unit.models, user)
    if actor is None or not isinstance(decide(catalog, actor, "read", entity), Allowed):
        return {}
    language = actor.language if template.language == "recipient" else template.language
    plain = read_template(template.source(language))
    rights = field_rights(catalog, actor, entity)
    seen = tuple(key for key in sorted(plain.fields) if rights.sees(key)) or ("id",)
    query = ListQuery(entity, seen, (Filter("id", "in", tuple(records)),), sort=(), limit=len(records), counted=False)
    with reading(unit.store, actor, connection) as session:
        rows = list_records(session, actor, query).rows
    called = catalog.entities[entity].label.in_language(language) or entity
    found = {}
    for row in rows:
        shown: dict[str, Any] = dict.fromkeys(plain.fields, RESTRICTED[language])
        shown |= {key: _plain(catalog, entity, key, row.values[key], actor, language) for key in seen}
        text = _filled(plain, template, {"record": shown, "entity": called, "today": unit.context.today.isoformat()})
        if text:
            found[row.id] = text
    return found


def _filled(plain: PlainTemplate, template: Template, values: Mapping[str, Any]) -> str:
    try:
        return plain.fill(values)
    except BadTemplate as error:
        log.warning("template %s can't be filled in: %s", template.key, error.message)
        return ""


def _plain(catalog: Catalog, entity: str, key: str, value: Any, actor: Actor, language: str) -> Any:
    """A value as a template may use it: text, number or truth; nothing that it could call."""
    field: Field = catalog.entities[entity].every_field[key]
    if value is None:
        return ""
    if isinstance(value, bool):
        return (_YES if value else _NO)[language]
    if isinstance(value, tuple | list | frozenset):
        return ", ".join(str(_plain(catalog, entity, key, each, actor, language)) for each in value)
    if isinstance(value, Reference):
        return value.label or RESTRICTED[language]
    if isinstance(value, dt.datetime):
        return value.astimezone(ZoneInfo(actor.time_zone)).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, str):
        choice = catalog.choices(entity, key).get(value) if field.type in {"picklist", "stage"} else None
        return (choice.label.in_language(language) or value) if choice is not None else str(value)
    if isinstance(value, Decimal):
        return Decimal(value)
    return value if isinstance(value, int) else str(value_to_wire(value))

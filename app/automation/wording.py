"""What templates say of records to one person: plain values, as far as he sees them, in his language."""

from __future__ import annotations

import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from decimal import Decimal
from typing import Any, Self
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.access import Actor, Allowed, actor_of_user, decide, field_rights, mask, reading, system_actor
from app.definition import Catalog, Field, Template
from app.definition.composite import Html
from app.definition.keys import EVERY_ENTITY
from app.definition.memory import remembered
from app.definition.plain_template import LONGEST_VALUE, BadTemplate, PlainTemplate, read_template
from app.expression.graph import Place
from app.expression.sources import classified_sources, is_declassified, sources_of
from app.frozen import dataclass
from app.insight import Filter, ListQuery, list_records
from app.insight.amounts import write_money, write_money_in
from app.insight.compound import Money
from app.insight.query import MOST_VALUES, Reference
from app.insight.wire import value_to_wire
from app.record import Unit

RESTRICTED = {"en": "(restricted)", "zh": "（无权查看）"}
_YES, _NO = {"en": "yes", "zh": "是"}, {"en": "no", "zh": "否"}
log = logging.getLogger(__name__)


class Written(Decimal):
    """A number that stands in a text as people read it, and is one where a template compares or rounds it."""

    _text: str
    __slots__ = ("_text",)

    def __new__(cls, value: Decimal, text: str) -> Self:
        """The number, and how it is written."""
        found = super().__new__(cls, value)
        found._text = text
        return found

    def __str__(self) -> str:
        return self._text


@dataclass(frozen=True)
class Reader:
    """Whom a text is for: what he may see, in his language. `outside`: an address that belongs to no person."""

    actor: Actor
    outside: bool = False

    @property
    def language(self) -> str:
        """In which the values are shown."""
        return self.actor.language

    def sees(self, catalog: Catalog, entity: str, key: str) -> bool:
        """Whether he is shown a field, if only as its mask."""
        if not field_rights(catalog, self.actor, entity).sees(key):
            return False
        return not self.outside or (entity, key) not in _kept_inside(catalog)

    def sees_name(self, catalog: Catalog, entity: str) -> bool:
        """Whether he is told what records are called that others point to."""
        return not self.outside or (entity, catalog.entities[entity].name_field) not in _kept_inside(catalog)


def person(unit: Unit, user: int, language: str = "recipient") -> Reader | None:
    """A person as a reader, in his language or another one; None for who is not active."""
    actor = actor_of_user(unit.connection, unit.models, user)
    if actor is None or language == "recipient":
        return None if actor is None else Reader(actor)
    return Reader(replace(actor, language=language))


def outsider(catalog: Catalog, language: str) -> Reader:
    """Whoever reads at an address of nobody here: he sees what is restricted for nobody."""
    actor = replace(system_actor("system:outsider"), language=language, time_zone=catalog.pack.time_zone)
    return Reader(actor, outside=True)


def _kept_inside(catalog: Catalog) -> frozenset[Place]:
    """The fields that somebody here may not see, or not in full, and all that is worked out from them: none goes out."""

    def work_out() -> frozenset[Place]:
        kept = _hidden(catalog) | {
            (entity.key, key)
            for entity in catalog.entities.values()
            for key, field in entity.fields.items()
            if field.sensitive
        }
        return frozenset(kept | _worked_out_from(catalog, kept))

    found: frozenset[Place] = remembered(catalog, "kept_inside", work_out)
    return found


def _hidden(catalog: Catalog) -> set[Place]:
    """What a role says of some field that it is hidden or masked."""
    found: set[Place] = set()
    for role in catalog.roles.values():
        for grant in role.grants.values():
            others = catalog.entities.keys() - role.grants.keys()
            keys = [key for key, given in grant.fields.items() if given.access in {"hidden", "mask"} or given.mask]
            found.update(
                (entity, key) for entity in (others if grant.key == EVERY_ENTITY else {grant.key}) for key in keys
            )
    return found


def _worked_out_from(catalog: Catalog, kept: AbstractSet[Place]) -> set[Place]:
    """The computed fields that read one of these, near or far, as it is for people: see `app.access.fields`."""
    every = sources_of(catalog)
    computed = {
        (entity.key, key)
        for entity in catalog.entities.values()
        for key, one in entity.fields.items()
        if one.is_computed
    }
    return {
        place
        for place in computed
        if not is_declassified(catalog, place) and (place not in every or kept & classified_sources(catalog, place))
    }


def words_for(unit: Unit, user: int, template: Template, records: Sequence[int], entity: str) -> dict[int, str]:
    """What the template says of each of these records to a person, in a unit that only reads; nothing of those that he may
    not read. Blank texts are left out, as are those that can't be filled in, which is logged.
    """
    reader = person(unit, user, template.language)
    if reader is None:
        return {}
    plain = read_template(template.source(reader.language))
    found = {}
    for record, values in values_for(unit, reader, entity, plain.fields, records).items():
        text = _filled(plain, template, values)
        if text:
            found[record] = text
    return found


def values_for(
    unit: Unit, reader: Reader, entity: str, paths: Iterable[str], records: Sequence[int]
) -> dict[int, dict[str, Any]]:
    """What a template is given of each of these records, as far as the reader may read it: see `plain_template.NAMES`. The
    record has all the paths; what he may not see is said to be restricted.
    """
    catalog, wanted = unit.catalog, frozenset(paths)
    called = catalog.entities[entity].label.in_language(reader.language) or entity
    today = unit.context.today.isoformat()
    with reading(unit.store, reader.actor, unit.connection) as session:
        found = _shown(session, catalog, reader, entity, wanted, records)
    return {record: {"record": shown, "entity": called, "today": today} for record, shown in found.items()}


def _shown(
    session: Session, catalog: Catalog, reader: Reader, entity: str, paths: frozenset[str], records: Sequence[int]
) -> dict[int, dict[str, Any]]:
    """The values at the paths, by record: one list for each hop."""
    if not isinstance(decide(catalog, reader.actor, "read", entity), Allowed):
        return {}
    behind: dict[str, set[str]] = defaultdict(set)
    for path in paths:
        first, dot, rest = path.partition(".")
        if dot:
            behind[first].add(rest)
    seen = tuple(key for key in sorted({path.partition(".")[0] for path in paths}) if reader.sees(catalog, entity, key))
    found: dict[int, dict[str, Any]] = {}
    links: dict[str, dict[int, Reference]] = defaultdict(dict)
    for at in range(0, len(records), MOST_VALUES):
        some = records[at : at + MOST_VALUES]
        where = (Filter("id", "in", tuple(some)),)
        query = ListQuery(entity, seen or ("id",), where, sort=(), limit=len(some), counted=False)
        for row in list_records(session, reader.actor, query).rows:
            found[row.id] = dict.fromkeys(paths, RESTRICTED[reader.language])
            for key in seen:
                value = _uncovered(catalog, entity, key, row.values[key])
                found[row.id][key] = _plain(catalog, entity, key, value, reader)
                if key in behind:
                    found[row.id].update(dict.fromkeys((f"{key}.{rest}" for rest in behind[key]), ""))
                    if isinstance(value, Reference):
                        links[key][row.id] = value
    for key, targets in links.items():
        target = next(iter(targets.values())).entity
        beyond = _shown(
            session, catalog, reader, target, frozenset(behind[key]), sorted({each.id for each in targets.values()})
        )
        for record, link in targets.items():
            for rest in behind[key]:
                found[record][f"{key}.{rest}"] = beyond.get(link.id, {}).get(rest, RESTRICTED[reader.language])
    return found


def _uncovered(catalog: Catalog, entity: str, key: str, value: Any) -> Any:
    """A value as it may stand in a text, which is kept: of what is encrypted its mask, whoever reads it."""
    sensitive = catalog.entities[entity].every_field[key].sensitive
    if sensitive is None or not sensitive.encrypt:
        return value
    return mask(sensitive.mask or "all", value)


def _filled(plain: PlainTemplate, template: Template, values: Mapping[str, Any]) -> str:
    try:
        return plain.fill(values)
    except BadTemplate as error:
        log.warning("template %s can't be filled in: %s", template.key, error.message)
        return ""


def _plain(catalog: Catalog, entity: str, key: str, value: Any, reader: Reader) -> Any:
    """A value as a template may use it: text, number or truth; nothing that it could call."""
    field, language = catalog.entities[entity].every_field[key], reader.language
    if value is None:
        return ""
    if isinstance(value, bool):
        return (_YES if value else _NO)[language]
    if isinstance(value, tuple | list | frozenset):
        return ", ".join(str(_plain(catalog, entity, key, each, reader)) for each in value)
    if isinstance(value, Reference):
        return (value.label if reader.sees_name(catalog, value.entity) else None) or RESTRICTED[language]
    if isinstance(value, dt.datetime):
        return value.astimezone(ZoneInfo(reader.actor.time_zone)).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, str):
        choice = catalog.choices(entity, key).get(value) if field.type in {"picklist", "stage"} else None
        text = value.plain if isinstance(value, Html) else str(value)
        return (choice.label.in_language(language) or text) if choice is not None else text[:LONGEST_VALUE]
    if isinstance(value, Decimal):
        return Written(value, _number(catalog, field, value))
    return value if isinstance(value, int) else str(value_to_wire(value))


def _number(catalog: Catalog, field: Field, value: Decimal) -> str:
    """As pages show it: an amount with the mark of its currency, in the one in which it was entered; a share with its sign."""
    company = catalog.pack.currency.company
    if isinstance(value, Money) and value.currency not in {"", company}:
        return write_money_in(value.currency, value.original)
    if field.type == "money":
        return write_money(value, company)
    text = f"{value:f}"
    short = text.rstrip("0").rstrip(".") if "." in text else text
    return f"{short}%" if field.type == "percent" else short

"""Who gets a mail: people at their addresses, and addresses of nobody here, found for many records at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from app.automation.mail_stops import stopped_among
from app.automation.who import chosen, every_who, people_named, values_at
from app.definition import Catalog
from app.definition.addresses import field_at, mail_path
from app.definition.entity import consents_to_marketing
from app.definition.people import Who
from app.frozen import dataclass
from app.orm.tuples import among
from app.record import Unit
from app.record.mail_stops import as_stopped

LANGUAGE_FIELDS = ("locale", "language")
"""The fields of a record that may say in which language it is written to."""


Agreed = tuple[str, int, str]
"""An entity, its record, and the field of that which says yes."""


@dataclass(frozen=True)
class Addressee:
    """An address; whose it is, where it is that of a person. `language`: of who is no person. `agreed`: what must be yes at other
    records.
    """

    to: str
    user: int | None
    language: str
    agreed: tuple[Agreed, ...] = ()


def addressees_of(
    unit: Unit, entity: str, records: Iterable[int], whos: Sequence[Who], *, marketing: bool = False
) -> dict[int, tuple[Addressee, ...]]:
    """Who is meant, for each of these records; each address once. Left out are people who are not active or have no address,
    addresses that want no mail at all, and of what is `marketing` those of other records that did not agree to it. The number
    of statements does not depend on the number of records.
    """
    ids = sorted(set(records))
    every = list(every_who(whos))
    found_ways = {each.path: mail_path(unit.catalog, entity, each.path) for each in every if each.path}
    ways = {str(path): way for path, way in found_ways.items() if way is not None}
    deciding = {each.field for each in every if each.field is not None}
    spoken = [key for key in LANGUAGE_FIELDS if key in unit.catalog.entities[entity].fields]
    needed = {way: _consents_along(unit.catalog, entity, way) for way in ways.values()} if marketing else {}
    agreeing = {path for each in needed.values() for path in (each.before, *each.paths) if each.paths}
    values = values_at(unit, entity, ids, {*ways.values(), *deciding, *spoken, *agreeing})
    for found in values.values():
        found.update({way: None for way, each in needed.items() if not all(found.get(path) for path in each.paths)})
    fixed = {id(each): people_named(unit, each) for each in every if each.path is None and each.field is None}
    meant = {
        record: [
            (one, _agreed(needed.get(ways.get(each.path or "", "")), found))
            for each in chosen(whos, found)
            for one in _of(each, found, ways, fixed)
        ]
        for record, found in values.items()
    }
    people = _addresses(unit, {one for found in meant.values() for one, _ in found if isinstance(one, int)})
    addresses = {*people.values(), *(one for found in meant.values() for one, _ in found if isinstance(one, str))}
    stopped = stopped_among(unit.connection, addresses, marketing=False)
    return {
        record: tuple(_each_once(found, people, stopped, language_of(unit.catalog, values[record], spoken)))
        for record, found in meant.items()
    }


@dataclass(frozen=True)
class _Along:
    """What must be yes at the other record that `before` leads to, before marketing mails go to its address."""

    before: str
    entity: str
    keys: tuple[str, ...]

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(f"{self.before}.{key}" for key in self.keys)


def _consents_along(catalog: Catalog, entity: str, way: str) -> _Along:
    before, dot, _ = way.rpartition(".")
    field = field_at(catalog, entity, before) if dot else None
    target = None if field is None else catalog.entities.get(field.target or "")
    return _Along("", "", ()) if target is None else _Along(before, target.key, consents_to_marketing(target))


def _agreed(along: _Along | None, values: Mapping[str, Any]) -> tuple[Agreed, ...]:
    return () if along is None else tuple((along.entity, values[along.before], key) for key in along.keys)


def _of(
    who: Who, values: Mapping[str, Any], ways: Mapping[str, str], fixed: Mapping[int, tuple[int, ...]]
) -> Iterator[int | str]:
    """Ids of people, and addresses."""
    if who.path is not None:
        found = values.get(ways.get(who.path, ""))
        yield from (each for each in (found if isinstance(found, tuple) else (found,)) if each)
        return
    yield from fixed[id(who)]
    if who.email is not None and not fixed[id(who)]:
        yield who.email


def _each_once(
    meant: Iterable[tuple[int | str, tuple[Agreed, ...]]],
    people: Mapping[int, str],
    stopped: Collection[str],
    language: str,
) -> Iterator[Addressee]:
    seen = set(stopped)
    for one, agreed in meant:
        to = people.get(one) if isinstance(one, int) else one
        if to and as_stopped(to) not in seen:
            seen.add(as_stopped(to))
            yield Addressee(to, one if isinstance(one, int) else None, language, agreed)


def language_of(catalog: Catalog, values: Mapping[str, Any], spoken: Sequence[str]) -> str:
    """In which language a record's own addresses are written to: what it says itself, else the company's first."""
    for key in spoken:
        found = str(values.get(key) or "")[:2]
        if found in catalog.pack.languages:
            return found
    return catalog.pack.languages[0]


def _addresses(unit: Unit, people: set[int]) -> dict[int, str]:
    """The addresses of those who are active and have one."""
    if not people:
        return {}
    person = unit.models.tables["user"]
    here = among(person.c.id, "ids", unit.connection.dialect)
    active = sa.and_(here, person.c.active, person.c.deleted_at.is_(None), person.c.email.is_not(None))
    query = sa.select(person.c.id, person.c.email).where(active)
    return {row.id: row.email for row in unit.connection.execute(query, {"ids": sorted(people)})}

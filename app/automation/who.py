"""Who is meant by the "who" of a configuration: people, found for many records at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from app.definition.people import Who
from app.orm.framework import ab_role, ab_user, ab_user_role
from app.orm.tuples import among
from app.record import Unit
from app.record.paths import follow, read_records, ways_of

People = Mapping[int, tuple[int, ...]]
"""For each record the ids of active people, in the order in which they are named, each once."""


def people_of(unit: Unit, entity: str, records: Iterable[int], whos: Sequence[Who]) -> People:
    """The people that are meant, for each of these records. Addresses that belong to no person are left out, as are those
    who are not active any more. The number of statements does not depend on the number of records.
    """
    ids = sorted(set(records))
    return people_meant(unit, values_at(unit, entity, ids, set(paths_of(whos))), ids, whos)


def people_for(unit: Unit, entity: str, rows: Mapping[int, Mapping[str, Any]], whos: Sequence[Who]) -> People:
    """As `people_of`, for records that are not stored yet: their values by any key."""
    paths = set(paths_of(whos))
    ways = ways_of(unit.catalog, entity, {path for path in paths if "." in path})
    values = {key: dict(row) for key, row in rows.items()}
    follow(unit, [(way, each, each[first]) for each in values.values() for first, way in ways.items()])
    return people_meant(unit, values, list(rows), whos)


def people_meant(
    unit: Unit, values: Mapping[int, Mapping[str, Any]], ids: Sequence[int], whos: Sequence[Who]
) -> dict[int, tuple[int, ...]]:
    """The active people that are meant, by what stands at the paths of each."""
    fixed = {id(each): people_named(unit, each) for each in every_who(whos) if each.path is None and each.field is None}
    meant = {record: tuple(_meant(whos, values.get(record, {}), fixed)) for record in ids}
    active = active_among(unit, {each for found in meant.values() for each in found})
    return {record: tuple(each for each in dict.fromkeys(found) if each in active) for record, found in meant.items()}


def every_who(whos: Iterable[Who]) -> Iterator[Who]:
    """These, and all that stand within them."""
    for each in whos:
        yield each
        yield from every_who(each.map.values())
        yield from every_who((each.otherwise,) if each.otherwise is not None else ())


def paths_of(whos: Iterable[Who]) -> Iterator[str]:
    """The paths that they read of a record."""
    return (path for each in every_who(whos) for path in (each.path, each.field) if path is not None)


def values_at(unit: Unit, entity: str, ids: list[int], paths: set[str]) -> dict[int, dict[str, Any]]:
    """What stands at these paths, by record."""
    own = {path for path in paths if "." not in path}
    ways = ways_of(unit.catalog, entity, paths - own)
    found = read_records(unit, entity, own | set(ways), ids) if paths else {}
    follow(unit, [(way, values, values[first]) for values in found.values() for first, way in ways.items()])
    return found


def _meant(whos: Iterable[Who], values: Mapping[str, Any], fixed: Mapping[int, tuple[int, ...]]) -> Iterator[int]:
    for each in chosen(whos, values):
        if each.path is not None:
            found = values.get(each.path)
            yield from found if isinstance(found, tuple) else (found,) if isinstance(found, int) else ()
        else:
            yield from fixed[id(each)]


def chosen(whos: Iterable[Who], values: Mapping[str, Any]) -> Iterator[Who]:
    """Those that are meant for a record with these values: of one that a field decides the one for its value."""
    for each in whos:
        if each.field is not None:
            found = each.map.get(str(values.get(each.field)), each.otherwise)
            yield from chosen((found,) if found is not None else (), values)
        else:
            yield each


def people_named(unit: Unit, who: Who) -> tuple[int, ...]:
    """The people who are meant whatever the record holds: by role, team, department, login or address."""
    tables = unit.models.tables
    person = tables["user"]
    if who.role is not None:
        query = (
            sa.select(ab_user_role.c.user_id)
            .join(ab_role, ab_role.c.id == ab_user_role.c.role_id)
            .where(ab_role.c.name.in_(sorted(_roles_with(unit, who.role))))
        )
    elif who.user is not None:
        query = sa.select(ab_user.c.id).where(sa.func.lower(ab_user.c.username) == who.user.lower())
    elif who.email is not None:
        query = sa.select(person.c.id).where(person.c.email == who.email.lower())
    else:
        group = "team" if who.team is not None else "department"
        named = tables[group]
        is_meant = sa.and_(named.c.name == (who.team or who.department), named.c.deleted_at.is_(None))
        query = sa.select(person.c.id).join(named, person.c[group] == named.c.id).where(is_meant)
    return tuple(sorted(set(unit.connection.execute(query).scalars())))


def _roles_with(unit: Unit, role: str) -> set[str]:
    """The role, and those that include it: whoever has one of them has it too."""
    catalog = unit.catalog
    return {key for key in catalog.roles if role in catalog.role_closure(frozenset({key}))}


def active_among(unit: Unit, people: set[int]) -> set[int]:
    """Those who are active."""
    if not people:
        return set()
    person = unit.models.tables["user"]
    here = among(person.c.id, "ids", unit.connection.dialect)
    query = sa.select(person.c.id).where(here, person.c.active, person.c.deleted_at.is_(None))
    return set(unit.connection.execute(query, {"ids": sorted(people)}).scalars())

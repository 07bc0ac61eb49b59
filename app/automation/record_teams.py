"""Teams of records: named colleagues who have a place on one record, and who may give or take one.

A place lets nobody do what his roles don't grant for records of his own: it makes one record count as such, for reading and
for the verb that it names. Who gives one may share the record, read it and do himself what the place lets do; nobody gives
one to himself. Who takes one away may share the record, or has it.

Rows are not deleted, so that an incremental backup holds what changed: who has lost his place has a blank one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from app.access import Actor, actor_of_user, table_condition
from app.automation.notice_words import BY
from app.automation.notices import Notice, tell
from app.definition import Entity, TeamPlace, Verb
from app.frozen import dataclass
from app.orm.framework import record_team as teams
from app.orm.store import Store
from app.record import Door, Refusal, Refused, Saved, Unit, in_unit
from app.record.acts import SHARE, SHARED
from app.record.audit import write_audit
from app.record.batch import refused
from app.record.decide import deny_verb, is_id, read_rows

MOST = 50
"""Colleagues on one record: what more people share belongs to a team or a department."""
USER, PLACE = "user", "place"
"""What is posted to give a place."""

Run = Callable[..., Any]
"""`execute` of a session or a connection."""


@dataclass(frozen=True)
class Placed:
    """`user` has this place on the record's team, since `given_by` (None: the system) gave it to him."""

    user: int
    place: str
    given_by: int | None
    given_at: dt.datetime


def team_of(run: Run, entity: Entity, record: int) -> list[Placed]:
    """Who has a place on a record that its reader was found to see, in the order in which the places are written. One that the
    configuration knows no more is none.
    """
    held = teams.c
    query = sa.select(teams).where(held.entity == entity.key, held.record == record, held.position.is_not(None))
    places = list(entity.record_team)
    found = [Placed(row.user_id, row.position, row.given_by, row.given_at) for row in run(query.order_by(held.id))]
    return sorted((each for each in found if each.place in places), key=lambda each: places.index(each.place))


def give_place(
    store: Store, actor: Actor, to: tuple[str, int], user: object, place: object, *, door: Door
) -> Saved | Refused:
    """Gives a person a place on the team of a record (entity, id), instead of the one that he had; he is told. Refused as
    records are.
    """
    return in_unit(store, actor, door, lambda unit: _give(unit, *to, user, place))


def take_place(store: Store, actor: Actor, of: tuple[str, int], user: int, *, door: Door) -> Saved | Refused:
    """Takes a person's place on the team of a record (entity, id) away. Refused as records are."""
    return in_unit(store, actor, door, lambda unit: _take(unit, *of, user))


def _give(unit: Unit, entity: str, record: int, user: object, place: object) -> Saved | Refused:
    shared = _shared(unit, entity, record)
    if isinstance(shared, Refused):
        return shared
    wanted = _wanted(unit, entity, shared, place)
    if isinstance(wanted, Refused):
        return wanted
    if user is not None and user == unit.actor.user_id:
        return _refuse(entity, record, "access.denied", "share_self")
    if not is_id(user) or not isinstance(user, int) or user not in read_rows(unit, "user", [user], [], locked=False):
        return _nobody(entity, record)
    had = _place_held(unit, entity, record, user)
    if had == wanted.key:
        return Saved((record,), (shared["version"],))
    if had is None and _count(unit, entity, record) >= MOST:
        return _refuse(entity, record, "field.range", "many_places", PLACE, limit=MOST)
    _keep(unit, entity, record, user, wanted.key)
    useless = _is_of_no_use(unit, entity, record, user, wanted)
    if useless is not None:
        return useless
    _note(unit, entity, record, user, had, wanted.key)
    _tell(unit, entity, record, user)
    return Saved((record,), (shared["version"],))


def _wanted(unit: Unit, entity: str, shared: dict[str, Any], place: object) -> TeamPlace | Refused:
    """The place, where the actor may give it: he may share the record, and do himself what it lets do."""
    if not shared["may_share"]:
        return _refuse(entity, shared["id"], "access.denied", "share")
    known = unit.catalog.entities[entity].record_team
    wanted = known.get(place) if isinstance(place, str) else None
    if wanted is None:
        return _refuse(entity, shared["id"], "field.option" if place else "field.required", "place", PLACE)
    if not shared[f"may_{wanted.may}"]:
        return _refuse(entity, shared["id"], "access.denied", "share_more")
    return wanted


def _take(unit: Unit, entity: str, record: int, user: int) -> Saved | Refused:
    shared = _shared(unit, entity, record)
    if isinstance(shared, Refused):
        return shared
    if not shared["may_share"] and user != unit.actor.user_id:
        return _refuse(entity, record, "access.denied", "share")
    had = _place_held(unit, entity, record, user) if is_id(user) else None
    if had is None:
        return _nobody(entity, record)
    _keep(unit, entity, record, user, None)
    _note(unit, entity, record, user, had, None)
    return Saved((record,), (shared["version"],))


def _shared(unit: Unit, entity: str, record: int) -> dict[str, Any] | Refused:
    """The record, locked, with what the actor may do with it that concerns its team."""
    described = unit.catalog.entities.get(entity)
    if described is None or not described.record_team or not is_id(record) or deny_verb(unit, "read", entity, 1):
        return _missing(entity, record)
    verbs: tuple[Verb, ...] = tuple(
        dict.fromkeys(("share", "read", *(each.may for each in described.record_team.values())))
    )
    return read_rows(unit, entity, [record], verbs).get(record) or _missing(entity, record)


def _missing(entity: str, record: int) -> Refused:
    return refused([Refusal("record.not_found", record=record if is_id(record) else None, entity=entity)])


def _nobody(entity: str, record: int) -> Refused:
    """As of somebody who does not exist, also of one out of sight."""
    return _refuse(entity, record, "field.option", "nobody", USER)


def _refuse(entity: str, record: int, code: str, variant: str, field: str | None = None, **params: object) -> Refused:
    return refused([Refusal(code, field, params, 0, record, entity, variant)])


def _place_held(unit: Unit, entity: str, record: int, user: int) -> str | None:
    held = teams.c
    query = sa.select(held.position).where(held.entity == entity, held.record == record, held.user_id == user)
    found: str | None = unit.connection.execute(query).scalar()
    return found


def _count(unit: Unit, entity: str, record: int) -> int:
    held = teams.c
    query = sa.select(sa.func.count()).where(held.entity == entity, held.record == record, held.position.is_not(None))
    return int(unit.connection.execute(query).scalar_one())


def _keep(unit: Unit, entity: str, record: int, user: int, place: str | None) -> None:
    """The row of who had a place before is his again."""
    held = teams.c
    given = {
        "position": place,
        "given_by": unit.actor.user_id,
        "given_at": unit.at,
        "changed_seq": unit.changed_seq,
    }
    there = sa.and_(held.entity == entity, held.record == record, held.user_id == user)
    if not unit.connection.execute(sa.update(teams).where(there).values(given)).rowcount:
        row = {"entity": entity, "record": record, "user_id": user, **given}
        unit.connection.execute(sa.insert(teams).values(row))


def _is_of_no_use(unit: Unit, entity: str, record: int, user: int, place: TeamPlace) -> Refused | None:
    """Refused where he can't log in any more, or can't do with his place what it says: his roles don't grant it."""
    person = actor_of_user(unit.connection, unit.models, user)
    if person is None:
        return _nobody(entity, record)
    table = unit.models.tables[entity]
    verbs: tuple[Verb, ...] = ("read", place.may)
    conditions = [table_condition(unit.models, person, verb, entity, lambda key: table.c[key]) for verb in verbs]
    reaching = (sa.true() if each is None else each for each in conditions)
    query = sa.select(table.c.id).where(table.c.id == record, *reaching)
    if unit.connection.execute(query).first() is None:
        return _refuse(entity, record, "field.option", "no_use", USER)
    return None


def _note(unit: Unit, entity: str, record: int, user: int, old: str | None, new: str | None) -> None:
    """A line of the audit, which the record's history tells, too."""
    sides = [{USER: user, PLACE: each} if each is not None else None for each in (old, new)]
    write_audit(unit, entity, SHARED, [(record, {SHARE: sides})])


def _tell(unit: Unit, entity: str, record: int, user: int) -> None:
    """Tells who has a place now, once for each time that he gets one."""
    mark = f"team.{entity}.{record}.{unit.changed_seq}"
    params = {BY: unit.actor.user_id} if unit.actor.user_id is not None else {}
    notice = Notice(user=user, kind="team.given", mark=mark, entity=entity, record=record, params=params)
    tell(unit.connection, [notice], unit.at, unit.catalog)

"""Exceptions: one verb that a person has besides his roles, or not in spite of them, until a day, for a reason.

Rows are not deleted, so that an incremental backup holds what changed: one that was withdrawn has ended.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.access import Actor, PersonalRight, has_right, verb_of
from app.access.fields import ALWAYS_READ
from app.definition import SCOPES, Catalog
from app.frozen import dataclass
from app.orm.counters import next_changed_seq
from app.orm.framework import personal_right as rights
from app.orm.framework import record_team
from app.orm.models import Models
from app.orm.store import Store
from app.record.audit import write_audit
from app.record.decide import read_rows
from app.record.refusal import Door, Refused, Saved
from app.record.unit import Unit, in_unit

MOST = 50
"""Exceptions of one person that hold at a time: who needs more needs a role."""
LONGEST = dt.timedelta(days=366)
LONGEST_REASON = 500
OF_FIELDS = ("read", "update")
"""What may be added to one field, or taken away from it."""

Wrong = Literal["nobody", "entity", "verb", "field", "scope", "day", "reason", "many", "busy"]
"""Why nothing was done: no such person in sight, or no right to make exceptions; no such entity; a verb that it does not have;
no such field; no scope that can be added; a day that is past or too far away; no reason, or a book; too many.
"""


@dataclass(frozen=True)
class Wanted:
    """An exception to be made: it ends with its last day, in the company's zone."""

    right: PersonalRight
    last_day: dt.date
    reason: str


@dataclass(frozen=True)
class PersonalException:
    """One that holds: which right, for whom, until when (the moment after its last day), why, and who made it when."""

    id: int
    user: int
    right: PersonalRight
    ends_at: dt.datetime
    reason: str
    given_by: int
    given_at: dt.datetime


def exceptions_of(connection: Connection, user: int, now: dt.datetime) -> list[PersonalException]:
    """Those that hold for a person, the oldest first."""
    query = sa.select(rights).where(rights.c.user_id == user, rights.c.ends_at > now).order_by(rights.c.id)
    return [
        PersonalException(
            row.id,
            row.user_id,
            PersonalRight(row.entity, row.field, row.verb, row.adds, row.scope or ""),
            row.ends_at,
            row.reason,
            row.given_by,
            row.given_at,
        )
        for row in connection.execute(query)
    ]


def add_exception(store: Store, actor: Actor, user: int, wanted: Wanted, *, door: Door = "form") -> Wrong | None:
    """Makes an exception for a person; None where it was made. By who may configure. It holds from his next request on."""
    now = store.clock()
    wrong = _wrong(store.catalog, wanted.right) or _wrong_terms(store.catalog, wanted, now)
    if wrong is not None:
        return wrong
    found: list[Wrong] = []

    def work(unit: Unit) -> Saved | Refused:
        if not _may(unit, user):
            found.append("nobody")
        elif len(exceptions_of(unit.connection, user, now)) >= MOST:
            found.append("many")
        else:
            _insert(unit, user, wanted)
            told = f"{words(wanted.right)} until {wanted.last_day.isoformat()}: {wanted.reason.strip()}"
            write_audit(unit, "user", "exception", [(user, {"exception": [None, told]})])
            return Saved((user,), (0,))
        return Refused((), "denied")

    outcome = in_unit(store, actor, door, work)
    return found[0] if found else ("busy" if isinstance(outcome, Refused) else None)


def withdraw_exception(store: Store, actor: Actor, user: int, row: int, *, door: Door = "form") -> bool:
    """Ends an exception of a person at once; False where there is none that holds, or the actor may not configure."""
    now = store.clock()

    def work(unit: Unit) -> Saved | Refused:
        holding = {each.id: each for each in exceptions_of(unit.connection, user, now)} if _may(unit, user) else {}
        if row not in holding:
            return Refused((), "not_found")
        ended = sa.update(rights).where(rights.c.id == row).values(ends_at=now, changed_seq=unit.changed_seq)
        unit.connection.execute(ended)
        write_audit(unit, "user", "exception", [(user, {"exception": [words(holding[row].right), None]})])
        return Saved((user,), (0,))

    return isinstance(in_unit(store, actor, door, work), Saved)


def words(right: PersonalRight) -> str:
    """As the audit tells it: `may export opportunity (team)`, `may not read account.phone`."""
    what = right.entity if right.field is None else f"{right.entity}.{right.field}"
    return f"{'may' if right.adds else 'may not'} {right.verb} {what}{f' ({right.scope})' if right.scope else ''}"


def end_orphans(connection: Connection, models: Models, now: dt.datetime) -> None:
    """Ends those that add something to an entity or field that is not there any more: another of that key must not come upon
    them. What is taken away stays so, for the same may come back with its values. Places on teams of records end alike.
    """
    query = sa.select(rights.c.id, rights.c.entity, rights.c.field).where(rights.c.ends_at > now, rights.c.adds)
    entities = models.catalog.entities
    gone = [
        row.id
        for row in connection.execute(query)
        if row.entity not in entities or (row.field is not None and row.field not in entities[row.entity].every_field)
    ]
    for each in gone:
        mark = next_changed_seq(connection)
        connection.execute(sa.update(rights).where(rights.c.id == each).values(ends_at=now, changed_seq=mark))
    placed = sa.and_(record_team.c.entity.not_in(list(entities)), record_team.c.position.is_not(None))
    if connection.execute(sa.select(record_team.c.id).where(placed).limit(1)).first() is not None:
        mark = next_changed_seq(connection)
        connection.execute(sa.update(record_team).where(placed).values(position=None, changed_seq=mark))


def _may(unit: Unit, user: int) -> bool:
    return has_right(unit.catalog, unit.actor, "configure") and user in read_rows(unit, "user", [user], [])


def _wrong(catalog: Catalog, right: PersonalRight) -> Wrong | None:
    entity = catalog.entities.get(right.entity)
    if entity is None:
        return "entity"
    if right.field is not None:
        if right.field not in entity.every_field or right.field in ALWAYS_READ:
            return "field"
        if right.verb not in OF_FIELDS:
            return "verb"
        return "scope" if right.scope else None  # it concerns all records that he reads
    try:
        verb = verb_of(right.verb)
    except ValueError:
        return "verb"
    if entity.is_part:  # its whole decides
        return "entity"
    scoped = right.adds and verb != "create"
    fits = right.scope in SCOPES and right.scope != "none" if scoped else not right.scope
    return None if fits else "scope"


def _wrong_terms(catalog: Catalog, wanted: Wanted, now: dt.datetime) -> Wrong | None:
    today = now.astimezone(_zone(catalog)).date()
    if not today <= wanted.last_day <= today + LONGEST:
        return "day"
    return None if 0 < len(wanted.reason.strip()) <= LONGEST_REASON else "reason"


def _zone(catalog: Catalog) -> zoneinfo.ZoneInfo:
    return zoneinfo.ZoneInfo(catalog.pack.time_zone)


def _insert(unit: Unit, user: int, wanted: Wanted) -> None:
    right = wanted.right
    ends_at = dt.datetime.combine(wanted.last_day + dt.timedelta(days=1), dt.time(), _zone(unit.catalog))
    row: dict[str, Any] = {
        "user_id": user,
        "entity": right.entity,
        "field": right.field,
        "verb": right.verb,
        "adds": right.adds,
        "scope": right.scope or None,
        "ends_at": ends_at.astimezone(dt.UTC),
        "reason": wanted.reason.strip(),
        "given_by": unit.actor.user_id or 0,
        "given_at": unit.at,
        "changed_seq": unit.changed_seq,
    }
    unit.connection.execute(sa.insert(rights).values(**row))

"""Deputies: who decides in somebody's place, from which day to which, in the company's time.

Rows are not deleted, so that an incremental backup holds what changed: one that was withdrawn ends before it begins, or on
the day before.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.access import Actor
from app.automation.approval_rows import company_day as day_of
from app.automation.approval_rows import stands_in_for
from app.frozen import dataclass
from app.orm.framework import deputy as deputies
from app.orm.store import Store
from app.record import Refused, Saved, Unit, in_unit
from app.record.acts import DEPUTY
from app.record.audit import write_audit

MOST = 20  # of one person, running or to come
LONGEST = dt.timedelta(days=366)

Wrong = Literal["nobody", "self", "days", "past", "long", "many", "busy"]
"""Why nobody was named: no such active person, oneself, the last day before the first, all of it past, too long, too many,
or others wrote at the same time.
"""
Run = Callable[..., Any]
"""`execute` of a session or a connection."""
_DONE = Saved((), ())


@dataclass(frozen=True)
class Deputy:
    """`deputy` stands in for `user` from the first day to the last, both included."""

    id: int
    user: int
    deputy: int
    first_day: dt.date
    last_day: dt.date


def company_day(store: Store) -> dt.date:
    """The day that it is for the company."""
    return day_of(store.catalog, store.clock())


def stood_in_for(run: Run, user: int, today: dt.date) -> frozenset[int]:
    """Those for whom a person may decide today, without himself."""
    return frozenset(run(stands_in_for(user, today)).scalars()) - {user}


def deputies_around(run: Run, user: int, today: dt.date) -> tuple[list[Deputy], list[Deputy]]:
    """Those whom a person has named and who do or will stand in for him, and those for whom he does or will."""
    query = (
        sa.select(deputies)
        .where(
            sa.or_(deputies.c.user_id == user, deputies.c.deputy_id == user),
            deputies.c.last_day >= today,
            deputies.c.last_day >= deputies.c.first_day,
        )
        .order_by(deputies.c.first_day, deputies.c.id)
    )
    found = [Deputy(each.id, each.user_id, each.deputy_id, each.first_day, each.last_day) for each in run(query)]
    return [each for each in found if each.user == user], [each for each in found if each.user != user]


def name_deputy(store: Store, actor: Actor, deputy: int, first_day: dt.date, last_day: dt.date) -> Wrong | None:
    """Lets somebody stand in for the actor; None where it was done. Nobody names deputies of others."""
    wrong = _wrong(store, actor, deputy, first_day, last_day)
    if wrong is not None:
        return wrong
    row = {"user_id": actor.user_id, "deputy_id": deputy, "first_day": first_day, "last_day": last_day}

    def work(unit: Unit) -> Saved:
        unit.connection.execute(sa.insert(deputies).values(**row, changed_seq=unit.changed_seq))
        _tell(unit, None, _told(row))
        return _DONE

    return "busy" if isinstance(in_unit(store, actor, "form", work), Refused) else None


def _wrong(store: Store, actor: Actor, deputy: int, first_day: dt.date, last_day: dt.date) -> Wrong | None:
    user, today = actor.user_id, company_day(store)
    if deputy == user:
        return "self"
    if last_day < first_day:
        return "days"
    if last_day < today:
        return "past"
    if last_day - first_day > LONGEST:
        return "long"
    with store.system_reading() as connection:
        if user is None or not _is_active(store, connection, deputy):
            return "nobody"
        return "many" if len(deputies_around(connection.execute, user, today)[0]) >= MOST else None


def withdraw_deputy(store: Store, actor: Actor, row: int) -> bool:
    """Ends at once that somebody stands in for the actor; False where there is no such row of his."""
    today = company_day(store)
    his = sa.and_(deputies.c.id == row, deputies.c.user_id == actor.user_id, deputies.c.last_day >= today)
    change = sa.update(deputies).where(his).values(last_day=today - dt.timedelta(days=1))

    def work(unit: Unit) -> Saved | Refused:
        found = unit.connection.execute(sa.select(deputies).where(his)).mappings().first()
        if found is None or not unit.connection.execute(change.values(changed_seq=unit.changed_seq)).rowcount:
            return Refused((), "not_found")
        _tell(unit, _told(found), None)
        return _DONE

    return isinstance(in_unit(store, actor, "form", work), Saved)


def _tell(unit: Unit, old: object, new: object) -> None:
    """A line of the audit about who named somebody: he lends all that he may do with records of his own."""
    if unit.actor.user_id is not None:
        write_audit(unit, "user", DEPUTY, [(unit.actor.user_id, {DEPUTY: [old, new]})])


def _told(row: Mapping[Any, Any]) -> dict[str, Any]:
    days = {key: row[key].isoformat() for key in ("first_day", "last_day")}
    return {"user": row["deputy_id"], **days}


def _is_active(store: Store, connection: Connection, user: int) -> bool:
    person = store.models.tables["user"]
    query = sa.select(person.c.id).where(person.c.id == user, person.c.active, person.c.deleted_at.is_(None))
    return connection.execute(query).first() is not None

"""What nobody answered in time, or was asked of somebody who left: it goes on to others, or is told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa

from app.access import system_actor
from app.automation.approval_rows import WAITING, Ask, Asked, read_asked
from app.automation.approval_steps import PASSED_ON, agreed_in, due_moment, people_to_ask, tell_people, write_asks
from app.automation.approvals import end_where_nobody_is_left, locked, note
from app.automation.notices import Notice, tell
from app.definition import Catalog, Text
from app.orm.framework import approval, approval_ask
from app.orm.store import Store
from app.record import Refused, Saved, Unit, in_unit
from app.record.paths import read_records

APPROVAL = system_actor("system:approval")
DOOR = "job"
AGAIN = dt.timedelta(days=1)  # after which it is tried again to find somebody in place of who left


def press(store: Store) -> Text:
    """Looks after all approvals that wait; what it did, in words. Each in a transaction of its own, and each question goes
    on once, however often this is done.
    """
    passed_on = told = 0
    for each in _late(store):
        counts: list[tuple[int, int]] = []

        def work(unit: Unit, each: int = each, counts: list[tuple[int, int]] = counts) -> Saved | Refused:
            counts[:] = [_press(unit, each)]
            return Saved((), ())

        if isinstance(in_unit(store, APPROVAL, DOOR, work), Refused):
            continue  # others write to it just now; it is looked after next time
        passed_on, told = passed_on + counts[0][0], told + counts[0][1]
    _tell_of_void(store)
    en, zh = f"{passed_on} passed on, {told} overdue", f"转交 {passed_on} 项，逾期提醒 {told} 项"
    return Text({"en": en, "zh": zh})


def _late(store: Store) -> list[int]:
    """The approvals with a question that is due and of which there is something left to do, or that somebody is asked who
    is not active any more; and those that ask nobody.
    """
    person, now = store.models.tables["user"], store.clock()
    gone = sa.or_(person.c.id.is_(None), sa.not_(person.c.active), person.c.deleted_at.is_not(None))
    looked_after = approval_ask.c.escalated_at
    ids = (
        sa.select(approval.c.id)
        .outerjoin(approval_ask, sa.and_(approval_ask.c.approval_id == approval.c.id, approval_ask.c.state == WAITING))
        .outerjoin(person, person.c.id == approval_ask.c.user_id)
        .where(approval.c.state == WAITING)
    )
    first = sa.and_(looked_after.is_(None), sa.or_(approval_ask.c.due <= now, gone))
    again = sa.and_(looked_after <= now - AGAIN, gone)
    told = ids.where(approval_ask.c.due <= now, looked_after.is_not(None))
    with store.system_reading() as connection:
        found = set(connection.execute(ids.where(sa.or_(approval_ask.c.id.is_(None), first, again))).scalars())
        for asked in read_asked(connection.execute, approval.c.id.in_(told)):
            waiting = (each for each in asked.asks if each.state == WAITING)
            if any(_goes_on(asked, each, store.catalog, now) for each in waiting):
                found.add(asked.id)
    return sorted(found)


def _tell_of_void(store: Store) -> None:
    """Tells who asked, and who was asked, that a change of the record has ended an approval: once, and not of long ago."""
    now = store.clock()
    with store.housekeeping() as connection:
        ended = sa.and_(approval.c.state == "void", approval.c.ended_at > now - AGAIN)
        notices = [
            Notice(
                user=person,
                kind="approval.void",
                mark=f"approval.void:{each.id}:",
                entity=each.entity,
                record=each.record,
            )
            for each in read_asked(connection.execute, ended)
            for person in dict.fromkeys((each.asked_by, *(ask.user for ask in each.asks)))
            if person is not None
        ]
        tell(connection, notices, now, store.catalog)


def _press(unit: Unit, approval_id: int) -> tuple[int, int]:
    """How many questions went on, and of how many it was told that they are overdue."""
    asked = locked(unit, approval_id)
    if asked is None or asked.state != WAITING:
        return 0, 0
    waiting = [each for each in asked.asks if each.state == WAITING]
    if not waiting:
        end_where_nobody_is_left(unit, asked)
    people = read_records(unit, "user", ("active", "deleted_at", "manager"), [each.user for each in waiting])
    left = [each for each in waiting if not _is_active(people.get(each.user)) and _is_to_try(each, unit.at)]
    late = [each for each in waiting if each not in left and each.due is not None and each.due <= unit.at]
    going = [each for each in late if _goes_on(asked, each, unit.catalog, unit.at)]
    managers = [people.get(each.user, {}).get("manager") for each in left]
    instead_of_left = _pass_on(unit, asked, left, managers)
    if left and not instead_of_left:
        tell_people(unit, asked, "approval.overdue", [asked.asked_by], f"{asked.step}/left")
    passed_on = instead_of_left + _pass_on(unit, asked, going, None)
    told = [each for each in late if each.escalated_at is None]
    late_people = {*(each.user for each in told), *([asked.asked_by] if told else ())}
    tell_people(unit, asked, "approval.overdue", late_people, asked.step)
    _mark([*left, *going, *told], unit)
    return passed_on, len(told)


def _is_active(person: dict[str, object] | None) -> bool:
    return person is not None and bool(person["active"]) and person["deleted_at"] is None


def _is_to_try(ask: Ask, now: dt.datetime) -> bool:
    return ask.escalated_at is None or ask.escalated_at + AGAIN <= now


def _goes_on(asked: Asked, ask: Ask, catalog: Catalog, now: dt.datetime) -> bool:
    """Whether it is time for others, which is tried once."""
    later = asked.terms.step(ask.step).escalate
    moment = None if later is None else due_moment(ask, catalog, later.after)
    return moment is not None and moment <= now and (ask.escalated_at is None or ask.escalated_at < moment)


def _pass_on(unit: Unit, asked: Asked, asks: Sequence[Ask], instead: Sequence[int | None] | None) -> int:
    """Asks those to whom the step escalates, without any the people `instead` of who left; None where those who were asked
    are still there. What nobody else can answer stays.
    """
    if not asks:
        return 0
    name = asks[0].step
    later = asked.terms.step(name).escalate
    people = people_to_ask(unit, asked, later.to) if later is not None else ()
    people = people or _active_among(unit, asked, instead or ())
    leaving = {each.user for each in asks}
    others = [each for each in people if each not in leaving]
    if not others:  # those to whom it would go keep their own question; what others are asked goes on to them
        asks, others = [each for each in asks if each.user not in people], list(people)
    known = _known(asked, name)
    new = [each for each in others if each not in known]
    if not asks or not others or (instead is None and not new):
        return 0
    passed = {"state": PASSED_ON, "escalated_at": unit.at, "changed_seq": unit.changed_seq}
    ids = [each.id for each in asks]
    unit.connection.execute(sa.update(approval_ask).where(approval_ask.c.id.in_(ids)).values(passed))
    write_asks(unit, asked, name, new, asks[0].id)
    note(unit, unit.actor, asked, "pass_on", None)
    return len(asks)


def _known(asked: Asked, step: str) -> frozenset[int | None]:
    """Who need not be asked again in a step. Where all must agree, who is asked for himself is asked once more in the place
    of another, and answers both at once; where a number must, nobody counts twice.
    """
    numbered = asked.terms.step(step).need != "all"
    waiting = (each for each in asked.asks if each.step == step and each.state == WAITING)
    known = frozenset(each.user for each in waiting if numbered or each.instead_of is not None)
    return known | agreed_in(asked, step) if numbered else known


def _active_among(unit: Unit, asked: Asked, people: Sequence[int | None]) -> tuple[int, ...]:
    wanted = dict.fromkeys(each for each in people if each is not None)
    found = read_records(unit, "user", ("active", "deleted_at"), wanted)
    active = (each for each in wanted if _is_active(found.get(each)))
    return tuple(each for each in active if asked.terms.self_approval or each != asked.asked_by)


def _mark(asks: Sequence[Ask], unit: Unit) -> None:
    """Notes that they were looked after, so that nobody is told twice."""
    ids = sorted({each.id for each in asks})
    if ids:
        here = sa.and_(approval_ask.c.id.in_(ids), approval_ask.c.state == WAITING)
        values = {"escalated_at": unit.at, "changed_seq": unit.changed_seq}
        unit.connection.execute(sa.update(approval_ask).where(here).values(values))

"""Clocks of service levels when events are acted upon in another order than they happened."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.automation.doing import AUTOMATION
from app.automation.events import Event, take, waiting_events
from app.automation.sla_clocks import Told, ask_clocks, move_clocks
from app.automation.sla_due import press
from app.insight.service_levels import SeenClock
from app.orm.framework import outbox
from app.record import Saved, Unit, create, in_unit
from tests.unit.approving import Office, opened
from tests.unit.automation.test_slas import ANSWER, BOSS, at, change, clock, drain, moment, told, tree_of

Open = Callable[..., Office]
AGAIN = {**ANSWER, "start": 'stage == "open"', "stop": 'stage == "solved"'}
ANSWERED = "2026-07-06T02:00:00Z"


@pytest.fixture
def open_with(new_url: str) -> Iterator[Open]:
    with ExitStack() as stack:
        yield lambda **slas: stack.enter_context(opened(new_url, tree_of(**slas)))


def new(office: Office) -> int:
    row = {"name": "Login", "level": "a", "owner": office.ids["rep"]}
    outcome = create(office.store, BOSS, "ticket", [row], door="api")
    assert isinstance(outcome, Saved), outcome
    return outcome.ids[0]


def waiting(office: Office) -> list[Event]:
    with office.store.system_reading() as connection:
        return waiting_events(connection, office.store.clock(), 100)


def rest(office: Office, event: Event, until: str | None) -> None:
    """As an event does whose automations could not be carried out."""
    values = {"not_before": None if until is None else moment(until)}
    with office.store.housekeeping() as connection:
        connection.execute(sa.update(outbox).where(outbox.c.id == event.id).values(values))


def asked(office: Office, events: Sequence[Event]) -> list[Told]:
    """As another dispatcher reads them, who then takes his time."""
    with office.store.system_reading() as connection:
        return ask_clocks(
            Unit(office.store, AUTOMATION, Session(), "job", office.store.clock(), reader=connection), events
        )


def moved(office: Office, some: Sequence[Told]) -> None:
    assert isinstance(in_unit(office.store, AUTOMATION, "job", partial(_move, some)), Saved)


def _move(some: Sequence[Told], unit: Unit) -> Saved:
    assert take(unit.connection, {each.event for each in some}, unit.at)
    move_clocks(unit, some)
    return Saved((), ())


def state(office: Office, record: int, now: dt.datetime) -> str:
    row = clock(office, record)
    seen = SeenClock(
        "answer",
        row.target,
        "ticket",
        record,
        row.started_at,
        row.due,
        row.paused_at,
        row.warned_at,
        row.breached_at,
        row.stopped_at,
    )
    return seen.state(now)


def test_a_stop_that_passed_the_start_stops_it_when_it_happened(open_with: Open) -> None:
    office = open_with()
    at(office, "2026-07-06T09:00")
    record = new(office)
    [first] = waiting(office)
    rest(office, first, "2026-07-06T16:00")
    at(office, "2026-07-06T10:00")
    change(office, record, stage="waiting")
    at(office, "2026-07-06T12:00")
    change(office, record, stage="open")
    at(office, "2026-07-06T15:00")
    change(office, record, answered=ANSWERED)
    assert clock(office, record) is None
    at(office, "2026-07-06T17:00")
    drain(office)
    found = clock(office, record)
    assert (found.started_at, found.stopped_at) == (moment("2026-07-06T09:00"), moment("2026-07-06T15:00"))
    assert found.breached_at is None  # it rested for two hours: four of work ended at 16:00
    assert state(office, record, moment("2026-07-20T09:00")) == "kept"
    press(office.store)
    assert told(office, "manager") == []


def test_a_stop_that_nobody_could_see_is_told_by_the_job(open_with: Open) -> None:
    """Another dispatcher had read the start before the record was answered, and moves the clock after the stop was told."""
    office = open_with()
    at(office, "2026-07-06T09:00")
    record = new(office)
    [first] = waiting(office)
    late = asked(office, [first])
    rest(office, first, "2026-07-07T09:00")
    at(office, "2026-07-06T10:00")
    change(office, record, answered=ANSWERED)
    rest(office, first, None)
    moved(office, late)
    assert clock(office, record).stopped_at is None
    at(office, "2026-07-06T18:00")
    assert press(office.store).in_language("en") == "0 warned, 0 breached"
    assert clock(office, record).stopped_at == moment("2026-07-06T10:00")
    assert state(office, record, office.store.clock()) == "kept"
    assert told(office, "rep") == told(office, "manager") == []


def test_a_rest_that_nobody_could_see_is_told_by_the_job(open_with: Open) -> None:
    office = open_with()
    at(office, "2026-07-06T09:00")
    record = new(office)
    [first] = waiting(office)
    late = asked(office, [first])
    rest(office, first, "2026-07-07T09:00")
    at(office, "2026-07-06T11:00")
    change(office, record, stage="waiting")
    rest(office, first, None)
    moved(office, late)
    at(office, "2026-07-06T18:00")
    press(office.store)
    found = clock(office, record)
    assert (found.paused_at, found.left, found.due) == (moment("2026-07-06T11:00"), 2 * 3600, None)
    assert state(office, record, office.store.clock()) == "rests"


def test_the_job_leaves_a_clock_alone_of_which_an_event_waits(open_with: Open) -> None:
    office = open_with()
    at(office, "2026-07-06T09:00")
    record = new(office)
    drain(office)
    at(office, "2026-07-06T10:00")
    change(office, record, act=False, stage="waiting")
    at(office, "2026-07-06T17:00")
    change(office, record, act=False, stage="open", answered=ANSWERED)
    press(office.store)
    assert clock(office, record).stopped_at is None
    drain(office)
    found = clock(office, record)
    assert (found.stopped_at, found.breached_at) == (moment("2026-07-06T17:00"), None)


def test_a_start_told_after_its_stop_does_not_begin_the_clock_anew(open_with: Open) -> None:
    office = open_with(answer=AGAIN)
    at(office, "2026-07-06T09:00")
    record = new(office)
    drain(office)
    at(office, "2026-07-06T10:00")
    change(office, record, stage="waiting")
    at(office, "2026-07-06T11:00")
    change(office, record, act=False, stage="open")
    [opened_again] = waiting(office)
    rest(office, opened_again, "2026-07-07T09:00")
    at(office, "2026-07-06T12:00")
    change(office, record, stage="solved")
    at(office, "2026-07-08T09:00")
    drain(office)
    found = clock(office, record)
    assert (found.started_at, found.stopped_at) == (moment("2026-07-06T09:00"), moment("2026-07-06T12:00"))


def test_a_start_that_passed_the_stop_begins_the_clock_anew(open_with: Open) -> None:
    office = open_with(answer=AGAIN)
    at(office, "2026-07-06T09:00")
    record = new(office)
    drain(office)
    at(office, "2026-07-06T10:00")
    change(office, record, act=False, stage="solved")
    [solved] = waiting(office)
    rest(office, solved, "2026-07-06T12:00")
    at(office, "2026-07-06T11:00")
    change(office, record, stage="open")
    assert clock(office, record).started_at == moment("2026-07-06T09:00")
    at(office, "2026-07-06T13:00")
    drain(office)
    found = clock(office, record)
    assert (found.started_at, found.stopped_at) == (moment("2026-07-06T11:00"), None)

"""Clocks of a past that came in by a door to which nothing listens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from app.automation.sla_past import begin_clocks
from app.record import Change, Saved, create, update
from tests.unit.approving import Office, opened
from tests.unit.automation.test_slas import BOSS, at, change, clock, drain, moment, told, tree_of


@pytest.fixture
def office(new_url: str) -> Iterator[Office]:
    with ExitStack() as stack:
        yield stack.enter_context(opened(new_url, tree_of()))


def test_they_are_moved_in_order_as_of_their_days(office: Office) -> None:
    at(office, "2026-07-06T09:00")
    rows = [{"name": "Login", "level": "a", "owner": office.ids["rep"]} for _ in range(2)]
    outcome = create(office.store, BOSS, "ticket", rows, door="seed")
    assert isinstance(outcome, Saved)
    first, second = outcome.ids
    for local, values in (
        ("2026-07-06T11:00", {"stage": "waiting"}),
        ("2026-07-07T09:00", {"stage": "open"}),
        ("2026-07-07T10:00", {"answered": "2026-07-07T01:00:00Z"}),
    ):
        at(office, local)
        assert isinstance(update(office.store, BOSS, "ticket", [Change(first, values)], door="seed"), Saved)
    at(office, "2026-07-08T09:00")
    drain(office)
    assert clock(office, first) is None
    begin_clocks(office.store)
    found = clock(office, first)
    assert (found.started_at, found.stopped_at) == (moment("2026-07-06T09:00"), moment("2026-07-07T10:00"))
    assert (found.due, found.breached_at) == (moment("2026-07-07T11:00"), None)
    assert clock(office, second).due == moment("2026-07-06T14:00")
    assert told(office, "rep") == told(office, "manager") == []


def test_a_clock_that_is_there_is_left_alone(office: Office) -> None:
    at(office, "2026-07-06T09:00")
    outcome = create(office.store, BOSS, "ticket", [{"name": "Login"}], door="api")
    assert isinstance(outcome, Saved)
    drain(office)
    at(office, "2026-07-06T11:00")
    change(office, outcome.ids[0], stage="waiting")
    at(office, "2026-07-06T12:00")
    change(office, outcome.ids[0], stage="open")
    before = clock(office, outcome.ids[0])
    begin_clocks(office.store)
    assert clock(office, outcome.ids[0]) == before

"""How fast events are acted upon: whoever saves hardly waits, and no event waits for long."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from app.automation.dispatch import AT_ONCE, dispatch
from app.automation.pace import AT_ONCE_BESIDE, pace, rest
from tests.unit.approving import Office, opened
from tests.unit.automation.test_dispatch import CALL, deals, tree_of


@pytest.fixture
def office(new_url: str) -> Iterator[Office]:
    with opened(new_url, tree_of(begin={"trigger": "create", "actions": CALL})) as found:
        yield found


def later(office: Office, seconds: float) -> None:
    office.moment[0] += dt.timedelta(seconds=seconds)


def resting(office: Office) -> bool:
    most, times = pace(office.store, office.store.clock())
    if times and office.store.engine.dialect.name == "sqlite":
        assert (most, rest(times, 0.01) > 0.1) == (AT_ONCE_BESIDE, True), "one writes at a time"
    else:
        assert (most, rest(times, 0.01) < 0.1) == (AT_ONCE, True)
    return times > 0


def test_who_saves_is_let_first(office: Office) -> None:
    later(office, 2)
    assert not resting(office)
    deals(office, {"name": "A"})
    assert resting(office)
    dispatch(office.store, office.store.clock())
    assert resting(office), "what was saved a moment ago counts, done or not"
    later(office, 2)
    assert not resting(office)


def test_what_follows_by_itself_keeps_no_pace(office: Office) -> None:
    deals(office, {"name": "A"})
    later(office, 2)
    dispatch(office.store, office.store.clock())
    assert not resting(office)


def test_an_event_that_waits_for_long_comes_before_who_saves(office: Office) -> None:
    deals(office, {"name": "A"})
    later(office, 30)
    deals(office, {"name": "B"})
    assert not resting(office)


def test_no_rest_is_long() -> None:
    assert rest(24.0, 10.0) <= 3.0

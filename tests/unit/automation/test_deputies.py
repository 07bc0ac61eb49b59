"""Deputies: from a day to a day, named by oneself for oneself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa

from app.access import Actor, system_actor
from app.automation.deputies import (
    MOST,
    Wrong,
    company_day,
    deputies_around,
    name_deputy,
    stood_in_for,
    withdraw_deputy,
)
from app.orm.framework import audit, deputy
from app.orm.store import Store
from tests.unit.company import DIRECTOR, GONE, LEAD, NOW, OTHER, REP, build_catalog, open_settled

DAY = dt.timedelta(days=1)
ME = Actor(REP, "Rep", frozenset({"rep"}))


@pytest.fixture
def store(new_url: str) -> Iterator[Store]:
    with open_settled(new_url, build_catalog()) as found:
        yield replace(found, revision=0, clock=lambda: NOW)  # nothing was applied


@pytest.fixture
def today(store: Store) -> dt.date:
    return company_day(store)


def test_a_deputy_stands_in_from_the_first_day_to_the_last(store: Store, today: dt.date) -> None:
    assert name_deputy(store, ME, LEAD, today, today + DAY) is None
    with store.system_reading() as connection:
        days = [today - DAY, today, today + DAY, today + 2 * DAY]
        assert [stood_in_for(connection.execute, LEAD, day) for day in days] == [set(), {REP}, {REP}, set()]
        mine, for_others = deputies_around(connection.execute, REP, today)
        assert ([each.deputy for each in mine], for_others) == ([LEAD], [])
        assert [each.user for each in deputies_around(connection.execute, LEAD, today)[1]] == [REP]


def test_what_can_not_be_is_refused(store: Store, today: dt.date) -> None:
    tries: list[tuple[Wrong, int, dt.date, dt.date]] = [
        ("self", REP, today, today),
        ("nobody", 99, today, today),
        ("nobody", GONE, today, today),
        ("days", LEAD, today, today - DAY),
        ("past", LEAD, today - 3 * DAY, today - DAY),
        ("long", LEAD, today, today + 400 * DAY),
    ]
    for wrong, person, first, last in tries:
        assert name_deputy(store, ME, person, first, last) == wrong
    assert name_deputy(store, system_actor("system:jobs"), LEAD, today, today) == "nobody"
    for _ in range(MOST):
        assert name_deputy(store, ME, LEAD, today, today) is None
    assert name_deputy(store, ME, OTHER, today, today) == "many"


def test_one_is_withdrawn_by_who_named_him_and_its_row_stays(store: Store, today: dt.date) -> None:
    name_deputy(store, ME, LEAD, today - DAY, today + DAY)
    name_deputy(store, ME, OTHER, today + DAY, today + 2 * DAY)
    with store.system_reading() as connection:
        running, coming = (each.id for each in deputies_around(connection.execute, REP, today)[0])
        before = connection.execute(sa.select(deputy.c.changed_seq).order_by(deputy.c.id)).scalars().all()
    assert not withdraw_deputy(store, Actor(DIRECTOR, "Director", frozenset()), running)
    assert withdraw_deputy(store, ME, running)
    assert withdraw_deputy(store, ME, coming)
    assert not withdraw_deputy(store, ME, running)
    with store.system_reading() as connection:
        assert deputies_around(connection.execute, REP, today) == ([], [])
        assert not any(stood_in_for(connection.execute, each, today + DAY) for each in (LEAD, OTHER))
        after = connection.execute(sa.select(deputy.c.changed_seq).order_by(deputy.c.id)).scalars().all()
        assert len(after) == 2
        assert min(after) > max(before)


def test_who_named_whom_and_withdrew_him_stands_in_the_audit(store: Store, today: dt.date) -> None:
    assert name_deputy(store, ME, REP, today, today) == "self"
    assert name_deputy(store, ME, LEAD, today, today + DAY) is None
    with store.system_reading() as connection:
        (named,) = deputies_around(connection.execute, REP, today)[0]
    assert not withdraw_deputy(store, Actor(DIRECTOR, "Director", frozenset()), named.id)
    assert withdraw_deputy(store, ME, named.id)
    told = {"user": LEAD, "first_day": today.isoformat(), "last_day": (today + DAY).isoformat()}
    with store.system_reading() as connection:
        query = sa.select(audit).where(audit.c.action == "deputy").order_by(audit.c.id)
        lines = [(each.actor_id, each.entity, each.record, each.changes) for each in connection.execute(query)]
    assert lines == [
        (REP, "user", REP, {"deputy": [None, told]}),
        (REP, "user", REP, {"deputy": [told, None]}),
    ]

"""When schedules are due, on the clock of the wall."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.automation.due import due_after, due_between
from app.definition.grammars import Period, TimeOfDay
from app.definition.schedule import Schedule

UTC = dt.UTC
START = dt.datetime(2020, 1, 1, tzinfo=UTC)


def schedule(every: str, day: str | int | None = None, at: str | None = None) -> Schedule:
    return Schedule(every=Period(every), day=day, at=TimeOfDay(at) if at else None)


def local(text: str, zone: str = "Asia/Shanghai") -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("when", "after", "expected"),
    [
        (schedule("day", at="08:00"), "2026-11-22T07:59", "2026-11-22T08:00"),
        (schedule("day", at="08:00"), "2026-11-22T08:00", "2026-11-23T08:00"),
        (schedule("week", "sunday", "02:00"), "2026-11-22T03:00", "2026-11-29T02:00"),
        (schedule("week"), "2026-11-22T03:00", "2026-11-23T00:00"),
        (schedule("month", 31, "00:30"), "2026-01-31T00:30", "2026-02-28T00:30"),
        (schedule("month", 31, "00:30"), "2026-02-28T00:30", "2026-03-31T00:30"),
        (schedule("month", 29), "2028-02-01T00:00", "2028-02-29T00:00"),
        (schedule("month", "last"), "2026-04-05T00:00", "2026-04-30T00:00"),
        (schedule("quarter", 1), "2026-11-22T00:00", "2027-01-01T00:00"),
        (schedule("quarter", 10), "2026-10-09T00:00", "2026-10-10T00:00"),
        (schedule("year", 5, "09:00"), "2026-01-05T09:00", "2027-01-05T09:00"),
    ],
)
def test_the_next_moment(when: Schedule, after: str, expected: str) -> None:
    zone = ZoneInfo("Asia/Shanghai")
    assert due_after(when, zone, local(after)) == local(expected)


@pytest.mark.parametrize(
    ("zone", "at", "day", "expected"),
    [
        ("Europe/Berlin", "02:30", "2026-03-29", "2026-03-29T01:30"),  # 02:30 does not exist: the clock shows 03:30
        ("Europe/Berlin", "02:30", "2026-10-25", "2026-10-25T00:30"),  # it comes twice: the first
        ("America/New_York", "02:30", "2026-03-08", "2026-03-08T07:30"),
        ("America/New_York", "01:30", "2026-11-01", "2026-11-01T05:30"),
        ("Australia/Lord_Howe", "02:15", "2026-10-04", "2026-10-03T15:45"),
        ("Australia/Lord_Howe", "01:45", "2026-04-05", "2026-04-04T14:45"),
    ],
)
def test_a_day_on_which_the_clock_is_changed_is_due_once(zone: str, at: str, day: str, expected: str) -> None:
    here = ZoneInfo(zone)
    start = dt.datetime.combine(dt.date.fromisoformat(day), dt.time(), here).astimezone(UTC)
    found = due_between(schedule("day", at=at), here, start - dt.timedelta(seconds=1), start + dt.timedelta(hours=23))
    assert [each.isoformat(timespec="minutes")[:16] for each in found] == [expected]


def test_every_second_week_stays_in_step() -> None:
    zone = ZoneInfo("Asia/Shanghai")
    found = due_between(schedule("2 weeks", "monday"), zone, local("2026-01-01"), local("2026-12-31"))
    assert len(found) == 26
    assert {(later - earlier).days for earlier, later in pairwise(found)} == {14}
    assert due_between(schedule("2 weeks", "monday"), zone, local("2026-06-20"), local("2026-12-31")) == [
        each for each in found if each > local("2026-06-20")
    ]


PERIODS = st.sampled_from(["day", "3 days", "week", "2 weeks", "month", "2 months", "quarter", "year", "5 years"])
ZONES = st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"])
MOMENTS = st.integers(0, 15 * 365 * 24 * 60).map(lambda minutes: START + dt.timedelta(minutes=minutes))


@given(PERIODS, ZONES, MOMENTS, st.integers(0, 23))
def test_moments_follow_on_each_other_without_a_gap(every: str, zone: str, moment: dt.datetime, hour: int) -> None:
    when, here = schedule(every, at=f"{hour:02}:30"), ZoneInfo(zone)
    first = due_after(when, here, moment)
    assert first > moment
    assert due_between(when, here, moment, first) == [first]
    assert due_after(when, here, first - dt.timedelta(milliseconds=1)) == first

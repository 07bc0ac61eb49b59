"""Working days and hours by the company's calendar. The days of China in 2026 are those of the State Council's notice."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.expression.working_time import WorkingTime, company_time, read_days
from app.loading import catalog_of_tree

SHANGHAI = ZoneInfo("Asia/Shanghai")
WEEK = {day: ["09:00-12:00", "13:30-18:00"] for day in ("monday", "tuesday", "wednesday", "thursday", "friday")}
HOURS = dt.timedelta(hours=1)


def office(holidays: dict[str, object] | None = None, zone: str = "Asia/Shanghai") -> WorkingTime:
    calendars = {"office": {"label": "Office", "week": WEEK, "holidays": holidays or {}}}
    return company_time(catalog_of_tree({"pack": {"time_zone": zone, "calendars": calendars}, "entities": {}}))


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def moment(text: str, zone: dt.tzinfo = SHANGHAI) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=zone)


def test_a_week_has_five_working_days() -> None:
    assert office().days_between(day("2026-11-22"), day("2026-11-29")) == 5
    assert office().days_between(day("2026-11-29"), day("2026-11-22")) == -5
    assert office().add_days(day("2026-11-20"), 1) == day("2026-11-23")
    assert office().add_days(day("2026-11-23"), -1) == day("2026-11-20")


def test_national_day_is_free_and_its_make_up_saturday_is_not() -> None:
    china = office({"country": "CN"})
    assert not any(china.is_workday(day(f"2026-10-{number:02}")) for number in range(1, 8))
    assert china.is_workday(day("2026-10-10"))  # a Saturday
    assert china.hours_of(day("2026-10-10")) == ((540, 720), (810, 1080))
    assert china.days_between(day("2026-09-30"), day("2026-10-11")) == 3  # Thursday, Friday, Saturday
    assert china.add_days(day("2026-09-30"), 1) == day("2026-10-08")


def test_what_the_company_says_stands_above_the_country() -> None:
    days, wrong = read_days("date,name,kind\n2026-10-08,Anniversary,holiday\n2026-10-04,Stocktaking,workday\n")
    assert not wrong
    ours = WorkingTime(SHANGHAI, office().week, "CN", days)
    assert not ours.is_workday(day("2026-10-08"))
    assert ours.is_workday(day("2026-10-04"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("10/1/2026,x,holiday", "'10/1/2026' is no date; write it as 2026-10-01"),
        ("2026-10-01,x,free", "'free' is neither workday nor holiday"),
        ("2026-10-01,x,holiday\n2026-10-01,y,workday", "2026-10-01 stands twice"),
    ],
)
def test_a_line_that_can_not_be_read_is_told(content: str, message: str) -> None:
    assert [each.message for each in read_days(content)[1]] == [message]


def test_hours_stand_still_at_noon_at_night_and_at_the_weekend() -> None:
    office_time = office()
    friday = moment("2026-11-20T17:00")
    assert office_time.add_time(friday, 2 * HOURS) == moment("2026-11-23T10:00")
    assert office_time.add_time(moment("2026-11-20T11:30"), HOURS) == moment("2026-11-20T14:00")
    assert office_time.time_between(friday, moment("2026-11-23T10:00")) == 2 * HOURS
    assert office_time.time_between(moment("2026-11-23T10:00"), friday) == -2 * HOURS
    assert office_time.add_time(moment("2026-11-21T12:00"), dt.timedelta()) == moment("2026-11-23T09:00")


def test_time_is_taken_as_it_is_added() -> None:
    office_time = office()
    friday, monday = moment("2026-11-20T17:00"), moment("2026-11-23T10:00")
    assert office_time.take_time(monday, 2 * HOURS) == friday
    assert office_time.take_time(moment("2026-11-22T12:00"), HOURS) == friday
    assert office_time.take_time(moment("2026-11-23T09:00"), HOURS) == friday
    free = WorkingTime(dt.UTC, ((),) * 7)
    assert free.take_time(friday, HOURS) is None


def test_the_clock_on_the_wall_counts_when_it_is_changed() -> None:
    berlin = office(zone="Europe/Berlin")
    zone = ZoneInfo("Europe/Berlin")
    start, end = moment("2026-10-23T17:00", zone), moment("2026-10-26T10:00", zone)  # summer time ends between them
    assert berlin.time_between(start, end) == 2 * HOURS
    assert berlin.add_time(start, 2 * HOURS) == end


def test_a_week_without_hours_ends_somewhere() -> None:
    free = WorkingTime(SHANGHAI, ((),) * 7)
    assert free.add_days(day("2026-11-20"), 1) is None
    assert free.add_time(moment("2026-11-20T09:00"), HOURS) is None


DAYS = st.dates(dt.date(2020, 1, 1), dt.date(2032, 1, 1))


@given(DAYS, DAYS)
def test_days_are_counted_as_one_would_by_hand(start: dt.date, end: dt.date) -> None:
    china = office({"country": "CN"})
    first, last = sorted((start, end))
    by_hand = sum(china.is_workday(first + dt.timedelta(days=number + 1)) for number in range((last - first).days))
    assert china.days_between(first, last) == by_hand


@given(DAYS, st.integers(-300, 300))
def test_adding_and_counting_agree(start: dt.date, count: int) -> None:
    china = office({"country": "CN"})
    found = china.add_days(start, count)
    assert found is not None
    if count > 0:
        assert china.days_between(start, found) == count

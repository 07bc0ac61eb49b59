"""How events lie on days: on the clock of the person, several days in one row, those at the same time beside each other."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from app.web.pages.calendar_days import (
    Lying,
    Per,
    Place,
    beside,
    days_of,
    free_rows,
    hours_shown,
    lying_of,
    rows_of_days,
    stepped,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY = dt.date(2026, 11, 23)


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=SHANGHAI).astimezone(dt.UTC)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("23T09:00", "23T10:30", Lying(MONDAY, MONDAY, (540, 630))),
        ("23T09:00", "23T09:00", Lying(MONDAY, MONDAY, (540, 540))),
        ("23T22:00", "24T00:00", Lying(MONDAY, MONDAY, (1320, 1440))),
        ("23T00:00", "24T00:00", Lying(MONDAY, MONDAY)),
        ("23T22:00", "24T01:00", Lying(MONDAY, dt.date(2026, 11, 24))),
        ("23T09:00", "22T09:00", Lying(MONDAY, MONDAY, (540, 540))),
    ],
)
def test_a_moment_lies_on_the_clock_of_the_person(start: str, end: str, expected: Lying) -> None:
    assert lying_of(at(start), at(end), SHANGHAI) == expected


def test_days_count_to_their_last() -> None:
    assert lying_of(MONDAY, dt.date(2026, 11, 25), SHANGHAI) == Lying(MONDAY, dt.date(2026, 11, 25))


def test_weeks_begin_on_monday_and_months_have_whole_weeks() -> None:
    assert days_of(dt.date(2026, 11, 29), "week") == (MONDAY, 7)
    assert days_of(dt.date(2026, 11, 29), "month") == (dt.date(2026, 10, 26), 42)
    assert days_of(dt.date(2027, 2, 10), "month") == (dt.date(2027, 2, 1), 28)
    pers: tuple[Per, ...] = ("day", "week", "month")
    assert [stepped(dt.date(2026, 12, 31), per, forward=True).isoformat() for per in pers] == [
        "2027-01-01", "2027-01-07", "2027-01-01",
    ]  # fmt: skip
    assert stepped(dt.date(2026, 3, 31), "month", forward=False) == dt.date(2026, 2, 1)


def test_what_takes_several_days_is_in_the_same_row_on_all_of_them() -> None:
    days = [MONDAY + dt.timedelta(days=number) for number in range(3)]
    lying = [Lying(days[1], days[1], (600, 660)), Lying(days[0], days[1]), Lying(days[1], days[2])]
    rows = rows_of_days(lying, MONDAY, 3)
    assert [[slot and (slot.number, slot.begins, slot.ends) for slot in day] for day in rows] == [
        [(1, True, False)],
        [(1, False, True), (2, True, False), (0, True, True)],
        [None, (2, False, True)],
    ]


def test_what_is_at_the_same_time_is_beside_each_other() -> None:
    timed = [(0, (540, 660)), (1, (555, 570)), (2, (590, 620)), (3, (660, 720))]
    assert list(beside(timed, 8, 3)) == [
        Place(0, 5, 8, 1, 6), Place(1, 6, 2, 7, 6), Place(2, 8, 2, 7, 6), Place(3, 13, 4, 1, 12),
    ]  # fmt: skip


def test_what_has_no_room_has_no_columns() -> None:
    assert [each.columns for each in beside([(n, (540, 600)) for n in range(5)], 8, 3)] == [4, 4, 4, 0, 0]


def test_hours_are_those_of_work_and_what_lies_outside_of_them() -> None:
    assert hours_shown([(540, 1080)], []) == (8, 19)
    assert hours_shown([(540, 1080)], [(400, 420), (1430, 1430)]) == (6, 24)
    assert hours_shown([], []) == (8, 19)
    assert list(free_rows([(540, 720), (810, 1080)], (8, 19))) == [(1, 4), (17, 6), (41, 4)]
    assert list(free_rows([], (8, 10))) == [(1, 8)]

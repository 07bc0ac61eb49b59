"""How events lie on the days of a calendar: which are beside each other, and at which height. Pure: no request, no database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

DAY = dt.timedelta(days=1)
WHOLE_DAY = 24 * 60
QUARTER = 15
LEAST = 30
"""As many minutes high is drawn what takes less: its name must be readable."""
PARTS = 12
"""Into so many columns a day is divided; the lanes beside each other have as many of them as fit."""
Per = Literal["day", "week", "month"]


class Lying(NamedTuple):
    """Where an event lies: its days, both counted, and on a single day its minutes since midnight; none if it takes days."""

    first: dt.date
    last: dt.date
    minutes: tuple[int, int] | None = None


class Slot(NamedTuple):
    """An event on one of its days: `number` of the event, and whether it begins and ends there."""

    number: int
    begins: bool
    ends: bool


class Place(NamedTuple):
    """Where an event stands in the grid of a day: rows of a quarter of an hour and of PARTS columns, counted from 1.

    No columns: there is no room for it.
    """

    number: int
    row: int
    rows: int
    column: int
    columns: int


def lying_of(start: dt.date, end: dt.date, zone: dt.tzinfo) -> Lying:
    """Where an event lies on the clock of a person. What takes a day or longer, or goes past midnight, takes days."""
    if not isinstance(start, dt.datetime) or not isinstance(end, dt.datetime):
        return Lying(start, max(start, end))
    begins, ends = start.astimezone(zone), max(start, end).astimezone(zone)
    # Midnight at its end belongs to the day before.
    last = (ends - dt.timedelta(microseconds=1)).date() if ends > begins else begins.date()
    last = max(last, begins.date())
    if last > begins.date():
        return Lying(begins.date(), last)
    minute = begins.hour * 60 + begins.minute
    until = ends.hour * 60 + ends.minute if ends.date() == last else WHOLE_DAY
    if minute == 0 and until == WHOLE_DAY:
        return Lying(last, last)
    return Lying(last, last, (minute, max(minute, until)))


def days_of(on: dt.date, per: Per) -> tuple[dt.date, int]:
    """The first day that is shown, and how many: weeks begin on Monday, a month is shown with whole weeks."""
    if per == "day":
        return on, 1
    if per == "week":
        return on - on.weekday() * DAY, 7
    first = on.replace(day=1)
    first -= first.weekday() * DAY
    following = (on.replace(day=28) + 4 * DAY).replace(day=1)
    return first, -(-(following - first).days // 7) * 7


def stepped(on: dt.date, per: Per, *, forward: bool) -> dt.date:
    """The same in the day, week or month before or after."""
    if per == "month":
        first = on.replace(day=1)
        return (first + 31 * DAY).replace(day=1) if forward else (first - DAY).replace(day=1)
    return on + (1 if forward else -1) * DAY * (7 if per == "week" else 1)


def rows_of_days(lying: Sequence[Lying], first: dt.date, count: int) -> list[list[Slot | None]]:
    """For each of the days the events one below the other; one that takes several days is in the same row on all of them,
    so that some rows of a day are empty. What comes first, and takes longest, is above.
    """
    days: list[list[Slot | None]] = [[] for _ in range(count)]
    order = sorted(range(len(lying)), key=lambda n: _rank(lying[n]))
    for number in order:
        each = lying[number]
        begin, end = max(0, (each.first - first).days), min(count - 1, (each.last - first).days)
        if begin > end:
            continue
        row = next(row for row in range(len(lying)) if all(_is_free(days[day], row) for day in range(begin, end + 1)))
        for day in range(begin, end + 1):
            days[day].extend([None] * (row + 1 - len(days[day])))
            here = first + day * DAY
            days[day][row] = Slot(number, here == each.first, here == each.last)
    return days


def _rank(each: Lying) -> tuple[dt.date, int, int]:
    return each.first, -(each.last - each.first).days, -1 if each.minutes is None else each.minutes[0]


def _is_free(day: Sequence[Slot | None], row: int) -> bool:
    return row >= len(day) or day[row] is None


def beside(timed: Iterable[tuple[int, tuple[int, int]]], from_hour: int, lanes: int) -> Iterator[Place]:
    """The events of a day (number and minutes), at most so many `lanes` beside each other. In the order of their time."""
    bunch: list[tuple[int, int, int]] = []
    until = -1
    for number, (start, end) in sorted(timed, key=lambda each: (each[1][0], -each[1][1], each[0])):
        last = max(end, start + LEAST)
        if bunch and start >= until:
            yield from _lanes(bunch, from_hour, lanes)
            bunch = []
        bunch.append((number, start, last))
        until = max(until, last)
    yield from _lanes(bunch, from_hour, lanes)


def _lanes(bunch: Sequence[tuple[int, int, int]], from_hour: int, most: int) -> Iterator[Place]:
    """Events of which each lies beside another: each in the first lane that is free."""
    ends: list[int] = []
    found: list[int] = []
    for _number, start, last in bunch:
        lane = next((lane for lane, end in enumerate(ends) if end <= start), len(ends))
        if lane < most:
            ends[lane : lane + 1] = [last]
        found.append(lane)
    width = PARTS // max(len(ends), 1)
    for (number, start, last), lane in zip(bunch, found, strict=True):
        row = (start - from_hour * 60) // QUARTER
        rows = (min(last, WHOLE_DAY) - from_hour * 60) // QUARTER - row
        yield Place(number, row + 1, max(rows, 1), lane * width + 1, width if lane < most else 0)


def hours_shown(spans: Iterable[tuple[int, int]], events: Iterable[tuple[int, int]]) -> tuple[int, int]:
    """From which hour to which the days are drawn: working hours with one around them, and whatever lies outside."""
    known = [
        *((start - 60, end + 60) for start, end in spans),
        *((start, max(end, start + LEAST)) for start, end in events),
    ]
    if not known:
        return 8, 19
    first = max(0, min(start for start, _ in known) // 60)
    last = min(24, max(-(-end // 60) for _, end in known))
    return min(first, 22), max(last, min(first, 22) + 2)


def free_rows(spans: Sequence[tuple[int, int]], hours: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """Which rows of a day are outside of its working hours: where each stretch begins, and how many they are."""
    at, last = hours[0] * 60, hours[1] * 60
    for start, end in [*sorted(spans), (last, last)]:
        until = min(max(start, at), last)
        if until - at >= QUARTER:
            yield (at - hours[0] * 60) // QUARTER + 1, (until - at) // QUARTER
        at = max(at, min(end, last))

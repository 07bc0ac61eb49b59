"""When a schedule is due: moments in UTC, worked out in the company's time zone. Pure."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterator
from itertools import takewhile

from app.definition.grammars import WEEKDAYS
from app.definition.schedule import Schedule
from app.frozen import dataclass

_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_DAY = dt.timedelta(days=1)
MIDNIGHT = "00:00"


@dataclass(frozen=True)
class Often:
    """Every so many minutes, counted from midnight in UTC."""

    minutes: int


Rhythm = Schedule | Often


def due_after(schedule: Rhythm, zone: dt.tzinfo, moment: dt.datetime) -> dt.datetime:
    """The first due moment after this one. Raises OverflowError at the end of the calendar."""
    return next(_moments(schedule, zone, moment))


def due_between(schedule: Rhythm, zone: dt.tzinfo, after: dt.datetime, until: dt.datetime) -> list[dt.datetime]:
    """The due moments after the one and not after the other."""
    return list(takewhile(lambda due: due <= until, _moments(schedule, zone, after)))


def _moments(schedule: Rhythm, zone: dt.tzinfo, after: dt.datetime) -> Iterator[dt.datetime]:
    """The due moments after this one. A time of day that daylight saving leaves out is due when the clock has moved on; one
    that comes twice is due the first time.
    """
    if isinstance(schedule, Often):
        yield from _often(dt.timedelta(minutes=schedule.minutes), after)
        return
    hour, minute = map(int, (schedule.at or MIDNIGHT).split(":"))
    for day in _days(schedule, after.astimezone(zone).date() - _DAY):
        due = dt.datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone).astimezone(dt.UTC)
        if due > after:
            yield due


def _often(step: dt.timedelta, after: dt.datetime) -> Iterator[dt.datetime]:
    start = dt.datetime.combine(after.astimezone(dt.UTC).date(), dt.time(), dt.UTC)
    due = start + ((after - start) // step + 1) * step
    while True:
        yield due
        due += step


def _days(schedule: Schedule, start: dt.date) -> Iterator[dt.date]:
    """The due days from this one on. Several days, weeks, … are counted from the first day of the calendar."""
    count, unit = _period(schedule.every)
    if unit == "day":
        yield from _every(start + dt.timedelta(days=-start.toordinal() % count), dt.timedelta(days=count))
    elif unit == "week":
        weekday = WEEKDAYS.index(str(schedule.day)) if schedule.day else 0
        monday = start - dt.timedelta(days=start.weekday())
        first = monday + dt.timedelta(weeks=-((monday.toordinal() - 1) // 7) % count, days=weekday)
        yield from (day for day in _every(first, dt.timedelta(weeks=count)) if day >= start)
    else:
        yield from (day for day in _monthly(start, count * _MONTHS[unit], schedule.day) if day >= start)


def _every(first: dt.date, step: dt.timedelta) -> Iterator[dt.date]:
    while True:
        yield first
        first += step


def _monthly(start: dt.date, step: int, day: str | int | None) -> Iterator[dt.date]:
    """A day of every so many months, at most the month's last."""
    months = start.year * 12 + start.month - 1
    months -= months % step
    while True:
        year, month = divmod(months, 12)
        last = calendar.monthrange(year, month + 1)[1]
        yield dt.date(year, month + 1, last if day == "last" else min(int(day or 1), last))
        months += step


def _period(every: str) -> tuple[int, str]:
    """`2 weeks` is (2, "week")."""
    count, _, unit = every.rpartition(" ")
    return int(count or 1), unit.removesuffix("s")

"""Lengths of time counted from a moment: on the company's calendar where they say so, on its wall clock else. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from app.definition.grammars import Duration, Length, parse_duration
from app.expression.implementations import add_months
from app.expression.working_time import WorkingTime

_DAYS = {"days": 1, "weeks": 7}
_MONTHS = {"months": 1, "years": 12}


def later(time: WorkingTime, moment: dt.datetime, duration: Duration, sign: int = 1) -> dt.datetime | None:
    """The moment, in UTC, that comes so much later (`sign` -1: earlier): `2 working days` keep the time of day. None where
    the calendar ends.
    """
    length = parse_duration(duration)
    assert length is not None  # the shape of the configuration says so
    if length.unit in ("minutes", "hours"):
        span = dt.timedelta(**{length.unit: length.count})
        worked = time.add_time if sign > 0 else time.take_time
        found = worked(moment, span) if length.working else _sum(moment, sign * span)
        return None if found is None else found.astimezone(dt.UTC)
    local = moment.astimezone(time.zone)
    day = _day_later(time, local.date(), replace(length, count=sign * length.count))
    return None if day is None else dt.datetime.combine(day, local.time(), time.zone).astimezone(dt.UTC)


def is_working(duration: Duration) -> bool:
    """Whether it is counted in working hours or days."""
    length = parse_duration(duration)
    return length is not None and length.working


def _sum(moment: dt.datetime, span: dt.timedelta) -> dt.datetime | None:
    try:
        return moment + span
    except OverflowError:
        return None


def _day_later(time: WorkingTime, day: dt.date, length: Length) -> dt.date | None:
    if length.working:
        return time.add_days(day, length.count)
    if length.unit in _MONTHS:
        found: dt.date | None = add_months(day, length.count * _MONTHS[length.unit], time.zone)
        return found
    try:
        return day + dt.timedelta(days=length.count * _DAYS[length.unit])
    except OverflowError:
        return None

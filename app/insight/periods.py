"""Periods of the calendar: where they begin, which comes next, and what lies between two of them."""

from __future__ import annotations

import datetime as dt

from app.definition.report import Per

MOST_PERIODS = 120
_MONTHS = {"month": 1, "quarter": 3, "fiscal_quarter": 3, "year": 12, "fiscal_year": 12}


def period_of(per: Per, day: dt.date, first_month: int = 0) -> dt.date:
    """The first day of the period that a day lies in. `first_month` is that of the fiscal year, from 0."""
    if per == "day":
        return day
    if per == "week":
        return day - dt.timedelta(days=day.weekday())
    months, begins = _MONTHS[per], first_month if per.startswith("fiscal") else 0
    number = day.year * 12 + day.month - 1 - begins
    return _first_of(number - number % months + begins)


def moved(per: Per, start: dt.date, by: int) -> dt.date:
    """The first day of the period so many later."""
    if per in {"day", "week"}:
        return start + dt.timedelta(days=by * (7 if per == "week" else 1))
    return _first_of(start.year * 12 + start.month - 1 + by * _MONTHS[per])


def last_day(per: Per, start: dt.date) -> dt.date:
    """The last day of the period that begins so."""
    return moved(per, start, 1) - dt.timedelta(days=1)


def in_a_year(per: Per) -> int:
    """How many periods make a year."""
    return {"day": 365, "week": 52}.get(per) or 12 // _MONTHS[per]


def between(per: Per, first: dt.date, last: dt.date) -> list[dt.date]:
    """All periods from the first to the last; none where there are more than can be shown."""
    found: list[dt.date] = []
    here = first
    while here <= last:
        if len(found) >= MOST_PERIODS:
            return []
        found.append(here)
        here = moved(per, here, 1)
    return found


def _first_of(number: int) -> dt.date:
    return dt.date(number // 12, number % 12 + 1, 1)

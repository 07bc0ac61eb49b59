"""Automations that are started at moments of records: which moments have come since they were last asked for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from app.automation.lengths import later
from app.automation.moments import Round, Shift
from app.automation.runs import done_before
from app.definition.grammars import Duration, parse_duration
from app.expression.working_time import WorkingTime
from app.frozen import dataclass
from app.orm.store import Store

LONGEST_BACK = dt.timedelta(days=7)  # what came before is passed over: nobody wants to be reminded of it
_A_MINUTE = dt.timedelta(minutes=1)
_A_DAY = dt.timedelta(days=1)
_WITHIN_A_DAY = ("minutes", "hours")
Stretch = tuple[dt.datetime | None, dt.datetime | None]
"""After the one and not after the other; None: without an end."""


@dataclass(frozen=True)
class Window:
    """The moments that are asked for: after the one and not after the other."""

    after: dt.datetime
    until: dt.datetime

    def holds(self, moment: dt.datetime) -> bool:
        """Whether a moment is one of them."""
        return self.after < moment <= self.until


def window_of(store: Store, job: str, due: dt.datetime) -> Window:
    """From the last moment for which the job was done to the one for which it is due."""
    asked = done_before(store, job, due) or due - _A_MINUTE
    return Window(max(asked, due - LONGEST_BACK), due)


def may_fall(column: Any, window: Window, round_: Round, time: WorkingTime, *, of_days: bool) -> Any:
    """The condition that a record's moment may be one that starts something in the window: a stretch of days where it lies
    days or more away, or where the column holds days. `moment_of` says whether it does.
    """
    stretches = [_stretch(window, sign, duration, time) for sign, duration in round_.exact]
    between = _days_between if of_days else _between
    return sa.or_(sa.false(), *(between(column, each, time) for each in stretches if each is not None))


def _between(column: Any, stretch: Stretch, _time: WorkingTime) -> Any:
    start, end = stretch
    return sa.and_(sa.true() if start is None else column > start, sa.true() if end is None else column <= end)


def _days_between(column: Any, stretch: Stretch, time: WorkingTime) -> Any:
    start, end = (None if each is None else each.astimezone(time.zone).date() for each in stretch)
    return sa.and_(sa.true() if start is None else column >= start, sa.true() if end is None else column <= end)


def _stretch(window: Window, sign: int, duration: Duration | None, time: WorkingTime) -> Stretch | None:
    length = parse_duration(duration) if duration is not None else None
    if length is None:
        return window.after, window.until
    if length.unit in _WITHIN_A_DAY:
        span = dt.timedelta(**{length.unit: length.count})
        if length.working:
            return _worked(window, sign, span, time)
        return window.after - sign * span, window.until - sign * span
    shift = Shift(0, sign, length)
    days = sorted({each for day in _days(window, time) for each in shift.dates(day, time)})
    return (_start(days[0], time) - _A_DAY, _start(days[-1], time) + 2 * _A_DAY) if days else None


def _worked(window: Window, sign: int, span: dt.timedelta, time: WorkingTime) -> Stretch:
    """From what so much working time leads into the window, and from nothing outside of it but what free time keeps near: the
    more is worked between two moments the farther they lie apart.
    """
    if sign > 0:
        start = time.take_time(window.after, span)
        return None if start is None else start - _A_MINUTE, window.until
    return window.after, time.add_time(window.until, span + _A_MINUTE)  # a minute more: past the free time behind it


def _days(window: Window, time: WorkingTime) -> Iterator[dt.date]:
    day, last = window.after.astimezone(time.zone).date(), window.until.astimezone(time.zone).date()
    while day <= last:
        yield day
        day += _A_DAY


def _start(day: dt.date, time: WorkingTime, at: dt.time = dt.time()) -> dt.datetime:
    return dt.datetime.combine(day, at, time.zone).astimezone(dt.UTC)


def moment_of(
    held: dt.datetime | dt.date, created: dt.datetime, window: Window, round_: Round, time: WorkingTime
) -> dt.datetime | None:
    """The last moment in the window that follows from what a record holds; what was past when it was made counts for nothing.
    A day counts from its time in `round_`.
    """
    if not isinstance(held, dt.datetime):
        held = _start(held, time, round_.day_starts)
    found = (held if duration is None else later(time, held, duration, sign) for sign, duration in round_.exact)
    return max((each for each in found if each is not None and window.holds(each) and each >= created), default=None)

"""Automations that are started at moments of records: which moments have come since they were last asked for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.automation.lengths import later
from app.automation.moments import Shift
from app.automation.runs import done_before
from app.definition.grammars import Duration, parse_duration
from app.expression.working_time import WorkingTime
from app.orm.store import Store

LONGEST_BACK = dt.timedelta(days=7)  # what came before is passed over: nobody wants to be reminded of it
_A_MINUTE = dt.timedelta(minutes=1)
_A_DAY = dt.timedelta(days=1)
_WITHIN_A_DAY = ("minutes", "hours")


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


def may_fall(column: Any, window: Window, exact: tuple[tuple[int, Duration | None], ...], time: WorkingTime) -> Any:
    """The condition that a record's moment may be one that starts something in the window: a stretch of days where it lies
    days or more away. `moment_of` says whether it does.
    """
    stretches = (_stretch(window, sign, duration, time) for sign, duration in exact)
    return sa.or_(sa.false(), *(sa.and_(column > each[0], column <= each[1]) for each in stretches if each is not None))


def _stretch(
    window: Window, sign: int, duration: Duration | None, time: WorkingTime
) -> tuple[dt.datetime, dt.datetime] | None:
    length = parse_duration(duration) if duration is not None else None
    if length is None:
        return window.after, window.until
    if length.unit in _WITHIN_A_DAY:
        span = sign * dt.timedelta(**{length.unit: length.count})
        return window.after - span, window.until - span
    shift = Shift(0, sign, length)
    days = sorted({each for day in _days(window, time) for each in shift.dates(day, time)})
    return (_start(days[0], time) - _A_DAY, _start(days[-1], time) + 2 * _A_DAY) if days else None


def _days(window: Window, time: WorkingTime) -> Iterator[dt.date]:
    day, last = window.after.astimezone(time.zone).date(), window.until.astimezone(time.zone).date()
    while day <= last:
        yield day
        day += _A_DAY


def _start(day: dt.date, time: WorkingTime) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), time.zone).astimezone(dt.UTC)


def moment_of(
    held: dt.datetime,
    created: dt.datetime,
    window: Window,
    exact: tuple[tuple[int, Duration | None], ...],
    time: WorkingTime,
) -> dt.datetime | None:
    """The last moment in the window that follows from what a record holds; what was past when it was made counts for nothing."""
    found = (held if duration is None else later(time, held, duration, sign) for sign, duration in exact)
    return max((each for each in found if each is not None and window.holds(each) and each >= created), default=None)

"""When automations of the clock are due, and which days of a record's date are meant then. Pure.

A date's moments fall at fixed times of the day: each time is a job of its own, and its run for a day asks which dates lie so
far before or after that day. What was past when a record came is never asked for again. Without `at` a field that holds
moments counts to the minute, and so do working hours before or after a day: one job asks each minute what has come since it
asked before.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator

from app.automation.due import MIDNIGHT, Often, Rhythm, due_between
from app.definition import Catalog
from app.definition.automation import Automation
from app.definition.grammars import Duration, Length, Period, TimeOfDay, parse_duration
from app.definition.schedule import Schedule, Trigger
from app.definition.waiting import is_exact, why_it_waits
from app.expression.implementations import add_months
from app.expression.working_time import WorkingTime
from app.frozen import dataclass

_MINUTES = {"minutes": 1, "hours": 60}
_DAYS = {"days": 1, "weeks": 7}
_MONTHS = {"months": 1, "years": 12}
_A_DAY = 24 * 60
EACH_MINUTE = Often(1)
_NEAR = 16  # days on either side of what is likely: months have ends, and holidays are shorter
_LONGEST = {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}


@dataclass(frozen=True)
class Shift:
    """How far the moment lies from the date: so many days first, then a length of days or more (`sign` -1: before it)."""

    days: int = 0
    sign: int = 1
    length: Length | None = None

    def moved(self, day: dt.date, time: WorkingTime) -> dt.date | None:
        """The day on which a date's moment falls. None where the calendar ends."""
        try:
            day += dt.timedelta(days=self.days)
            if self.length is None:
                return day
            count = self.sign * self.length.count
            if self.length.working:
                return time.add_days(day, count)
            if self.length.unit in _MONTHS:
                found: dt.date | None = add_months(day, count * _MONTHS[self.length.unit], time.zone)
                return found
            return day + dt.timedelta(days=count * _DAYS[self.length.unit])
        except OverflowError:
            return None

    def dates(self, day: dt.date, time: WorkingTime) -> set[dt.date]:
        """The dates whose moment falls on that day: several before a month's end, or around holidays."""
        back = Shift(0, -self.sign, self.length)
        likely = back.moved(day, time)
        if likely is None:
            return set()
        near = (_plus(likely, each - self.days) for each in range(-_NEAR, _NEAR + 1))
        return {each for each in near if each is not None and self.moved(each, time) == day}


@dataclass(frozen=True)
class Round:
    """When an automation is due again and again; of a date the shifts that belong to that time of the day, of a moment what
    lies between it and what it starts (`exact`: -1 before or 1 after, and how long; a day begins at `day_starts`).
    """

    schedule: Rhythm
    shifts: tuple[Shift, ...] = ()
    exact: tuple[tuple[int, Duration | None], ...] = ()
    day_starts: dt.time = dt.time()

    def moment(self, zone: dt.tzinfo, now: dt.datetime) -> dt.datetime | None:
        """The last due moment that is not after this one; a run that was asked for by hand belongs to it."""
        if isinstance(self.schedule, Often):
            return now
        count, _, unit = self.schedule.every.rpartition(" ")
        longest = dt.timedelta(days=int(count or 1) * _LONGEST[unit.removesuffix("s")] + 2)
        found = due_between(self.schedule, zone, now - longest, now)
        return found[-1] if found else None


def rounds_of(catalog: Catalog, automation: Automation) -> dict[str, Round]:
    """The jobs of an automation by name. None for one that waits for its engine, or that something else starts."""
    if why_it_waits(catalog, automation) is not None:
        return {}
    trigger = automation.trigger
    name = f"automation.{automation.key}"
    if trigger.every is not None:
        return {name: Round(Schedule(every=trigger.every, day=trigger.day, at=trigger.at))}
    if trigger.date is None:
        return {}
    if is_exact(catalog, automation):
        starts = dt.time.fromisoformat(trigger.at or MIDNIGHT)
        return {name: Round(EACH_MINUTE, exact=tuple(_durations(trigger)), day_starts=starts)}
    times: dict[str, list[Shift]] = defaultdict(list)
    for time, shift in _shifts(trigger):
        times[time].append(shift)
    names = {time: name if len(times) == 1 else f"{name}.{time.replace(':', '')}" for time in times}
    return {
        names[time]: Round(Schedule(every=Period("day"), at=TimeOfDay(time)), tuple(shifts))
        for time, shifts in sorted(times.items())
    }


def _shifts(trigger: Trigger) -> Iterator[tuple[str, Shift]]:
    start = _minutes(trigger.at or MIDNIGHT)
    for sign, duration in _durations(trigger):
        length = parse_duration(duration) if duration is not None else None
        if length is None or length.unit not in _MINUTES:
            yield _clock(start), Shift(0, sign, length)
        else:
            days, rest = divmod(start + sign * length.count * _MINUTES[length.unit], _A_DAY)
            yield _clock(rest), Shift(days)


def _durations(trigger: Trigger) -> Iterable[tuple[int, Duration | None]]:
    found: list[tuple[int, Duration | None]] = [(-1, each) for each in trigger.before]
    found += [(1, each) for each in trigger.after]
    return found or [(1, None)]


def _minutes(time: str) -> int:
    hours, minutes = map(int, time.split(":"))
    return hours * 60 + minutes


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _plus(day: dt.date, count: int) -> dt.date | None:
    try:
        return day + dt.timedelta(days=count)
    except OverflowError:
        return None

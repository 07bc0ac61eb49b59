"""Working hours and working days of a company's calendar: its week, the holidays of its country, its own exceptions."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator, Mapping
from dataclasses import field
from functools import cached_property, lru_cache
from types import MappingProxyType
from zoneinfo import ZoneInfo

from app.definition import Catalog
from app.definition.calendar import Calendar
from app.definition.grammars import WEEKDAYS
from app.definition.memory import remembered
from app.frozen import dataclass

Span = tuple[int, int]
"""Minutes since midnight: from, to."""
DAY = dt.timedelta(days=1)
KINDS = ("workday", "holiday")
FIRST_YEAR, LAST_YEAR = 1990, 2100  # outside of these a country's holidays are not known: the week alone counts
MOST_DAYS = 20_000  # that a sum of working days or hours may pass over
USUAL_WEEK = (((9 * 60, 18 * 60),),) * 5 + ((), ())


@dataclass(frozen=True)
class WorkingTime:
    """A calendar, worked out. `week` has seven days, Monday first, each with its hours; none on a free day.

    `extra` are the company's own exceptions: whether one works on that day. A day on which one works although its weekday
    is free has the hours of the first weekday that has some.
    """

    zone: dt.tzinfo
    week: tuple[tuple[Span, ...], ...] = USUAL_WEEK
    country: str | None = None
    extra: Mapping[dt.date, bool] = field(default_factory=dict)

    def is_workday(self, day: dt.date) -> bool:
        """Whether one works on that day."""
        exception = self._exceptions(day.year).get(day)
        return bool(self.week[day.weekday()]) if exception is None else exception

    def hours_of(self, day: dt.date) -> tuple[Span, ...]:
        """The hours of a day, none when it is free."""
        return (self.week[day.weekday()] or self._usual_hours) if self.is_workday(day) else ()

    def days_between(self, start: dt.date, end: dt.date) -> int:
        """How many working days come after `start` until `end`, which counts; negative when `end` is the earlier one."""
        if end < start:
            return -self.days_between(end, start)
        weeks, rest = divmod((end - start).days, 7)
        total = weeks * sum(bool(hours) for hours in self.week)
        total += sum(bool(self.week[(start.weekday() + 1 + each) % 7]) for each in range(rest))
        for year in range(max(start.year, self._first_year), min(end.year, self._last_year) + 1):
            for day, works in self._exceptions(year).items():
                if start < day <= end:
                    total += works - bool(self.week[day.weekday()])
        return total

    def add_days(self, day: dt.date, count: int) -> dt.date | None:
        """The working day that comes so many working days later; earlier with a negative count. None where none comes."""
        step = DAY if count >= 0 else -DAY
        for _ in range(MOST_DAYS):
            if not count:
                return day
            try:
                day += step
            except OverflowError:
                return None
            if self.is_workday(day):
                count -= 1 if step is DAY else -1
        return None

    def add_time(self, moment: dt.datetime, length: dt.timedelta) -> dt.datetime | None:
        """The moment at which so much working time has passed. None where there is not so much."""
        for start, end in self._spans_from(moment):
            begin = max(start, moment)
            if begin + length <= end:
                return (begin + length).astimezone(moment.tzinfo)
            length -= max(end - begin, dt.timedelta())
        return None

    def take_time(self, moment: dt.datetime, length: dt.timedelta) -> dt.datetime | None:
        """The moment from which on so much working time passes until this one. None where there is not so much."""
        for start, end in self._spans_before(moment):
            last = min(end, moment)
            if last - length >= start:
                return (last - length).astimezone(moment.tzinfo)
            length -= max(last - start, dt.timedelta())
        return None

    def time_between(self, start: dt.datetime, end: dt.datetime) -> dt.timedelta:
        """How much working time lies between two moments; negative when `end` is the earlier one."""
        if end < start:
            return -self.time_between(end, start)
        total = dt.timedelta()
        for first, last in self._spans_from(start):
            if first >= end:
                break
            total += max(min(last, end) - max(first, start), dt.timedelta())
        return total

    def _spans_from(self, moment: dt.datetime) -> Iterator[tuple[dt.datetime, dt.datetime]]:
        """The stretches of working time from the day of a moment on, as moments in UTC."""
        day = moment.astimezone(self.zone).date()
        for _ in range(MOST_DAYS):
            for start, end in self.hours_of(day):
                yield self._moment(day, start), self._moment(day, end)
            if day == dt.date.max:
                return
            day += DAY

    def _spans_before(self, moment: dt.datetime) -> Iterator[tuple[dt.datetime, dt.datetime]]:
        """The stretches of working time from the day of a moment back."""
        day = moment.astimezone(self.zone).date()
        for _ in range(MOST_DAYS):
            for start, end in reversed(self.hours_of(day)):
                yield self._moment(day, start), self._moment(day, end)
            if day == dt.date.min:
                return
            day -= DAY

    def _moment(self, day: dt.date, minutes: int) -> dt.datetime:
        # The clock on the wall: an hour that daylight saving takes away or adds is not worked twice.
        days, minutes = divmod(minutes, 24 * 60)
        local = dt.datetime.combine(day + days * DAY, dt.time(*divmod(minutes, 60)), self.zone)
        return local.astimezone(dt.UTC)

    @cached_property
    def _usual_hours(self) -> tuple[Span, ...]:
        return next((hours for hours in self.week if hours), ())

    @property
    def _first_year(self) -> int:
        return min((FIRST_YEAR, *(day.year for day in self.extra)))

    @property
    def _last_year(self) -> int:
        return max((LAST_YEAR, *(day.year for day in self.extra)))

    def _exceptions(self, year: int) -> Mapping[dt.date, bool]:
        """The days of a year that differ from their weekday, each with whether one works."""
        known = self._years.get(year)
        if known is None:
            own = {day: works for day, works in self.extra.items() if day.year == year}
            known = self._years[year] = {**exceptions_of(self.country, year), **own}
        return known

    @cached_property
    def _years(self) -> dict[int, Mapping[dt.date, bool]]:
        return {}


@lru_cache(maxsize=500)
def exceptions_of(country: str | None, year: int) -> Mapping[dt.date, bool]:
    """The holidays of a country in a year (False), and the days on which one works for them (True).

    From the package `holidays`, which knows the make-up days that China's State Council announces each autumn; until
    then a pack's own file says them. None for a country or a year that it does not know.
    """
    if country is None or not FIRST_YEAR <= year <= LAST_YEAR:
        return {}
    import holidays

    if country not in holidays.list_supported_countries():
        return {}
    found = holidays.country_holidays(country, years=year)
    working = {day for day in found.weekend_workdays if day.year == year}
    return MappingProxyType({**dict.fromkeys(found, False), **dict.fromkeys(working, True)})


def is_known_country(country: str) -> bool:
    """Whether the holidays of a country are known."""
    import holidays

    return country in holidays.list_supported_countries()


@dataclass(frozen=True)
class WrongDay:
    """A line of a file of days that can't be read. `line` counts from 1."""

    line: int
    message: str


def read_days(content: str) -> tuple[dict[dt.date, bool], list[WrongDay]]:
    """The exceptions in a CSV file of lines `date,name,workday|holiday`, and the lines that are none. A line that begins
    with the word `date` is a heading; empty ones are passed over.
    """
    days: dict[dt.date, bool] = {}
    wrong: list[WrongDay] = []
    reader = csv.reader(io.StringIO(content.removeprefix("\ufeff")))
    for raw in reader:
        cells = [each.strip() for each in raw]
        if not any(cells) or cells[0].casefold() == "date":
            continue
        try:
            day = dt.date.fromisoformat(cells[0])
        except ValueError:
            wrong.append(WrongDay(reader.line_num, f"'{cells[0][:40]}' is no date; write it as 2026-10-01"))
            continue
        kind = cells[-1].casefold() if len(cells) > 1 else "holiday"
        if kind not in KINDS:
            wrong.append(WrongDay(reader.line_num, f"'{cells[-1][:40]}' is neither workday nor holiday"))
        elif day in days:
            wrong.append(WrongDay(reader.line_num, f"{day} stands twice"))
        else:
            days[day] = kind == "workday"
    return days, wrong


def working_time_of(calendar: Calendar, zone: dt.tzinfo) -> WorkingTime:
    """A calendar of the pack, worked out. Lines of its file that can't be read are left out: the pack's check tells them."""
    week = tuple(tuple(minutes_of(hours) for hours in calendar.week.get(day, ())) for day in WEEKDAYS)
    extra = calendar.holidays.extra
    days = read_days(extra.content)[0] if extra is not None else {}
    return WorkingTime(zone, week, calendar.holidays.country, MappingProxyType(days))


def company_time(catalog: Catalog, key: str | None = None) -> WorkingTime:
    """The calendar of that key, the first of the pack without one; Monday to Friday from nine to six where it has none.
    Remembered per catalog. Raises KeyError for an unknown key.
    """
    return remembered(catalog, ("working time", key), lambda: _company_time(catalog, key))


def _company_time(catalog: Catalog, key: str | None) -> WorkingTime:
    zone = ZoneInfo(catalog.pack.time_zone)
    calendars = catalog.pack.calendars
    if key is None and not calendars:
        return WorkingTime(zone)
    return working_time_of(calendars[key] if key is not None else next(iter(calendars.values())), zone)


def minutes_of(hours: str) -> Span:
    """The hours `09:00-17:30` in minutes since midnight."""
    start, end = (part.split(":") for part in hours.split("-"))
    return int(start[0]) * 60 + int(start[1]), int(end[0]) * 60 + int(end[1])

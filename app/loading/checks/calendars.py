"""Calendars: hours that follow on each other, a country whose holidays are known, days that can be read."""

from __future__ import annotations

from collections.abc import Iterator

from app.definition.calendar import Calendar
from app.diagnostics import Diagnostic, diagnostic
from app.expression.working_time import is_known_country, minutes_of, read_days
from app.loading.checks.subject import Subject


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every calendar of pack.yaml."""
    for key, calendar in subject.catalog.pack.calendars.items():
        path = ("pack", "calendars", key)
        if subject.has(*path) and not subject.is_unknown(*path):
            yield from _week(subject, calendar, path)
            yield from _holidays(subject, calendar, path)


def _week(subject: Subject, calendar: Calendar, path: tuple[str, ...]) -> Iterator[Diagnostic]:
    if not any(calendar.week.values()) and not subject.is_unknown(*path, "week"):
        message = f"the calendar '{calendar.key}' has no working hours"
        hint = 'write for example week: {monday: ["09:00-18:00"]}'
        yield diagnostic("CFG481", message, subject.head(*path), path=path, hint=hint)
    for day, hours in calendar.week.items():
        end = -1
        for number, each in enumerate(hours):
            where = (*path, "week", day, str(number))
            start, last = minutes_of(each)
            if last <= start:
                message = f"'{each}' ends before it begins"
                hint = "hours that go past midnight are two: 22:00-24:00 and, on the next day, 00:00-06:00"
                yield diagnostic("CFG481", message, subject.place(*where), path=where, hint=hint)
            elif start < end:
                message = f"'{each}' begins before the hours in front of it end"
                yield diagnostic("CFG481", message, subject.place(*where), path=where)
            end = max(end, last)


def _holidays(subject: Subject, calendar: Calendar, path: tuple[str, ...]) -> Iterator[Diagnostic]:
    country, extra = calendar.holidays.country, calendar.holidays.extra
    if country is not None and not is_known_country(country):
        where = (*path, "holidays", "country")
        message = f"the holidays of '{country}' are not known"
        hint = "write an ISO 3166 code such as CN, or the days themselves in a file under `extra`"
        yield diagnostic("CFG481", message, subject.place(*where), path=where, hint=hint)
    if extra is not None:
        where = (*path, "holidays", "extra", "file")
        for wrong in read_days(extra.content)[1]:
            message = f"line {wrong.line} of {extra.file}: {wrong.message}"
            yield diagnostic("CFG481", message, subject.place(*where), path=where, hint="date,name,workday or holiday")

"""Words of calendars: hours, days and the time that is shown."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

from babel.dates import get_day_names, get_month_names

from app.web.pages.calendar_days import DAY, Per
from app.web.pages.formats import Formats


def clock_said(minutes: int) -> str:
    """Minutes since midnight as an hour of the clock."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


@lru_cache(maxsize=8)
def weekdays(language: str) -> tuple[str, ...]:
    """Their short names, Monday first."""
    names = get_day_names("abbreviated", locale=language)
    return tuple(str(names[number]) for number in range(7))


@lru_cache(maxsize=8)
def _months(language: str) -> tuple[str, ...]:
    names = get_month_names("wide", locale=language)
    return tuple(str(names[number]) for number in range(1, 13))


def day_said(formats: Formats, day: dt.date) -> str:
    """A day with its weekday: `Mon 23 Nov`, `11月23日周一`."""
    if formats.language == "zh":
        return f"{day.month}月{day.day}日{weekdays('zh')[day.weekday()]}"
    return f"{weekdays(formats.language)[day.weekday()]} {day.day} {formats.months[day.month - 1]}"


def time_said(formats: Formats, on: dt.date, per: Per, first: dt.date) -> str:
    """The time that is shown, in words."""
    zh = formats.language == "zh"
    if per == "month":
        return f"{on.year}年{on.month}月" if zh else f"{_months(formats.language)[on.month - 1]} {on.year}"
    if per == "day":
        return f"{on.year}年{day_said(formats, on)}" if zh else f"{day_said(formats, on)} {on.year}"
    last = first + 6 * DAY
    if zh:
        end = f"{last.day}日" if last.month == first.month else f"{last.month}月{last.day}日"
        end = end if last.year == first.year else f"{last.year}年{last.month}月{last.day}日"
        return f"{first.year}年{first.month}月{first.day}日–{end}"
    begin = f"{first.day}" if last.month == first.month else f"{first.day} {formats.months[first.month - 1]}"
    begin = begin if last.year == first.year else f"{begin} {first.year}"
    return f"{begin} – {last.day} {formats.months[last.month - 1]} {last.year}"

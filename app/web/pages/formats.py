"""How numbers, amounts and moments are written in a language: built once for each, then plain string work.

Babel is asked for symbols and patterns when a `Formats` is made; formatting a value then costs about a microsecond.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.dates import get_month_names

from app.definition.written import split_seconds
from app.frozen import dataclass
from app.insight.amounts import MINUS, mark_of, write_amount, write_money_in

NEAR = {
    "en": {-1: "Yesterday", 0: "Today", 1: "Tomorrow"},
    "zh": {-1: "昨天", 0: "今天", 1: "明天"},
}
"""What days are called, by how far they are from today."""


@dataclass(frozen=True)
class Formats:
    """The writing habits of one person: language, time zone and the company's currency."""

    language: str
    zone: ZoneInfo
    symbol: str
    digits: int
    months: tuple[str, ...]

    def money(self, value: Decimal) -> str:
        """An amount with the currency's mark; its fraction only where there is one."""
        return write_amount(value, self.symbol, self.digits)

    def money_in(self, currency: str, value: Decimal) -> str:
        """An amount in another currency than the company's, by its code: marks such as $ or ¥ stand for several."""
        return write_money_in(currency, value)

    def number(self, value: Decimal | int, decimals: int = 0) -> str:
        """A number with grouped thousands; at most `decimals` digits after the point, without trailing zeros."""
        if isinstance(value, int):
            text = f"{abs(value):,}"
        else:
            text = f"{abs(value):,.{decimals}f}"
            if decimals:
                text = text.rstrip("0").rstrip(".")
        return f"{MINUS}{text}" if value < 0 else text

    def size(self, count: int) -> str:
        """A number of bytes: `120 KB`, `1.4 MB`."""
        if count < 1_000_000:
            return f"{max(1, round(count / 1_000))} KB"
        return f"{self.number(Decimal(count) / 1_000_000, 1)} MB"

    def percent(self, value: Decimal, decimals: int = 2) -> str:
        return f"{self.number(value, decimals)}%"

    def day(self, value: dt.date, today: dt.date) -> str:
        """A calendar day as short as it can be said: without the year where it is this year's."""
        month = self.months[value.month - 1]
        if self.language == "zh":
            short = f"{value.month}月{value.day}日"
            return short if value.year == today.year else f"{value.year}年{short}"
        short = f"{value.day} {month}"
        return short if value.year == today.year else f"{short} {value.year}"

    def near_day(self, value: dt.date, today: dt.date) -> str:
        """As a value that stands by itself: the days around today by their names, others as `day` says them."""
        word = NEAR["zh" if self.language == "zh" else "en"].get((value - today).days)
        return word or self.day(value, today)

    def duration(self, value: dt.timedelta) -> str:
        """Hours, minutes and seconds as far as there are any; a form reads it back as the same."""
        whole = value // dt.timedelta(seconds=1)
        units = ("小时", "分", "秒") if self.language == "zh" else ("h", "min", "s")
        amounts = zip(split_seconds(abs(whole)), units, strict=True)
        text = " ".join(f"{amount} {unit}" for amount, unit in amounts if amount)
        return (f"{MINUS}{text}" if whole < 0 else text) or f"0 {units[1]}"

    def local(self, moment: dt.datetime) -> dt.datetime:
        """The moment on the clock of this person."""
        return moment.astimezone(self.zone)

    def moment(self, value: dt.datetime, now: dt.datetime) -> str:
        """A moment as short as it can be said: today's as a time, others as a day and time."""
        here, today = self.local(value), self.local(now).date()
        clock = f"{here.hour:02}:{here.minute:02}"
        if here.date() == today:
            return clock
        day = self.day(here.date(), today)
        return day if here.year != today.year else f"{day} {clock}"

    def near_moment(self, value: dt.datetime, now: dt.datetime) -> str:
        """As a value that stands by itself: beside others, a time alone would not say of which day it is."""
        here, today = self.local(value), self.local(now).date()
        if abs((here.date() - today).days) > 1:
            return self.moment(value, now)
        return f"{self.near_day(here.date(), today)} {here.hour:02}:{here.minute:02}"

    def exact(self, value: dt.datetime) -> str:
        """The moment in full, to the minute."""
        return self.local(value).strftime("%Y-%m-%d %H:%M")


@lru_cache(maxsize=256)
def formats_for(language: str, time_zone: str, currency: str) -> Formats:
    """The formats of a person. A time zone that this machine does not know counts as UTC."""
    try:
        zone = ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        zone = ZoneInfo("UTC")
    names = get_month_names("abbreviated", locale=language)
    symbol, digits = mark_of(currency)
    return Formats(
        language=language,
        zone=zone,
        symbol=symbol,
        digits=digits,
        months=tuple(str(names[month]) for month in range(1, 13)),
    )

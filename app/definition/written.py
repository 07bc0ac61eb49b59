"""Times of day, durations and colours: how people and programs write them, and their one canonical form."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

LONGEST_WRITTEN = 100  # characters
_ASCII = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x2212: 0x2D, 0x3000: 0x20}  # full-width forms

_TIME = re.compile(r"(\d{1,2}):(\d\d)(?::(\d\d)(?:\.0{1,6})?)?\s*(am|pm)?", re.ASCII | re.IGNORECASE)


def read_time(text: str) -> dt.time:
    """A time of day from `9:30`, `09:30:15` or `9:30 pm`. Raises ValueError."""
    match = _TIME.fullmatch(_folded(text))
    if match is None:
        raise ValueError(text)
    hour, half = int(match[1]), (match[4] or "").lower()
    if half:
        if not 1 <= hour <= 12:
            raise ValueError(text)
        hour = hour % 12 + (12 if half == "pm" else 0)
    return dt.time(hour, int(match[2]), int(match[3] or 0))


def write_time(value: dt.time) -> str:
    """`09:30`; with seconds, where there are any, `09:30:15`."""
    return value.strftime("%H:%M:%S" if value.second else "%H:%M")


_AMOUNT = r"(\d{1,9}(?:\.\d{1,9})?)"
_ISO = re.compile(
    rf"P(?=[\dT])(?:{_AMOUNT}W)?(?:{_AMOUNT}D)?(?:T(?=\d)(?:{_AMOUNT}H)?(?:{_AMOUNT}M)?(?:{_AMOUNT}S)?)?",
    re.ASCII | re.IGNORECASE,
)
_CLOCK = re.compile(r"(\d{1,9}):([0-5]\d)(?::([0-5]\d))?", re.ASCII)
_SECONDS: Mapping[str, int] = MappingProxyType(
    {
        **dict.fromkeys(("w", "week", "weeks", "周"), 604_800),
        **dict.fromkeys(("d", "day", "days", "天", "日"), 86_400),
        **dict.fromkeys(("h", "hr", "hrs", "hour", "hours", "小时", "个小时", "时"), 3_600),
        **dict.fromkeys(("m", "min", "mins", "minute", "minutes", "分", "分钟"), 60),
        **dict.fromkeys(("s", "sec", "secs", "second", "seconds", "秒", "秒钟"), 1),
    }
)
_WORD = re.compile(rf"{_AMOUNT}\s*([a-z]+|[\u4e00-\u9fff]+)\s*", re.ASCII)


def read_duration(text: str) -> dt.timedelta:
    """A length of time from `PT2H30M`, `2:30` (hours and minutes), `2 h 30 min` or `2小时30分`; `0` needs no unit.

    A day has 24 hours; months and years have no fixed length and are none. Raises ValueError for anything else, also for
    a part of a second, and OverflowError for what no timedelta holds.
    """
    plain = _folded(text)
    sign = -1 if plain.startswith("-") else 1
    seconds = _seconds_of(plain.removeprefix("-").strip().lower())
    if seconds is None or seconds != int(seconds):
        raise ValueError(text)
    return dt.timedelta(seconds=sign * int(seconds))


def _seconds_of(text: str) -> Decimal | None:
    if text == "0":
        return Decimal()
    if match := _ISO.fullmatch(text):
        sizes = (604_800, 86_400, 3_600, 60, 1)
        return sum((Decimal(part) * size for part, size in zip(match.groups(), sizes, strict=True) if part), Decimal())
    if match := _CLOCK.fullmatch(text):
        return Decimal(int(match[1]) * 3_600 + int(match[2]) * 60 + int(match[3] or 0))
    total, end = Decimal(), 0
    for match in _WORD.finditer(text):
        if match.start() != end or match[2] not in _SECONDS:
            return None
        total, end = total + Decimal(match[1]) * _SECONDS[match[2]], match.end()
    return total if text and end == len(text) else None


def write_duration(value: dt.timedelta) -> str:
    """ISO 8601 in hours, minutes and seconds: `PT2H30M`, `PT0S`, `-PT26H`."""
    whole = value // dt.timedelta(seconds=1)
    hours, minutes, seconds = split_seconds(abs(whole))
    parts = "".join(f"{amount}{unit}" for amount, unit in ((hours, "H"), (minutes, "M"), (seconds, "S")) if amount)
    return f"{'-' if whole < 0 else ''}PT{parts or '0S'}"


def split_seconds(seconds: int) -> tuple[int, int, int]:
    """Hours, minutes and seconds."""
    return seconds // 3_600, seconds // 60 % 60, seconds % 60


_COLOR = re.compile(r"#?([0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE | re.ASCII)


def read_color(text: str) -> str:
    """A colour as `#rrggbb` in lower case, from that, from `#rgb` or without the sign. Raises ValueError."""
    match = _COLOR.fullmatch(_folded(text))
    if match is None:
        raise ValueError(text)
    digits = match[1].lower()
    return "#" + (digits if len(digits) == 6 else "".join(2 * each for each in digits))


def _folded(text: str) -> str:
    if len(text) > LONGEST_WRITTEN:
        raise ValueError(text[:LONGEST_WRITTEN])
    return text.translate(_ASCII).strip()

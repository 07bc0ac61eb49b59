"""Durations as a pack writes them: `15 minutes`, `8 hours`."""

from __future__ import annotations

import datetime as dt

_SECONDS = {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400, "week": 604_800}


def parse_duration(text: str) -> dt.timedelta:
    """The duration of a text such as `15 minutes` or `1 day`. Raises ValueError."""
    number, _space, unit = text.strip().partition(" ")
    seconds = _SECONDS.get(unit.strip().lower().removesuffix("s"))
    if seconds is None or not number.isdigit():
        raise ValueError(f"not a duration: {text!r} (say `15 minutes`, `8 hours` or `2 days`)")
    return dt.timedelta(seconds=int(number) * seconds)

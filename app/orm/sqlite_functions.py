"""What SQLite does not know of texts and calendars, as functions of the normative engine, so that they can't drift apart.

Days come and go as ISO 8601 text, moments as milliseconds since 1970: as the columns hold them.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from app.expression.implementations import PLAIN, ZONED
from app.orm.types import EPOCH

_MILLISECOND = dt.timedelta(milliseconds=1)
_OF_TEXTS = ("lower", "upper", "trim")
_OF_DAYS = ("year", "month", "day", "weekday", "start_of_month", "end_of_month", "start_of_week", "start_of_year")


def register(connection: Any) -> None:
    """Makes the functions known to a connection of the driver."""
    for (name, count), function in FUNCTIONS.items():
        connection.create_function(name, count, function, deterministic=True)


def _given(value: Any) -> Any:
    if isinstance(value, str):
        return dt.date.fromisoformat(value)
    return None if value is None else EPOCH + dt.timedelta(milliseconds=value)


def _gone(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return (value - EPOCH) // _MILLISECOND
    return value.isoformat() if isinstance(value, dt.date) else value


@lru_cache(maxsize=64)
def _zone(name: str) -> dt.tzinfo:
    return zoneinfo.ZoneInfo(name)


def _of_day(name: str) -> Callable[[Any], Any]:
    function = PLAIN[name]
    return lambda day: _gone(function(_given(day)))


def _add_days(value: Any, count: int | None) -> Any:
    return _gone(PLAIN["add_days"](_given(value), count))


def _add_hours(value: Any, count: int | None, scale: int) -> Any:
    return _gone(PLAIN["add_hours"](_given(value), None if count is None else Decimal(count).scaleb(-scale)))


def _add_months(value: Any, count: int | None, zone: str) -> Any:
    return _gone(ZONED["add_months"](_given(value), count, _zone(zone)))


def _day_of(value: Any, zone: str) -> Any:
    return _gone(ZONED["date"](_given(value), _zone(zone)))


def _days_between(start: Any, end: Any) -> Any:
    return ZONED["days_between"](_given(start), _given(end), dt.UTC)


FUNCTIONS: Mapping[tuple[str, int], Callable[..., Any]] = {
    **{(f"crm_{name}", 1): PLAIN[name] for name in _OF_TEXTS},
    **{(f"crm_{name}", 1): _of_day(name) for name in _OF_DAYS},
    ("crm_ends_with", 2): lambda text, part: None if text is None or part is None else text.endswith(part),
    ("crm_add_days", 2): _add_days,
    ("crm_add_hours", 3): _add_hours,
    ("crm_add_months", 3): _add_months,
    ("crm_day_of", 2): _day_of,
    ("crm_days_between", 2): _days_between,
}
"""By name and number of arguments."""

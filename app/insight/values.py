"""Values of filters: from the text of a query string to what the column holds, checked."""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from dataclasses import dataclass
from decimal import Decimal

from app.access import Actor
from app.definition import Catalog, Field
from app.insight.query import BadQuery

_WHOLE = re.compile(r"[+-]?\d{1,19}")
_NUMBER = re.compile(r"[+-]?\d{1,18}(?:\.\d{1,12})?")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:\d{2})?")
_LARGEST = 2**63
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
_LONGEST_TEXT = 1_000


@dataclass(frozen=True)
class Day:
    """A day that a field of moments is compared with: from `start` to just before `end`."""

    start: dt.datetime
    end: dt.datetime


def typed_value(catalog: Catalog, actor: Actor, entity: str, field: Field, value: object) -> object:
    """What the column is compared with: str, int, Decimal, bool, date, aware datetime or Day. Raises BadQuery."""
    if field.holds == "option":
        return _option(catalog, entity, field, value)
    if field.holds == "reference":
        if value == "me" and field.target == "user" and actor.user_id is not None:
            return actor.user_id
        return _whole(field, value)
    if field.holds == "datetime":
        return _moment(actor, field, value)
    return {"text": _text, "integer": _whole, "decimal": _decimal, "boolean": _boolean, "date": _date}[field.holds](
        field, value
    )


def _text(field: Field, value: object) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT or "\x00" in value:
        raise BadQuery("value", field.key)
    return value


def _whole(field: Field, value: object) -> int:
    if isinstance(value, bool):
        raise BadQuery("value", field.key)
    if isinstance(value, str) and value.isascii() and _WHOLE.fullmatch(value):
        value = int(value)
    if not isinstance(value, int) or not -_LARGEST <= value < _LARGEST:
        raise BadQuery("value", field.key)
    return value


def _decimal(field: Field, value: object) -> Decimal:
    if isinstance(value, str) and value.isascii() and _NUMBER.fullmatch(value):
        value = Decimal(value)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise BadQuery("value", field.key)
    number = Decimal(value)
    # More decimals than the column has would be rounded, and equal what they are not equal to.
    if not number.is_finite() or abs(number) >= 10 ** (field.field_type.precision - field.decimals):
        raise BadQuery("value", field.key)
    if number != round(number, field.decimals):
        raise BadQuery("value", field.key)
    return number


def _boolean(field: Field, value: object) -> bool:
    found = value if isinstance(value, bool) else _BOOLEANS.get(value) if isinstance(value, str) else None
    if found is None:
        raise BadQuery("value", field.key)
    return found


def _date(field: Field, value: object) -> dt.date:
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    if isinstance(value, str) and value.isascii() and _DAY.fullmatch(value):
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            pass
    raise BadQuery("value", field.key)


def _moment(actor: Actor, field: Field, value: object) -> dt.datetime | Day:
    zone = zoneinfo.ZoneInfo(actor.time_zone)
    try:
        if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
            return _day(value, zone)
        if isinstance(value, str) and value.isascii():
            if _DAY.fullmatch(value):
                return _day(dt.date.fromisoformat(value), zone)
            if _MOMENT.fullmatch(value):
                value = dt.datetime.fromisoformat(value)
        if isinstance(value, dt.datetime):
            # A moment without a zone is one of the person's own clock.
            return (value if value.tzinfo else value.replace(tzinfo=zone)).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        pass
    raise BadQuery("value", field.key)


def _day(day: dt.date, zone: zoneinfo.ZoneInfo) -> Day:
    start = dt.datetime.combine(day, dt.time(), zone)
    end = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), zone)
    return Day(start.astimezone(dt.UTC), end.astimezone(dt.UTC))


def _option(catalog: Catalog, entity: str, field: Field, value: object) -> str:
    if not isinstance(value, str) or value not in catalog.choices(entity, field.key):
        raise BadQuery("value", field.key)
    return value

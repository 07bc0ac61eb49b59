"""Values of filters: from the text of a query string to what the column holds, checked."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
import zoneinfo
from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType

from app.access import Actor
from app.definition import Catalog, Field
from app.definition.written import read_duration, read_time
from app.frozen import dataclass
from app.insight.query import BadQuery
from app.orm.types import AnyId

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
    """What the column is compared with: str, int, Decimal, bool, date, aware datetime, Day or AnyId. Raises BadQuery."""
    return _READERS[field.holds](Asked(catalog, actor, entity, field), value)


@dataclass(frozen=True)
class Asked:
    """Who compares which field."""

    catalog: Catalog
    actor: Actor
    entity: str
    field: Field


def _text(asked: Asked, value: object) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT or "\x00" in value:
        raise BadQuery("value", asked.field.key)
    return value


def _whole(asked: Asked, value: object) -> int:
    if isinstance(value, bool):
        raise BadQuery("value", asked.field.key)
    if isinstance(value, str) and value.isascii() and _WHOLE.fullmatch(value):
        value = int(value)
    if not isinstance(value, int) or not -_LARGEST <= value < _LARGEST:
        raise BadQuery("value", asked.field.key)
    return value


def _any(asked: Asked, value: object) -> AnyId:
    """`account/12`."""
    entity, _, record = value.partition("/") if isinstance(value, str) else ("", "", "")
    if entity not in asked.field.targets:
        raise BadQuery("value", asked.field.key)
    return AnyId(entity, _whole(asked, record))


def _tag(asked: Asked, value: object) -> str:
    return unicodedata.normalize("NFC", _text(asked, value)).strip().casefold()


def _decimal(asked: Asked, value: object) -> Decimal:
    if isinstance(value, str) and value.isascii() and _NUMBER.fullmatch(value):
        value = Decimal(value)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise BadQuery("value", asked.field.key)
    number = Decimal(value)
    # More decimals than the column has would be rounded, and equal what they are not equal to.
    if not number.is_finite() or abs(number) >= 10 ** (asked.field.field_type.precision - asked.field.decimals):
        raise BadQuery("value", asked.field.key)
    if number != round(number, asked.field.decimals):
        raise BadQuery("value", asked.field.key)
    return number


def _boolean(asked: Asked, value: object) -> bool:
    found = value if isinstance(value, bool) else _BOOLEANS.get(value) if isinstance(value, str) else None
    if found is None:
        raise BadQuery("value", asked.field.key)
    return found


def _date(asked: Asked, value: object) -> dt.date:
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    if isinstance(value, str) and value.isascii() and _DAY.fullmatch(value):
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            pass
    raise BadQuery("value", asked.field.key)


def _moment(asked: Asked, value: object) -> dt.datetime | Day:
    zone = zoneinfo.ZoneInfo(asked.actor.time_zone)
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
    raise BadQuery("value", asked.field.key)


def _day(day: dt.date, zone: zoneinfo.ZoneInfo) -> Day:
    start = dt.datetime.combine(day, dt.time(), zone)
    end = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), zone)
    return Day(start.astimezone(dt.UTC), end.astimezone(dt.UTC))


def _option(asked: Asked, value: object) -> str:
    if not isinstance(value, str) or value not in asked.catalog.choices(asked.entity, asked.field.key):
        raise BadQuery("value", asked.field.key)
    return value


def _link(asked: Asked, value: object) -> int | AnyId:
    return _any(asked, value) if asked.field.of_several else _reference(asked, value)


def _reference(asked: Asked, value: object) -> int:
    if value == "me" and asked.field.targets == ("user",) and asked.actor.user_id is not None:
        return asked.actor.user_id
    return _whole(asked, value)


def _time(asked: Asked, value: object) -> dt.time:
    try:
        return value if isinstance(value, dt.time) else read_time(str(value))
    except ValueError as error:
        raise BadQuery("value", asked.field.key) from error


def _duration(asked: Asked, value: object) -> dt.timedelta:
    try:
        return value if isinstance(value, dt.timedelta) else read_duration(str(value))
    except (ValueError, OverflowError) as error:
        raise BadQuery("value", asked.field.key) from error


_READERS: Mapping[str, Callable[[Asked, object], object]] = MappingProxyType(
    {
        "text": _text,
        "integer": _whole,
        "decimal": _decimal,
        "boolean": _boolean,
        "date": _date,
        "datetime": _moment,
        "option": _option,
        "reference": _reference,
        "any": _any,
        "options": _option,
        "references": _link,
        "tags": _tag,
        "time": _time,
        "duration": _duration,
        "address": _text,
    }
)

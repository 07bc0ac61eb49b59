"""From a value of one type of field to a value of another that means the same: pure functions, one for each way.

A conversion takes a stored value that is not blank and returns the new one, a `Cut` one that has lost something of it, or a
`Bad` that says why there is none. It never raises.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from app.definition import Catalog, Entity, Field
from app.definition.currencies import converted_fields
from app.definition.written import write_duration, write_time
from app.frozen import dataclass
from app.orm.types import AnyId
from app.record.parsers import make_parser
from app.record.values import Bad, Parser, bad, in_utc, read_date, read_moment

Convert = Callable[[Any], Any]
_TEXTS = frozenset({"text", "long_text", "email", "phone", "url"})
_FROM_TEXT = frozenset(
    """text long_text email phone url color integer decimal money percent rating boolean date datetime time duration picklist
    """.split()
)
_NUMBERS = frozenset({"integer", "decimal", "money", "percent", "rating"})
_YES_NO: Mapping[str, tuple[str, str]] = MappingProxyType({"zh": ("是", "否")})


@dataclass(frozen=True, slots=True)
class Cut:
    """A value that could not be taken over whole: digits were rounded away, or the time of a moment."""

    value: Any


@dataclass(frozen=True)
class Side:
    """A field on one side of a conversion, in its catalog."""

    catalog: Catalog
    entity: Entity
    field: Field

    @property
    def zone(self) -> ZoneInfo:
        """The company's time zone."""
        return ZoneInfo(self.catalog.pack.time_zone)

    @property
    def is_plain(self) -> bool:
        """Whether a column holds all of it: no text in several languages, no amount in several currencies, no formula."""
        return not (self.field.translated or self.field.is_computed or self.field.key in converted_fields(self.entity))


def find_conversion(was: Side, now: Side) -> Convert | None:
    """The way from one field to the other; None where there is none."""
    if not (was.is_plain and now.is_plain):
        return None
    if was.field.is_list or now.field.is_list:
        return _between_one_and_many(was, now)
    if (way := _way(was, now)) is not None:
        return way
    # What came from there can go back there, to take up what it held before: of itself it means nothing.
    return (lambda _value: bad("field.type")) if _way(now, was) is not None else None


def _way(was: Side, now: Side) -> Convert | None:
    return next((way for way in (find(was, now) for find in _WAYS) if way is not None), None)


def _from_text(was: Side, now: Side) -> Convert | None:
    if was.field.type not in {*_TEXTS, "sequence", "color"} or now.field.type not in _FROM_TEXT:
        return None
    parse = make_parser(now.catalog, now.entity, now.field)
    if now.field.type == "picklist":
        return _to_option(now, parse)
    if now.field.type == "date":
        return lambda text: _day(text, now.zone, parse)
    if now.field.type == "datetime":
        return lambda text: _moment(text, now.zone, parse)
    return parse


def _day(text: str, zone: ZoneInfo, parse: Parser) -> Any:
    """A calendar day; of a moment the one that it falls on in the company's zone."""
    found = read_moment(text)
    return parse(_aware(found, zone).astimezone(zone).date()) if isinstance(found, dt.datetime) else parse(text)


def _moment(text: str, zone: ZoneInfo, parse: Parser) -> Any:
    """A moment; of a day its beginning in the company's zone."""
    day = read_date(text)
    if isinstance(day, dt.date):
        return parse(in_utc(dt.datetime(day.year, day.month, day.day), zone))  # noqa: DTZ001 - it is of the zone
    found = parse(text)
    return in_utc(found, zone) if isinstance(found, dt.datetime) else found


def _aware(moment: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)


def _to_option(now: Side, parse: Parser) -> Convert:
    """By the key of an option, else by what people read in any language, whatever the case of its letters."""
    options = now.catalog.choices(now.entity.key, now.field.key)
    labels: dict[str, str | None] = {}
    for key, option in options.items():
        for label in {str(each).strip().casefold() for each in option.label.by_language.values()}:
            labels[label] = None if label in labels else key  # of two with the same label none is meant

    def convert(text: str) -> Any:
        if text in options:
            return text
        return labels.get(text.strip().casefold()) or parse(text)

    return convert


def _to_text(was: Side, now: Side) -> Convert | None:
    if now.field.type not in {"text", "long_text"}:
        return None
    words = _words_of(was)
    if words is None:
        return None
    parse = make_parser(now.catalog, now.entity, now.field)
    return lambda value: parse(words(value))


def _words_of(was: Side) -> Callable[[Any], str] | None:
    """How a value is written so that it would be read again as itself."""
    yes, no = _YES_NO.get(was.catalog.pack.languages[0], ("yes", "no"))
    if was.field.type == "picklist":
        options, first = was.catalog.choices(was.entity.key, was.field.key), was.catalog.pack.languages[0]
        return lambda key: options[key].label.in_language(first) or key if key in options else key
    ways: Mapping[str, Callable[[Any], str]] = {
        "integer": str,
        "decimal": lambda value: f"{value:f}",
        "boolean": lambda value: yes if value else no,
        "date": lambda value: value.isoformat(),
        "datetime": lambda value: _written_moment(value, was.zone),
        "time": write_time,
        "duration": write_duration,
    }
    return ways.get(was.field.holds)


def _written_moment(moment: dt.datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).isoformat(timespec="milliseconds" if moment.microsecond else "seconds")


def _between_numbers(was: Side, now: Side) -> Convert | None:
    if was.field.type not in {*_NUMBERS, "boolean"} or now.field.type not in _NUMBERS:
        return None
    if was.field.type == "boolean" and now.field.type != "integer":
        return None
    parse = make_parser(now.catalog, now.entity, now.field)
    unit = Decimal(1).scaleb(-(now.field.decimals if now.field.holds == "decimal" else 0))

    def convert(value: Any) -> Any:
        number = Decimal(value)  # of yes or no 1 or 0
        rounded = number.quantize(unit, ROUND_HALF_UP)
        found = parse(rounded)
        return found if isinstance(found, Bad) or rounded == number else Cut(found)

    return convert


def _to_yes_or_no(was: Side, now: Side) -> Convert | None:
    """The way back from a yes or no that became a number."""
    if (was.field.type, now.field.type) != ("integer", "boolean"):
        return None
    return lambda value: bool(value) if value in {0, 1} else bad("field.type")


def _between_days_and_moments(was: Side, now: Side) -> Convert | None:
    kinds = (was.field.type, now.field.type)
    parse = make_parser(now.catalog, now.entity, now.field) if set(kinds) == {"date", "datetime"} else None
    if parse is None:
        return None
    zone = now.zone
    if now.field.type == "datetime":
        return lambda day: parse(in_utc(dt.datetime(day.year, day.month, day.day), zone))  # noqa: DTZ001 - as above

    def convert(moment: dt.datetime) -> Any:
        local = moment.astimezone(zone)
        found = parse(local.date())
        return found if isinstance(found, Bad) or local.time() == dt.time() else Cut(found)

    return convert


def _between_options(was: Side, now: Side) -> Convert | None:
    if (was.field.type, now.field.type) != ("picklist", "picklist"):
        return None
    return make_parser(now.catalog, now.entity, now.field)


def _between_references(was: Side, now: Side) -> Convert | None:
    """A record of one entity is one of several, too; of several it must be of that one."""
    old, new = was.field, now.field
    if not old.targets or not new.targets or not (set(old.targets) & set(new.targets)):
        return None

    def convert(value: int | AnyId) -> Any:
        found = value if isinstance(value, AnyId) else AnyId(old.targets[0], value)
        if found.entity not in new.targets:
            return bad("field.type", "reference", target=new.targets[0])
        return found if new.of_several else found.id

    return convert


def _between_files(was: Side, now: Side) -> Convert | None:
    """One file as a list of one, and a list of one as its file."""
    if was.field.type != now.field.type or was.field.holds != "file":
        return None
    if now.field.many:
        return lambda one: (one,)
    return lambda many: many[0] if len(many) == 1 else bad("field.type")


_WAYS: tuple[Callable[[Side, Side], Convert | None], ...] = (
    _from_text, _between_numbers, _to_yes_or_no, _between_days_and_moments, _between_options, _between_references, _between_files, _to_text,
)  # fmt: skip


def _between_one_and_many(was: Side, now: Side) -> Convert | None:
    """One value as a list of one, a list of one as its value; links that say more of themselves are not taken apart, and say
    nothing yet where they are made.
    """
    old, new = was.field, now.field
    if old.link_fields or "tags" in {old.holds, new.holds}:
        return None
    one = next((way for way in (find(was, now) for find in (_between_options, _between_references)) if way), None)
    if one is None or old.type != new.type:
        return None
    each = _one_option(now) if new.type == "picklist" else one

    def convert(value: Any) -> Any:
        is_list = isinstance(value, tuple) and not isinstance(value, AnyId)
        values = value if is_list else (value,)
        found = [each(part) for part in values]
        wrong = next((part for part in found if isinstance(part, Bad)), None)
        if wrong is not None:
            return wrong
        if new.is_list:
            return tuple(found)
        return found[0] if len(found) == 1 else bad("field.type")

    return convert


def _one_option(now: Side) -> Convert:
    options = now.catalog.choices(now.entity.key, now.field.key)
    return lambda key: key if key in options else bad("field.option", value=key)

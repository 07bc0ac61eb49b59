"""Turning what was posted into what is stored: one parser per type of field. parsers.py chooses among them.

A parser takes a raw value (of a JSON body, a form, a CSV cell, or already typed) and returns the value to store, None for a
blank, or a `Bad` that says what is wrong. It never raises, whatever it is given. Parsers are closures made once per field.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from collections.abc import Callable
from dataclasses import field
from decimal import ROUND_HALF_UP, Decimal
from types import MappingProxyType
from typing import Any

from app.definition import Catalog, Entity, Field
from app.extension import of_pack
from app.frozen import dataclass
from app.record.addresses import email_address, phone_number, web_address
from app.record.file_values import read_files

MAX_INT64 = 2**63 - 1
_LONGEST_NUMBER = 60  # characters; Python refuses to read integers of thousands of digits
_SHOWN = 60  # characters of a wrong value that a message repeats
EARLIEST_YEAR, LATEST_YEAR = 1000, 9998


@dataclass(frozen=True, slots=True)
class Bad:
    """What is wrong with a value: the code of the refusal, the wording, and what fills it."""

    code: str
    variant: str = ""
    params: MappingProxyType[str, object] = field(default_factory=lambda: MappingProxyType({}))


Parser = Callable[[object], Any]


def bad(code: str, variant: str = "", **params: object) -> Bad:
    """A `Bad` with these parameters."""
    return Bad(code, variant, MappingProxyType(params))


# Texts

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SPACES = re.compile(r"[\t\r\n\u2028\u2029\x85]+")


def clean_text(raw: object) -> str | Bad | None:
    """One line of text: NFC, trimmed, line breaks as blanks; "" is None."""
    if raw.__class__ is not str:
        return None if raw is None else bad("field.type", "text")
    assert isinstance(raw, str)
    if not raw.isprintable():
        if not _can_be_kept(raw):
            return bad("field.format", "characters")
        raw = _SPACES.sub(" ", raw)
    if not raw.isascii():
        raw = unicodedata.normalize("NFC", raw)
    return raw.strip() or None


def clean_lines(raw: object) -> str | Bad | None:
    """Several lines of text: NFC, trimmed, lines end in a newline alone; "" is None."""
    if raw.__class__ is not str:
        return None if raw is None else bad("field.type", "text")
    assert isinstance(raw, str)
    if not raw.isprintable():
        if not _can_be_kept(raw):
            return bad("field.format", "characters")
        raw = raw.replace("\r\n", "\n").replace("\r", "\n")
    if not raw.isascii():
        raw = unicodedata.normalize("NFC", raw)
    return raw.strip() or None


def _can_be_kept(text: str) -> bool:
    """False for control characters and for half characters (lone surrogates), which no database keeps."""
    if _CONTROL.search(text):
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _make_text(catalog: Catalog, _entity: Entity, a_field: Field) -> Parser:
    plain: Parser = _make_plain_text(a_field)
    if a_field.format is None:
        return plain
    form = of_pack(catalog.pack).formats.get(a_field.format)

    def parse(raw: object) -> str | Bad | None:
        text: str | Bad | None = plain(raw)
        if not isinstance(text, str):
            return text
        if form is None:  # its extension is not loaded by this process: what can't be checked is not saved
            return bad("field.format", "unloaded", format=a_field.format)
        return form.read(text) or bad("field.format", "registered", format=a_field.format)

    return parse


def _make_plain_text(a_field: Field) -> Parser:
    clean = clean_lines if a_field.type == "long_text" else clean_text
    longest, shortest = a_field.length_limit, a_field.min_length or 0

    def parse(raw: object) -> str | Bad | None:
        if raw.__class__ is str and raw.isprintable():  # nearly always: a call less for each value of a large batch
            text: str | Bad | None = (raw if raw.isascii() else unicodedata.normalize("NFC", raw)).strip()
        else:
            text = clean(raw)
        if not text or text.__class__ is not str:
            return text or None
        if shortest <= len(text) <= longest:
            return text
        if len(text) > longest:
            return bad("field.length", length=len(text), limit=longest)
        return bad("field.length", "short", length=len(text), limit=shortest)

    return parse


def _make_address(kind: str, normal: Callable[[str], str | None], longest: int) -> Parser:
    def parse(raw: object) -> str | Bad | None:
        text = clean_text(raw)
        if text.__class__ is not str:
            return text
        assert isinstance(text, str)
        if len(text) > longest:
            return bad("field.length", length=len(text), limit=longest)
        found = normal(text)
        if found is None:
            return bad("field.format", kind)
        return found if len(found) <= longest else bad("field.length", length=len(found), limit=longest)

    return parse


def _make_email(_catalog: Catalog, _entity: Entity, a_field: Field) -> Parser:
    return _make_address("email", email_address, a_field.length_limit)


def _make_phone(catalog: Catalog, _entity: Entity, a_field: Field) -> Parser:
    region = catalog.pack.region
    return _make_address("phone", lambda text: phone_number(text, region), a_field.length_limit)


def _make_url(_catalog: Catalog, _entity: Entity, a_field: Field) -> Parser:
    return _make_address("url", web_address, a_field.length_limit)


# Numbers

_NUMBER = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d*)?(?:[eE][+-]?\d{1,4})?|[+-]?\.\d+", re.ASCII)
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}  # as Chinese keyboards write digits


_PLAIN_NUMBER = re.compile(r"-?[0-9]{1,20}(?:\.[0-9]{1,20})?", re.ASCII)


def read_decimal(raw: object) -> Decimal | Bad | None:
    """A finite decimal of any size from a number or its text. Digits may be grouped by commas, or be full-width."""
    kind = raw.__class__
    if kind is Decimal:
        number = raw
    elif kind is int:
        return Decimal(raw) if -MAX_INT64 <= raw <= MAX_INT64 else bad("field.range")  # type: ignore[operator, arg-type]
    elif kind is float:
        number = Decimal(repr(raw))
    elif kind is str:
        return _decimal_of_text(raw)  # type: ignore[arg-type]
    else:
        return None if raw is None else bad("field.type", "number")
    assert isinstance(number, Decimal)
    return number if number.is_finite() else bad("field.type", "number")


def _decimal_of_text(raw: str) -> Decimal | Bad | None:
    text = raw.strip()
    if not text:
        return None
    if _PLAIN_NUMBER.fullmatch(text):
        return Decimal(text)
    text = text.translate(_FULL_WIDTH)
    if not _NUMBER.fullmatch(text):
        return bad("field.type", "number")
    if len(text) > _LONGEST_NUMBER:
        return bad("field.range")
    return Decimal(text.replace(",", ""))


def make_integer(_catalog: Catalog, _entity: Entity, a_field: Field) -> Parser:
    """The parser of a whole number between the limits of its field."""
    within = _limits(a_field)

    def parse(raw: object) -> int | Bad | None:
        if raw.__class__ is int:
            number: int = raw
        else:
            found = read_decimal(raw)
            if not isinstance(found, Decimal):
                return bad("field.type", "integer") if isinstance(found, Bad) and found.code == "field.type" else found
            if abs(found) > MAX_INT64:
                return bad("field.range")
            if found != found.to_integral_value():
                return bad("field.type", "integer")
            number = int(found)
        if not -MAX_INT64 <= number <= MAX_INT64:
            return bad("field.range")
        return within(number) or number

    return parse


def _make_decimal(_catalog: Catalog, _entity: Entity, a_field: Field) -> Parser:
    unit = Decimal(1).scaleb(-a_field.decimals)
    limit = Decimal(10) ** (a_field.field_type.precision - a_field.decimals)
    within, percent = _limits(a_field), a_field.type == "percent"

    def parse(raw: object) -> Decimal | Bad | None:
        if percent and raw.__class__ is str:
            raw = raw.strip()
            raw = raw[:-1] if raw.endswith(("%", "％")) and len(raw) > 1 else raw
        found = read_decimal(raw)
        if found.__class__ is not Decimal:
            return found
        if not -limit < found < limit:
            return bad("field.range")
        number = found.quantize(unit, ROUND_HALF_UP)
        if not -limit < number < limit:
            return bad("field.range")
        return within(number) or (number or abs(number))  # there is no -0

    return parse


def _anything(_number: Any) -> None:
    """Where there is no limit."""


def _limits(a_field: Field) -> Callable[[Any], Bad | None]:
    """What is wrong with a number that does not lie between the smallest and the greatest value of its field."""
    smallest = None if a_field.min is None else Decimal(str(a_field.min))
    greatest = None if a_field.max is None else Decimal(str(a_field.max))
    if smallest is None and greatest is None:
        return _anything

    def within(number: Any) -> Bad | None:
        if smallest is not None and number < smallest:
            return bad("field.range", "min", limit=f"{smallest:,f}")
        if greatest is not None and number > greatest:
            return bad("field.range", "max", limit=f"{greatest:,f}")
        return None

    return within


# Yes or no

_BOOLEANS: dict[object, bool] = {
    **dict.fromkeys(("true", "yes", "on", "1", "y", "t", "是"), True),
    **dict.fromkeys(("false", "no", "off", "0", "n", "f", "否", ""), False),
}


def _make_boolean(_catalog: Catalog, _entity: Entity, _field: Field) -> Parser:
    def parse(raw: object) -> bool | Bad | None:
        kind = raw.__class__
        if kind is bool:
            return raw  # type: ignore[return-value]
        if raw is None:
            return False
        if kind is int and raw in (0, 1):
            return raw == 1
        found = _BOOLEANS.get(raw.strip().lower()) if kind is str else None  # type: ignore[attr-defined]
        return bad("field.type", "boolean") if found is None else found

    return parse


# Days and moments

_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", re.ASCII)
_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?)\s*(Z|z|[+-]\d\d(?::?\d\d)?)?", re.ASCII
)


def read_date(raw: object) -> dt.date | Bad | None:
    """A calendar day: a date, or text such as 2026-06-30."""
    if raw.__class__ is dt.date:
        found: dt.date = raw
    elif raw.__class__ is str:
        text = raw.strip()
        if not text:
            return None
        match = _DATE.fullmatch(text)
        if not match:
            return bad("field.type", "date")
        try:
            found = dt.date(int(match[1]), int(match[2]), int(match[3]))
        except ValueError:  # the 31st of April
            return bad("field.type", "date")
    else:
        return None if raw is None else bad("field.type", "date")
    return found if EARLIEST_YEAR <= found.year <= LATEST_YEAR else bad("field.range")


def read_moment(raw: object) -> dt.datetime | Bad | None:
    """A moment: a datetime, or ISO 8601 text. One without a zone is returned without: the caller knows whose it is."""
    if isinstance(raw, dt.datetime):
        found = raw
    elif raw.__class__ is str:
        text = raw.strip()
        if not text:
            return None
        match = _MOMENT.fullmatch(text)
        if not match:
            return bad("field.type", "datetime")
        try:
            found = dt.datetime.fromisoformat(f"{match[1]}T{match[2].replace(',', '.')}{(match[3] or '').upper()}")
        except ValueError:
            return bad("field.type", "datetime")
    else:
        return None if raw is None else bad("field.type", "datetime")
    if not EARLIEST_YEAR <= found.year <= LATEST_YEAR:
        return bad("field.range")
    return found if found.tzinfo is None else in_utc(found)


def in_utc(moment: dt.datetime, zone: dt.tzinfo | None = None) -> dt.datetime:
    """The moment in UTC, cut to the millisecond; one without a zone is of `zone`."""
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=zone or dt.UTC)
    return aware.astimezone(dt.UTC).replace(microsecond=aware.microsecond // 1000 * 1000)


def _make_date(_catalog: Catalog, _entity: Entity, a_field: Field) -> Parser:
    return _between(read_date, read_date(a_field.min), read_date(a_field.max))


def _make_datetime(_catalog: Catalog, _entity: Entity, a_field: Field) -> Parser:
    return _between(read_moment, _moment_limit(a_field.min), _moment_limit(a_field.max))


def _moment_limit(raw: object) -> dt.datetime | None:
    found = read_moment(raw)
    if isinstance(found, dt.datetime):
        return in_utc(found)
    day = read_date(raw)
    return dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC) if isinstance(day, dt.date) else None


def _between(read: Callable[[object], Any], earliest: Any, latest: Any) -> Parser:
    earliest, latest = (None if isinstance(each, Bad) else each for each in (earliest, latest))
    if earliest is None and latest is None:
        return read

    def parse(raw: object) -> Any:
        found = read(raw)
        if found is None or isinstance(found, Bad):
            return found
        compared = in_utc(found) if isinstance(found, dt.datetime) else found
        if earliest is not None and compared < earliest:
            return bad("field.range", "earliest", limit=earliest.isoformat())
        if latest is not None and compared > latest:
            return bad("field.range", "latest", limit=latest.isoformat())
        return found

    return parse


# Options and references


def _make_option(catalog: Catalog, entity: Entity, a_field: Field) -> Parser:
    known = frozenset(catalog.choices(entity.key, a_field.key))

    def parse(raw: object) -> str | Bad | None:
        if raw in known if raw.__class__ is str else raw is None:
            return raw  # type: ignore[return-value]
        text = clean_text(raw)
        if text is None or (isinstance(text, str) and text in known):
            return text
        return bad("field.option", value=str(text)[:_SHOWN]) if isinstance(text, str) else text

    return parse


def read_id(raw: object) -> int | Bad | None:
    """An id: a whole number or its digits. What no id can be is 0, which no record has."""
    if raw.__class__ is int:
        number: int = raw
    elif raw.__class__ is str:
        text = raw.strip()
        if not text:
            return None
        if not (text.isascii() and text.isdigit()):
            return bad("field.type", "reference")
        number = int(text) if len(text) <= 19 else 0
    elif raw.__class__ is float and math.isfinite(raw) and raw == int(raw):
        number = int(raw)
    else:
        return None if raw is None else bad("field.type", "reference")
    return number if 0 < number <= MAX_INT64 else 0


def _make_reference(_catalog: Catalog, _entity: Entity, a_field: Field) -> Parser:
    def parse(raw: object) -> int | Bad | None:
        found = read_id(raw)
        return bad(found.code, found.variant, target=a_field.target) if isinstance(found, Bad) else found

    return parse


def _make_file(_catalog: Catalog, _entity: Entity, a_field: Field) -> Parser:
    def parse(raw: object) -> Any:
        found = read_files(raw, many=a_field.many)
        return bad("field.type", found) if isinstance(found, str) else found

    return parse


MAKERS: dict[str, Callable[[Catalog, Entity, Field], Parser]] = {
    "text": _make_text,
    "long_text": _make_text,
    "sequence": _make_text,
    "email": _make_email,
    "phone": _make_phone,
    "url": _make_url,
    "integer": make_integer,
    "decimal": _make_decimal,
    "money": _make_decimal,
    "percent": _make_decimal,
    "boolean": _make_boolean,
    "date": _make_date,
    "datetime": _make_datetime,
    "picklist": _make_option,
    "stage": _make_option,
    "tags": _make_text,
    "lookup": _make_reference,
    "user": _make_reference,
    "file": _make_file,
    "image": _make_file,
}

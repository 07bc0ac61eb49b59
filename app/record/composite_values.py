"""Parsers of rich text, places, addresses and JSON; see values.py for what a parser is."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any, NoReturn

from app.definition import Catalog, Entity, Field
from app.definition.composite import ADDRESS_PARTS, Address, Html, Json, Location, UnreadJson
from app.record.countries import country_code
from app.record.markup import clean_markup
from app.record.values import MAX_INT64, Bad, Parser, bad, clean_lines, clean_text, read_decimal

LONGEST_JSON = 65_536  # bytes of the canonical text
DEEPEST_JSON = 32
LONGEST_PARTS: Mapping[str, int] = MappingProxyType(
    {"country": 80, "province": 80, "city": 80, "district": 80, "street": 200, "postal_code": 20}
)


def _make_rich_text(_catalog: Catalog, _entity: Entity, a_field: Field) -> Parser:
    limit = a_field.length_limit

    def parse(raw: object) -> Html | Bad | None:
        text = clean_lines(str(raw) if isinstance(raw, Html) else raw)
        if not isinstance(text, str):
            return text
        if len(text) > 2 * limit:  # what is cleaned away does not count, within reason
            return bad("field.length", length=len(text), limit=limit)
        try:
            found = clean_markup(text)
        except ValueError:
            return bad("field.format", "markup")
        if found is None:
            return None
        if isinstance(clean_lines(str(found)), Bad):  # entities too can name characters that can't be kept
            return bad("field.format", "characters")
        return found if len(found) <= limit else bad("field.length", length=len(found), limit=limit)

    return parse


def _make_location(_catalog: Catalog, _entity: Entity, _field: Field) -> Parser:
    return _read_location


def _read_location(raw: object) -> Location | Bad | None:
    if isinstance(raw, Location) or raw is None:
        return raw
    if isinstance(raw, dict):
        if not raw.keys() <= {"latitude", "longitude"}:
            return bad("field.format", "location")
        parts = [read_decimal(raw.get(key)) for key in ("latitude", "longitude")]
    else:
        text = clean_text(raw)
        if not isinstance(text, str):
            return text if text is None or text.code != "field.type" else bad("field.type", "location")
        parts = [read_decimal(part) for part in text.replace("，", ",").split(",", 2)]
    if all(part is None for part in parts):
        return None
    if len(parts) != 2 or not all(isinstance(part, Decimal) for part in parts):
        return bad("field.format", "location")
    try:
        return Location.of(*parts)  # type: ignore[arg-type]
    except (ValueError, ArithmeticError):
        return bad("field.range", "location")


def _make_address(catalog: Catalog, _entity: Entity, _field: Field) -> Parser:
    region = catalog.pack.region

    def parse(raw: object) -> Address | Bad | None:
        if isinstance(raw, Address) or raw is None:
            return raw
        if isinstance(raw, str):  # an address of one line: a sheet or an older program knows no parts
            raw = {"street": raw}
        if not isinstance(raw, dict) or not raw.keys() <= set(ADDRESS_PARTS):
            return bad("field.type" if not isinstance(raw, dict) else "field.format", "address")
        parts: dict[str, str] = {}
        for key, value in raw.items():
            part = clean_text(value)
            if isinstance(part, Bad):
                return bad("field.type", "address") if part.code == "field.type" else part
            if part is not None and len(part) > LONGEST_PARTS[key]:
                return bad("field.length", length=len(part), limit=LONGEST_PARTS[key])
            parts[key] = part or ""
        return _address_of(parts, region)

    return parse


def _address_of(parts: dict[str, str], region: str) -> Address | Bad | None:
    if not any(parts.values()):
        return None
    code = country_code(parts["country"]) if parts.get("country") else region
    return bad("field.format", "country") if code is None else Address(**{**parts, "country": code})


def _make_json(_catalog: Catalog, _entity: Entity, _field: Field) -> Parser:
    return _read_json


def _read_json(raw: object) -> Json | Bad | None:
    if isinstance(raw, Json) or raw is None or raw == "":
        return raw if isinstance(raw, Json) else None
    try:
        value = _parsed(raw) if isinstance(raw, UnreadJson) else _plain(raw, 0)
        if value is None:
            return None
        found = Json.of(value)
        size = len(found.text.encode())
    except _TooMuch:
        return bad("field.range", "json")
    except (ValueError, RecursionError):
        return bad("field.format", "json")
    return found if size <= LONGEST_JSON else bad("field.length", length=size, limit=LONGEST_JSON)


class _TooMuch(Exception):
    """A number, or a depth, beyond what is kept."""


def _parsed(text: UnreadJson) -> Any:
    if len(text) > 4 * LONGEST_JSON:
        raise _TooMuch
    if not text.strip():
        return None
    return _plain(json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse), 0)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _plain(value: object, depth: int) -> Any:
    """The value with numbers as JSON's readers take them. Raises ValueError for what JSON or a database does not hold."""
    if depth >= DEEPEST_JSON and isinstance(value, dict | list | tuple):
        raise _TooMuch
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        if "\x00" in value:
            raise ValueError("NUL")
        value.encode()  # half a character is a ValueError
        return str(value)
    if isinstance(value, int):
        if not -MAX_INT64 <= value <= MAX_INT64:
            raise _TooMuch
        return value
    if isinstance(value, float | Decimal):
        number = float(value)
        if not math.isfinite(number):
            raise _TooMuch
        return number or 0.0  # there is no -0
    if isinstance(value, dict):
        return {_plain(_key(key), depth): _plain(each, depth + 1) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each, depth + 1) for each in value]
    raise ValueError("no JSON")


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise TypeError("keys of JSON are texts")  # only a program of ours can do this
    return key


MAKERS: Mapping[str, Callable[[Catalog, Entity, Field], Parser]] = MappingProxyType(
    {"rich_text": _make_rich_text, "location": _make_location, "address": _make_address, "json": _make_json}
)

"""Parsers of times of day, durations, ratings and colours; see values.py for what a parser is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from app.definition import Catalog, Entity, Field
from app.definition.written import LONGEST_WRITTEN, read_color, read_duration, read_time, write_duration, write_time
from app.record.values import Bad, Parser, bad, clean_text, make_integer

LONGEST_DURATION = dt.timedelta(days=36_525)  # a hundred years


def _written(raw: object, kind: str, read: Callable[[str], Any]) -> Any:
    """What a text is read as; None for a blank. Anything but a text is of the wrong type."""
    text = clean_text(raw)
    if not isinstance(text, str):
        return text if text is None or text.code != "field.type" else bad("field.type", kind)
    if len(text) > LONGEST_WRITTEN:
        return bad("field.length", length=len(text), limit=LONGEST_WRITTEN)
    try:
        return read(text)
    except ValueError:
        return bad("field.format", kind)
    except OverflowError:
        return bad("field.range")


def _read_time(raw: object) -> Any:
    if raw.__class__ is dt.time:
        assert isinstance(raw, dt.time)
        return raw.replace(microsecond=0) if raw.tzinfo is None else bad("field.type", "time")
    return _written(raw, "time", read_time)


def _read_duration(raw: object) -> Any:
    if raw.__class__ is int and raw == 0:  # nothing is nothing in every unit
        return dt.timedelta()
    found = raw if raw.__class__ is dt.timedelta else _written(raw, "duration", read_duration)
    if isinstance(found, dt.timedelta):
        if abs(found) > LONGEST_DURATION:
            return bad("field.range")
        return found // dt.timedelta(seconds=1) * dt.timedelta(seconds=1)
    return found


def _make_time(_catalog: Catalog, _entity: Entity, a_field: Field) -> Parser:
    return _between(_read_time, a_field, ("earliest", "latest"), write_time)


def _make_duration(_catalog: Catalog, _entity: Entity, a_field: Field) -> Parser:
    return _between(_read_duration, a_field, ("min", "max"), _plain_duration)


def _plain_duration(value: dt.timedelta) -> str:
    return write_duration(value).replace("PT", "").lower()


def _between(
    read: Callable[[object], Any], a_field: Field, words: tuple[str, str], write: Callable[[Any], str]
) -> Parser:
    least, most = (None if limit is None else read(limit) for limit in (a_field.min, a_field.max))
    if least is None and most is None:
        return read

    def parse(raw: object) -> Any:
        found = read(raw)
        if found is None or isinstance(found, Bad):
            return found
        if least is not None and found < least:
            return bad("field.range", words[0], limit=write(least))
        if most is not None and found > most:
            return bad("field.range", words[1], limit=write(most))
        return found

    return parse


def _make_rating(catalog: Catalog, entity: Entity, a_field: Field) -> Parser:
    return make_integer(catalog, entity, replace(a_field, min=1, max=a_field.stars))


def _make_color(_catalog: Catalog, _entity: Entity, _field: Field) -> Parser:
    return lambda raw: _written(raw, "color", read_color)


MAKERS: Mapping[str, Callable[[Catalog, Entity, Field], Parser]] = MappingProxyType(
    {"time": _make_time, "duration": _make_duration, "rating": _make_rating, "color": _make_color}
)

"""Faults as engines have had them, planted into copies: whoever compares engines must find each of them."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Any

import pytest
import sqlalchemy as sa

from app.expression import Node, implementations, python
from app.expression.python import _Writer
from app.orm.expression import conditions, words

Plant = Callable[[pytest.MonkeyPatch], None]


def _function(name: str, function: Callable[..., Any]) -> Plant:
    """Another implementation of a function of the table."""

    def plant(monkeypatch: pytest.MonkeyPatch) -> None:
        for table in ("PLAIN", "ZONED"):
            known = getattr(python, table)
            if name in known:
                monkeypatch.setattr(python, table, {**known, name: function})

    return plant


def _operation(name: str, writer: Callable[[_Writer, Node], str]) -> Plant:
    """Another text for an operation."""
    return lambda monkeypatch: monkeypatch.setattr(_Writer, f"_{name}", writer)


def _blank_equals_nothing(writer: _Writer, node: Node) -> str:
    left, right = map(writer.text, node.args)
    return f"({left} is not None and {left} == {right})"


def _unknown_stays_unknown(writer: _Writer, node: Node) -> str:
    inner = node.args[0]
    text = f"(not {writer.text(inner)})"
    if inner.op not in {"lt", "le", "gt", "ge"}:
        return text
    return f"({''.join(f'{writer.text(each)} is not None and ' for each in inner.args)}{text})"


def _blank_is_in_every_list(writer: _Writer, node: Node) -> str:
    wanted = frozenset(each.value for each in node.args[1].args) | {None}
    return f"({writer.text(node.args[0])} in {writer.constant(wanted)})"


def _blank_is_zero(writer: _Writer, node: Node) -> str:
    if node.args[0].type.base != "number":
        return writer._lt(node)
    left, right = map(writer.text, node.args)
    return f"(({left} or 0) {python._SIGNS[node.op]} ({right} or 0))"


def _half_to_even(value: int | Decimal, scale: int = 0) -> Decimal:
    return Decimal(value).quantize(Decimal(1).scaleb(-scale), rounding=ROUND_HALF_EVEN, context=implementations.WIDE)


def _month_runs_over(value: Any, count: Any, zone: dt.tzinfo) -> Any:
    found = implementations.add_months(value, count, zone)
    if found is None or isinstance(value, dt.datetime):
        return found
    over = value.day - calendar.monthrange(found.year, found.month)[1]
    return found + dt.timedelta(days=over) if over > 0 and found.year < 9999 else found


def _like(text: str | None, part: str | None) -> bool:
    if text is None or part is None:
        return False
    return fnmatchcase(text, f"*{part.replace('[', '[[]').replace('%', '*').replace('_', '?')}*")


def _ascii_lower(text: str | None) -> str | None:
    return None if text is None else "".join(each.lower() if each.isascii() else each for each in text)


def _utf16(text: str | None) -> int:
    return 0 if text is None else len(text.encode("utf-16-le")) // 2


IN_PYTHON: Mapping[str, Plant] = MappingProxyType(
    {
        "blank does not equal blank": _operation("eq", _blank_equals_nothing),
        "the opposite of a comparison with a blank is false, too": _operation("not", _unknown_stays_unknown),
        "blank is in every list": _operation("in", _blank_is_in_every_list),
        "blank compares as zero": _operation("ge", _blank_is_zero),
        "a half goes to the even number": lambda patch: patch.setattr(implementations, "rounded", _half_to_even),
        "the 31st and a month is the 3rd": _function("add_months", _month_runs_over),
        "length counts bytes": _function("len", lambda text: len((text or "").encode())),
        "length counts halves of a pair": _function("len", _utf16),
        "lower case knows ASCII alone": _function("lower", _ascii_lower),
        "contains takes signs of LIKE": _function("contains", _like),
        "the day of a moment is that of UTC": _function("date", lambda value, _: implementations.day_of(value, dt.UTC)),
        "the week begins on Sunday": _function("weekday", lambda day: day and day.isoweekday() % 7 + 1),
    }
)
"""Into Python's engine, by what is wrong."""


def _spelling(word: str, sqlite: str, postgresql: str) -> Plant:
    """Other words of SQL."""
    return lambda monkeypatch: monkeypatch.setitem(words._SPELLINGS, word, (sqlite, postgresql))


IN_SQL: Mapping[str, Plant] = MappingProxyType(
    {
        "what is blank is neither in a list nor out of it": lambda patch: patch.setattr(
            conditions, "_opposite", lambda test, _: sa.not_(test)
        ),
        "contains takes signs of LIKE": _spelling(
            "contains", "({0} LIKE '%' || {1} || '%')", "({0} LIKE '%%' || {1} || '%%')"
        ),
        "lower case knows ASCII alone": _spelling(
            "lower", "lower({0})", '(lower({0} COLLATE "C") COLLATE "und-x-icu")'
        ),
        "length counts bytes": _spelling("len", "length(CAST({0} AS BLOB))", "octet_length({0})"),
        "the day of a moment is that of UTC": _spelling(
            "day_of", "crm_day_of({0}, 'UTC')", "CAST({0} AT TIME ZONE 'UTC' AS DATE)"
        ),
        "the week begins on Sunday": _spelling(
            "weekday", "(strftime('%w', {0}) + 1)", "CAST(extract(dow FROM {0}) + 1 AS INTEGER)"
        ),
    }
)
"""Into SQL's engine, by what is wrong."""

IN_BROWSER: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "a half goes towards zero": ("twice >= (b", "twice > (b"),
        "the 31st and a month is the 3rd": ("Math.min(date, parts(dayAt(newYear, newMonth + 1, 0))[2])", "date"),
        "blank does not equal blank": ("one(r, o, c) === other(r, o, c);", "one(r, o, c) !== null && one(r, o, c) === other(r, o, c);"),
        "length counts halves of a pair": ("counted((text) => [...text].length)", "counted((text) => text.length)"),
        "blank is in every list": ("wanted.has(find(r, o, c))", "(find(r, o, c) === null || wanted.has(find(r, o, c)))"),
        "floor of a negative number goes up": ("floorDiv = (a, b) => a / b - (", "floorDiv = (a, b) => a / b - 0n * ("),
    }
)  # fmt: skip
"""Into the browser's engine: what stands there, and what stands there instead."""

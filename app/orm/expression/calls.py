"""The targets of the function table in SQL: how each function that has one is written."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from app.expression.implementations import BLANKS
from app.expression.node import Node
from app.frozen import dataclass
from app.orm.expression.numbers import rescaled
from app.orm.expression.words import Word, truth


@dataclass(frozen=True)
class Operand:
    """One argument: its node, what it is in SQL, and the company's zone."""

    node: Node
    found: ColumnElement[Any]
    zone: dt.tzinfo

    @property
    def is_moment(self) -> bool:
        return self.node.type.base == "datetime"

    @property
    def zone_name(self) -> ColumnElement[str]:
        name = self.zone.key if isinstance(self.zone, zoneinfo.ZoneInfo) else "UTC"
        return sa.literal(name, sa.Text())

    @property
    def day(self) -> ColumnElement[Any]:
        """The company's day of a moment; a day is itself."""
        return Word("day_of", self.found, self.zone_name, type_=sa.Date()) if self.is_moment else self.found

    @property
    def whole(self) -> ColumnElement[Any]:
        """A number without what stands behind its point."""
        scale = self.node.type.scale
        if not scale:
            return self.found
        return Word("truncated", self.found, sa.literal_column(str(10**scale), sa.Integer), type_=sa.BigInteger())


Maker = Callable[[list[Operand], Node, sa.types.TypeEngine[Any]], ColumnElement[Any]]


def _plain(word: str) -> Maker:
    def make(args: list[Operand], _node: Node, kind: sa.types.TypeEngine[Any]) -> ColumnElement[Any]:
        return Word(word, *(each.found for each in args), type_=kind)

    return make


def _trim(args: list[Operand], _node: Node, kind: sa.types.TypeEngine[Any]) -> ColumnElement[Any]:
    return Word("trim", args[0].found, sa.literal(BLANKS, sa.Text()), type_=kind)


def _length(args: list[Operand], _node: Node, kind: sa.types.TypeEngine[Any]) -> ColumnElement[Any]:
    return sa.func.coalesce(Word("len", args[0].found, type_=kind), 0, type_=kind)


def _extreme(word: str) -> Maker:
    def make(args: list[Operand], node: Node, kind: sa.types.TypeEngine[Any]) -> ColumnElement[Any]:
        values = [rescaled(each.found, each.node.type, node.type) for each in args]
        return values[0] if len(values) == 1 else Word(word, *values, type_=kind)

    return make


def _day(args: list[Operand], _node: Node, _kind: sa.types.TypeEngine[Any]) -> ColumnElement[Any]:
    return args[0].day


def _days_between(args: list[Operand], _node: Node, kind: sa.types.TypeEngine[Any]) -> ColumnElement[Any]:
    return Word("days_between", args[0].day, args[1].day, type_=kind)


def _later(word: str) -> Maker:
    """`add_days` and `add_months`, of a day or of a moment."""

    def make(args: list[Operand], _node: Node, kind: sa.types.TypeEngine[Any]) -> ColumnElement[Any]:
        value, count = args
        spelling = f"{word}_moment" if value.is_moment else f"{word}_day"
        return Word(spelling, value.found, count.whole, value.zone_name, type_=kind)

    return make


def _add_hours(args: list[Operand], _node: Node, kind: sa.types.TypeEngine[Any]) -> ColumnElement[Any]:
    value, count = args
    return Word("add_hours", value.found, count.found, sa.literal_column(str(count.node.type.scale)), type_=kind)


CALLS: Mapping[str, Maker] = MappingProxyType(
    {
        **{name: _plain(name) for name in ("lower", "upper", "abs", "year", "month", "day", "weekday")},
        **{name: _plain(name) for name in ("start_of_month", "end_of_month", "start_of_week", "start_of_year")},
        "trim": _trim,
        "len": _length,
        "min": _extreme("min"),
        "max": _extreme("max"),
        "date": _day,
        "days_between": _days_between,
        "add_days": _later("add_days"),
        "add_months": _later("add_months"),
        "add_hours": _add_hours,
    }
)
"""Functions that give a value. What gives a list or asks one, is_blank, if and coalesce are the compiler's own; the clock
stands in the context."""


def _truth(word: str) -> Callable[..., ColumnElement[bool]]:
    return lambda *args: truth(word, *args)


TRUTHS: Mapping[str, Callable[..., ColumnElement[bool]]] = MappingProxyType(
    {name: _truth(name) for name in ("contains", "icontains", "starts_with", "ends_with")}
)
"""Functions that are true or false, NULL where an operand is blank."""
OWN = frozenset({"is_blank", "if", "coalesce", "has_any", "has_all", "count", "today", "now"})
"""Functions of the table that the compiler knows itself."""

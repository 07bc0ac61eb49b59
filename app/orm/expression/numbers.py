"""Numbers of fixed scale: on SQLite whole numbers of their smallest unit, on PostgreSQL exact anyway."""

from __future__ import annotations

import operator as op
from collections.abc import Callable, Mapping
from decimal import ROUND_FLOOR, Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from app.expression.implementations import WIDE, Number
from app.expression.types import Type
from app.frozen import dataclass
from app.orm.expression.words import Word, truth
from app.orm.types import FixedDecimal

_LARGEST = 2**63 - 1
ORDERS: Mapping[str, Callable[[Any, Any], Any]] = {"lt": op.lt, "le": op.le, "gt": op.gt, "ge": op.ge}
"""The comparisons by their names in the tree."""
_MIRRORED = {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le", "eq": "eq"}


def type_of_scale(scale: int) -> sa.types.TypeEngine[Any]:
    """The column type of numbers of a scale."""
    return FixedDecimal(19 + scale, scale) if scale else sa.BigInteger()


def rescaled(found: ColumnElement[Any], has: Type, wanted: Type) -> ColumnElement[Any]:
    """A number brought to a finer scale; anything else as it is."""
    if has.base != "number" or wanted.base != "number" or has.scale >= wanted.scale:
        return found
    return Word("rescale", found, _factor(wanted.scale - has.scale), type_=type_of_scale(wanted.scale))


def _factor(digits: int) -> ColumnElement[int]:
    return sa.literal_column(str(10**digits), sa.Integer)


def written(value: Number, scale: int) -> Number | None:
    """A number as a column of a scale may hold it; None where no value of the column equals it."""
    exact = Decimal(value)
    unit = WIDE.scaleb(exact, scale)
    if unit != unit.to_integral_value() or abs(unit) > _LARGEST:
        return None
    return exact if scale else int(exact)


@dataclass(frozen=True)
class Numeric:
    """A number of a scale that is compared with a known one: the known one is brought to the scale, not the column."""

    found: ColumnElement[Any]
    scale: int

    def ordered(self, sign: str, limit: Number) -> ColumnElement[bool]:
        """Between two numbers of the column its neighbour below stands for the limit."""
        unit = WIDE.scaleb(Decimal(limit), self.scale)
        whole = unit.to_integral_value(rounding=ROUND_FLOOR)
        if whole != unit:
            sign = "le" if sign in {"lt", "le"} else "gt"
        if abs(whole) > _LARGEST:
            always = (sign in {"lt", "le"}) is (whole > 0)
            return self.found.is_not(None) if always else sa.false()
        near = WIDE.scaleb(whole, -self.scale) if self.scale else int(whole)
        test: ColumnElement[bool] = ORDERS[sign](self.found, sa.literal(near, type_of_scale(self.scale)))
        return test


def compared(sign: str, left: ColumnElement[Any], right: ColumnElement[Any], finer: int | None) -> ColumnElement[bool]:
    """Two values; `finer` digits more has the right one, where they are columns of different scales."""
    if finer is None:
        test: ColumnElement[bool] = left == right if sign == "eq" else ORDERS[sign](left, right)
        return test
    if finer < 0:
        return truth(_MIRRORED[sign], right, left, _factor(-finer))
    return truth(sign, left, right, _factor(finer))

"""Literals as constants of a type, and what aggregates give."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from app.diagnostics import did_you_mean, nearest
from app.expression.agreement import bad
from app.expression.node import Node
from app.expression.syntax import Syntax
from app.expression.types import BOOL, NULL, ORDERED, TEXT, Type, number


def literal_node(tree: Syntax, wanted: Type | None) -> Node:
    """A literal: a text as an option, where one is wanted."""
    value = tree.value
    if value is None:
        return _node(NULL, tree)
    if isinstance(value, bool):
        return _node(BOOL, tree, value)
    if isinstance(value, int | Decimal):
        return constant(value, tree)
    if wanted is not None and wanted.base == "choice" and value:
        if wanted.options is not None and value not in wanted.options:
            hint = did_you_mean(nearest(value, wanted.options)) or _options(wanted.options)
            raise bad("EXP105", f"there is no option '{value}'", tree, hint)
        return _node(Type("choice", blank=False, options=(value,)), tree, value)
    if not value:
        return _node(NULL, tree)  # "" is no text
    return _node(TEXT.maybe(blank=False), tree, value)


def _options(options: tuple[str, ...]) -> str:
    shown = ", ".join(options[:6])
    return f"the options are {shown}{', …' if len(options) > 6 else ''}" if options else "it has no options"


def constant(value: int | Decimal, tree: Syntax) -> Node:
    """A number that stands where the tree does."""
    return _node(exactly(value), tree, value)


def exactly(value: int | Decimal) -> Type:
    """The type of one number."""
    if isinstance(value, int):
        return number(len(str(abs(value))), 0, blank=False)
    _, digits, exponent = Decimal(value).as_tuple()
    scale = max(-int(exponent), 0)
    return number(max(len(digits) + max(int(exponent), 0), scale + 1), scale, blank=False)


def day_of(tree: Syntax) -> dt.date:
    """The day that a text means."""
    try:
        return dt.date.fromisoformat(tree.value)
    except ValueError:
        raise bad("EXP115", f"'{tree.value}' is no date", tree, 'write it as `date("2026-01-31")`') from None


def type_of_aggregate(name: str, value: Node | None, tree: Syntax) -> Type:
    """What an aggregate gives over a field, or over records."""
    if name == "exists":
        return BOOL
    if value is None:
        return number(9, 0, blank=False)
    base = value.type.base
    if name == "sum_of":
        if base != "number":
            raise bad("EXP104", f"sum_of takes numbers, this is {value.type.words}", tree)
        return number(value.type.precision + 6, value.type.scale, blank=False)
    if name == "latest_of" and base in {"choices", "refs"}:
        raise bad("EXP104", f"latest_of takes a single value, this is {value.type.words}", tree)
    if name in {"min_of", "max_of"} and base not in ORDERED:
        raise bad("EXP104", f"{name} takes numbers or dates, this is {value.type.words}", tree)
    if base in {"choices", "refs", "opaque"}:
        raise bad("EXP104", f"{name} can't give {value.type.words}", tree)
    return value.type.maybe()


def _node(type_: Type, tree: Syntax, value: object = None) -> Node:
    return Node("const", type_, (), value, tree.start, tree.end)

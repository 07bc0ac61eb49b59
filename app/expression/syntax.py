"""The tree of what is written: names are not looked up yet."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

Kind = Literal["literal", "list", "name", "call", "unary", "binary", "aggregate"]
AGGREGATES = ("sum_of", "count_of", "min_of", "max_of", "latest_of", "exists")
COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")


class Syntax(NamedTuple):
    """A part of an expression between two offsets of its source.

    `value` is of a literal its value, of a name the tuple of its parts, of a call or an operation its name (`not in` is one
    operation), of an aggregate (name, inverse, field or None); its one argument is the condition, if it has one.
    """

    kind: Kind
    value: Any
    args: tuple[Syntax, ...] = ()
    start: int = 0
    end: int = 0

    @property
    def is_comparison(self) -> bool:
        """Whether it compares two things."""
        return self.kind == "binary" and self.value in {*COMPARISONS, "in", "not in", "has"}

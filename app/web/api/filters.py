"""`filter=`: conditions on fields, joined by `and`. Until the expression engine stands, this is the part of the language
that every list can answer: comparisons of a field with literals, `in`, `is_blank`, `contains`, `starts_with`, and of a
field that holds a list `has`, `has_any`, `has_all`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | (?P<number>-?\d+(?:\.\d+)?)
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<sign>==|!=|<=|>=|<|>|\(|\)|\[|\]|,)
    )""",
    re.VERBOSE,
)
_COMPARISONS = {"==": "equals", "!=": "not_equals", "<": "less", "<=": "at_most", ">": "greater", ">=": "at_least"}
_FUNCTIONS = {"contains": "contains", "starts_with": "starts_with"}
_OF_LISTS = frozenset({"has_any", "has_all"})
_LONGEST = 2_000


class FilterSyntaxError(ValueError):
    """The text is not a condition; the message says where it stops being one."""


@dataclass(frozen=True)
class Condition:
    """One comparison: a field, an operator of the lists, and the literals as text."""

    field: str
    operator: str
    values: tuple[str, ...] = ()


def parse_conditions(text: str) -> tuple[Condition, ...]:
    """The conditions of a `filter=`. Raises FilterSyntaxError."""
    if len(text) > _LONGEST:
        raise FilterSyntaxError(f"a filter has at most {_LONGEST} characters")
    return _Reader(text).conditions()


class _Reader:
    """Reads tokens from left to right; each method reads one thing and leaves what follows."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = list(_split(text))
        self.at = 0

    def conditions(self) -> tuple[Condition, ...]:
        found = [self.condition()]
        while self.take("name", "and"):
            found.append(self.condition())
        if self.at < len(self.tokens):
            raise self.error("expected `and`")
        return tuple(found)

    def condition(self) -> Condition:
        negated = self.take("name", "not")
        name = self.need("name", "a field")
        if self.take("sign", "("):
            return self.call(name, negated=negated)
        if negated:
            raise self.error("`not` stands before is_blank(…) or between a field and `in`")
        if self.take("name", "not"):
            self.need_word("in")
            return Condition(name, "not_in", self.values())
        if self.take("name", "in"):
            return Condition(name, "in", self.values())
        if self.take("name", "has"):
            return Condition(name, "has_any", (self.literal() or "",))
        sign = self.need("sign", "a comparison")
        if sign not in _COMPARISONS:
            raise self.error(f"`{sign}` is no comparison")
        return self.comparison(name, sign)

    def comparison(self, name: str, sign: str) -> Condition:
        value = self.literal()
        if value is None:
            if sign not in {"==", "!="}:
                raise self.error("null can only be compared by == and !=")
            return Condition(name, "is_blank" if sign == "==" else "is_not_blank")
        return Condition(name, _COMPARISONS[sign], (value,))

    def call(self, function: str, *, negated: bool) -> Condition:
        name = self.need("name", "a field")
        if function == "is_blank":
            self.need_sign(")")
            return Condition(name, "is_not_blank" if negated else "is_blank")
        if function in _OF_LISTS and not negated:
            self.need_sign(",")
            values = self.values()
            self.need_sign(")")
            return Condition(name, function, values)
        if function not in _FUNCTIONS or negated:
            known = "is_blank, contains, starts_with, has_any, has_all"
            raise self.error(f"unknown function `{function}` (known: {known})")
        self.need_sign(",")
        value = self.literal()
        self.need_sign(")")
        return Condition(name, _FUNCTIONS[function], (value or "",))

    def values(self) -> tuple[str, ...]:
        self.need_sign("[")
        found = [self.literal() or ""]
        while self.take("sign", ","):
            found.append(self.literal() or "")
        self.need_sign("]")
        return tuple(found)

    def literal(self) -> str | None:
        kind, value = self.tokens[self.at] if self.at < len(self.tokens) else ("", "")
        self.at += 1
        if kind == "text":
            return re.sub(r"\\(.)", r"\1", value[1:-1])
        if kind == "number" or value in {"true", "false"}:
            return value
        if value == "null":
            return None
        self.at -= 1
        raise self.error("expected a text in quotes, a number, true, false or null")

    def take(self, kind: str, value: str) -> bool:
        if self.at < len(self.tokens) and self.tokens[self.at] == (kind, value):
            self.at += 1
            return True
        return False

    def need(self, kind: str, what: str) -> str:
        if self.at < len(self.tokens) and self.tokens[self.at][0] == kind:
            self.at += 1
            return self.tokens[self.at - 1][1]
        raise self.error(f"expected {what}")

    def need_sign(self, sign: str) -> None:
        if not self.take("sign", sign):
            raise self.error(f"expected `{sign}`")

    def need_word(self, word: str) -> None:
        if not self.take("name", word):
            raise self.error(f"expected `{word}`")

    def error(self, what: str) -> FilterSyntaxError:
        there = self.tokens[self.at][1] if self.at < len(self.tokens) else "the end"
        return FilterSyntaxError(f"{what}, found {there[:40]}")


def _split(text: str) -> Iterator[tuple[str, str]]:
    position = 0
    while text[position:].strip():
        match = _TOKEN.match(text, position)
        if match is None:
            raise FilterSyntaxError(f"can't read {text[position:].strip()[:40]}")
        position = match.end()
        yield str(match.lastgroup), match.group(str(match.lastgroup))

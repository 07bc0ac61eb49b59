"""The types of expressions: what a field, a literal or a part of an expression may be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Literal

from app.definition import Catalog, Field
from app.frozen import dataclass

Base = Literal["bool", "number", "text", "date", "datetime", "choice", "choices", "ref", "refs", "opaque", "null"]
"""`choices` and `refs` are lists; `opaque` values can only be blank or changed; `null` is the literal."""

WORDS = {
    "bool": "true or false",
    "number": "a number",
    "text": "a text",
    "date": "a date",
    "datetime": "a date and time",
    "choice": "an option",
    "choices": "a list of options",
    "ref": "a record",
    "refs": "a list of records",
    "opaque": "a value that can't be compared",
    "null": "null",
}
"""How messages call them."""

ORDERED = ("number", "date", "datetime")
MOST_DIGITS = 60
DIVISION_SCALE = 6


@dataclass(frozen=True, slots=True)
class Type:
    """A type. `blank`: a value may be missing. Numbers have at most `precision` digits, `scale` of them after the point.

    `options` are the keys of a choice, None where any text is one (tags); `entities` what a reference may point to.
    """

    base: Base
    blank: bool = True
    precision: int = 18
    scale: int = 0
    options: tuple[str, ...] | None = None
    entities: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """How a message calls it."""
        return WORDS[self.base]

    def maybe(self, *, blank: bool = True) -> Type:
        """The same, blank or never blank."""
        return self if self.blank is blank else replace(self, blank=blank)


BOOL = Type("bool", blank=False)
TEXT = Type("text")
DATE = Type("date")
DATETIME = Type("datetime")
NULL = Type("null")
OPAQUE = Type("opaque")
WHOLE = Type("number")


@lru_cache(maxsize=1024)
def number(precision: int, scale: int, *, blank: bool) -> Type:
    """A number of so many digits, `scale` of them after the point."""
    return Type("number", blank, precision, scale)


_OF: Mapping[str, Type] = {
    "text": TEXT, "boolean": BOOL, "date": DATE, "datetime": DATETIME, "tags": Type("choices"),
}  # fmt: skip


def type_of_field(catalog: Catalog, entity: str, a_field: Field) -> Type:
    """The type of a stored field."""
    holds = a_field.holds
    if a_field.type == "rich_text":
        return OPAQUE
    if a_field.encrypted:
        return OPAQUE
    if holds == "integer":
        return _whole(a_field)
    if holds == "decimal":
        return number(a_field.field_type.precision, a_field.decimals, blank=True)
    if holds in {"option", "options"}:
        options = tuple(catalog.choices(entity, a_field.key)) if catalog.knows_choices(entity, a_field.key) else None
        return Type("choice" if holds == "option" else "choices", options=options)
    if holds in {"reference", "references"}:
        return Type("ref" if holds == "reference" else "refs", entities=a_field.targets)
    return _OF.get(holds, OPAQUE)


def _whole(a_field: Field) -> Type:
    """Whole numbers with both limits have no more digits than these."""
    if a_field.type == "rating":
        return number(len(str(a_field.stars)), 0, blank=True)
    limits = (a_field.min, a_field.max)
    if a_field.is_computed or not all(isinstance(each, int) for each in limits):
        return WHOLE
    return number(max(len(str(abs(int(each or 0)))) for each in limits), 0, blank=True)


def sum_type(left: Type, right: Type) -> Type:
    """Of `+` and `-`: the finer scale, and a digit more than the greater of both."""
    scale = max(left.scale, right.scale)
    whole = max(left.precision - left.scale, right.precision - right.scale) + 1
    return number(whole + scale, scale, blank=left.blank or right.blank)


def product_type(left: Type, right: Type) -> Type:
    """Of `*`: digits and scales add."""
    blank = left.blank or right.blank
    return number(left.precision + right.precision, left.scale + right.scale, blank=blank)


def quotient_type(left: Type, right: Type) -> Type:
    """Of `/`: six digits after the point; blank where it divides by nothing."""
    return number(left.precision - left.scale + right.scale + DIVISION_SCALE, DIVISION_SCALE, blank=True)


def common_type(types: list[Type]) -> Type | None:
    """The type that holds values of all these, of `if`, `coalesce`, `min` and `max`; None where there is none."""
    real = [each for each in types if each.base != "null"]
    blank = any(each.blank for each in types)
    if not real:
        return NULL
    first = real[0]
    bases = {each.base for each in real}
    if bases <= {"choice", "text"} and len(bases) > 1:
        return None
    if len(bases) > 1:
        return None
    if first.base == "number":
        scale = max(each.scale for each in real)
        whole = max(each.precision - each.scale for each in real)
        return number(whole + scale, scale, blank=blank)
    if first.base in {"choice", "choices"}:
        options = None if any(each.options is None for each in real) else _union([each.options or () for each in real])
        return Type(first.base, blank, options=options)
    if first.base in {"ref", "refs"}:
        return Type(first.base, blank, entities=_union([each.entities for each in real]))
    return first.maybe(blank=blank)


def _union(several: list[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for one in several for each in one))

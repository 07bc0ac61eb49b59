"""Limits and defaults of fields: values that the field itself could hold. Checked before the Catalog is built of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from typing import Any

from app.definition import FIELD_TYPES
from app.definition.composite import COMPOSITE
from app.definition.field_types import MOST_STARS, USUAL_STARS
from app.definition.written import read_color, read_duration, read_time
from app.diagnostics import Diagnostic, diagnostic
from app.frozen import dataclass
from app.loading.node import Node, Path, Scalar
from app.loading.removal import changed_at
from app.loading.wording import kind_of_value

GREATEST_INTEGER = 2**63 - 1
ISO_DATE = "a date such as 2026-06-30"
ISO_DATETIME = "a date and time such as 2026-06-30T09:00:00Z"


@dataclass(frozen=True)
class Fitted:
    """The tree without the values that don't fit, the problems, and the paths that were cut out."""

    tree: Node
    problems: tuple[Diagnostic, ...]
    cut: frozenset[Path]


def fitted(tree: Node) -> Fitted:
    """Checks `min`, `max`, `default` and lengths of every field of a tree that has the right shape."""
    problems: list[Diagnostic] = []
    cut: set[Path] = set()
    for entity, thing in tree.entries_at("entities").items():
        for key, a_field in thing.entries_at("fields").items():
            path = ("entities", entity, "fields", key)
            places: dict[Path, Node] = {(): a_field}
            places |= {("link_fields", name): each for name, each in a_field.entries_at("link_fields").items()}
            for inner, each in places.items():
                for name, problem in _problems_of(each, (*path, *inner)):
                    problems.append(problem)
                    cut.add((*path, *inner, name))
                    tree = changed_at(tree, (*path, *inner), partial(_without, name))
    return Fitted(tree, tuple(problems), frozenset(cut))


def _without(name: str, node: Node) -> Node:
    return node.with_entries({key: each for key, each in node.entries.items() if key != name})


def _problems_of(a_field: Node, path: Path) -> Iterator[tuple[str, Diagnostic]]:
    """Names of attributes with what is wrong with their values."""
    its_type = a_field.find("type")
    assert its_type is not None
    type_name = str(its_type.value)
    sound: dict[str, Any] = {}
    for name in ("min", "max", "default"):
        node = a_field.find(name)
        if node is None or tuple(node.entries) == ("formula",):
            continue
        value = _value(type_name, a_field, node.value)
        if isinstance(value, _Misfit):
            message = f"the {_CALLED[name]} of '{path[-1]}' must be {value.expected}, not {kind_of_value(node)}"
            yield name, diagnostic("CFG406", message, node.span, path=(*path, name), hint=value.hint)
        else:
            sound[name] = value
    yield from _crossed(a_field, sound, path)
    yield from _lengths(a_field, path)


_CALLED = {"min": "smallest value", "max": "greatest value", "default": "default"}


@dataclass(frozen=True)
class _Misfit:
    expected: str
    hint: str | None = None


def _value(type_name: str, a_field: Node, value: object) -> Any:
    """What the field would hold, or how the value misses it."""
    if isinstance(value, dict | list):
        return _Misfit("one value")
    many = a_field.find("many")
    if type_name in ("sequence", "stage", "lookup", "user", "tags", "file", "image") or (
        many is not None and many.value is True
    ):
        reason = {"sequence": "counted", "stage": "the first stage"}.get(type_name, "chosen")
        return _Misfit("left out", f"the value of a new record is {reason}")
    if type_name in COMPOSITE and type_name != "rich_text":
        return _Misfit("left out", "a value of several parts has no default")
    read = _OF_TYPE.get(type_name) or _READ[FIELD_TYPES[type_name].holds]
    return read(value, type_name, a_field)  # type: ignore[arg-type]


def _text(value: Scalar, _type: str, a_field: Node) -> Any:
    if not isinstance(value, str):
        text = str(value).lower() if isinstance(value, bool) else str(value)
        return _Misfit("a text", f'put it in quotes: "{text}"')
    longest = a_field.find("max_length")
    if longest is not None and isinstance(longest.value, int) and len(value) > longest.value:
        return _Misfit(f"at most {longest.value} characters long")
    return value


def _option(value: Scalar, _type: str, _field: Node) -> Any:
    return value if isinstance(value, str) else _Misfit("the name of an option", f'put it in quotes: "{value}"')


def _integer(value: Scalar, _type: str, _field: Node) -> Any:
    if isinstance(value, bool) or not isinstance(value, int):
        return _Misfit("a whole number")
    return value if abs(value) <= GREATEST_INTEGER else _Misfit(f"at most {GREATEST_INTEGER}")


def _decimal(value: Scalar, type_name: str, a_field: Node) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return _Misfit("a number")
    scale = a_field.find("scale")
    kind = FIELD_TYPES[type_name]
    digits = kind.precision - (scale.value if scale is not None and isinstance(scale.value, int) else kind.scale)
    return (
        Decimal(value) if abs(value) < 10**digits else _Misfit(f"a number of at most {digits} digits before the point")
    )


def _boolean(value: Scalar, _type: str, _field: Node) -> Any:
    return value if isinstance(value, bool) else _Misfit("true or false")


def _date(value: Scalar, _type: str, _field: Node) -> Any:
    return _parsed(value, dt.date.fromisoformat, ISO_DATE)


def _datetime(value: Scalar, _type: str, _field: Node) -> Any:
    found = _parsed(value, dt.datetime.fromisoformat, ISO_DATETIME)
    if isinstance(found, dt.datetime) and found.tzinfo is None:
        return _Misfit(ISO_DATETIME, "the zone is missing: end it with Z")
    return found


def _time(value: Scalar, _type: str, _field: Node) -> Any:
    return _parsed(value, read_time, 'a time of day such as "09:30"')


def _duration(value: Scalar, _type: str, _field: Node) -> Any:
    return _parsed("0" if _is_zero(value) else value, read_duration, "a duration such as 90 minutes or 2 h 30 min")


def _is_zero(value: Scalar) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value == 0


def _color(value: Scalar, _type: str, _field: Node) -> Any:
    return _parsed(value, read_color, 'a color such as "#0b5fff"')


def _stars(value: Scalar, _type: str, a_field: Node) -> Any:
    most = USUAL_STARS if a_field.find("max") is None else MOST_STARS  # a `max` that is stated is compared by itself
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        return _Misfit(f"a whole number from 1 to {most}")
    return value


def _parsed(value: Scalar, parse: Callable[[str], Any], expected: str) -> Any:
    if not isinstance(value, str):
        return _Misfit(expected)
    try:
        return parse(value)
    except (ValueError, OverflowError):
        return _Misfit(expected)


_READ: dict[str, Callable[[Scalar, str, Node], Any]] = {
    "text": _text,
    "option": _option,
    "integer": _integer,
    "decimal": _decimal,
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
    "time": _time,
    "duration": _duration,
}
_OF_TYPE: dict[str, Callable[[Scalar, str, Node], Any]] = {"color": _color, "rating": _stars}


def _crossed(a_field: Node, sound: dict[str, Any], path: Path) -> Iterator[tuple[str, Diagnostic]]:
    """The smallest above the greatest, or a default outside of them."""
    smallest, greatest, default = sound.get("min"), sound.get("max"), sound.get("default")
    if smallest is not None and greatest is not None and smallest > greatest:
        place = a_field.entries["max"].span
        message = f"the greatest value of '{path[-1]}' is below its smallest"
        hint = f"the smallest stands in {a_field.entries['min'].span}"
        yield "max", diagnostic("CFG407", message, place, path=(*path, "max"), hint=hint)
    elif default is not None:
        for name, is_outside in (
            ("min", smallest is not None and default < smallest),
            ("max", greatest is not None and default > greatest),
        ):
            if is_outside:
                limit = kind_of_value(a_field.entries[name])
                message = f"the default of '{path[-1]}' lies outside of its limits: its {_CALLED[name]} is {limit}"
                yield "default", diagnostic("CFG406", message, a_field.entries["default"].span, path=(*path, "default"))


def _lengths(a_field: Node, path: Path) -> Iterator[tuple[str, Diagnostic]]:
    shortest, longest = a_field.find("min_length"), a_field.find("max_length")
    if shortest is None or longest is None:
        return
    if isinstance(shortest.value, int) and isinstance(longest.value, int) and shortest.value > longest.value:
        message = f"the greatest length of '{path[-1]}' is below its shortest"
        hint = f"the shortest stands in {shortest.span}"
        yield "max_length", diagnostic("CFG407", message, longest.span, path=(*path, "max_length"), hint=hint)

"""The reference of the language, derived from the dataclasses that define it: kinds, attributes, types, codes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.definition import FIELD_TYPES, Text
from app.diagnostics import CODES
from app.loading.shape import KINDS, ListOf, MapOf, NameOr, Place, Plain, PlainOr, Record, Shape, TextShape, ValueShape
from app.manual.table import Cell, Table, both

KINDS_OF_VALUE = {str: "text", int: "whole number", bool: "true or false"}


@dataclass(frozen=True)
class Described:
    """One thing with attributes: its name, what it is, where its files lie (for a kind), and its attributes."""

    name: str
    help: str
    place: str
    attributes: Table


def reference() -> tuple[Described, ...]:
    """Every kind, each followed by the things that stand only within it or first in it."""
    seen: set[type] = set()
    found: list[Described] = []
    for kind in KINDS:
        place = f"{kind.place}/<name>.yaml" if kind.is_folder else f"{kind.place}.yaml"
        found += [_described(each, place if each is kind.record else "") for each in _records(kind.record, seen)]
    return tuple(found)


def records() -> Iterator[Record]:
    """Everything that has attributes, each once."""
    seen: set[type] = set()
    for kind in KINDS:
        yield from _records(kind.record, seen)


def _records(shape: Shape, seen: set[type]) -> Iterator[Record]:
    if isinstance(shape, NameOr):
        shape = shape.map
    if isinstance(shape, PlainOr):
        shape = shape.record
    if isinstance(shape, Record) and shape.of not in seen:
        seen.add(shape.of)
        yield shape
        for place in shape.attributes.values():
            yield from _records(place.shape, seen)
    elif isinstance(shape, MapOf):
        yield from _records(shape.value, seen)
    elif isinstance(shape, ListOf):
        yield from _records(shape.item, seen)


def _described(record: Record, place: str) -> Described:
    columns = (
        both("Attribute", "属性"),
        both("Value", "取值"),
        both("Must", "必填"),
        both("Default", "默认值"),
        both("What it says", "说明"),
        both("Example", "示例"),
    )
    rows = tuple(_attribute(key, each) for key, each in record.attributes.items())
    name = record.of.__name__
    title = Text({"*": name})
    help_ = " ".join((record.of.__doc__ or "").split())
    return Described(name, help_, place, Table(name.lower(), title, Text(), columns, rows))


def _attribute(key: str, place: Place) -> tuple[Cell, ...]:
    described = place.attribute
    fits = f"Fits {', '.join(described.types)}." if described.types else ""
    limits = [
        f"{word} {limit}"
        for word, limit in (("at least", described.minimum), ("at most", described.maximum))
        if limit is not None
    ]
    help_ = " ".join(part for part in (described.title + ".", described.help, ", ".join(limits), fits) if part)
    default = "" if place.required or not isinstance(place.default, str | int) else str(place.default).lower()
    example = "" if described.example is None else str(described.example)
    return (key, worded(place.shape), place.required, default, help_, example)


def worded(shape: Shape) -> str:
    """What may stand at a place, in words."""
    match shape:
        case TextShape():
            return "text per language"
        case ValueShape():
            return "value, or {formula: …}"
        case Plain():
            return _plain(shape)
        case ListOf():
            return f"list of {worded(shape.item)}" + (", or one alone" if shape.lone else "")
        case MapOf():
            return f"map of {worded(shape.value)}"
        case NameOr():
            return f"name, or {worded(shape.map)}"
        case PlainOr():
            return f"{worded(shape.plain)}, or {worded(shape.record)}"
        case Record():
            return shape.of.__name__


def _plain(shape: Plain) -> str:
    if shape.grammar is not None:
        return shape.grammar.what.removeprefix("a ").removeprefix("an ")
    words = list(shape.words)
    kinds = [KINDS_OF_VALUE.get(kind, "number") for kind in shape.kinds if not (kind is str and words)]
    return " | ".join([*words, *dict.fromkeys(kinds)])


def types() -> Table:
    """The types that a field can have."""
    columns = (both("Type", "类型"), both("Name", "名称"), both("What it holds", "内容"))
    rows = tuple((each.name, each.title, each.help) for each in FIELD_TYPES.values())
    about = both("What the attribute `type` of a field may be.", "字段属性 `type` 的可选值。")
    return Table("types", both("Field types", "字段类型"), about, columns, rows)


def codes() -> Table:
    """What the checks may say, with what to do."""
    columns = (both("Code", "代码"), both("Severity", "级别"), both("Meaning", "含义"), both("What to do", "处理方法"))
    rows = tuple((code.name, code.severity, Text(dict(code.title)), Text(dict(code.help))) for code in CODES.values())
    about = both(
        "Every message of `crm check` begins with one of these.", "`crm check` 的每条消息都以下列代码之一开头。"
    )
    return Table("codes", both("Messages", "消息代码"), about, columns, rows)

"""The reference of the language, derived from the dataclasses that define it: kinds, attributes, types, codes."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

import yaml

from app.definition import FIELD_TYPES, Text
from app.definition.attributes import Attribute
from app.definition.grammars import Grammar
from app.diagnostics import CODES
from app.frozen import dataclass
from app.loading.shape import KINDS, ListOf, MapOf, NameOr, Place, Plain, PlainOr, Record, Shape, TextShape, ValueShape
from app.manual.chinese import both_of
from app.manual.table import Cell, Table, both
from app.plan.codes import PLAN_CODES

_WORDS = {
    en: both(en, zh)
    for en, zh in (
        ("at least", "至少"),
        ("at most", "至多"),
        ("text per language", "各语言的文本"),
        ("value, or {formula: …}", "值，或 {formula: …}"),
        ("list of {}", "列表：{}"),
        (", or one alone", "，或单独一个"),
        ("map of {}", "映射：{}"),
        ("name, or {}", "名称，或{}"),
        ("{}, or {}", "{}，或 {}"),
        ("text", "文本"),
        ("whole number", "整数"),
        ("true or false", "true 或 false"),
        ("number", "数"),
    )
}
KINDS_OF_VALUE = {str: "text", int: "whole number", bool: "true or false"}


@dataclass(frozen=True)
class Described:
    """One thing with attributes: its name, what it is, where its files lie (for a kind), and its attributes."""

    name: str
    help: Text
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
    return Described(name, both_of(said_of(record)), place, Table(name.lower(), title, Text(), columns, rows))


def said_of(record: Record) -> str:
    """What a thing is, in English."""
    return " ".join((record.of.__doc__ or "").split())


def _as_written(example: object) -> str:
    """An example as a file of a pack has it."""
    if isinstance(example, str):
        return example
    return (
        yaml.safe_dump(example, default_flow_style=True, allow_unicode=True, sort_keys=False, width=inf)
        .removesuffix("\n")
        .removesuffix("\n...")
    )


def _attribute(key: str, place: Place) -> tuple[Cell, ...]:
    described = place.attribute
    help_ = Text({language: _help(described, language) for language in ("en", "zh")})
    default = "" if place.required or not isinstance(place.default, str | int) else str(place.default).lower()
    example = "" if described.example is None else _as_written(described.example)
    value = Text({language: worded(place.shape, language) for language in ("en", "zh")})
    return (key, value, place.required, default, help_, example)


def _help(described: Attribute, language: str) -> str:
    """Title and help of an attribute, its limits, and the types of fields that it fits."""
    title, said = (both_of(text).in_language(language) for text in (described.title, described.help))
    ends = (("at least", described.minimum), ("at most", described.maximum))
    limits = [f"{_WORDS[word].in_language(language)} {limit}" for word, limit in ends if limit is not None]
    types = ", ".join(described.types)
    if language == "zh":
        parts = (f"{title}。", said, "，".join(limits) + "。" if limits else "", f"适用于 {types}。" if types else "")
        return "".join(parts)
    return " ".join(part for part in (f"{title}.", said, ", ".join(limits), f"Fits {types}." if types else "") if part)


def worded(shape: Shape, language: str = "en") -> str:
    """What may stand at a place, in words."""
    match shape:
        case TextShape():
            return _WORDS["text per language"].in_language(language)
        case ValueShape():
            return _WORDS["value, or {formula: …}"].in_language(language)
        case Plain():
            return _plain(shape, language)
        case ListOf():
            found = _WORDS["list of {}"].in_language(language).format(worded(shape.item, language))
            return found + (_WORDS[", or one alone"].in_language(language) if shape.lone else "")
        case MapOf():
            return _WORDS["map of {}"].in_language(language).format(worded(shape.value, language))
        case NameOr():
            return _WORDS["name, or {}"].in_language(language).format(worded(shape.map, language))
        case PlainOr():
            both_ends = (worded(shape.plain, language), worded(shape.record, language))
            return _WORDS["{}, or {}"].in_language(language).format(*both_ends)
        case Record():
            return shape.of.__name__


def _plain(shape: Plain, language: str) -> str:
    if shape.grammar is not None:
        return both_of(written(shape.grammar)).in_language(language)
    words = list(shape.words)
    kinds = [_WORDS[KINDS_OF_VALUE.get(kind, "number")] for kind in shape.kinds if not (kind is str and words)]
    return " | ".join([*words, *dict.fromkeys(each.in_language(language) for each in kinds)])


def written(grammar: Grammar) -> str:
    """What is written by a grammar, in English."""
    return grammar.what.removeprefix("a ").removeprefix("an ")


def types() -> Table:
    """The types that a field can have."""
    columns = (both("Type", "类型"), both("Name", "名称"), both("What it holds", "内容"))
    rows = tuple((each.name, both_of(each.title), both_of(each.help)) for each in FIELD_TYPES.values())
    about = both("What the attribute `type` of a field may be.", "字段属性 `type` 的可选值。")
    return Table("types", both("Field types", "字段类型"), about, columns, rows)


def codes() -> Table:
    """What the checks may say, with what to do."""
    columns = (both("Code", "代码"), both("Severity", "级别"), both("Meaning", "含义"), both("What to do", "处理方法"))
    every = (*CODES.values(), *PLAN_CODES.values())
    rows = tuple((code.name, code.severity, Text(dict(code.title)), Text(dict(code.help))) for code in every)
    about = both(
        "Every message of `crm check`, and whatever stops `crm plan` and `crm apply`, begins with one of these.",
        "`crm check` 的每条消息，以及 `crm plan`、`crm apply` 受阻的原因，都以下列代码之一开头。",
    )
    return Table("codes", both("Messages", "消息代码"), about, columns, rows)

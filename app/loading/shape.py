"""The shape of the language, derived once from the type hints of the dataclasses in `app.definition`.

Everything that walks configuration by its shape (canonical form, merge, schema, build) walks these values.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Any, Literal, TypeAlias, Union, get_args, get_origin, get_type_hints

from app.definition import (
    Approval,
    Automation,
    Backups,
    Conversion,
    Dashboard,
    Entity,
    Form,
    Import,
    Menu,
    Pack,
    PackTest,
    Picklist,
    Report,
    Review,
    Role,
    Segment,
    Sla,
    Template,
    Text,
    View,
)
from app.definition.attributes import Attribute, attribute_of
from app.definition.grammars import GRAMMARS, Expression, Grammar
from app.definition.values import Value
from app.frozen import dataclass


@dataclass(frozen=True)
class Plain:
    """A scalar: of one of the `kinds` (str, int, bool, Decimal), or one of the `words`, or a text of a `grammar`.

    With `words` and int among the kinds, a number may stand instead of a word.
    """

    kinds: tuple[type, ...]
    words: tuple[str, ...] = ()
    grammar: Grammar | None = None

    @property
    def is_expression(self) -> bool:
        """Whether it is a text of the expression language."""
        return self.grammar is GRAMMARS[Expression]


@dataclass(frozen=True)
class TextShape:
    """A text for people: a bare text, or one per language."""


@dataclass(frozen=True)
class ValueShape:
    """A literal (of the kinds of `plain`, else of any), or `{formula: expression}`."""

    plain: Plain | None = None


@dataclass(frozen=True)
class ListOf:
    """A list of names, plain values or "whos". With `lone`, one of them alone is short for a list of one."""

    item: Plain | Record
    lone: bool = False


@dataclass(frozen=True)
class MapOf:
    """Things by their key. `words` are the only keys, where there are such. A bare value stands under the key `bare`."""

    value: Shape
    words: tuple[str, ...] = ()
    bare: str = ""

    def is_bare(self, value: object) -> bool:
        """Whether a value is one of the things, written without its key: a text, or a map of its attributes."""
        if not isinstance(value, Mapping):
            return isinstance(value, str)
        return isinstance(self.value, Record) and any(key in self.value.attributes for key in value)


@dataclass(frozen=True)
class NameOr:
    """The name of a shared thing, or the thing itself."""

    map: MapOf


@dataclass(frozen=True)
class PlainOr:
    """A plain value, or a record that says more. A layer that states one replaces it whole."""

    plain: Plain
    record: Record


@dataclass(frozen=True)
class Record:
    """A thing with attributes. A bare word, text or number is short for the attribute `shorthand`."""

    of: type
    shorthand: str | None

    @property
    def attributes(self) -> Mapping[str, Place]:
        """Its attributes by the key that is written, in their order."""
        return _attributes(self.of)

    @property
    def required(self) -> tuple[str, ...]:
        """The keys that must be written."""
        return tuple(key for key, place in self.attributes.items() if place.required)

    @property
    def alternatives(self) -> Mapping[str, tuple[str, ...]]:
        """When exactly one of some keys must stand: these keys, each with those that may stand beside it."""
        found: Mapping[str, tuple[str, ...]] = getattr(self.of, "alternatives", {})
        return found

    @property
    def is_choice(self) -> bool:
        """Whether a layer that states it replaces it whole."""
        return getattr(self.of, "is_choice", False)

    @property
    def is_patch(self) -> bool:
        """Whether what is written patches something else, so that null and `$` keys in it are kept for that."""
        return getattr(self.of, "is_patch", False)


Shape: TypeAlias = Plain | TextShape | ValueShape | ListOf | MapOf | NameOr | PlainOr | Record


@dataclass(frozen=True)
class Place:
    """An attribute of a record: its name in Python, its shape, its description, whether it must be written."""

    name: str
    shape: Shape
    attribute: Attribute
    required: bool
    default: Any


def written(name: str) -> str:
    """The key in YAML of an attribute in Python: `for_` is `for`."""
    return name.rstrip("_")


@cache
def _attributes(of: type) -> Mapping[str, Place]:
    hints = get_type_hints(of)
    found: dict[str, Place] = {}
    for each in dataclasses.fields(of):
        described = attribute_of(each)
        if described.from_key:
            continue
        default = each.default_factory() if each.default_factory is not dataclasses.MISSING else each.default
        required = default is dataclasses.MISSING or described.stated
        shape = _shape(hints[each.name], described)
        if described.computed:
            assert isinstance(shape, Plain)
            shape = ValueShape(shape)
        found[written(each.name)] = Place(each.name, shape, described, required, default)
    return types.MappingProxyType(found)


WHOLE: Mapping[object, Shape] = types.MappingProxyType(
    {
        Text: TextShape(),
        Value: ValueShape(),
        **{hint: Plain((str,), grammar=grammar) for hint, grammar in GRAMMARS.items()},
    }
)


def _shape(hint: Any, described: Attribute | None = None) -> Shape:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _union([each for each in arguments if each is not type(None)], described)
    if hint in WHOLE:
        return WHOLE[hint]
    if origin is Literal:
        return Plain((str,), arguments)
    if origin is tuple:
        item = _shape(arguments[0])
        assert isinstance(item, Plain | Record)
        return ListOf(item, lone=described is not None and described.lone)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return MapOf(_shape(arguments[1]), get_args(arguments[0]), described.bare if described else "")
    if dataclasses.is_dataclass(hint):
        assert isinstance(hint, type)
        return Record(hint, getattr(hint, "shorthand", None))
    assert hint in (str, int, bool, Decimal), f"no shape for {hint}"
    return Plain((hint,), described.words if described else ())


def _union(hints: list[Any], described: Attribute | None) -> Shape:
    if len(hints) == 1:
        return _shape(hints[0], described)
    shapes = [_shape(each) for each in hints]
    by_name = next((each for each in shapes if isinstance(each, MapOf)), None)
    if by_name is not None:
        return NameOr(by_name)
    record = next((each for each in shapes if isinstance(each, Record) and each.shorthand is None), None)
    plain = next((each for each in shapes if isinstance(each, Plain)), None)
    if record is not None and plain is not None:
        return PlainOr(plain, record)
    whole = next((each for each in shapes if isinstance(each, ValueShape | Record)), None)
    if whole is not None:  # of a record, the plain alternative is its shorthand
        return whole
    plains = [each for each in shapes if isinstance(each, Plain)]
    kinds = tuple(dict.fromkeys(kind for each in plains for kind in each.kinds))
    words = tuple(word for each in plains for word in each.words)
    return Plain(kinds, words or (described.words if described else ()))


@dataclass(frozen=True)
class Kind:
    """A kind of thing in a pack: what one is called, and the folder of its files (one file a thing) or its only file."""

    name: str
    place: str
    record: Record
    is_folder: bool = True


def _kind(name: str, place: str, of: type, *, is_folder: bool = True) -> Kind:
    return Kind(name, place, Record(of, getattr(of, "shorthand", None)), is_folder)


KINDS: tuple[Kind, ...] = (
    _kind("pack", "pack", Pack, is_folder=False),
    _kind("menu", "menu", Menu, is_folder=False),
    _kind("backups", "backups", Backups, is_folder=False),
    _kind("entity", "entities", Entity),
    _kind("picklist", "picklists", Picklist),
    _kind("role", "roles", Role),
    _kind("automation", "automations", Automation),
    _kind("approval", "approvals", Approval),
    _kind("sla", "slas", Sla),
    _kind("review", "reviews", Review),
    _kind("view", "views", View),
    _kind("segment", "segments", Segment),
    _kind("report", "reports", Report),
    _kind("dashboard", "dashboards", Dashboard),
    _kind("template", "templates", Template),
    _kind("form", "forms", Form),
    _kind("import", "imports", Import),
    _kind("conversion", "conversions", Conversion),
    _kind("test", "tests", PackTest),
)
FOLDERS: Mapping[str, Record] = types.MappingProxyType({kind.place: kind.record for kind in KINDS if kind.is_folder})
FILES: Mapping[str, Record] = types.MappingProxyType({kind.place: kind.record for kind in KINDS if not kind.is_folder})
KIND_OF: Mapping[str, str] = types.MappingProxyType({kind.place: kind.name for kind in KINDS})


def shape_of_place(place: str) -> Shape:
    """The shape of what stands at the top of the merged tree: a file's thing, or a folder of things."""
    return FILES[place] if place in FILES else MapOf(FOLDERS[place])


@cache
def places_below(shape: Shape) -> tuple[tuple[str, Place], ...]:
    """All attributes that may stand in a value of this shape or deeper, each once, with their keys."""
    found: list[tuple[str, Place]] = []
    waiting: list[Shape] = [shape]
    seen: set[Shape] = set()
    while waiting:
        each = waiting.pop()
        if isinstance(each, NameOr | PlainOr):
            each = each.map if isinstance(each, NameOr) else each.record
        if isinstance(each, MapOf):
            waiting.append(each.value)
        elif isinstance(each, ListOf):
            waiting.append(each.item)
        elif isinstance(each, Record) and each not in seen:
            seen.add(each)
            found += each.attributes.items()
            waiting += [place.shape for place in each.attributes.values()]
    return tuple(found)


def shape_at(path: tuple[str, ...]) -> Shape | None:
    """The shape of the value at a path of the merged tree; None where the language has nothing."""
    if not path or path[0] not in KIND_OF:
        return None
    shape: Shape | None = shape_of_place(path[0])
    for part in path[1:]:
        shape = shape_below(shape, part)
    return shape


def shape_below(shape: Shape | None, part: str) -> Shape | None:
    """The shape of an entry of a value of this shape; None where the language has nothing."""
    if isinstance(shape, NameOr | PlainOr):
        shape = shape.map if isinstance(shape, NameOr) else shape.record
    if isinstance(shape, Record):
        place = shape.attributes.get(part)
        return place.shape if place else None
    if isinstance(shape, MapOf):
        return shape.value
    if isinstance(shape, ListOf):
        return shape.item
    if isinstance(shape, ValueShape):
        return Plain((str,), grammar=GRAMMARS[Expression]) if part == "formula" else shape
    return Plain((str,)) if isinstance(shape, TextShape) else None

"""The shape of the language, derived once from the type hints of the dataclasses in `app.definition`.

Everything that walks configuration by its shape (canonical form, merge, schema, build) walks these values.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any, Literal, TypeAlias, Union, get_args, get_origin, get_type_hints

from app.definition import Entity, Menu, Pack, Picklist, Role, Text
from app.definition.attributes import Attribute, attribute_of


@dataclass(frozen=True)
class Plain:
    """A scalar: of one of the `kinds` (str, int, bool, Decimal), or one of the `words`."""

    kinds: tuple[type, ...]
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class TextShape:
    """A text for people: a bare text, or one per language."""


@dataclass(frozen=True)
class ListOf:
    """A list of names or plain values."""

    item: Plain


@dataclass(frozen=True)
class MapOf:
    """Things by their key. `words` are the only keys, where there are such."""

    value: Shape
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class NameOr:
    """The name of a shared thing, or the thing itself."""

    map: MapOf


@dataclass(frozen=True)
class Record:
    """A thing with attributes. A bare word or text is short for the attribute `shorthand`."""

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


Shape: TypeAlias = Plain | TextShape | ListOf | MapOf | NameOr | Record


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
        found[written(each.name)] = Place(each.name, shape, described, required, default)
    return types.MappingProxyType(found)


def _shape(hint: Any, described: Attribute | None = None) -> Shape:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _union([each for each in arguments if each is not type(None)], described)
    if hint is Text:
        return TextShape()
    if origin is Literal:
        return Plain((str,), arguments)
    if origin is tuple:
        item = _shape(arguments[0])
        assert isinstance(item, Plain)
        return ListOf(item)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return MapOf(_shape(arguments[1]), get_args(arguments[0]))
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
    kinds = tuple(kind for each in shapes if isinstance(each, Plain) for kind in each.kinds)
    return Plain(kinds)


PACK = Record(Pack, None)
MENU = Record(Menu, None)
ENTITY = Record(Entity, None)
PICKLIST = Record(Picklist, None)
ROLE = Record(Role, None)
FOLDERS: Mapping[str, Record] = types.MappingProxyType({"entities": ENTITY, "picklists": PICKLIST, "roles": ROLE})
FILES: Mapping[str, Record] = types.MappingProxyType({"pack": PACK, "menu": MENU})


def shape_at(path: tuple[str, ...]) -> Shape | None:
    """The shape of the value at a path of the merged tree; None where the language has nothing."""
    if not path:
        return None
    shape: Shape | None = FILES.get(path[0])
    if shape is None and path[0] in FOLDERS:
        shape = MapOf(FOLDERS[path[0]])
    for part in path[1:]:
        shape = _below(shape, part)
    return shape


def _below(shape: Shape | None, part: str) -> Shape | None:
    if isinstance(shape, NameOr):
        shape = shape.map
    if isinstance(shape, Record):
        place = shape.attributes.get(part)
        return place.shape if place else None
    if isinstance(shape, MapOf):
        return shape.value
    if isinstance(shape, ListOf):
        return shape.item
    return Plain((str,)) if isinstance(shape, TextShape) else None

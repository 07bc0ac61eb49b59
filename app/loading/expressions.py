"""Where expressions stand in a tree: each with the records that it is about and what it is for.

The entity whose fields are meant is the one that the thing states (`entity:`), or in whose map or file it stands. Formulas
of values are about the record that started it all: in an action that makes a task, about the triggering record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

from app.definition import Field, LinkField
from app.definition.attributes import Profile
from app.frozen import dataclass
from app.loading.node import Node, Path
from app.loading.shape import (
    KIND_OF,
    KINDS,
    ListOf,
    MapOf,
    NameOr,
    Place,
    Plain,
    PlainOr,
    Record,
    Shape,
    ValueShape,
    places_below,
    shape_of_place,
)

OtherSide = Callable[[str | None, str], str | None]
"""The entity behind a related list, or a lookup, of an entity."""
WITHOUT = frozenset({"tests"})  # what stands there is data


@dataclass(frozen=True, slots=True)
class Written:
    """An expression as it is written. `entity` is whose records it is about; None where several things may use it.

    `gives` is the entity and the field whose value it gives, `is_value` whether it gives a value at all; else it is a
    condition. `of` is the class of the thing whose attribute `key` it is.
    """

    node: Node
    path: Path
    entity: str | None
    profile: Profile
    of: type
    key: str
    is_value: bool = False
    gives: tuple[str, str] | None = None


def expressions_in(tree: Node, other_side: OtherSide) -> Iterator[Written]:
    """All expressions of a canonical tree."""
    walk = _Walk(other_side)
    for place in KIND_OF:
        node = tree.find(place)
        if node is not None and node.entries and place not in WITHOUT:
            yield from walk.of(node, shape_of_place(place), (place,), _Within(None, None))


@dataclass(frozen=True, slots=True)
class _Within:
    """`entity`: whose fields names are; `about`: the one that the whole thing is about."""

    entity: str | None
    about: str | None

    def inner(self, entity: str) -> _Within:
        return _Within(entity, self.about or entity)


@dataclass(frozen=True)
class _Walk:
    other_side: OtherSide

    def of(self, node: Node, shape: Shape, path: Path, within: _Within) -> Iterator[Written]:
        """The expressions below a node."""
        if not may_hold_expressions(shape):
            return
        if isinstance(shape, NameOr | PlainOr):
            shape = shape.map if isinstance(shape, NameOr) else shape.record
        if isinstance(shape, Record):
            yield from self._of_record(node, shape, path, within)
        elif isinstance(shape, MapOf):
            for key, each in node.entries.items():
                inner = within.inner(key) if path == ("entities",) else within
                yield from self.of(each, shape.value, (*path, key), inner)
        elif isinstance(shape, ListOf):
            for number, each in enumerate(node.items):
                yield from self.of(each, shape.item, (*path, str(number)), within)

    def _of_record(self, node: Node, shape: Record, path: Path, within: _Within) -> Iterator[Written]:
        places = shape.attributes
        related = None
        for key, each in node.entries.items():
            word = places[key].attribute.names if key in places else ""
            if word == "entity" and each.text is not None and shape.of is not Field:
                within = within.inner(each.text)
            elif word in ("inverse", "related") and each.text is not None:
                related = self.other_side(within.entity, each.text)
        for key, each in node.entries.items():
            place = places.get(key)
            if place is not None and may_hold_expressions(place.shape):
                yield from self._of_attribute(each, (shape, place), (*path, key), within, related)

    def _of_attribute(
        self, node: Node, at: tuple[Record, Place], path: Path, within: _Within, related: str | None
    ) -> Iterator[Written]:
        shape, place = at
        profile, of, key = place.attribute.profile, shape.of, path[-1]
        own = (within.entity, path[-2]) if of is Field and within.entity is not None else None
        if isinstance(place.shape, Plain):
            if node.text is not None:
                entity = related if related is not None and profile == "filter" else within.entity
                is_value = key == "formula"
                yield Written(node, path, entity, profile, of, key, is_value, own if is_value else None)
        elif isinstance(place.shape, ValueShape) and of is LinkField:  # about a link, which is of no entity
            _, entity, _, links, _, name, *_ = path
            given = Written(node, path, None, profile, of, key, is_value=True, gives=(entity, f"{links}.{name}"))
            yield from _value(node, given)
        elif isinstance(place.shape, ValueShape):
            yield from _value(node, Written(node, path, within.about, profile, of, key, is_value=True, gives=own))
        elif isinstance(place.shape, MapOf) and isinstance(place.shape.value, ValueShape):
            target = related if place.attribute.names == "related_field" else within.entity
            is_named = place.attribute.names in ("field", "related_field") and target is not None
            for name, each in node.entries.items():
                gives = (str(target), name) if is_named else None
                found = Written(each, (*path, name), within.about, profile, of, key, is_value=True, gives=gives)
                yield from _value(each, found)
        elif place.attribute.names == "entity" and isinstance(place.shape, MapOf):
            for name, each in node.entries.items():
                yield from self.of(each, place.shape.value, (*path, name), within.inner(name))
        else:
            yield from self.of(node, place.shape, path, within)


def _value(node: Node, found: Written) -> Iterator[Written]:
    formula = node.entries.get("formula")
    if formula is not None and len(node.entries) == 1 and formula.text is not None:
        yield Written(
            formula, (*found.path, "formula"), found.entity, found.profile, found.of, found.key, True, found.gives
        )


@cache
def may_hold_expressions(shape: Shape) -> bool:
    """Whether something below a shape may be an expression: most of a pack is not."""
    return _is_expression(shape) or any(_is_expression(place.shape) for _, place in places_below(shape))


def _is_expression(shape: Shape) -> bool:
    if isinstance(shape, MapOf):
        shape = shape.value
    return isinstance(shape, ValueShape) or (isinstance(shape, Plain) and shape.is_expression)


@cache
def expression_keys() -> frozenset[str]:
    """The keys behind which an expression may stand, wherever they are."""
    below = (each for kind in KINDS for each in places_below(kind.record))
    own = (key for key, place in below if isinstance(place.shape, Plain) and place.shape.is_expression)
    return frozenset({"formula", *own})

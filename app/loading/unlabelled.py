"""Labels that nobody wrote: those of what a thing shows, or the key in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from app.definition import Card, Dimension, FormField, Text, words
from app.definition.text import ANY_LANGUAGE
from app.loading.shape import MapOf, NameOr, Record, Shape, TextShape
from app.loading.texts import Labels, text_of

Tree = Mapping[str, Any]
Other = Callable[[type, Tree], Text | None]
SHOWN = {"view": "views", "report": "reports"}


def with_labels(value: Any, shape: Shape, key: str, other: Other) -> Any:
    """The plain value of a shape in which everything that may have a label has one. `other` gives the label of something
    that takes it from elsewhere.
    """
    if isinstance(shape, NameOr):
        shape = shape.map
    if not isinstance(value, Mapping) or not _has_labels(shape):
        return value
    if isinstance(shape, MapOf):
        return {name: with_labels(each, shape.value, name, other) for name, each in value.items()}
    if not isinstance(shape, Record):
        return value
    attributes = shape.attributes
    result = {
        name: with_labels(each, attributes[name].shape, name, other) if name in attributes else each
        for name, each in value.items()
    }
    if _is_labelled(shape) and not value.get("label"):
        result["label"] = other(shape.of, value) or words(key)
    return result


def others(thing: Tree, labels: Labels, tree: Tree) -> Other:
    """What gives a label to the unlabelled parts of a thing: a card has that of its view or report, a dimension or a field of
    a form that of its field.
    """
    entity = entity_of(thing)

    def other(of: type, value: Tree) -> Text | None:
        if of is Card:
            return _label_of_shown(value, tree)
        if of is Dimension and entity is not None:
            return labels.at(entity, str(value.get("field")))
        return None

    return other


def entity_of(thing: Tree) -> str | None:
    """The entity that a thing of a folder is about."""
    found = thing.get("entity") or thing.get("from")
    return found if isinstance(found, str) else None


def _label_of_shown(card: Tree, tree: Tree) -> Text | None:
    for name, folder in SHOWN.items():
        key = card.get(name)
        if key is not None:
            shown = tree.get(folder, {}).get(key)
            return text_of(shown.get("label")) or Text({ANY_LANGUAGE: words(key)}) if shown is not None else None
    return None


def _is_labelled(record: Record) -> bool:
    place = record.attributes.get("label")
    return place is not None and isinstance(place.shape, TextShape) and record.of is not FormField


@cache
def _has_labels(shape: Shape, within: frozenset[type] = frozenset()) -> bool:
    """Whether something with a label may stand in a value of this shape."""
    if isinstance(shape, NameOr):
        shape = shape.map
    if isinstance(shape, MapOf):
        return _has_labels(shape.value, within)
    if not isinstance(shape, Record) or shape.of in within:
        return False
    inner = within | {shape.of}
    return _is_labelled(shape) or any(_has_labels(place.shape, inner) for place in shape.attributes.values())

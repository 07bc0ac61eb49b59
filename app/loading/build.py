"""Plain trees to the Catalog. What was validated builds without fail; the shorthand forms are understood as well."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from types import MappingProxyType
from typing import Any

from app.definition import Catalog, Field, Text, words
from app.definition.builtin import REQUIRED_FIELDS, builtin_entities
from app.definition.field_types import FIELD_TYPES
from app.definition.text import ANY_LANGUAGE
from app.definition.values import Value
from app.diagnostics import Span
from app.loading.currencies import with_currencies
from app.loading.shape import (
    FILES,
    FOLDERS,
    KIND_OF,
    ListOf,
    MapOf,
    NameOr,
    Plain,
    PlainOr,
    Record,
    Shape,
    TextShape,
    ValueShape,
)
from app.loading.texts import Labels, text_of
from app.loading.unlabelled import entity_of, others, with_labels
from app.loading.variants import with_whole_variants

Tree = dict[str, Any]
OF_FILES = {"$content": "content", "$digest": "digest"}  # what `attached` adds to the name of a file
Origins = Mapping[tuple[str, ...], tuple[Span, ...]]


def completed(tree: Mapping[str, Any]) -> Tree:
    """The tree with what every system needs: the entities user, department and team with their fields."""
    entities = dict(tree.get("entities", {}))
    for key, minimal in builtin_entities().items():
        present = entities.get(key)
        if present is None:
            entities[key] = minimal
            continue
        missing = {name: minimal["fields"][name] for name in REQUIRED_FIELDS[key] if name not in present["fields"]}
        if missing:
            entities[key] = {**present, "fields": {**present["fields"], **missing}}
    entities = with_currencies(tree, entities)
    return {**{place: {} for place in KIND_OF}, **tree, "entities": entities}


def catalog_of_tree(tree: Mapping[str, Any], origins: Origins = MappingProxyType({})) -> Catalog:
    """The Catalog of a valid plain tree {"pack", "entities", "roles", …} by place of a kind, each of which may be left out.

    Raises ValueError or KeyError for a tree that the language does not allow; packs are checked by `load_pack`.
    """
    whole = completed(tree)
    labels = Labels(whole["entities"])
    things: dict[str, Any] = {}
    for folder, shape in FOLDERS.items():
        build = _builder(shape)
        things[folder] = MappingProxyType(
            {
                key: build(
                    _labelled(folder, key, value, labels, whole),
                    key,
                    _Texts(labels, key if folder == "entities" else entity_of(value)),
                )
                for key, value in whole[folder].items()
            }
        )
    texts = _Texts(labels, None)
    return Catalog(
        **{
            name: _builder(shape)(_labelled(name, "", whole[name], labels, whole), "", texts)
            for name, shape in FILES.items()
        },
        hash=hash_of(whole),
        origins=origins,
        **things,
    )


def hash_of(tree: Mapping[str, Any]) -> str:
    """SHA-256 of the tree as JSON; the order of keys counts, because it is the order on the screen."""
    text = json.dumps(tree, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class _Texts:
    """Makes the texts of one thing."""

    def __init__(self, labels: Labels, entity: str | None) -> None:
        self._labels = labels
        self._entity = entity

    def make(self, value: Any) -> Text:
        return value if isinstance(value, Text) else self._labels.resolved(text_of(value), self._entity)


Build = Callable[[Any, str, _Texts], Any]


@cache
def _builder(shape: Shape) -> Build:
    if isinstance(shape, TextShape):
        return lambda value, _key, texts: texts.make(value)
    if isinstance(shape, ListOf):
        return _list_builder(shape)
    if isinstance(shape, Plain):
        return _plain_builder(shape)
    if isinstance(shape, ValueShape):
        return lambda value, _key, _texts: _value(value)
    if isinstance(shape, NameOr):
        of_map = _builder(shape.map)
        return lambda value, key, texts: value if isinstance(value, str) else of_map(value, key, texts)
    if isinstance(shape, PlainOr):
        of_record = _builder(shape.record)
        return lambda value, key, texts: of_record(value, key, texts) if isinstance(value, Mapping) else value
    if isinstance(shape, MapOf):
        return _map_builder(shape)
    return _record_builder(shape)


def _plain_builder(shape: Plain) -> Build:
    if _is_number(shape):  # in a snapshot decimals are texts
        return lambda value, _key, _texts: Decimal(value) if isinstance(value, str) else value
    return lambda value, _key, _texts: value


def _is_number(shape: Plain) -> bool:
    return Decimal in shape.kinds and str not in shape.kinds


def _needs_no_work(shape: Shape) -> bool:
    return isinstance(shape, Plain) and not _is_number(shape)


def _list_builder(shape: ListOf) -> Build:
    if isinstance(shape.item, Plain):
        return lambda value, _key, _texts: tuple(value) if isinstance(value, list | tuple) else (value,)
    of_item = _builder(shape.item)
    return lambda value, key, texts: tuple(
        of_item(each, key, texts) for each in (value if isinstance(value, list | tuple) else (value,))
    )


def _map_builder(shape: MapOf) -> Build:
    of_value, bare = _builder(shape.value), shape.bare

    def build(value: Any, _key: str, texts: _Texts) -> Any:
        whole = {bare: value} if bare and shape.is_bare(value) else value
        return MappingProxyType({name: of_value(each, name, texts) for name, each in whole.items()})

    return build


def _value(value: Any) -> Value:
    if isinstance(value, Mapping) and tuple(value) == ("formula",):
        return Value(formula=value["formula"])
    return Value(literal=_with_texts(value))


def _with_texts(value: Any) -> Any:
    """The literal with decimals as texts, as a snapshot and the wire have them."""
    if isinstance(value, Mapping):
        return {key: _with_texts(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_with_texts(each) for each in value]
    return str(value) if isinstance(value, Decimal) else value


def _record_builder(shape: Record) -> Build:
    of, shorthand = shape.of, shape.shorthand
    # Plain values need no work; only what has a builder of its own costs a call. A record may hold others of its kind:
    # the builders of its attributes are made when the first is built.
    table: dict[str, tuple[str, Build | None]] = {}
    is_field, takes_key = of is Field, "key" in getattr(of, "__dataclass_fields__", {})

    def build(value: Any, key: str, texts: _Texts) -> Any:
        if not table:
            table.update(
                (name, (place.name, None if _needs_no_work(place.shape) else _builder(place.shape)))
                for name, place in shape.attributes.items()
            )
        if not isinstance(value, Mapping):
            if shorthand is None:
                raise ValueError(f"'{key}' must be a map, not {value!r}")
            value = {shorthand: value}
        given: dict[str, Any] = {"key": key} if takes_key else {}
        for name, each in value.items():
            if name in OF_FILES:
                given[OF_FILES[name]] = each
                continue
            if name not in table:
                raise ValueError(f"'{key}' has no attribute '{name}'")
            attribute, of_value = table[name]
            given[attribute] = each if of_value is None else of_value(each, name, texts)
        if is_field:
            _computed_default(given)
            _numbers(given)
        return of(**given)

    return build


def _computed_default(given: dict[str, Any]) -> None:
    """A default is a value that the field could hold, or the formula that gives it."""
    default = given.get("default")
    if isinstance(default, Value):
        given |= {"default": default.literal, "default_formula": default.formula}


def _numbers(given: dict[str, Any]) -> None:
    """Limits and default of a field of numbers become what the field holds; in a snapshot decimals are texts."""
    holds = FIELD_TYPES[given["type"]].holds
    if holds not in ("integer", "decimal"):
        return
    kind: Callable[[str], int | Decimal] = int if holds == "integer" else Decimal
    for name in ("min", "max", "default"):
        value = given.get(name)
        if value is not None:
            given[name] = kind(str(value))


# Labels that nobody wrote


def _labelled(folder: str, key: str, value: Mapping[str, Any], labels: Labels, tree: Tree) -> Mapping[str, Any]:
    if folder == "entities":
        return _labelled_entity(key, value, labels)
    if folder == "pack":
        return value if value.get("label") else {**value, "label": words(key)}
    shape = FOLDERS.get(folder) or FILES[folder]
    labelled: Mapping[str, Any] = with_labels(value, shape, key, others(value, labels, tree))
    return labelled


def _labelled_entity(key: str, value: Mapping[str, Any], labels: Labels) -> Mapping[str, Any]:
    named = {**value, "label": labels.entity(key), "plural": labels.plural(key)}
    named["fields"] = {name: _labelled_field(name, each, labels) for name, each in value["fields"].items()}
    if "pipelines" in value:
        named["pipelines"] = {
            name: {**each, "label": each.get("label") or words(name), "stages": _all_labelled(each["stages"])}
            for name, each in value["pipelines"].items()
        }
    if value.get("layout"):
        named["layout"] = _labelled_layout(key, with_whole_variants(value["layout"]), labels)
    # A label that is a Text already had its tokens left in: the resolver of the builder is for plain values.
    return {**named, **{name: labels.resolved(named[name], key) for name in ("label", "plural")}}


def _labelled_field(key: str, value: Any, labels: Labels) -> Any:
    if isinstance(value, str):
        value = {"type": value}
    if not value.get("label"):
        value = {**value, "label": labels.default_of_field(key, value.get("to"))}
    own = value.get("link_fields")
    if own:
        value = {**value, "link_fields": {name: _labelled_field(name, each, labels) for name, each in own.items()}}
    options = value.get("options")
    return {**value, "options": _all_labelled(options)} if isinstance(options, Mapping) else value


def _labelled_layout(entity: str, layout: Mapping[str, Any], labels: Labels) -> Mapping[str, Any]:
    """A layout, or a variant of one."""
    result = dict(layout)
    if layout.get("tabs"):
        result["tabs"] = {name: _labelled_tab(entity, name, each, labels) for name, each in layout["tabs"].items()}
    if layout.get("variants"):
        result["variants"] = {name: _labelled_layout(entity, each, labels) for name, each in layout["variants"].items()}
    return result


def _labelled_tab(entity: str, key: str, value: Mapping[str, Any], labels: Labels) -> Mapping[str, Any]:
    sections = {
        name: each if each.get("label") else {**each, "label": _label_of_section(entity, name, each, labels)}
        for name, each in value["sections"].items()
    }
    return {**value, "label": value.get("label") or words(key), "sections": sections}


def _label_of_section(entity: str, key: str, value: Mapping[str, Any], labels: Labels) -> Text:
    related = value.get("related")
    source = labels.entity_of_inverse(entity, related) if related else None
    plural = labels.plural(source) if source else None
    return plural or Text({ANY_LANGUAGE: words(key)})


def _all_labelled(things: Mapping[str, Any]) -> Mapping[str, Any]:
    """Things whose bare form is their label, each with a label."""
    return {
        key: each if not isinstance(each, Mapping) or each.get("label") else {**each, "label": words(key)}
        for key, each in things.items()
    }

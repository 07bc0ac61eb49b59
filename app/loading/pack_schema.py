"""JSON Schemas of one pack, for editors: those of the language with the pack's own names in them.

Where the language wants a name, the schema lists the names that there are, so that an editor completes and underlines
them. Each entity and each picklist has a schema of its own, which knows what its maps hold already: in an overlay that is
what can be patched.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from app.definition import SYSTEM_FIELDS, Field
from app.definition.keys import EVERY_ENTITY
from app.loading.load import Loaded
from app.loading.schema import DIALECT, KINDS, Schema, SchemaGenerator
from app.loading.shape import FOLDERS, KIND_OF, ListOf, MapOf, NameOr, Place, Plain, Record, Shape

OWN_SCHEMA = ("entities", "picklists")  # folders whose things have a schema each
NAMED_IN_THE_PACK = {"calendar": "calendars", "inbound": "inbound"}
NAME_OR_NOTHING = {"type": ["string", "null"]}

Names = Mapping[str, Sequence[str]]
Tree = Mapping[str, Any]


def pack_schemas(loaded: Loaded, *, is_overlay: bool) -> dict[str, str]:
    """The schemas by the path that each has below the folder of schemas: `role.schema.json`, `entities/account.schema.json`."""
    tree = loaded.tree
    names = names_of(tree)
    options = {key: list(each.get("options", {})) for key, each in tree.get("picklists", {}).items()}
    found = {}
    for kind, record in KINDS.items():
        generator = _WithNames(names, options, is_overlay=is_overlay)
        found[f"{kind}.schema.json"] = _text(kind, generator.body(record), generator)
    for place in OWN_SCHEMA:
        for key, thing in tree.get(place, {}).items():
            generator = _WithNames({**names, **_names_within(thing, _parts(tree))}, options, is_overlay=is_overlay)
            body = generator.body_of(FOLDERS[place], thing)
            found[f"{place}/{key}.schema.json"] = _text(key, body, generator)
    return found


def schema_path(place: str, key: str | None) -> str:
    """Which of the schemas is that of a file: of a folder's thing, or of a file that stands alone (`key` is None)."""
    if place in OWN_SCHEMA and key is not None:
        return f"{place}/{key}.schema.json"
    return f"{KIND_OF[place]}.schema.json"


def names_of(tree: Tree) -> Names:
    """The names that the pack knows, by the word for what they name."""
    fields = {name for entity in tree["entities"].values() for name in entity["fields"]}
    found: dict[str, Sequence[str]] = {KIND_OF[place]: sorted(tree.get(place, {})) for place in FOLDERS}
    found.update({word: sorted(tree["pack"].get(place, {})) for word, place in NAMED_IN_THE_PACK.items()})
    return {**found, **_of_fields(sorted(fields), _parts(tree))}


def _names_within(thing: Tree, parts: Sequence[str]) -> Names:
    return _of_fields(list(thing["fields"]), parts) if "fields" in thing else {}


def _parts(tree: Tree) -> list[str]:
    """The names under which records show their parts."""
    found = set()
    for key, entity in tree["entities"].items():
        parent = entity.get("parent")
        if isinstance(parent, Mapping) and parent.get("part"):
            found.add(entity["fields"].get(parent.get("field"), {}).get("inverse") or key)
    return sorted(found)


def _of_fields(declared: Sequence[str], parts: Sequence[str]) -> Names:
    every = [*declared, *SYSTEM_FIELDS]
    descending = [f"-{name}" for name in every]
    return {
        "declared": declared, "field": every, "field_or_part": [*every, *parts], "sort": [*every, *descending],
    }  # fmt: skip


class _WithNames(SchemaGenerator):
    """Writes the names that there are where the language wants a name. `options` are those of the shared picklists."""

    def __init__(self, names: Names, options: Names, *, is_overlay: bool) -> None:
        super().__init__(is_patch=is_overlay)
        self.names = names
        self.options = options

    def attribute(self, place: Place) -> Schema:
        schema = super().attribute(place)
        known = self.names.get(place.attribute.names)
        return _with_names(schema, place.shape, known) if known else schema

    def body_of(self, record: Record, thing: Tree) -> Schema:
        """The body of a record, with what its maps hold already."""
        schema = self.body(record)
        for key, place in record.attributes.items():
            if isinstance(thing.get(key), Mapping):
                schema["properties"][key] = self._known(schema["properties"][key], place.shape, thing[key])
        return schema

    def _known(self, schema: Schema, shape: Shape, value: Tree) -> Schema:
        if isinstance(shape, NameOr):
            shape = shape.map
        if isinstance(shape, Record):
            if shape.shorthand:
                return schema
            said: Schema = {key: schema[key] for key in ("title", "description") if key in schema}
            return said | self.body_of(shape, value)
        if not isinstance(shape, MapOf):
            return schema
        inner = {name: self._entry(shape.value, each) for name, each in value.items()}
        return {**schema, "properties": {**inner, **schema.get("properties", {})}}

    def field_of(self, shape: Record, name: str) -> Schema:
        """The schema of a field of a type; the default of a picklist is one of its options."""
        schema = super().field_of(shape, name)
        if name == "picklist":
            schema["allOf"] = [
                {
                    "if": {"properties": {"options": {"const": key}}, "required": ["options"]},
                    "then": _default_of(options),
                }
                for key, options in self.options.items()
            ]
        return schema

    def _entry(self, shape: Shape, value: Any) -> Schema:
        if isinstance(shape, Record) and shape.of is Field and isinstance(value, Mapping):
            options = value.get("options")
            own = self.options.get(options, []) if isinstance(options, str) else list(options or ())
            return {"allOf": [self.of(shape), *([_default_of(own)] if own else [])]}
        holds_maps = isinstance(shape, Record) and any(
            isinstance(place.shape, MapOf) for place in shape.attributes.values()
        )
        if holds_maps and isinstance(value, Mapping) and isinstance(shape, Record) and not shape.shorthand:
            return self.body_of(shape, value)
        return self.of(shape)


def _text(title: str, body: Schema, generator: SchemaGenerator) -> str:
    schema = {"$schema": DIALECT, "title": title, **body, "$defs": dict(sorted(generator.definitions.items()))}
    return json.dumps(schema, ensure_ascii=False, indent=1) + "\n"


def _default_of(options: Sequence[str]) -> Schema:
    default = {"examples": list(options), "if": NAME_OR_NOTHING, "then": {"enum": [*options, None]}}
    return {"properties": {"default": default}}


def _with_names(schema: Schema, shape: Shape, known: Sequence[str]) -> Schema:
    words = list(known)
    if isinstance(shape, Plain):
        rest = {key: each for key, each in schema.items() if key not in ("type", "pattern")}
        return {**rest, "enum": [*words, None] if "null" in schema.get("type", ()) else words}
    if isinstance(shape, ListOf):
        found = _with_items(schema, {"enum": words})
        return {**found, "examples": words} if shape.lone else found
    if isinstance(shape, MapOf):
        value = schema.get("additionalProperties", True)
        inner = dict.fromkeys((*words, EVERY_ENTITY), value)
        return {**schema, "properties": {**inner, **schema.get("properties", {})}}
    said: Schema = {key: each for key, each in schema.items() if key in ("title", "description")} | {"examples": words}
    inline = {key: each for key, each in schema.items() if key not in said}
    return {**said, "if": NAME_OR_NOTHING, "then": {"enum": [*words, None]}, "else": inline}


def _with_items(schema: Schema, item: Schema) -> Schema:
    """The list with other items, wherever the schema says what they are."""
    if "then" in schema:
        alone = {"else": item} if "else" in schema else {}
        return {**schema, "then": _with_items(schema["then"], item), **alone}
    return {**schema, "items": item} if "items" in schema else schema

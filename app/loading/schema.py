"""JSON Schema of the language, generated from the dataclasses: for each kind the full form and the patch form.

A union is written `if type ... then ...`, never `oneOf`: an error then names the one thing that is wrong.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Any

from app.definition import FIELD_TYPES, Field
from app.definition.attributes import Attribute
from app.definition.grammars import GRAMMARS, Expression
from app.loading import shape as shapes
from app.loading.shape import ListOf, MapOf, NameOr, Place, Plain, PlainOr, Record, Shape, TextShape, ValueShape

DIALECT = "https://json-schema.org/draft/2020-12/schema"
LANGUAGES = {"en": "English", "zh": "Chinese", "*": "Every language without a text of its own"}
KINDS: Mapping[str, Record] = {kind.name: kind.record for kind in shapes.KINDS}
TYPE_NAMES = {str: "string", int: "integer", Decimal: "number", bool: "boolean"}
Schema = dict[str, Any]


def generate_all() -> dict[str, str]:
    """The files of `schemas/`: name and text."""
    files = {}
    for kind in KINDS:
        files[f"{kind}.schema.json"] = _text(schema_of(kind))
        files[f"{kind}.patch.schema.json"] = _text(schema_of(kind, is_patch=True))
    return files


def _text(schema: Schema) -> str:
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


@cache
def schema_of(kind: str, *, is_patch: bool = False) -> Schema:
    """The schema of a kind of file. In the patch form nothing is required, null removes and `$` keys may stand."""
    generator = SchemaGenerator(is_patch=is_patch)
    record = KINDS[kind]
    body = generator.body(record)
    return {
        "$schema": DIALECT,
        "title": f"{kind} (patch)" if is_patch else kind,
        "description": " ".join((record.of.__doc__ or "").split()),
        **body,
        "$defs": dict(sorted(generator.definitions.items())),
    }


def inlined(schema: Any, definitions: Schema, within: frozenset[str] = frozenset()) -> Any:
    """The schema with what it refers to written out, which a validator walks several times as fast. What refers to itself
    is written out once and stays a reference within, to be found in `$defs`.
    """
    if isinstance(schema, list):
        return [inlined(each, definitions, within) for each in schema]
    if not isinstance(schema, dict):
        return schema
    rest = {key: inlined(each, definitions, within) for key, each in schema.items() if key not in ("$ref", "$defs")}
    if "$ref" not in schema:
        return rest
    name = schema["$ref"].removeprefix("#/$defs/")
    if name in within:
        return schema
    return {**inlined(definitions[name], definitions, within | {name}), **rest}


class SchemaGenerator:
    """Collects the definitions that a schema refers to."""

    def __init__(self, *, is_patch: bool, within: dict[str, Schema] | None = None) -> None:
        self.is_patch = is_patch
        self.definitions: dict[str, Schema] = {} if within is None else within
        self.prefix = "" if within is None else "patch_"

    def body(self, record: Record) -> Schema:
        """The schema of a map with the attributes of a record."""
        schema: Schema = {
            "type": "object",
            "properties": {**self._attributes(record.attributes), **self._instructions()},
            "additionalProperties": False,
        }
        if record.required and not self.is_patch:
            schema["required"] = list(record.required)
        if record.alternatives:
            schema |= _one_of(record, is_patch=self.is_patch)
        return schema

    def _attributes(self, attributes: Mapping[str, Place]) -> Schema:
        return {key: self.attribute(place) for key, place in attributes.items()}

    def attribute(self, place: Place) -> Schema:
        """The schema of an attribute's value."""
        described = place.attribute
        schema: Schema = {"title": described.title}
        if described.help:
            schema["description"] = described.help
        schema |= self._limited(self.of(place.shape), described)
        if place.required and not self.is_patch and isinstance(place.shape, ListOf | MapOf):
            schema["minItems" if isinstance(place.shape, ListOf) else "minProperties"] = 1
        if self.is_patch and not place.required:
            schema = _nullable(schema)
        if described.example is not None:
            schema["examples"] = [described.example]
        if isinstance(place.default, bool | int | str) and not self.is_patch and not place.required:
            schema["default"] = place.default
        return schema

    @staticmethod
    def _limited(schema: Schema, described: Attribute) -> Schema:
        limits = {"minimum": described.minimum, "maximum": described.maximum, "pattern": described.pattern or None}
        stated = {key: limit for key, limit in limits.items() if limit is not None}
        values = schema.get("additionalProperties")
        if isinstance(values, dict):
            return {**schema, "additionalProperties": values | stated} if stated else schema
        return schema | stated

    def of(self, shape: Shape) -> Schema:
        """The schema of a value of a shape."""
        match shape:
            case TextShape():
                return self._define("text", _text_schema)
            case ValueShape():
                return self._define(_name_of_value(shape), lambda: _value_schema(shape))
            case Plain():
                return _plain_schema(shape)
            case ListOf():
                return self._list(shape)
            case MapOf():
                return self._map(shape, "object")
            case NameOr():
                return self._map(shape.map, ["string", "object"])
            case PlainOr():
                record = self._record(shape.record)
                short = {"if": {"type": "object"}, "then": record, "else": _short(_plain_schema(shape.plain), OBJECT)}
                # Editors offer examples; what stands behind a condition they only hold a text against.
                return {"examples": list(shape.plain.words), **short} if shape.plain.words else short
            case Record():
                return self._record(shape)

    def _list(self, shape: ListOf) -> Schema:
        item = self.of(shape.item)
        schema: Schema = {"type": "array", "items": item, "uniqueItems": True}
        if shape.lone:
            schema = {"if": {"type": "array"}, "then": schema, "else": item}
        elif self.is_patch:
            schema["type"] = ["array", "object"]
            schema["properties"] = {
                "$add": {"description": "Names to add: a list, or {name: after x}.", "type": ["array", "object"]},
                "$remove": {"description": "Names to remove.", "type": "array", "items": item},
            }
            schema["additionalProperties"] = False
        return schema

    def _map(self, shape: MapOf, kind: str | list[str]) -> Schema:
        value = self.of(shape.value)
        schema: Schema = {"type": kind, "additionalProperties": _nullable(value) if self.is_patch else value}
        if shape.words:
            schema["propertyNames"] = {"enum": list(shape.words)}
        if self.is_patch:
            schema["properties"] = self._instructions()
        return {"if": _is_map(shape), "then": schema, "else": value} if shape.bare else schema

    def _instructions(self) -> Schema:
        """The `$` keys; a lowest layer may lock, an overlay may say all."""
        locked: Schema = {
            "$locked": {
                "description": "true or the attributes that no overlay may change.",
                "type": ["boolean", "array"],
                "items": {"type": "string"},
            }
        }
        if not self.is_patch:
            return locked
        place = {"description": "Where it stands among its siblings.", "type": "string"}
        place["pattern"] = r"^(first|last|(after|before) \S+)$"
        return {"$place": place, "$replace": {"description": "Replaces the whole.", "type": "boolean"}, **locked}

    def _record(self, shape: Record) -> Schema:
        name = shape.of.__name__.lower()
        if shape.of is Field:
            return self._define(name, lambda: self._field(shape))
        if shape.is_patch and not self.is_patch:
            return self._define(name, lambda: self._patching(shape))
        return self._define(name, lambda: self._with_shorthand(shape))

    def _with_shorthand(self, shape: Record) -> Schema:
        schema = {"description": " ".join((shape.of.__doc__ or "").split()), **self.body(shape)}
        if shape.shorthand:
            short = self.of(shape.attributes[shape.shorthand].shape)
            if short.get("$ref") == "#/$defs/text":
                schema["type"] = ["string", "object"]
                return schema
            return {"if": {"type": "object"}, "then": schema, "else": _short(short, schema)}
        return schema

    def _patching(self, shape: Record) -> Schema:
        """What patches something else is a patch even in a lowest layer; only what it must state of itself is whole."""
        schema = SchemaGenerator(is_patch=True, within=self.definitions).body(shape)
        own = {key: self.attribute(shape.attributes[key]) for key in shape.required}
        description = " ".join((shape.of.__doc__ or "").split())
        properties = {**schema["properties"], **own}
        return {"description": description, **schema, "properties": properties, "required": list(shape.required)}

    def _define(self, name: str, make: Any) -> Schema:
        name = self.prefix + name
        if name not in self.definitions:
            self.definitions[name] = {}  # so that what it is made of may refer to it
            self.definitions[name] = make()
        return {"$ref": f"#/$defs/{name}"}

    def _field(self, shape: Record) -> Schema:
        """A field has the attributes that fit its type, each type an object of its own."""
        types = list(FIELD_TYPES)
        cases = []
        for name in types:
            self._define(f"field_{name}", lambda name=name: self.field_of(shape, name))
            condition = {"properties": {"type": {"const": name}}, "required": ["type"]}
            cases.append({"if": condition, "then": {"$ref": f"#/$defs/field_{name}"}})
        typed: Schema = {"type": "object", "properties": {"type": {"title": "Type", "enum": types}}, "allOf": cases}
        if self.is_patch:
            every = {"if": {"properties": {"type": False}}, "then": self.body(shape)}
            typed["allOf"] = [*cases, every]
        else:
            typed["required"] = ["type"]
        return {
            "description": " ".join((Field.__doc__ or "").split()),
            "if": {"type": "string"},
            "then": {"enum": types},
            "else": typed,
        }

    def field_of(self, shape: Record, name: str) -> Schema:
        """The schema of a field of a type."""
        fitting = {
            key: place
            for key, place in shape.attributes.items()
            if not place.attribute.types or name in place.attribute.types
        }
        properties = {**self._attributes(fitting), **self._instructions()}
        properties["type"] = {"title": "Type", "const": name}
        return {
            "title": FIELD_TYPES[name].title,
            "description": FIELD_TYPES[name].help,
            "type": "object",
            "properties": properties,
            "additionalProperties": False,
        }


def _is_map(shape: MapOf) -> Schema:
    """Tells a map of things from one of them that stands without its key."""
    attributes = shape.value.attributes if isinstance(shape.value, Record) else ()
    return {"type": "object", "properties": dict.fromkeys(attributes, False)}


def _text_schema() -> Schema:
    return {
        "description": "A text: one for all languages, or one for each.",
        "type": ["string", "object"],
        "properties": {key: {"title": title, "type": "string"} for key, title in LANGUAGES.items()},
        "additionalProperties": False,
    }


def _short(short: Schema, schema: Schema) -> Schema:
    """What may stand instead of the map: when it has the wrong kind, both are named."""
    kinds = short.get("type")
    if kinds is None:
        return short
    return {**short, "type": [*([kinds] if isinstance(kinds, str) else kinds), schema["type"]]}


def _one_of(record: Record, *, is_patch: bool) -> Schema:
    """Exactly one of the alternatives, each with what may stand beside it and with what fits all."""
    alternatives = record.alternatives
    bound = {key for beside in alternatives.values() for key in beside} | set(alternatives)
    free = [key for key in record.attributes if key not in bound]
    cases = [
        {
            "if": {"required": [key]},
            "then": {"propertyNames": {"enum": [key, *beside, *free, "$place", "$replace", "$locked"]}},
        }
        for key, beside in alternatives.items()
    ]
    # Where none is stated all are asked for, which the reader of the error puts into words.
    none: Schema = {"properties": dict.fromkeys(alternatives, False)}
    stated = [] if is_patch else [{"if": none, "then": {"required": list(alternatives)}}]
    return {"allOf": [*cases, *stated]}


def _name_of_value(shape: ValueShape) -> str:
    return "value" if shape.plain is None else "default"


def _value_schema(shape: ValueShape) -> Schema:
    literal = _plain_schema(shape.plain) if shape.plain else {}
    formula = {
        "type": "object",
        "required": ["formula"],
        "properties": {"formula": {"title": "Formula", **_plain_schema(EXPRESSION)}},
        "additionalProperties": False,
    }
    description = "A plain value, or {formula: expression}."
    if shape.plain is not None:
        return {"description": description, "if": {"type": "object"}, "then": formula, "else": _short(literal, formula)}
    return {"description": description, "if": {"type": "object", "required": ["formula"]}, "then": formula}


OBJECT: Schema = {"type": "object"}
EXPRESSION = Plain((str,), grammar=GRAMMARS[Expression])


def _plain_schema(shape: Plain) -> Schema:
    names = [TYPE_NAMES[kind] for kind in shape.kinds]
    if shape.words and int in shape.kinds:
        return {"type": names, "if": {"type": "string"}, "then": {"enum": list(shape.words)}}
    if shape.words and bool in shape.kinds:
        return {"enum": [True, False, *shape.words]}
    if shape.words:
        return {"enum": list(shape.words)}
    if "number" in names:
        names = [name for name in names if name != "integer"]
    if shape.is_expression:
        names = ["string", "boolean", "number"]  # these are constants
    schema: Schema = {"type": names[0] if len(names) == 1 else names}
    if shape.grammar is not None:
        schema |= {"pattern": shape.grammar.pattern, "examples": [shape.grammar.example]}
    return schema


def _nullable(schema: Schema) -> Schema:
    """Null, written out, removes."""
    if "enum" in schema:
        return {**schema, "enum": [*schema["enum"], None]}
    if "$ref" in schema or "if" in schema:
        outside = {key: value for key, value in schema.items() if key in ("title", "description", "examples")}
        inside = {key: value for key, value in schema.items() if key not in outside}
        return {**outside, "if": {"not": {"type": "null"}}, "then": inside}
    kinds = schema.get("type", [])
    return {**schema, "type": [*([kinds] if isinstance(kinds, str) else kinds), "null"]}

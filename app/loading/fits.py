"""Whether a value fits a schema of the language: yes or no, as JSON Schema defines it.

Nearly all that is read fits. The library that says what is wrong takes longer to load than a pack takes to be checked here, so it
is asked only about what does not fit. Known are the words that `schema.py` writes; another one is a KeyError.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from itertools import combinations
from typing import Any, TypeAlias

Schema: TypeAlias = Mapping[str, Any]
AnySchema: TypeAlias = Schema | bool
"""True: anything fits. False: nothing does."""
Definitions: TypeAlias = Mapping[str, Any]
Rule: TypeAlias = Callable[[Any, Any, Schema, Definitions], bool]

_pattern = cache(re.compile)


def fits(value: Any, schema: AnySchema, definitions: Definitions) -> bool:
    """Whether plain values (maps, lists, texts, numbers without floats, booleans, None) fit; `definitions` are the `$defs`."""
    if schema is True or schema is False:
        return schema
    for word, wanted in schema.items():
        rule = RULES[word]
        if rule is not None and not rule(value, wanted, schema, definitions):
            return False
    return True


def _is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


_IS_OF: Mapping[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": _is_number,
    "null": lambda value: value is None,
}


def _type(value: Any, wanted: str | list[str], _schema: Schema, _definitions: Definitions) -> bool:
    return _IS_OF[wanted](value) if isinstance(wanted, str) else any(_IS_OF[each](value) for each in wanted)


def _same(one: Any, other: Any) -> bool:
    """Whether two values are equal in JSON, where `true` is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    return bool(one == other)


def _unique(value: Any, wanted: Any, _schema: Schema, _definitions: Definitions) -> bool:
    if not wanted or not isinstance(value, list):
        return True
    if all(isinstance(each, str) for each in value):
        return len(set(value)) == len(value)
    return not any(_same(one, other) for one, other in combinations(value, 2))


def _properties(value: Any, wanted: Schema, _schema: Schema, definitions: Definitions) -> bool:
    if not isinstance(value, dict):
        return True
    return all(fits(each, wanted[key], definitions) for key, each in value.items() if key in wanted)


def _additional(value: Any, wanted: AnySchema, schema: Schema, definitions: Definitions) -> bool:
    if wanted is True or not isinstance(value, dict):
        return True
    known = schema.get("properties", ())
    return all(fits(each, wanted, definitions) for key, each in value.items() if key not in known)


def _chosen(value: Any, wanted: Schema, schema: Schema, definitions: Definitions) -> bool:
    then = schema.get("then" if fits(value, wanted, definitions) else "else", True)
    return fits(value, then, definitions)


RULES: Mapping[str, Rule | None] = {
    "type": _type,
    "enum": lambda value, wanted, _schema, _defs: any(_same(value, each) for each in wanted),
    "const": lambda value, wanted, _schema, _defs: _same(value, wanted),
    "pattern": lambda value, wanted, _schema, _defs: (
        not isinstance(value, str) or _pattern(wanted).search(value) is not None
    ),
    "minimum": lambda value, wanted, _schema, _defs: not _is_number(value) or value >= wanted,
    "maximum": lambda value, wanted, _schema, _defs: not _is_number(value) or value <= wanted,
    "minItems": lambda value, wanted, _schema, _defs: not isinstance(value, list) or len(value) >= wanted,
    "minProperties": lambda value, wanted, _schema, _defs: not isinstance(value, dict) or len(value) >= wanted,
    "uniqueItems": _unique,
    "required": lambda value, wanted, _schema, _defs: (
        not isinstance(value, dict) or all(key in value for key in wanted)
    ),
    "properties": _properties,
    "additionalProperties": _additional,
    "propertyNames": lambda value, wanted, _schema, defs: (
        not isinstance(value, dict) or all(fits(key, wanted, defs) for key in value)
    ),
    "items": lambda value, wanted, _schema, defs: (
        not isinstance(value, list) or all(fits(each, wanted, defs) for each in value)
    ),
    "allOf": lambda value, wanted, _schema, defs: all(fits(value, each, defs) for each in wanted),
    "not": lambda value, wanted, _schema, defs: not fits(value, wanted, defs),
    "if": _chosen,
    "$ref": lambda value, wanted, _schema, defs: fits(value, defs[wanted.removeprefix("#/$defs/")], defs),
    # What `if` looks at, and what is said to readers.
    **dict.fromkeys(("then", "else", "title", "description", "examples", "default", "$schema", "$defs")),
}
"""How each word of the schemas is judged: by the value, what stands behind the word, the schema around it, the definitions."""

"""What an attribute of the configuration language is: its title, its help and where it fits.

The dataclasses of this package are the one definition of the language's shape. JSON Schema, the reference manual and
the loader are derived from their type hints and from the `Attribute` that each of their fields carries.
"""

from __future__ import annotations

import dataclasses
from dataclasses import field
from typing import Any, Literal

from app.frozen import dataclass

Profile = Literal["rule", "server", "filter"]
"""Where expressions run: in forms and on every write; on the server alone; in the database."""
METADATA_KEY = "attribute"


@dataclass(frozen=True)
class Attribute:
    """Describes one attribute.

    `names` says what a name in it refers to, for the reference checks and for completion: a kind (`entity`, `role`,
    `template`, …), `field` (of the entity that it stands in, or that is stated beside it), `declared` (not a system field),
    `sort`, `path` (fields through lookups), `related_field`, `target_field`, `inverse`, `related` (an inverse or a lookup),
    `stage`, `calendar`, `inbound`, `measure`, `column` (of a board), `file` and `image` (beside the YAML). Of a map the keys
    are the names; `words` may stand beside names. `types` lists the field types where the attribute fits; empty means all.
    `from_key` marks a value that is not written but taken from the key under which the thing stands. `whole` marks a
    choice: a layer that states it replaces the whole thing that it belongs to instead of merging into it. `words` are the
    only values that it takes, `stated` says that it must be written although the dataclass has a default. `lone` lets one
    item stand for a list of one; `bare` is the key under which a bare value of a map is put. `computed` lets `{formula: …}`
    stand instead of a plain value. `profile` says where expressions of the attribute run.
    """

    title: str
    help: str = ""
    example: Any = None
    names: str = ""
    types: tuple[str, ...] = ()
    pattern: str = ""
    minimum: int | None = None
    maximum: int | None = None
    from_key: bool = False
    whole: bool = False
    words: tuple[str, ...] = ()
    stated: bool = False
    lone: bool = False
    bare: str = ""
    computed: bool = False
    profile: Profile = "rule"


def attribute(title: str, help: str = "", *, default: Any = dataclasses.MISSING, **described: Any) -> Any:  # noqa: A002
    """A dataclass field that carries an `Attribute`. A `dict` default becomes an empty mapping of its own."""
    metadata = {METADATA_KEY: Attribute(title, help, **described)}
    if default is dataclasses.MISSING:
        return field(metadata=metadata)
    if isinstance(default, dict):
        return field(default_factory=dict, metadata=metadata)
    return field(default=default, metadata=metadata)


def key_attribute(what: str) -> Any:
    """The dataclass field that takes the key under which the thing stands; it is not written in YAML."""
    return attribute(f"Key of the {what}", from_key=True, default="")


def attribute_of(a_field: dataclasses.Field[Any]) -> Attribute:
    """The description of a dataclass field of this package. Raises KeyError for a field without one."""
    described = a_field.metadata[METADATA_KEY]
    assert isinstance(described, Attribute)
    return described

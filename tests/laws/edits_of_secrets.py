"""Kinds of edits about what is kept encrypted: fields that become it or stop being it, found by their whole value or not."""

from __future__ import annotations

from app.definition.field_types import SEALED_TYPES
from tests.laws.edits import Pack, Unfit, edit, new_field, toggled
from tests.laws.pack import Tree

_PLAIN_ONLY = ("default", "searchable", "dimension", "override", "translated")
"""What can't be said of an encrypted field."""


def sealed(a_field: Tree) -> bool:
    """Whether a field is kept encrypted."""
    return bool(a_field.get("sensitive", {}).get("encrypt"))


def seal(pack: Pack, found: Tree) -> None:
    """It is kept encrypted from now on, sometimes found by its whole value."""
    for each in _PLAIN_ONLY:
        found.pop(each, None)
    found["sensitive"] = {"encrypt": True}
    if pack.draw.random() < 0.4:
        found[pack.draw.choice(["unique", "indexed"])] = True


@edit
def encrypt(pack: Pack) -> None:
    entity, key, found = pack.field(*SEALED_TYPES, where=lambda each: not sealed(each) and "formula" not in each)
    if key == pack.tree["entities"][entity].get("name_field", "name"):
        raise Unfit
    seal(pack, found)


@edit
def decrypt(pack: Pack) -> None:
    _, _, found = pack.field(where=sealed)
    found["sensitive"] = {"mask": "last4"}
    if pack.draw.random() < 0.5:
        del found["sensitive"]


@edit
def find_encrypted(pack: Pack) -> None:
    """By its whole value, or not; whatever the case of letters, or not."""
    _, _, found = pack.field(where=sealed)
    toggled(found, pack.draw.choice(["unique", "indexed", "ignore_case"]))
    if pack.draw.random() < 0.3:
        found["existing"] = "blank"


@edit
def retype_encrypted(pack: Pack) -> None:
    """Of another type and encrypted at once, or encrypted still."""
    entity, key, found = pack.field(
        where=lambda each: each["type"] not in {"stage", "lookup"} and "formula" not in each
    )
    if key == pack.tree["entities"][entity].get("name_field", "name"):
        raise Unfit
    kept = {name: found[name] for name in ("label", "required", "renamed_from") if name in found}
    found.clear()
    found |= {**kept, "type": pack.draw.choice(SEALED_TYPES)}
    seal(pack, found)
    pack.decide(found)


@edit
def add_encrypted(pack: Pack) -> None:
    _, whole = pack.entity()
    found = new_field(pack, pack.draw.choice(SEALED_TYPES))
    seal(pack, found)
    whole["fields"][pack.new_key()] = found

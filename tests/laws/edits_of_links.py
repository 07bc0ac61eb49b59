"""Kinds of edits about what is said of each link: own fields of lookups that hold many."""

from __future__ import annotations

from tests.laws.edits import VALUES, Pack, edit, renamed
from tests.laws.pack import Tree, options

TYPES = ("text", "integer", "decimal", "percent", "boolean", "date", "picklist")


def linked(pack: Pack) -> tuple[str, str, Tree]:
    """Entity, key and own fields of a lookup that has some."""
    entity, key, found = pack.field("lookup", where=lambda each: bool(each.get("link_fields")))
    own: Tree = found["link_fields"]
    return entity, key, own


def new_own(pack: Pack, kind: str) -> Tree:
    """An own field."""
    found: Tree = {"type": kind, "label": "New"}
    if kind == "picklist":
        found["options"] = pack.draw.choice(["level", options("abx")])
    elif pack.draw.random() < 0.2:
        found["default"] = VALUES[kind]
    return found


@edit
def add_link_field(pack: Pack) -> None:
    _, _, found = pack.field("lookup", where=lambda each: bool(each.get("many")))
    found.setdefault("link_fields", {})[pack.new_key()] = new_own(pack, pack.draw.choice(TYPES))


@edit
def remove_link_field(pack: Pack) -> None:
    entity, key, own = linked(pack)
    gone = pack.draw.choice(list(own))
    pack.attic.append((("entities", entity, "fields", key, "link_fields", gone), own.pop(gone)))


@edit
def add_link_field_in_the_place_of_another(pack: Pack) -> None:
    entity, key, own = linked(pack)
    gone = pack.draw.choice(list(own))
    pack.attic.append((("entities", entity, "fields", key, "link_fields", gone), own.pop(gone)))
    own[gone] = new_own(pack, pack.draw.choice(TYPES))


@edit
def rename_link_field(pack: Pack) -> None:
    entity, key, own = linked(pack)
    old = pack.draw.choice(list(own))
    own[old]["renamed_from"] = old
    pack.tree["entities"][entity]["fields"][key]["link_fields"] = renamed(own, old, pack.new_key())

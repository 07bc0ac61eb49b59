"""Kinds of edits about what is said of each link: own fields of lookups that hold many."""

from __future__ import annotations

from collections.abc import Mapping

from tests.laws.edits import VALUES, Pack, Unfit, edit, renamed
from tests.laws.pack import Tree, options

FORMULAS: Mapping[str, tuple[str, ...]] = {
    "text": ('concat("of ", left(record.name, 3))', "left(target.name, 2)", "left(word, 1)", "concat(word, record.code)"),
    "integer": ("len(record.name)", "target.size", "record.id", "share", "record.up.size"),
    "decimal": ("record.ratio", "target.size + 1"),
    "percent": ("target.rate",),
    "boolean": ("record.flag", 'target.name == "a"'),
    "date": ("record.day", "coalesce(target.day, since)"),
}  # fmt: skip
"""What gives links a value, by type: it reads what they say, their two ends, and what is behind these."""
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


def decide(pack: Pack, own: Tree) -> None:
    """Says, or says not, what becomes of links that don't fit."""
    own.pop("existing", None)
    own.pop("backfill", None)
    said = pack.draw.choice(["", "blank", "grandfather", "backfill", "formula", "formula"])
    if said == "formula" and own["type"] in FORMULAS:
        own["backfill"] = {"formula": pack.draw.choice(FORMULAS[own["type"]])}
    elif said == "backfill" and own["type"] != "picklist":
        own["backfill"] = VALUES[own["type"]]
    elif said in {"blank", "grandfather"}:
        own["existing"] = said


@edit
def retype_link_field(pack: Pack) -> None:
    _, _, own = linked(pack)
    found = own[pack.draw.choice(list(own))]
    kept = {key: found[key] for key in ("label", "renamed_from") if key in found}
    found.clear()
    found |= {**kept, **new_own(pack, pack.draw.choice(TYPES)), "label": "Other"}
    decide(pack, found)


@edit
def change_link_limit(pack: Pack) -> None:
    _, _, own = linked(pack)
    found = pack.draw.choice([each for each in own.values() if each["type"] in {"text", "integer", "decimal"}] or [{}])
    if not found:
        raise Unfit
    if found["type"] == "text":
        found["max_length"] = pack.draw.choice([1, 2, 5, 30])
    else:
        found[pack.draw.choice(["min", "max"])] = pack.draw.choice([-10, 0, 4, 20])
    decide(pack, found)


@edit
def forget_decisions_of_links(pack: Pack) -> None:
    """What was said of a change of links that is over."""
    _, _, own = linked(pack)
    for each in own.values():
        each.pop("existing", None)
        each.pop("backfill", None)

"""Random edits of a pack, each of a named kind. One that makes no sense gives a pack with errors, or leaves it as it was."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.laws.pack import Tree, options

Edit = Callable[["Pack"], None]
EDITS: dict[str, Edit] = {}
"""All kinds by name."""

TYPES = (
    "text", "long_text", "integer", "decimal", "money", "percent", "boolean", "date", "datetime", "rating", "email",
    "phone", "url", "time", "duration", "picklist", "lookup", "user", "tags",
)  # fmt: skip
VALUES: Mapping[str, Any] = {
    "text": "given", "long_text": "given", "integer": 5, "decimal": "1.5", "money": "9.99", "percent": "50",
    "date": "2020-02-02", "rating": 3, "email": "g@b.cn", "url": "https://g.cn/", "phone": "+8613900000000",
    "boolean": True, "picklist": "a", "time": "10:00", "duration": "2h", "datetime": "2020-02-02T10:00:00Z",
}  # fmt: skip
ATTRIBUTES = frozenset({"type", "label", "renamed_from"})


class Unfit(Exception):
    """There is nothing to edit in this way."""


@dataclass
class Pack:
    """A pack that is edited; `attic` holds what was removed, with its place."""

    tree: Tree
    draw: Random
    attic: list[tuple[tuple[str, ...], Any]] = field(default_factory=list)
    fresh: int = 0

    def copy(self) -> Pack:
        """One that may be edited while this stays."""
        return Pack(deepcopy(self.tree), self.draw, deepcopy(self.attic), self.fresh)

    def new_key(self) -> str:
        """A key that nothing had before."""
        self.fresh += 1
        return f"n{self.fresh}"

    def entity(self) -> tuple[str, Tree]:
        """Any entity."""
        return self.draw.choice(list(self.tree["entities"].items()))

    def field(self, *types: str, where: Callable[[Tree], bool] = lambda _field: True) -> tuple[str, str, Tree]:
        """Any field of these types: entity, key and what is written."""
        found = [
            (entity, key, each)
            for entity, whole in self.tree["entities"].items()
            for key, each in whole["fields"].items()
            if (not types or each["type"] in types) and where(each)
        ]
        return self.draw.choice(found or self._none())

    def choices(self) -> tuple[Tree, list[Tree]]:
        """The options of a list, and the fields that use them."""
        shared = [(each["options"], self._users(key)) for key, each in self.tree["picklists"].items()]
        own = [
            (each["options"], [each])
            for whole in self.tree["entities"].values()
            for each in whole["fields"].values()
            if isinstance(each.get("options"), dict)
        ]
        links = [
            (each["options"], [each])
            for whole in self.tree["entities"].values()
            for a_field in whole["fields"].values()
            for each in a_field.get("link_fields", {}).values()
            if isinstance(each.get("options"), dict)
        ]
        return self.draw.choice([*shared, *own, *links] or self._none())

    def stages(self) -> Tree:
        """The stages of a pipeline."""
        lines = [line for whole in self.tree["entities"].values() for line in whole.get("pipelines", {}).values()]
        found: Tree = self.draw.choice(lines or self._none())["stages"]
        return found

    def decide(self, a_field: Tree) -> None:
        """Says, or says not, what becomes of rows that don't fit."""
        a_field.pop("existing", None)
        a_field.pop("backfill", None)
        said = self.draw.choice(["", "blank", "grandfather", "backfill", "backfill", "formula"])
        if said in {"blank", "grandfather"}:
            a_field["existing"] = said
        elif said == "backfill" and a_field["type"] in VALUES:
            a_field["backfill"] = VALUES[a_field["type"]]
        elif said == "formula" and a_field["type"] in {"text", "long_text"}:
            a_field["backfill"] = {"formula": 'concat("of ", left(name, 3))'}
        elif said == "formula" and a_field["type"] == "integer":
            a_field["backfill"] = {"formula": "id + 1"}

    def _users(self, picklist: str) -> list[Tree]:
        every = (each for whole in self.tree["entities"].values() for each in whole["fields"].values())
        return [each for each in every if each.get("options") == picklist]

    def _none(self) -> list[Any]:
        raise Unfit


def edit(function: Edit) -> Edit:
    """Adds a kind."""
    EDITS[function.__name__] = function
    return function


def renamed(things: Tree, old: str, new: str) -> Tree:
    """The same things in the same order, one under another name."""
    return {new if key == old else key: each for key, each in things.items()}


def toggled(place: Tree, attribute: str) -> None:
    """The attribute the other way round."""
    if place.pop(attribute, False) is False:
        place[attribute] = True


def new_field(pack: Pack, kind: str) -> Tree:
    """A field with a few attributes."""
    found: Tree = {"type": kind, "label": "New"}
    if kind == "picklist":
        found["options"] = pack.draw.choice(["level", options("abx")])
        found |= {"many": True} if pack.draw.random() < 0.3 else {}
    elif kind == "lookup":
        found["to"] = pack.draw.choice([pack.entity()[0], ["company", "deal"]])
        found |= {"inverse": f"of_{pack.new_key()}"} | ({"many": True} if pack.draw.random() < 0.4 else {})
    elif kind == "user":
        found |= {"inverse": f"of_{pack.new_key()}"}
    some = {
        "required": True, "unique": True, "indexed": True, "searchable": True, "default": VALUES.get(kind),
        "backfill": VALUES.get(kind), "ignore_case": True, "max_length": 12, "scale": 4, "restricted": True,
    }  # fmt: skip
    for name, value in some.items():
        if value is not None and pack.draw.random() < 0.12:
            found[name] = value
    return found


@edit
def add_field(pack: Pack) -> None:
    _, whole = pack.entity()
    whole["fields"][pack.new_key()] = new_field(pack, pack.draw.choice(TYPES))


@edit
def add_field_in_the_place_of_another(pack: Pack) -> None:
    entity, key, _ = pack.field(where=lambda each: not each.get("required"))
    pack.attic.append((("entities", entity, "fields", key), pack.tree["entities"][entity]["fields"][key]))
    pack.tree["entities"][entity]["fields"][key] = new_field(pack, pack.draw.choice(TYPES))


@edit
def add_field_under_an_old_key(pack: Pack) -> None:
    entity, key = pack.draw.choice([path[1::2] for path, _ in pack.attic if len(path) == 4] or pack._none())
    if entity in pack.tree["entities"] and key not in pack.tree["entities"][entity]["fields"]:
        pack.tree["entities"][entity]["fields"][key] = new_field(pack, pack.draw.choice(TYPES))


@edit
def remove_field(pack: Pack) -> None:
    entity, key, found = pack.field()
    pack.attic.append((("entities", entity, "fields", key), found))
    del pack.tree["entities"][entity]["fields"][key]


@edit
def remove_entity(pack: Pack) -> None:
    entity, found = pack.entity()
    pack.attic.append((("entities", entity), found))
    del pack.tree["entities"][entity]
    for whole in pack.tree["entities"].values():
        for key in [key for key, each in whole["fields"].items() if each.get("to") == entity]:
            del whole["fields"][key]
    for role in pack.tree["roles"].values():
        role["grants"].pop(entity, None)


@edit
def restore(pack: Pack) -> None:
    path, found = pack.draw.choice(pack.attic or pack._none())
    place = pack.tree
    for key in path[:-1]:
        if key not in place:
            raise Unfit
        place = place[key]
    place.setdefault(path[-1], deepcopy({key: each for key, each in found.items() if key != "renamed_from"}))


@edit
def add_entity(pack: Pack) -> None:
    fields = {"name": {"type": "text", "label": "Name"}, "of": new_field(pack, "lookup")}
    whole = {"label": "New", "fields": {**fields, "some": new_field(pack, pack.draw.choice(TYPES))}}
    if pack.draw.random() < 0.3:
        fields["of"] = {"type": "lookup", "to": "deal", "label": "Of", "required": True}
        whole |= {"parent": {"field": "of", "part": True}, "fields": fields}
    pack.tree["entities"][f"e{pack.new_key()}"] = whole


@edit
def rename_field(pack: Pack) -> None:
    entity, key, found = pack.field()
    whole, new = pack.tree["entities"][entity], pack.new_key()
    found["renamed_from"] = key
    whole["fields"] = renamed(whole["fields"], key, new)
    if key == whole.get("name_field", "name"):
        whole["name_field"] = new


@edit
def rename_entity(pack: Pack) -> None:
    entity, found = pack.entity()
    new = f"e{pack.new_key()}"
    found["renamed_from"] = entity
    pack.tree["entities"] = renamed(pack.tree["entities"], entity, new)
    for whole in pack.tree["entities"].values():
        for each in whole["fields"].values():
            if each.get("to") == entity:
                each["to"] = new
            elif isinstance(each.get("to"), list):
                each["to"] = [new if one == entity else one for one in each["to"]]
    for role in pack.tree["roles"].values():
        role["grants"] = renamed(role["grants"], entity, new)


@edit
def retype(pack: Pack) -> None:
    _, _, found = pack.field(where=lambda each: each["type"] not in {"stage", "lookup"} and "formula" not in each)
    kept = {key: found[key] for key in ("label", "required", "renamed_from") if key in found}
    kind = pack.draw.choice([each for each in TYPES if each != "lookup"])
    found.clear()
    found |= {**kept, "type": kind}
    if kind == "picklist":
        found["options"] = pack.draw.choice(["level", options("abx")])
    pack.decide(found)


@edit
def change_length(pack: Pack) -> None:
    _, _, found = pack.field("text", "long_text", "email", "url")
    found[pack.draw.choice(["max_length", "max_length", "min_length"])] = pack.draw.choice([1, 2, 5, 30, 300])
    pack.decide(found)


@edit
def change_range(pack: Pack) -> None:
    _, _, found = pack.field(
        "integer", "decimal", "money", "percent", "rating", where=lambda each: "formula" not in each
    )
    limit = pack.draw.choice([3, 10]) if found["type"] == "rating" else pack.draw.choice([-10, 0, 4, 20, 500])
    found["max" if found["type"] == "rating" else pack.draw.choice(["min", "max"])] = limit
    pack.decide(found)


@edit
def loosen(pack: Pack) -> None:
    _, _, found = pack.field(where=lambda each: bool(each.keys() & {"min", "max", "min_length", "max_length"}))
    del found[pack.draw.choice(sorted(found.keys() & {"min", "max", "min_length", "max_length"}))]


@edit
def change_scale(pack: Pack) -> None:
    _, _, found = pack.field("decimal", "percent")
    found["scale"] = pack.draw.choice([0, 1, 3, 6])
    pack.decide(found)


@edit
def require(pack: Pack) -> None:
    _, _, found = pack.field(where=lambda each: "formula" not in each)
    found["required"] = True
    pack.decide(found)


@edit
def relax(pack: Pack) -> None:
    _, _, found = pack.field(where=lambda each: bool(each.get("required")))
    del found["required"]


@edit
def change_key(pack: Pack) -> None:
    """Uniqueness, with or without the case of letters, of one field."""
    _, _, found = pack.field(where=lambda each: "many" not in each and each["type"] != "tags")
    toggled(found, "ignore_case" if found["type"] == "text" and pack.draw.random() < 0.5 else "unique")


@edit
def change_common_key(pack: Pack) -> None:
    _, whole = pack.entity()
    keys = whole.setdefault("keys", {})
    if keys and pack.draw.random() < 0.5:
        keys.popitem()
    else:
        keys[pack.new_key()] = {"fields": pack.draw.sample(list(whole["fields"]), 2)}


@edit
def change_index(pack: Pack) -> None:
    _, _, found = pack.field()
    toggled(found, pack.draw.choice(["indexed", "indexed", "searchable"]))


@edit
def change_default(pack: Pack) -> None:
    _, _, found = pack.field(*(each for each in VALUES if each != "picklist"), where=lambda each: "formula" not in each)
    if found.pop("default", None) is None:
        found["default"] = VALUES[found["type"]]


@edit
def change_target(pack: Pack) -> None:
    _, _, found = pack.field("lookup")
    found["to"] = pack.draw.choice([["company", "deal"], "company", "deal", [pack.entity()[0], "company"]])
    pack.decide(found)


@edit
def one_or_many(pack: Pack) -> None:
    _, _, found = pack.field("picklist", "lookup", "user")
    toggled(found, "many")
    for each in ("unique", "indexed", "default", "required"):
        found.pop(each, None)
    pack.decide(found)


@edit
def add_option(pack: Pack) -> None:
    found, _ = pack.choices()
    found[pack.new_key()] = {"label": "New"}


@edit
def rename_option(pack: Pack) -> None:
    found, users = pack.choices()
    old = pack.draw.choice(list(found))
    new = pack.new_key()
    found[old]["renamed_from"] = old
    for each in users:
        if each.get("default") == old:
            each["default"] = new
    changed = renamed(found, old, new)
    found.clear()
    found |= changed


@edit
def retire_option(pack: Pack) -> None:
    found, _ = pack.choices()
    toggled(found[pack.draw.choice(list(found))], "retired")


@edit
def merge_option(pack: Pack) -> None:
    found, _ = pack.choices()
    if len(found) > 1:
        one, other = pack.draw.sample(list(found), 2)
        found[one] |= {"retired": True, "replaced_by": other}


@edit
def remove_option(pack: Pack) -> None:
    found, _ = pack.choices()
    del found[pack.draw.choice(list(found))]


@edit
def share_options(pack: Pack) -> None:
    _, _, found = pack.field("picklist")
    found["options"] = options("abcxyz") if isinstance(found["options"], str) else "level"
    pack.decide(found)


@edit
def change_option(pack: Pack) -> None:
    found, _ = pack.choices()
    found[pack.draw.choice(list(found))]["allowed_when"] = pack.draw.choice(['name != "a"', "id > 3"])

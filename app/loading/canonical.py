"""The canonical form of a layer: shorthand written out, `$` keys and null only where they may stand."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal

from app.definition import Option
from app.definition.grammars import GRAMMARS, Secret
from app.definition.text import ANY_LANGUAGE
from app.diagnostics import Diagnostic, diagnostic, did_you_mean, nearest
from app.loading.node import Node, Path
from app.loading.shape import (
    ListOf,
    MapOf,
    NameOr,
    Plain,
    PlainOr,
    Record,
    Shape,
    TextShape,
    ValueShape,
    shape_of_place,
)

OF_THINGS = ("$place", "$replace", "$locked")
OF_LISTS = ("$add", "$remove")


@dataclass
class Canonical:
    """Brings layers to canonical form. An overlay may hold null and `$` keys, a lowest layer only `$locked`."""

    is_overlay: bool
    problems: list[Diagnostic] = field(default_factory=list)

    def tree(self, tree: Node) -> Node:
        """The tree of a layer."""
        entries: dict[str, Node] = {}
        for key, node in tree.entries.items():
            entries[key] = self.of(node, shape_of_place(key), (key,))
        return tree.with_entries(entries)

    def of(self, node: Node, shape: Shape, path: Path) -> Node:
        """A value in the canonical form of its shape. What has another shape stays as it is, for the schema to refuse."""
        if isinstance(shape, NameOr):
            return node if isinstance(node.value, str) else self.of(node, shape.map, path)
        if isinstance(shape, TextShape) and isinstance(node.value, str):
            return node.with_entries({ANY_LANGUAGE: Node(node.value, node.span)})
        if isinstance(shape, ValueShape | PlainOr):
            is_record = isinstance(shape, PlainOr) and isinstance(node.value, dict)
            return self._map(node, shape.record, path) if is_record else _with_formula(node)  # type: ignore[union-attr]
        if isinstance(shape, Plain):
            return self._plain(node, shape, path)
        if isinstance(shape, Record) and shape.is_patch and not self.is_overlay:
            return Canonical(is_overlay=True, problems=self.problems).of(node, shape, path)
        if isinstance(shape, Record) and shape.shorthand and isinstance(node.value, str):
            place = shape.attributes[shape.shorthand]
            inner = self.of(Node(node.value, node.span), place.shape, (*path, shape.shorthand))
            return node.with_entries({shape.shorthand: inner})
        if isinstance(shape, ListOf):
            return self._list(node, shape, path)
        if isinstance(shape, MapOf) and shape.bare and shape.is_bare(node.value):
            node = node.with_entries({shape.bare: Node(node.value, node.span)})
        return self._map(node, shape, path) if isinstance(node.value, dict) else node

    def _plain(self, node: Node, shape: Plain, path: Path) -> Node:
        """A secret that is written out is told here, in its own layer and never with its value, and goes no further."""
        secret = GRAMMARS[Secret]
        if shape.grammar is not secret or node.value is None or re.fullmatch(secret.pattern, node.text or ""):
            return _constant(node) if shape.is_expression else node
        message = f"'{path[-1]}' is a secret and must not stand in a file"
        hint = f"write {secret.example} and set the variable where the program runs"
        self.problems.append(diagnostic("CFG214", message, node.head, path=path, hint=hint))
        return node._replace(value=secret.example)

    def _flat(self, options: Node, path: Path) -> Node:
        """Options with those that were nested in them beside them, each naming its parent."""
        entries: dict[str, Node] = {}
        for key, option in options.entries.items():
            nested = option.entries_at("options")
            own = {name: each for name, each in option.entries.items() if name != "options"}
            self._place(entries, key, option.with_entries(own) if nested else option, path)
            for name, each in nested.items():
                if name.startswith("$"):
                    continue
                if isinstance(each.value, dict) and "parent" not in each.entries:
                    each = each.with_entries({**each.entries, "parent": Node(key, option.head)})  # noqa: PLW2901
                self._place(entries, name, each, path)
        return options.with_entries(entries)

    def _place(self, entries: dict[str, Node], key: str, option: Node, path: Path) -> None:
        if key in entries:
            hint = f"it stands in {entries[key].head} already"
            message = f"the option '{key}' stands twice in the tree"
            self.problems.append(diagnostic("CFG431", message, option.head, path=(*path, key), hint=hint))
        else:
            entries[key] = option

    def _map(self, node: Node, shape: Shape, path: Path) -> Node:
        entries: dict[str, Node] = {}
        locked: tuple[str, ...] = ()
        for key, each in node.entries.items():
            if key == "$locked":
                locked = self._locked(each)
            elif key.startswith("$"):
                if self._may_stand(key, each, (*path, key)):
                    entries[key] = each
            elif each.value is None and not self.is_overlay:
                hint = "leave the line out; null removes what a base has"
                where = (*path, key)
                self.problems.append(diagnostic("CFG222", f"'{key}' is null", each.head, path=where, hint=hint))
            else:
                below = _shape_of_entry(shape, key)
                if below is None or (isinstance(below, Plain) and below.grammar is None):  # which has one form
                    entries[key] = each
                else:
                    entries[key] = self.of(each, below, (*path, key))
        whole = Node(entries, node.span, node.key, node.below, locked)
        return self._flat(whole, path) if _is_tree(shape) else whole

    def _locked(self, node: Node) -> tuple[str, ...]:
        if node.value is True:
            return ("*",)
        names = tuple(each.text for each in node.items if each.text is not None)
        if not names:
            message = "$locked is true or a list of attributes"
            self.problems.append(diagnostic("CFG223", message, node.span))
        return names

    def _may_stand(self, key: str, node: Node, path: Path) -> bool:
        if key not in OF_THINGS:
            hint = did_you_mean(nearest(key, OF_THINGS)) or f"there are {', '.join((*OF_THINGS, *OF_LISTS))}"
            self.problems.append(diagnostic("CFG223", f"unknown instruction '{key}'", node.head, path=path, hint=hint))
            return False
        if not self.is_overlay:
            message = f"'{key}' stands in a pack that extends nothing"
            self.problems.append(diagnostic("CFG222", message, node.head, path=path))
            return False
        return True

    def _list(self, node: Node, shape: ListOf, path: Path) -> Node:
        if isinstance(node.value, dict) and any(key in OF_LISTS for key in node.value):
            if self.is_overlay:
                return node
            message = "$add and $remove stand in a pack that extends nothing"
            self.problems.append(diagnostic("CFG222", message, node.head, path=path, hint="write the whole list"))
            return node._replace(value=[])
        if shape.lone and not isinstance(node.value, list) and node.value is not None:
            node = Node([Node(node.value, node.span)], node.span, node.key)
        if isinstance(shape.item, Record) and isinstance(node.value, list):
            items = [self.of(each, shape.item, (*path, str(number))) for number, each in enumerate(node.value)]
            return node._replace(value=items)
        return node


def _constant(node: Node) -> Node:
    """A bare boolean or number where an expression stands is the constant."""
    if isinstance(node.value, bool):
        return node._replace(value=str(node.value).lower())
    return node._replace(value=str(node.value)) if isinstance(node.value, int | Decimal) else node


def _with_formula(node: Node) -> Node:
    """A value; of a formula that is a bare boolean or number the constant."""
    formula = node.entries.get("formula") if len(node.entries) == 1 else None
    if formula is None:
        return node
    return node.with_entries({"formula": _constant(formula)})


def _is_tree(shape: Shape) -> bool:
    return isinstance(shape, MapOf) and isinstance(shape.value, Record) and shape.value.of is Option


def _shape_of_entry(shape: Shape, key: str) -> Shape | None:
    if isinstance(shape, Record):
        place = shape.attributes.get(key)
        return place.shape if place else None
    return shape.value if isinstance(shape, MapOf) else None

"""Lays an overlay on what is below it. Maps merge by key, a choice replaces whole, `$` keys speak to the merge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.definition.text import ANY_LANGUAGE
from app.diagnostics import Diagnostic, diagnostic, did_you_mean, nearest
from app.loading.lists import edited, placed
from app.loading.node import Node, Path, holds_a_lock
from app.loading.shape import ListOf, MapOf, NameOr, PlainOr, Record, Shape, TextShape, ValueShape, shape_of_place

EACH_LAYER_OF_ITS_OWN = ("extends", "remove")  # attributes of pack.yaml that are not handed up


@dataclass
class Merge:
    """Merges canonical trees and collects what can't be done."""

    problems: list[Diagnostic] = field(default_factory=list)

    def tree(self, base: Node, patch: Node) -> Node:
        """The tree of the layers below with a layer laid on it."""
        entries = dict(base.entries)
        if "pack" in entries:
            kept = {key: each for key, each in entries["pack"].entries.items() if key not in EACH_LAYER_OF_ITS_OWN}
            entries["pack"] = entries["pack"].with_entries(kept)
        for key, each in patch.entries.items():
            entries[key] = self.of(entries.get(key), each, shape_of_place(key), (key,))
        return base.with_entries(entries)

    def of(self, base: Node | None, patch: Node, shape: Shape, path: Path) -> Node:
        """The value that results. `base` is None where the layers below have nothing."""
        if base is not None and "*" in base.locked:
            self._locked(patch, base, path)
            return base
        if isinstance(shape, NameOr):
            shape = shape.map
        if isinstance(shape, PlainOr):
            # `true` leaves alone what the base says more of, such as a module.
            return base if patch.value is True and base is not None and base.entries else _over(base, patch)
        if isinstance(shape, Record) and shape.is_patch and base is not None and base.entries:
            return _over(base, _stacked(base, patch, is_top=True))
        if isinstance(shape, ListOf) and isinstance(patch.value, dict):
            return edited(base, patch, path, self.problems)
        if not isinstance(patch.value, dict) or isinstance(shape, ListOf | ValueShape):
            return _over(base, patch)
        if base is None or not isinstance(base.value, dict) or self._replaces(base, patch, shape):
            return self._new(base, patch, shape, path)
        return _over(base, self._merged(base, patch, shape, path))

    def _replaces(self, base: Node, patch: Node, shape: Shape) -> bool:
        replaces = patch.entries.get("$replace")
        if replaces is not None and replaces.value is True:
            return True
        if isinstance(shape, TextShape):
            return ANY_LANGUAGE in patch.entries
        if isinstance(shape, MapOf) and shape.bare:
            return shape.bare in patch.entries
        if isinstance(shape, Record):
            other = [key for key in shape.alternatives if key in patch.entries and key not in base.entries]
            stated = any(place.attribute.whole and key in patch.entries for key, place in shape.attributes.items())
            return shape.is_choice or bool(other) or stated
        return False

    def _new(self, base: Node | None, patch: Node, shape: Shape, path: Path) -> Node:
        """Something that no layer below has, or that replaces it whole."""
        if base is not None and holds_a_lock(base):
            self._locked(patch, base, path)
            return base
        return _over(base, self._merged(Node({}, patch.span), patch, shape, path))

    def _merged(self, base: Node, patch: Node, shape: Shape, path: Path) -> Node:
        entries = dict(base.entries)
        places: list[tuple[str, Node]] = []
        for key, each in patch.entries.items():
            if key.startswith("$"):
                continue
            where = (*path, key)
            below = entries.get(key)
            if below is not None and (key in base.locked or (each.value is None and holds_a_lock(below))):
                self._locked(each, below, where)
            elif each.value is None:
                self._remove(entries, key, each, where)
            elif below is None and self._is_patch_of_nothing(entries, each, shape, where):
                pass
            else:
                entries[key] = self._entry(below, each, shape, where)
                if isinstance(each.value, dict) and "$place" in each.value:
                    places.append((key, each.value["$place"]))
        entries = placed(entries, places, path, self.problems)
        locked = tuple(dict.fromkeys((*base.locked, *patch.locked)))
        return patch._replace(value=entries, locked=locked)

    def _entry(self, base: Node | None, patch: Node, shape: Shape, path: Path) -> Node:
        if isinstance(shape, Record):
            place = shape.attributes.get(path[-1])
            return self.of(base, patch, place.shape, path) if place else _over(base, patch)
        return self.of(base, patch, shape.value, path) if isinstance(shape, MapOf) else _over(base, patch)

    def _remove(self, entries: dict[str, Node], key: str, patch: Node, path: Path) -> None:
        if entries.pop(key, None) is None:
            self._nothing(f"there is no '{key}' to remove", key, entries, patch, path)

    def _is_patch_of_nothing(self, entries: Mapping[str, Node], patch: Node, shape: Shape, path: Path) -> bool:
        """A new thing among those of the base says what a new one must; else it is a patch with a wrong name."""
        value = shape.value if isinstance(shape, MapOf) else None
        if not isinstance(value, Record) or not entries or not isinstance(patch.value, dict):
            return False
        missing = [key for key in value.required if key not in patch.entries]
        if not missing:
            return False
        message = f"nothing below has '{path[-1]}', and a new one states {' and '.join(f'`{key}`' for key in missing)}"
        self._nothing(message, path[-1], entries, patch, path)
        return True

    def _nothing(self, message: str, key: str, entries: Mapping[str, Node], patch: Node, path: Path) -> None:
        near = nearest(key, entries)
        hint = did_you_mean(near, entries[near].head if near else None)
        self.problems.append(diagnostic("CFG221", message, patch.head, path=path, hint=hint))

    def _locked(self, patch: Node, base: Node, path: Path) -> None:
        hint = f"it was written in {base.origin}"
        self.problems.append(diagnostic("CFG224", f"'{path[-1]}' is locked", patch.head, path=path, hint=hint))


def _over(base: Node | None, patch: Node) -> Node:
    """The patch, knowing what it overrode."""
    if base is None:
        return patch
    return Node(patch.value, patch.span, patch.key, (*base.below, base.origin), patch.locked)


def _stacked(base: Node, patch: Node, *, is_top: bool = False) -> Node:
    """A patch laid on a patch of the same thing: what speaks to the merge in it is kept, for it has not been done yet."""
    replaces = patch.entries.get("$replace")
    if not isinstance(base.value, dict) or not isinstance(patch.value, dict) or _speaks_to_a_list(patch):
        return patch
    if is_top and replaces is not None and replaces.value is True:
        return patch
    entries = dict(base.entries)
    for key, each in patch.entries.items():
        below = entries.get(key)
        entries[key] = each if below is None else _stacked(below, each)
    return patch.with_entries(entries)


def _speaks_to_a_list(node: Node) -> bool:
    return any(key in node.entries for key in ("$add", "$remove"))

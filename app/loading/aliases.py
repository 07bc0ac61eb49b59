"""Old names of renamed things: an overlay that still uses one speaks of the new one, with a warning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from functools import partial
from typing import Any

from app.definition import Entity, Field, Option, Stage
from app.diagnostics import Diagnostic, Span, diagnostic
from app.frozen import dataclass
from app.loading.merge import Merge
from app.loading.node import Node, Path, node_of, plain
from app.loading.offsets import Offsets
from app.loading.removal import changed_at
from app.loading.renamed_expressions import Renamed, renamed_in, with_names
from app.loading.shape import ListOf, MapOf, NameOr, PlainOr, Record, Shape, shape_of_place
from app.loading.wording import THINGS, named

OF_FIELDS = frozenset({"field", "field_or_part", "declared", "sort", "path"})
OLD_NAME = "renamed_from"
_NAME_FIELD = "name_field"
_NOWHERE = Span("", 1, 1, 0)

Names = Mapping[str, str]


def with_new_names(below: Node, patch: Node, problems: list[Diagnostic], files: Mapping[str, bytes]) -> Node:
    """An overlay in which the old names of things below are replaced by the new ones. `files` are its own."""
    _misused(below, patch, problems)
    aliases = aliases_of(below)
    if not aliases:
        return patch
    renaming = _Renaming(aliases, problems)
    entries = {key: renaming.of(each, shape_of_place(key), (key,), None) for key, each in patch.entries.items()}
    return _with_new_expressions(below, patch.with_entries(entries), aliases, renaming, Offsets(files))


def _with_new_expressions(
    below: Node, patch: Node, aliases: Mapping[Path, Names], renaming: _Renaming, offsets: Offsets
) -> Node:
    """The overlay with the new names in its expressions too."""
    whole = Merge().tree(below, patch)
    found: dict[Path, list[Renamed]] = {}
    for each in renamed_in(patch, whole, aliases):
        found.setdefault(each.written.path, []).append(each)
        node = each.written.node
        old = str(node.value)[each.start : each.end]
        message = f"'{old}' is called '{each.new}' now"
        span = offsets.span(node, each.start, each.end)
        renaming.problems.append(diagnostic("CFG442", message, span, path=each.written.path, hint=f"write {each.new}"))
    for path, renamed in found.items():
        patch = changed_at(patch, path, partial(with_names, tuple(renamed)))
    return patch


@dataclass(frozen=True)
class InNewWords:
    """A tree in which things have other names than before, and the paths of what named them by the old ones."""

    tree: dict[str, Any]
    uses: tuple[Path, ...]


def in_new_words(tree: Mapping[str, Any], aliases: Mapping[Path, Names]) -> InNewWords:
    """A plain canonical tree with new names for old ones: of the things themselves, wherever they are named, and within
    expressions. `aliases` has them by the path of a map of things, in new names.
    """
    renaming = _Renaming(aliases)
    patch = node_of(tree, _NOWHERE)
    entries = {key: renaming.of(each, shape_of_place(key), (key,), None) for key, each in patch.entries.items()}
    patch = patch.with_entries(entries)
    for path in aliases:
        patch = _with_name_field(patch, path, aliases[path])
    uses = [each.path for each in renaming.problems]
    found: dict[Path, list[Renamed]] = {}
    for one in renamed_in(patch, patch, aliases):
        found.setdefault(one.written.path, []).append(one)
    for path, renamed in found.items():
        patch = changed_at(patch, path, partial(with_names, tuple(renamed)))
    return InNewWords(plain(patch), (*uses, *found))


def _with_name_field(tree: Node, path: Path, names: Names) -> Node:
    """The tree with the field that names records said, where it was the one that does so when nothing is said."""
    usual = names.get(Entity.name_field)
    said = tree.entries_at(*path[:2]) if usual is not None and path[0] == "entities" and path[2:] == ("fields",) else {}
    if not said or _NAME_FIELD in said:
        return tree
    return changed_at(tree, path[:2], lambda each: each.with_entries({**said, _NAME_FIELD: node_of(usual, _NOWHERE)}))


def aliases_of(tree: Node) -> dict[Path, dict[str, str]]:
    """By the path of a map of things: old name and new one, where nothing has the old one any more."""
    found: dict[Path, dict[str, str]] = {}
    for path, old in renamed_things(tree):
        if old.text not in tree.entries_at(*path[:-1]):
            found.setdefault(path[:-1], {})[str(old.text)] = path[-1]
    return found


def renamed_things(tree: Node) -> Iterator[tuple[Path, Node]]:
    """The paths of the things that say what they were called, each with every old name."""
    for home in _homes(tree):
        for key, thing in tree.entries_at(*home).items():
            said = thing.entries.get(OLD_NAME)
            for old in (said.items or [said]) if said is not None else ():
                if old.text is not None:
                    yield (*home, key), old


def _homes(tree: Node) -> Iterator[Path]:
    """The maps of things that may have had another name."""
    yield ("entities",)
    for key, entity in tree.entries_at("entities").items():
        yield ("entities", key, "fields")
        for name, a_field in entity.entries_at("fields").items():
            here = ("entities", key, "fields", name)
            yield (*here, "options")
            own = a_field.entries_at("link_fields")
            yield from ((*here, "link_fields"), *((*here, "link_fields", each, "options") for each in own))
        yield from (("entities", key, "pipelines", name, "stages") for name in entity.entries_at("pipelines"))
    yield from (("picklists", key, "options") for key in tree.entries_at("picklists"))


def _misused(below: Node, patch: Node, problems: list[Diagnostic]) -> None:
    for path, old in renamed_things(patch):
        siblings = below.entries_at(*path[:-1])
        where = (*path, OLD_NAME)
        if path[-1] in siblings and OLD_NAME not in siblings[path[-1]].entries:
            message = f"{named(path)} belongs to the base: an overlay gives it another label, not another name"
            problems.append(diagnostic("CFG443", message, old.head, path=where))
        elif old.text in siblings:
            message = f"'{old.text}' belongs to the base, which still has it"
            problems.append(diagnostic("CFG443", message, old.span, path=where))


@dataclass
class _Renaming:
    aliases: Mapping[Path, Names]
    problems: list[Diagnostic] = field(default_factory=list)

    def of(self, node: Node, shape: Shape, path: Path, entity: str | None) -> Node:
        """The value with new names for old ones. `entity` is the one whose fields are meant."""
        if isinstance(shape, NameOr | PlainOr):
            shape = shape.map if isinstance(shape, NameOr) else shape.record
        if isinstance(shape, Record) and isinstance(node.value, dict):
            return self._record(node, shape, path, entity)
        if isinstance(shape, MapOf) and isinstance(node.value, dict):
            node = self._keys(node, self.aliases.get(path, {}), path)
            entries = {
                key: self.of(each, shape.value, (*path, key), key if path == ("entities",) else entity)
                for key, each in node.entries.items()
            }
            return node.with_entries(entries)
        if isinstance(shape, ListOf) and isinstance(node.value, list):
            items = [self.of(each, shape.item, (*path, str(number)), entity) for number, each in enumerate(node.value)]
            return Node(items, node.span, node.key, node.below, node.locked)
        return node

    def _record(self, node: Node, shape: Record, path: Path, entity: str | None) -> Node:
        places = shape.attributes
        stated = next(
            (
                each.text
                for key, each in node.entries.items()
                if key in places and places[key].attribute.names == "entity"
            ),
            None,
        )
        if stated is not None and shape.of is not Field:
            entity = self.aliases.get(("entities",), {}).get(stated, stated)
        entries: dict[str, Node] = {}
        for key, each in node.entries.items():
            place = places.get(key)
            if place is None:
                entries[key] = each
                continue
            names = self._options_in(node, shape, key, path) or self._names_for(place.attribute.names, entity)
            where = (*path, key)
            value = self._named(each, names, where) if names else each
            if place.attribute.names == "entity" and isinstance(place.shape, MapOf):
                inner = {
                    name: self.of(inside, place.shape.value, (*where, name), name)
                    for name, inside in value.entries.items()
                }
                entries[key] = value.with_entries(inner)
            else:
                entries[key] = self.of(value, place.shape, where, entity)
        return node.with_entries(entries)

    def _options_in(self, node: Node, shape: Record, key: str, path: Path) -> Names:
        """What an attribute may be one of: the default of a field, what takes the place of an option or a stage."""
        if shape.of in (Option, Stage) and key == "replaced_by":
            return self.aliases.get(path[:-1], {})
        if shape.of is Field and key == "default":
            said = node.entries.get("options")
            shared = said.text if said is not None else None
            place = ("picklists", shared, "options") if shared is not None else (*path, "options")
            return self.aliases.get(place, {})
        return {}

    def _names_for(self, word: str, entity: str | None) -> Names:
        if word == "entity":
            return self.aliases.get(("entities",), {})
        if entity is None:
            return {}
        if word in OF_FIELDS:
            return self.aliases.get(("entities", entity, "fields"), {})
        found: dict[str, str] = {}
        for path, names in self.aliases.items() if word == "stage" else ():
            if path[:3] == ("entities", entity, "pipelines"):
                found |= names
        return found

    def _named(self, node: Node, names: Names, path: Path) -> Node:
        """A value that is a name, a list of names, or a map by name."""
        if node.text is not None:
            return self._text(node, names, path)
        if isinstance(node.value, list):
            items = [self._text(each, names, path) if each.text is not None else each for each in node.value]
            return Node(items, node.span, node.key, node.below, node.locked)
        if isinstance(node.value, dict):
            node = self._keys(node, names, path)
            changes = {
                key: self._named(each, names, path) for key, each in node.entries.items() if key in ("$add", "$remove")
            }
            return node.with_entries({**node.entries, **changes})
        return node

    def _text(self, node: Node, names: Names, path: Path) -> Node:
        first, dot, rest = (node.text or "").partition(".")
        sign = "-" if first.startswith("-") else ""
        new = names.get(first.removeprefix("-"))
        if new is None:
            return node
        self._tell(first.removeprefix("-"), new, node.span, path)
        return Node(f"{sign}{new}{dot}{rest}", node.span, node.key, node.below, node.locked)

    def _keys(self, node: Node, names: Names, path: Path) -> Node:
        if not any(key in names for key in node.entries):
            return node
        entries: dict[str, Node] = {}
        for key, each in node.entries.items():
            new = names.get(key, key)
            if new != key and new in node.entries:
                message = f"'{key}' is the old name of '{new}', which stands here too"
                self.problems.append(diagnostic("CFG443", message, each.head, path=(*path, key)))
                continue
            if new != key:
                self._tell(key, new, each.head, (*path, key))
            entries[new] = each
        return node.with_entries(entries)

    def _tell(self, old: str, new: str, span: Span, path: Path) -> None:
        kind = THINGS.get(path[-2], "name") if len(path) > 1 else "name"
        hint = f"write {new}"
        message = f"the {kind} '{old}' is called '{new}' now" if kind != "name" else f"'{old}' is called '{new}' now"
        self.problems.append(diagnostic("CFG442", message, span, path=path, hint=hint))

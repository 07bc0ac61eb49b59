"""Takes things away with all that hangs on them, before the overlay that says so is laid on.

What the overlay itself still says of them stays, so that it is found as an unknown reference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from app.diagnostics import Diagnostic, Span, diagnostic, did_you_mean, nearest
from app.loading.modules import modules_off, without_names
from app.loading.node import Node, Path, holds_a_lock
from app.loading.removal_of_things import Hanging

LISTS_OF_FIELDS = (("list", "columns"), ("list", "sort"), ("list", "filters"), ("layout", "highlights"))
FieldName = tuple[str, str]


def without_removed(base: Node, patch: Node, problems: list[Diagnostic]) -> Node:
    """The tree below an overlay without what its `remove:` names, and without what hangs on it or on fields set to null."""
    removal = _Removal(base, problems)
    removal.read(patch)
    return removal.applied()


@dataclass
class _Removal:
    base: Node
    problems: list[Diagnostic]
    gone: dict[str, dict[str, Span]] = field(default_factory=dict)  # by folder: key and where it is removed
    fields: dict[FieldName, Span] = field(default_factory=dict)
    groups: dict[str, Span] = field(default_factory=dict)  # of the menu
    nulled: set[FieldName] = field(default_factory=set)  # the merge takes these away itself
    stages: dict[tuple[str, str], dict[str, Span]] = field(default_factory=dict)  # by entity and pipeline, likewise

    def read(self, patch: Node) -> None:
        """Collects what goes."""
        for folder, names in patch.entries_at("pack", "remove").items():
            known = self.base.entries_at(folder)
            for number, name in enumerate(names.items):
                key = name.text
                if key is not None and key in known and holds_a_lock(known[key]):
                    path = ("pack", "remove", folder, str(number))
                    self.problems.append(diagnostic("CFG224", f"'{key}' is locked", name.span, path=path))
                elif key is not None and key in known:
                    self.gone.setdefault(folder, {})[key] = name.span
                elif folder in self.base.entries:
                    path = ("pack", "remove", folder, str(number))
                    hint = did_you_mean(nearest(str(name.value), known))
                    self.problems.append(
                        diagnostic("CFG221", f"there is no '{name.value}' to remove", name.span, path=path, hint=hint)
                    )
        for entity, each in patch.entries_at("entities").items():
            for key, value in each.entries_at("fields").items():
                if value.value is None:
                    self.fields[entity, key] = value.head
                    self.nulled.add((entity, key))
            for line, pipeline in each.entries_at("pipelines").items():
                lost = {key: one.head for key, one in pipeline.entries_at("stages").items() if one.value is None}
                if lost:
                    self.stages[entity, line] = lost
        self._read_modules(patch)
        self._lookups_to_gone()

    def _read_modules(self, patch: Node) -> None:
        for module in modules_off(self.base, patch, self.problems):
            for folder in ("entities", "roles"):
                known = self.base.entries_at(folder)
                for key in (str(each.value) for each in module.node.items_at(folder)):
                    if key in known and holds_a_lock(known[key]):
                        message = f"'{key}' of the module is locked"
                        self.problems.append(diagnostic("CFG224", message, module.place, path=("pack", "modules")))
                    elif key in known:
                        self.gone.setdefault(folder, {})[key] = module.place
            self.groups |= {str(each.value): module.place for each in module.node.items_at("menu")}

    def _lookups_to_gone(self) -> None:
        self._parts_of_gone()
        gone = self.gone.get("entities", {})
        for entity, key, each in self._fields():
            targets = _targets(each)
            if entity in gone or not targets or not all(target in gone for target in targets):
                continue
            self.fields[entity, key] = gone[targets[0]]
            self._note(f"field '{key}' of {entity}", gone[targets[0]], ("entities", entity, "fields", key))

    def _parts_of_gone(self) -> None:
        """What is part of something that goes, goes along."""
        gone = self.gone.get("entities", {})
        for entity, thing in self.base.entries_at("entities").items():
            part, lookup = thing.find("parent", "part"), thing.find("parent", "field")
            if part is None or part.value is not True or lookup is None or entity in gone:
                continue
            a_field = thing.find("fields", str(lookup.value))
            for whole in (each for each in (_targets(a_field) if a_field else ()) if each in gone):
                self._note(f"'{entity}', a part of {whole},", gone[whole], ("entities", entity))
                gone[entity] = gone[whole]

    def _fields(self) -> list[tuple[str, str, Node]]:
        return [
            (entity, key, each)
            for entity, thing in self.base.entries_at("entities").items()
            for key, each in thing.entries_at("fields").items()
        ]

    def _note(self, what: str, place: Span, path: Path) -> None:
        self.problems.append(diagnostic("CFG225", f"{what} goes along", place, path=path))

    def applied(self) -> Node:
        """The base without all of it."""
        if not (self.gone or self.fields or self.groups or self.stages):
            return self.base
        entries = dict(self.base.entries)
        for folder, names in self.gone.items():
            entries[folder] = _keeping(entries[folder], partial(_is_not_in, names))
        if "entities" in entries:
            changed = {key: self._entity(key, each) for key, each in entries["entities"].entries.items()}
            entries["entities"] = entries["entities"].with_entries(changed)
        if "roles" in entries:
            changed = {key: self._role(key, each) for key, each in entries["roles"].entries.items()}
            entries["roles"] = entries["roles"].with_entries(changed)
        if "menu" in entries:
            entries["menu"] = self._menu(entries["menu"])
        if "pack" in entries:
            entries["pack"] = without_names(entries["pack"], self.gone, self.groups)
        hanging = Hanging(self.base, self.gone, self.fields, self._note)
        return self.base.with_entries(hanging.without(entries))

    # What hangs on it

    def _entity(self, entity: str, node: Node) -> Node:
        gone = {key: place for (of, key), place in self.fields.items() if of == entity}
        node = changed_at(node, ("fields",), partial(self._fewer_targets, entity))
        cascaded = {key for key in gone if (entity, key) not in self.nulled}
        node = changed_at(node, ("fields",), lambda fields: _keeping(fields, lambda key: key not in cascaded))
        if gone:
            for path in (*LISTS_OF_FIELDS, *_lists_of_moves(node), *_lists_of_variants(node)):
                node = changed_at(node, path, partial(self._names, gone=gone, path=("entities", entity, *path)))
            node = changed_at(node, ("keys",), lambda keys: self._keys(keys, gone, entity))
        if parts := self._gone_parts(entity):
            for path in _lists_of_moves(node):
                node = changed_at(node, path, partial(self._names, gone=parts, path=("entities", entity, *path)))
        for line in node.entries_at("pipelines"):
            path = ("pipelines", line, "transitions")
            node = changed_at(node, path, partial(self._moves, lost=self.stages.get((entity, line), {}), entity=entity))
        return changed_at(node, ("layout", "tabs"), lambda tabs: self._tabs(tabs, gone, entity))

    def _fewer_targets(self, entity: str, fields: Node) -> Node:
        """Lookups to several entities, of which some stay."""
        gone = self.gone.get("entities", {})
        for key, each in fields.entries.items():
            targets = _targets(each)
            if any(target in gone for target in targets) and (entity, key) not in self.fields:
                path = ("entities", entity, "fields", key, "to")
                fields = changed_at(fields, (key, "to"), partial(self._names, gone=gone, path=path))
        return fields

    def _names(self, names: Node, gone: Mapping[str, Span], path: Path) -> Node:
        if not isinstance(names.value, list):
            return names
        kept = [each for each in names.items if (each.text or "").removeprefix("-") not in gone]
        for each in names.items:
            key = (each.text or "").removeprefix("-")
            if key in gone:
                self._note(f"'{key}' in {path[-1]} of {path[1]}", gone[key], path)
        return Node(kept, names.span, names.key, names.below, names.locked)

    def _keys(self, keys: Node, gone: Mapping[str, Span], entity: str) -> Node:
        def stays(key: str) -> bool:
            lost = next((each.text for each in keys.items_at(key, "fields") if each.text in gone), None)
            if lost is not None:
                self._note(f"key '{key}' of {entity}", gone[lost], ("entities", entity, "keys", key))
            return lost is None

        return _keeping(keys, stays)

    def _moves(self, moves: Node, lost: Mapping[str, Span], entity: str) -> Node:
        """Transitions between the stages that stay; one that leads to a lost stage, or from such alone, goes along. One whose
        approval is gone needs none.
        """
        approvals = self.gone.get("approvals", {})
        result: dict[str, Node] = {}
        for key, move in moves.entries.items():
            to, sources = move.find("to"), [each.text for each in move.items_at("from")]
            ends = [to.text if to is not None else None, *(sources if all(each in lost for each in sources) else ())]
            cause = next((lost[each] for each in ends if each in lost), None)
            if cause is not None:
                self._note(f"transition '{key}' of {entity}", cause, ("entities", entity, "pipelines"))
                continue
            kept = changed_at(move, ("from",), partial(self._names, gone=lost, path=("entities", entity, "from")))
            asked = kept.find("approval")
            if asked is not None and asked.text in approvals:
                self._note(
                    f"the approval of transition '{key}' of {entity}", approvals[asked.text], ("entities", entity)
                )
                kept = kept.with_entries({name: each for name, each in kept.entries.items() if name != "approval"})
            result[key] = kept
        return moves.with_entries(result) if isinstance(moves.value, dict) else moves

    def _tabs(self, tabs: Node, gone: Mapping[str, Span], entity: str) -> Node:
        result: dict[str, Node] = {}
        for name, tab in tabs.entries.items():
            sections = tab.find("sections")
            kept = {
                key: self._section(section, gone, ("entities", entity, "layout", "tabs", name, "sections", key))
                for key, section in (sections.entries.items() if sections else ())
                if self._shows_something(section, entity, key)
            }
            if sections is None or kept:
                result[name] = (
                    tab.with_entries({**tab.entries, "sections": sections.with_entries(kept)}) if sections else tab
                )
        return tabs.with_entries(result)

    def _section(self, section: Node, gone: Mapping[str, Span], path: Path) -> Node:
        section = changed_at(section, ("fields",), lambda names: self._names(names, gone, (*path, "fields")))
        related = section.find("related")
        source = self._source(path[1], related.text) if related is not None and related.text else None
        if source is None:
            return section
        of_source = {key: place for (of, key), place in self.fields.items() if of == source[0]}
        return changed_at(section, ("columns",), lambda names: self._names(names, of_source, (*path, "columns")))

    def _shows_something(self, section: Node, entity: str, key: str) -> bool:
        related = section.find("related")
        source = self._source(entity, related.text) if related is not None and related.text else None
        if source is None:
            return True
        place = self.gone.get("entities", {}).get(source[0]) or self.fields.get(source)
        if place is not None:
            self._note(f"section '{key}' of {entity}", place, ("entities", entity, "layout"))
        return place is None

    def _gone_parts(self, entity: str) -> dict[str, Span]:
        """The names under which an entity showed parts that go."""
        found: dict[str, Span] = {}
        for of, place in self.gone.get("entities", {}).items():
            lookup = self.base.find("entities", of, "parent", "field")
            a_field = self.base.find("entities", of, "fields", lookup.text) if lookup and lookup.text else None
            if a_field is not None and entity in _targets(a_field):
                name = a_field.find("inverse")
                found[(name.text if name else None) or of] = place
        return found

    def _source(self, entity: str, inverse: str) -> FieldName | None:
        """The lookup whose other side on an entity has this name."""
        for of, key, each in self._fields():
            name = each.find("inverse")
            if entity in _targets(each) and ((name.text if name else None) or of) == inverse:
                return of, key
        return None

    def _role(self, role: str, node: Node) -> Node:
        roles, entities = self.gone.get("roles", {}), self.gone.get("entities", {})
        node = changed_at(node, ("includes",), lambda names: self._names(names, roles, ("roles", role, "includes")))

        def grants(node: Node) -> Node:
            kept = _keeping(node, lambda key: key not in entities)
            changed = {key: self._grant(key, grant) for key, grant in kept.entries.items()}
            return kept.with_entries(changed)

        return changed_at(node, ("grants",), grants)

    def _grant(self, entity: str, grant: Node) -> Node:
        return changed_at(
            grant, ("fields",), lambda fields: _keeping(fields, lambda key: (entity, key) not in self.fields)
        )

    def _menu(self, menu: Node) -> Node:
        roles, entities = self.gone.get("roles", {}), self.gone.get("entities", {})
        result: dict[str, Node] = {}
        for key, group in menu.entries_at("groups").items():
            if key in self.groups:
                continue
            kept = changed_at(group, ("items",), lambda items: _keeping(items, lambda name: name not in entities))
            kept = changed_at(kept, ("roles",), partial(self._names, gone=roles, path=("menu", key, "roles")))
            items = kept.find("items")
            if items is None or items.entries or not group.entries_at("items"):
                result[key] = kept
        return changed_at(menu, ("groups",), lambda node: node.with_entries(result))


def _lists_of_moves(entity: Node) -> Iterator[Path]:
    """Where the pipelines of an entity list fields."""
    for line in entity.entries_at("pipelines"):
        for kind in ("stages", "transitions"):
            for key in entity.entries_at("pipelines", line, kind):
                yield from (("pipelines", line, kind, key, name) for name in ("required", "read_only"))


def _lists_of_variants(entity: Node) -> Iterator[Path]:
    """Where the variants of a layout list fields, as far as they write whole lists."""
    for key, variant in entity.entries_at("layout", "variants").items():
        home = ("layout", "variants", key)
        yield (*home, "highlights")
        for tab, each in variant.entries_at("tabs").items():
            yield from ((*home, "tabs", tab, "sections", name, "fields") for name in each.entries_at("sections"))


def changed_at(node: Node, path: Path, change: Callable[[Node], Node]) -> Node:
    """The node with the one at a path changed, where there is one."""
    if not path:
        return change(node)
    inner = node.entries.get(path[0])
    if inner is None:
        return node
    return node.with_entries({**node.entries, path[0]: changed_at(inner, path[1:], change)})


def _targets(a_field: Node) -> list[str]:
    """The entities that a field of the canonical tree points to."""
    return [each.text for each in a_field.items_at("to") if each.text is not None]


def _is_not_in(names: Mapping[str, object], key: str) -> bool:
    return key not in names


def _keeping(node: Node, stays: Callable[[str], bool]) -> Node:
    return node.with_entries({key: each for key, each in node.entries.items() if stays(key)}) if node.entries else node

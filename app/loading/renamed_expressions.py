"""Old names within expressions: fields, related lists, options and stages that a base has renamed are followed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from app.expression.parser import parse
from app.expression.problem import BadExpression
from app.expression.syntax import Syntax
from app.frozen import dataclass
from app.loading.expressions import Written, expressions_in
from app.loading.node import Node, Path

Names = Mapping[str, str]
Aliases = Mapping[Path, Names]
"""By the path of a map of things: old name and new one."""
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_AGGREGATE = re.compile(r"\(?\s*\w+\s*\(\s*(\w+)(?:\s*\.\s*(\w+))?")
_COMPARED = frozenset({"==", "!=", "in", "not in", "has"})
_ASKED = frozenset({"has_any", "has_all", "changed_to"})


@dataclass(frozen=True, slots=True)
class Renamed:
    """A name between two offsets of an expression, and what it is called now."""

    written: Written
    start: int
    end: int
    new: str


def renamed_in(patch: Node, whole: Node, aliases: Aliases) -> Iterator[Renamed]:
    """The old names in the expressions of a layer. `whole` is the layer on what it is laid on: it says what is about what."""
    things = _Things(whole, aliases)
    for written in expressions_in(whole, things.other_side):
        own = patch.find(*written.path)
        if own is None or own.value != written.node.value:
            continue
        source = str(written.node.value)
        for entity in things.entities_of(written):
            try:
                syntax = parse(source)
            except BadExpression:
                break
            options = things.options(*written.gives) if written.gives else {}
            found = list(_Reader(source, things).names(syntax, entity, options))
            if found:
                yield from (Renamed(written, *each) for each in sorted(set(found)))
                break


def with_names(renamed: tuple[Renamed, ...], node: Node) -> Node:
    """The expression with the new names of its old ones."""
    text = str(node.value)
    for each in sorted(renamed, key=lambda one: one.start, reverse=True):
        text = text[: each.start] + each.new + text[each.end :]
    return node._replace(value=text)


@dataclass(frozen=True)
class _Things:
    """Looks things up in a canonical tree: there is no Catalog yet."""

    tree: Node
    aliases: Aliases

    def entities_of(self, written: Written) -> list[str]:
        if written.entity is not None:
            return [written.entity]
        if written.path[0] != "picklists":
            return []
        entities = self.tree.entries_at("entities")
        return [key for key, each in entities.items() if _uses(each, written.path[1])]

    def field(self, entity: str, key: str) -> Node | None:
        return self.tree.find("entities", entity, "fields", key)

    def new_field(self, entity: str, key: str) -> str | None:
        return self.aliases.get(("entities", entity, "fields"), {}).get(key)

    def target(self, entity: str, key: str) -> str | None:
        """The one entity that a field points to."""
        if key in ("owner", "created_by", "updated_by"):
            return "user"
        if key in ("department", "team"):
            return key
        a_field = self.field(entity, key)
        if a_field is None:
            return None
        kind = a_field.find("type")
        targets = [each.text for each in a_field.items_at("to")]
        return "user" if kind is not None and kind.text == "user" else targets[0] if len(targets) == 1 else None

    def child(self, entity: str, inverse: str) -> str | None:
        """The entity whose lookup has this other side."""
        for key, each in self.tree.entries_at("entities").items():
            for a_field in each.entries_at("fields").values():
                name = a_field.find("inverse")
                points = any(one.text == entity for one in a_field.items_at("to"))
                if points and (name.text if name is not None else key) == inverse:
                    return key
        return None

    def other_side(self, entity: str | None, name: str) -> str | None:
        return None if entity is None else self.child(entity, name) or self.target(entity, name)

    def options(self, entity: str, key: str) -> Names:
        """Old and new names of the options of a field, or of its stages."""
        key = self.new_field(entity, key) or key
        a_field = self.field(entity, key)
        kind = a_field.find("type") if a_field is not None else None
        if a_field is None or kind is None:
            return {}
        if kind.text == "stage":
            lines = (names for path, names in self.aliases.items() if path[:3] == ("entities", entity, "pipelines"))
            return {old: new for names in lines for old, new in names.items()}
        shared = a_field.find("options")
        if shared is not None and shared.text is not None:
            return self.aliases.get(("picklists", shared.text, "options"), {})
        return self.aliases.get(("entities", entity, "fields", key, "options"), {})


def _uses(entity: Node, picklist: str) -> bool:
    options = (each.find("options") for each in entity.entries_at("fields").values())
    return any(each is not None and each.text == picklist for each in options)


Found = tuple[int, int, str]


@dataclass(frozen=True)
class _Reader:
    """Reads one expression: yields (start, end, new name)."""

    source: str
    things: _Things

    def names(self, tree: Syntax, entity: str, options: Names) -> Iterator[Found]:
        """The old names in a part of it. `options` are those that a text in this place may be one of."""
        match tree.kind:
            case "literal":
                yield from self._literal(tree, options)
            case "name":
                yield from self._path(tree, entity)
            case "aggregate":
                yield from self._aggregate(tree, entity)
            case "binary" if tree.value in _COMPARED:
                inner = {**self._options(tree.args[0], entity), **self._options(tree.args[1], entity)}
                yield from self._all(tree, entity, inner)
            case "call" if tree.value in _ASKED and tree.args:
                yield from self._all(tree, entity, self._options(tree.args[0], entity))
            case "call" if tree.value not in ("if", "coalesce"):
                yield from self._all(tree, entity, {})
            case "binary" | "unary":
                yield from self._all(tree, entity, {})
            case _:
                yield from self._all(tree, entity, options)

    def _all(self, tree: Syntax, entity: str, options: Names) -> Iterator[Found]:
        for each in tree.args:
            yield from self.names(each, entity, options)

    def _literal(self, tree: Syntax, options: Names) -> Iterator[Found]:
        new = options.get(tree.value) if isinstance(tree.value, str) else None
        if new is not None:
            start = self.source.index(tree.value, tree.start)
            yield start, start + len(tree.value), new

    def _path(self, tree: Syntax, entity: str) -> Iterator[Found]:
        here: str | None = entity
        for word in _WORD.finditer(self.source, tree.start, tree.end):
            key = word[0]
            if word.start() == tree.start and key in ("old", "user") and self.things.field(entity, key) is None:
                here = "user" if key == "user" else entity
                continue
            if here is None:
                return
            new = self.things.new_field(here, key)
            if new is not None:
                yield word.start(), word.end(), new
            here = self.things.target(here, new or key)

    def _options(self, tree: Syntax, entity: str) -> Names:
        """The options of what a name leads to."""
        if tree.kind != "name":
            return {}
        *steps, last = [each for each in tree.value if each != "old"] or ["old"]
        here: str | None = entity
        for step in steps:
            here = self.things.target(here, self.things.new_field(here, step) or step) if here is not None else None
        return self.things.options(here, last) if here is not None else {}

    def _aggregate(self, tree: Syntax, entity: str) -> Iterator[Found]:
        match = _AGGREGATE.match(self.source, tree.start)
        assert match is not None
        inverse = match[1]
        child = self.things.child(entity, inverse)
        if child is None:
            new = self.things.aliases.get(("entities",), {}).get(inverse)
            child = self.things.child(entity, new) if new is not None else None
            if child is not None and new is not None:
                yield *match.span(1), new
        if child is None:
            return
        new = self.things.new_field(child, match[2]) if match[2] else None
        if new is not None:
            yield *match.span(2), new
        yield from self._all(tree, child, {})

"""What the checks look at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from functools import cached_property

from app.definition import Catalog, Entity, Field
from app.diagnostics import Diagnostic, Span, diagnostic, did_you_mean, nearest
from app.frozen import dataclass
from app.loading.node import Node, Path


@dataclass(frozen=True)
class Subject:
    """The Catalog that results, the tree that it was built of, and the paths that were cut out of that tree or could not be
    read: what they held is not known, so that nothing may be said of its absence. `files` are the texts of the pack,
    `torn` the lines of files in which YAML ended a value too early, `removed` the names that an overlay took away.
    """

    catalog: Catalog
    tree: Node
    cut: frozenset[Path]
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    torn: frozenset[tuple[str, int]] = frozenset()
    removed: Mapping[str, Span] = field(default_factory=dict)

    def place(self, *path: str) -> Span:
        """Where the value at a path stands."""
        node = self.tree.find(*path)
        return node.span if node is not None else self._nearest(path)

    def head(self, *path: str) -> Span:
        """Where the key at a path stands."""
        node = self.tree.find(*path)
        return node.head if node is not None else self._nearest(path)

    def _nearest(self, path: Path) -> Span:
        for end in range(len(path) - 1, 0, -1):
            node = self.tree.find(*path[:end])
            if node is not None:
                return node.head
        return self.tree.span

    def has(self, *path: str) -> bool:
        """Whether it was written in a file; the system's own entities and fields were not."""
        return self.tree.find(*path) is not None

    def entities(self) -> Iterator[Entity]:
        """The entities that were written."""
        return (each for key, each in self.catalog.entities.items() if self.has("entities", key))

    def fields(self) -> Iterator[tuple[Entity, Field]]:
        """The fields that were written, with their entities."""
        return iter(self._fields)

    @cached_property
    def _fields(self) -> tuple[tuple[Entity, Field], ...]:
        found = []
        for entity in self.entities():
            written = self.tree.entries_at("entities", entity.key, "fields")
            found += [(entity, each) for each in entity.fields.values() if each.key in written]
        return tuple(found)

    def is_unknown(self, *path: str) -> bool:
        """Whether the thing at a path, or what it stands in, was cut out: it may well exist."""
        return any(path[:end] in self.cut for end in range(len(path) + 1))

    def unknown(
        self, code: str, message: str, span: Span, target: Path, known: Iterable[str], path: Path
    ) -> Iterator[Diagnostic]:
        """The diagnostic that there is nothing at the path `target`, with the likeliest of the `known` names beside it: that of what
        was called so before.
        """
        if self.is_unknown(*target):
            return
        *home, name = target
        near = self._called_now(home, name) or nearest(name, known)
        at = self.tree.find(*home, near) if near is not None else None
        yield diagnostic(code, message, span, path=path, hint=did_you_mean(near, at.head if at else None))

    def _called_now(self, home: Iterable[str], name: str) -> str | None:
        for key, each in self.tree.entries_at(*home).items():
            said = each.entries.get("renamed_from")
            if said is not None and name in [said.value, *(old.value for old in said.items)]:
                return key
        return None

    def items(self, *path: str) -> Mapping[str, Node]:
        """The items of the list at a path by their number."""
        return {str(number): each for number, each in enumerate(self.tree.items_at(*path))}

"""Values that know where they were written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple, TypeAlias

from app.diagnostics import Span

Scalar: TypeAlias = str | int | Decimal | bool | None
Path: TypeAlias = tuple[str, ...]


class Node(NamedTuple):
    """A value of a file. `span` is its place, `key` the place of the key that it stands under.

    `below` are the places in the layers that it overrode, the lowest first. `locked` names the attributes that a layer
    above may not change (`*` is all of them). Nodes are never changed: an alias may share one between several places.
    """

    value: Scalar | dict[str, Node] | list[Node]
    span: Span
    key: Span | None = None
    below: tuple[Span, ...] = ()
    locked: tuple[str, ...] = ()

    @property
    def entries(self) -> dict[str, Node]:
        """Its entries when it is a map; else none."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def items(self) -> list[Node]:
        """Its items when it is a list; else none."""
        return self.value if isinstance(self.value, list) else []

    @property
    def text(self) -> str | None:
        """The value when it is a text."""
        return self.value if isinstance(self.value, str) else None

    @property
    def head(self) -> Span:
        """Where it begins for a reader: at its key, or at the value in a list."""
        return self.key or self.span

    @property
    def origin(self) -> Span:
        """The place to name as its origin: of a map its key, of anything else the value."""
        return self.head if isinstance(self.value, dict) else self.span

    def with_entries(self, entries: dict[str, Node]) -> Node:
        """The same with other entries."""
        return Node(entries, self.span, self.key, self.below, self.locked)

    def find(self, *path: str) -> Node | None:
        """The node at a path below it, through maps and, by number, through lists."""
        node: Node | None = self
        for part in path:
            if node is None:
                return None
            if isinstance(node.value, dict):
                node = node.value.get(part)
            elif isinstance(node.value, list) and part.isdecimal() and int(part) < len(node.value):
                node = node.value[int(part)]
            else:
                return None
        return node

    def entries_at(self, *path: str) -> dict[str, Node]:
        """The entries of the map at a path below it; none when there is no map."""
        node = self.find(*path)
        return node.entries if node is not None else {}

    def items_at(self, *path: str) -> list[Node]:
        """The items of the list at a path below it; none when there is no list."""
        node = self.find(*path)
        return node.items if node is not None else []


def plain(node: Node) -> Any:
    """The value alone: dicts, lists and scalars."""
    value = node.value
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return value


class Origins(Mapping[Path, tuple[Span, ...]]):
    """Where the values of a tree were written, by path: the places that were overridden, the lowest first, and the one that
    holds. They are looked up, because few are asked for.
    """

    def __init__(self, tree: Node) -> None:
        self._tree = tree

    def __getitem__(self, path: Path) -> tuple[Span, ...]:
        node = self._tree.find(*path) if len(path) > 1 else None
        if node is None:
            raise KeyError(path)
        return (*node.below, node.origin)

    def __iter__(self) -> Iterator[Path]:
        return (path for path, _ in walk(self._tree) if len(path) > 1)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def walk(node: Node, path: Path = ()) -> Iterator[tuple[Path, Node]]:
    """The node and all below it with their paths; items of lists have their number as last part."""
    waiting = [(path, node)]
    while waiting:
        path, node = waiting.pop()
        yield path, node
        value = node.value
        if isinstance(value, dict):
            waiting.extend([((*path, key), value[key]) for key in reversed(value)])
        elif isinstance(value, list):
            waiting.extend([((*path, str(number)), value[number]) for number in reversed(range(len(value)))])


def node_of(value: Any, span: Span) -> Node:
    """Plain values as nodes that all stand at one place."""
    if isinstance(value, dict):
        return Node({str(key): node_of(each, span) for key, each in value.items()}, span)
    if isinstance(value, list | tuple):
        return Node([node_of(each, span) for each in value], span)
    return Node(value, span)


def holds_a_lock(node: Node) -> bool:
    """Whether it or something in it is locked, so that it can't go as a whole."""
    return bool(node.locked) or any(holds_a_lock(each) for each in node.entries.values())

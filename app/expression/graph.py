"""What computed fields follow from: the fields of all entities that they read, in which order they are worked out, and
which records a change reaches.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import field
from functools import cached_property

from app.definition import Catalog
from app.definition.memory import remembered
from app.expression.computed import Circle, Computed, computed_field, computed_fields, read_fields
from app.expression.cycles import find_cycles, in_order
from app.expression.node import Node
from app.expression.problem import BadExpression
from app.expression.steps import lookup_of, target_of
from app.frozen import dataclass

__all__ = ["Circle", "Computed", "Graph", "build_graph", "computed_fields", "graph_of", "read_fields"]

Place = tuple[str, str]
"""An entity and one of its fields."""
BESIDE = "__"  # what stands behind it in the key of a column says which one it is of a field


@dataclass(frozen=True, slots=True)
class Hop:
    """A step between records over a lookup of `entity`: `down` from what it points to, else up to what it points to. Down a
    lookup to several entities it says from which: `about:contact`, see `steps`.
    """

    entity: str
    lookup: str
    down: bool


Way = tuple[Hop, ...]
"""From records that change to those that depend on them; none: the same records. The first hop of a way that begins with
one up leads from the old and from the new value of its lookup.
"""


@dataclass(frozen=True, slots=True)
class Link:
    """Where `source` changes, `target` must be worked out anew, in the records that `way` leads to."""

    source: Place
    target: Place
    way: Way = ()


@dataclass(frozen=True, slots=True)
class Dependants:
    """The fields of `entity` that must be worked out anew in the records to which `way` leads."""

    entity: str
    fields: frozenset[str]
    way: Way


@dataclass(frozen=True)
class Graph:
    """The computed fields of a catalog.

    `order` names all of them, each behind those that it reads; those on a cycle are left out. `cycles` name the fields that
    follow from themselves, each behind one that it reads, the first behind the last. `depth` says how many steps between
    records lie below a field: fields of one depth and entity are worked out together. `fields` names those of each entity.
    """

    formulas: Mapping[Place, Computed]
    links: tuple[Link, ...]
    order: tuple[Place, ...]
    cycles: tuple[tuple[Place, ...], ...]
    depth: Mapping[Place, int]
    fields: Mapping[str, frozenset[str]]
    _found: dict[tuple[str, AbstractSet[str], bool], tuple[Dependants, ...]] = field(
        default_factory=dict, compare=False, repr=False
    )

    def order_of(self, entity: str) -> tuple[str, ...]:
        """The computed fields of an entity, each behind those that it reads."""
        return self._order_of.get(entity, ())

    def own(self, entity: str, fields: Iterable[str]) -> tuple[str, ...]:
        """The computed fields of the same record that follow from these (or from columns beside them), near and far, in
        their order.
        """
        if entity not in self._order_of:
            return ()
        found: set[str] = set()
        waiting = [self.field_of(entity, each) for each in fields]
        while waiting:
            for target in self._own.get((entity, waiting.pop()), ()):
                if target not in found:
                    found.add(target)
                    waiting.append(target)
        return tuple(key for key in self.order_of(entity) if key in found) if found else ()

    def field_of(self, entity: str, column: str) -> str:
        """The field that a column belongs to."""
        return field_of(self.fields.get(entity, ()), column)

    def dependants(self, entity: str, fields: AbstractSet[str], *, whole: bool = False) -> tuple[Dependants, ...]:
        """What depends in other records on these fields (or columns beside them). `whole`: records come or go, with all
        that they hold; then nothing points to them yet, or any more.
        """
        if entity not in self.read:
            return ()
        named = () if whole else (self.field_of(entity, each) for each in fields)
        key = (entity, frozenset(named), whole)
        if key not in self._found:
            self._found[key] = tuple(_grouped(self._links_from(*key[:2], whole=whole)))
        return self._found[key]

    def _links_from(self, entity: str, fields: AbstractSet[str], *, whole: bool) -> Iterator[Link]:
        for link in self._across.get(entity, ()):
            if (not link.way[0].down) if whole else (link.source[1] in fields):
                yield link

    @cached_property
    def read(self) -> frozenset[str]:
        """The entities on whose records others depend."""
        return frozenset(self._across)

    def read_by(self, entity: str) -> frozenset[Place]:
        """What the computed fields of an entity read of others, through lookups."""
        return self._read_by.get(entity, frozenset())

    def raised_by(self, entity: str) -> frozenset[str]:
        """The entities whose records total those of this one."""
        return self._raised_by.get(entity, frozenset())

    @cached_property
    def _read_by(self) -> Mapping[str, frozenset[Place]]:
        found: dict[str, set[Place]] = {}
        for link in self.links:
            if link.way and link.way[-1].down:
                found.setdefault(link.target[0], set()).add(link.source)
        return {entity: frozenset(places) for entity, places in found.items()}

    @cached_property
    def _raised_by(self) -> Mapping[str, frozenset[str]]:
        found: dict[str, set[str]] = {}
        for link in self.links:
            if link.way and not link.way[-1].down:
                found.setdefault(link.way[-1].entity, set()).add(link.target[0])
        return {entity: frozenset(targets) for entity, targets in found.items()}

    @cached_property
    def followers(self) -> frozenset[str]:
        """The entities whose computed fields depend on other records."""
        return frozenset(link.target[0] for link in self.links if link.way)

    @cached_property
    def reads_clock(self) -> frozenset[Place]:
        """The computed fields whose values change with time alone."""
        return frozenset(place for place, each in self.formulas.items() if each.reads_clock)

    @cached_property
    def _order_of(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        for entity, key in self.order:
            found.setdefault(entity, []).append(key)
        return {entity: tuple(keys) for entity, keys in found.items()}

    @cached_property
    def _own(self) -> Mapping[Place, tuple[str, ...]]:
        found: dict[Place, list[str]] = {}
        for link in self.links:
            if not link.way:
                found.setdefault(link.source, []).append(link.target[1])
        return {place: tuple(keys) for place, keys in found.items()}

    @cached_property
    def _across(self) -> Mapping[str, tuple[Link, ...]]:
        found: dict[str, list[Link]] = {}
        for link in self.links:
            if link.way:
                found.setdefault(link.source[0], []).append(link)
        return {entity: tuple(links) for entity, links in found.items()}


def field_of(known: Container[str], column: str) -> str:
    """The field that a column belongs to; `known` are the fields of its entity."""
    return column if column in known else column.rpartition(BESIDE)[0] or column


def graph_of(catalog: Catalog) -> Graph:
    """The graph of a catalog. A field whose expression can't be read is left out: the checks say why."""
    return remembered(catalog, "graph", lambda: build_graph(catalog))


def build_graph(catalog: Catalog) -> Graph:
    """As `graph_of`, worked out anew."""
    formulas = dict(_formulas(catalog))
    links = dict.fromkeys(
        link
        for place, one in formulas.items()
        for each in one.expressions
        for link in _links_of(catalog, place, each.root)
    )
    reads: dict[Place, set[Place]] = {place: set() for place in formulas}
    for link in links:
        if link.source in formulas:
            reads[link.target].add(link.source)
    cycles = find_cycles(reads)
    order = in_order(reads, {place for cycle in cycles for place in cycle})
    fields = {key: frozenset(entity.every_field) for key, entity in catalog.entities.items()}
    return Graph(formulas, tuple(links), tuple(order), tuple(cycles), _depths(order, links), fields)


def _formulas(catalog: Catalog) -> Iterator[tuple[Place, Computed]]:
    for key, entity in catalog.entities.items():
        for a_field in entity.fields.values():
            if a_field.is_computed:
                try:
                    yield (key, a_field.key), computed_field(catalog, entity, a_field)
                except BadExpression:
                    continue


def _links_of(catalog: Catalog, target: Place, root: Node) -> Iterator[Link]:
    for node in root.walk():
        if node.op in {"field", "old", "changed"}:
            yield from _of_path(catalog, target, target[0], node.value.split("."), ())
        elif node.op == "aggregate":
            yield from _of_aggregate(catalog, target, node)


def _of_aggregate(catalog: Catalog, target: Place, node: Node) -> Iterator[Link]:
    said = node.value
    up: Way = (Hop(said.entity, said.lookup, down=False),)
    yield Link((said.entity, said.lookup), target, up)
    if said.field is not None:
        yield from _of_path(catalog, target, said.entity, [said.field], up)
    for each in said.where.walk() if said.where is not None else ():
        if each.op == "field":
            yield from _of_path(catalog, target, said.entity, each.value.split("."), up)


def _of_path(catalog: Catalog, target: Place, entity: str, parts: list[str], way: Way) -> Iterator[Link]:
    """Every field on a path that begins at `entity`, from whose records `way` leads to the target."""
    for part in parts:
        fields = catalog.entities[entity].every_field
        key = field_of(fields, lookup_of(part))
        yield Link((entity, key), target, way)
        pointed = target_of(catalog.entities[entity], part)
        if pointed is None or pointed not in catalog.entities:
            return
        way = (Hop(entity, part, down=True), *way)
        entity = pointed


def _grouped(links: Iterator[Link]) -> Iterator[Dependants]:
    found: dict[tuple[str, Way], set[str]] = {}
    for link in links:
        found.setdefault((link.target[0], link.way), set()).add(link.target[1])
    for (entity, way), fields in found.items():
        yield Dependants(entity, frozenset(fields), way)


def _depths(order: list[Place], links: Mapping[Link, None]) -> dict[Place, int]:
    into: dict[Place, list[Link]] = {}
    for link in links:
        into.setdefault(link.target, []).append(link)
    found: dict[Place, int] = {}
    for place in order:
        below = (found.get(link.source, -1 if link.way else 0) + bool(link.way) for link in into.get(place, ()))
        found[place] = max(below, default=0)
    return found

"""What computed fields are worked out from, whoever asks: the base of who may read them."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from types import MappingProxyType

from app.definition import Catalog
from app.definition.memory import remembered
from app.expression.graph import Place, graph_of

Sources = Mapping[Place, AbstractSet[Place]]


def sources_of(catalog: Catalog) -> Sources:
    """For each computed field the fields that it reads: of its record, of others, of the acting person. Those that are
    computed themselves stand for what they are worked out from. A field whose expression can't be read is left out.
    """
    return remembered(catalog, "sources", lambda: MappingProxyType(_sources(catalog)))


def _sources(catalog: Catalog) -> dict[Place, set[Place]]:
    graph = graph_of(catalog)
    found: dict[Place, set[Place]] = {place: set() for place in graph.formulas}
    for link in graph.links:
        found[link.target].add(link.source)
    for place, computed in graph.formulas.items():
        keys = {key for each in computed.expressions for key in each.user_keys} - {"id"}
        found[place].update(("user", key) for key in keys)
    return found


def is_declassified(catalog: Catalog, place: Place) -> bool:
    """Whether a computed field may be read by those who may not read what it is worked out from."""
    return catalog.entities[place[0]].every_field[place[1]].declassify


def classified_sources(catalog: Catalog, place: Place) -> frozenset[Place]:
    """All that must be readable for a computed field to be: near and far, but nothing behind what is declassified. None
    for a field that is not computed, or declassified itself.
    """
    return remembered(catalog, ("classified", place), lambda: frozenset(_classified(catalog, place)))


def _classified(catalog: Catalog, place: Place) -> set[Place]:
    sources = sources_of(catalog)
    found: set[Place] = set()
    waiting = [place]
    while waiting:
        each = waiting.pop()
        if not is_declassified(catalog, each):
            new = sources.get(each, frozenset()) - found
            found |= new
            waiting += new
    return found

"""Which fields point to an entity, and what becomes of them when its records go."""

from __future__ import annotations

from dataclasses import dataclass

from app.access.memory import remembered
from app.definition import Catalog
from app.definition.field import OnDelete

_SYSTEM_POINTERS = {"user": ("owner", "created_by"), "department": ("department",), "team": ("team",)}


@dataclass(frozen=True)
class Pointer:
    """`entity.field` points to the entity in question. A system field (owner and the like) always restricts."""

    entity: str
    field: str
    on_delete: OnDelete
    system: bool = False


def pointers_to(catalog: Catalog, entity: str) -> tuple[Pointer, ...]:
    """All fields that point to records of `entity`."""
    return remembered(catalog, ("pointers", entity), lambda: _find(catalog, entity))


def _find(catalog: Catalog, entity: str) -> tuple[Pointer, ...]:
    found = []
    for inverse in catalog.references_to(entity):
        a_field = catalog.get_field(inverse.entity, inverse.field)
        link = catalog.part_link(inverse.entity)
        goes_along = link is not None and link.field == inverse.field
        found.append(Pointer(inverse.entity, inverse.field, "cascade" if goes_along else a_field.on_delete))
    for system_field in _SYSTEM_POINTERS.get(entity, ()):
        found += [
            Pointer(key, system_field, "restrict", system=True)
            for key, each in catalog.entities.items()
            if system_field in each.every_field
        ]
    return tuple(found)

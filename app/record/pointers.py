"""Which fields point to an entity, and what becomes of them when its records go."""

from __future__ import annotations

from app.definition import Catalog
from app.definition.field import OnDelete
from app.definition.field_types import Holds
from app.definition.memory import remembered
from app.frozen import dataclass
from app.orm.models import ENTITY_SUFFIX

_SYSTEM_POINTERS = {"user": ("owner", "created_by"), "department": ("department",), "team": ("team",)}


@dataclass(frozen=True)
class Pointer:
    """`entity.field` points to `target`, perhaps among others. A system field (owner and the like) always restricts.

    `holds` says how: `reference`, one of several entities (`any`) or a list of links (`references`). A link is not cleared:
    it is hidden while its target is in the bin.
    """

    entity: str
    field: str
    on_delete: OnDelete
    target: str
    system: bool = False
    holds: Holds = "reference"


def blanks_of(pointer: Pointer) -> dict[str, None]:
    """The columns that are blank when the field points to nothing."""
    return dict.fromkeys((pointer.field, pointer.field + ENTITY_SUFFIX) if pointer.holds == "any" else (pointer.field,))


def pointers_to(catalog: Catalog, entity: str) -> tuple[Pointer, ...]:
    """All fields that point to records of `entity`."""
    return remembered(catalog, ("pointers", entity), lambda: _find(catalog, entity))


def _find(catalog: Catalog, entity: str) -> tuple[Pointer, ...]:
    found = []
    for inverse in catalog.references_to(entity):
        a_field = catalog.get_field(inverse.entity, inverse.field)
        link = catalog.part_link(inverse.entity)
        goes_along = link is not None and link.field == inverse.field
        on_delete: OnDelete = "cascade" if goes_along else a_field.on_delete
        found.append(Pointer(inverse.entity, inverse.field, on_delete, entity, holds=a_field.holds))
    for system_field in _SYSTEM_POINTERS.get(entity, ()):
        found += [
            Pointer(key, system_field, "restrict", entity, system=True)
            for key, each in catalog.entities.items()
            if system_field in each.every_field
        ]
    return tuple(found)

"""Which expressions someone may have answered: only over what he reads in clear, for the answer tells of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType

from app.access.actor import Actor
from app.access.fields import field_rights
from app.definition import Catalog
from app.definition.currencies import ORIGINAL_SUFFIX
from app.definition.memory import remembered
from app.definition.pipeline import SINCE_SUFFIX
from app.expression import Checked, Node
from app.expression.sources import classified_sources
from app.expression.steps import lookup_of, target_of


def reads_in_clear(catalog: Catalog, actor: Actor, checked: Checked) -> bool:
    """Whether the actor may read every field that an expression reads, on every hop of its paths, within its aggregates,
    and of himself.
    """
    return all(field in field_rights(catalog, actor, entity).clear for entity, field in fields_read(catalog, checked))


def is_sensitive(catalog: Catalog, entity: str, field: str) -> bool:
    """Whether a field is `sensitive`, or worked out from one that is."""
    places = {(entity, field), *classified_sources(catalog, (entity, field))}
    return any(catalog.get_field(*place).sensitive is not None for place in places)


def fields_read(catalog: Catalog, checked: Checked) -> Iterator[tuple[str, str]]:
    """Every field that an expression reads as (entity, field)."""
    yield from _fields_of(catalog, checked.entity, checked.root)
    yield from (("user", key) for key in checked.user_keys if key != "id")


def _fields_of(catalog: Catalog, entity: str, root: Node) -> Iterator[tuple[str, str]]:
    """The fields of a tree as (entity, field)."""
    for node in root.walk():
        if node.op in {"field", "old", "changed"}:
            here: str | None = entity
            for part in node.value.removesuffix(ORIGINAL_SUFFIX).removesuffix(SINCE_SUFFIX).split("."):
                assert here is not None
                yield here, lookup_of(part)
                here = target_of(catalog.entities[here], part)
        elif node.op == "aggregate":
            of = node.value
            yield of.entity, of.lookup
            if of.field is not None:
                yield of.entity, of.field
            if of.where is not None:
                yield from _fields_of(catalog, of.entity, of.where)


def seen_catalog(catalog: Catalog, actor: Actor) -> Catalog:
    """The Catalog as the actor may know it: without the fields that he does not read in clear.

    So what he asks about such a field is answered as it is of one that does not exist, down to the hint. Fields of the
    system stay: what is asked of them is for `reads_in_clear` to judge.
    """

    def work_out() -> Catalog:
        entities = {}
        for key, entity in catalog.entities.items():
            clear = field_rights(catalog, actor, key).clear
            fields = {name: each for name, each in entity.fields.items() if name in clear}
            entities[key] = replace(entity, fields=MappingProxyType(fields))
        return replace(catalog, entities=MappingProxyType(entities))

    return remembered(catalog, ("seen catalog", actor.grant_key), work_out)

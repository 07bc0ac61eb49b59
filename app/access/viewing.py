"""Who may look at the application as somebody else sees it: never at more than he may see himself."""

from __future__ import annotations

from collections.abc import Sequence

from app.access.actor import Actor
from app.access.decision import grants_of, roles_of
from app.access.fields import FieldRight, field_rights
from app.definition import Catalog, Verb
from app.definition.memory import remembered

SHOWING: Sequence[Verb] = ("read", "restore")
"""The verbs by which pages show records: those that are there, and those in the bin."""


def sees_no_less(catalog: Catalog, viewer: Actor, viewed: Actor) -> bool:
    """Whether the viewer may see all that the other may. `own` is not what another's own is, so that only who may read every
    record of an entity may see those of somebody else; a field counts as far as it is shown.
    """
    key = ("sees_no_less", viewer.grant_key, viewed.grant_key)
    return remembered(catalog, key, lambda: _sees_no_less(catalog, viewer, viewed))


def _sees_no_less(catalog: Catalog, viewer: Actor, viewed: Actor) -> bool:
    rights = {right for role in roles_of(catalog, viewer) for right in role.rights}
    if not all(rights.issuperset(role.rights) for role in roles_of(catalog, viewed)):
        return False
    return all(
        _sees_records(catalog, viewer, viewed, key) and _sees_fields(catalog, viewer, viewed, key)
        for key in catalog.entities
    )


def _sees_records(catalog: Catalog, viewer: Actor, viewed: Actor, entity: str) -> bool:
    return all(
        any(grant.scope(verb) == "all" for _, grant in grants_of(catalog, viewer, verb, entity))
        or not grants_of(catalog, viewed, verb, entity)
        for verb in SHOWING
    )


def _sees_fields(catalog: Catalog, viewer: Actor, viewed: Actor, entity: str) -> bool:
    """One mask shows other parts of a value than another: where both see one, it has to be the same, or tell nothing."""
    mine, his = field_rights(catalog, viewer, entity), field_rights(catalog, viewed, entity)
    return all(min(right, FieldRight.READ) <= mine.right(key) for key, right in his.rights.items()) and all(
        key not in mine.masks or pattern in {mine.masks[key], "all"} for key, pattern in his.masks.items()
    )

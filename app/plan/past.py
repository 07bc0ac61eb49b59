"""What was removed, or was of another kind, as it was defined when it went."""

from __future__ import annotations

from collections.abc import Callable

from app.definition import Entity, Field
from app.frozen import dataclass
from app.plan.revision import AppliedRevision
from app.plan.tombstone import Tombstone, place_of

Find = Callable[[int], AppliedRevision | None]
"""A revision by its number."""


@dataclass(frozen=True)
class Then:
    """The newest revision that had what a tombstone stands for, with what that was called in it; `key` is of a field."""

    revision: AppliedRevision
    entity_key: str
    key: str = ""

    @property
    def entity(self) -> Entity:
        """The entity, or that of the field."""
        return self.revision.catalog.entities[self.entity_key]

    @property
    def field(self) -> Field:
        """The field. Raises KeyError for a whole entity."""
        return self.entity.fields[self.key]


def find_then(find: Find, tombstone: Tombstone) -> Then:
    """How it was defined. That is said by the revision before it went, or by an earlier one where its entity was away, too, and
    came back without it. Raises LookupError where no revision had it.
    """
    for number in range(tombstone.since - 1, 0, -1):
        revision = find(number)
        found = _found_in(revision, tombstone.place) if revision is not None else None
        if found is not None:
            return found
    raise LookupError(tombstone.place)


def _found_in(revision: AppliedRevision, place: str) -> Then | None:
    catalog, names = revision.catalog, revision.names
    for entity in catalog.entities.values():
        if names[entity.key] == place:
            return Then(revision, entity.key)
        for key in entity.fields:
            if place_of(catalog, names, entity.key, key) == place:
                return Then(revision, entity.key, key)
    return None

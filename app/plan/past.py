"""What was removed, or was of another kind, as it was defined when it went."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property

from app.definition import Catalog, Entity, Field, Picklist
from app.frozen import dataclass
from app.orm.former import NOTHING_RENAMED, Former, Renames
from app.plan.revision import AppliedRevision
from app.plan.tombstone import Tombstone, place_of, place_of_own

Find = Callable[[int], AppliedRevision | None]
"""A revision by its number."""


@dataclass(frozen=True)
class Then:
    """The newest revision that had what a tombstone stands for, with what that was called in it; `key` is of a field,
    `own` of an own field of its links. `renames` are those since, the oldest first.
    """

    revision: AppliedRevision
    entity_key: str
    key: str = ""
    own: str = ""
    renames: Sequence[Renames] = ()

    @cached_property
    def catalog(self) -> Catalog:
        """That of the revision, in which options and what the entity points to are called as today."""
        then = self.revision.catalog
        entity = then.entities[self.entity_key]
        fields = {key: self._pointing(each) for key, each in entity.fields.items()}
        picklists = {key: self._called(each) for key, each in then.picklists.items()}
        entities = {**then.entities, entity.key: replace(entity, fields=fields)}
        return replace(then, entities=entities, picklists=picklists)

    def _pointing(self, a_field: Field) -> Field:
        targets = a_field.to
        for renames in self.renames:
            targets = tuple(renames.entities.get(each, each) for each in targets)
        return replace(a_field, to=targets) if targets != a_field.to else a_field

    def _called(self, picklist: Picklist) -> Picklist:
        options = dict(picklist.options)
        for renames in self.renames:
            names = renames.picklists.get(picklist.key, {})
            options = {names.get(key, key): each for key, each in options.items()}
        return replace(picklist, options=options) if self.renames else picklist

    @property
    def entity(self) -> Entity:
        """The entity, or that of the field."""
        return self.catalog.entities[self.entity_key]

    @property
    def field(self) -> Field:
        """The field. Raises KeyError for a whole entity."""
        return self.entity.fields[self.key]


def find_then(find: Find, tombstone: Tombstone, former: Former = NOTHING_RENAMED) -> Then:
    """How it was defined, in words of today: `former` are the renames until now. That is said by the revision before it went, or
    by an earlier one where its entity was away, too, and came back without it. Raises LookupError where no revision had it.
    """
    for number in range(tombstone.since - 1, 0, -1):
        revision = find(number)
        found = found_in(revision, tombstone.place) if revision is not None else None
        if found is not None:
            return replace(found, renames=[each for since, each in former.steps if since > number])
    raise LookupError(tombstone.place)


def found_in(revision: AppliedRevision, place: str) -> Then | None:
    """What was at a place in a revision; None for nothing."""
    catalog, names = revision.catalog, revision.names
    for entity in catalog.entities.values():
        if names[entity.key] == place:
            return Then(revision, entity.key)
        for key in entity.fields:
            its = place_of(catalog, names, entity.key, key)
            if its == place:
                return Then(revision, entity.key, key)
            for own in entity.fields[key].link_fields if place.startswith(f"{its}.") else ():
                if place_of_own(names, entity.key, key, own) == place:
                    return Then(revision, entity.key, key, own)
    return None

"""Which things of the next catalog had another name in the applied one, and the applied catalog in the words of the next.

A plan compares, asks and fills in new words: what was renamed is, to the rest of the planning, a thing that stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from app.definition import Catalog, Entity, Field
from app.loading.aliases import in_new_words
from app.loading.build import catalog_of_tree
from app.loading.node import Path
from app.orm.former import Names, Renames
from app.plan.revision import AppliedRevision
from app.plan.tombstone import Tombstone

Things = Mapping[str, Any]


@dataclass(frozen=True)
class Renamed:
    """One thing that has another name: the path of the map that it is in, in new names, the old name and the new one."""

    place: Path
    old: str
    new: str

    @property
    def path(self) -> Path:
        """Of the thing, in the next catalog."""
        return (*self.place, self.new)


@dataclass(frozen=True)
class Renaming:
    """All renames from the applied revision to the next catalog."""

    applied: AppliedRevision
    after: Catalog
    found: tuple[Renamed, ...]

    @cached_property
    def tree(self) -> dict[str, Any]:
        """The tree of the applied revision as if everything had been called as it is now."""
        return in_new_words(self.applied.snapshot["tree"], self.aliases).tree

    @cached_property
    def catalog(self) -> Catalog:
        """The catalog of that tree."""
        return catalog_of_tree(self.tree)

    @property
    def aliases(self) -> dict[Path, dict[str, str]]:
        """By the path of a map of things: old name and new one."""
        found: dict[Path, dict[str, str]] = {}
        for each in self.found:
            found.setdefault(each.place, {})[each.old] = each.new
        return found

    @cached_property
    def renames(self) -> Renames:
        """As the data is carried."""
        entities = {each.old: each.new for each in self.found if each.place == ("entities",)}
        fields: dict[str, dict[str, str]] = {}
        values: dict[str, dict[str, str]] = {}
        for each in self.found:
            if len(each.place) == 3 and each.place[2] == "fields":
                fields.setdefault(each.place[1], {})[each.old] = each.new
            for place in self.holders(each):
                values.setdefault(place, {})[each.old] = each.new
        return Renames(entities, fields, {}, values)

    def holders(self, renamed: Renamed) -> tuple[str, ...]:
        """The fields, `entity.field`, whose values a renamed option or stage is; none of another thing."""
        match renamed.place:
            case ("picklists", picklist, "options"):
                return tuple(_users_of(self.after, picklist))
            case ("entities", entity, "fields", field, "options"):
                return (f"{entity}.{field}",)
            case ("entities", entity, "pipelines", line, "stages"):
                return (f"{entity}.{self.after.entities[entity].pipelines[line].field}",)
        return ()

    def physical(self, names: Names) -> dict[str, str]:
        """The physical names of the applied revision by new keys. What is renamed takes the place of what had that key once."""
        renames, found, renamed = self.renames, {}, {}
        new_entities = set(renames.entities.values())
        for key, name in names.items():
            entity, dot, field = key.partition(".")
            now_called = renames.entities.get(entity, entity)
            new = now_called + dot + renames.fields.get(now_called, {}).get(field, field)
            if new != key:
                renamed[new] = name
            elif entity not in new_entities:
                found[key] = name
        return {**found, **renamed}

    def tombstones(self, tombstones: Iterable[Tombstone], names: Names) -> tuple[Tombstone, ...]:
        """The tombstones under new names: a removed field is one of its entity, whatever that is called. `names` are those of
        the applied revision.
        """
        return tuple(replace(each, name=self.name_of(each, names)) for each in tombstones)

    def name_of(self, tombstone: Tombstone, names: Names) -> str:
        """What is removed, as it is called now."""
        entity, dot, field = tombstone.name.partition(".")
        new, table = self.renames.entities.get(entity), names.get(entity, "")
        its_own = dot and tombstone.place.startswith((f"{table}.", f"{table}__"))
        return f"{new}.{field}" if new is not None and its_own else tombstone.name


def find_renames(applied: AppliedRevision, after: Catalog) -> Renaming | None:
    """The renames that the next catalog declares by `renamed_from`, of things that the applied one has; None without any."""
    found = tuple(_found(applied.catalog, after))
    return Renaming(applied, after, found) if found else None


def _found(before: Catalog, after: Catalog) -> Iterator[Renamed]:
    yield from _among(("entities",), before.entities, after.entities)
    for key, now in after.entities.items():
        was = before.entities.get(_old_name(before.entities, after.entities, now) or key)
        if was is not None:
            yield from _of_entity(was, now)
    for key, picklist in after.picklists.items():
        if key in before.picklists:
            yield from _among(("picklists", key, "options"), before.picklists[key].options, picklist.options)


def _of_entity(was: Entity, now: Entity) -> Iterator[Renamed]:
    yield from _among(("entities", now.key, "fields"), was.fields, now.fields)
    for key, a_field in now.fields.items():
        old = was.fields.get(_old_name(was.fields, now.fields, a_field) or key)
        if old is not None:
            yield from _among(("entities", now.key, "fields", key, "options"), _own(old), _own(a_field))
    for key, line in now.pipelines.items():
        if key in was.pipelines:
            yield from _among(("entities", now.key, "pipelines", key, "stages"), was.pipelines[key].stages, line.stages)


def _own(a_field: Field) -> Things:
    return a_field.options if isinstance(a_field.options, Mapping) else {}


def _among(place: Path, was: Things, now: Things) -> Iterator[Renamed]:
    for key, thing in now.items():
        old = _old_name(was, now, thing)
        if old is not None:
            yield Renamed(place, old, key)


def _old_name(was: Things, now: Things, thing: Any) -> str | None:
    """The name under which a thing of `now` was among those of `was`; None when it is new, or was called so already."""
    old: str | None = thing.renamed_from
    return old if old in was and old not in now and thing.key not in was else None


def _users_of(catalog: Catalog, picklist: str) -> Iterator[str]:
    """The fields that hold options of a shared picklist, and the own fields of links."""
    for entity in catalog.entities.values():
        for key, a_field in entity.fields.items():
            if a_field.type == "picklist" and a_field.options == picklist:
                yield f"{entity.key}.{key}"
            for own, one in a_field.link_fields.items():
                if one.type == "picklist" and one.options == picklist:
                    yield f"{entity.key}.{key}.{own}"

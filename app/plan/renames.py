"""Which things of the next catalog had another name in the applied one, and the applied catalog in the words of the next.

A plan compares, asks and fills in new words: what was renamed is, to the rest of the planning, a thing that stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from app.definition import Catalog, Entity, Field
from app.definition.link_field import LinkField
from app.frozen import dataclass
from app.loading.aliases import in_new_words
from app.loading.build import catalog_of_tree
from app.loading.node import Path
from app.orm.former import Names, Renames
from app.plan.revision import AppliedRevision
from app.plan.tombstone import Tombstone, earlier_forms, place_of, place_of_own

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
        own: dict[str, dict[str, str]] = {}
        values: dict[str, dict[str, str]] = {}
        for each in self.found:
            if len(each.place) == 3 and each.place[2] == "fields":
                fields.setdefault(each.place[1], {})[each.old] = each.new
            elif each.place[-1] == "link_fields":
                own.setdefault(f"{each.place[1]}.{each.place[3]}", {})[each.old] = each.new
            for place in self.holders(each):
                values.setdefault(place, {})[each.old] = each.new
        picklists = {place[1]: names for place, names in self.aliases.items() if place[0] == "picklists"}
        return Renames(entities, fields, own, values, picklists)

    def holders(self, renamed: Renamed) -> tuple[str, ...]:
        """The fields, `entity.field`, whose values a renamed option or stage is; none of another thing."""
        match renamed.place:
            case ("picklists", picklist, "options"):
                return tuple(filter(self._chooses, users_of(self.catalog, picklist)))
            case ("entities", entity, "fields", field, "options"):
                return (f"{entity}.{field}",)
            case ("entities", entity, "fields", field, "link_fields", own, "options"):
                return (f"{entity}.{field}.{own}",)
            case ("entities", entity, "pipelines", line, "stages"):
                return (f"{entity}.{self.after.entities[entity].pipelines[line].field}",)
        return ()

    def _chooses(self, place: str) -> bool:
        """Whether a field that held options, or the own field of a link, still does, of whichever list."""
        entity, key, *_ = place.split(".")
        now = self.after.entities[entity].fields.get(key) if entity in self.after.entities else None
        return now is not None and (now.type == "picklist" or bool(now.link_fields))

    def physical(self, names: Names) -> dict[str, str]:
        """The physical names of the applied revision by new keys. What is renamed takes the place of what had that key once."""
        renames, found, renamed = self.renames, {}, {}
        new_entities = set(renames.entities.values())
        for key, name in names.items():
            entity, *_ = key.split(".")
            new = renames.called(key)
            if new != key:
                renamed[new] = name
            elif entity not in new_entities:
                found[key] = name
        return {**found, **renamed}

    def tombstones(self, tombstones: Sequence[Tombstone]) -> tuple[Tombstone, ...]:
        """The tombstones, the newest first, under new names: what a field was before it changed its kind is called as the field,
        and a removed field is one of its entity, whatever that is called.
        """
        forms = self._forms(tombstones)
        return tuple(replace(each, name=forms.get(each.place) or self._of_entity(each)) for each in tombstones)

    def taken(self, tombstones: Sequence[Tombstone]) -> frozenset[str]:
        """The new names of what was removed, which nothing else can get."""
        forms = self._forms(tombstones)
        return frozenset(self._of_entity(each) for each in tombstones if each.place not in forms)

    def _forms(self, tombstones: Sequence[Tombstone]) -> dict[str, str]:
        """By the places of earlier forms of fields that there are: how the field is called now."""
        applied = self.applied
        found: dict[str, str] = {}
        wanted = {each.became for each in tombstones}
        for entity in applied.catalog.entities.values():
            for key in entity.fields:
                places = {f"{entity.key}.{key}": place_of(applied.catalog, applied.names, entity.key, key)}
                for own in entity.fields[key].link_fields:
                    places[f"{entity.key}.{key}.{own}"] = place_of_own(applied.names, entity.key, key, own)
                for name, place in ((name, place) for name, place in places.items() if place in wanted):
                    found |= dict.fromkeys(
                        (each.place for each in earlier_forms(place, tombstones)), self.renames.called(name)
                    )
        return found

    def _of_entity(self, tombstone: Tombstone) -> str:
        entity, dot, field = tombstone.name.partition(".")
        table = self.applied.names.get(entity, "")
        if not dot or not tombstone.place.startswith((f"{table}.", f"{table}__")):
            return tombstone.name
        new = self.renames.entities.get(entity, entity)
        key, of_links, own = field.partition(".")
        if of_links and self.applied.names.get(f"{entity}.{key}") == tombstone.place.partition(".")[0]:
            return f"{self.renames.called(f'{entity}.{key}')}.{own}"
        return f"{new}.{field}"


def find_renames(applied: AppliedRevision, after: Catalog) -> Renaming | None:
    """The renames from what is applied to the next catalog; None without any.

    A thing of the next catalog is one of the applied where `renamed_from` names it. Nothing is guessed.
    """
    found = tuple(_Finder(()).all(applied.catalog, after))
    return Renaming(applied, after, found) if found else None


def called_so_once(applied: AppliedRevision, after: Catalog) -> tuple[Renamed, ...]:
    """The new things of the next catalog that have a name which a thing of the applied one had before: perhaps it is meant."""
    written = set(_Finder(()).all(applied.catalog, after))
    return tuple(each for each in _Finder(applied.former.steps).all(applied.catalog, after) if each not in written)


@dataclass(frozen=True)
class _Finder:
    former: Sequence[tuple[int, Renames]]

    def all(self, before: Catalog, after: Catalog) -> Iterator[Renamed]:
        entities = dict(self._among(before.entities, after.entities, [each.entities for _, each in self.former]))
        yield from (Renamed(("entities",), old, new) for new, old in entities.items())
        for key, now in after.entities.items():
            was = before.entities.get(entities.get(key, key))
            if was is not None:
                yield from self._of_entity(was, now)
        for key, picklist in after.picklists.items():
            if key in before.picklists:
                past = [each.picklists.get(key, {}) for _, each in self.former]
                options = self._among(before.picklists[key].options, picklist.options, past)
                yield from (Renamed(("picklists", key, "options"), old, new) for new, old in options)

    def _of_entity(self, was: Entity, now: Entity) -> Iterator[Renamed]:
        """Places of the past are said as they were called right after each rename: the thing is followed back through them."""
        past = past_of(self.former, was.key)
        past_fields = [each.fields.get(entity, {}) for entity, each in reversed(past)]
        fields = dict(self._among(was.fields, now.fields, past_fields))
        yield from (Renamed(("entities", now.key, "fields"), old, new) for new, old in fields.items())
        for key, a_field in now.fields.items():
            old_field = was.fields.get(fields.get(key, key))
            if old_field is not None:
                options = self._among(own_options(old_field), own_options(a_field), past_values(past, old_field.key))
                yield from (Renamed(("entities", now.key, "fields", key, "options"), old, new) for new, old in options)
                yield from self._of_links(past, old_field, a_field, ("entities", now.key, "fields", key, "link_fields"))
        for key, line in now.pipelines.items():
            if key in was.pipelines:
                values = past_values(past, was.pipelines[key].field)
                stages = self._among(was.pipelines[key].stages, line.stages, values)
                yield from (Renamed(("entities", now.key, "pipelines", key, "stages"), old, new) for new, old in stages)

    def _of_links(self, past: Sequence[tuple[str, Renames]], was: Field, now: Field, place: Path) -> Iterator[Renamed]:
        called = dict(self._among(was.link_fields, now.link_fields, past_own(past, was.key)))
        yield from (Renamed(place, old, new) for new, old in called.items())
        for own, one in now.link_fields.items():
            old = called.get(own, own)
            if old in was.link_fields:
                values = past_values(past, was.key, old)
                options = self._among(own_options(was.link_fields[old]), own_options(one), values)
                yield from (Renamed((*place, own, "options"), before, new) for new, before in options)

    @staticmethod
    def _among(was: Things, now: Things, past: Sequence[Names]) -> Iterator[tuple[str, str]]:
        """New name and old one of the things of `now` that had another name among those of `was`; `past` are renames of such
        things before, the oldest first.
        """
        called = {name: key for key in was if key not in now for name in _former_names(key, past)}
        for key, thing in now.items():
            if key in was:
                continue
            old = next((each for each in thing.renamed_from if each in was and each not in now), called.get(key))
            if old is not None:
                yield key, old


def past_of(steps: Sequence[tuple[int, Renames]], entity: str) -> list[tuple[str, Renames]]:
    """Applies that renamed anything, the newest first, each with what an entity (by its name after them) was called then."""
    found = []
    for _, each in reversed(steps):
        found.append((entity, each))
        entity = each.before(entity)
    return found


def past_values(past: Iterable[tuple[str, Renames]], field: str, own: str = "") -> list[Names]:
    """The renames of the options and stages of a field of that entity, or of an `own` field of its links, the oldest first."""
    found = []
    for entity, each in past:
        place = f"{entity}.{field}"
        found.append(each.values.get(f"{place}.{own}" if own else place, {}))
        own = old_name(each.own.get(place, {}), own)
        field = old_name(each.fields.get(entity, {}), field)
    return found[::-1]


def past_own(past: Iterable[tuple[str, Renames]], field: str) -> list[Names]:
    """The renames of the own fields of the links of a field of that entity, the oldest first."""
    found = []
    for entity, each in past:
        found.append(each.own.get(f"{entity}.{field}", {}))
        field = old_name(each.fields.get(entity, {}), field)
    return found[::-1]


def _former_names(key: str, past: Sequence[Names]) -> Iterator[str]:
    for names in reversed(past):
        old = old_name(names, key)
        if old != key:
            yield old
            key = old


def old_name(names: Names, new: str) -> str:
    """What something was called before these renames."""
    return next((old for old, each in names.items() if each == new), new)


def own_options(a_field: Field | LinkField) -> Things:
    """The options that are written in a field; none of a shared list."""
    return a_field.options if isinstance(a_field.options, Mapping) else {}


def users_of(catalog: Catalog, picklist: str) -> Iterator[str]:
    """The fields that hold options of a shared picklist, and the own fields of links."""
    for entity in catalog.entities.values():
        for key, a_field in entity.fields.items():
            if a_field.type == "picklist" and a_field.options == picklist:
                yield f"{entity.key}.{key}"
            for own, one in a_field.link_fields.items():
                if one.type == "picklist" and one.options == picklist:
                    yield f"{entity.key}.{key}.{own}"

"""What a rollback makes of things that have had other names since: what they stand for decides, not how they are called.

An entity or a field is where its values are; an option or a stage is followed back through the renames since. Where a name has
become that of another thing in the meantime nothing is guessed: that holds the rollback up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from app.definition import Catalog, Entity, Field
from app.frozen import dataclass
from app.loading.node import Path
from app.orm.former import Names, Renames
from app.plan.compare_renames import KINDS
from app.plan.renames import Renamed, Renaming, old_name, own_options, past_of, past_own, past_values
from app.plan.revision import AppliedRevision
from app.plan.step import Block, Kind, Step
from app.plan.tombstone import place_of_own

_CONVERTED = re.compile(r"__r\d+$")
"""The end of the place of a field that has changed its kind: see `retype`."""
_FIRST = "give today's another name by `renamed_from` and apply that; then roll back"


@dataclass(frozen=True)
class WayBack:
    """The renames from what is applied to an earlier revision, None without any, and a blocked step for each name that is
    another thing's today.
    """

    renaming: Renaming | None
    held_up: tuple[Step, ...] = ()


def find_way_back(applied: AppliedRevision, then: AppliedRevision, after: Catalog) -> WayBack:
    """How what is applied becomes the catalog `after` of the revision `then` again."""
    found: list[Renamed] = []
    held_up: list[Step] = []
    for each in _Back(applied, then, after).lists():
        found += [Renamed(each.place, old, new) for old, new in each.renamed]
        held_up += [_held_up(then, (*each.place, key)) for key in each.crossed]
    return WayBack(Renaming(applied, after, tuple(found)) if found else None, tuple(held_up))


def _held_up(then: AppliedRevision, path: Path) -> Step:
    target = ".".join(part for number, part in enumerate(path) if number % 2)
    reason = f"what is called {path[-1]} today is something else than it was in revision {then.number}"
    kind = KINDS.get(path[-2], Kind.RENAME_STAGE)
    return Step(kind=kind, target=target, path=path, blocks=Block("PLN538", reason, _FIRST))


@dataclass(frozen=True)
class _List:
    """Things of one map: `called` says of each of today what it was called then (None: it was not there), `there` what there
    was then.
    """

    place: Path
    called: Mapping[str, str | None]
    there: frozenset[str]

    @property
    def crossed(self) -> list[str]:
        """The names that are other things' today."""
        return [key for key, then in self.called.items() if key in self.there and then != key]

    @property
    def renamed(self) -> Iterator[tuple[str, str]]:
        """Name of today and name of then of what can be renamed back."""
        for key, then in self.called.items():
            if then is not None and then in self.there and then not in self.called and key not in self.there:
                yield key, then


@dataclass(frozen=True)
class _Back:
    applied: AppliedRevision
    then: AppliedRevision
    after: Catalog

    @cached_property
    def since(self) -> Sequence[tuple[int, Renames]]:
        """What was renamed after that revision."""
        return [(number, each) for number, each in self.applied.former.steps if number > self.then.number]

    def lists(self) -> Iterator[_List]:
        """Every map of things whose values records hold, or which hold records."""
        today = self.applied.catalog
        entities = self._entities()
        yield entities
        for key, was in today.entities.items():
            then = entities.called[key]
            if then is not None and then in self.after.entities and (then == key or then not in today.entities):
                yield from self._of_entity(was, self.after.entities[then])
        for key, picklist in self.after.picklists.items():
            if key in today.picklists:
                past = [each.picklists.get(key, {}) for _, each in self.since]
                called = {each: _followed(past, each) for each in today.picklists[key].options}
                yield _List(("picklists", key, "options"), called, frozenset(picklist.options))

    def _entities(self) -> _List:
        tables = {self.then.names[key]: key for key in self.after.entities}
        past = [each.entities for _, each in self.since]
        called: dict[str, str | None] = {}
        for key in self.applied.catalog.entities:
            name = tables.get(self.applied.names[key]) or _followed(past, key)
            is_other = (
                name is not None and self.then.names.get(name, self.applied.names[key]) != self.applied.names[key]
            )
            called[key] = None if is_other else name
        return _List(("entities",), called, frozenset(self.after.entities))

    def _of_entity(self, was: Entity, now: Entity) -> Iterator[_List]:
        past = past_of(self.since, was.key)
        fields = self._fields(past, was, now)
        yield fields
        for key, a_field in was.fields.items():
            then = fields.called[key]
            if then is not None and then in now.fields and (then == key or then not in was.fields):
                values = past_values(past, key)
                called = {each: _followed(values, each) for each in own_options(a_field)}
                there = frozenset(own_options(now.fields[then]))
                yield _List(("entities", now.key, "fields", then, "options"), called, there)
                yield from self._of_links(past, (was.key, a_field), (now.key, now.fields[then]))
        for key, line in now.pipelines.items():
            if key in was.pipelines:
                values = past_values(past, was.pipelines[key].field)
                called = {each: _followed(values, each) for each in was.pipelines[key].stages}
                yield _List(("entities", now.key, "pipelines", key, "stages"), called, frozenset(line.stages))

    def _of_links(
        self, past: Sequence[tuple[str, Renames]], was: tuple[str, Field], now: tuple[str, Field]
    ) -> Iterator[_List]:
        """By their places, too."""
        (entity, a_field), (then_entity, then_field) = was, now
        place, today, then = ("entities", then_entity, "fields", then_field.key, "link_fields"), self.applied, self.then
        there = {place_of_own(then.names, then_entity, then_field.key, own): own for own in then_field.link_fields}
        places = {own: place_of_own(today.names, entity, a_field.key, own) for own in a_field.link_fields}
        called: dict[str, str | None] = {own: there.get(its) for own, its in places.items()}
        for own in (each for each, name in called.items() if name is None):
            name = _followed(past_own(past, a_field.key), own)
            then_place = next((its for its, each in there.items() if each == name), "")
            converted = any(_CONVERTED.search(each) for each in (places[own], then_place))
            called[own] = name if then_place and converted and name not in called.values() else None
        if today.names[f"{entity}.{a_field.key}"] != then.names[f"{then_entity}.{then_field.key}"]:  # of another table
            names = past_own(past, a_field.key)
            called = {own: _followed(names, own) for own in a_field.link_fields}
        yield _List(place, called, frozenset(then_field.link_fields))
        for own, name in called.items():
            if name is not None and (name == own or name not in a_field.link_fields):
                values = past_values(past, a_field.key, own)
                options = {each: _followed(values, each) for each in own_options(a_field.link_fields[own])}
                of_then = frozenset(own_options(then_field.link_fields[name]))
                yield _List((*place, name, "options"), options, of_then)

    def _fields(self, past: Sequence[tuple[str, Renames]], was: Entity, now: Entity) -> _List:
        """By their places; one that has changed its kind since has another, and is followed by its name."""
        places = {key: self.applied.names[f"{was.key}.{key}"] for key in was.fields}
        then_places = {key: self.then.names[f"{now.key}.{key}"] for key in now.fields}
        there = {place: key for key, place in then_places.items()}
        called: dict[str, str | None] = {key: there[place] for key, place in places.items() if place in there}
        for key, place in places.items():
            if key in called:
                continue
            name = _followed_field(past, key)
            was_there = name in then_places
            converted = was_there and any(_CONVERTED.search(each) for each in (place, then_places[str(name)]))
            called[key] = name if not was_there or (converted and name not in called.values()) else None
        return _List(("entities", now.key, "fields"), called, frozenset(now.fields))


def _followed_field(past: Sequence[tuple[str, Renames]], key: str) -> str | None:
    for entity, each in past:
        if f"{entity}.{key}" in each.begun:
            return None
        name = _followed([each.fields.get(entity, {})], key)
        if name is None:
            return None
        key = name
    return key


def _followed(past: Sequence[Names], key: str) -> str | None:
    """What something was called before all these renames, the oldest first; None where another one gave up its name since, for
    then it is newer than that.
    """
    for names in reversed(past):
        old = old_name(names, key)
        if old == key and key in names:
            return None
        key = old
    return key

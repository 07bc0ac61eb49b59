"""The rows that a case begins with, written as `system:test` through the write path, and the names they go by."""

from __future__ import annotations

import copy
import datetime as dt
import graphlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field, replace
from itertools import count
from typing import Any

from app.access import Actor, actor_of_user, system_actor
from app.definition import Entity, Field
from app.definition.memory import remembered
from app.definition.pack_test import Acting, Case
from app.frozen import dataclass
from app.orm.store import Store
from app.record import New, Refused, Saved, create, set_roles
from app.record.assigners import assigning_by
from app.rehearsal.sample_files import sample_name, staged
from app.rehearsal.samples import NoSample, Samples

TEST = system_actor("system:test")
DOOR = "command"
ME = ("user", "me")
_WAITS_FOR_VALUE = frozenset({"field.required", "stage.requires"})
_CHOSEN = frozenset({"option", "options", "boolean"})
_MOST_ROUNDS = 5  # what a sample makes necessary may need samples of its own

Name = tuple[str, str]
"""A record of a test: its entity and the name that it goes by."""


class NoScene(Exception):
    """The rows could not be written; the text says why, `path` where in the case."""

    def __init__(self, text: str, *path: str) -> None:
        self.path = path
        super().__init__(text)


@dataclass
class Scene:
    """The records of one case: their ids by entity and name, and who acts."""

    store: Store
    today: dt.date
    ids: dict[Name, int] = field(default_factory=dict)
    actor: Actor = TEST
    samples: Samples = field(init=False)
    depth: int = 0

    def __post_init__(self) -> None:
        self.samples = Samples(self.store.catalog, self.today, self._make_target, self._make_file)

    def person(self, name: str) -> Actor:
        """A user that the test gives, as he acts. Raises NoScene."""
        found = self.find(f"{ME[0]}.{name}")
        with self.store.system_reading() as connection:
            actor = actor_of_user(connection, self.store.models, self.ids[found])
        if actor is None:
            raise NoScene(f"{name} is not active")
        return actor

    def find(self, name: str) -> Name:
        """The record that a test calls `account.acme`. Raises NoScene."""
        entity, _dot, short = name.partition(".")
        if (entity, short) not in self.ids:
            raise NoScene(f"there is no record {name}")
        return entity, short

    def resolved(self, entity: Entity, values: Mapping[str, Any]) -> dict[str, Any]:
        """Values with the ids of the records that they name."""
        return {key: self._resolve(entity, key, value) for key, value in values.items()}

    def _resolve(self, entity: Entity, key: str, value: Any) -> Any:
        link = self.store.catalog.parts_of(entity.key).get(key)
        if link is not None and isinstance(value, list):
            part = self.store.catalog.entities[link.entity]
            return [self.resolved(part, each) if isinstance(each, Mapping) else each for each in value]
        a_field = entity.every_field.get(key)
        if a_field is not None and a_field.holds == "file":
            return staged(self.store, self.actor, entity, a_field, value)
        if a_field is None or not a_field.targets:
            return value
        if isinstance(value, list):
            return [self._id(a_field, each) for each in value]
        return self._id(a_field, value)

    def _id(self, a_field: Field, value: Any) -> Any:
        if isinstance(value, Mapping):  # a link with fields of its own
            return {**value, "id": self._id(a_field, value.get("id"))}
        name = named(a_field, value)
        if name is None or name not in self.ids:
            return value
        return f"{name[0]}/{self.ids[name]}" if a_field.of_several else self.ids[name]

    def write(self, entity: Entity, values: dict[str, Any], place: tuple[str, ...]) -> int:
        """Creates a record; what it needs and nobody named gets a sample. Raises NoScene."""
        named_fields = frozenset(values)
        learnt: set[str] = remembered(self.store.catalog, ("samples", entity.key, _choices_in(entity, values)), set)
        try:
            self._fill(entity, values, learnt)
            outcome = self._create(entity, values)
            for _ in range(_MOST_ROUNDS):
                wanting = list(_wanting(outcome, named_fields | values.keys())) if isinstance(outcome, Refused) else []
                if not wanting:
                    break
                learnt.update(wanting)
                self.samples.fill(entity, values, wanting)
                outcome = self._create(entity, values)
        except NoSample as error:
            raise NoScene(str(error), *place) from error
        if isinstance(outcome, Refused):
            why = "; ".join(each.text("en", self.store.catalog) for each in outcome.refusals)
            raise NoScene(f"{'.'.join(place[-2:])} can't be written: {why}", *place)
        return outcome.ids[0]

    def _create(self, entity: Entity, values: dict[str, Any]) -> Saved | Refused:
        """Warnings do not keep a row from being there: they are confirmed."""
        warnings = [f"rule.{key}" for key, rule in entity.rules.items() if rule.severity == "warning"]
        warnings += [f"duplicate.{key}" for key, rule in entity.duplicates.items() if rule.action == "warn"]
        return create(self.store, TEST, entity.key, [New(values, dict.fromkeys(warnings, "given"))], door=DOOR)

    def _fill(self, entity: Entity, values: dict[str, Any], learnt: Iterable[str]) -> None:
        required = (*(each.key for each in _required(entity)), *learnt)
        self.samples.fill(entity, values, [key for key in required if key not in values])
        for name, link in self.store.catalog.parts_of(entity.key).items():
            part = self.store.catalog.entities[link.entity]
            for each in values.get(name) or ():
                asked = [one.key for one in _required(part) if one.key not in each and one.key != link.field]
                self.samples.fill(part, each, asked)

    def _make_file(self, entity: Entity, a_field: Field) -> str | None:
        """A sample file for a field of a row that is given."""
        name = sample_name(a_field)
        return None if name is None else str(staged(self.store, TEST, entity, a_field, name))

    def _make_target(self, entity: str) -> int:
        """A sample record for a lookup; one and the same for all that need one."""
        name = (entity, "")
        if name not in self.ids:
            self.depth += 1
            if self.depth > _MOST_ROUNDS:
                raise NoSample(f"records of {entity} need one another: name them")
            self.ids[name] = self.write(self.store.catalog.entities[entity], {}, ("given", entity, "sample"))
            self.depth -= 1
        return self.ids[name]


def _required(entity: Entity) -> Iterator[Field]:
    return (
        each
        for each in entity.fields.values()
        if each.required and each.default is None and each.default_formula is None and not each.is_computed
        if each.type not in {"sequence", "stage"}
    )


def _choices_in(entity: Entity, values: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """What conditions mostly ask for: rows that choose alike want alike, and what one wanted need not be found out again."""
    fields = entity.every_field
    chosen = ((key, str(value)) for key, value in values.items() if key in fields and fields[key].holds in _CHOSEN)
    return tuple(sorted(chosen))


def _wanting(outcome: Refused, named_fields: Iterable[str]) -> Iterator[str]:
    """The fields that a sample would help, where nothing else is wrong."""
    errors = [each for each in outcome.refusals if not each.confirmable]
    for each in errors:
        if each.code not in _WAITS_FOR_VALUE or each.field is None or each.inside or each.field in named_fields:
            return
    yield from dict.fromkeys(str(each.field) for each in errors)


def named(a_field: Field, value: object) -> Name | None:
    """The record of the test that the value of a lookup may name: `acme`, `account.acme`, `me`."""
    if not isinstance(value, str):
        return None
    entity, dot, short = value.partition(".")
    if dot:
        return entity, short
    return (a_field.targets[0], value) if a_field.targets else None


@dataclass(frozen=True)
class Cast:
    """Whoever acts in cases, written before them: the records by name, and the samples after those that he took. Without
    records each case writes him itself.
    """

    ids: Mapping[Name, int] = field(default_factory=dict)
    numbers: count[int] = field(default_factory=lambda: count(1))


def cast_of(case: Case) -> Acting | None:
    """Who acts, where nothing else of the case is needed to write him; cases with equal ones may share him."""
    acting = case.as_
    if acting is None or acting.role is None or acting.department is not None or acting.team is not None:
        return None
    people = (case.given["user"].literal or {}) if "user" in case.given else {}
    return None if ME[1] in people else acting


@assigning_by()
def place_cast(store: Store, today: dt.date, case: Case) -> Cast:
    """Writes whoever acts in this case, with his role."""
    acting = cast_of(case)
    scene = Scene(store, today)
    if acting is not None:
        try:
            scene.ids[ME] = scene.write(store.catalog.entities[ME[0]], _me(acting), ("given", *ME))
        except NoScene:
            return Cast()  # it is told of each case that needs him
        set_roles(store, TEST, scene.ids[ME], (str(acting.role),), door=DOOR)
    return Cast(scene.ids, scene.samples.numbers)


@assigning_by()  # what is given keeps the owner that is given
def set_scene(store: Store, today: dt.date, case: Case, cast: Cast) -> Scene:
    """Writes the rows of a case, each after those that it names, and finds who acts. Raises NoScene."""
    scene = Scene(store, today, dict(cast.ids))
    scene.samples = replace(scene.samples, numbers=copy.copy(cast.numbers))
    rows = {name: values for name, values in _rows(store, case).items() if name not in cast.ids}
    order = graphlib.TopologicalSorter(
        {name: [each for each in _names_in(store, name[0], values) if each in rows] for name, values in rows.items()}
    )
    try:
        names = list(order.static_order())
    except graphlib.CycleError as error:
        circle = ", ".join(".".join(each) for each in dict.fromkeys(error.args[1]))
        raise NoScene(f"these rows wait for each other: {circle}", "given") from error
    for name in names:
        entity = store.catalog.entities[name[0]]
        values = scene.resolved(entity, rows[name])
        scene.ids[name] = scene.write(entity, values, ("given", *name))
    for short, role in case.roles.items():
        user = scene.ids[scene.find(f"{ME[0]}.{short}")]
        if isinstance(set_roles(store, TEST, user, (role,), door=DOOR), Refused):
            raise NoScene(f"{short} can't have the role {role}", "roles", short)
    scene.actor = _who_acts(scene, case.as_, is_cast=ME in cast.ids)
    return scene


def _rows(store: Store, case: Case) -> dict[Name, Mapping[str, Any]]:
    found: dict[Name, Mapping[str, Any]] = {}
    if case.as_ is not None and case.as_.role is not None:
        found[ME] = _me(case.as_)
    for entity, value in case.given.items():
        for name, values in (value.literal or {}).items():
            found[entity, name] = values or {}
    return {name: values for name, values in found.items() if name[0] in store.catalog.entities}


def _me(acting: Acting) -> dict[str, Any]:
    place = {key: value for key in ("department", "team") if (value := getattr(acting, key)) is not None}
    return {"name": "Me", "login": "me", **place}


def _names_in(store: Store, entity: str, values: Mapping[str, Any]) -> Iterator[Name]:
    catalog = store.catalog
    for key, value in values.items():
        link = catalog.parts_of(entity).get(key)
        if link is not None and isinstance(value, list):
            for each in value:
                yield from _names_in(store, link.entity, each if isinstance(each, Mapping) else {})
            continue
        a_field = catalog.entities[entity].every_field.get(key)
        for each in value if isinstance(value, list) else [value]:
            inner = each.get("id") if isinstance(each, Mapping) else each
            name = named(a_field, inner) if a_field is not None and a_field.targets else None
            if name is not None:
                yield name


def _who_acts(scene: Scene, acting: Acting | None, *, is_cast: bool) -> Actor:
    if acting is None:
        return TEST
    if acting.user is not None:
        name, roles = ("user", acting.user), acting.roles
        scene.find(".".join(name))
        scene.ids[ME] = scene.ids[name]
    else:
        roles = (str(acting.role),)
    if not is_cast:
        set_roles(scene.store, TEST, scene.ids[ME], roles, door=DOOR)
    try:
        return scene.person(ME[1])
    except NoScene as error:
        raise NoScene("who acts is not active", "as") from error

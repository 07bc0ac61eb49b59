"""How a check of the program is taken out, and who is to see it: what all tables of mutants share."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from app.access import FieldRight, reading, system_actor
from app.access.fields import FieldRights
from tests.security import (
    field_doors,
)
from tests.security.company import ASKING
from tests.security.matrix import cells, judge
from tests.security.site import Site

Detector = Callable[[Site], None]
STRIDE = 7  # cells of a door are asked in leaps: neighbours are much alike


class Put:
    """Puts another function in the place of one."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.patch = patch

    def __call__(self, original: Any, other: Any) -> None:
        """In every module of the program that has it by name."""
        places = [
            (module, name)
            for key, module in list(sys.modules.items())
            if key.startswith("app.")
            for name, value in list(vars(module).items())
            if value is original
        ]
        assert places, original
        for module, name in places:
            self.patch.setattr(module, name, other)

    def on(self, holder: Any, name: str, other: Any) -> None:
        """In one place."""
        self.patch.setattr(holder, name, other)


Mutant = tuple[Callable[[Site, Put], None], Detector]


# Detectors


class Broken(Exception):
    """A mutant breaks the program, so that nothing is seen of what it lets through."""


def none(wrong: list[str]) -> None:
    """Nothing is wrong. Raises AssertionError, and Broken for what is no answer at all."""
    if any(": fault 5" in each for each in wrong):
        raise Broken(wrong)
    assert wrong == [], "\n".join(wrong)


def in_leaps(every: Iterable[Any]) -> list[Any]:
    """All of them, so that the first ones are from everywhere."""
    known = list(every)
    return [each for start in range(STRIDE) for each in known[start::STRIDE]]


def by_tries(*names: str) -> Detector:
    """The cells of these doors."""

    def detect(site: Site) -> None:
        twins: dict[tuple[str, str, str], tuple[int, str]] = {}
        for a_try, cell in in_leaps(each for each in cells(site) if each[0].name in names):
            none(judge(a_try, cell, twins))

    return detect


def by_readings(*names: str) -> Detector:
    """The cells of fields of these doors."""

    def detect(site: Site) -> None:
        answers: field_doors.Answers = {}
        for each in (each for each in field_doors.readings(site) if each[0].name in names):
            none(field_doors.judge_reading(*each, answers))

    return detect


def by_askings(*names: str) -> Detector:
    """The cells of these doors that are asked about a field."""

    def detect(site: Site) -> None:
        twins: dict[tuple[str, ...], tuple[int, str]] = {}
        for each in in_leaps(each for each in field_doors.askings(site) if each[0].name in names):
            none(field_doors.judge_asking(*each, twins))

    return detect


def of_all(test: Callable[..., None], askers: Iterable[str] = ASKING) -> Detector:
    """A test, for each who asks."""

    def detect(site: Site) -> None:
        for asker in askers:
            test(site, asker)

    return detect


def patched(test: Callable[[Site, pytest.MonkeyPatch], None]) -> Detector:
    """A test that changes the program itself."""

    def detect(site: Site) -> None:
        with pytest.MonkeyPatch.context() as patch:
            test(site, patch)

    return detect


# Mutations


SEED = system_actor("system:seed")


def everything_of(key: str, verb: str = "write") -> FieldRights:
    """Rights as if every field of the entity were seen and written."""
    catalog = CATALOG[0]
    entity = catalog.entities[key]
    keys = tuple(entity.every_field)
    rights = dict.fromkeys(keys, FieldRight.WRITE if verb == "write" else FieldRight.READ)
    return FieldRights(key, rights, {}, keys, frozenset(keys), frozenset(), frozenset())


CATALOG: list[Any] = []


def open_fields(holder: Any) -> Callable[[Site, Put], None]:
    """One module takes every field for one that is seen in clear."""

    def mutate(site: Site, put: Put) -> None:
        CATALOG[:] = [site.store.catalog]
        put.on(holder, "field_rights", lambda _catalog, _actor, entity, *_verb: everything_of(entity))

    return mutate


def unscoped(original: Callable[..., Any]) -> Callable[[Site, Put], None]:
    """The same question, asked with the rows of one who sees everything, in the rights of who asks."""

    def mutate(site: Site, put: Put) -> None:
        def ask(session: Any, *arguments: Any, **named: Any) -> Any:
            actor = session.info["actor"]
            with reading(site.store, system_actor("system:command")) as wide:
                wide.info["actor"] = actor
                return original(wide, *arguments, **named)

        put(original, ask)

    return mutate


def always(original: Any, answer: Any) -> Callable[[Site, Put], None]:
    """A question that always has the same answer."""
    return lambda _site, put: put(original, lambda *_arguments, **_named: answer)


def on(holder: Any, name: str, other: Any) -> Callable[[Site, Put], None]:
    """A method, or what one module alone has."""
    return lambda _site, put: put.on(holder, name, other)

"""Things that no table hangs on: automations, views, reports and all other kinds with a file of their own, and backups.

A change of one is carried out by writing the revision, so that every step is safe.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from app.definition import Catalog, Sla
from app.loading.wording import THINGS
from app.plan.pair import Pair, changed_attributes, is_same, yaml_name
from app.plan.step import Kind, Step

WITH_STEPS_OF_THEIR_OWN = frozenset({"entities", "picklists", "roles"})
CLOCKS_GO_ON = "clocks that run keep the times they began with"
"""Told where lengths of a service level change: a moment that was promised to a customer is not moved afterwards."""


def thing_steps(pair: Pair) -> Iterator[Step]:
    """Steps of all such kinds, in the order of the Catalog."""
    for place in places(pair.after):
        yield from _steps_of(pair, place, getattr(pair.before, place), getattr(pair.after, place))
    for name in changed_attributes(pair.before.backups, pair.after.backups):
        yield pair.step(Kind.SETTINGS, f"backups.{yaml_name(name)}", "backups", yaml_name(name))


def places(catalog: Catalog) -> Iterator[str]:
    """The kinds by their place: every mapping of things in the Catalog without steps of its own."""
    for each in dataclasses.fields(catalog):
        is_mapping = each.compare and isinstance(getattr(catalog, each.name), Mapping)
        if is_mapping and each.name not in WITH_STEPS_OF_THEIR_OWN:
            yield each.name


def _steps_of(pair: Pair, place: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Step]:
    word = THINGS[place]
    for key in after:
        if key not in before:
            yield pair.step(Kind.ADD_THING, f"{word} {key}", place, key)
    for key in before:
        if key not in after:
            yield pair.step(Kind.REMOVE_THING, f"{word} {key}", place, key)
    for key, now in after.items():
        if key in before and not is_same(before[key], now):
            names = [yaml_name(name) for name in changed_attributes(before[key], now)]
            told = f"; {CLOCKS_GO_ON}" if isinstance(now, Sla) and _has_other_lengths(before[key], now) else ""
            yield pair.step(Kind.CHANGE_THING, f"{word} {key}", place, key, detail=", ".join(names) + told)


def _has_other_lengths(was: Sla, now: Sla) -> bool:
    """Whether a clock that begins under `now` would end, or warn, at another moment."""
    both = was.targets.keys() & now.targets.keys()
    if was.calendar != now.calendar or any(was.targets[key].within != now.targets[key].within for key in both):
        return True
    return was.warn is not None and now.warn is not None and was.warn.before != now.warn.before

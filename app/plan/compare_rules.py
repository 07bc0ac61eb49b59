"""Things that are kept by name and hold no data: rules, duplicates, transitions. One step for each that comes, goes or changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.definition import Entity
from app.plan.pair import Pair, change_of, changed_attributes, yaml_name
from app.plan.step import Kind, Step

_PRESENTATION = ("label", "message")


@dataclass(frozen=True)
class Kinds:
    """What is done to a thing of one kind."""

    add: Kind
    change: Kind
    remove: Kind


RULES = Kinds(Kind.ADD_RULE, Kind.CHANGE_RULE, Kind.REMOVE_RULE)
DUPLICATES = Kinds(Kind.ADD_DUPLICATE, Kind.CHANGE_DUPLICATE, Kind.REMOVE_DUPLICATE)
TRANSITIONS = Kinds(Kind.ADD_TRANSITION, Kind.CHANGE_TRANSITION, Kind.REMOVE_TRANSITION)


def rule_steps(pair: Pair, was: Entity, now: Entity) -> Iterator[Step]:
    """Steps of the rules of an entity and of what it takes for duplicates."""
    path = ("entities", now.key)
    yield from named_steps(pair, RULES, (*path, "rules"), was.rules, now.rules)
    yield from named_steps(pair, DUPLICATES, (*path, "duplicates"), was.duplicates, now.duplicates)


def named_steps(
    pair: Pair, kinds: Kinds, path: tuple[str, ...], was: Mapping[str, Any], now: Mapping[str, Any]
) -> Iterator[Step]:
    """Steps from one map of things to the next; `path` leads to the map."""
    target = ".".join((path[1], *(path[3:4])))
    for key in now:
        if key not in was:
            yield pair.step(kinds.add, f"{target}.{key}", *path, key)
    for key in was:
        if key not in now:
            yield pair.step(kinds.remove, f"{target}.{key}", *path, key)
    relabelled = []
    for key in now:
        if key not in was:
            continue
        for name in changed_attributes(was[key], now[key]):
            if name in _PRESENTATION:
                relabelled.append(key)
                continue
            detail = f"{yaml_name(name)}: {change_of(getattr(was[key], name), getattr(now[key], name))}"
            yield pair.step(kinds.change, f"{target}.{key}", *path, key, yaml_name(name), detail=detail)
    if relabelled:
        yield pair.step(Kind.LABELS, target, *path, detail=", ".join(dict.fromkeys(relabelled)))
    if [key for key in was if key in now] != [key for key in now if key in was]:
        yield pair.step(Kind.ORDER, target, *path, detail=path[-1])

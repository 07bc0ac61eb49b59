"""Things that are kept by name and hold no data: rules, duplicates, transitions. One step for each that comes, goes or changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from app.definition import Entity
from app.frozen import dataclass
from app.plan.compare_conditions import question_of_rule
from app.plan.pair import Pair, change_of, changed_attributes, yaml_name
from app.plan.question import Refused
from app.plan.step import Kind, Step

_PRESENTATION = ("label", "message")
_ASKING = ("require", "when", "severity", "existing")
Ask = Callable[[Any, Any], Refused | None]
"""What a thing, as it was (None: a new one) and as it shall be, asks of existing rows."""


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
    ask = partial(question_of_rule, pair, now.key)
    yield from named_steps(pair, RULES, (*path, "rules"), was.rules, now.rules, ask)
    yield from named_steps(pair, DUPLICATES, (*path, "duplicates"), was.duplicates, now.duplicates)


def _nothing(_was: object, _now: object) -> None:
    """Most things ask nothing of the data."""


def named_steps(
    pair: Pair,
    kinds: Kinds,
    path: tuple[str, ...],
    was: Mapping[str, Any],
    now: Mapping[str, Any],
    ask: Ask = _nothing,
) -> Iterator[Step]:
    """Steps from one map of things to the next; `path` leads to the map."""
    target = ".".join((path[1], *(path[3:4])))
    for key in now:
        if key not in was:
            yield pair.step(kinds.add, f"{target}.{key}", *path, key, check=ask(None, now[key]))
    for key in was:
        if key not in now:
            yield pair.step(kinds.remove, f"{target}.{key}", *path, key)
    relabelled = []
    for key in now:
        if key not in was:
            continue
        check = ask(was[key], now[key])
        for name in changed_attributes(was[key], now[key]):
            if name in _PRESENTATION:
                relabelled.append(key)
                continue
            detail = f"{yaml_name(name)}: {change_of(getattr(was[key], name), getattr(now[key], name))}"
            asked, check = (check, None) if name in _ASKING else (None, check)  # once, whatever else has changed
            yield pair.step(kinds.change, f"{target}.{key}", *path, key, yaml_name(name), detail=detail, check=asked)
    if relabelled:
        yield pair.step(Kind.LABELS, target, *path, detail=", ".join(dict.fromkeys(relabelled)))
    if [key for key in was if key in now] != [key for key in now if key in was]:
        yield pair.step(Kind.ORDER, target, *path, detail=path[-1])

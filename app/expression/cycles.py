"""Things that wait for each other: their order, and the circles among them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TypeVar

T = TypeVar("T")


def in_order(needs: Mapping[T, Collection[T]], without: Collection[T] = ()) -> list[T]:
    """The keys, each behind those that it needs, else as they come; those of `without` are left out, also as needs.

    Raises ValueError where the others wait for each other.
    """
    found: dict[T, None] = {}
    waiting = [each for each in needs if each not in without]
    while waiting:
        ready = [each for each in waiting if all(one in found or one in without for one in needs[each])]
        if not ready:
            raise ValueError(f"they wait for each other: {waiting}")
        found.update(dict.fromkeys(ready))
        waiting = [each for each in waiting if each not in found]
    return list(found)


def find_cycles(needs: Mapping[T, Collection[T]]) -> list[tuple[T, ...]]:
    """The circles, so many that nothing waits for itself once their members are left out. Each names its members behind
    what they need, the first behind the last.
    """
    found: list[tuple[T, ...]] = []
    gone: set[T] = set()
    while True:
        stuck = _stuck(needs, gone)
        if not stuck:
            return found
        cycle = _one_of(needs, stuck)
        gone.update(cycle)
        found.append(cycle)


def _stuck(needs: Mapping[T, Collection[T]], gone: Collection[T]) -> dict[T, None]:
    """What waits for itself, or for what does."""
    waiting = {each: None for each in needs if each not in gone}
    while True:
        kept = {each: None for each in waiting if any(one in waiting for one in needs[each])}
        if len(kept) == len(waiting):
            return kept
        waiting = kept


def _one_of(needs: Mapping[T, Collection[T]], stuck: Mapping[T, None]) -> tuple[T, ...]:
    """Follows what is needed until it comes round."""
    way: dict[T, int] = {}
    here = next(iter(stuck))
    while here not in way:
        way[here] = len(way)
        needed = needs[here]
        here = next(each for each in stuck if each in needed)
    return tuple(reversed(list(way)[way[here] :]))

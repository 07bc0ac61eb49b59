"""Imports and bulk actions: many records in chunks, a transaction each, with a word on every record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from app.frozen import dataclass
from app.record.refusal import Refusal, Refused, Saved

CHUNK = 500
T = TypeVar("T")


@dataclass(frozen=True)
class Outcome:
    """What became of one item: the id under which it was saved, or why it was not."""

    index: int
    id: int | None
    refusals: tuple[Refusal, ...] = ()


@dataclass(frozen=True)
class Report:
    """What became of all items, in their order."""

    outcomes: tuple[Outcome, ...]

    @property
    def saved(self) -> int:
        """How many were saved."""
        return sum(outcome.id is not None for outcome in self.outcomes)

    @property
    def refused(self) -> tuple[Outcome, ...]:
        """Those that were not saved."""
        return tuple(outcome for outcome in self.outcomes if outcome.id is None)


def in_chunks(operation: Callable[[Sequence[T]], Saved | Refused], items: Sequence[T], size: int = CHUNK) -> Report:
    """Does the operation on chunks of the items, each in a transaction of its own.

    What is refused in a chunk is left out and the rest of it done again, so that one bad record does not keep others out.
    """
    outcomes: dict[int, Outcome] = {}
    for start in range(0, len(items), size):
        places = list(range(start, min(start + size, len(items))))
        while places:
            answer = operation([items[place] for place in places])
            if isinstance(answer, Saved):
                outcomes.update(
                    (place, Outcome(place, record)) for place, record in zip(places, answer.ids, strict=True)
                )
                break
            reasons: dict[int, list[Refusal]] = {}
            for refusal in answer.refusals:
                reasons.setdefault(places[refusal.index], []).append(refusal)
            outcomes.update((place, Outcome(place, None, tuple(why))) for place, why in reasons.items())
            places = [place for place in places if place not in reasons]
    return Report(tuple(outcomes[place] for place in sorted(outcomes)))

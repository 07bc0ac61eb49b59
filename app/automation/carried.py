"""Carrying actions out for records, all in one unit of work. A record for which an action is refused is left out of it and
noted, so that it keeps the others from nothing; then the whole is done again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.automation.acts import ACTS, actions_of
from app.automation.doing import AUTOMATION, Doing
from app.definition import Action
from app.orm.store import Store
from app.record import Refusal, Refused, Saved, Unit, in_unit


@dataclass
class Carried:
    """What the attempts have shown: for which records an action is refused, and how much it did at last."""

    refused: dict[str, dict[int, Refusal]] = field(default_factory=dict)
    done: dict[str, int] = field(default_factory=dict)

    @property
    def left_out(self) -> int:
        """How many times a record was left out of an action."""
        return sum(len(each) for each in self.refused.values())

    @property
    def why(self) -> Refusal | None:
        """One of the reasons."""
        return next((refusal for each in self.refused.values() for refusal in each.values()), None)


@dataclass(frozen=True)
class Errand:
    """Actions of one source for records of an entity; `source` as `Doing` has it."""

    source: str
    entity: str
    actions: Sequence[Action]

    def read(self, unit: Unit, marks: Mapping[int, str]) -> dict[str, Any]:
        """What each action works out before others are kept from writing."""
        return {each.key: ACTS[each.name].read(self._doing(unit, each, marks)) for each in self._running(unit)}

    def write(self, unit: Unit, marks: Mapping[int, str], read: Mapping[str, Any], carried: Carried) -> Saved | Refused:
        """Carries the actions out, in the unit of what they belong to."""
        for action in self._running(unit):
            refused = carried.refused.setdefault(action.key, {})
            left = {record: mark for record, mark in marks.items() if record not in refused}
            if not left:
                continue
            doing = self._doing(unit, action, left)
            outcome = ACTS[action.name].write(doing, read.get(action.key))
            if isinstance(outcome, Refused):
                if outcome.status != "conflict":
                    for each in outcome.refusals:
                        refused.setdefault(doing.records[each.index], each)
                return outcome
            carried.done[action.key] = len(outcome.ids)
        return Saved((), ())

    def _running(self, unit: Unit) -> Iterable[Action]:
        return actions_of(unit.catalog, self.actions)

    def _doing(self, unit: Unit, action: Action, marks: Mapping[int, str]) -> Doing:
        return Doing(unit, self.source, self.entity, action, marks, {})


def carry_out(store: Store, door: str, attempt: Callable[[Unit], Saved | Refused]) -> None:
    """Does it until nothing more is refused; each attempt leaves out what the last one was refused for. Raises RuntimeError
    where others were changing the records: whoever began it tries again.
    """
    while True:
        outcome = in_unit(store, AUTOMATION, door, attempt)
        if isinstance(outcome, Saved):
            return
        if outcome.status == "conflict":
            raise RuntimeError("the records were being changed by others")

"""Carrying actions out for records, all in one unit of work. A record for which an action is refused is left out of it and
noted, so that it keeps the others from nothing; then the whole is done again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any

from app.automation.acts import ACTS, actions_of
from app.automation.doing import AUTOMATION, Doing
from app.definition import Action
from app.frozen import dataclass
from app.orm.store import Store
from app.record import Clash, Refusal, Refused, Saved, Unit, in_unit


@dataclass
class Noted:
    """What attempts of an action have shown: for which records it is refused. `apart`: it is tried for one record after the
    other, for what was refused lay in other records and named none of these.
    """

    refused: dict[int, Refusal] = field(default_factory=dict)
    apart: bool = False

    @property
    def size(self) -> int:
        """Grows with each attempt that has shown something."""
        return len(self.refused) + self.apart


def act_on(doing: Doing, read: Any, noted: Noted) -> Saved | Refused:
    """Carries an action out for those records that it is not refused for. Refused, it has noted why, unless others were
    changing the records: then the unit is to be done again.
    """
    left = [record for record in doing.records if record not in noted.refused]
    done: list[int] = []
    for some in [[record] for record in left] if noted.apart else [left] if left else []:
        one = doing.among(doing.unit, some)
        try:
            outcome = ACTS[doing.action.name].write(one, read)
        except Clash as clash:
            if len(some) == 1:
                noted.refused[some[0]] = clash.refusal
            else:
                noted.apart = True
            return Refused((clash.refusal,))
        if isinstance(outcome, Refused):
            if outcome.status != "conflict":
                for each in outcome.refusals:
                    noted.refused.setdefault(one.records[each.index], each)
            return outcome
        done += outcome.ids
    return Saved(tuple(done), (0,) * len(done))


def until_done(
    store: Store, door: str, attempt: Callable[[Unit], Saved | Refused], size: Callable[[], int]
) -> Refused | None:
    """Attempts it as long as each attempt notes something new; what it is refused for at last."""
    while True:
        before = size()
        outcome = in_unit(store, AUTOMATION, door, attempt)
        if isinstance(outcome, Saved):
            return None
        if outcome.status == "conflict" or size() == before:
            return outcome


@dataclass
class Carried:
    """What the attempts have shown, by action, and how much each did at last."""

    noted: dict[str, Noted] = field(default_factory=dict)
    done: dict[str, int] = field(default_factory=dict)

    @property
    def refused(self) -> dict[str, dict[int, Refusal]]:
        """By action for which records it is refused."""
        return {key: each.refused for key, each in self.noted.items()}

    @property
    def size(self) -> int:
        """Grows with each attempt that has shown something."""
        return sum(each.size for each in self.noted.values())

    @property
    def left_out(self) -> int:
        """How many times a record was left out of an action."""
        return sum(len(each.refused) for each in self.noted.values())

    @property
    def why(self) -> Refusal | None:
        """One of the reasons."""
        return next((refusal for each in self.noted.values() for refusal in each.refused.values()), None)


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
            outcome = act_on(
                self._doing(unit, action, marks), read.get(action.key), carried.noted.setdefault(action.key, Noted())
            )
            if isinstance(outcome, Refused):
                return outcome
            carried.done[action.key] = len(outcome.ids)
        return Saved((), ())

    def _running(self, unit: Unit) -> Iterable[Action]:
        return actions_of(unit.catalog, self.entity, self.actions)

    def _doing(self, unit: Unit, action: Action, marks: Mapping[int, str]) -> Doing:
        return Doing(unit, self.source, self.entity, action, marks, {})


def carry_out(store: Store, door: str, attempt: Callable[[Unit], Saved | Refused], carried: Carried) -> None:
    """Does it until nothing more is refused; each attempt leaves out what the last one was refused for. Raises RuntimeError
    where that is not all: whoever began it tries again.
    """
    refused = until_done(store, door, attempt, lambda: carried.size)
    if refused is not None:
        raise RuntimeError(refused.refusals[0].text("en", store.catalog))

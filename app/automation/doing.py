"""What actions are given and what they answer: one shape for whatever starts them, an event, the clock or a service level.

An action has two halves. `read` works out what it can in a unit that only reads, so that little is done while others wait to
write. `write` carries it out in the unit that also notes that it is done: all of it or nothing, so that it is done once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.access import system_actor
from app.definition import Action
from app.frozen import dataclass
from app.record import Refused, Saved, Unit

AUTOMATION = system_actor("system:automation")
DOOR = "automation"


@dataclass(frozen=True)
class Doing:
    """An action for some records of an entity. `source` names what does it: the key of an automation, or `sla.<key>.<which>`.

    `marks` say for each record what it is done for: the same text at each attempt, another one for each occasion; keys of
    notices and deliveries are made of it. `events` are those of the outbox that started it.
    """

    unit: Unit
    source: str
    entity: str
    action: Action
    marks: Mapping[int, str]
    events: Mapping[int, int]

    @property
    def records(self) -> tuple[int, ...]:
        """Their ids, in order."""
        return tuple(self.marks)

    def key(self, record: int, *more: object) -> str:
        """What names this act for a record, the same at each attempt."""
        return ":".join(map(str, (self.source, self.action.key, self.entity, record, self.marks[record], *more)))

    def among(self, unit: Unit, records: Sequence[int]) -> Doing:
        """The same in another unit, for some of the records."""
        return replace(self, unit=unit, marks={record: self.marks[record] for record in records})


Read = Callable[[Doing], Any]
Write = Callable[[Doing, Any], Saved | Refused]
"""Given what was read. The `index` of a refusal is the record's place in `doing.records`: without it the others are tried."""

DONE = Saved((), ())


def _nothing(_doing: Doing) -> None:
    return None


@dataclass(frozen=True)
class Act:
    """How an action is carried out."""

    write: Write
    read: Read = _nothing

"""When: the grammar of schedules."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar, Literal

from app.definition.attributes import attribute
from app.definition.grammars import DAYS, Duration, Expression, FieldPath, Period, TimeOfDay
from app.frozen import dataclass

Event = Literal["create", "update", "delete"]


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """A repeated moment: every so often, on a day (of the week, or 1–31 or `last` of the month), at a time of day."""

    every: Period = attribute("Every", "day, week, month, quarter, year, or `2 weeks`.", example="week")
    day: str | int | None = attribute(
        "Day", "A weekday, 1–31 or last.", default=None, words=DAYS, minimum=1, maximum=31, example="monday"
    )
    at: TimeOfDay | None = attribute("At", "Time of day of the company.", default=None, example="08:00")


@dataclass(frozen=True, kw_only=True)
class Trigger:
    """What starts an automation. A bare word is an event of the record. A layer that states one replaces it whole."""

    shorthand: ClassVar[str] = "event"
    is_choice: ClassVar[bool] = True
    alternatives: ClassVar[Mapping[str, tuple[str, ...]]] = MappingProxyType(
        {
            "event": (),
            "changed": (),
            "stage": (),
            "becomes": (),
            "date": ("before", "after", "at"),
            "every": ("day", "at", "once"),
            "inbound": (),
        }
    )
    event: Event | None = attribute("Event", "create, update or delete.", default=None)
    changed: tuple[str, ...] = attribute(
        "Changed", "One of these fields changed.", default=(), lone=True, names="field"
    )
    stage: str | None = attribute("Stage", "The record enters it.", default=None, names="stage")
    becomes: Expression | None = attribute("Becomes", "A condition turns true.", default=None, profile="server")
    date: FieldPath | None = attribute(
        "Date", "A field of dates or moments, or of stages: when the record came into its stage; lookups may lead to it. "
        "Without `at` a moment counts to the minute.", default=None, names="path",
    )  # fmt: skip
    before: tuple[Duration, ...] = attribute("Before", "So long before the date.", default=(), lone=True)
    after: tuple[Duration, ...] = attribute("After", "So long after the date.", default=(), lone=True)
    every: Period | None = attribute("Every", "By the clock.", default=None)
    day: str | int | None = attribute("Day", default=None, words=DAYS, minimum=1, maximum=31)
    at: TimeOfDay | None = attribute("At", "Time of day of the company.", default=None)
    once: bool = attribute("Once", "Only once for each record, not each time.", default=False)
    inbound: str | None = attribute("Inbound", "A hook of pack.yaml.", default=None, names="inbound")

    @property
    def is_clock(self) -> bool:
        """Whether the clock starts it, and no event."""
        return self.every is not None or self.date is not None

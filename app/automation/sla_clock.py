"""The clock of a service level for one record: how it starts, rests, goes on and stops. Pure.

What a target counts in working time is left in working time, too, while the clock rests; the rest is counted on the wall.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from app.automation.lengths import is_working, later
from app.definition import Sla
from app.expression.working_time import WorkingTime
from app.frozen import dataclass

NONE_LEFT = dt.timedelta()


@dataclass(frozen=True, kw_only=True)
class Clock:
    """A row of `tenon_sla_clock`. `due` and `warn_at` are blank while it rests; then `left` says in seconds what was left,
    less than nothing where it was overdue.
    """

    target: str
    started_at: dt.datetime
    due: dt.datetime | None = None
    warn_at: dt.datetime | None = None
    paused_at: dt.datetime | None = None
    left: int | None = None
    warned_at: dt.datetime | None = None
    breached_at: dt.datetime | None = None
    stopped_at: dt.datetime | None = None

    @property
    def runs(self) -> bool:
        """Whether it has not stopped; it may rest."""
        return self.stopped_at is None

    def is_after(self, moment: dt.datetime) -> bool:
        """Whether what it is came after that moment. Nothing is later than a stop but what begins after it."""
        if self.stopped_at is not None:
            return moment <= self.stopped_at
        return moment < (self.paused_at or self.started_at)


@dataclass(frozen=True)
class Asked:
    """What the conditions of a service level said of a record at a moment. `starts` is the edge: it holds, and did not
    before. `target` is the first that is for the record; None for none.
    """

    at: dt.datetime
    starts: bool
    pauses: bool
    stops: bool
    target: str | None


@dataclass(frozen=True)
class Rules:
    """A service level with its calendar, worked out."""

    sla: Sla
    time: WorkingTime

    def step(self, clock: Clock | None, asked: Asked) -> Clock | None:
        """The clock after that moment; None where there is none. One that has stopped starts anew on the next edge. What is
        told late, of a moment before the clock came to be as it is, moves it no more.
        """
        if clock is not None and clock.is_after(asked.at):
            return clock
        if clock is None or not clock.runs:
            if not asked.starts or asked.target is None:
                return clock
            clock = self._begin(asked.target, asked.at)
        elif asked.target is not None and asked.target != clock.target:
            clock = self._aim(clock, asked.target)
        if asked.stops:
            return self._stop(clock, asked.at)
        if asked.pauses == (clock.paused_at is not None):
            return clock
        return self._rest(clock, asked.at) if asked.pauses else self._go_on(clock, asked.at)

    def _begin(self, target: str, at: dt.datetime) -> Clock:
        return self._with_due(Clock(target=target, started_at=at), self._whole(target, at))

    def _stop(self, clock: Clock, at: dt.datetime) -> Clock:
        """Stops it. Whoever was too late was, also where nobody had looked yet."""
        late = clock.due is not None and clock.due < at
        breached = clock.breached_at or (clock.due if late else None)
        return replace(clock, stopped_at=at, warn_at=None, breached_at=breached)

    def _rest(self, clock: Clock, at: dt.datetime) -> Clock:
        left = None if clock.due is None else round(self._between(clock.target, at, clock.due).total_seconds())
        return replace(clock, paused_at=at, left=left, due=None, warn_at=None)

    def _go_on(self, clock: Clock, at: dt.datetime) -> Clock:
        due = None if clock.left is None else self._after(clock.target, at, dt.timedelta(seconds=clock.left))
        return self._with_due(replace(clock, paused_at=None, left=None), due)

    def _aim(self, clock: Clock, target: str) -> Clock:
        """The same clock with another target: what it rested so far is not counted then either."""
        before, after = (self._whole(each, clock.started_at) for each in (clock.target, target))
        if before is None or after is None or (clock.due is None and clock.left is None):
            return self._with_due(replace(clock, target=target), after)
        if clock.paused_at is not None:
            more = self._between(target, before, after)
            return replace(clock, target=target, left=(clock.left or 0) + round(more.total_seconds()))
        assert clock.due is not None
        rested = max(self._between(clock.target, before, clock.due), NONE_LEFT)
        return self._with_due(replace(clock, target=target), self._after(target, after, rested))

    def _with_due(self, clock: Clock, due: dt.datetime | None) -> Clock:
        warn = self.sla.warn
        waits = warn is not None and due is not None and clock.warned_at is None and clock.breached_at is None
        warn_at = later(self.time, due, warn.before, -1) if waits and warn is not None and due is not None else None
        return replace(clock, due=due, warn_at=warn_at)

    def _whole(self, target: str, start: dt.datetime) -> dt.datetime | None:
        """When a target's time is over without a rest; None for one that the configuration does not have any more."""
        known = self.sla.targets.get(target)
        return None if known is None else later(self.time, start, known.within)

    def _is_working(self, target: str) -> bool:
        known = self.sla.targets.get(target)
        return known is not None and is_working(known.within)

    def _between(self, target: str, start: dt.datetime, end: dt.datetime) -> dt.timedelta:
        return self.time.time_between(start, end) if self._is_working(target) else end - start

    def _after(self, target: str, moment: dt.datetime, length: dt.timedelta) -> dt.datetime | None:
        if length > NONE_LEFT and self._is_working(target):
            found = self.time.add_time(moment, length)
            return None if found is None else found.astimezone(dt.UTC)
        return moment + length

"""What happens by itself because something happened: events are taken, and what listens to them acts, once.

What is to be done is worked out first, reading alone. Then the events are marked as done, what was done is noted, and the
actions are carried out, all in one unit of work: whoever is killed in between has done nothing, and another one does it.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby
from typing import Any

from sqlalchemy.orm import Session

from app.automation.acts import ACTS, actions_of
from app.automation.becoming import ask_new, note_held
from app.automation.carried import Noted, act_on, until_done
from app.automation.doing import AUTOMATION, DONE, DOOR, Doing
from app.automation.events import Event, happened, put_back, take, waiting_events
from app.automation.matching import Matched, listeners, match, waves
from app.automation.run_log import log_runs, run_row
from app.automation.sla_clocks import Told, ask_clocks, move_clocks
from app.definition import Action
from app.frozen import dataclass
from app.orm.store import Store
from app.record import Refused, Saved, StaleRevision, Unit

AT_ONCE = 100  # events
MOST_RECORDS = 500  # of the events that are taken at once
LONGEST_CHAIN = 8  # automations that lead to an event; what listens to the last one is told, and does nothing
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Work:
    """What an automation is to do for some events, with what its actions have read already."""

    number: int
    matched: Matched
    entity: str
    chain: tuple[str, ...]
    read: Mapping[str, Any]

    @property
    def key(self) -> str:
        """Of the automation."""
        return self.matched.automation.key

    @property
    def mode(self) -> str:
        """live, shadow, or stopped where the chain of automations is too long."""
        return "stopped" if len(self.chain) >= LONGEST_CHAIN else self.matched.automation.mode


Attempts = defaultdict[tuple[int, str], Noted]
"""What the attempts of one unit have shown, by work and action."""


def dispatch(store: Store, now: dt.datetime, most: int = AT_ONCE) -> int:
    """Acts upon the oldest events that wait, at most so many; how many were seen to. Raises StaleRevision.

    What fails is put back, alone, so that it holds up nothing else.
    """
    ask_new(store)
    with store.system_reading() as connection:
        events = _no_more_than(waiting_events(connection, now, most), MOST_RECORDS)
    if not events:
        return 0
    if not _attempt_all(store, events, alone=len(events) == 1):
        for each in events:
            _attempt_all(store, [each], alone=True)
    return len(events)


def _no_more_than(events: Sequence[Event], records: int) -> list[Event]:
    found: list[Event] = []
    for each in events:
        records -= len(each.records)
        if found and records < 0:
            break
        found.append(each)
    return found


def _attempt_all(store: Store, events: Sequence[Event], *, alone: bool) -> bool:
    """Sees to these events. False where it could not be done for all of them together."""
    try:
        with store.system_reading() as connection:
            unit = Unit(store, AUTOMATION, Session(), DOOR, store.clock(), reader=connection)
            works, told = list(_works(unit, events)), ask_clocks(unit, events)
        outcome = _carry_out(store, events, works, told)
    except StaleRevision:
        raise
    except Exception as error:
        # The one place where the fault of an automation ends: it is told, tried again, and at last given up.
        log.exception("events %s", [each.id for each in events])
        why = f"{type(error).__name__}: {error}"
    else:
        if outcome is None:
            return True
        why = outcome
    if alone:
        with store.housekeeping() as connection:
            put_back(connection, events, why, store.clock())
    return False


def _works(unit: Unit, events: Sequence[Event]) -> Iterator[Work]:
    number = 0
    settled: dict[str, set[int]] = defaultdict(set)  # by automation with a `becomes` the records that it was asked for
    for (entity, _, chain), group in groupby(events, key=lambda each: (each.entity, each.kind, each.chain)):
        heard = listeners(unit.catalog, entity)
        together = list(group)
        if not heard or entity not in unit.catalog.entities:
            continue
        known = happened(unit.connection, together, unit.models.former)
        for wave in waves(together):
            for automation in heard:
                matched = match(unit, automation, wave, known, settled=settled[automation.key])
                if automation.trigger.becomes is not None:
                    settled[automation.key].update(record for event in wave for record in event.records)
                if matched is not None:
                    number += 1
                    work = Work(number, matched, entity, chain, {})
                    yield Work(number, matched, entity, chain, _read(unit, work)) if work.mode == "live" else work


def _read(unit: Unit, work: Work) -> dict[str, Any]:
    """What each action works out before others are kept from writing."""
    return {
        action.key: ACTS[action.name].read(_doing(unit, work, action, work.matched.records))
        for action in actions_of(unit.catalog, work.entity, work.matched.automation.actions.values())
    }


def _doing(unit: Unit, work: Work, action: Action, records: Mapping[int, Sequence[int]]) -> Doing:
    events = {record: event for event, ids in records.items() for record in ids}
    marks = {record: f"e{event}" for record, event in events.items()}
    return Doing(unit, f"automation.{work.key}", work.entity, action, marks, events)


def _carry_out(store: Store, events: Sequence[Event], works: Sequence[Work], told: Sequence[Told]) -> str | None:
    """Does it all in one transaction; why not, where it can't be done now. A record for which an action is refused is left
    out of that action, so that it keeps the others from nothing.
    """
    seen: Attempts = defaultdict(Noted)
    attempt = partial(_attempt, events, works, told, seen)
    refused = until_done(store, DOOR, attempt, lambda: sum(each.size for each in seen.values()))
    return None if refused is None else refused.refusals[0].text("en", store.catalog)


def _attempt(
    events: Sequence[Event], works: Sequence[Work], told: Sequence[Told], seen: Attempts, unit: Unit
) -> Saved | Refused:
    mine = take(unit.connection, [each.id for each in events], unit.at)
    move_clocks(unit, [each for each in told if each.event in mine])
    noted: list[dict[str, Any]] = []
    for work in works:
        records: Mapping[int, Sequence[int]]
        records = {event: ids for event, ids in work.matched.records.items() if event in mine}
        if work.matched.automation.trigger.becomes is not None:
            records = _at_the_edge(unit, work.matched, records, mine)
        if work.mode == "live":
            outcome = _act(unit, work, records, seen)
            if isinstance(outcome, Refused):
                return outcome
        noted += _runs(unit, work, records, seen)
    if noted:
        log_runs(unit, noted)
    return DONE


def _act(unit: Unit, work: Work, records: Mapping[int, Sequence[int]], seen: Attempts) -> Saved | Refused:
    unit.chain[:] = [*work.chain, work.key]
    try:
        for action in actions_of(unit.catalog, work.entity, work.matched.automation.actions.values()):
            doing = _doing(unit, work, action, records)
            outcome = act_on(doing, work.read.get(action.key), seen[work.number, action.key])
            if isinstance(outcome, Refused):
                return outcome
        return DONE
    finally:
        unit.chain.clear()


def _at_the_edge(
    unit: Unit, matched: Matched, records: Mapping[int, Sequence[int]], mine: set[int]
) -> dict[int, list[int]]:
    """The records in which the condition turned true, and nobody else has noted that meanwhile."""
    seen_to = {record for record, event in matched.started.items() if event in mine}
    new = note_held(unit, matched.automation.key, matched.turned & seen_to, matched.ended & seen_to)
    found = {event: [each for each in ids if each in new] for event, ids in records.items()}
    return {event: ids for event, ids in found.items() if ids}


def _runs(unit: Unit, work: Work, records: Mapping[int, Sequence[int]], seen: Attempts) -> Iterator[dict[str, Any]]:
    """A line of the log for each event."""
    automation = work.matched.automation
    refused = {key: seen[work.number, key].refused for key in automation.actions}
    for event, ids in records.items():
        row = run_row(unit, automation, ids, refused, event=event, chain=work.chain)
        yield row if work.mode != "stopped" else {**row, "state": "stopped", "result": None}

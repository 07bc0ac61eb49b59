"""What automations would have done to events of the past: nothing is written, nobody is told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.automation.doing import AUTOMATION, DOOR
from app.automation.events import Event, event_of, happened_then
from app.automation.matching import listeners, match, waves
from app.definition import Automation
from app.frozen import dataclass
from app.orm.framework import outbox
from app.orm.store import Store
from app.record import Unit

AT_ONCE = 200  # events


@dataclass(frozen=True)
class Replayed:
    """What an automation would have done for an event: for these records."""

    event: Event
    automation: Automation
    records: tuple[int, ...]


def replay(store: Store, since: dt.datetime, only: Collection[str] = ()) -> Iterator[Replayed]:
    """By event what automations would have done, the oldest first; of all of them, or of those that are named. Fields of the
    records are taken as they were then, by the audit; what stands in other records as it is now.
    """
    last = 0
    while True:
        with store.system_reading() as connection:
            query = (
                sa.select(outbox).where(outbox.c.at >= since, outbox.c.id > last).order_by(outbox.c.id).limit(AT_ONCE)
            )
            events = [event_of(row) for row in connection.execute(query)]
            unit = Unit(store, AUTOMATION, Session(), DOOR, store.clock(), reader=connection)
            found = sorted(_replayed(unit, events, only), key=lambda each: each.event.id)
        yield from found
        if not events:
            return
        last = events[-1].id


def _replayed(unit: Unit, events: list[Event], only: Collection[str]) -> Iterator[Replayed]:
    def alike(event: Event) -> Any:
        return event.entity, event.kind

    for (entity, _), group in groupby(events, key=alike):
        heard = [each for each in listeners(unit.catalog, entity) if not only or each.key in only]
        together = list(group)
        if not heard or entity not in unit.catalog.entities:
            continue
        known, by_id = (
            happened_then(unit.connection, together, unit.models.former),
            {each.id: each for each in together},
        )
        for wave in waves(together):
            for automation in heard:
                matched = match(unit, automation, wave, known, past=True)
                for event, records in (matched.records if matched is not None else {}).items():
                    yield Replayed(by_id[event], automation, records)

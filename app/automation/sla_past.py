"""Clocks of service levels for a past that came in by a door to which nothing listens: the demonstration's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from app.automation.carried import Carried, carry_out
from app.automation.doing import AUTOMATION, DONE
from app.automation.events import SEEN, Event, event_of
from app.automation.sla_clocks import Told, ask_clocks, move_clocks
from app.orm.framework import outbox, sla_clock
from app.orm.store import Store
from app.record import Saved, Unit

DOOR = "seed"


def begin_clocks(store: Store) -> None:
    """Moves the clocks of records that have none by all that happened to them, in its order, as of when it happened. No
    automation acts on it. Raises RuntimeError where others are changing the clocks, StaleRevision.
    """
    with store.system_reading() as connection:
        unit = Unit(store, AUTOMATION, Session(), DOOR, store.clock(), reader=connection)
        have = {(row.sla, row.record) for row in connection.execute(sa.select(sla_clock.c.sla, sla_clock.c.record))}
        # All of these have been acted upon, and are told here in their order: none has passed another.
        told = [
            replace(each, passed=())
            for each in ask_clocks(unit, _past_of(connection, {each.entity for each in store.catalog.slas.values()}))
            if (each.sla, each.record) not in have
        ]
    carry_out(store, DOOR, partial(_move, told), Carried())


def _past_of(connection: Connection, entities: set[str]) -> list[Event]:
    """What happened to records of these entities and has been seen to."""
    query = sa.select(outbox).where(
        outbox.c.entity.in_(entities), outbox.c.kind.in_(SEEN), outbox.c.done_at.is_not(None)
    )
    return [event_of(row) for row in connection.execute(query.order_by(outbox.c.id))]


def _move(told: Sequence[Told], unit: Unit) -> Saved:
    move_clocks(unit, told)
    return DONE

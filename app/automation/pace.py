"""How fast events are acted upon while people save.

Where one writes at a time, those who save wait for whoever acts upon events; elsewhere they share processors with him. While
people save, he rests after each round, so that he stands in hardly anybody's way; but nothing waits for long.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from app.automation.dispatch import AT_ONCE
from app.automation.doing import AUTOMATION
from app.orm.framework import outbox
from app.orm.store import Store

AT_ONCE_BESIDE = 25  # events, while others save and can't meanwhile
_REST_OF_WRITERS = 24.0  # times as long as a round took: one save in 25 meets it
_REST = 3.0  # where others write meanwhile
_LONGEST_REST = 3.0  # seconds
_JUST_NOW = dt.timedelta(seconds=1)
_PATIENCE = dt.timedelta(seconds=20)  # an event that has waited for so long comes before those who save
_LOOK_AT = 1_000  # newest events; those that follow from the last round are among them


def pace(store: Store, now: dt.datetime) -> tuple[int, float]:
    """How many events to take at once, and how many times as long as that took to rest afterwards."""
    newest = sa.select(outbox.c.at, outbox.c.actor).order_by(outbox.c.id.desc()).limit(_LOOK_AT).subquery()
    saved = sa.select(sa.func.max(newest.c.at)).where(newest.c.actor != AUTOMATION.name)
    waiting = sa.select(outbox.c.at).where(outbox.c.done_at.is_(None), outbox.c.not_before.is_(None))
    with store.system_reading() as connection:
        last = connection.execute(saved).scalar()
        oldest = connection.execute(waiting.order_by(outbox.c.id).limit(1)).scalar()
    if last is None or last < now - _JUST_NOW or (oldest is not None and oldest < now - _PATIENCE):
        return AT_ONCE, 0.0
    return (AT_ONCE_BESIDE, _REST_OF_WRITERS) if store.engine.dialect.name == "sqlite" else (AT_ONCE, _REST)


def rest(times: float, spent: float) -> float:
    """Seconds."""
    return min(times * spent, _LONGEST_REST)

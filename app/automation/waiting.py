"""What waits for the threads beside the clock: all of it asked at once, so that an idle system is asked little."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Literal

import sqlalchemy as sa

from app.automation.bulk_letters import writing_letters
from app.automation.deliveries import due_deliveries
from app.automation.events import due_events
from app.automation.notice_mails import due_notices
from app.orm.store import Store

Kind = Literal["events", "letters", "notices", "deliveries"]
_QUERIES: Mapping[Kind, Callable[[dt.datetime], sa.Select[Any]]] = {
    "events": due_events,
    "letters": lambda _now: writing_letters(),
    "notices": due_notices,
    "deliveries": due_deliveries,
}


def what_waits(store: Store, now: dt.datetime) -> frozenset[Kind]:
    """The kinds of work of which some can be done now. One statement."""
    asked = sa.select(*(sa.exists(query(now)).label(kind) for kind, query in _QUERIES.items()))
    with store.system_reading() as connection:
        row = connection.execute(asked).one()
    return frozenset(kind for kind, waits in zip(_QUERIES, row, strict=True) if waits)

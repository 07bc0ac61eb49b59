"""What left the house, or waits to: deliveries as administrators look at them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.frozen import dataclass
from app.orm.framework import delivery

STATES = ("waiting", "done", "dead", "dropped")
KINDS = ("mail", "webhook", "extension", "notices", "reset", "login")


@dataclass(frozen=True)
class Sent:
    """A delivery and how its last attempt ended. `due` is when it is tried next, of one that waits."""

    id: int
    kind: str
    automation: str | None
    entity: str | None
    record: int | None
    target: str
    state: str
    attempts: int
    answer: str
    created_at: dt.datetime
    touched_at: dt.datetime
    due: dt.datetime | None
    opened_at: dt.datetime | None = None
    clicked_at: dt.datetime | None = None


def deliveries(
    connection: Connection,
    *,
    limit: int,
    state: str | None = None,
    kind: str | None = None,
    before: int | None = None,
    one: int | None = None,
) -> list[Sent]:
    """Deliveries, newest first: what they hold is left out. `one`: the one with that id alone."""
    d = delivery.c
    columns = (
        d.id, d.kind, d.automation, d.entity, d.record, d.target, d.state, d.attempts, d.answer, d.created_at, d.touched_at, d.due,
        d.opened_at, d.clicked_at,
    )  # fmt: skip
    query = sa.select(*columns).order_by(d.id.desc()).limit(limit)
    for column, wanted in ((d.state, state), (d.kind, kind), (d.id, one)):
        query = query if wanted is None else query.where(column == wanted)
    if before is not None:
        query = query.where(d.id < before)
    return [_sent(row) for row in connection.execute(query)]


def _sent(row: Any) -> Sent:
    due = row.due if row.state == "waiting" else None
    return Sent(
        row.id, row.kind, row.automation, row.entity, row.record, row.target, row.state, row.attempts, row.answer or "",
        row.created_at, row.touched_at, due, row.opened_at, row.clicked_at,
    )  # fmt: skip


def counts(connection: Connection) -> dict[str, int]:
    """How many there are in each state."""
    found = connection.execute(sa.select(delivery.c.state, sa.func.count()).group_by(delivery.c.state)).all()
    return {row[0]: row[1] for row in found}

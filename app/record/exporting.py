"""How many rows a person may take away as files within a day (`limits: {exports: …}`): counted from the audit's lines."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.access import Actor, limit
from app.orm.framework import audit
from app.orm.store import Store
from app.record.acts import FACTS, Act, Fact, write_act
from app.record.daily import done_within_a_day, hold
from app.record.refusal import Refusal, Refused

COUNT = "count"
"""The fact of an export's line that says how many rows went out."""


def exports_left(store: Store, actor: Actor) -> int | None:
    """How many rows the actor may export now; None where none of his roles limits it."""
    most = limit(store.catalog, actor, "exports")
    if most is None:
        return None
    with store.system_reading() as connection:
        return max(most - _exported(connection, actor, store.clock()), 0)


def note_export(store: Store, actor: Actor, act: Act) -> Refused | None:
    """Writes the line of an export, before any row of it is given away; no line and a refusal where it has more rows than
    are left to the actor.
    """
    most, moment = limit(store.catalog, actor, "exports"), store.clock()
    with store.housekeeping() as connection:
        if most is not None:
            hold(connection, actor)
            left = max(most - _exported(connection, actor, moment), 0)
            if int(act.facts[COUNT] or 0) > left:
                return too_many(act.entity, most, left)
        write_act(store, connection, act, moment)
    return None


def note_too_many(store: Store, actor: Actor, entity: str, refused: Refused, door: str) -> Refused:
    """Writes the line of an export that the day's limit refused, where no page that denies does; the refusal comes back."""
    params = refused.refusals[0].params
    numbers = {key: params[key] for key in ("limit", "left")}  # no limit where the role lost it meanwhile
    facts: dict[str, Fact] = {
        "tried": "export",
        **{key: each for key, each in numbers.items() if isinstance(each, int)},
    }
    act = Act("denied", door, actor.user_id, actor.name, entity, facts=facts)
    with store.housekeeping() as connection:
        write_act(store, connection, act, store.clock())
    return refused


def too_many(entity: str, most: int | None, left: int) -> Refused:
    """Why a file is not given away."""
    params = {"limit": most, "left": left}
    return Refused((Refusal("access.denied", None, params, entity=entity, variant="export_limit"),), "denied")


def _exported(connection: Connection, actor: Actor, moment: dt.datetime) -> int:
    query = sa.select(audit.c.changes).where(done_within_a_day(actor, "export", moment))
    return sum(_count(changes or {}) for changes in connection.scalars(query))


def _count(changes: dict[str, Any]) -> int:
    facts = changes.get(FACTS, (None, {}))[1] or {}
    return int(facts.get(COUNT) or 0)

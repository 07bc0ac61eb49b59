"""A masked value in clear, once, for somebody whose roles let him ask for it: the audit tells who asked, and why.

The line of the audit is committed before the value is given away; the value itself stands in no line.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.access import Actor, field_rights, limit, models_of, reading
from app.frozen import dataclass
from app.orm.framework import audit
from app.orm.store import Store
from app.record.acts import Act, write_act
from app.record.daily import done_within_a_day, hold
from app.record.overrule import LONGEST_REASON
from app.record.refusal import Door, Refusal, Refused, Status


@dataclass(frozen=True)
class Asked:
    """Which value is asked for, and why. Of a part of a record `entity` and `record` are its own, `whole` is that record's id."""

    entity: str
    record: int
    field: str
    reason: object
    whole: int | None = None

    def refused(self, status: Status, code: str, variant: str = "", **params: object) -> Refused:
        """Nothing is shown, for this reason."""
        field = "reason" if code.startswith("field.") else None
        return Refused((Refusal(code, field, params, record=self.record, entity=self.entity, variant=variant),), status)


@dataclass(frozen=True)
class Revealed:
    """A value that was masked, as it is stored, and the record or part that it belongs to."""

    entity: str
    record: int
    field: str
    value: Any


def reveal(store: Store, actor: Actor, asked: Asked, *, door: Door) -> Revealed | Refused:
    """The value of a field that the actor sees masked and may reveal. What he does not see at all is not there.

    A part is asked for with its whole, and is not there without it. Refused without a reason, for a field that he may not
    reveal, and when he revealed as many within a day as his roles limit (`limits: {reveals: …}`).
    """
    rights = field_rights(store.catalog, actor, asked.entity)
    with reading(store, actor) as session:
        a_class = models_of(session).classes[asked.entity]
        known = asked.field in rights.masks
        value = getattr(a_class, asked.field) if known else a_class.version
        query = sa.select(a_class.id, value).where(a_class.id == asked.record)
        link = store.catalog.part_link(asked.entity)
        if link is not None:
            query = query.where(getattr(a_class, link.field) == asked.whole)
        row = session.execute(query).one_or_none()
    if row is None or not known:
        return asked.refused("not_found", "record.not_found")
    if asked.field not in rights.revealable:
        return asked.refused("denied", "access.denied", "reveal")
    why = asked.reason.strip() if isinstance(asked.reason, str) else ""
    if not why or "\0" in why:
        return asked.refused("invalid", "field.required", "reason")
    if len(why) > LONGEST_REASON:
        return asked.refused("invalid", "field.length", "reason", length=len(why), limit=LONGEST_REASON)
    most, moment = limit(store.catalog, actor, "reveals"), store.clock()
    with store.housekeeping() as connection:
        if most is not None:
            hold(connection, actor)
        if most is not None and _revealed(connection, actor, moment) >= most:
            return asked.refused("denied", "access.denied", "reveal_limit", limit=most)
        facts = {"field": asked.field, "reason": why}
        act = Act("reveal", door, actor.user_id, actor.name, asked.entity, asked.record, facts=facts)
        write_act(store, connection, act, moment)
    return Revealed(asked.entity, asked.record, asked.field, row[1])


def _revealed(connection: Connection, actor: Actor, moment: dt.datetime) -> int:
    mine = done_within_a_day(actor, "reveal", moment)
    return int(connection.execute(sa.select(sa.func.count()).select_from(audit).where(mine)).scalar_one())

"""What a person may do so often within a day: counted from the lines of the audit, while no other request of his can be."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.engine import Connection

from app.access import Actor
from app.orm.framework import ab_user, audit
from app.record.acts import ActName

_DAY = dt.timedelta(days=1)


def hold(connection: Connection, actor: Actor) -> None:
    """The actor's other requests that count wait here until the transaction ends, so that none is counted too late."""
    connection.execute(sa.select(ab_user.c.id).where(ab_user.c.id == actor.user_id).with_for_update())


def done_within_a_day(actor: Actor, action: ActName, moment: dt.datetime) -> ColumnElement[bool]:
    """The lines of what the actor did so within the 24 hours before `moment`."""
    c = audit.c
    return sa.and_(c.actor_id == actor.user_id, c.action == action, c.at > moment - _DAY)

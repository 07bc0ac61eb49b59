"""Mails about a record, for whoever may read the record: that one was sent, by what and when, not what it said to others."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.definition import Catalog
from app.definition.memory import remembered
from app.frozen import dataclass
from app.orm.framework import delivery, mailing
from app.record.history import Place, earlier_than


@dataclass(frozen=True)
class SeenMail:
    """A mail. `user` is whom it went to, where that is a person here. `state`: waiting, done or dead. `sender`: of one to many.
    `opened_at` and `clicked_at` are known of those alone who agreed to it.
    """

    id: int
    automation: str | None
    user: int | None
    state: str
    at: dt.datetime
    sender: int | None = None
    opened_at: dt.datetime | None = None
    clicked_at: dt.datetime | None = None


def mails_of_record(
    session: Session, catalog: Catalog, entity: str, record: int, limit: int, before: Place | None = None
) -> list[SeenMail]:
    """The last mails about a record that the session's actor may read, newest first; no statement where none can be sent.
    `before` leaves out what is as new as a place.
    """
    if not are_mailed(catalog, entity):
        return []
    d = delivery.c
    here = sa.and_(d.entity == entity, d.record == record, d.kind == "mail", d.state != "dropped")
    moment = sa.func.coalesce(d.ended_at, d.created_at)
    at = moment.label("at")
    if before is not None:
        here = sa.and_(here, earlier_than(moment, d.id, before))
    sender = sa.select(mailing.c.user_id).where(mailing.c.id == d.mailing).scalar_subquery()
    columns = (d.id, d.automation, d.user_id, d.state, at, sender, d.opened_at, d.clicked_at)
    query = sa.select(*columns).where(here).order_by(moment.desc(), d.id.desc()).limit(limit)
    return [SeenMail(*row) for row in session.execute(query)]


def are_mailed(catalog: Catalog, entity: str) -> bool:
    """Whether mails are sent about records of an entity."""
    return entity in remembered(catalog, "mailed", lambda: _mailed(catalog))


def _mailed(catalog: Catalog) -> frozenset[str]:
    """The entities about whose records mails are sent."""
    by_themselves = {
        each.entity
        for each in catalog.automations.values()
        for one in each.actions.values()
        if one.send_mail is not None
    }
    by_hand = {each.entity for each in catalog.templates.values() if each.for_ == "mail" and each.entity is not None}
    return frozenset(by_themselves | by_hand)

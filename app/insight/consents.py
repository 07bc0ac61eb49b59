"""What a record says of consents: given or withdrawn, when, how, noted by whom, and the wording."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.access import Actor, field_rights, models_of
from app.definition import Text
from app.frozen import dataclass
from app.insight.labels import labels
from app.insight.query import Reference
from app.orm.framework import consent

MOST = 50  # of one record, the newest


@dataclass(frozen=True)
class Consented:
    """A consent that was given, or withdrawn. `by` is None where no person noted it; `door` as the audit calls it."""

    given: bool
    wording: Text
    at: dt.datetime
    by: Reference | None
    door: str


def consents_of(
    session: Session, actor: Actor, entity: str, record: int, fields: Collection[str]
) -> Mapping[str, tuple[Consented, ...]]:
    """By field the consents of a record that was found to be in sight, the newest first, as far as the actor reads the field
    in clear. At most two statements, and none where none of these fields is a consent.
    """
    catalog = models_of(session).catalog
    clear = field_rights(catalog, actor, entity).clear
    wanted = [each.key for each in catalog.entities[entity].consents if each.key in clear and each.key in fields]
    if not wanted:
        return {}
    c = consent.c
    query = sa.select(c.field, c.given, c.wording, c.at, c.actor_id, c.door)
    here = (c.entity == entity, c.record == record, c.field.in_(wanted))
    rows = session.execute(query.where(*here).order_by(c.id.desc()).limit(MOST)).all()
    people = {row.actor_id for row in rows if row.actor_id is not None}
    names = labels(session, {"user": people}) if people else {}
    found: dict[str, list[Consented]] = {}
    for row in rows:
        one = row.actor_id
        by = None if one is None else Reference("user", one, names.get(("user", one)))
        found.setdefault(row.field, []).append(Consented(row.given, Text(row.wording), row.at, by, row.door))
    return {key: tuple(each) for key, each in found.items()}

"""Tags that people gave before, offered while one is typed: of records that the actor may read, and of no others."""

from __future__ import annotations

import unicodedata

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.access import Actor, field_rights, models_of
from app.insight.query import BadQuery
from app.orm.many import many_key

_LOOKED_AT = 2_000  # of the tags that fit, the newest: how often they occur there decides their order
_LONGEST = 100
_LAST = "\U0010ffff"


def tag_suggestions(
    session: Session, actor: Actor, entity: str, field: str, query: str = "", limit: int = 12
) -> list[str]:
    """Tags that begin with the query, whatever the case of its letters: those most used of late first. One statement.

    Raises BadQuery for a field that the actor may not read in clear, as for one that holds no tags.
    """
    models = models_of(session)
    if field not in field_rights(models.catalog, actor, entity).clear:
        raise BadQuery("field", field)
    if models.catalog.get_field(entity, field).holds != "tags":
        raise BadQuery("field", field)
    start = unicodedata.normalize("NFC", query).strip().casefold()
    if len(start) > _LONGEST or "\x00" in start:
        raise BadQuery("search")
    tag = models.classes[many_key(entity, field)]
    newest = sa.select(tag.value, tag.fold).order_by(tag.changed_seq.desc()).limit(_LOOKED_AT)
    if start:
        newest = newest.where(tag.fold >= start, tag.fold < start + _LAST)
    found = newest.subquery()
    often = sa.select(sa.func.max(found.c.value)).group_by(found.c.fold)
    ordered = often.order_by(sa.func.count().desc(), found.c.fold).limit(limit)
    return list(session.execute(ordered).scalars())

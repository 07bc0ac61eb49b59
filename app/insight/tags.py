"""Tags that people gave before, offered while one is typed: of records that the actor may read, and of no others."""

from __future__ import annotations

import unicodedata

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.access import Actor, field_rights, models_of
from app.insight.query import BadQuery
from app.orm.many import many_key

_NEWEST = 500  # records whose tags are looked at, the newest: a large table is never read as a whole
_FIRST = 500  # and so many of the tags that begin like what is typed
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
    tag, record = models.classes[many_key(entity, field)], models.classes[entity]
    newest = sa.select(record.id).order_by(record.id.desc()).limit(_NEWEST).subquery()
    recent = sa.select(tag.value, tag.fold).where(tag.record.in_(sa.select(newest.c.id)))
    found = recent.subquery()
    if start:
        like = (tag.fold >= start, tag.fold < start + _LAST)
        others = sa.select(tag.value, tag.fold).where(*like).order_by(tag.fold).limit(_FIRST).subquery()
        both = sa.union_all(recent.where(*like), sa.select(others.c.value, others.c.fold))
        found = both.subquery()
    often = sa.select(sa.func.max(found.c.value)).group_by(found.c.fold)
    ordered = often.order_by(sa.func.count().desc(), found.c.fold).limit(limit)
    return list(session.execute(ordered).scalars())

"""What stands in the timeline of a record besides what was done to it: records that point to it, by their own moments."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from app.access import Actor, field_rights
from app.definition import Catalog, Inverse
from app.definition.timeline import Timeline
from app.frozen import dataclass
from app.insight.lists import related
from app.insight.paging import Order, write_cursor
from app.insight.query import ListQuery, Row
from app.record.history import Place


@dataclass(frozen=True)
class Stream:
    """The records of an entity that point to those of another, which stand in the timelines of these."""

    inverse: Inverse
    timeline: Timeline

    @property
    def entity(self) -> str:
        """The entity of what stands in the timeline."""
        return self.inverse.entity


@dataclass(frozen=True)
class Told:
    """A record in a timeline. `edited` is never known: what it says is what it says now."""

    row: Row
    at: dt.datetime

    @property
    def place(self) -> Place:
        """Where it stands."""
        return self.at, self.row.id


def streams_of(catalog: Catalog, entity: str) -> tuple[Stream, ...]:
    """What stands in the timelines of an entity's records, in the order of the text."""
    return tuple(
        Stream(inverse, timeline)
        for inverse in catalog.inverses(entity).values()
        if (timeline := catalog.entities[inverse.entity].timeline) is not None
    )


def may_follow(catalog: Catalog, actor: Actor, stream: Stream) -> bool:
    """Whether an actor reads what a stream is ordered and found by in clear; which records it tells him of is their scope."""
    return {stream.inverse.field, stream.timeline.at} <= field_rights(catalog, actor, stream.entity).clear


def told_of(
    session: Session,
    actor: Actor,
    stream: Stream,
    record: tuple[str, int],
    query: ListQuery,
    before: Place | None = None,
) -> list[Told]:
    """The records of a stream about a record, an entity and an id, newest first, as far as the actor reads them.

    `query` says which columns, filters and how many; `before` leaves out what is as new as a place. Raises BadQuery where the
    actor `may_follow` it not.
    """
    at = stream.timeline.at
    sort = ((at, True),)
    cursor = None
    if before is not None:
        cursor = write_cursor(Order((), None, True, f"-{at}"), [before[0]], before[1], backward=False)
    asked = ListQuery(
        stream.entity, (*query.columns, at), query.filters, sort=sort, cursor=cursor, limit=query.limit, counted=False
    )
    page = related(session, actor, record[0], record[1], stream.inverse.name, asked)
    found = ((row, row.values.get(at)) for row in page.rows)
    return [Told(row, moment) for row, moment in found if isinstance(moment, dt.datetime)]

"""The records next to one in a list. They hang on where it stands in the order, so they are there when it fits no more."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.access import Actor
from app.frozen import dataclass
from app.insight.lists import list_records, listing_of
from app.insight.paging import write_cursor
from app.insight.query import ListQuery, Row


@dataclass(frozen=True)
class Neighbours:
    """The rows before and after a record in a list; None where the list begins or ends there."""

    before: Row | None
    after: Row | None


def neighbours_of(session: Session, actor: Actor, query: ListQuery, record_id: int) -> Neighbours | None:
    """The rows of the query's list that are next to the record's place in it; None where the record is out of sight.

    Five statements at most: one for its place, and for either side one, or two where blanks follow. Raises BadQuery as lists do.
    """
    one = replace(query, cursor=None, limit=1, counted=False)
    order = listing_of(session, actor, one).order
    place = sa.select(order.id, *(term.expression for term in order.terms)).where(
        order.id == sa.bindparam("record", type_=sa.BigInteger)
    )
    found = session.execute(place, {"record": record_id}).first()
    if found is None:
        return None

    def beside(*, backward: bool) -> Row | None:
        mark = write_cursor(order, found[1:], record_id, backward=backward)
        rows = list_records(session, actor, replace(one, cursor=mark)).rows
        return rows[0] if rows else None

    return Neighbours(beside(backward=True), beside(backward=False))

"""What a person was told: how much of it is new, the page of it, and that it was read. Everyone reads his own alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from app.frozen import dataclass
from app.orm.framework import notice

MOST_COUNTED = 99


class Waiting(NamedTuple):
    """How many notices wait to be read, at most one more than `MOST_COUNTED`, and the newest of them; 0 for none."""

    number: int
    newest: int


@dataclass(frozen=True)
class Told:
    """One notice as it stands in the database."""

    id: int
    kind: str
    entity: str | None
    record: int | None
    params: Mapping[str, Any]
    at: dt.datetime
    show_at: dt.datetime
    read_at: dt.datetime | None


def waiting(session: Session, user: int, now: dt.datetime) -> Waiting:
    """What waits to be read, without what rests in quiet hours. One statement that an index answers."""
    some = (
        sa.select(notice.c.id)
        .where(notice.c.user_id == user, notice.c.read_at.is_(None), notice.c.show_at <= now)
        .limit(MOST_COUNTED + 1)
        .subquery()
    )
    row = session.execute(sa.select(sa.func.count(), sa.func.max(some.c.id))).one()
    return Waiting(row[0], row[1] or 0)


def told_to(session: Session, user: int, *, limit: int, offset: int = 0) -> list[Told]:
    """What a person was told, unread first, newest first. What rests in quiet hours is among it."""
    query = (
        sa.select(notice)
        .where(notice.c.user_id == user)
        .order_by(notice.c.read_at.is_not(None), notice.c.at.desc(), notice.c.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return [_told(row) for row in session.execute(query)]


def new_to(session: Session, user: int, after: int, now: dt.datetime, *, limit: int) -> list[Told]:
    """Unread notices that are newer than that one, newest first, without what rests."""
    mine = sa.and_(notice.c.user_id == user, notice.c.read_at.is_(None), notice.c.show_at <= now)
    query = sa.select(notice).where(mine, notice.c.id > after).order_by(notice.c.id.desc()).limit(limit)
    return [_told(row) for row in session.execute(query)]


def unread_among(session: Session, user: int, ids: Sequence[int]) -> list[Told]:
    """Those of some notices that a person has not read, oldest first."""
    query = sa.select(notice).where(notice.c.user_id == user, notice.c.id.in_(ids), notice.c.read_at.is_(None))
    return [_told(row) for row in session.execute(query.order_by(notice.c.id))]


def mark_read(connection: Connection, user: int, now: dt.datetime, one: int | None = None) -> bool:
    """Notes that a person has read one notice, or all of them. False where he was never told that one."""
    mine = notice.c.user_id == user
    if one is not None:
        mine = sa.and_(mine, notice.c.id == one)
        if connection.execute(sa.select(notice.c.id).where(mine)).scalar() is None:
            return False
    connection.execute(sa.update(notice).where(mine, notice.c.read_at.is_(None)).values(read_at=now))
    return True


def _told(row: Any) -> Told:
    return Told(row.id, row.kind, row.entity, row.record, row.params or {}, row.at, row.show_at, row.read_at)

"""What the inbox lists besides what waits: what a person asked for, what he decided, and how many wait."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.access import Actor
from app.automation.approval_rows import Asked, asked_of, read_asked, speaking_for, waiting_for
from app.orm.framework import approval, approval_ask


def asked_by(session: Session, actor: Actor, limit: int, skip: int = 0) -> list[Asked]:
    """What a person asked for, those that wait first, then newest first; without the first ones that are to be skipped."""
    if actor.user_id is None:
        return []
    waits = sa.case((approval.c.state == "waiting", 0), else_=1)
    newest = (
        sa.select(approval.c.id)
        .where(approval.c.asked_by == actor.user_id)
        .order_by(waits, approval.c.id.desc())
        .limit(limit)
        .offset(skip)
    )
    found = read_asked(session.execute, approval.c.id.in_(newest))
    return sorted(found, key=lambda each: each.state != "waiting")


def decided_by(session: Session, actor: Actor, limit: int, skip: int = 0) -> list[Asked]:
    """What a person agreed to or rejected, himself or as a deputy, what he decided last first."""
    if actor.user_id is None:
        return []
    newest = (
        sa.select(approval_ask.c.approval_id)
        .where(approval_ask.c.decided_by == actor.user_id, approval_ask.c.state.in_(("agreed", "rejected")))
        .group_by(approval_ask.c.approval_id)
        .order_by(sa.func.max(approval_ask.c.decided_at).desc(), approval_ask.c.approval_id.desc())
        .limit(limit)
        .offset(skip)
    )
    order = {key: place for place, key in enumerate(session.execute(newest).scalars())}
    found = read_asked(session.execute, approval.c.id.in_(order))
    return sorted(found, key=lambda each: order[each.id])


def waiting_page(
    session: Session, actor: Actor, now: dt.datetime, before: int, limit: int
) -> tuple[list[Asked], int | None]:
    """Of what waits for a person's decision what is older than the approval `before`, newest first, and the one before which
    the next page begins; None after the last. A page has at most `limit`, and fewer where he may not answer some.
    """
    query = sa.select(approval.c.id).where(*asked_of(speaking_for(session, actor, now)), approval.c.id < before)
    ids = session.execute(query.order_by(approval.c.id.desc()).limit(limit + 1)).scalars().all()
    here = ids[:limit]
    found = waiting_for(session, actor, now, approval.c.id.in_(here)) if here else []
    return found, here[-1] if len(ids) > limit else None


def waiting_count(session: Session, actor: Actor, now: dt.datetime) -> int:
    """How many approvals wait for a person's decision. Only those of which it is not plain are read."""
    if actor.user_id is None:
        return 0
    people = speaking_for(session, actor, now)
    mine = approval_ask.alias()
    agreed = sa.select(mine.c.id).where(
        mine.c.approval_id == approval.c.id, mine.c.decided_by == actor.user_id, mine.c.step == approval.c.step
    )
    # NULL is nobody: what no person asked for is plain too.
    unclear = sa.or_(sa.func.coalesce(approval.c.asked_by, 0) == actor.user_id, agreed.correlate(approval).exists())
    plain = sa.select(sa.func.count()).select_from(approval).where(*asked_of(people), sa.not_(unclear))
    return session.execute(plain).scalar_one() + len(waiting_for(session, actor, now, unclear))

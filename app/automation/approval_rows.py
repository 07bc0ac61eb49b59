"""Approvals as they are kept: who asked for what, who is asked, what they said."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.access import Actor, models_of
from app.automation.approval_terms import Terms, read_terms
from app.definition import Catalog
from app.frozen import dataclass
from app.orm.framework import ab_user, approval, approval_ask, deputy

WAITING, AGREED = "waiting", "agreed"


@dataclass(frozen=True)
class Ask:
    """One person who is asked in a step. `state` is waiting, agreed, rejected, passed_on (to others) or dropped (it is not
    needed any more). `decided_by` is a deputy, where it is not `user`.
    """

    id: int
    step: str
    user: int
    asked_at: dt.datetime
    due: dt.datetime | None
    state: str
    decided_by: int | None
    decided_at: dt.datetime | None
    comment: str | None
    escalated_at: dt.datetime | None = None
    instead_of: int | None = None


@dataclass(frozen=True)
class Asked:
    """An approval. `state` is waiting, agreed (the move is not made yet), done, rejected, recalled or void.

    `step` is the one that waits, named `approval.step`; `asks` are in the order in which they were made.
    """

    id: int
    approval: str
    entity: str
    record: int
    field: str | None
    stage_from: str | None
    stage_to: str | None
    state: str
    step: str | None
    asked_by: int | None
    asked_at: dt.datetime
    comment: str | None
    revision: int
    ended_at: dt.datetime | None
    asks: tuple[Ask, ...]
    terms: Terms

    def open_asks(self, people: Iterable[int]) -> tuple[Ask, ...]:
        """What these people are asked and have not answered."""
        wanted = set(people)
        return tuple(each for each in self.asks if each.state == WAITING and each.user in wanted)

    def answered_by(self, user: int, people: Iterable[int]) -> tuple[Ask, ...]:
        """Which questions a person's answer is to, of those that these people are asked, for whom he speaks: all of them. But
        where a number of people must agree he is one of them: it is one question, his own first, and none once he agreed.
        """
        found = self.open_asks(people)
        if not found or not isinstance(self.terms.step(found[0].step).need, int):
            return found
        if any(each.state == AGREED and each.step == found[0].step and each.decided_by == user for each in self.asks):
            return ()
        return tuple(sorted(found, key=lambda each: each.user != user))[:1]


Run = Callable[..., Any]
"""`execute` of a session or a connection."""


def read_asked(run: Run, *conditions: sa.ColumnElement[bool]) -> list[Asked]:
    """The approvals for which these conditions hold, newest first: two statements."""
    rows = run(sa.select(approval).where(*conditions).order_by(approval.c.id.desc())).mappings().all()
    asks: dict[int, tuple[Ask, ...]] = {}
    ids = [row["id"] for row in rows]
    for at in range(0, len(ids), 500):
        some = approval_ask.c.approval_id.in_(ids[at : at + 500])
        found = run(sa.select(approval_ask).where(some).order_by(approval_ask.c.approval_id, approval_ask.c.id))
        for key, group in groupby(found.mappings(), lambda row: row["approval_id"]):
            asks[key] = tuple(_ask(row) for row in group)
    return [_asked(row, asks.get(row["id"], ())) for row in rows]


def _ask(row: Any) -> Ask:
    plain = (
        "id",
        "step",
        "asked_at",
        "due",
        "state",
        "decided_by",
        "decided_at",
        "comment",
        "escalated_at",
        "instead_of",
    )
    return Ask(user=row["user_id"], **{key: row[key] for key in plain})


def _asked(row: Any, asks: tuple[Ask, ...]) -> Asked:
    plain = (
        "id", "approval", "entity", "record", "field", "stage_from", "stage_to", "state", "step", "asked_by", "asked_at",
        "comment", "revision", "ended_at",
    )  # fmt: skip
    return Asked(**{key: row[key] for key in plain}, asks=asks, terms=read_terms(row["terms"]))


def company_day(catalog: Catalog, now: dt.datetime) -> dt.date:
    """The day that it is for the company."""
    return now.astimezone(ZoneInfo(catalog.pack.time_zone)).date()


def stands_in_for(user: int, today: dt.date) -> sa.Select[Any]:
    """Those for whom a person stands in on a day; nobody stands in for who is not active any more."""
    return (
        sa.select(deputy.c.user_id)
        .join(ab_user, ab_user.c.id == deputy.c.user_id)
        .where(ab_user.c.active, deputy.c.deputy_id == user, deputy.c.first_day <= today, deputy.c.last_day >= today)
    )


def speaking_for(session: Session, actor: Actor, now: dt.datetime) -> frozenset[int]:
    """A person and those for whom he stands in; nobody for who is none."""
    if actor.user_id is None:
        return frozenset()
    today = company_day(models_of(session).catalog, now)
    return frozenset({actor.user_id, *session.execute(stands_in_for(actor.user_id, today)).scalars()})


def waiting_for(session: Session, actor: Actor, now: dt.datetime, *further: sa.ColumnElement[bool]) -> list[Asked]:
    """What waits for a person's decision, his own and that of those for whom he stands in, newest first, as far as further
    conditions hold. What he asked for himself is not among it, unless he may decide on it.
    """
    if actor.user_id is None:
        return []
    people = speaking_for(session, actor, now)
    found = read_asked(session.execute, *asked_of(people), *further)
    return [
        each
        for each in found
        if each.answered_by(actor.user_id, people) and (each.terms.self_approval or each.asked_by != actor.user_id)
    ]


def asked_of(people: Iterable[int]) -> tuple[sa.ColumnElement[bool], ...]:
    """The conditions of an approval that waits for one of these people."""
    here = sa.and_(approval_ask.c.user_id.in_(sorted(people)), approval_ask.c.state == WAITING)
    return approval.c.state == WAITING, approval.c.id.in_(sa.select(approval_ask.c.approval_id).where(here))


def of_record(session: Session, actor: Actor, entity: str, record: int) -> list[Asked]:
    """The approvals of a record, newest first; none where the session's reader does not see it."""
    del actor  # the session carries his scope
    if not _reads(session, entity, record):
        return []
    return read_asked(session.execute, approval.c.entity == entity, approval.c.record == record)


def get_asked(session: Session, actor: Actor, approval_id: int, now: dt.datetime) -> Asked | None:
    """One approval. It is seen by who reads its record, who is asked or was, who stands in for one of these, and who asked."""
    for found in read_asked(session.execute, approval.c.id == approval_id):
        if found.entity not in models_of(session).catalog.entities:
            return None
        if found.asked_by == actor.user_id is not None or _is_asked(session, actor, found, now):
            return found
        return found if _reads(session, found.entity, found.record) else None
    return None


def _is_asked(session: Session, actor: Actor, found: Asked, now: dt.datetime) -> bool:
    people = {each.user for each in found.asks} | {each.decided_by for each in found.asks}
    if actor.user_id is None:
        return False
    if actor.user_id in people:
        return True
    today = company_day(models_of(session).catalog, now)
    return not people.isdisjoint(session.execute(stands_in_for(actor.user_id, today)).scalars())


def _reads(session: Session, entity: str, record: int) -> bool:
    a_class = models_of(session).classes.get(entity)
    return (
        a_class is not None and session.execute(sa.select(a_class.id).where(a_class.id == record)).first() is not None
    )


def locked_fields(session: Session, entity: str, record: int) -> frozenset[str]:
    """The fields that nobody may change in a record as long as an approval waits."""
    catalog = models_of(session).catalog
    query = sa.select(approval.c.terms).where(
        approval.c.entity == entity, approval.c.record == record, approval.c.state == WAITING
    )
    fields = catalog.entities[entity].fields
    kept = {key for terms in session.execute(query).scalars() for key in terms["read_only"]}
    return frozenset(fields) if "all" in kept else frozenset(kept)

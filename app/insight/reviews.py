"""Reviews as people see them: whoever may read the task of a review sees it, even while the task lies in the bin."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.access import Actor, Allowed, decide, field_rights, models_of
from app.definition.duty import TASK
from app.frozen import dataclass
from app.orm.framework import review
from app.orm.store import INCLUDE_DELETED
from app.record.history import Place, earlier_than

LONGEST_LOOK_BACK = dt.timedelta(days=400)
PERIODS = 3  # of each review that are counted
MOST_LISTED = 100
OWNER = "owner"
STATES = ("open", "done", "skipped")


@dataclass(frozen=True)
class SeenReview:
    """A review of one record. `owner` does it now: the owner of its task, None where nobody is told. `answers` hold, by
    point of the checklist, yes or no (None: open) and a note.
    """

    id: int
    review: str
    entity: str
    record: int
    period: dt.date
    task: int
    state: str
    due: dt.date | None
    answers: Mapping[str, Sequence[Any]]
    reason: str | None
    raised_at: dt.datetime
    ended_at: dt.datetime | None
    ended_by: int | None
    escalated_at: dt.datetime | None
    owner: int | None

    @property
    def is_open(self) -> bool:
        """Whether it waits to be done."""
        return self.state == "open"

    def points(self, checklist: Iterable[str]) -> list[str]:
        """What there is to show: while it is open the points of the configuration, then those that were answered, also what
        the configuration does not have any more. In the order of the checklist.
        """
        known = list(checklist)
        if self.is_open or not self.answers:
            return known
        gone = (each for each in self.answers if each not in known)
        return [*(each for each in known if each in self.answers), *gone]

    def is_overdue(self, today: dt.date) -> bool:
        """Whether it should have been done before today."""
        return self.is_open and self.due is not None and self.due < today


@dataclass(frozen=True)
class Covered:
    """How far the reviews of one kind, period and person are. `overdue` and `escalated` are among the open ones."""

    review: str
    period: dt.date
    owner: int | None
    raised: int
    done: int
    skipped: int
    overdue: int
    escalated: int

    @property
    def open(self) -> int:
        """How many wait to be done."""
        return self.raised - self.done - self.skipped


def review_of(session: Session, actor: Actor, review_id: int) -> SeenReview | None:
    """The review of that id, if the actor sees it."""
    found = _seen(session, actor, [review.c.id == review_id])
    return found[0] if found else None


def open_of(session: Session, actor: Actor) -> list[SeenReview]:
    """What the actor himself has to do, what is due first at the top."""
    if actor.user_id is None or not _tells_owner(session, actor):
        return []
    mine = models_of(session).attribute(TASK, OWNER) == actor.user_id
    return _seen(session, actor, [mine, review.c.state == "open"], (review.c.due.is_(None), review.c.due, review.c.id))


@dataclass(frozen=True)
class Wanted:
    """Which reviews are asked for: the actor's own or all that he sees, of one state or any, of one kind or any."""

    mine: bool
    state: str | None
    review: str | None


@dataclass(frozen=True)
class ReviewPage:
    """Some reviews in the order in which they were raised, how many there are in all, and the id after which others follow."""

    found: list[SeenReview]
    count: int
    next: int | None


def reviews_page(session: Session, actor: Actor, wanted: Wanted, after: int, limit: int) -> ReviewPage:
    """Of the wanted reviews that the actor sees those after the review `after`, at most `limit`."""
    if not _reads(session, actor) or (wanted.mine and (actor.user_id is None or not _tells_owner(session, actor))):
        return ReviewPage([], 0, None)
    conditions: list[Any] = []
    if wanted.mine:
        conditions.append(models_of(session).attribute(TASK, OWNER) == actor.user_id)
    if wanted.state is not None:
        conditions.append(review.c.state == wanted.state)
    if wanted.review is not None:
        conditions.append(review.c.review == wanted.review)
    task = models_of(session).classes[TASK]
    number = sa.select(sa.func.count(task.id)).select_from(review).join(task, task.id == review.c.task)
    count = session.execute(number.where(*conditions), execution_options={INCLUDE_DELETED: True}).scalar_one()
    found = _seen(session, actor, [*conditions, review.c.id > after], limit=limit + 1)
    here = found[:limit]
    return ReviewPage(here, count, here[-1].id if len(found) > limit else None)


def ended_reviews_of_record(
    session: Session, actor: Actor, record: tuple[str, int], limit: int, before: Place | None = None
) -> list[SeenReview]:
    """The reviews of a record, an entity and an id, that ended, the newest first; `before` leaves out what is as new as a
    place.
    """
    ended = review.c.ended_at
    here = [review.c.entity == record[0], review.c.record == record[1], ended.is_not(None)]
    if before is not None:
        here.append(earlier_than(ended, review.c.id, before))
    return _seen(session, actor, here, (ended.desc(), review.c.id.desc()), limit)


def reviews_of_task(session: Session, actor: Actor, task: int) -> list[SeenReview]:
    """The review that is done in a task: one, or none."""
    return _seen(session, actor, [review.c.task == task])


def overdue_of(session: Session, actor: Actor, key: str, period: dt.date, today: dt.date) -> list[SeenReview]:
    """What is overdue of one kind and period, the longest first."""
    late = (review.c.review == key, review.c.period == period, review.c.state == "open", review.c.due < today)
    return _seen(session, actor, late, (review.c.due, review.c.id))


def coverage(session: Session, actor: Actor, today: dt.date) -> list[Covered]:
    """The newest periods of all reviews that the actor sees, by person, newest first. Who they are is told as far as he
    may know the owners of tasks.
    """
    if not _reads(session, actor):
        return []
    models = models_of(session)
    task = models.classes[TASK]
    owner = task.owner if _tells_owner(session, actor) else sa.null()
    late = sa.and_(review.c.state == "open", review.c.due < today)
    counts = [
        sa.func.count(task.id).label("raised"),
        _count(review.c.state == "done").label("done"),
        _count(review.c.state == "skipped").label("skipped"),
        _count(late).label("overdue"),
        _count(sa.and_(review.c.state == "open", review.c.escalated_at.is_not(None))).label("escalated"),
    ]
    groups = (review.c.review, review.c.period, *((owner,) if _tells_owner(session, actor) else ()))
    query = (
        sa.select(review.c.review, review.c.period, owner.label(OWNER), *counts)
        .join(task, task.id == review.c.task)
        .where(review.c.period >= today - LONGEST_LOOK_BACK)
        .group_by(*groups)
        .order_by(review.c.period.desc(), review.c.review)
    )
    rows = session.execute(query, execution_options={INCLUDE_DELETED: True}).mappings()
    found = [Covered(**row) for row in rows]
    newest: dict[str, list[dt.date]] = {}
    for each in found:
        periods = newest.setdefault(each.review, [])
        if each.period not in periods:
            periods.append(each.period)
    return [each for each in found if each.period in newest[each.review][:PERIODS]]


def _count(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.count(sa.case((condition, 1)))


def _reads(session: Session, actor: Actor) -> bool:
    catalog = models_of(session).catalog
    return TASK in catalog.entities and isinstance(decide(catalog, actor, "read", TASK), Allowed)


def _tells_owner(session: Session, actor: Actor) -> bool:
    return _reads(session, actor) and OWNER in field_rights(models_of(session).catalog, actor, TASK).clear


def _seen(
    session: Session,
    actor: Actor,
    conditions: Sequence[Any],
    order: Sequence[Any] = (review.c.id,),
    limit: int = MOST_LISTED,
) -> list[SeenReview]:
    if not _reads(session, actor):
        return []
    task = models_of(session).classes[TASK]
    owner = task.owner if _tells_owner(session, actor) else sa.null()
    columns = [each for each in review.c if each.key not in ("task", "user_id", "changed_seq")]
    query = (
        sa.select(*columns, task.id.label(TASK), owner.label(OWNER))
        .join(task, task.id == review.c.task)
        .where(*conditions)
        .order_by(*order)
        .limit(limit)
    )
    rows = session.execute(query, execution_options={INCLUDE_DELETED: True}).mappings()
    return [SeenReview(**{**row, "answers": row["answers"] or {}}) for row in rows]

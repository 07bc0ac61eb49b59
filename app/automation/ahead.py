"""When a job of the clock next finds something to do, as records stand now: for whoever plays time forward, and asks at no
minute in vain. What a job does then is the job's own affair.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import sqlalchemy as sa

from app.automation.due import MIDNIGHT
from app.automation.lengths import later
from app.automation.moments import Round
from app.automation.recurring import REPEAT
from app.automation.reviews import overdue_from
from app.automation.sla_clocks import conditions_of
from app.automation.timed import date_of
from app.definition import Automation, Catalog
from app.definition.duty import DONE, DUE, STATUS, TASK
from app.expression.working_time import WorkingTime, company_time
from app.orm.expression import facts
from app.orm.framework import approval, approval_ask, review, sla_clock
from app.orm.store import Store

Ahead = Callable[[Store, dt.datetime], Iterable[dt.datetime]]
"""Of a job and a moment: the moments from which on it may find something to do, in no order; past ones where something was
due and is not done. None where it finds nothing as long as no record changes.
"""
A_WHILE = dt.timedelta(hours=1)  # at each of which conditions that read the clock are asked again
_A_DAY = dt.timedelta(days=1)


def of_dates(automation: Automation, a_round: Round) -> Ahead:
    """Of an automation that a date of its records starts."""

    def ahead(store: Store, after: dt.datetime) -> Iterable[dt.datetime]:
        return [each for each in _moments(store, automation, a_round) if each > after]

    return ahead


def _moments(store: Store, automation: Automation, a_round: Round) -> Iterator[dt.datetime]:
    """All that follow from what records hold, past ones too."""
    time, find = company_time(store.catalog), _exact if a_round.exact else _daily
    with store.system_reading() as connection:
        values = list(connection.execute(_held(store, automation)).scalars())
    return (each for value in values for each in find(value, a_round, time))


def _held(store: Store, automation: Automation) -> sa.Select[Any]:
    """The query of the dates of its records, made once: to make it takes longer than to ask it."""
    kept = store.models.metadata.info.setdefault("ahead", {})
    if automation.key not in kept:
        source = facts(store.models, automation.entity)
        held = date_of(source, store.catalog, automation)
        kept[automation.key] = source.joined(sa.select(held).distinct()).where(held.is_not(None), *source.alive())
    found: sa.Select[Any] = kept[automation.key]
    return found


def _exact(held: dt.datetime | dt.date, a_round: Round, time: WorkingTime) -> Iterator[dt.datetime]:
    if not isinstance(held, dt.datetime):
        held = dt.datetime.combine(held, a_round.day_starts, time.zone)
    found = (held if length is None else later(time, held, length, sign) for sign, length in a_round.exact)
    return (each for each in found if each is not None)


def _daily(held: dt.datetime | dt.date, a_round: Round, time: WorkingTime) -> Iterator[dt.datetime]:
    day = held.astimezone(time.zone).date() if isinstance(held, dt.datetime) else held
    at = dt.time.fromisoformat(str(getattr(a_round.schedule, "at", None) or MIDNIGHT))
    days = (shift.moved(day, time) for shift in a_round.shifts)
    return (dt.datetime.combine(each, at, time.zone).astimezone(dt.UTC) for each in days if each is not None)


def of_service_levels(store: Store, after: dt.datetime) -> Iterable[dt.datetime]:
    """Of the clocks of service levels: warnings and breaches."""
    with store.system_reading() as connection:
        running = (sla_clock.c.stopped_at.is_(None), sla_clock.c.paused_at.is_(None), sla_clock.c.breached_at.is_(None))
        not_warned = sa.case((sla_clock.c.warned_at.is_(None), sla_clock.c.warn_at))
        rows = connection.execute(sa.select(not_warned, sla_clock.c.due).where(*running)).all()
        found = [each for row in rows for each in row if each is not None]
    if _follows_the_time(store.catalog):
        begun = dt.datetime.combine(after.date(), dt.time(after.hour), dt.UTC)
        found.append(begun + A_WHILE)
    return found


def _follows_the_time(catalog: Catalog) -> bool:
    """Whether conditions of a service level change by time alone."""
    known = (each for each in catalog.slas.values() if each.entity in catalog.entities)
    return any(one.reads_clock for each in known for one in conditions_of(catalog, each).every)


def of_approvals(store: Store, after: dt.datetime) -> Iterable[dt.datetime]:
    """Of approvals: when a question is due; those whose people left are looked after each day."""
    waiting = sa.and_(approval.c.state == "waiting", approval.c.id == approval_ask.c.approval_id)
    query = sa.select(approval_ask.c.due).where(waiting, approval_ask.c.state == "waiting")
    with store.system_reading() as connection:
        dues = list(connection.execute(query).scalars())
    tomorrow = _start(store.catalog, after.astimezone(company_time(store.catalog).zone).date() + _A_DAY)
    return [tomorrow, *(each for each in dues if each is not None)] if dues else []


def of_reviews(store: Store, _after: dt.datetime) -> Iterable[dt.datetime]:
    """Of reviews: the days from which they are overdue."""
    query = sa.select(review.c.review, review.c.due).where(
        review.c.state == "open", review.c.due.is_not(None), review.c.escalated_at.is_(None)
    )
    known = store.catalog.reviews
    with store.system_reading() as connection:
        rows = [(known[row.review], row.due) for row in connection.execute(query) if row.review in known]
    days = (overdue_from(store.catalog, each, due) for each, due in rows)
    return [_start(store.catalog, day) for day in days if day is not None]


def of_repeating_tasks(store: Store, after: dt.datetime) -> Iterable[dt.datetime]:
    """Of tasks that repeat: the days after those on which they were due; at once where one is done."""
    table = store.models.tables[TASK]
    here = (table.c.deleted_at.is_(None), table.c[REPEAT].is_not(None), table.c[DUE].is_not(None))
    with store.system_reading() as connection:
        rows = connection.execute(sa.select(table.c[DUE], table.c[STATUS]).where(*here)).all()
    return [after if status == DONE else _start(store.catalog, due + _A_DAY) for due, status in rows]


def _start(catalog: Catalog, day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), company_time(catalog).zone).astimezone(dt.UTC)

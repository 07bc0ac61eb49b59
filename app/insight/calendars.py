"""Calendars: the records of an entity that lie within some days, in the order of their beginning."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from app.access import Actor, field_rights, models_of
from app.frozen import dataclass
from app.insight.lists import listing_of
from app.insight.query import BadQuery, ListQuery, Row
from app.insight.records import build_rows
from app.orm.fixed import fixed_number

MOST_EVENTS = 500
REACHES = tuple(dt.timedelta(days=days) for days in (1, 31, 366))
"""How long before the first day a record may begin that is not over: no index knows what reaches into a day, so that older ones
are not looked through. Of those whose end is a length, what is longer than one of them may begin as long before as the next.
"""
Moment = dt.date | dt.datetime


@dataclass(frozen=True)
class Event:
    """A record with where it begins and ends. A day as an end counts; of moments, that of the end is free again.

    Without an end it is a day, or a moment.
    """

    row: Row
    start: Moment
    end: Moment


@dataclass(frozen=True)
class Events:
    """What was found. `more` says that there is more than was wanted: what begins from the day on that is looked at goes first,
    then what began last before it.
    """

    events: tuple[Event, ...]
    more: bool


def read_calendar(  # noqa: PLR0913 - what is asked, between which days, and how much of it
    session: Session,
    actor: Actor,
    query: ListQuery,
    fields: tuple[str, str | None],
    days: tuple[Moment, Moment],
    most: int | None = None,
    *,
    near: Moment | None = None,
) -> Events:
    """What lies between the first day and the one after the last, or the moments that these begin with; `fields` are where
    records begin and end. At most so many, else MOST_EVENTS: what begins at `near` or later goes first, else at the first day.
    One statement for the rows, one for labels.

    Raises BadQuery as lists do, and for fields that are not read in clear.
    """
    models = models_of(session)
    start, end = fields
    most = MOST_EVENTS if most is None else most
    clear = field_rights(models.catalog, actor, query.entity).clear
    for key in filter(None, fields):
        if key not in clear:
            raise BadQuery("field", key)
    columns = tuple(dict.fromkeys([*query.columns, *filter(None, fields)]))
    listing = listing_of(session, actor, replace(query, columns=columns, sort=(), cursor=None))
    begins = models.attribute(query.entity, start)
    ahead = begins >= (days[0] if near is None else near)
    within = begins >= days[0]
    if end is not None:
        holds = models.catalog.get_field(query.entity, end).holds
        within = _not_over(begins, models.attribute(query.entity, end), holds, days[0])
    statement = (
        listing.source.joined(sa.select(*listing.shown.attributes(models)))
        .where(*listing.where, begins < days[1], within)
        .order_by(sa.case((ahead, 0), else_=1), sa.case((ahead, begins)), begins.desc(), listing.order.id)
        .limit(fixed_number(most + 1))
    )
    found = session.execute(statement, listing.parameters, execution_options=listing.options).all()
    rows = build_rows(session, listing.shown, found[:most])
    events = [each for each in (_event(row, start, end) for row in rows) if _reaches(each, days[0])]
    return Events(tuple(sorted(events, key=lambda each: (each.start, each.row.id))), len(found) > most)


def _not_over(begins: Any, ends: Any, holds: str, first: Moment) -> ColumnElement[bool]:
    """What is not over before the first day; where the end is a length, what may not be."""
    if holds == "duration":
        longer = (dt.timedelta(0), *REACHES)
        before = [sa.and_(begins >= first - most, ends > least) for least, most in zip(longer, REACHES, strict=False)]
    else:
        before = [ends > first if isinstance(first, dt.datetime) else ends >= first]
    return sa.and_(begins >= first - REACHES[-1], sa.or_(begins >= first, *before))


def _event(row: Row, start: str, end: str | None) -> Event:
    begins = row.values[start]
    assert isinstance(begins, dt.date)
    ends = row.values.get(end) if end is not None else None
    if isinstance(ends, dt.timedelta):
        ends = begins + ends
    return Event(row, begins, ends if isinstance(ends, dt.date) and ends >= begins else begins)


def _reaches(event: Event, first: Moment) -> bool:
    if event.start >= first:
        return True
    return event.end > first if isinstance(first, dt.datetime) else event.end >= first

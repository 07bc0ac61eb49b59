"""What a calendar is of, and its events between two days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from app.frozen import dataclass
from app.insight import BadQuery, Event, ListedView, read_calendar
from app.web.pages import ticks
from app.web.pages.calendar_days import DAY
from app.web.pages.list_asked import Asked, query_of

if TYPE_CHECKING:
    from app.web.pages.desk import EntityDesk


@dataclass(frozen=True)
class Shape:
    """What a calendar is of: the fields where records begin and end, and by which they are coloured."""

    start: str
    end: str | None
    color: str | None
    timed: bool


def shape_of(view: EntityDesk, own: ListedView) -> Shape:
    """What of a calendar is seen in clear."""
    start, end, color = own.view.start, own.view.end, own.view.color_by
    assert start is not None
    clear = view.rights(view.entity_key).clear
    timed = view.entity.every_field[start].holds == "datetime"
    return Shape(start, end if end in clear else None, color if color in clear else None, timed)


def read_events(
    view: EntityDesk, asked: Asked, shape: Shape, first: dt.date, count: int, today: dt.date
) -> tuple[Sequence[Event], bool, str]:
    """The events of so many days, whether there are more, and what is wrong with what is asked: then it is left out. Where there
    are too many, those of today and later are not left out for those that are over.
    """
    columns = columns_of(view, shape)
    query = replace(query_of(view, asked, columns), columns=columns)
    days = between(view, shape, first, first + count * DAY)
    of = (shape.start, shape.end)
    near = between(view, shape, today, today)[0] if first < today < first + count * DAY else None
    try:
        found, problem = read_calendar(view.session, view.actor, query, of, days, near=near), ""
    except BadQuery as error:
        plain = replace(query, filters=(), where=asked.view.where if asked.view else (), search="")
        found, problem = read_calendar(view.session, view.actor, plain, of, days, near=near), error.text(view.language)
    return found.events, found.more, problem


def columns_of(view: EntityDesk, shape: Shape) -> tuple[str, ...]:
    """What is told of an event, as far as it is seen."""
    rights = view.rights(view.entity_key)
    shown = [view.entity.name_field, shape.color, second_of(view), "owner", *ticks.columns_of(view, view.entity_key)]
    return tuple(dict.fromkeys(key for key in shown if key is not None and rights.sees(key))) or ("id",)


def between(view: EntityDesk, shape: Shape, first: dt.date, end: dt.date) -> tuple[dt.date, dt.date]:
    """Two days as a calendar is asked for them: of moments, those with which they begin for the person."""
    if not shape.timed:
        return first, end
    zone = view.formats.zone
    return dt.datetime.combine(first, dt.time(), zone), dt.datetime.combine(end, dt.time(), zone)


def second_of(view: EntityDesk) -> str | None:
    """What stands beside the name: the record that it is part of, else the first that it points to."""
    rights = view.rights(view.entity_key)
    fields = view.entity.fields
    keys = [view.entity.parent, *(key for key, each in fields.items() if each.type == "lookup")]
    return next((key for key in keys if key in fields and key in rights.clear), None)

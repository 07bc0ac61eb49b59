"""The calendar: the records of an entity on their days, by day, week or month, on the clock of the person."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, get_args

from flask import request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from app.insight import MOST_EVENTS, ListedView, calendars_of
from app.web.pages.calendar_addresses import address_of, choices_of, clear_href, list_href, new_href
from app.web.pages.calendar_days import DAY, Per, days_of, stepped
from app.web.pages.calendar_drawing import FEW, Drawer, draw_days
from app.web.pages.calendar_reading import Shape, read_events, shape_of
from app.web.pages.calendar_words import time_said
from app.web.pages.chips import drawn_chips
from app.web.pages.filtering import criteria_chips
from app.web.pages.list_asked import Asked, asked_of, problem_of, require
from app.web.pages.list_choices import board_href, builder_href
from app.web.pages.saved import note_of
from app.web.pages.words import sentence_case

if TYPE_CHECKING:
    from app.web.pages.desk import EntityDesk

PERS: tuple[Per, ...] = get_args(Per)
EARLIEST, LATEST = dt.date(1900, 1, 1), dt.date(2199, 12, 1)


def show(view: EntityDesk) -> Response:
    """GET /<entity>/calendar/?on=2026-11-23&per=week. Raises NotFound where the entity has no calendar for this person."""
    require(view, "read")
    calendars = calendars_of(view.catalog, view.actor, view.entity_key)
    usual = next(iter(calendars.values()), None)
    own = calendars.get(request.args.get("view", ""), usual)
    if own is None:
        raise NotFound
    shape = shape_of(view, own)
    asked = asked_of(view, calendars, usual)
    today = view.formats.local(view.store.clock()).date()
    on, per = _when(today, shape)
    first, count = days_of(on, per)
    found, more, problem = read_events(view, asked, shape, first, count, today)
    drawer = Drawer(view, shape)
    events = [drawer.draw(each) for each in found]
    hours, days = draw_days(view, asked, shape, events, (first, count, on, today, per))
    title = view.t("calendar.title")
    is_now = first <= today < first + count * DAY
    return view.page(
        "calendar.html",
        title=title,
        here="calendar",
        crumbs=((view.plural(view.entity_key), view.address), (title, "")),
        view_help=asked.view.view.help.in_language(view.language) if asked.view is not None else "",
        when=time_said(view.formats, on, per, first),
        new_href=new_href(view, shape, max(today, first) if is_now else on),
        is_now=is_now,
        grid=shape.timed and per != "month",
        hours=[(row * 4 + 1, f"{hour:02}:00") for row, hour in enumerate(range(*hours))],
        rows=(hours[1] - hours[0]) * 4,
        from_hour=hours[0],
        days=days,
        events=events,
        few=FEW,
        legend=drawer.legend(),
        color_label=view.label(view.entity_key, shape.color) if shape.color else "",
        left_out=note_of(view, asked.saved) or (_cut(view, is_now=is_now) if more else ""),
        problem=problem_of(view, asked, problem),
        **_moves(view, shape),
        **_ways(view, asked, own, on, per),
        **_tools(view, asked, shape, on, per),
    )


def _cut(view: EntityDesk, *, is_now: bool) -> str:
    """What is said of a calendar that does not show all."""
    return view.t("calendar.too_many_now" if is_now else "calendar.too_many", count=MOST_EVENTS)


def _moves(view: EntityDesk, shape: Shape) -> dict[str, Any]:
    """Whether the person may give some records another time; which ones is decided at each save. A move is the save of one
    field: what ends at a day or moment of its own is changed in its form.
    """
    writable = view.rights(view.entity_key).writable(creating=False) if view.can("update") else frozenset()
    takes = shape.end if shape.end and view.entity.every_field[shape.end].holds == "duration" else None
    movable = shape.start in writable and (shape.end is None or takes is not None)
    return {
        "movable": movable,
        "start_field": shape.start,
        "start_label": view.label(view.entity_key, shape.start),
        "timed": shape.timed,
        "length_field": takes if movable and takes in writable else "",
    }


def _ways(view: EntityDesk, asked: Asked, own: ListedView, on: dt.date, per: Per) -> dict[str, Any]:
    """Where one goes from here: other calendars, other days, other ways to show the same."""
    return {
        "views": choices_of(view, asked),
        "feed_href": f"/profile/calendars/?of={view.entity_key}/{own.view.key}",
        "list_href": list_href(view, own),
        "board_href": board_href(view),
        "on": on.isoformat(),
        "per": per,
        "pers": [(each, address_of(view, {"per": each, "on": on.isoformat()})) for each in PERS],
        "steps": [
            (name, address_of(view, {"on": there.isoformat(), "per": per}))
            for name, there in (("previous", stepped(on, per, forward=False)), ("next", stepped(on, per, forward=True)))
            if EARLIEST <= there <= LATEST
        ],
        "today_href": address_of(view, {"on": None, "per": per}),
    }


def _tools(view: EntityDesk, asked: Asked, shape: Shape, on: dt.date, per: Per) -> dict[str, Any]:
    """The filters of the list; of those by the days themselves only what is asked."""
    own = {shape.start, shape.end}
    return {
        "many": sentence_case(view.plural(view.entity_key), view.language),
        "one": sentence_case(view.singular(view.entity_key), view.language),
        "base": view.address,
        "view_key": asked.view.view.key if asked.view is not None else "",
        "filters": drawn_chips(view, [each for each in asked.conditions if each.active or each.field.key not in own]),
        "criteria": criteria_chips(view, asked.asking, f"{view.address}calendar/"),
        "builder_href": builder_href(view, asked, "calendar"),
        "filter": asked.asking.text,
        "filtered": asked.filtered,
        "clear_href": clear_href(view, on, per),
        "q": asked.search,
    }


def _when(today: dt.date, shape: Shape) -> tuple[dt.date, Per]:
    """Which day is asked for, and how much around it. What can't be read is today."""
    text = request.args.get("on", "")
    try:
        on = dt.date.fromisoformat(text) if len(text) == len("2026-11-23") else today
    except ValueError:
        on = today
    usual: Per = "week" if shape.timed else "month"
    return min(max(on, EARLIEST), LATEST), next((per for per in PERS if per == request.args.get("per")), usual)

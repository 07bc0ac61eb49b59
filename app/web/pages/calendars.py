"""The calendar: the records of an entity on their days, by day, week or month, on the clock of the person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, get_args
from urllib.parse import urlencode

from babel.dates import get_day_names, get_month_names
from flask import request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from app.access import Actor
from app.definition import Catalog
from app.expression.working_time import WorkingTime, company_time
from app.frozen import dataclass
from app.insight import MOST_EVENTS, BadQuery, Event, ListedView, calendars_of, read_calendar
from app.insight.saved import conjunction
from app.web.pages.calendar_days import (
    DAY,
    Lying,
    Per,
    Place,
    Slot,
    beside,
    days_of,
    free_rows,
    hours_shown,
    lying_of,
    rows_of_days,
    stepped,
)
from app.web.pages.cells import Cell, Painter
from app.web.pages.chips import drawn_chips
from app.web.pages.filtering import FILTER, criteria_chips
from app.web.pages.filters import PREFIX
from app.web.pages.formats import Formats
from app.web.pages.list_asked import Asked, asked_of, conditions_asked, problem_of, query_of, require
from app.web.pages.list_choices import Choice, board_href, label_of
from app.web.pages.saved import note_of
from app.web.pages.shell import may
from app.web.pages.words import sentence_case

if TYPE_CHECKING:
    from app.web.pages.desk import EntityDesk

PERS: tuple[Per, ...] = get_args(Per)
FEW = 3
"""Events that a day of a month shows; a link leads to the rest."""
LANES: Mapping[Per, int] = MappingProxyType({"week": 3, "day": 12, "month": 0})
"""How many events stand beside each other."""
EARLIEST, LATEST = dt.date(1900, 1, 1), dt.date(2199, 12, 1)


@dataclass(frozen=True)
class Drawn:
    """One event as it is written: `said` is its link in words, `when` stands before the name, `mark` is its colour; `at` is
    where it begins as a form has it, `minutes` how long it takes.
    """

    id: int
    version: int
    name: str
    when: str
    second: str
    said: str
    mark: int
    lying: Lying
    at: str
    minutes: int


@dataclass(frozen=True)
class Shape:
    """What a calendar is of: the fields where records begin and end, and by which they are coloured."""

    start: str
    end: str | None
    color: str | None
    timed: bool


@dataclass(frozen=True)
class DayShown:
    """A day: `slots` are events below each other, `places` those at their hours, `free` the rows outside of working hours;
    `rest` counts the events that have no room.
    """

    iso: str
    number: int
    weekday: str
    said: str
    href: str
    new_href: str
    tags: tuple[str, ...]
    mark: str
    slots: Sequence[Slot | None]
    places: tuple[Place, ...]
    free: tuple[tuple[int, int], ...]
    now: int
    rest: int
    rest_href: str


def calendar_of(catalog: Catalog, actor: Actor, language: str) -> list[tuple[str, ListedView]]:
    """The calendars that are open to an actor, of all entities, each with its name."""
    found: list[tuple[str, ListedView]] = []
    for key, entity in catalog.entities.items():
        if may(catalog, actor, "read", key):
            plural = entity.plural.in_language(language) or entity.label.in_language(language)
            found.extend((plural, each) for each in calendars_of(catalog, actor, key).values())
    return found


def show(view: EntityDesk) -> Response:
    """GET /<entity>/calendar/?on=2026-11-23&per=week. Raises NotFound where the entity has no calendar for this person."""
    require(view, "read")
    calendars = calendars_of(view.catalog, view.actor, view.entity_key)
    usual = next(iter(calendars.values()), None)
    own = calendars.get(request.args.get("view", ""), usual)
    if own is None:
        raise NotFound
    shape = _shape(view, own)
    asked = asked_of(view, calendars, usual)
    today = view.formats.local(view.store.clock()).date()
    on, per = _when(today, shape)
    first, count = days_of(on, per)
    found, more, problem = _read(view, asked, shape, first, count)
    drawer = _Drawer(view, shape)
    events = [drawer.draw(each) for each in found]
    hours, days = _days(view, asked, shape, events, (first, count, on, today, per))
    title = view.t("calendar.title")
    is_now = first <= today < first + count * DAY
    return view.page(
        "calendar.html",
        title=title,
        here="calendar",
        crumbs=((view.plural(view.entity_key), view.address), (title, "")),
        view_help=asked.view.view.help.in_language(view.language) if asked.view is not None else "",
        when=_said(view.formats, on, per, first),
        new_href=_new_href(view, shape, max(today, first) if is_now else on),
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
        left_out=note_of(view, asked.saved) or (view.t("calendar.too_many", count=MOST_EVENTS) if more else ""),
        problem=problem_of(view, asked, problem),
        **_moves(view, shape),
        **_ways(view, asked, own, on, per),
        **_tools(view, asked, shape, on, per),
    )


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
        "length_field": takes if movable and takes in writable else "",
    }


def _ways(view: EntityDesk, asked: Asked, own: ListedView, on: dt.date, per: Per) -> dict[str, Any]:
    """Where one goes from here: other calendars, other days, other ways to show the same."""
    return {
        "views": _calendars(view, asked),
        "list_href": _list_href(view, own),
        "board_href": board_href(view),
        "on": on.isoformat(),
        "per": per,
        "pers": [(each, _address(view, {"per": each, "on": on.isoformat()})) for each in PERS],
        "steps": [
            (name, _address(view, {"on": there.isoformat(), "per": per}))
            for name, there in (("previous", stepped(on, per, forward=False)), ("next", stepped(on, per, forward=True)))
            if EARLIEST <= there <= LATEST
        ],
        "today_href": _address(view, {"on": None, "per": per}),
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
        "filter": asked.asking.text,
        "filtered": asked.filtered,
        "clear_href": _clear_href(view, on, per),
        "q": asked.search,
    }


def _shape(view: EntityDesk, own: ListedView) -> Shape:
    start, end, color = own.view.start, own.view.end, own.view.color_by
    assert start is not None
    clear = view.rights(view.entity_key).clear
    timed = view.entity.every_field[start].holds == "datetime"
    return Shape(start, end if end in clear else None, color if color in clear else None, timed)


def _when(today: dt.date, shape: Shape) -> tuple[dt.date, Per]:
    """Which day is asked for, and how much around it. What can't be read is today."""
    text = request.args.get("on", "")
    try:
        on = dt.date.fromisoformat(text) if len(text) == len("2026-11-23") else today
    except ValueError:
        on = today
    usual: Per = "week" if shape.timed else "month"
    return min(max(on, EARLIEST), LATEST), next((per for per in PERS if per == request.args.get("per")), usual)


def _read(
    view: EntityDesk, asked: Asked, shape: Shape, first: dt.date, count: int
) -> tuple[Sequence[Event], bool, str]:
    rights = view.rights(view.entity_key)
    entity, zone = view.entity, view.formats.zone
    shown = [entity.name_field, shape.color, _second(view), "owner"]
    columns = tuple(dict.fromkeys(key for key in shown if key is not None and rights.sees(key))) or ("id",)
    query = replace(query_of(view, asked, columns), columns=columns)
    days: tuple[dt.date, dt.date] = (first, first + count * DAY)
    if shape.timed:
        days = (dt.datetime.combine(days[0], dt.time(), zone), dt.datetime.combine(days[1], dt.time(), zone))
    of = (shape.start, shape.end)
    try:
        found, problem = read_calendar(view.session, view.actor, query, of, days), ""
    except BadQuery as error:
        plain = replace(query, filters=(), where=asked.view.where if asked.view else (), search="")
        found, problem = read_calendar(view.session, view.actor, plain, of, days), error.text(view.language)
    return found.events, found.more, problem


def _second(view: EntityDesk) -> str | None:
    """What stands beside the name: the record that it is part of, else the first that it points to."""
    rights = view.rights(view.entity_key)
    fields = view.entity.fields
    keys = [view.entity.parent, *(key for key, each in fields.items() if each.type == "lookup")]
    return next((key for key in keys if key in fields and key in rights.clear), None)


def _days(
    view: EntityDesk,
    asked: Asked,
    shape: Shape,
    events: Sequence[Drawn],
    around: tuple[dt.date, int, dt.date, dt.date, Per],
) -> tuple[tuple[int, int], list[DayShown]]:
    """From which hour to which, and the days."""
    first, count, on, today, per = around
    lying = [each.lying for each in events]
    work = company_time(view.catalog)
    every = [first + number * DAY for number in range(count)]
    is_grid = shape.timed and per != "month"
    at_hours = {number for number, each in enumerate(lying) if is_grid and each.minutes is not None}
    below = rows_of_days([each if n not in at_hours else _NOWHERE for n, each in enumerate(lying)], first, count)
    spans = [span for day in every for span in work.hours_of(day)]
    hours = hours_shown(spans, [lying[n].minutes or (0, 0) for n in at_hours])
    now = view.formats.local(view.store.clock())
    minute = now.hour * 60 + now.minute
    row_of_now = (minute - hours[0] * 60) // 15 + 1 if hours[0] * 60 <= minute < hours[1] * 60 else 0
    weekdays = _weekdays(view.language)
    days = []
    for day, slots in zip(every, below, strict=True):
        timed = [(n, lying[n].minutes or (0, 0)) for n in at_hours if lying[n].first == day]
        said = _day_said(view.formats, day)
        mark = _mark(work, day)
        tags = {
            "today": day == today,
            "other": per == "month" and day.month != on.month,
            "off": not work.is_workday(day),
            "empty": not timed and not any(slots),
        }
        href = _address(view, {"on": day.isoformat(), "per": "day"})
        places = tuple(beside(timed, hours[0], LANES[per]))
        over = slots[FEW:] if per == "month" else ()
        days.append(
            DayShown(
                iso=day.isoformat(),
                number=day.day,
                weekday=weekdays[day.weekday()],
                said=said,
                href=href,
                new_href=_new_href(view, shape, day),
                tags=tuple(key for key, holds in tags.items() if holds),
                mark=view.t(f"calendar.{mark}") if mark else "",
                slots=slots,
                places=places,
                free=tuple(free_rows(work.hours_of(day), hours)) if is_grid else (),
                now=row_of_now if is_grid and day == today else 0,
                rest_href=_rest_href(view, asked, shape, day) if per == "day" else href,
                rest=sum(each is not None for each in over) + sum(not each.columns for each in places),
            )
        )
    return hours, days


_NOWHERE = Lying(dt.date.min, dt.date.min)


def _mark(work: WorkingTime, day: dt.date) -> str:
    """What a day is that differs from its weekday: a holiday, or a day on which one works after all."""
    usual, works = bool(work.week[day.weekday()]), work.is_workday(day)
    return "" if usual == works else "workday" if works else "holiday"


class _Drawer:
    """Writes the events of one calendar: what is shown of them is decided once."""

    def __init__(self, view: EntityDesk, shape: Shape) -> None:
        self.view, self.shape = view, shape
        rights = view.rights(view.entity_key)
        name, second = view.entity.name_field, _second(view)
        self.name = (name, view.painter(view.entity_key, name)) if rights.sees(name) else None
        self.second = (second, view.painter(view.entity_key, second)) if second is not None else None
        self.owner = ("owner", view.painter(view.entity_key, "owner")) if rights.sees("owner") else None
        self.color = (shape.color, view.painter(view.entity_key, shape.color)) if shape.color is not None else None
        self.nameless = f"#{{}} {view.singular(view.entity_key)}"

    def draw(self, event: Event) -> Drawn:
        """One event."""
        formats, row = self.view.formats, event.row
        lying = lying_of(event.start, event.end, formats.zone)
        name = self._text(self.name, row.values) or self.nameless.format(row.id)
        second = self._text(self.second, row.values)
        color = self._cell(self.color, row.values)
        when = whole = ""
        if lying.minutes is not None:
            when = _clock(lying.minutes[0])
            whole = when if lying.minutes[1] == lying.minutes[0] else f"{when}–{_clock(lying.minutes[1])}"
        elif lying.last > lying.first:
            whole = f"{_day_said(formats, lying.first)} – {_day_said(formats, lying.last)}"
        rest = (color.text if color is not None else "", second, self._text(self.owner, row.values))
        said = " · ".join(filter(None, (whole, name, *rest)))
        mark = color.mark if color is not None and color.kind == "badge" else 0
        at, minutes = event.start.isoformat(), 0
        if isinstance(event.start, dt.datetime) and isinstance(event.end, dt.datetime):
            at = f"{formats.local(event.start):%Y-%m-%dT%H:%M}"
            minutes = (event.end - event.start) // dt.timedelta(minutes=1)
        return Drawn(row.id, row.version, name, when, second, said, mark, lying, at, minutes)

    def legend(self) -> list[Cell]:
        """The colours with what they stand for."""
        if self.shape.color is None or self.color is None:
            return []
        choices = self.view.catalog.choices(self.view.entity_key, self.shape.color)
        cells = [self.color[1](key) for key, each in choices.items() if not each.retired]
        return [each for each in cells if each.kind == "badge"][:10]

    def _cell(self, of: tuple[str, Painter] | None, values: Mapping[str, object]) -> Cell | None:
        if of is None:
            return None
        cell = of[1](values.get(of[0]))
        return None if cell.kind == "blank" else cell

    def _text(self, of: tuple[str, Painter] | None, values: Mapping[str, object]) -> str:
        cell = self._cell(of, values)
        return cell.text if cell is not None else ""


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


# Words of days


@lru_cache(maxsize=8)
def _weekdays(language: str) -> tuple[str, ...]:
    names = get_day_names("abbreviated", locale=language)
    return tuple(str(names[number]) for number in range(7))


@lru_cache(maxsize=8)
def _months(language: str) -> tuple[str, ...]:
    names = get_month_names("wide", locale=language)
    return tuple(str(names[number]) for number in range(1, 13))


def _day_said(formats: Formats, day: dt.date) -> str:
    """A day with its weekday: `Mon 23 Nov`, `11月23日周一`."""
    if formats.language == "zh":
        return f"{day.month}月{day.day}日{_weekdays('zh')[day.weekday()]}"
    return f"{_weekdays(formats.language)[day.weekday()]} {day.day} {formats.months[day.month - 1]}"


def _said(formats: Formats, on: dt.date, per: Per, first: dt.date) -> str:
    """The time that is shown, in words."""
    zh = formats.language == "zh"
    if per == "month":
        return f"{on.year}年{on.month}月" if zh else f"{_months(formats.language)[on.month - 1]} {on.year}"
    if per == "day":
        return f"{on.year}年{_day_said(formats, on)}" if zh else f"{_day_said(formats, on)} {on.year}"
    last = first + 6 * DAY
    if zh:
        end = f"{last.day}日" if last.month == first.month else f"{last.month}月{last.day}日"
        end = end if last.year == first.year else f"{last.year}年{last.month}月{last.day}日"
        return f"{first.year}年{first.month}月{first.day}日–{end}"
    begin = f"{first.day}" if last.month == first.month else f"{first.day} {formats.months[first.month - 1]}"
    begin = begin if last.year == first.year else f"{begin} {first.year}"
    return f"{begin} – {last.day} {formats.months[last.month - 1]} {last.year}"


# Addresses


def _address(view: EntityDesk, changed: Mapping[str, str | None]) -> str:
    kept = [(key, each) for key, each in request.args.items(multi=True) if key not in changed and each]
    query = urlencode([*kept, *((key, value) for key, value in changed.items() if value is not None)])
    return f"{view.address}calendar/" + (f"?{query}" if query else "")


def _clear_href(view: EntityDesk, on: dt.date, per: Per) -> str:
    kept = {"view": request.args.get("view", ""), "on": on.isoformat(), "per": per}
    return f"{view.address}calendar/?{urlencode({key: value for key, value in kept.items() if value})}"


def _list_href(view: EntityDesk, own: ListedView) -> str:
    """The list of the same; a calendar of its own is no view of the list."""
    kept = [
        (key, value)
        for key, value in request.args.items(multi=True)
        if value and key not in {"on", "per", "cursor"} and (key, value) != ("view", own.view.key)
    ]
    return view.address + (f"?{urlencode(kept)}" if kept else "")


def _rest_href(view: EntityDesk, asked: Asked, shape: Shape, day: dt.date) -> str:
    """The list of what has no room on a day: all of the calendar that is on it. The list knows no calendars, so that the
    condition of this one goes along.
    """
    calendars = calendars_of(view.catalog, view.actor, view.entity_key)
    kept = [
        (key, value)
        for key, value in request.args.items(multi=True)
        if value and key not in {"on", "per", FILTER} and (key != "view" or value not in calendars)
    ]
    own = asked.view is not None and asked.saved is None and asked.view.view.show == "calendar"
    condition = conjunction(*conditions_asked(asked)) if own else request.args.get(FILTER, "")
    kept += [(FILTER, condition)] if condition else []
    ends = [(f"{PREFIX}{shape.start}.{end}", day.isoformat()) for end in ("from", "to")]
    return f"{view.address}?{urlencode([*kept, *ends])}"


def _new_href(view: EntityDesk, shape: Shape, day: dt.date) -> str:
    """The form for a record on a day: where it has an hour, the first of the working hours."""
    if not view.can("create") or shape.start not in view.rights(view.entity_key).writable(creating=True):
        return ""
    at = day.isoformat()
    if shape.timed:
        hours = company_time(view.catalog).hours_of(day)
        at += f"T{_clock(hours[0][0] if hours else 9 * 60)}"
    return f"{view.address}new?{urlencode({shape.start: at, 'back': request.full_path.rstrip('?')})}"


def _calendars(view: EntityDesk, asked: Asked) -> list[Choice]:
    """The calendars to choose from, of all entities, and what was saved of this one."""
    kept = urlencode({key: value for key in ("on", "per") if (value := request.args.get(key))})
    found = []
    for plural, each in calendar_of(view.catalog, view.actor, view.language):
        here = each.view.entity == view.entity_key and asked.view is each
        address = f"/{each.view.entity}/calendar/?{urlencode({'view': each.view.key})}"
        label = label_of(each, view.language)
        found.append(Choice(label or plural, f"{address}&{kept}" if kept else address, here))
    if asked.view is not None and not any(each.here for each in found):
        name = asked.saved.saved.name if asked.saved is not None else label_of(asked.view, view.language)
        found.append(Choice(name, _address(view, {}), True, "star" if asked.saved is not None else ""))
    return found

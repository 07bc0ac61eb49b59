"""Draws events and the days on which they lie."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from flask import request

from app.expression.working_time import WorkingTime, company_time
from app.frozen import dataclass
from app.insight import Event
from app.web.pages.calendar_addresses import address_of, new_href, rest_href
from app.web.pages.calendar_days import (
    DAY,
    Lying,
    Per,
    Place,
    Slot,
    beside,
    free_rows,
    hours_shown,
    lying_of,
    rows_of_days,
)
from app.web.pages.calendar_reading import Shape, second_of
from app.web.pages.calendar_words import clock_said, day_said, weekdays
from app.web.pages.cells import Cell, Painter
from app.web.pages.list_asked import Asked
from app.web.pages.ticks import Tick, own_tick_of

if TYPE_CHECKING:
    from app.web.pages.desk import EntityDesk

FEW = 3
"""Events that a day of a month shows; a link leads to the rest."""
LANES: Mapping[Per, int] = MappingProxyType({"week": 3, "day": 12, "month": 0})
"""How many events stand beside each other."""
_NOWHERE = Lying(dt.date.min, dt.date.min)


@dataclass(frozen=True)
class Drawn:
    """One event as it is written: `said` is its link in words, `when` stands before the name, `mark` is its colour; `at` is
    where it begins as a form has it, `minutes` how long it takes; `tick` marks it done.
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
    tick: Tick | None


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


def draw_days(
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
    names = weekdays(view.language)
    days = []
    for day, slots in zip(every, below, strict=True):
        timed = [(n, lying[n].minutes or (0, 0)) for n in at_hours if lying[n].first == day]
        said = day_said(view.formats, day)
        mark = _mark(work, day)
        tags = {
            "today": day == today,
            "other": per == "month" and day.month != on.month,
            "off": not work.is_workday(day),
            "empty": not timed and not any(slots),
        }
        href = address_of(view, {"on": day.isoformat(), "per": "day"})
        places = tuple(beside(timed, hours[0], LANES[per]))
        over = slots[FEW:] if per == "month" else ()
        days.append(
            DayShown(
                iso=day.isoformat(),
                number=day.day,
                weekday=names[day.weekday()],
                said=said,
                href=href,
                new_href=new_href(view, shape, day),
                tags=tuple(key for key, holds in tags.items() if holds),
                mark=view.t(f"calendar.{mark}") if mark else "",
                slots=slots,
                places=places,
                free=tuple(free_rows(work.hours_of(day), hours)) if is_grid else (),
                now=row_of_now if is_grid and day == today else 0,
                rest_href=rest_href(view, asked, shape, day) if per == "day" else href,
                rest=sum(each is not None for each in over) + sum(not each.columns for each in places),
            )
        )
    return hours, days


def _mark(work: WorkingTime, day: dt.date) -> str:
    """What a day is that differs from its weekday: a holiday, or a day on which one works after all."""
    usual, works = bool(work.week[day.weekday()]), work.is_workday(day)
    return "" if usual == works else "workday" if works else "holiday"


class Words(NamedTuple):
    """An event in words: its name, the record that it is about, its owner, and its colour where it has one."""

    name: str
    second: str
    owner: str
    color: Cell | None


class Drawer:
    """Writes the events of one calendar: what is shown of them is decided once."""

    def __init__(self, view: EntityDesk, shape: Shape) -> None:
        self.view, self.shape = view, shape
        rights = view.rights(view.entity_key)
        name, second = view.entity.name_field, second_of(view)
        self.name = (name, view.painter(view.entity_key, name)) if rights.sees(name) else None
        self.second = (second, view.painter(view.entity_key, second)) if second is not None else None
        self.owner = ("owner", view.painter(view.entity_key, "owner")) if rights.sees("owner") else None
        self.color = (shape.color, view.painter(view.entity_key, shape.color)) if shape.color is not None else None
        self.nameless = f"#{{}} {view.singular(view.entity_key)}"

    def words(self, event: Event) -> Words:
        """What is told of one event."""
        values = event.row.values
        return Words(
            self._text(self.name, values) or self.nameless.format(event.row.id),
            self._text(self.second, values),
            self._text(self.owner, values),
            self._cell(self.color, values),
        )

    def draw(self, event: Event) -> Drawn:
        """One event."""
        formats, row = self.view.formats, event.row
        lying = lying_of(event.start, event.end, formats.zone)
        name, second, owner, color = self.words(event)
        when = whole = ""
        if lying.minutes is not None:
            when = clock_said(lying.minutes[0])
            whole = when if lying.minutes[1] == lying.minutes[0] else f"{when}–{clock_said(lying.minutes[1])}"
        elif lying.last > lying.first:
            whole = f"{day_said(formats, lying.first)} – {day_said(formats, lying.last)}"
        rest = (color.text if color is not None else "", second, owner)
        said = " · ".join(filter(None, (whole, name, *rest)))
        mark = color.mark if color is not None and color.kind == "badge" else 0
        at, minutes = event.start.isoformat(), 0
        if isinstance(event.start, dt.datetime) and isinstance(event.end, dt.datetime):
            at = f"{formats.local(event.start):%Y-%m-%dT%H:%M}"
            minutes = (event.end - event.start) // dt.timedelta(minutes=1)
        tick = own_tick_of(self.view, self.view.entity_key, row, name, request.full_path)
        return Drawn(row.id, row.version, name, when, second, said, mark, lying, at, minutes, tick)

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

"""Addresses of calendars: other days, the list behind a day, the form for a record on it, the calendars that are open."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from flask import request

from app.access import Actor
from app.definition import Catalog
from app.expression.working_time import company_time
from app.insight import ListedView, calendars_of
from app.insight.saved import conjunction
from app.web.pages.calendar_days import Per
from app.web.pages.calendar_reading import Shape
from app.web.pages.calendar_words import clock_said
from app.web.pages.filtering import FILTER
from app.web.pages.filters import PREFIX
from app.web.pages.list_asked import Asked, conditions_asked
from app.web.pages.list_choices import Choice, label_of
from app.web.pages.shell import may

if TYPE_CHECKING:
    from app.web.pages.desk import EntityDesk


def open_calendars(catalog: Catalog, actor: Actor, language: str) -> list[tuple[str, ListedView]]:
    """The calendars that are open to an actor, of all entities, each with its name."""
    found: list[tuple[str, ListedView]] = []
    for key, entity in catalog.entities.items():
        if may(catalog, actor, "read", key):
            plural = entity.plural.in_language(language) or entity.label.in_language(language)
            found.extend((plural, each) for each in calendars_of(catalog, actor, key).values())
    return found


def address_of(view: EntityDesk, changed: Mapping[str, str | None]) -> str:
    """The calendar as it is asked for, with some of it changed; None leaves it out."""
    kept = [(key, each) for key, each in request.args.items(multi=True) if key not in changed and each]
    query = urlencode([*kept, *((key, value) for key, value in changed.items() if value is not None)])
    return f"{view.address}calendar/" + (f"?{query}" if query else "")


def clear_href(view: EntityDesk, on: dt.date, per: Per) -> str:
    """The same without filters."""
    kept = {"view": request.args.get("view", ""), "on": on.isoformat(), "per": per}
    return f"{view.address}calendar/?{urlencode({key: value for key, value in kept.items() if value})}"


def list_href(view: EntityDesk, own: ListedView) -> str:
    """The list of the same; a calendar of its own is no view of the list."""
    kept = [
        (key, value)
        for key, value in request.args.items(multi=True)
        if value and key not in {"on", "per", "cursor"} and (key, value) != ("view", own.view.key)
    ]
    return view.address + (f"?{urlencode(kept)}" if kept else "")


def rest_href(view: EntityDesk, asked: Asked, shape: Shape, day: dt.date) -> str:
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


def new_href(view: EntityDesk, shape: Shape, day: dt.date) -> str:
    """The form for a record on a day: where it has an hour, the first of the working hours."""
    if not view.can("create") or shape.start not in view.rights(view.entity_key).writable(creating=True):
        return ""
    at = day.isoformat()
    if shape.timed:
        hours = company_time(view.catalog).hours_of(day)
        at += f"T{clock_said(hours[0][0] if hours else 9 * 60)}"
    return f"{view.address}new?{urlencode({shape.start: at, 'back': request.full_path.rstrip('?')})}"


def choices_of(view: EntityDesk, asked: Asked) -> list[Choice]:
    """The calendars to choose from, of all entities, and what was saved of this one."""
    kept = urlencode({key: value for key in ("on", "per") if (value := request.args.get(key))})
    found = []
    for plural, each in open_calendars(view.catalog, view.actor, view.language):
        here = each.view.entity == view.entity_key and asked.view is each
        address = f"/{each.view.entity}/calendar/?{urlencode({'view': each.view.key})}"
        label = label_of(each, view.language)
        found.append(Choice(label or plural, f"{address}&{kept}" if kept else address, here))
    if asked.view is not None and not any(each.here for each in found):
        name = asked.saved.saved.name if asked.saved is not None else label_of(asked.view, view.language)
        found.append(Choice(name, address_of(view, {}), True, "star" if asked.saved is not None else ""))
    return found

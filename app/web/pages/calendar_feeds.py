"""`/calendar/<token>.ics`: a calendar for programs, by its private address alone, as its person may see it at that moment."""

from __future__ import annotations

import datetime as dt
from urllib.parse import urlsplit

from flask import Response as FlaskResponse
from flask import current_app, request
from werkzeug.wrappers import Response

from app.access import FoundFeed
from app.insight import Event, ListedView, ListQuery, calendars_of, in_view, read_calendar
from app.web import context
from app.web.i18n import as_language, text_in
from app.web.icalendar import Entry, calendar_text
from app.web.pages.base import PageView, expose
from app.web.pages.calendar_days import DAY
from app.web.pages.calendar_drawing import Drawer
from app.web.pages.calendar_reading import between, columns_of, shape_of
from app.web.pages.desk import EntityDesk
from app.web.pages.list_choices import label_of
from app.web.pages.shell import may
from app.web.security import feeds
from app.web.security.gate import check_revision, public, sealed
from app.web.security.keys import is_guessing, missing_step
from app.web.security.outside import doors
from app.web.security.tokens import digest
from app.web.security.visitors import visitor

HOME = "/calendar"
BEFORE, AFTER = 90 * DAY, 365 * DAY
"""How far a calendar reaches from today."""
MOST = 2_000
"""Events: what is to come first, then what was."""


class CalendarFeedsView(PageView):
    """`/calendar/`."""

    route_base = HOME
    default_view = "calendar"

    @expose("/<string:token>.ics")
    @public
    @sealed
    def calendar(self, token: str) -> Response:
        """The calendar, as a file."""
        if not token.startswith(feeds.KIND.prefix):  # nobody was ever given such a one
            return _refusal(404)
        state, moment = context.current(), context.now()
        name = digest(token)
        if not feeds.CALLS.take(name):
            return _refusal(429)
        found = state.find_feed(name)
        if found is None:
            state.close_session()
            return _refusal(429 if is_guessing(state.store, visitor().address, moment) else 404)
        check_revision(found.session.revision)
        if missing_step(state.store.catalog, doors(), found.session, moment) is not None:
            return _refusal(403)
        listed = _calendar_of(found)
        if listed is None:
            return _refusal(404)
        state.web_session = found.session
        state.language = as_language(found.session.actor.language)
        answer = _answer(EntityDesk(found.entity), listed)
        state.close_session()
        feeds.touch(state.store, found.session, moment)
        return answer


def _refusal(status: int) -> Response:
    """In English and without a page: a program reads it."""
    key = {403: "feeds.step", 404: "feeds.none_there", 429: "login.too_many"}[status]
    return FlaskResponse(f"{text_in('en', key)}\n", status, content_type="text/plain; charset=utf-8")


def _calendar_of(found: FoundFeed) -> ListedView | None:
    """The calendar, where its person may still open it."""
    catalog, actor = context.current().store.catalog, found.session.actor
    if found.entity not in catalog.entities or not may(catalog, actor, "read", found.entity):
        return None
    return calendars_of(catalog, actor, found.entity).get(found.view)


def _answer(view: EntityDesk, listed: ListedView) -> Response:
    today = view.formats.local(view.store.clock()).date()
    name = label_of(listed, view.language) or view.plural(view.entity_key)
    stamp = dt.datetime.combine(today, dt.time(), dt.UTC)
    text = calendar_text(name, _entries(view, listed, today), stamp)
    answer = FlaskResponse(text, content_type="text/calendar; charset=utf-8")
    answer.headers["Content-Disposition"] = 'inline; filename="calendar.ics"'
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.add_etag()
    return answer.make_conditional(request)


def _entries(view: EntityDesk, listed: ListedView, today: dt.date) -> list[Entry]:
    shape = shape_of(view, listed)
    changed = "updated_at" if "updated_at" in view.rights(view.entity_key).clear else None
    columns = (*columns_of(view, shape), *((changed,) if changed else ()))
    query = in_view(ListQuery(view.entity_key, columns), listed)
    of, found = (shape.start, shape.end), dict[int, Event]()
    for first, end in ((today, today + AFTER), (today - BEFORE, today)):
        days = between(view, shape, first, end)
        read = read_calendar(view.session, view.actor, query, of, days, MOST - len(found))
        found |= {each.row.id: each for each in read.events if each.row.id not in found}
    drawer, root = Drawer(view, shape), _root()
    domain = urlsplit(root).hostname or "localhost"
    table = view.store.models.tables[view.entity_key].name  # it outlives a new name of the entity
    entries = []
    for each in found.values():
        words = drawer.words(each)
        color = words.color.text if words.color is not None else ""
        entries.append(
            Entry(
                uid=f"{table}-{each.row.id}@{domain}",
                start=each.start,
                end=each.end,
                summary=words.name,
                description="\n".join(filter(None, (words.second, color, words.owner))),
                category=color,
                url=f"{root}{view.address}{each.row.id}",
                changed=_as_moment(each.row.values.get(changed)) if changed else None,
            )
        )
    return sorted(entries, key=lambda each: (str(each.start), each.uid))


def _as_moment(value: object) -> dt.datetime | None:
    return value if isinstance(value, dt.datetime) else None


def _root() -> str:
    """The address of this server, as people reach it."""
    stated: str | None = current_app.extensions["tenon.settings"].base_url
    return stated or request.host_url.rstrip("/")

"""`/profile/calendars/`: one's own private addresses of calendars."""

from __future__ import annotations

from typing import NamedTuple

from flask import current_app, request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from app.insight import ListedView
from app.web import context
from app.web.pages.base import Desk, PageView, expose, parse_id
from app.web.pages.calendar_addresses import open_calendars
from app.web.pages.calendar_feeds import HOME
from app.web.pages.inputs import Input
from app.web.pages.list_choices import label_of
from app.web.security import feeds, login, tokens

HERE = "/profile/calendars/"
OF = "of"
"""Names the calendar that somebody comes from."""


class ShownFeed(NamedTuple):
    """An address in the list."""

    id: int
    name: str
    hint: str
    calendar: str
    ends: str
    used: str


class OwnFeedsView(PageView):
    """`/profile/calendars/`."""

    route_base = "/profile/calendars"

    @expose("/")
    def show(self) -> Response:
        """The addresses."""
        return OwnFeeds().show()

    @expose("/", methods=["POST"])
    def make(self) -> Response:
        """Make one."""
        return OwnFeeds().make()

    @expose("/<string:feed>/end", methods=["POST"])
    def end(self, feed: str) -> Response:
        """Revoke one."""
        return OwnFeeds().end(parse_id(feed))


class OwnFeeds(Desk):
    """One's own addresses of calendars."""

    def show(self, problem: str = "", field: str = "", status: int = 200) -> Response:
        """GET /profile/calendars/?of=activity/calendar, and again with what is wrong at a field."""
        user_id, now = self.actor.user_id, context.now()
        if user_id is None:
            raise NotFound
        context.current().close_session()
        with self.store.system_reading() as connection:
            found = feeds.feeds_of(connection, user_id, now)
        names = self._calendars()
        rows = [
            ShownFeed(
                each.id, each.name, each.hint, names.get(f"{each.entity}/{each.view}", self.t("feeds.closed")),
                self.formats.moment(each.expires_at, now), self.formats.moment(each.used_at, now) if each.used_at else "",
            )
            for each in found
        ]  # fmt: skip
        return self.page(
            "own_feeds.html",
            title=self.t("feeds.title"),
            crumbs=((self.t("profile.title"), "/profile/"), (self.t("feeds.title"), "")),
            status=status,
            rows=rows,
            inputs=self._inputs(names, problem, field) if names else (),
        )

    def _calendars(self) -> dict[str, str]:
        """The calendars that are open to the person, as `entity/view`, with their names."""
        found = open_calendars(self.catalog, self.actor, self.language)
        return {_key(each): label_of(each, self.language) or plural for plural, each in found}

    def _inputs(self, names: dict[str, str], problem: str, field: str) -> tuple[Input, ...]:
        form = request.form  # empty unless it was sent, and then shown again
        wanted = request.args.get(OF, "")
        calendar = form.get("calendar", wanted if wanted in names else next(iter(names)))
        days = tuple((str(each), self.t("keys.days_of", count=each)) for each in feeds.DAYS)

        def error(name: str) -> str:
            return problem if field == name else ""

        return (
            Input(name="calendar", id="feed-calendar", kind="select", label=self.t("feeds.calendar"), value=calendar,
                  options=tuple(names.items()), required=True),
            Input(name="name", id="feed-name", label=self.t("feeds.name"), value=form.get("name", ""), error=error("name"),
                  limit=tokens.LONGEST_NAME, required=True),
            Input(name="days", id="feed-days", kind="select", label=self.t("keys.days"), value=form.get("days", "365"),
                  options=days, required=True),
            Input(name="password", id="feed-password", label=self.t("password.old"), html_type="password",
                  complete="current-password", error=error("password"), required=True),
        )  # fmt: skip

    def make(self) -> Response:
        """POST /profile/calendars/: with the password, so that a session that was left open makes none."""
        user_id, form, now = self.actor.user_id, request.form, context.now()
        name = " ".join(form.get("name", "").replace("\0", "").split())
        days = next((each for each in feeds.DAYS if str(each) == form.get("days")), None)
        open_to = {_key(each): each for _plural, each in open_calendars(self.catalog, self.actor, self.language)}
        listed = open_to.get(form.get("calendar", ""))
        if user_id is None or days is None or listed is None:
            raise NotFound
        if not name or len(name) > tokens.LONGEST_NAME:
            return self.show(self.t("feeds.name_wrong", limit=tokens.LONGEST_NAME), "name", 422)
        context.current().close_session()
        if not login.is_own_password(self.store, user_id, form.get("password", ""), now):
            return self.show(self.t("password.wrong"), "password", 422)
        wish = feeds.NewFeed(name, listed.view.entity, listed.view.key, days)
        token = feeds.make_feed(self.store, self.actor, wish, now)
        if token is None:
            return self.show(self.t("feeds.too_many"), "name", 422)
        crumbs = ((self.t("profile.title"), "/profile/"), (self.t("feeds.title"), HERE), (name, ""))
        stated: str | None = current_app.extensions["tenon.settings"].base_url
        address = f"{stated or request.host_url.rstrip('/')}{HOME}/{token}.ics"
        return self.page("own_feed.html", title=self.t("feeds.made"), crumbs=crumbs, address=address, back=HERE)

    def end(self, feed: int) -> Response:
        """POST /profile/calendars/<id>/end."""
        if not feeds.end_feed(self.store, self.actor, feed, context.now()):
            raise NotFound
        return self.go(HERE, "profile.feed_ended")


def _key(listed: ListedView) -> str:
    return f"{listed.view.entity}/{listed.view.key}"

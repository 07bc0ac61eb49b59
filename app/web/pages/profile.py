"""One's own settings: language, theme, time zone, password; and the style sheet of the company's colour."""

from __future__ import annotations

from zoneinfo import available_timezones

from flask import Response as FlaskResponse
from flask import request
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Response

from app.access import system_actor
from app.automation.deputies import withdraw_deputy
from app.automation.wishes import AREAS, HOURS, WAYS, Wishes, keep_wishes, wishes_of
from app.record import Change, Refused, update
from app.web import context
from app.web.cookies import give_cookie
from app.web.languages import LANGUAGE_NAMES
from app.web.pages import deputies
from app.web.pages.base import THEME_COOKIE, THEMES, Desk, PageView, expose, parse_id, screens
from app.web.pages.inputs import Input
from app.web.pages.posted import whole_number
from app.web.security.answers import safe_next
from app.web.security.gate import public

YEAR = 365 * 24 * 3600


class ProfileView(PageView):
    """`/profile/`."""

    route_base = "/profile"

    @expose("/")
    def show(self) -> Response:
        """The settings."""
        return Profile().show()

    @expose("/", methods=["POST"])
    def save(self) -> Response:
        """Keep language and time zone with the person."""
        return Profile().save()

    @expose("/deputy", methods=["POST"])
    def name_deputy(self) -> Response:
        """Let a colleague decide in one's place."""
        return Profile().name_deputy()

    @expose("/deputy/<string:record>/end", methods=["POST"])
    def end_deputy(self, record: str) -> Response:
        """Withdraw a deputy."""
        return Profile().end_deputy(parse_id(record))

    @expose("/notices", methods=["POST"])
    def keep_wishes(self) -> Response:
        """Keep what the person wishes of notices."""
        return Profile().keep_wishes()

    @expose("/theme", methods=["POST"])
    def choose_theme(self) -> Response:
        """Keep the theme with this browser."""
        return Profile().choose_theme()


class Profile(Desk):
    """One's own settings."""

    def save(self) -> Response:
        """POST /profile/."""
        language, zone = request.form.get("locale", ""), request.form.get("time_zone", "").strip()
        if language not in self.catalog.pack.languages:
            raise BadRequest
        if zone not in available_timezones():
            return self.show(zone=zone, problem=self.t("profile.time_zone_wrong"), status=422)
        user_id = self.actor.user_id
        if user_id is None:
            raise BadRequest
        context.current().close_session()
        change = Change(user_id, {"locale": language, "time_zone": zone})
        outcome = update(self.store, system_actor("system:login"), "user", [change], door="form")
        if isinstance(outcome, Refused):
            why = " ".join(refusal.text(self.language, self.catalog) for refusal in outcome.refusals)
            return self.show(zone=zone, problem=why, status=422)
        return self.go("/profile/", "profile.saved")

    def name_deputy(self) -> Response:
        """POST /profile/deputy."""
        context.current().close_session()
        wrong = deputies.name_posted(self)
        if wrong:
            return self.show(panel=deputies.panel(self, wrong), status=422)
        return self.go("/profile/#deputies", "deputy.named")

    def end_deputy(self, row: int) -> Response:
        """POST /profile/deputy/<id>/end."""
        context.current().close_session()
        if not withdraw_deputy(self.store, self.actor, row):
            raise NotFound
        return self.go("/profile/#deputies", "deputy.ended")

    def keep_wishes(self) -> Response:
        """POST /profile/notices: `way.<area>` for each area, the `hour` of the daily mail, and whether notices rest outside of
        working hours.
        """
        user_id = self.actor.user_id
        ways = {area: request.form.get(f"way.{area}", "") for area in AREAS}
        hour = whole_number(request.form.get("hour", ""))
        if user_id is None or hour is None or hour >= HOURS or not set(ways.values()) <= set(WAYS):
            raise BadRequest
        off, mailed, digested = (
            frozenset(area for area in AREAS if ways[area] == way) for way in ("off", "mail", "digest")
        )
        wishes = Wishes(off, request.form.get("quiet") == "true", mailed, digested, hour)
        context.current().close_session()
        with self.store.housekeeping() as connection:
            keep_wishes(connection, user_id, wishes)
        return self.go("/profile/", "profile.saved")

    def _wishes(self) -> Wishes:
        """What the person wishes of notices."""
        user_id = self.actor.user_id
        context.current().close_session()
        with self.store.system_reading() as connection:
            return wishes_of(connection, [user_id])[user_id] if user_id is not None else Wishes()

    def _areas(self, wishes: Wishes) -> list[Input]:
        """How one is told of each area."""
        ways = tuple((way, self.t(f"wishes.way.{way}")) for way in WAYS)
        return [
            Input(
                name=f"way.{area}", id=f"way-{area}", kind="select", label=self.t(f"wishes.{area}"), value=wishes.way(area),
                options=ways, required=True,
            )
            for area in AREAS
        ]  # fmt: skip

    def _hour(self, wishes: Wishes) -> Input:
        hours = tuple((str(each), f"{each:02}:00") for each in range(HOURS))
        return Input(
            name="hour", id="p-hour", kind="select", label=self.t("wishes.hour"), value=str(wishes.hour), options=hours,
            help=self.t("wishes.hour_help"), required=True,
        )  # fmt: skip

    def choose_theme(self) -> Response:
        """POST /profile/theme: a laptop by day and a phone by night may differ."""
        chosen = request.form.get("theme", "")
        if chosen not in THEMES:
            raise BadRequest
        response = self.go(safe_next(request.form.get("next")))
        give_cookie(response, THEME_COOKIE, chosen, seconds=YEAR)
        return response

    def show(
        self, zone: str = "", problem: str = "", status: int = 200, panel: deputies.Panel | None = None
    ) -> Response:
        """GET /profile/, and again with what is wrong. Deputies are there where anything is approved."""
        if panel is None and self.catalog.approvals:
            panel = deputies.panel(self)
        languages = tuple((code, LANGUAGE_NAMES.get(code, code)) for code in self.catalog.pack.languages)
        place = (
            Input(
                name="locale", id="p-locale", kind="select", label=self.t("profile.language"), value=self.language,
                options=languages, required=True,
            ),
            Input(
                name="time_zone", id="p-zone", label=self.t("profile.time_zone"), value=zone or self.formats.zone.key,
                help=self.t("profile.time_zone_help"), error=problem, limit=60, required=True,
            ),
        )  # fmt: skip
        words = (("old", "password.old", "current-password"), ("password", "password.new", "new-password"),
                 ("password_again", "password.again", "new-password"))  # fmt: skip
        passwords = tuple(
            Input(name=name, id=f"pw-{name}", label=self.t(key), html_type="password", complete=how, required=True)
            for name, key, how in words
        )
        wishes = self._wishes()
        return self.page(
            "profile.html",
            title=self.t("profile.title"),
            status=status,
            place=place,
            passwords=passwords,
            deputies=panel,
            areas=self._areas(wishes),
            hour=self._hour(wishes),
            quiet=wishes.rests(self.catalog),
        )


class BrandView(PageView):
    """`/brand.css`: the accent of the company, where its pack has a colour."""

    route_base = ""

    @expose("/brand.css")
    @public
    def show(self) -> Response:
        """The style sheet; its address names its content."""
        css = screens().brand_css
        if not css:
            raise NotFound
        response = FlaskResponse(css, content_type="text/css; charset=utf-8")
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response

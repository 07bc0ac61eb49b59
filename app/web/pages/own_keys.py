"""`/profile/keys/`: one's own keys for programs."""

from __future__ import annotations

from typing import NamedTuple, get_args

from flask import request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from app.access import outside_of
from app.web import context
from app.web.pages.base import Desk, PageView, expose, parse_id
from app.web.pages.inputs import Input
from app.web.security import keys, login, tokens
from app.web.security.outside import doors

HERE = "/profile/keys/"


class ShownKey(NamedTuple):
    """A key in the list."""

    id: int
    name: str
    hint: str
    scope: str
    ends: str
    used: str


class OwnKeysView(PageView):
    """`/profile/keys/`."""

    route_base = "/profile/keys"

    @expose("/")
    def show(self) -> Response:
        """The keys."""
        return OwnKeys().show()

    @expose("/", methods=["POST"])
    def make(self) -> Response:
        """Make one."""
        return OwnKeys().make()

    @expose("/<string:key>/end", methods=["POST"])
    def end(self, key: str) -> Response:
        """Revoke one."""
        return OwnKeys().end(parse_id(key))


class OwnKeys(Desk):
    """One's own keys."""

    def show(self, problem: str = "", field: str = "", status: int = 200) -> Response:
        """GET /profile/keys/, and again with what is wrong at a field."""
        user_id, now = self.actor.user_id, context.now()
        if user_id is None:
            raise NotFound
        context.current().close_session()
        with self.store.system_reading() as connection:
            found = keys.keys_of(connection, user_id, now)
            seen = outside_of(connection, user_id) if found else None
        rows = [
            ShownKey(
                each.id, each.name, each.hint, self.t(f"keys.scope.{each.scope}"), self.formats.moment(each.expires_at, now),
                self.formats.moment(each.used_at, now) if each.used_at else "",
            )
            for each in found
        ]  # fmt: skip
        return self.page(
            "own_keys.html",
            title=self.t("keys.title"),
            crumbs=((self.t("profile.title"), "/profile/"), (self.t("keys.title"), "")),
            status=status,
            rows=rows,
            rest=self.t("keys.rest", days=doors().key_days)
            if seen is not None and keys.rests(doors(), seen, now)
            else "",
            inputs=self._inputs(problem, field),
        )

    def _inputs(self, problem: str, field: str) -> tuple[Input, ...]:
        form = request.form  # empty unless it was sent, and then shown again
        scopes = tuple((each, self.t(f"keys.scope.{each}")) for each in get_args(keys.Scope))
        days = tuple((str(each), self.t("keys.days_of", count=each)) for each in keys.DAYS)

        def error(name: str) -> str:
            return problem if field == name else ""

        return (
            Input(name="name", id="key-name", label=self.t("keys.name"), value=form.get("name", ""), error=error("name"),
                  limit=tokens.LONGEST_NAME, required=True),
            Input(name="scope", id="key-scope", kind="select", label=self.t("keys.scope"), value=form.get("scope", "read"),
                  options=scopes, required=True),
            Input(name="days", id="key-days", kind="select", label=self.t("keys.days"), value=form.get("days", "90"),
                  options=days, required=True),
            Input(name="password", id="key-password", label=self.t("password.old"), html_type="password",
                  complete="current-password", error=error("password"), required=True),
        )  # fmt: skip

    def make(self) -> Response:
        """POST /profile/keys/: with the password, so that a session that was left open makes none."""
        user_id, form, now = self.actor.user_id, request.form, context.now()
        name = " ".join(form.get("name", "").replace("\0", "").split())
        scope = next((each for each in get_args(keys.Scope) if each == form.get("scope")), None)
        days = next((each for each in keys.DAYS if str(each) == form.get("days")), None)
        if user_id is None or scope is None or days is None:
            raise NotFound
        if not name or len(name) > tokens.LONGEST_NAME:
            return self.show(self.t("keys.name_wrong", limit=tokens.LONGEST_NAME), "name", 422)
        if not login.is_own_password(self.store, user_id, form.get("password", ""), now):
            return self.show(self.t("password.wrong"), "password", 422)
        key = keys.make_key(self.store, self.actor, keys.NewKey(name, scope, days), now)
        if key is None:
            return self.show(self.t("keys.too_many"), "name", 422)
        crumbs = ((self.t("profile.title"), "/profile/"), (self.t("keys.title"), HERE), (name, ""))
        return self.page("own_key.html", title=self.t("keys.made"), crumbs=crumbs, key=key, back=HERE)

    def end(self, key: int) -> Response:
        """POST /profile/keys/<id>/end."""
        if not keys.end_key(self.store, self.actor, key, context.now()):
            raise NotFound
        return self.go(HERE, "profile.key_ended")

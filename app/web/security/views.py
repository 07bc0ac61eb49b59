"""The pages of the login: in, out, the one-time link, one's own password, the language; and the token of a program."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask import Response, current_app, redirect, render_template, request
from flask_appbuilder.api import BaseApi
from flask_appbuilder.baseviews import BaseView
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as BaseResponse

from app.access import system_actor
from app.orm.store import Store
from app.record import Change, Refused, update
from app.web import context, errors, i18n
from app.web.builder import route
from app.web.security import links, login, passwords, people, sessions
from app.web.security.gate import public

# A path of this server: one slash, then anything but a second one or what a browser reads as one.
_OWN_PATH = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")
HOME = "/"


def safe_next(target: str | None) -> str:
    """Where to go after the login: a path of this server, else the home page. The login itself is no such place."""
    if target and _OWN_PATH.fullmatch(target) and not target.startswith(("/login", "/logout", "/setup", "/api")):
        return target
    return HOME


def visitor() -> sessions.Visitor:
    """Where the request comes from. Headers of proxies are not believed."""
    return sessions.Visitor(request.remote_addr, request.headers.get("User-Agent"))


def _https() -> bool:
    return bool(current_app.config["PREFERRED_URL_SCHEME"] == "https")


def _page(template: str, status: int = 200, **values: object) -> Response:
    shown = {"language": context.current().language, **values}
    return Response(render_template(template, **shown), status)


def _let_in(token: str, target: str) -> BaseResponse:
    answer = redirect(target, 303)
    sessions.give_cookie(answer, token, https=_https())  # type: ignore[arg-type]
    return answer


class LoginView(BaseView):  # type: ignore[misc]  # the library publishes no types
    """`/login/`: name and password."""

    route_base = "/login"
    default_view = "login"

    @route("/")
    @public
    def login(self) -> BaseResponse:
        """The form."""
        return _page("login.html", next=request.args.get("next", ""), login="", problem="")

    @route("/", "POST")
    @public
    def enter(self) -> BaseResponse:
        """The attempt: in with a new session, or the form again."""
        state = context.current()
        form = request.form
        name, password = form.get("username", ""), form.get("password", "")
        attempt = login.Attempt(name, password, "page", visitor())
        answer = login.log_in(state.store, attempt, context.now())
        if isinstance(answer, login.NotLoggedIn):
            problem = i18n.t("login.wrong" if answer.reason == "wrong" else "login.too_many")
            status = 401 if answer.reason == "wrong" else 429
            return _page("login.html", status, next=form.get("next", ""), login=name, problem=problem)
        if state.web_session is not None:  # the session that was shown ends: a planted one is worth nothing
            sessions.end(state.store, state.web_session.id)
        return _let_in(answer.token, safe_next(form.get("next")))


class LogoutView(BaseView):  # type: ignore[misc]  # as above
    """`/logout/`, by POST alone."""

    route_base = "/logout"
    default_view = "logout"

    @route("/", "POST")
    def logout(self) -> BaseResponse:
        """End the session, here and everywhere."""
        state = context.current()
        if state.web_session is not None:
            sessions.end(state.store, state.web_session.id)
        answer = redirect("/login/", 303)
        sessions.take_cookie(answer, https=_https())  # type: ignore[arg-type]
        return answer


class SetupView(BaseView):  # type: ignore[misc]  # as above
    """`/setup/<token>`: once, for the first administrator or for a new person's password."""

    route_base = "/setup"
    default_view = "ask"

    @route("/<string:token>")
    @public
    def ask(self, token: str) -> BaseResponse:
        """The form, or the page that says that the link is gone."""
        link = self._link(token)
        return _page("setup.html", link=link, problems=[], values={}) if link else self._gone()

    @route("/<string:token>", "POST")
    @public
    def finish(self, token: str) -> BaseResponse:
        """Make the administrator or set the password, and log in."""
        state = context.current()
        link = self._link(token)
        if link is None:
            return self._gone()
        form = request.form
        values = {key: form.get(key, "").strip() for key in ("name", "login", "email")}
        problems = password_problems(form, link.login or values["login"])
        if problems:
            return _page("setup.html", 422, link=link, problems=problems, values=values)
        user_id = link.user_id
        if user_id is None:
            made = _first_administrator(state.store, values)
            if isinstance(made, Refused):
                return _page("setup.html", 422, link=link, problems=_reasons(made), values=values)
            user_id = made
        if not links.use_link(state.store, link, context.now()):
            return self._gone()
        people.change_password(state.store, system_actor("system:login"), user_id, form["password"])
        return _let_in(people.start_session(state.store, user_id, visitor(), context.now()), HOME)

    @staticmethod
    def _link(token: str) -> links.Link | None:
        with context.current().store.system_reading() as connection:
            return links.find_link(connection, token, context.now())

    @staticmethod
    def _gone() -> BaseResponse:
        return _page("setup.html", 404, link=None, problems=[], values={})


def _first_administrator(store: Store, values: dict[str, str]) -> int | Refused:
    person = people.NewPerson(values["login"], values["name"], values["email"] or None, ["administrator"])
    return people.add_person(store, system_actor("system:startup"), person, door="form")


def _reasons(refused: Refused) -> list[str]:
    state = context.current()
    return [refusal.text(state.language, state.store.catalog) for refusal in refused.refusals]


def password_problems(form: Mapping[str, str], name: str) -> list[str]:
    """What is wrong with `password` and `password_again` of a form, in the language of the request."""
    policy = context.current().store.catalog.pack.security.password
    password = form.get("password", "")
    found = [i18n.t(each.key, length=each.length) for each in passwords.weaknesses(password, name, policy)]
    if password != form.get("password_again", ""):
        found.append(i18n.t("password.differ"))
    return found


class PasswordView(BaseView):  # type: ignore[misc]  # as above
    """`/password/`: one's own password."""

    route_base = "/password"
    default_view = "ask"

    @route("/")
    def ask(self) -> BaseResponse:
        """The form."""
        return _page("password.html", problems=[])

    @route("/", "POST")
    def change(self) -> BaseResponse:
        """Change it: every session of the person ends, this browser gets a new one."""
        answer = change_own_password(request.form)
        return _page("password.html", 422, problems=answer) if isinstance(answer, list) else answer


def change_own_password(form: Mapping[str, str]) -> list[str] | BaseResponse:
    """Change the password of who is logged in, from the fields `old`, `password`, `password_again` and `next`.

    What is wrong with them, in the language of the request; else the answer to send, with the cookie of a new session.
    """
    state = context.current()
    user_id = state.actor.user_id
    assert user_id is not None
    if not login.BY_LOGIN.take(f"password:{user_id}"):
        return [i18n.t("login.too_many")]
    with state.store.system_reading() as connection:
        secret = login.find_secret(connection, user_id)
    if secret is None or not passwords.verify(secret.password, form.get("old", "")):
        return [i18n.t("password.wrong")]
    problems = password_problems(form, secret.login)
    if form.get("password") == form.get("old"):
        problems.append(i18n.t("password.same"))
    if problems:
        return problems
    state.close_session()
    people.change_password(state.store, state.actor, user_id, form["password"])
    token = people.start_session(state.store, user_id, visitor(), context.now())
    return _let_in(token, safe_next(form.get("next")))


class LanguageView(BaseView):  # type: ignore[misc]  # as above
    """`/language/`: one's own language, kept with the person."""

    route_base = "/language"
    default_view = "choose"

    @route("/", "POST")
    def choose(self) -> BaseResponse:
        """Keep the language and go back."""
        state = context.current()
        chosen = request.form.get("language", "")
        if chosen not in state.store.catalog.pack.languages:
            raise BadRequest
        user_id = state.actor.user_id
        assert user_id is not None
        saved = update(
            state.store, system_actor("system:login"), "user", [Change(user_id, {"locale": chosen})], door="form"
        )
        if isinstance(saved, Refused):
            raise BadRequest
        return redirect(safe_next(request.form.get("next")), 303)


class SecurityApi(BaseApi):  # type: ignore[misc]  # as above
    """`/api/v1/security/login`: a token for a program. The token is a row that can be ended, not a signed claim."""

    resource_name = "security"
    openapi_spec_tag = "Security"
    allow_browser_login = False

    @route("/login", "POST")
    @public
    def login(self) -> Response:
        """`{username, password}` (and Flask-AppBuilder's `provider`, which is ignored) for `{access_token}`."""
        body = request.get_json(silent=True)
        name, password = (body.get("username"), body.get("password")) if isinstance(body, dict) else (None, None)
        if not isinstance(name, str) or not isinstance(password, str):
            return errors.problem(400, detail="Send {username, password} as JSON.")
        attempt = login.Attempt(name, password, "token", visitor())
        answer = login.log_in(context.current().store, attempt, context.now())
        if isinstance(answer, login.NotLoggedIn):
            key = "login.wrong" if answer.reason == "wrong" else "login.too_many"
            return errors.problem(401 if answer.reason == "wrong" else 429, detail=i18n.text_in("en", key))
        return self.response(200, access_token=answer.token)  # type: ignore[no-any-return]

    @route("/logout", "POST")
    def logout(self) -> Response:
        """End the token that was shown."""
        state = context.current()
        if state.web_session is not None:
            sessions.end(state.store, state.web_session.id)
        return Response(status=204)


def register(appbuilder: Any, _store: Store) -> None:
    """Add the views of the login."""
    for view in (LoginView, LogoutView, SetupView, PasswordView, LanguageView):
        appbuilder.add_view_no_menu(view())
    appbuilder.add_api(SecurityApi)

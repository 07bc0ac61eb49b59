"""The pages of the login: in, out, the one-time link, one's own password, the language; and the token of a program."""

from __future__ import annotations

from typing import Any

from flask import Response, redirect, request
from flask_appbuilder.api import BaseApi
from flask_appbuilder.baseviews import BaseView
from sqlalchemy.engine import Connection
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as BaseResponse

from app.access import system_actor
from app.automation.login_mails import tell_of_reset_in
from app.orm.store import Store
from app.record import Act, Change, Refused, Unit, update
from app.web import context, errors, i18n
from app.web.builder import route
from app.web.security import keys, links, login, outside, people, sessions, viewing
from app.web.security.answers import HOME, go_on, login_page, page, safe_next, secret_key
from app.web.security.audited import note
from app.web.security.forgotten import ForgottenView
from app.web.security.gate import public, unviewed
from app.web.security.new_password import (
    change_own_password,
    ends_keys,
    given_to_programs,
    password_problems,
)
from app.web.security.oidc import OidcView
from app.web.security.passkey_views import PasskeyLoginView
from app.web.security.saml import SamlView
from app.web.security.steps import StepsView
from app.web.security.visitors import visitor

REFUSED = {
    "wrong": (401, "login.wrong"),
    "too_many": (429, "login.too_many"),
    "code": (401, "factor.wrong"),
    "unreachable": (503, "outside.unreachable"),
}


class LoginView(BaseView):  # type: ignore[misc]  # the library publishes no types
    """`/login/`: name and password."""

    route_base = "/login"
    default_view = "login"

    @route("/")
    @public
    def login(self) -> BaseResponse:
        """The form."""
        return login_page(next=request.args.get("next", ""))

    @route("/", "POST")
    @public
    def enter(self) -> BaseResponse:
        """The attempt: in with a new session, or the form again."""
        state = context.current()
        form = request.form
        name, password = form.get("username", ""), form.get("password", "")
        attempt = login.Attempt(name, password, "page", visitor())
        answer = outside.enter(state.store, secret_key(), attempt, context.now())
        if isinstance(answer, login.NotLoggedIn):
            status, key = REFUSED[answer.reason]
            return login_page(status, problem=i18n.t(key), next=form.get("next", ""), login=name)
        if isinstance(answer, str):
            return login_page(403, problem=i18n.t(f"outside.{answer}"), next=form.get("next", ""), login=name)
        if state.web_session is not None:  # the session that was shown ends: a planted one is worth nothing
            sessions.end(state.store, state.web_session.id)
        return go_on(answer, safe_next(form.get("next")))


class LogoutView(BaseView):  # type: ignore[misc]  # as above
    """`/logout/`, by POST alone."""

    route_base = "/logout"
    default_view = "logout"

    @route("/", "POST")
    @unviewed
    def logout(self) -> BaseResponse:
        """End the session, here and everywhere."""
        _log_out("form")
        provider = outside.doors().oidc
        answer = redirect("/login/?out=1" if provider is not None and provider.settings.logout else "/login/", 303)
        sessions.take_token(answer)
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
        return page("setup.html", link=link, problems=[], values={}) if link else self._gone()

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
        problems = password_problems(form, link.user_id, values["login"])
        if problems:
            return page("setup.html", 422, link=link, problems=problems, values=values)
        user_id = link.user_id
        if user_id is None:
            made = _first_administrator(state.store, values)
            if isinstance(made, Refused):
                return page("setup.html", 422, link=link, problems=_reasons(made), values=values)
            user_id = made
        kept = _choose(state.store, link, user_id, form["password"])
        if kept is None:
            return self._gone()
        # A link shows that mail is read, or that an administrator trusts; it is no second factor.
        proven = login.Proven(user_id, "page", visitor(), kept, with_factor=False, by="link")
        answer = login.admit(state.store, proven, context.now())
        return redirect("/login/", 303) if isinstance(answer, login.NotLoggedIn) else go_on(answer, HOME)

    @staticmethod
    def _link(token: str) -> links.Link | None:
        with context.current().store.system_reading() as connection:
            found = links.find_link(connection, token, context.now())
        if found is not None and found.user_id is not None and not outside.doors().passwords.allows(found.login or ""):
            return None  # a password that he chose would not let him in
        return found

    @staticmethod
    def _gone() -> BaseResponse:
        return page("setup.html", 404, link=None, problems=[], values={})


def _choose(store: Store, link: links.Link, user_id: int, password: str) -> str | None:
    """Set the password and use the link up, at once; the hash that is kept, None where the link was used meanwhile."""
    moment = context.now()

    def proof(connection: Connection) -> bool:
        return links.use_link(connection, link, moment)

    def also(unit: Unit) -> None:
        if link.resets:
            tell_of_reset_in(unit, user_id)

    actor = system_actor("system:login")
    try:
        return people.change_password(store, actor, user_id, password, also=also, proof=proof)
    except LookupError:
        return None


def _first_administrator(store: Store, values: dict[str, str]) -> int | Refused:
    language = context.current().language  # that of the form, so that nobody goes on in one that he may not read
    person = people.NewPerson(values["login"], values["name"], values["email"] or None, ["administrator"], language)
    return people.add_person(store, system_actor("system:startup"), person, door="form")


def _reasons(refused: Refused) -> list[str]:
    state = context.current()
    return [refusal.text(state.language, state.store.catalog) for refusal in refused.refusals]


class PasswordView(BaseView):  # type: ignore[misc]  # as above
    """`/password/`: one's own password."""

    route_base = "/password"
    default_view = "ask"

    @route("/")
    def ask(self) -> BaseResponse:
        """The form."""
        return self._page([])

    @route("/", "POST")
    def change(self) -> BaseResponse:
        """Change it: every session of the person ends, this browser gets a new one."""
        answer = change_own_password(request.form)
        return self._page(answer, 422) if isinstance(answer, list) else answer

    @staticmethod
    def _page(problems: list[str], status: int = 200) -> BaseResponse:
        user_id = context.current().actor.user_id
        assert user_id is not None
        context.current().close_session()
        return page(
            "password.html",
            status,
            problems=problems,
            programs=given_to_programs(user_id),
            ends=ends_keys(request.form),
        )


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


def _sent_json() -> dict[str, Any]:
    """The object that a program sent; an empty one for anything else."""
    try:
        body = request.get_json(silent=True)
    except RecursionError:  # lists in lists without an end: no fault of ours
        return {}
    return body if isinstance(body, dict) else {}


class SecurityApi(BaseApi):  # type: ignore[misc]  # as above
    """`/api/v1/security/login`: a token for a program. The token is a row that can be ended, not a signed claim."""

    resource_name = "security"
    openapi_spec_tag = "Security"
    allow_browser_login = False

    @route("/login", "POST")
    @public
    def login(self) -> Response:
        """`{username, password}`, and the `code` of a second factor, for `{access_token}`; Flask-AppBuilder's `provider` is
        ignored. A step that only a page can do is named in `step` of the problem.
        """
        sent = _sent_json()
        name, password, code = sent.get("username"), sent.get("password"), sent.get("code", "")
        if not isinstance(name, str) or not isinstance(password, str) or not isinstance(code, str):
            return errors.problem(400, detail="Send {username, password} as JSON, with the code of a second factor.")
        attempt = login.Attempt(name, password, "token", visitor(), code)
        answer = outside.enter(context.current().store, secret_key(), attempt, context.now())
        if isinstance(answer, login.NotLoggedIn):
            status, key = REFUSED[answer.reason]
            return errors.problem(status, detail=i18n.text_in("en", key))
        if isinstance(answer, str):
            return errors.problem(403, detail=i18n.text_in("en", f"outside.{answer}"))
        if isinstance(answer, login.Halfway):
            return errors.problem(401, detail=keys.MISSING[answer.step], step=answer.step)
        return self.response(200, access_token=answer.token)  # type: ignore[no-any-return]

    @route("/logout", "POST")
    def logout(self) -> Response:
        """End the token that was shown. A key is ended by its person alone."""
        found = context.current().web_session
        if found is not None and found.kind == "key":
            return errors.problem(403, detail="A key is ended on the page on which it was made.")
        _log_out("api")
        return Response(status=204)


def _log_out(door: str) -> None:
    """End the session that was shown."""
    state = context.current()
    if state.web_session is None:
        return
    actor = state.actor
    viewing.end(state.store, state.web_session, "logout", context.now())
    sessions.end(state.store, state.web_session.id)
    note(state.store, Act("logout", door, actor.user_id, actor.name, record=actor.user_id), context.now())


def register(appbuilder: Any, _store: Store) -> None:
    """Add the views of the login."""
    for view in (
        LoginView, OidcView, SamlView, StepsView, PasskeyLoginView, ForgottenView, LogoutView, SetupView, PasswordView,
        LanguageView,
    ):  # fmt: skip
        appbuilder.add_view_no_menu(view())
    appbuilder.add_api(SecurityApi)

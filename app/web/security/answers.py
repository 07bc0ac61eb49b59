"""Answers of the pages of the login: the page itself, and the cookies that let somebody in or one step on."""

from __future__ import annotations

import re
from urllib.parse import quote

from flask import Response, current_app, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from app.web import context, i18n
from app.web.security import login, outside, password_age, sessions

# A path of this server: one slash, then anything but a second one or what a browser reads as one.
_OWN_PATH = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")
HOME = "/"


def safe_next(target: str | None) -> str:
    """Where to go after the login: a path of this server, else the home page. The login itself is no such place."""
    if target and _OWN_PATH.fullmatch(target) and not target.startswith(("/login", "/logout", "/setup", "/api")):
        return target
    return HOME


def secret_key() -> str:
    """The key of the settings."""
    return str(current_app.config["SECRET_KEY"])


def page(template: str, status: int = 200, **values: object) -> Response:
    """A page outside of the frame."""
    shown = {"language": context.current().language, **values}
    return Response(render_template(template, **shown), status)


def login_page(status: int = 200, *, problem: str = "", next: str = "", login: str = "") -> Response:  # noqa: A002 - as the form has it
    """The login page: by providers, where there are some, and by a password. `problem`: why not."""
    ways, target = outside.doors(), safe_next(next)
    labels = {means: label or i18n.t("outside.company") for means, label in ways.providers.items()}
    out = ways.oidc.way_out() if ways.oidc is not None and "out" in request.args else None
    return page(
        "login.html", status, next=next, login=login, problem=problem,
        providers=[(label, step_address(means, target)) for means, label in labels.items()],
        everyone=ways.passwords.everyone or ways.ldap is not None, way_out=(labels["oidc"], out) if out else None,
    )  # fmt: skip


def let_in(token: str, target: str, days_left: int | None = None) -> BaseResponse:
    """In, with a word on a password that will soon be too old."""
    answer = redirect(target, 303)
    mark_in(answer, token)
    if days_left is not None and days_left <= password_age.WARNED_BEFORE:
        from app.web.pages import notices

        key = "password.last_day" if days_left <= 0 else "password.due_tomorrow" if days_left == 1 else "password.due"
        notices.give(answer, notices.Notice(key, {"days": str(days_left)}, "danger"))
    return answer


def mark_in(answer: BaseResponse, token: str) -> None:
    """The cookie of a session, in the place of one that waited for a step."""
    sessions.give_token(answer, token)
    sessions.take_step_token(answer)


def go_on(answer: login.LoggedIn | login.Halfway, target: str) -> BaseResponse:
    """In, or to the page of the step that is missing."""
    if isinstance(answer, login.LoggedIn):
        return let_in(answer.token, target, answer.days_left)
    response = redirect(step_address(answer.step, target), 303)
    sessions.give_step_token(response, answer.token)
    return response


def step_address(step: str, target: str) -> str:
    """The page of a step, which leads to `target` afterwards."""
    return f"/login/{step}" if target == HOME else f"/login/{step}?next={quote(target, safe='/')}"

"""`/login/oidc` and `/login/oidc/back`: to an OpenID provider, and back with its word.

What must come back is kept in a sealed cookie of the browser that set out, for ten minutes: nobody else can come back in its place,
and the database learns of it only when somebody is let in.
"""

from __future__ import annotations

import datetime as dt
import hmac
import json
import secrets

from flask import Response, redirect, request
from flask_appbuilder.baseviews import BaseView
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as BaseResponse

from app.frozen import dataclass
from app.identity.arrival import NotArrived, Why
from app.identity.provider import Begun, Provider
from app.web import context, i18n
from app.web.builder import route
from app.web.cookies import give_cookie, take_cookie
from app.web.security import login, outside, sealing, sessions
from app.web.security.answers import go_on, login_page, safe_next, secret_key
from app.web.security.gate import public
from app.web.security.visitors import visitor

COOKIE = "tenon_oidc"
PATH = "/login/oidc"
LIFE = dt.timedelta(minutes=10)
STATUS: dict[Why, int] = {"unreachable": 503, "cancelled": 401, "late": 401, "failed": 401}
"""Of the others it is 403: he has shown who he is."""
_PURPOSE = "a login at an OpenID provider"
_LONGEST_CODE = 4_096


@dataclass(frozen=True)
class Outward:
    """Somebody who is at the provider: what must come back, where he wants to go, and since when (seconds since 1970)."""

    begun: Begun
    target: str
    since: int


class OidcView(BaseView):  # type: ignore[misc]  # the library publishes no types
    """`/login/oidc`."""

    route_base = PATH
    default_view = "leave"

    @route("")
    @public
    def leave(self) -> BaseResponse:
        """To the provider. By GET, for a link: browsers follow no form to another site here."""
        provider, target = _provider(), safe_next(request.args.get("next"))
        if not login.BY_ADDRESS.take(visitor().address or ""):
            return login_page(429, problem=i18n.t("login.too_many"), next=target)
        begun = Begun(*(secrets.token_urlsafe(32) for _ in range(3)))
        try:
            address = provider.address(begun)
        except NotArrived as error:
            return _refused(provider, error.why, error.detail, target)
        answer = redirect(address, 303)
        _keep(answer, Outward(begun, target, int(context.now().timestamp())))
        return answer

    @route("/back")
    @public
    def back(self) -> BaseResponse:
        """In, or to the next step of the login, or the login page with why not. The cookie is used up with it."""
        provider = _provider()
        if not login.BY_ADDRESS.take(visitor().address or ""):
            return login_page(429, problem=i18n.t("login.too_many"))
        outward = _kept()
        answer: BaseResponse
        if outward is None or not hmac.compare_digest(_argument("state").encode(), outward.begun.state.encode()):
            answer = _refused(provider, "late", "state" if outward else "cookie")
        else:
            answer = _arrived(provider, outward)
        take_cookie(answer, COOKIE, path=PATH)
        return answer


def _arrived(provider: Provider, outward: Outward) -> BaseResponse:
    store, moment = context.current().store, context.now()
    if request.args.get("error"):
        why: Why = "cancelled" if request.args["error"] == "access_denied" else "failed"
        return _refused(provider, why, "provider", outward.target)
    try:
        arrival = provider.arrival(_argument("code"), request.args.get("iss"), outward.begun, moment)
    except NotArrived as error:
        return _refused(provider, error.why, error.detail, outward.target)
    answer = outside.let_arrive(store, arrival, _entry(provider), moment)
    if isinstance(answer, str):
        return login_page(_status(answer), problem=i18n.t(f"outside.{answer}"), next=outward.target)
    shown = sessions.page_token(request)
    if shown:  # the session that was shown ends, as at the login by a password
        sessions.end(store, sessions.digest(shown))
    return go_on(answer, outward.target)


def _provider() -> Provider:
    provider = outside.doors().oidc
    if provider is None:
        raise NotFound
    return provider


def _entry(provider: Provider) -> outside.Entry:
    return outside.Entry("oidc", "page", visitor(), provider.settings.link, provider.settings.create)


def _refused(provider: Provider, why: Why, detail: str, target: str = "") -> Response:
    outside.tell_refused(context.current().store, _entry(provider), why, detail, context.now())
    return login_page(_status(why), problem=i18n.t(f"outside.{why}"), next=target)


def _status(why: Why) -> int:
    return STATUS.get(why, 403)


def _argument(name: str) -> str:
    return request.args.get(name, "")[:_LONGEST_CODE]


def _keep(answer: BaseResponse, outward: Outward) -> None:
    begun = outward.begun
    words = [begun.state, begun.nonce, begun.verifier, outward.target, outward.since]
    sealed = sealing.seal(secret_key(), json.dumps(words), _PURPOSE)
    give_cookie(answer, COOKIE, sealed, seconds=int(LIFE.total_seconds()), path=PATH)


def _kept() -> Outward | None:
    """Who set out from this browser, and not too long ago."""
    try:
        words = json.loads(sealing.unseal(secret_key(), request.cookies.get(COOKIE, ""), _PURPOSE))
    except sealing.Unreadable:
        return None
    outward = Outward(Begun(*words[:3]), words[3], words[4])
    return outward if 0 <= context.now().timestamp() - outward.since < LIFE.total_seconds() else None

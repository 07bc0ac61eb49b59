"""`/login/oidc` and `/login/oidc/back`: to an OpenID provider, and back with its word.

The database learns of a login only when somebody is let in.
"""

from __future__ import annotations

import hmac
import secrets

from flask import request
from flask_appbuilder.baseviews import BaseView
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as BaseResponse

from app.identity.arrival import NotArrived, Why
from app.identity.provider import Begun, Provider
from app.web import context, i18n
from app.web.builder import route
from app.web.security import login, outside, trips
from app.web.security.answers import login_page, safe_next
from app.web.security.gate import public
from app.web.security.visitors import visitor

TRIP = trips.Trip("oidc", "/login/oidc")
_LONGEST_CODE = 4_096


class OidcView(BaseView):  # type: ignore[misc]  # the library publishes no types
    """`/login/oidc`."""

    route_base = TRIP.path
    default_view = "leave"

    @route("")
    @public
    def leave(self) -> BaseResponse:
        """To the provider."""
        provider, target = _provider(), safe_next(request.args.get("next"))
        if not login.may_try(visitor()):
            return login_page(429, problem=i18n.t("login.too_many"), next=target)
        begun = Begun(*(secrets.token_urlsafe(32) for _ in range(3)))
        try:
            address = provider.address(begun)
        except NotArrived as error:
            return trips.refused(_entry(provider), error.why, error.detail, target)
        return TRIP.begin(address, (begun.state, begun.nonce, begun.verifier), target)

    @route("/back")
    @public
    def back(self) -> BaseResponse:
        """In, or to the next step of the login, or the login page with why not. The cookie is used up with it."""
        provider, outward = _provider(), TRIP.outward()
        if not login.may_try(visitor()):
            return login_page(429, problem=i18n.t("login.too_many"), next=outward.target if outward is not None else "")
        trips.check_served()
        answer: BaseResponse
        if outward is None or not hmac.compare_digest(_argument("state").encode(), outward.begun[0].encode()):
            answer = trips.refused(_entry(provider), "late", "state" if outward else "cookie")
        else:
            answer = _arrived(provider, outward)
        return TRIP.end(answer)


def _arrived(provider: Provider, outward: trips.Outward) -> BaseResponse:
    entry, told = _entry(provider), request.args.get("error")
    if told:
        why: Why = "cancelled" if told == "access_denied" else "failed"
        return trips.refused(entry, why, "provider", outward.target)
    begun = Begun(*outward.begun)
    try:
        arrival = provider.arrival(_argument("code"), request.args.get("iss"), begun, context.now())
    except NotArrived as error:
        return trips.refused(entry, error.why, error.detail, outward.target)
    return trips.arrived(arrival, entry, outward.target)


def _provider() -> Provider:
    provider = outside.doors().oidc
    if provider is None:
        raise NotFound
    return provider


def _entry(provider: Provider) -> outside.Entry:
    return outside.Entry("oidc", "page", visitor(), provider.settings.link, provider.settings.create)


def _argument(name: str) -> str:
    return request.args.get(name, "")[:_LONGEST_CODE]

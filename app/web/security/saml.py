"""`/login/saml`: to a SAML identity provider, and back with its answer.

The provider's page posts the answer, and with what another site posts no cookie of ours comes. So the answer is looked at and kept
under the request that it answers, once; then the browser comes by itself, with the cookie that names the request: whoever was made
to post somebody else's answer is nobody. Rows are made by signed answers alone, and go after ten minutes. Who is refused is told so
where his browser has come by itself, for there it is known where he wanted to go.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import secrets
from typing import TYPE_CHECKING, Literal, cast
from urllib.parse import urlencode

import sqlalchemy as sa
from flask import Response, redirect, request
from flask_appbuilder.baseviews import BaseView
from sqlalchemy.dialects import postgresql, sqlite
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as BaseResponse

from app.identity.arrival import Arrival, NotArrived, Why
from app.orm.framework import saml_answer
from app.orm.store import Store
from app.web import context, i18n
from app.web.builder import route
from app.web.security import login, outside, sealing, trips
from app.web.security.answers import login_page, safe_next, secret_key
from app.web.security.gate import public, sealed
from app.web.security.visitors import visitor

if TYPE_CHECKING:
    from app.identity.saml import SamlProvider  # XML is loaded where a provider is stated, and nowhere else

TRIP = trips.Trip("saml", "/login/saml")
LARGEST_BODY = 512 * 1024  # bytes
Told = Why | Literal["too_many"]
_WHY = "why a login by saml failed"


class SamlView(BaseView):  # type: ignore[misc]  # the library publishes no types
    """`/login/saml`."""

    route_base = TRIP.path
    default_view = "leave"

    @route("")
    @public
    def leave(self) -> BaseResponse:
        """To the provider. Where one wants to go afterwards stays in the cookie: the provider is not told."""
        provider, target = _provider(), safe_next(request.args.get("next"))
        if not login.may_try(visitor()):
            return login_page(429, problem=i18n.t("login.too_many"), next=target)
        asked = f"_{secrets.token_hex(32)}"
        return TRIP.begin(provider.address(asked, context.now()), (asked,), target)

    @route("/acs", "POST")
    @public
    @sealed
    def acs(self) -> BaseResponse:
        """Keeps whom the answer tells of until his browser comes, which it is told to do, also where it is to read why not."""
        provider = _provider()
        if not login.may_try(visitor()):
            return _to_back("too_many")
        request.max_content_length = LARGEST_BODY
        try:
            asked, arrival = provider.answered(request.form.get("SAMLResponse", ""), context.now())
        except NotArrived as error:
            return _refused(provider, error.why, error.detail)
        if not _keep(context.current().store, asked, arrival, context.now()):
            return _refused(provider, "failed", "replay")
        return _to_back()

    @route("/back")
    @public
    def back(self) -> BaseResponse:
        """In, or to the next step of the login, or the login page with why not. The cookie is used up with it, unless what came is said
        to be refused: his own answer may come yet.
        """
        provider, outward = _provider(), TRIP.outward()
        told = _told(request.args.get("why", ""))
        if told is not None:
            target = outward.target if outward is not None else ""
            if told == "too_many":
                return login_page(429, problem=i18n.t("login.too_many"), next=target)
            return trips.not_in(told, target)
        trips.check_served()
        arrival = _take(context.current().store, outward.begun[0], context.now()) if outward is not None else None
        answer: BaseResponse
        if outward is None or arrival is None:
            answer = trips.refused(_entry(provider), "late", "answer" if outward else "cookie")
        else:
            answer = trips.arrived(arrival, _entry(provider), outward.target)
        return TRIP.end(answer)

    @route("/metadata")
    @public
    def metadata(self) -> Response:
        """What the provider's operator gives it to know us by."""
        return Response(_provider().metadata(), content_type="application/samlmetadata+xml; charset=utf-8")


def _provider() -> SamlProvider:
    provider = outside.doors().saml
    if provider is None:
        raise NotFound
    return provider


def _entry(provider: SamlProvider) -> outside.Entry:
    return outside.Entry("saml", "page", visitor(), provider.settings.link, provider.settings.create)


def _refused(provider: SamlProvider, why: Why, detail: str) -> BaseResponse:
    outside.tell_refused(context.current().store, _entry(provider), why, detail, context.now())
    return _to_back(why)


def _to_back(why: Told | None = None) -> BaseResponse:
    """The browser comes by itself. Why not is sealed: no link of anybody else makes the login page say something."""
    told = f"?{urlencode({'why': sealing.seal(secret_key(), why, _WHY)})}" if why else ""
    return redirect(f"{TRIP.path}/back{told}", 303)


def _told(sealed: str) -> Told | None:
    """Why the login page is to say that nobody came in; None where it is not."""
    try:
        return cast("Told", sealing.unseal(secret_key(), sealed, _WHY)) if sealed else None
    except sealing.Unreadable:
        return None


def _keep(store: Store, asked: str, arrival: Arrival, moment: dt.datetime) -> bool:
    """Keeps whom the answer to a request tells of; False where it was answered before."""
    row = {"id": _row_of(asked), "arrival": _seal(asked, arrival), "expires_at": moment + trips.LIFE}
    with store.housekeeping() as connection:
        connection.execute(sa.delete(saml_answer).where(saml_answer.c.expires_at <= moment))
        insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        fresh = insert(saml_answer).values(row).on_conflict_do_nothing(index_elements=["id"])
        return connection.execute(fresh.returning(saml_answer.c.id)).scalar() is not None


def _take(store: Store, asked: str, moment: dt.datetime) -> Arrival | None:
    """Whom the answer to a request tells of, once. The row stays: what was answered is not answered again."""
    c = saml_answer.c
    mine = c.id == _row_of(asked), c.arrival != "", c.expires_at > moment
    with store.housekeeping() as connection:
        kept = connection.execute(sa.select(c.arrival).where(*mine)).scalar()
        if kept is None:
            return None
        used = connection.execute(sa.update(saml_answer).where(*mine).values(arrival=""))
    return _unseal(asked, kept) if used.rowcount == 1 else None


def _row_of(asked: str) -> str:
    return hashlib.sha256(asked.encode()).hexdigest()


def _seal(asked: str, arrival: Arrival) -> str:
    words = [arrival.issuer, arrival.subject, arrival.login, arrival.name, arrival.email, arrival.groups]
    return sealing.seal(secret_key(), json.dumps([*words, arrival.has_factor]), f"an answer by SAML to {asked}")


def _unseal(asked: str, kept: str) -> Arrival | None:
    try:
        words = json.loads(sealing.unseal(secret_key(), kept, f"an answer by SAML to {asked}"))
    except sealing.Unreadable:
        return None
    issuer, subject, name_there, name, email, groups, has_factor = words
    return Arrival(issuer, subject, name_there, name, email, tuple(groups), has_factor)

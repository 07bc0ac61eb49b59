"""Whether a change is asked for by one of our own pages.

A logged-in person's pages carry the secret of his session row. Before the login there is no row: a random cookie and its
signature stand in, which another site can neither read nor set.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from urllib.parse import urlsplit

from flask import Request, Response, after_this_request, current_app, request
from markupsafe import Markup

from app.web import context
from app.web.cookies import give_cookie, read_cookie

FIELD = "csrf_token"
HEADER = "X-CSRF-Token"
COOKIE = "tenon_visit"


def token() -> str:
    """What a form of this request must send back in `csrf_token` (a script: in the header X-CSRF-Token)."""
    state = context.current()
    if state.web_session is not None:
        return state.web_session.csrf
    return _signed(_visit())


def field() -> Markup:
    """The hidden input that every form sent by POST needs."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, token())


def is_valid(*, anyone: bool = False) -> bool:
    """Whether the request comes from one of our pages: its origin, where the browser says it, and its token. `anyone`: a page
    that needs no login carries the token of the visit, also when somebody is logged in.
    """
    if not _same_origin():
        return False
    state = context.current()
    sent = request.headers.get(HEADER) or request.form.get(FIELD) or ""
    if state.web_session is not None and (not anyone or _equal(sent, state.web_session.csrf)):
        return _equal(sent, state.web_session.csrf)
    visit = visit_of(request)
    return bool(visit) and _equal(sent, _signed(visit))


def _same_origin() -> bool:
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        return False
    origin = request.headers.get("Origin")
    # Behind a proxy that ends TLS our own scheme is not the browser's: the host decides.
    return origin is None or urlsplit(origin).netloc == request.host


def visit_of(asked: Request) -> str:
    """What a browser that nobody has logged in with is known by, for as long as it is open; blank before its first page."""
    return read_cookie(asked, COOKIE)


def _visit() -> str:
    present = visit_of(request)
    if present:
        return present
    # One value for the whole answer, however many forms it holds.
    made: str = request.environ.setdefault("tenon.visit", secrets.token_urlsafe(16))

    @after_this_request
    def _remember(response: Response) -> Response:
        give_cookie(response, COOKIE, made)
        return response

    return made


def _signed(visit: str) -> str:
    key = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.new(key, b"visit:" + visit.encode(), hashlib.sha256).hexdigest()


def _equal(sent: str, known: str) -> bool:
    return hmac.compare_digest(sent.encode(), known.encode())

"""`/mail-links/…`: what the links in mails lead to. The link itself shows that one may; nobody logs in.

Programs follow the links of mails to see what is behind them: to look at a page changes nothing.
"""

from __future__ import annotations

from typing import cast

from flask import Response as FlaskResponse
from flask import current_app, redirect, render_template, request
from flask import make_response as answer_with
from werkzeug.exceptions import NotFound, TooManyRequests
from werkzeug.wrappers import Response

from app.automation.mail_links import HOME, Linked, Purpose, find_linked
from app.automation.mail_marks import follow, note_seen
from app.automation.mail_stops import stop_by_link, stops_of
from app.orm.store import Store
from app.settings import Settings
from app.web import context
from app.web.i18n import as_language, text_in
from app.web.pages.base import PageView, expose
from app.web.pages.posted import whole_number
from app.web.security.gate import public, sealed
from app.web.security.lockout import Bucket, counted_as
from app.web.security.visitors import visitor

POINT = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")  # a GIF
CALLS = Bucket(
    size=300, per_second=10.0
)  # from an address: the programs of large mail servers share some, as do proxies
MARKS = Bucket(size=1_000, per_second=100.0)  # apart, so that opening mails keeps nobody from unsubscribing


class MailLinksView(PageView):
    """`/mail-links/`."""

    route_base = HOME

    @expose("/<string:token>/stop")
    @public
    def ask(self, token: str) -> Response:
        """Whether one wishes to unsubscribe."""
        linked = _linked("stop", token)
        with context.current().store.system_reading() as connection:
            done = bool(stops_of(connection, (linked.to,)))
        return _page(linked, done=done)

    @expose("/<string:token>/stop", methods=["POST"])
    @public
    @sealed
    def unsubscribe(self, token: str) -> Response:
        """Unsubscribe: by the button of the page, or by a program for mails (RFC 8058)."""
        linked = _linked("stop", token)
        stop_by_link(context.current().store, linked.to)
        return _page(linked, done=True)

    @expose("/<string:token>/seen.gif")
    @public
    def seen(self, token: str) -> Response:
        """A picture of one point: whoever opens the mail loads it."""
        store, settings = _asked(MARKS)
        known = request.method == "HEAD" or note_seen(store, settings, token)
        if not known:
            raise NotFound
        response = FlaskResponse(POINT, content_type="image/gif")
        response.headers["Cache-Control"] = "no-store"
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response

    @expose("/<string:token>/go/<string:number>")
    @public
    def go(self, token: str, number: str) -> Response:
        """To where a link of the mail led."""
        store, settings = _asked(MARKS)
        place = whole_number(number)
        target = follow(store, settings, token, place, noted=request.method != "HEAD") if place is not None else None
        if target is None:
            raise NotFound
        response = redirect(target, 302)
        response.headers["Cache-Control"] = "no-store"
        return response


def _asked(calls: Bucket) -> tuple[Store, Settings]:
    """What a link is looked up with. Raises TooManyRequests."""
    if not calls.take(counted_as(visitor().address)):
        raise TooManyRequests
    state = context.current()
    state.close_session()
    return state.store, cast("Settings", current_app.extensions["tenon.settings"])


def _linked(purpose: Purpose, token: str) -> Linked:
    store, settings = _asked(CALLS)
    found = find_linked(store, settings, purpose, token)
    if found is None:
        raise NotFound
    if found.language in store.catalog.pack.languages:
        context.current().language = as_language(found.language)
    return found


def _page(linked: Linked, *, done: bool) -> Response:
    language = context.current().language
    return answer_with(
        render_template(
            "unsubscribe.html",
            title=text_in(language, "unsubscribe.done" if done else "unsubscribe.title"),
            address=covered(linked.to),
            done=done,
            language=language,
        )
    )


def covered(address: str) -> str:
    """An address that its owner knows again, and somebody whom he forwarded the mail to can't write to."""
    name, _, host = address.rpartition("@")
    return f"{name[:1]}…@{host}"

"""`/mail-links/…`: what the links in mails lead to. The link itself shows that one may; nobody logs in.

Programs follow the links of mails to see what is behind them: to look at a page changes nothing.
"""

from __future__ import annotations

from typing import cast

from flask import current_app, render_template, request
from flask import make_response as answer_with
from werkzeug.exceptions import NotFound, TooManyRequests
from werkzeug.wrappers import Response

from app.automation.mail_links import HOME, Linked, Purpose, find_linked
from app.automation.mail_stops import stop_by_link, stops_of
from app.settings import Settings
from app.web import context
from app.web.i18n import as_language, text_in
from app.web.pages.base import PageView, expose
from app.web.security.gate import public, sealed
from app.web.security.lockout import Bucket

CALLS = Bucket(size=300, per_second=10.0)  # from an address: the programs of large mail servers share some


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


def _linked(purpose: Purpose, token: str) -> Linked:
    if not CALLS.take(str(request.remote_addr)):
        raise TooManyRequests
    state = context.current()
    state.close_session()
    settings = cast("Settings", current_app.extensions["tenon.settings"])
    found = find_linked(state.store, settings, purpose, token)
    if found is None:
        raise NotFound
    if found.language in state.store.catalog.pack.languages:
        state.language = as_language(found.language)
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

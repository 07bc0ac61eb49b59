"""Addresses that get no more mail: their list for administrators, and the word of it on the records that have them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from flask import request
from werkzeug.exceptions import Forbidden
from werkzeug.wrappers import Response

from app.access import has_right
from app.automation.mail_stops import BY_LINK, Stop, lift, newest_stops, stop, stops_of
from app.insight import Row
from app.orm.sealed import Unreadable
from app.record.mail_stops import BY_CONSENT, LONGEST_REASON, as_stopped
from app.web import context
from app.web.pages.addresses import addresses_of
from app.web.pages.base import Desk, PageView, expose

if TYPE_CHECKING:
    from app.web.pages.desk import EntityDesk

_REASONS = {BY_LINK: "stops.by_link", BY_CONSENT: "stops.by_consent"}
_SHOWN = 100
_LONGEST = 320  # characters of an address


class StopRow(NamedTuple):
    """An address as it is listed, blank unless it was asked for; `at` is (text, machine form). `may_lift`: it unsubscribed, and was
    not shut out.
    """

    address: str
    kind: str
    reason: str
    at: tuple[str, str]
    may_lift: bool


class MailStopsView(PageView):
    """`/mail-stops/`."""

    route_base = "/mail-stops"

    @expose("/")
    def show(self) -> Response:
        """The list."""
        return MailStops().show()

    @expose("/add", methods=["POST"])
    def add(self) -> Response:
        """Unsubscribe an address."""
        return MailStops().add()

    @expose("/lift", methods=["POST"])
    def lift(self) -> Response:
        """Let an address get mails again."""
        return MailStops().lift()


class MailStops(Desk):
    """The addresses, for who may configure."""

    def show(self, problem: str = "", status: int = 200) -> Response:
        """GET /mail-stops/."""
        self._refuse_others()
        find = request.args.get("q", "").replace("\0", "").strip()[:_LONGEST]
        context.current().close_session()
        try:
            with self.store.system_reading() as connection:
                found = stops_of(connection, (find,)) if find else newest_stops(connection, limit=_SHOWN + 1)
        except Unreadable:  # told, for there is something to do about it
            found, problem = [], self.t("stops.unreadable")
        return self.page(
            "mail_stops.html", title=self.t("stops.title"), here="mail-stops", problem=problem, status=status, q=find,
            rows=[self._row(each) for each in found[:_SHOWN]], more=_SHOWN if len(found) > _SHOWN else 0,
            longest=LONGEST_REASON, typed=request.form,
        )  # fmt: skip

    def add(self) -> Response:
        """POST /mail-stops/add."""
        self._refuse_others()
        address, reason = _posted()
        if not reason or "@" not in address:
            return self.show(self.t("stops.wrong"), 422)
        context.current().close_session()
        new = stop(self.store, self.actor, address, reason)
        return self.go("/mail-stops/", "stops.added" if new else "stops.there", address=address)

    def lift(self) -> Response:
        """POST /mail-stops/lift."""
        self._refuse_others()
        address, reason = _posted()
        if not reason or not address:
            return self.show(self.t("stops.wrong"), 422)
        context.current().close_session()
        gone = lift(self.store, self.actor, address, reason)
        return self.go("/mail-stops/", "stops.lifted" if gone else "stops.not_there", address=address)

    def _refuse_others(self) -> None:
        if not has_right(self.catalog, self.actor, "configure"):
            raise Forbidden

    def _row(self, each: Stop) -> StopRow:
        return StopRow(
            each.address,
            self.t(f"stops.kind.{each.kind}"),
            self.t(_REASONS[each.reason]) if each.reason in _REASONS else each.reason,
            (self.formats.exact(each.at), each.at.isoformat()),
            each.kind == "bulk",
        )


def _posted() -> tuple[str, str]:
    address = request.form.get("address", "").replace("\0", "")[:_LONGEST]
    return as_stopped(address), request.form.get("reason", "").replace("\0", "").strip()[:LONGEST_REASON]


def said_of(view: EntityDesk, row: Row) -> list[str]:
    """What there is to say of the addresses of a record; no statement where it has none."""
    found = {as_stopped(value): value for key in addresses_of(view) if isinstance(value := row.values.get(key), str)}
    try:
        stops = stops_of(view.session, found) if found else []
    except Unreadable:
        return [view.t("stops.unreadable")]
    return [view.t(_on_record(each), address=found[each.address]) for each in stops]


def _on_record(each: Stop) -> str:
    if each.kind == "all":
        return "stops.on_record_all"
    return "stops.on_record_consent" if each.reason == BY_CONSENT else "stops.on_record"

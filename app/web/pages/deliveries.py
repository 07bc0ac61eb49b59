"""What left the house, for administrators: mails and webhooks, how each ended, and sending again what was given up."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from flask import request
from werkzeug.exceptions import BadRequest, Forbidden
from werkzeug.wrappers import Response

from app.access import has_right
from app.automation.deliveries import send_again
from app.automation.delivery_log import KINDS, STATES, Sent, counts, deliveries
from app.automation.mails import UNSUBSCRIBED, WITHDRAWN
from app.delivery.outbound import IN_TIME, LOOKED_UP
from app.delivery.reach import NOT_ALLOWED, NOT_HTTPS
from app.web import context
from app.web.context import now
from app.web.i18n import t
from app.web.pages.base import Desk, PageView, expose

_SHOWN = 50  # on a page
_TONES = {"waiting": "info", "done": "success", "dead": "danger", "dropped": "2"}

_ANSWERS = {
    NOT_ALLOWED: "deliveries.answer.not_allowed",
    NOT_HTTPS: "deliveries.answer.not_https",
    IN_TIME: "deliveries.answer.in_time",
    LOOKED_UP: "deliveries.answer.looked_up",
    UNSUBSCRIBED: "deliveries.answer.unsubscribed",
    WITHDRAWN: "deliveries.answer.withdrawn",
}
"""What we say of a call or a mail; what others answered is shown as it is."""


class Row(NamedTuple):
    """A delivery. `state` is (text, tone), moments (text, machine form), `record` and `automation` (text, address)."""

    number: int
    kind: str
    target: str
    record: tuple[str, str]
    automation: tuple[str, str]
    state: tuple[str, str]
    attempts: int
    answer: str
    made: tuple[str, str]
    next: tuple[str, str]
    is_dead: bool
    seen: str = ""


class Choice(NamedTuple):
    """A way to filter."""

    text: str
    href: str
    is_current: bool
    number: int | None = None


class DeliveriesView(PageView):
    """`/deliveries/`."""

    route_base = "/deliveries"

    @expose("/")
    def show(self) -> Response:
        """All of them, newest first."""
        return Deliveries().show()

    @expose("/again", methods=["POST"])
    def again(self) -> Response:
        """Send one again that was given up."""
        return Deliveries().again()


def said(answer: str) -> str:
    """An answer as people read it."""
    return t(_ANSWERS[answer]) if answer in _ANSWERS else answer


class Deliveries(Desk):
    """The deliveries, for who may configure."""

    def show(self) -> Response:
        """GET /deliveries/."""
        self._refuse_others()
        state, kind = self._one_of("state", STATES), self._one_of("kind", KINDS)
        before = _number(request.args.get("before", "")) if "before" in request.args else None
        context.current().close_session()
        with self.store.system_reading() as connection:
            found = deliveries(connection, limit=_SHOWN + 1, state=state, kind=kind, before=before)
            known = counts(connection)
        older = self._address(state, kind, before=found[_SHOWN - 1].id) if len(found) > _SHOWN else ""
        return self.page(
            "deliveries.html", title=self.t("deliveries.title"), here="deliveries", older=older,
            rows=[self._row(each) for each in found[:_SHOWN]],
            states=[
                Choice(self.t("deliveries.all"), self._address(None, kind), state is None, sum(known.values())),
                *(
                    Choice(self.t(f"deliveries.state.{each}"), self._address(each, kind), state == each, known.get(each, 0))
                    for each in STATES
                ),
            ],
            kinds=[
                Choice(self.t("deliveries.both"), self._address(state, None), kind is None),
                *(Choice(self.t(f"deliveries.kind.{each}"), self._address(state, each), kind == each) for each in KINDS),
            ],
        )  # fmt: skip

    def again(self) -> Response:
        """POST /deliveries/again."""
        self._refuse_others()
        number = _number(request.form.get("delivery", ""))
        context.current().close_session()
        waits = send_again(self.store, number, now())
        return self.go("/deliveries/", "deliveries.waits_again" if waits else "deliveries.gone", number=str(number))

    def _refuse_others(self) -> None:
        if not has_right(self.catalog, self.actor, "configure"):
            raise Forbidden

    def _one_of(self, key: str, known: tuple[str, ...]) -> str | None:
        asked = request.args.get(key, "")
        if asked and asked not in known:
            raise BadRequest
        return asked or None

    def _address(self, state: str | None, kind: str | None, before: int | None = None) -> str:
        asked = {"state": state, "kind": kind, "before": before}
        query = "&".join(f"{key}={value}" for key, value in asked.items() if value is not None)
        return f"/deliveries/?{query}" if query else "/deliveries/"

    def _row(self, sent: Sent) -> Row:
        entity = self.catalog.entities.get(sent.entity or "")
        named = entity.label.in_language(self.language) if entity is not None else ""
        rule = self.catalog.automations.get(sent.automation or "")
        called = (rule.label.in_language(self.language) or rule.key) if rule is not None else (sent.automation or "")
        return Row(
            sent.id,
            self.t(f"deliveries.kind.{sent.kind}"),
            sent.target,
            (f"{named} #{sent.record}", f"/{sent.entity}/{sent.record}") if entity and sent.record else ("", ""),
            (called, f"/automations/{rule.key}" if rule is not None else ""),
            (self.t(f"deliveries.state.{sent.state}"), _TONES[sent.state]),
            sent.attempts,
            said(sent.answer),
            self._moment(sent.created_at),
            self._moment(sent.due) if sent.due is not None else ("", ""),
            sent.state == "dead",
            self.t("bulk_mail.clicked" if sent.clicked_at else "bulk_mail.opened") if sent.opened_at else "",
        )

    def _moment(self, at: dt.datetime) -> tuple[str, str]:
        return self.formats.exact(at), at.isoformat()


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise BadRequest
    return int(text)

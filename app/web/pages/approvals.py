"""The inbox of approvals: what waits for whoever looks, what he asked for, what he decided; and deciding, right there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlencode

from flask import jsonify, request
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Response

from app.automation.approval_lists import asked_by, decided_by, waiting_count
from app.automation.approval_rows import Asked, get_asked, waiting_for
from app.automation.approvals import LONGEST_COMMENT, decide, recall
from app.automation.deputies import company_day, stood_in_for
from app.insight import labels
from app.record import Refused
from app.web import context
from app.web.pages.approval_cards import cards, due_of
from app.web.pages.base import Desk, PageView, expose, parse_id
from app.web.pages.refusals import STATUS
from app.web.security.answers import safe_next
from app.web.security.gate import unattended

TABS = ("waiting", "asked", "decided")
HERE = "/approvals/"
FAR = dt.datetime.max.replace(tzinfo=dt.UTC)
MOST = 50  # approvals of a page


class _Page(NamedTuple):
    """Some approvals; the number of the page, whether there are more after it, and how many there are in all."""

    rows: Sequence[Asked]
    number: int
    more: bool
    total: int = 0


class ApprovalsView(PageView):
    """`/approvals/`."""

    route_base = "/approvals"

    @expose("/")
    def show(self) -> Response:
        """The inbox."""
        return Approvals().show(request.args.get("tab", ""))

    @expose("/count")
    @unattended
    def count(self) -> Response:
        """How many wait, as JSON."""
        return Approvals().count()

    @expose("/<string:approval>/decide", methods=["POST"])
    def decide(self, approval: str) -> Response:
        """Agree or reject."""
        return Approvals().decide(parse_id(approval))

    @expose("/<string:approval>/recall", methods=["POST"])
    def recall(self, approval: str) -> Response:
        """Take back what one asked for."""
        return Approvals().recall(parse_id(approval))


class Approvals(Desk):
    """One's own approvals; those of others are not found."""

    def show(
        self,
        tab: str,
        *,
        errors: Mapping[int, str] | None = None,
        typed: Mapping[int, str] | None = None,
        status: int = 200,
    ) -> Response:
        """GET /approvals/, and again with what is wrong at an approval."""
        tab = tab if tab in TABS else TABS[0]
        found = self._page(tab, next(iter(errors), None) if errors else None)
        shown = cards(self, found.rows, self._stood_in_for() if tab == "waiting" else ())
        labelled = [(key, self.t(f"approvals.{key}")) for key in TABS]
        return self.page(
            "approvals.html",
            title=self.t("approvals.title"),
            here="approvals",
            here_url=_address(tab, found.number),
            status=status,
            tabs=[
                {
                    "label": label,
                    "href": _address(key, 1),
                    "current": key == tab,
                    "count": found.total if key == tab == "waiting" else 0,
                }
                for key, label in labelled
            ],
            caption=dict(labelled)[tab],
            cards=shown,
            previous_href=_address(tab, found.number - 1) if found.number > 1 else "",
            next_href=_address(tab, found.number + 1) if found.more else "",
            nothing=self.t(f"approvals.none_{tab}"),
            nothing_help=self.t(f"approvals.none_{tab}_help"),
            errors=errors or {},
            typed=typed or {},
        )

    def _page(self, tab: str, with_approval: int | None) -> _Page:
        """The page that is asked for, or that with an approval; the last where there are not so many any more."""
        number = _number(request.args.get("page", ""))
        if tab == "waiting":
            return _page_of(self._waiting(), number, with_approval)
        listed = asked_by if tab == "asked" else decided_by
        found = listed(self.session, self.actor, MOST + 1, (number - 1) * MOST)
        if not found and number > 1:
            number, found = 1, listed(self.session, self.actor, MOST + 1)
        return _Page(found[:MOST], number, len(found) > MOST)

    def _waiting(self) -> list[Asked]:
        """All that waits, the most urgent first."""
        found = waiting_for(self.session, self.actor, self.store.clock())
        return sorted(found, key=lambda each: (due_of(each) or FAR, each.id))

    def _stood_in_for(self) -> frozenset[int]:
        me = self.actor.user_id
        return frozenset() if me is None else stood_in_for(self.session.execute, me, company_day(self.store))

    def count(self) -> Response:
        """GET /approvals/count."""
        return jsonify(text=f"{waiting_count(self.session, self.actor, self.store.clock()):,}")

    def decide(self, approval: int) -> Response:
        """POST /approvals/<id>/decide: `answer` agree or reject, `comment`, `next`. Answers JSON to who asks for it."""
        answer, comment = request.form.get("answer", ""), request.form.get("comment", "").strip()
        if answer not in {"agree", "reject"}:
            raise BadRequest
        asked = next((each for each in self._waiting() if each.id == approval), None)
        if asked is None:
            raise NotFound
        if answer == "reject" and not comment:
            return self._again(approval, self.t("approvals.comment_missing"), comment)
        if len(comment) > LONGEST_COMMENT:
            raise BadRequest
        name = self._name(asked)
        context.current().close_session()
        outcome = decide(self.store, self.actor, approval, agree=answer == "agree", comment=comment, door="form")
        if isinstance(outcome, Refused):
            return self._refused(approval, outcome, comment)
        key = "approvals.said_agreed" if answer == "agree" else "approvals.said_rejected"
        if _wants_json():
            return jsonify(message=self.t(key, name=name))
        return self.go(safe_next(request.form.get("next")), key, name=name)

    def recall(self, approval: int) -> Response:
        """POST /approvals/<id>/recall: `comment`, `next`."""
        comment = request.form.get("comment", "").strip()[:LONGEST_COMMENT]
        asked = get_asked(self.session, self.actor, approval, self.store.clock())
        if asked is None or asked.asked_by != self.actor.user_id:
            raise NotFound
        name, target = self._name(asked), safe_next(request.form.get("next"))
        context.current().close_session()
        outcome = recall(self.store, self.actor, approval, comment=comment, door="form")
        if isinstance(outcome, Refused):
            return self.go(target, "approvals.said_refused", "danger", why=self._why(outcome))
        return self.go(target, "approvals.said_recalled", name=name)

    def _name(self, asked: Asked) -> str:
        if asked.entity not in self.catalog.entities or not self.may("read", asked.entity):
            return self.t("cell.restricted")
        name = labels(self.session, {asked.entity: [asked.record]}).get((asked.entity, asked.record))
        return name or self.t("cell.restricted")

    def _why(self, refused: Refused) -> str:
        return " ".join(dict.fromkeys(each.text(self.language, self.catalog) for each in refused.refusals))

    def _refused(self, approval: int, refused: Refused, comment: str) -> Response:
        if refused.status == "not_found":
            raise NotFound
        return self._again(approval, self._why(refused), comment, STATUS[refused.status])

    def _again(self, approval: int, error: str, comment: str, status: int = 422) -> Response:
        """The inbox with what is wrong at that approval, and what was typed."""
        if _wants_json():
            response = jsonify(error=error)
            response.status_code = status
            return response
        return self.show("waiting", errors={approval: error}, typed={approval: comment}, status=status)


def _page_of(found: Sequence[Asked], number: int, with_approval: int | None) -> _Page:
    place = next((place for place, each in enumerate(found) if each.id == with_approval), None)
    if place is not None:
        number = place // MOST + 1
    number = min(number, max(1, -(-len(found) // MOST)))
    start = (number - 1) * MOST
    return _Page(found[start : start + MOST], number, len(found) > start + MOST, len(found))


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 and int(text) else 1


def _address(tab: str, page: int) -> str:
    asked = {"tab": tab} if tab != TABS[0] else {}
    if page > 1:
        asked["page"] = str(page)
    return f"{HERE}?{urlencode(asked)}" if asked else HERE


def _wants_json() -> bool:
    return request.headers.get("Accept", "") == "application/json"

"""Bulk mail: chosen records of a list become a draft, which shows to whom it would go and what it says; then how it came."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, cast

from flask import current_app, request
from werkzeug.exceptions import BadRequest, Forbidden, NotFound
from werkzeug.wrappers import Response

from app.access import has_right
from app.automation import bulk_mails
from app.automation.bulk_letters import WHYS, templates_for
from app.automation.bulk_mails import BulkMail, Look, OneOf
from app.definition import Template
from app.insight import BadQuery, list_records
from app.insight.labels import Labels, labels
from app.insight.query import LARGEST_PAGE
from app.settings import Settings
from app.web import context
from app.web.pages.addresses import addresses_of, may_mail
from app.web.pages.base import Desk, PageView, expose, parse_id
from app.web.pages.bulk import picked
from app.web.pages.deliveries import said
from app.web.pages.list_asked import Asked, asked_of, query_of, require, same_list, why_not_all
from app.web.pages.words import sentence_case

if TYPE_CHECKING:
    from app.web.pages.desk import EntityDesk

ASKED_TWICE_FROM = 200  # recipients
_SHOWN = 50
_TONES = {"draft": "2", "writing": "info", "done": "success", "stopped": "danger"}
_LETTER_TONES = {"waiting": "info", "done": "success", "dead": "danger", "dropped": "2"}


class Figure(NamedTuple):
    """A number and what it counts; where it leads, if anywhere."""

    text: str
    number: int
    href: str = ""


class Sent(NamedTuple):
    """A bulk mail in the list of them. `state` is (text, tone), `at` (text, machine form)."""

    href: str
    name: str
    of: str
    by: str
    state: tuple[str, str]
    recipients: int
    at: tuple[str, str]


class LetterRow(NamedTuple):
    """A letter: to whom, as far as he is seen, and how it ended."""

    name: str
    href: str
    state: tuple[str, str]
    answer: str
    seen: str


def begin(view: EntityDesk) -> Response:
    """POST /<entity>/bulk/mail: `id`…, or `all` of the list that the query string asks for."""
    require(view, "read")
    if not may_mail(view):
        raise Forbidden
    field = addresses_of(view)[0]
    asked = asked_of(view)
    whole = bool(request.form.get("all"))
    if whole and (why := why_not_all(asked)):
        return view.go(same_list(view), why, "danger")
    try:
        chosen = _whole_list(view, asked) if whole else picked()
    except BadQuery as error:
        return view.go(same_list(view), "bulk_mail.unread", "danger", why=error.text(view.language))
    if not chosen:
        return view.go(view.address, "report.none", "danger")
    if len(chosen) > bulk_mails.MOST:
        return view.go(view.address, "bulk_mail.too_long", "danger", most=f"{bulk_mails.MOST:,}")
    context.current().close_session()
    made = bulk_mails.begin(view.store, view.actor, view.entity_key, field, chosen)
    return view.go(f"/bulk-mails/{made}")


def _whole_list(view: EntityDesk, asked: Asked) -> list[int]:
    """The ids of all rows of the list; at most one more than may be. Raises BadQuery."""
    query = replace(query_of(view, asked, ("id",)), limit=LARGEST_PAGE, cursor=None, counted=False)
    found: list[int] = []
    while True:
        page = list_records(view.session, view.actor, query)
        found += [row.id for row in page.rows]
        if page.next is None or len(found) > bulk_mails.MOST:
            return found
        query = replace(query, cursor=page.next)


class BulkMailsView(PageView):
    """`/bulk-mails/`."""

    route_base = "/bulk-mails"

    @expose("/")
    def show(self) -> Response:
        """Those that were sent: one's own, for administrators all."""
        return BulkMails().show()

    @expose("/<string:id>")
    def one(self, id: str) -> Response:  # noqa: A002 - the name of the address
        """One of them, or the draft."""
        return BulkMails().one(parse_id(id))

    @expose("/<string:id>/send", methods=["POST"])
    def send(self, id: str) -> Response:  # noqa: A002 - as above
        """Send a draft."""
        return BulkMails().send(parse_id(id))

    @expose("/<string:id>/stop", methods=["POST"])
    def stop(self, id: str) -> Response:  # noqa: A002 - as above
        """Send none of the letters that wait."""
        return BulkMails().stop(parse_id(id))


class BulkMails(Desk):
    """Bulk mails, for who sent them and for administrators."""

    @property
    def me_id(self) -> int:
        """Whose drafts they are. Raises NotFound for an actor who is no person."""
        if self.actor.user_id is None:
            raise NotFound
        return self.actor.user_id

    @property
    def sees_all(self) -> bool:
        """Whether those of others are shown, too."""
        return has_right(self.catalog, self.actor, "configure")

    def show(self) -> Response:
        """GET /bulk-mails/."""
        mine = None if self.sees_all else self.me_id
        if mine is not None and not any(self.may("mail", entity) for entity in self.catalog.entities):
            raise Forbidden
        context.current().close_session()
        with self.store.system_reading() as connection:
            found = bulk_mails.newest(connection, limit=_SHOWN, user=mine)
        names = labels(self.session, {"user": {each.user for each in found}}) if found else {}
        rows = [self._sent(each, names) for each in found]
        return self.page("bulk_mails.html", title=self.t("bulk_mail.all"), here="bulk-mails", rows=rows)

    def one(self, number: int) -> Response:
        """GET /bulk-mails/<id>."""
        mail = self._find(number)
        return self._draft(mail) if mail.state == "draft" else self._result(mail)

    def send(self, number: int) -> Response:
        """POST /bulk-mails/<id>/send: `template`, and `sure` where there are many."""
        mail = self._find(number)
        address = f"/bulk-mails/{number}"
        if mail.state != "draft":
            return self.go(address)  # pressed twice
        template = self._template(mail, request.form.get("template", ""))
        if template is None:
            raise BadRequest
        with self.store.system_reading() as connection:
            recipients = len(bulk_mails.look(connection, self.store, self.actor, mail, template).chosen.to)
        if not recipients or self._lacks_an_address():
            return self._draft(mail, status=422)
        if recipients >= ASKED_TWICE_FROM and not request.form.get("sure"):
            return self._draft(mail, self.t("bulk_mail.be_sure", count=recipients), 422)
        outcome = bulk_mails.send(self.store, self.actor, number, template.key, recipients)
        if outcome == "too_many":
            return self._draft(mail, status=422)
        return self.go(address, "bulk_mail.sent" if outcome == "sent" else "", count=str(recipients))

    def stop(self, number: int) -> Response:
        """POST /bulk-mails/<id>/stop."""
        self._find(number)
        stopped = bulk_mails.stop(self.store, self.actor, number)
        return self.go(f"/bulk-mails/{number}", "bulk_mail.stopped" if stopped else "bulk_mail.was_sent")

    def _find(self, number: int) -> BulkMail:
        """One that the actor may look at: a draft is for who made it alone, and as long as he may send."""
        me = self.me_id
        context.current().close_session()
        with self.store.system_reading() as connection:
            found = bulk_mails.find(connection, number)
        if found is None or found.entity not in self.catalog.entities:
            raise NotFound
        if found.user != me and (found.state == "draft" or not self.sees_all):
            raise NotFound
        if found.state == "draft" and not (
            self.may("mail", found.entity) and found.field in self.rights(found.entity).clear
        ):
            raise Forbidden
        return found

    def _template(self, mail: BulkMail, key: str) -> Template | None:
        known = templates_for(self.catalog, mail.entity)
        return next((each for each in known if each.key == key), known[0] if len(known) == 1 and not key else None)

    def _lacks_an_address(self) -> bool:
        """Whether nobody said where we are, so that no letter could carry its link to unsubscribe."""
        settings = cast("Settings", current_app.extensions["tenon.settings"])
        return settings.mail_url is not None and settings.base_url is None

    def _draft(self, mail: BulkMail, problem: str = "", status: int = 200) -> Response:
        template = self._template(mail, request.values.get("template", ""))
        seen, left = None, None
        with self.store.system_reading() as connection:
            left = bulk_mails.left_today(connection, self.store, self.actor)
            if template is not None:
                seen = bulk_mails.look(connection, self.store, self.actor, mail, template)
        number = len(seen.chosen.to) if seen is not None else 0
        plural = self.plural(mail.entity)
        obstacle = self._obstacle(seen, left)
        return self.page(
            "bulk_mail_draft.html", title=self.t("bulk_mail.title", what=sentence_case(plural, self.language)),
            here=mail.entity, crumbs=((plural, f"/{mail.entity}/"), (self.t("bulk_mail.send"), "")), status=status,
            problem=problem, address=f"/bulk-mails/{mail.id}", back=f"/{mail.entity}/", wanted=template,
            templates=[(each.key, self._name(each)) for each in templates_for(self.catalog, mail.entity)],
            chosen=len(mail.records), number=number, left_out=self._left_out(seen.chosen.left_out if seen else {}),
            letter=seen.first[1] if seen is not None and seen.first is not None else None, obstacle=obstacle,
            sure=number >= ASKED_TWICE_FROM,
        )  # fmt: skip

    def _obstacle(self, seen: Look | None, left: int | None) -> str:
        """Why it can't be sent; blank where it can."""
        if seen is None:
            return ""
        if not seen.chosen.to:
            return self.t("bulk_mail.nobody")
        if self._lacks_an_address():
            return self.t("bulk_mail.no_address_of_ours")
        if seen.first is not None and seen.first[1].problem:
            return seen.first[1].problem
        if left is not None and len(seen.chosen.to) > left:
            return self.t("bulk_mail.too_many", left=left)
        return ""

    def _result(self, mail: BulkMail) -> Response:
        state = request.args.get("state") or None
        if state is not None and state not in _LETTER_TONES:
            raise BadRequest
        after = parse_id(request.args["after"]) if "after" in request.args else 0
        with self.store.system_reading() as connection:
            known = bulk_mails.states(connection, mail.id)
            found = bulk_mails.letters(connection, mail.id, limit=_SHOWN + 1, state=state, after=after)
        template = self.catalog.templates.get(mail.template or "")
        records = {each.record for each in found if each.record}
        names = labels(self.session, {mail.entity: records, "user": {mail.user}})
        plural, address = self.plural(mail.entity), f"/bulk-mails/{mail.id}"
        called = self._name(template) if template is not None else str(mail.template)
        more = (
            f"{address}?{f'state={state}&' if state else ''}after={found[_SHOWN - 1].id}" if len(found) > _SHOWN else ""
        )
        return self.page(
            "bulk_mail.html", title=called, here="bulk-mails", crumbs=((self.t("bulk_mail.all"), "/bulk-mails/"), (called, "")),
            of=plural, mail=mail, state=(self.t(f"bulk_mail.state.{mail.state}"), _TONES[mail.state]), address=address,
            by=names.get(("user", mail.user), self.t("record.somebody")), at=self._moment(mail.sent_at),
            left_out=self._left_out(mail.left_out), figures=self._figures(mail, known), more=more,
            rows=[self._letter(mail, each, names) for each in found[:_SHOWN]],
            may_stop=mail.state == "writing" or bool(known["waiting"]),
        )  # fmt: skip

    def _figures(self, mail: BulkMail, known: Counter[str]) -> list[Figure]:
        address = f"/bulk-mails/{mail.id}"
        every = [Figure(self.t("bulk_mail.letters"), mail.queued, address)]
        every += [
            Figure(self.t(f"deliveries.state.{state}"), known[state], f"{address}?state={state}")
            for state in _LETTER_TONES
            if known[state]
        ]
        every += [Figure(self.t(f"bulk_mail.{what}"), known[what]) for what in ("opened", "clicked") if known[what]]
        return every

    def _left_out(self, counted: Mapping[str, int]) -> list[Figure]:
        return [Figure(self.t(f"bulk_mail.why.{why}"), counted[why]) for why in WHYS if counted.get(why)]

    def _letter(self, mail: BulkMail, each: OneOf, names: Labels) -> LetterRow:
        name = names.get((mail.entity, each.record or 0))
        seen = "clicked" if each.clicked_at else "opened" if each.opened_at else ""
        return LetterRow(
            name or self.t("bell.out_of_sight"),
            f"/{mail.entity}/{each.record}" if name else "",
            (self.t(f"deliveries.state.{each.state}"), _LETTER_TONES[each.state]),
            said(each.answer) if each.state != "done" else "",
            self.t(f"bulk_mail.{seen}") if seen else "",
        )

    def _sent(self, mail: BulkMail, names: Labels) -> Sent:
        template = self.catalog.templates.get(mail.template or "")
        return Sent(
            f"/bulk-mails/{mail.id}",
            self._name(template) if template is not None else str(mail.template),
            self.plural(mail.entity) if mail.entity in self.catalog.entities else mail.entity,
            names.get(("user", mail.user), self.t("record.somebody")),
            (self.t(f"bulk_mail.state.{mail.state}"), _TONES[mail.state]),
            mail.recipients,
            self._moment(mail.sent_at),
        )

    def _name(self, template: Template) -> str:
        return template.label.in_language(self.language) or template.key

    def _moment(self, at: dt.datetime | None) -> tuple[str, str]:
        return ("", "") if at is None else (self.formats.exact(at), at.isoformat())

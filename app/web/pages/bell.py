"""The bell and its page: what a person was told, in his language, with names as far as he sees the records."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from flask import jsonify, request
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Response

from app.automation.notice_words import BY, COMMENT, Names, names_wanted, place_of, words_of
from app.automation.told import MOST_COUNTED, Told, mark_read, new_to, told_to, waiting
from app.insight import labels
from app.web import context
from app.web.context import now
from app.web.pages.base import LARGEST_ID, Desk, PageView, expose, parse_id
from app.web.security.gate import unattended

PER_PAGE = 50
LAST_PAGE = 200
POPPED_UP = 3  # at once; more are in the page


class Line(NamedTuple):
    """A notice as it is read. `at` is (text, machine form).

    `href` leads to its record, or to the page of its kind; blank where the record is out of sight.
    """

    id: int
    text: str
    href: str
    detail: str
    at: tuple[str, str]
    unread: bool
    rests: str = ""


class BellView(PageView):
    """`/notices/`."""

    route_base = "/notices"

    @expose("/")
    def show(self) -> Response:
        """What one was told."""
        return Bell().show()

    @expose("/count")
    @unattended
    def count(self) -> Response:
        """How much of it is new, as JSON."""
        return Bell().count()

    @expose("/new")
    @unattended
    def new(self) -> Response:
        """What came since, as JSON."""
        return Bell().new()

    @expose("/read", methods=["POST"])
    def read_all(self) -> Response:
        """All of it is read."""
        return Bell().read()

    @expose("/<string:notice>/read", methods=["POST"])
    def read(self, notice: str) -> Response:
        """One is read."""
        return Bell().read(parse_id(notice))


class Bell(Desk):
    """One's own notices."""

    @property
    def me_id(self) -> int:
        """Whose notices they are. Raises NotFound for an actor who is no person."""
        if self.actor.user_id is None:
            raise NotFound
        return self.actor.user_id

    def show(self) -> Response:
        """GET /notices/."""
        number = _page_number(request.args.get("page", "1"))
        found = told_to(self.session, self.me_id, limit=PER_PAGE + 1, offset=(number - 1) * PER_PAGE)
        lines = list(self._lines(found[:PER_PAGE]))
        unread = [line for line in lines if line.unread]
        return self.page(
            "notices.html",
            title=self.t("bell.title"),
            here="notices",
            unread=unread,
            old=[line for line in lines if not line.unread],
            any=bool(lines) or number > 1,
            newer=f"/notices/?page={number - 1}" if number > 1 else "",
            older=f"/notices/?page={number + 1}" if len(found) > PER_PAGE and number < LAST_PAGE else "",
        )

    def count(self) -> Response:
        """GET /notices/count: the number beside the bell, and the newest of them."""
        found = waiting(self.session, self.me_id, now())
        shown = f"{MOST_COUNTED}+" if found.number > MOST_COUNTED else str(found.number)
        return _private({"count": found.number, "text": shown, "newest": str(found.newest)})

    def new(self) -> Response:
        """GET /notices/new?after=: what is to be said aloud."""
        after = request.args.get("after", "0")
        if not after.isascii() or not after.isdigit() or len(after) > 19 or int(after) > LARGEST_ID:
            raise BadRequest
        found = new_to(self.session, self.me_id, int(after), now(), limit=POPPED_UP)
        lines = [{"text": line.text, "href": line.href or "/notices/"} for line in self._lines(found)]
        return _private({"notices": lines[::-1]})

    def read(self, one: int | None = None) -> Response:
        """POST /notices/read and /notices/<id>/read."""
        user = self.me_id
        context.current().close_session()
        with self.store.housekeeping() as connection:
            known = mark_read(connection, user, now(), one)
        if not known:
            raise NotFound
        if request.headers.get("Accept") == "application/json":
            return Response(status=204)
        return self.go("/notices/", "bell.all_read" if one is None else "")

    def _lines(self, found: list[Told]) -> Iterator[Line]:
        names = labels(self.session, names_wanted(self.catalog, found)) if found else {}
        moment = now()
        for each in found:
            shown = self.formats.moment(each.at, moment), each.at.isoformat()
            rests = self.t("bell.rests", at=self.formats.moment(each.show_at, moment)) if each.show_at > moment else ""
            yield Line(
                each.id,
                words_of(each, names, self.language),
                place_of(self.catalog, each, names),
                self._detail(each, names),
                shown,
                each.read_at is None,
                rests,
            )

    def _detail(self, each: Told, names: Names) -> str:
        """Whose record it is of, who did it, and what he said; nothing that hangs on a record out of sight."""
        if each.record is not None and (each.entity, each.record) not in names:
            return ""
        by = each.params.get(BY)
        who = names.get(("user", by), "") if isinstance(by, int) else str(by or "")
        one = self.singular(each.entity) if each.entity and each.entity in self.catalog.entities else ""
        return " · ".join(filter(None, (one, who, str(each.params.get(COMMENT) or ""))))


def _page_number(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
    if not 1 <= number <= LAST_PAGE:
        raise BadRequest
    return number


def _private(body: object) -> Response:
    answer: Response = jsonify(body)
    answer.headers["Cache-Control"] = "no-store"
    return answer

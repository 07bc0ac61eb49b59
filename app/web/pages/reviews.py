"""Reviews: what is mine to do, how far everyone is as far as one sees it, and the checklist of one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import request
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Response

from app.automation.review_end import LONGEST_NOTE, Answer, finish, keep, skip
from app.definition.duty import TASK
from app.insight.abilities import abilities
from app.insight.labels import Labels, labels
from app.insight.people import teams_of
from app.insight.query import Reference
from app.insight.reviews import Covered, SeenReview, coverage, open_of, overdue_of, review_of
from app.record import Refused
from app.web import context
from app.web.pages import reviewed
from app.web.pages.base import Desk, PageView, expose, parse_id
from app.web.pages.cells import Cell, reference_cell
from app.web.pages.refusals import STATUS

ACTS = {"done": "record.review_done", "keep": "record.review_kept", "skip": "record.review_skipped"}


class MyRow(NamedTuple):
    """A review that is to be done; `due` is (text, machine form), `tone` danger when it is late."""

    href: str
    name: str
    about: str
    due: tuple[str, str]
    tone: str
    escalated: bool


class Counts(NamedTuple):
    """A line of figures: of a review and period, of a team or a person. `share` of what is ended, in percent."""

    label: str
    detail: str
    href: str
    here: bool
    raised: int
    done: int
    skipped: int
    open: int
    overdue: int
    escalated: int
    share: int
    is_team: bool = False


class ReviewsView(PageView):
    """`/reviews/`."""

    route_base = "/reviews"

    @expose("/")
    def show(self) -> Response:
        """Mine, and the coverage."""
        return Reviews().show()

    @expose("/<string:review>")
    def one(self, review: str) -> Response:
        """The checklist of one."""
        return Reviews().one(parse_id(review))

    @expose("/<string:review>", methods=["POST"])
    def end(self, review: str) -> Response:
        """Answer it, or skip it."""
        return Reviews().end(parse_id(review))


class Reviews(Desk):
    """Reviews as far as the actor sees their tasks."""

    @property
    def today(self) -> dt.date:
        """The day of the company."""
        return context.now().astimezone(ZoneInfo(self.catalog.pack.time_zone)).date()

    def show(self) -> Response:
        """GET /reviews/?review=&period=."""
        mine = open_of(self.session, self.actor)
        covered = coverage(self.session, self.actor, self.today)
        order = {key: place for place, key in enumerate(self.catalog.reviews)}
        periods = list(dict.fromkeys((each.review, each.period) for each in covered))
        periods.sort(key=lambda each: order.get(each[0], len(order)))  # of each review the newest is the first
        chosen = self._chosen(periods)
        late = overdue_of(self.session, self.actor, *chosen, self.today) if chosen else []
        names = self._names([*mine, *late])
        return self.page(
            "reviews.html",
            title=self.t("reviews.title"),
            here="reviews",
            mine=[self._row(each, names) for each in mine],
            covered=[self._of_period(covered, each, chosen) for each in periods],
            chosen=self._title_of(chosen) if chosen else "",
            people=self._by_team([each for each in covered if (each.review, each.period) == chosen]),
            late=[self._row(each, names) for each in late],
        )

    def one(self, review_id: int) -> Response:
        """GET /reviews/<id>."""
        return self._checklist(self._find(review_id), {}, "")

    def end(self, review_id: int) -> Response:
        """POST /reviews/<id>: `act` is done, keep or skip."""
        act, form = request.form.get("act", ""), request.form
        if act not in ACTS:
            raise BadRequest
        self._find(review_id)
        context.current().close_session()
        if act == "skip":
            outcome = skip(self.store, self.actor, review_id, form.get("reason", ""), door="form")
        else:
            way = finish if act == "done" else keep
            outcome = way(self.store, self.actor, review_id, posted_answers(form), door="form")
        if not isinstance(outcome, Refused):
            return self.go(f"/reviews/{review_id}" if act == "keep" else "/reviews/", ACTS[act])
        if outcome.status == "not_found":
            raise NotFound
        errors = {each.field or "": each.text(self.language, self.catalog) for each in outcome.refusals}
        problem = errors.get("") or errors.get("reason") or self.t("reviews.look")
        return self._checklist(self._find(review_id), errors, problem, STATUS[outcome.status], posted=True)

    def _find(self, review_id: int) -> SeenReview:
        found = review_of(self.session, self.actor, review_id)
        if found is None:
            raise NotFound
        return found

    def _checklist(
        self, seen: SeenReview, errors: Mapping[str, str], problem: str, status: int = 200, *, posted: bool = False
    ) -> Response:
        title = reviewed.label_of(self, seen)
        names = labels(self.session, {"user": {each for each in (seen.owner, seen.ended_by) if each}, **_about([seen])})
        may = seen.is_open and "update" in abilities(self.session, self.actor, TASK, seen.task, ("update",))
        given = posted_answers(request.form) if posted else answers_of(seen)
        return self.page(
            "review.html",
            title=title,
            here="reviews",
            crumbs=((self.t("reviews.title"), "/reviews/"), (title, "")),
            status=status,
            problem=problem,
            id=seen.id,
            may=may,
            about=self._about_cell(seen, names),
            who=self._person(seen.owner, names),
            due=self._day(seen.due),
            late=seen.is_overdue(self.today),
            seen=seen,
            state=self.t(f"reviews.state_{seen.state}"),
            points=reviewed.points(self, seen, given, errors),
            ended=reviewed.ended_by(self, seen, names),
            longest=LONGEST_NOTE,
            reason=request.form.get("reason", "") if posted else "",
        )

    def _chosen(self, periods: Sequence[tuple[str, dt.date]]) -> tuple[str, dt.date] | None:
        """The review and period that are asked for, else the newest. One that is not there counts as not asked for."""
        asked = request.args.get("review", ""), request.args.get("period", "")
        fits = (each for each in periods if (each[0], each[1].isoformat()) == asked)
        return next(fits, periods[0] if periods else None)

    def _names(self, found: Iterable[SeenReview]) -> Labels:
        return labels(self.session, wanted) if (wanted := _about(found)) else {}

    def _row(self, each: SeenReview, names: Labels) -> MyRow:
        about = self._about_cell(each, names)
        late = each.is_overdue(self.today)
        tone = "danger" if late else "warning" if each.due == self.today else ""
        label = reviewed.label_of(self, each)
        escalated = each.escalated_at is not None
        return MyRow(f"/reviews/{each.id}", f"{label} · {about.text}", "", self._day(each.due), tone, escalated)

    def _about_cell(self, each: SeenReview, names: Labels) -> Cell:
        return reference_cell(Reference(each.entity, each.record, names.get((each.entity, each.record))), self.language)

    def _person(self, user: int | None, names: Labels) -> Cell:
        if user is None:
            return Cell("text", self.t("reviews.nobody"))
        return reference_cell(Reference("user", user, names.get(("user", user))), self.language)

    def _day(self, day: dt.date | None) -> tuple[str, str]:
        return (self.formats.day(day, self.today), day.isoformat()) if day else (self.t("reviews.no_due"), "")

    def _title_of(self, chosen: tuple[str, dt.date]) -> str:
        label = reviewed.label_of_key(self, chosen[0])
        return self.t("reviews.by_person", review=label, period=self._day(chosen[1])[0])

    def _of_period(
        self, covered: Sequence[Covered], of: tuple[str, dt.date], chosen: tuple[str, dt.date] | None
    ) -> Counts:
        some = [each for each in covered if (each.review, each.period) == of]
        href = f"/reviews/?{urlencode({'review': of[0], 'period': of[1].isoformat()})}#people"
        label = reviewed.label_of_key(self, of[0])
        return _sum(some, label, detail=self._day(of[1])[0], href=href, here=of == chosen)

    def _by_team(self, covered: Sequence[Covered]) -> list[Counts]:
        """The figures of each team, followed by those of its people."""
        owners = {each.owner for each in covered if each.owner is not None}
        names = labels(self.session, {"user": owners}) if owners else {}
        teams = teams_of(self.session, self.actor, owners)
        by_team: dict[str, list[Covered]] = {}
        for each in covered:
            team = self.t("reviews.nobody") if each.owner is None else teams.get(each.owner, "")
            by_team.setdefault(team or self.t("reviews.no_team"), []).append(each)
        found = []
        for team, some in sorted(by_team.items()):
            found.append(_sum(some, team, is_team=True))
            people = sorted(((self._person(each.owner, names).text, each) for each in some), key=lambda pair: pair[0])
            found += [_sum([each], name) for name, each in people if each.owner is not None]
        return found


def answers_of(seen: SeenReview) -> dict[str, Answer]:
    """The answers that are kept."""
    return {key: Answer(yes, note) for key, (yes, note) in seen.answers.items()}


def posted_answers(form: Mapping[str, str]) -> dict[str, Answer]:
    """The answers of a form: `answer:<point>` is yes or no, `note:<point>` a text."""
    points = [name.partition(":")[2] for name in form if name.startswith(("answer:", "note:"))]
    yes_or_no = {"yes": True, "no": False}
    return {
        key: Answer(yes_or_no.get(form.get(f"answer:{key}", "")), form.get(f"note:{key}", ""))
        for key in dict.fromkeys(points)
    }


def _about(found: Iterable[SeenReview]) -> dict[str, set[int]]:
    wanted: dict[str, set[int]] = {}
    for each in found:
        wanted.setdefault(each.entity, set()).add(each.record)
    known = context.current().store.catalog.entities
    return {entity: ids for entity, ids in wanted.items() if entity in known}


def _sum(
    some: Sequence[Covered],
    label: str,
    *,
    detail: str = "",
    href: str = "",
    here: bool = False,
    is_team: bool = False,
) -> Counts:
    raised, done, skipped = (sum(getattr(each, key) for each in some) for key in ("raised", "done", "skipped"))
    overdue, escalated = (sum(getattr(each, key) for each in some) for key in ("overdue", "escalated"))
    share = (done + skipped) * 100 // raised if raised else 0
    open_ = raised - done - skipped
    return Counts(label, detail, href, here, raised, done, skipped, open_, overdue, escalated, share, is_team)

"""Reviews as they stand on other pages: the answers, what of them is history, and the panel of their task."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from markupsafe import Markup

from app.definition.duty import DONE, DROPPED, STATUS, TASK
from app.insight.labels import Labels, labels
from app.insight.reviews import SeenReview, ended_reviews_of_record, reviews_of_task
from app.record.history import Place
from app.web.pages.cells import Cell, initials_of, tone_of
from app.web.pages.fragments import fragment
from app.web.pages.histories import Entry, Line

if TYPE_CHECKING:
    from app.insight import Row
    from app.web.pages.base import Desk
    from app.web.pages.desk import EntityDesk


class Point(NamedTuple):
    """A point of a checklist with what was found: `yes` is None as long as it is open."""

    key: str
    label: str
    yes: bool | None
    note: str
    error: str = ""


def label_of_key(desk: Desk, key: str) -> str:
    """What people call a review; its key where the configuration does not have it any more."""
    known = desk.catalog.reviews.get(key)
    return (known.label.in_language(desk.language) if known is not None else "") or key


def label_of(desk: Desk, seen: SeenReview) -> str:
    """What people call a review."""
    return label_of_key(desk, seen.review)


def points(desk: Desk, seen: SeenReview, given: Mapping[str, Any], errors: Mapping[str, str]) -> list[Point]:
    """The checklist with these answers: the points of the configuration, then those that it does not have any more."""
    known = desk.catalog.reviews.get(seen.review)
    names = {key: item.label.in_language(desk.language) for key, item in known.checklist.items()} if known else {}
    found = []
    for key in seen.points(names):
        answer = given.get(key)
        yes, note = (answer.yes, answer.note) if answer is not None else (None, "")
        found.append(Point(key, names.get(key) or key, yes, note, errors.get(key, "")))
    return found


def ended_by(desk: Desk, seen: SeenReview, names: Labels) -> str:
    """Who ended it, and when; blank while it is open."""
    if seen.ended_at is None:
        return ""
    return desk.t("reviews.ended", who=_who(desk, seen, names), at=desk.formats.exact(seen.ended_at))


def _who(desk: Desk, seen: SeenReview, names: Labels) -> str:
    return names.get(("user", seen.ended_by or 0)) or desk.t("record.somebody")


def are_reviewed(view: EntityDesk) -> bool:
    """Whether the configuration reviews records of this entity."""
    return any(each.entity == view.entity_key for each in view.catalog.reviews.values())


def history_of(view: EntityDesk, record_id: int, limit: int, before: Place | None = None) -> list[Entry]:
    """The reviews of a record that ended, as acts on it: no statement where the configuration reviews nothing like it."""
    if not are_reviewed(view):
        return []
    found = ended_reviews_of_record(view.session, view.actor, (view.entity_key, record_id), limit, before)
    names = labels(view.session, {"user": {each.ended_by for each in found if each.ended_by}}) if found else {}
    return [_entry(view, each, names) for each in found]


def _entry(view: EntityDesk, seen: SeenReview, names: Labels) -> Entry:
    assert seen.ended_at is not None
    name = _who(view, seen, names)
    who = Cell("person", name, "", "", tone_of(name), initials_of(name))
    verb = view.t(f"reviews.verb_{seen.state}", review=label_of(view, seen))
    when = view.painter(view.entity_key, "created_at")(seen.ended_at)
    return Entry(who, verb, "check", when, tuple(_lines(view, seen)), (seen.ended_at, seen.id))


def _lines(view: EntityDesk, seen: SeenReview) -> list[Line]:
    if seen.state == "skipped":
        return [Line(view.t("reviews.reason"), None, seen.reason or "")]
    given = {key: _Given(yes, note) for key, (yes, note) in seen.answers.items()}
    words = {True: view.t("cell.yes"), False: view.t("cell.no"), None: view.t("reviews.unanswered")}
    return [Line(each.label, None, words[each.yes], each.note) for each in points(view, seen, given, {})]


class _Given(NamedTuple):
    yes: bool | None
    note: str


def panel_of_task(view: EntityDesk, row: Row) -> Markup:
    """What a task says of the review that is done in it; nothing on other pages."""
    if view.entity_key != TASK or not view.catalog.reviews:
        return Markup()
    found = reviews_of_task(view.session, view.actor, row.id)
    if not found:
        return Markup()
    seen = found[0]
    given = {key: _Given(yes, note) for key, (yes, note) in seen.answers.items()}
    names = labels(view.session, {"user": {seen.ended_by}}) if seen.ended_by else {}
    return fragment(
        "fragments/review.html",
        seen=seen,
        label=label_of(view, seen),
        closed=row.values.get(STATUS) in (DONE, *DROPPED),
        points=points(view, seen, given, {}),
        state=view.t(f"reviews.state_{seen.state}"),
        ended=ended_by(view, seen, names),
    )

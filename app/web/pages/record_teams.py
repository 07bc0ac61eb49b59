"""The team of a record: who has which place on it, and giving and taking places."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, NamedTuple

from flask import request
from markupsafe import Markup
from werkzeug.wrappers import Response

from app.automation.record_teams import MOST, PLACE, USER, Placed, give_place, take_place, team_of
from app.definition import Verb
from app.insight import labels
from app.insight.labels import Labels
from app.record import Refused
from app.web import context
from app.web.pages import refusals
from app.web.pages.approval_cards import moment, person
from app.web.pages.cells import Cell
from app.web.pages.fragments import fragment
from app.web.pages.histories import place_label
from app.web.pages.inputs import Input
from app.web.pages.posted import whole_number

if TYPE_CHECKING:
    from app.web.pages.desk import EntityDesk

ANCHOR = "#team"


class Colleague(NamedTuple):
    """Somebody with a place; `goes` says whether his reader may take it away, `given` who gave it when."""

    user: int
    who: Cell
    place: str
    given: str
    goes: bool


def verbs_for(view: EntityDesk) -> tuple[Verb, ...]:
    """What a record's team asks of what the actor may do with the record; nothing where it has none."""
    places = view.entity.record_team.values()
    return tuple(dict.fromkeys(("share", *(each.may for each in places)))) if places else ()


def panel(view: EntityDesk, record: int, granted: Collection[Verb]) -> Markup:
    """The card of a record; nothing where nobody has a place and the reader may give none. `granted`: of `verbs_for`."""
    if not view.entity.record_team:
        return Markup()
    team = team_of(view.session.execute, view.entity, record)
    inputs = _inputs(view, granted) if "share" in granted and len(team) < MOST else ()
    if not team and not inputs:
        return Markup()
    people = {each.user for each in team} | {each.given_by for each in team if each.given_by is not None}
    names = labels(view.session, {"user": people}) if people else {}
    rows = [_row(view, each, names, may_share="share" in granted) for each in team]
    return fragment("fragments/record_team.html", address=f"{view.address}{record}/team", rows=rows, inputs=inputs)


def _row(view: EntityDesk, each: Placed, names: Labels, *, may_share: bool) -> Colleague:
    given = moment(view, each.given_at)
    by = person(view, each.given_by, names).text
    said = view.t("team.given", who=by, at=given.title)
    goes = may_share or each.user == view.actor.user_id
    return Colleague(
        each.user, person(view, each.user, names), place_label(view, view.entity_key, each.place), said, goes
    )


def _inputs(view: EntityDesk, granted: Collection[Verb]) -> tuple[Input, ...]:
    """Whom, and which place: those that let do no more than the actor may. Nothing for who sees no colleagues."""
    places = [key for key, each in view.entity.record_team.items() if each.may == "read" or each.may in granted]
    if not places or not view.may("read", "user"):
        return ()
    options = tuple((key, place_label(view, view.entity_key, key)) for key in places)
    return (
        Input(name=USER, id="team-user", kind="lookup", label=view.t("team.who"), source="/user/lookup", required=True),
        Input(
            name=PLACE, id="team-place", kind="select", label=view.t("team.place"), options=options, value=places[0],
            required=True,
        ),
    )  # fmt: skip


def give(view: EntityDesk, record: int) -> Response:
    """POST /<entity>/<id>/team: `user` gets a `place`."""
    user, place = whole_number(request.form.get(USER, "")), request.form.get(PLACE, "")
    context.current().close_session()
    outcome = give_place(view.store, view.actor, (view.entity_key, record), user, place, door="form")
    return _answer(view, record, outcome, "team.was_given")


def take(view: EntityDesk, record: int, user: int) -> Response:
    """POST /<entity>/<id>/team/<user>/end: the place of a person is taken away, or left by himself."""
    context.current().close_session()
    outcome = take_place(view.store, view.actor, (view.entity_key, record), user, door="form")
    if user == view.actor.user_id and not isinstance(outcome, Refused):
        return view.go(view.address, "team.was_left")  # the record may be out of sight now
    return _answer(view, record, outcome, "team.was_taken")


def _answer(view: EntityDesk, record: int, outcome: object, said: str) -> Response:
    target = f"{view.address}{record}"
    if isinstance(outcome, Refused):
        return refusals.back(view, outcome, target + ANCHOR)
    return view.go(target + ANCHOR, said)

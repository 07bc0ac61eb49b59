"""What the page of a task has besides: putting it off, and handing it to a colleague."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from flask import request
from markupsafe import Markup
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Response

from app.access import FieldRights
from app.automation.handover import LONGEST_COMMENT, hand_over
from app.definition.duty import DUE, OVER, TASK
from app.insight import get_record
from app.insight.abilities import abilities
from app.record import Change, Refused, update
from app.web import context
from app.web.pages import refusals
from app.web.pages.base import PageView, expose, parse_id
from app.web.pages.desk import EntityDesk
from app.web.pages.fragments import fragment
from app.web.pages.inputs import Input

if TYPE_CHECKING:
    from app.record import Saved

_WEEK = 7


class TasksView(PageView):
    """`/task/<id>/snooze` and `/handover`."""

    route_base = "/task"

    @expose("/<string:task>/snooze", methods=["POST"])
    def snooze(self, task: str) -> Response:
        """Make it due later."""
        return TaskDesk(TASK).snooze(parse_id(task))

    @expose("/<string:task>/handover", methods=["POST"])
    def handover(self, task: str) -> Response:
        """Give it to a colleague."""
        return TaskDesk(TASK).hand_over(parse_id(task))


def panel(view: EntityDesk, task: int, status: object) -> Markup:
    """The panel of a task, as far as the actor may do what is in it; nothing of one that is over."""
    if status in OVER:
        return Markup()
    may = abilities(view.session, view.actor, TASK, task, ("update", "assign"))
    rights = view.rights(TASK)
    snoozes = "update" in may and _has_due(view, rights)
    hands = "assign" in may and view.may("read", "user")
    if not snoozes and not hands:
        return Markup()
    colleague = Input(
        name="to", id="hand-to", kind="lookup", label=view.t("task.colleague"), source="/user/lookup", required=True
    )
    comment = Input(name="comment", id="hand-comment", label=view.t("task.comment"), limit=LONGEST_COMMENT)
    return fragment(
        "fragments/task.html",
        task_id=task,
        snoozes=snoozes,
        hands=(colleague, comment) if hands else (),
        tomorrow=(_today(view) + dt.timedelta(days=1)).isoformat(),
    )


class TaskDesk(EntityDesk):
    """Works on one task."""

    def snooze(self, task: int) -> Response:
        """POST /task/<id>/snooze: `to` is tomorrow, next_week, or date with a `date`."""
        self._find(task)
        if not _has_due(self, self.rights(TASK)):
            raise BadRequest
        day = self._day(request.form.get("to", ""), request.form.get("date", ""))
        context.current().close_session()
        outcome = update(self.store, self.actor, TASK, [Change(task, {DUE: day.isoformat()})], door="form")
        target = f"{self.address}{task}"
        if isinstance(outcome, Refused):
            return refusals.back(self, outcome, target)
        return self.go(target, "task.snoozed", day=self.formats.day(day, _today(self)))

    def hand_over(self, task: int) -> Response:
        """POST /task/<id>/handover: `to` is a person, `comment` what is said to him."""
        self._find(task)
        to = parse_id(request.form.get("to", ""))
        colleague = get_record(self.session, self.actor, "user", to, ("name",)) if self.may("read", "user") else None
        context.current().close_session()
        if colleague is None:
            raise NotFound
        comment = request.form.get("comment", "")
        outcome: Saved | Refused = hand_over(self.store, self.actor, task, to, comment, door="form")
        if isinstance(outcome, Refused):
            return refusals.back(self, outcome, f"{self.address}{task}")
        target = self.address if task in outcome.out_of_sight else f"{self.address}{task}"
        return self.go(target, "task.handed_over", name=str(colleague.values["name"]))

    def _find(self, task: int) -> None:
        """Raises NotFound for what is no task, or out of sight."""
        if TASK not in self.catalog.entities or not self.can("read"):
            raise NotFound
        if get_record(self.session, self.actor, TASK, task, ("id",)) is None:
            raise NotFound

    def _day(self, to: str, date: str) -> dt.date:
        today = _today(self)
        if to == "tomorrow":
            return today + dt.timedelta(days=1)
        if to == "next_week":
            return today + dt.timedelta(days=_WEEK - today.weekday())
        try:
            return dt.date.fromisoformat(date)
        except ValueError as error:
            raise BadRequest from error


def _has_due(view: EntityDesk, rights: FieldRights) -> bool:
    due = view.catalog.entities[TASK].fields.get(DUE)
    return due is not None and due.type == "date" and DUE in rights.updatable


def _today(view: EntityDesk) -> dt.date:
    """The company's day: a task is due by it."""
    return view.store.clock().astimezone(ZoneInfo(view.catalog.pack.time_zone)).date()

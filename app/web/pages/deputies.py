"""Deputies, on one's own settings: who decides in one's place from when to when, and for whom one does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from flask import request

from app.automation.deputies import Deputy, company_day, deputies_around, name_deputy
from app.frozen import dataclass
from app.insight import labels
from app.web.pages.approval_cards import person
from app.web.pages.base import Desk
from app.web.pages.cells import Cell
from app.web.pages.inputs import Input
from app.web.pages.posted import whole_number


class DeputyRow(NamedTuple):
    """Who stands in, or for whom, and when."""

    id: int
    who: Cell
    days: str
    now: bool


@dataclass(frozen=True)
class Panel:
    """What the settings show. No inputs for who sees no colleagues."""

    mine: Sequence[DeputyRow]
    for_others: Sequence[DeputyRow]
    inputs: Sequence[Input]


def name_posted(desk: Desk) -> str:
    """Names the deputy of a form (`deputy`, `first_day`, `last_day`): what is wrong, blank where he was named."""
    form = request.form
    deputy = whole_number(form.get("deputy", ""))
    first, last = _day(form.get("first_day", "")), _day(form.get("last_day", ""))
    if not deputy:
        return "nobody"
    if first is None or last is None:
        return "date"
    return name_deputy(desk.store, desk.actor, deputy, first, last) or ""


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def panel(desk: Desk, wrong: str = "") -> Panel:
    """What there is, and the form: with what was typed where something of it is wrong."""
    me, today = desk.actor.user_id, company_day(desk.store)
    mine, for_others = deputies_around(desk.session.execute, me, today) if me is not None else ([], [])
    people = {each.user for each in for_others} | {each.deputy for each in mine}
    names = labels(desk.session, {"user": people}) if people else {}

    def row(each: Deputy, who: int) -> DeputyRow:
        first, last = (desk.formats.day(day, today) for day in (each.first_day, each.last_day))
        days = desk.t("deputy.days", first=first, last=last)
        return DeputyRow(each.id, person(desk, who, names), days, each.first_day <= today)

    return Panel(
        [row(each, each.deputy) for each in mine],
        [row(each, each.user) for each in for_others],
        _inputs(desk, wrong, today) if me is not None and desk.may("read", "user") else (),
    )


def _inputs(desk: Desk, wrong: str, today: dt.date) -> tuple[Input, ...]:
    form, error = request.form if wrong else {}, desk.t(f"deputy.wrong_{wrong}") if wrong else ""
    at_who = wrong in {"nobody", "self", "many", "busy"}
    return (
        Input(
            name="deputy", id="d-who", kind="lookup", label=desk.t("deputy.who"), source="/user/lookup",
            value=form.get("deputy", ""), shown=form.get("deputy:shown", "")[:100], required=True, wide=True,
            error=error if at_who else "",
        ),
        Input(
            name="first_day", id="d-first", label=desk.t("deputy.first_day"), html_type="date", required=True,
            value=form.get("first_day", "")[:10] or today.isoformat(), smallest=today.isoformat(),
        ),
        Input(
            name="last_day", id="d-last", label=desk.t("deputy.last_day"), html_type="date", required=True,
            value=form.get("last_day", "")[:10], smallest=today.isoformat(), error="" if at_who else error,
        ),
    )  # fmt: skip

"""Ending a review: its answers or the reason why it is skipped, with its task, in one unit of work.

Whoever may change the task may do the review, even where the task lies in the bin: a review does not end by that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import sqlalchemy as sa

from app.access import Actor
from app.definition import Review
from app.definition.duty import DONE, STATUS, TASK, over_without_doing
from app.frozen import dataclass
from app.orm.framework import review as review_row
from app.orm.store import Store
from app.record import Change, Door, Refusal, Refused, Saved, Unit, in_unit, update_in
from app.record.decide import read_rows
from app.record.values import Bad, clean_text

LONGEST_NOTE = 500
Row = Any
Answers = Mapping[str, "Answer"]


@dataclass(frozen=True)
class Answer:
    """What was found about one point of the checklist: yes, no or, as long as it is open, None; and a note."""

    yes: bool | None
    note: str = ""


def keep(store: Store, actor: Actor, review_id: int, answers: Answers, *, door: Door) -> Saved | Refused:
    """Keeps answers, of some points or all, of a review that stays open."""
    return _in_review(store, actor, review_id, door, lambda unit, row: _answer(unit, row, answers, end=False))


def finish(store: Store, actor: Actor, review_id: int, answers: Answers, *, door: Door) -> Saved | Refused:
    """Ends a review with answers to all points; its task is done."""
    return _in_review(store, actor, review_id, door, lambda unit, row: _answer(unit, row, answers, end=True))


def skip(store: Store, actor: Actor, review_id: int, reason: str, *, door: Door) -> Saved | Refused:
    """Ends a review without having done it; its task is dropped."""
    return _in_review(store, actor, review_id, door, lambda unit, row: _skip(unit, row, reason))


def _in_review(
    store: Store, actor: Actor, review_id: int, door: Door, work: Callable[[Unit, Row], Saved | Refused]
) -> Saved | Refused:
    """Works on an open review, locked, that the actor may do. Refused like a missing record where he may not see it."""

    def found(unit: Unit) -> Saved | Refused:
        query = sa.select(review_row).where(review_row.c.id == review_id).with_for_update()
        row = unit.connection.execute(query).one_or_none()
        if row is None:
            return _refused("record.not_found", status="not_found")
        allowed = _touch_task(unit, row, None)
        if isinstance(allowed, Refused):
            return allowed
        if row.state != "open":
            return _refused("record.changed", variant="review_ended", status="conflict")
        return work(unit, row)

    return in_unit(store, actor, door, found)


def _refused(
    code: str,
    field: str | None = None,
    *,
    variant: str = "",
    status: Literal["invalid", "not_found", "conflict"] = "invalid",
    **params: object,
) -> Refused:
    return Refused((Refusal(code, field, params, entity=TASK, variant=variant),), status)


def _answer(unit: Unit, row: Row, answers: Answers, *, end: bool) -> Saved | Refused:
    known = unit.catalog.reviews.get(row.review)
    taken, refusals = _taken(known, answers)
    if end:
        points = known.checklist if known is not None else {}
        open_ = [key for key in points if key not in taken or taken[key][0] is None]
        refusals += [Refusal("field.required", key, entity=TASK, variant="answer") for key in open_]
    if refusals:
        return Refused(tuple(refusals))
    values: dict[str, Any] = {"answers": taken}
    if end:
        values |= _ended(unit, "done")
    return _write(unit, row, values, DONE if end else None)


def _taken(known: Review | None, answers: Answers) -> tuple[dict[str, list[Any]], list[Refusal]]:
    """The answers to points that the review has, as they are kept, and what is wrong with them."""
    taken: dict[str, list[Any]] = {}
    refusals = []
    for key in known.checklist if known is not None else ():
        given = answers.get(key)
        if given is None:
            continue
        note = clean_text(given.note)
        if isinstance(note, Bad):
            refusals.append(Refusal(note.code, key, entity=TASK, variant="note"))
        elif note is not None and len(note) > LONGEST_NOTE:
            params = {"length": len(note), "limit": LONGEST_NOTE}
            refusals.append(Refusal("field.length", key, params, entity=TASK, variant="note"))
        elif given.yes is not None or note is not None:
            taken[key] = [given.yes, note or ""]
    return taken, refusals


def _skip(unit: Unit, row: Row, reason: str) -> Saved | Refused:
    why = clean_text(reason)
    if isinstance(why, Bad):
        return _refused(why.code, "reason", variant="reason")
    if why is None:
        return _refused("field.required", "reason", variant="reason")
    if len(why) > LONGEST_NOTE:
        return _refused("field.length", "reason", variant="reason", length=len(why), limit=LONGEST_NOTE)
    return _write(unit, row, {"reason": why, **_ended(unit, "skipped")}, over_without_doing(unit.catalog))


def _ended(unit: Unit, state: str) -> dict[str, Any]:
    return {"state": state, "ended_at": unit.at, "ended_by": unit.actor.user_id}


def _write(unit: Unit, row: Row, values: Mapping[str, Any], status: str | None) -> Saved | Refused:
    outcome = _touch_task(unit, row, status)
    if isinstance(outcome, Saved):
        here = review_row.c.id == row.id
        changed = {**values, "changed_seq": unit.changed_seq}
        unit.connection.execute(sa.update(review_row).where(here).values(changed))
    return outcome


def _touch_task(unit: Unit, row: Row, status: str | None) -> Saved | Refused:
    """Gives the task this status; without one only asks whether the actor may change it. One in the bin stays as it is."""
    there = read_rows(unit, TASK, [row.task], ["update"], deleted_too=True).get(row.task)
    if there is not None and there["deleted_at"] is not None and there["may_update"]:
        return Saved((), ())
    outcome = update_in(unit, TASK, [Change(row.task, {STATUS: status} if status else {})])
    if isinstance(outcome, Refused) and outcome.status == "not_found":  # in the same words as one that is not there
        return _refused("record.not_found", status="not_found")
    return outcome

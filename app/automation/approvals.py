"""Approvals of moves: asked for, decided step by step, carried out, recalled. One transaction for each act, all or nothing.

What an approval asks for is kept with it as it was when it began. Asking and recalling are acts of a person in his own
scope; a decision is carried out by `system:approval`, for who decides need not be allowed to make the move.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import sqlalchemy as sa

from app.access import Actor, actor_of_user, row_condition, system_actor
from app.automation.approval_rows import (
    AGREED,
    WAITING,
    Ask,
    Asked,
    company_day,
    get_asked,
    locked_fields,
    of_record,
    read_asked,
    stands_in_for,
    waiting_for,
)
from app.automation.approval_steps import ask_further, begin_step, is_agreed, needed_people, tell_people
from app.automation.approval_terms import name_of, terms_of, write_terms
from app.frozen import dataclass
from app.orm.framework import approval, approval_ask
from app.orm.store import Store
from app.record import Change, Door, Refusal, Refused, Saved, Unit, in_unit, update_in
from app.record.approving import steps_that_hold
from app.record.audit import write_audit
from app.record.batch import Batch, refused
from app.record.paths import read_records
from app.record.refusal import APPROVAL_PREFIX
from app.record.write import finish, prepared_in

__all__ = [
    "Ask", "Asked", "Asking", "ask_for", "decide", "get_asked", "locked_fields", "of_record", "recall",
    "waiting_for",
]  # fmt: skip

APPROVAL = system_actor("system:approval")
NEEDED = "transition.needs_approval"
LONGEST_COMMENT = 2_000  # characters
NO_REASONS: Mapping[str, str] = {}


@dataclass(frozen=True)
class Asking(Saved):
    """What came of asking: the record, and the id of the approval; None where the move needs nobody and is made."""

    approval: int | None = None


@dataclass(frozen=True)
class _NotMoved(Refused):
    """All agreed, but the move can't be made as the record is now."""


def ask_for(  # noqa: PLR0913 - a move takes four words, asking for it the rest
    store: Store,
    actor: Actor,
    entity: str,
    record: int,
    to: str,
    *,
    door: Door,
    field: str | None = None,
    comment: str = "",
    confirm: Mapping[str, str] = NO_REASONS,
    version: int | None = None,
) -> Asking | Refused:
    """Asks for the approval that a move of the record to a stage needs. Refused with all that keeps the actor from making
    the move himself, but for the approval; made at once where the approval asks nobody.

    `field` is that of the stage, the first that has it without; `confirm` and `version` are as in `record.Change`.
    Raises StaleRevision.
    """
    said = _comment(comment)
    if isinstance(said, Refusal):
        return Refused((said,))
    asking: list[Asking] = []

    def work(unit: Unit) -> Saved | Refused:
        stage = field or _stage_field(unit, entity, to)
        if stage is None:
            return Refused((Refusal("record.not_found", entity=entity),), "not_found")
        outcome = _ask(unit, entity, Change(record, {stage: to}, version, confirm=confirm), stage, said)
        asking[:] = [outcome] if isinstance(outcome, Asking) else []
        return outcome

    outcome = in_unit(store, actor, door, work)
    return outcome if isinstance(outcome, Refused) else asking[0]


def decide(
    store: Store, actor: Actor, approval_id: int, *, agree: bool, comment: str = "", door: Door
) -> Saved | Refused:
    """Agrees or rejects, for oneself and for whom one stands in. The last agreement carries the move out; where it can't be
    made any more the approval stays agreed, and who asked may make the move when the record is ready.

    `Saved.ids` holds the id of the approval. Raises StaleRevision.
    """
    said = _comment(comment, required=not agree)
    if isinstance(said, Refusal):
        return Refused((said,))
    act = _Decision(actor, approval_id, agree, said)
    outcome = in_unit(store, APPROVAL, door, lambda unit: _decide(unit, act, carry=True))
    if isinstance(outcome, _NotMoved):
        outcome = in_unit(store, APPROVAL, door, lambda unit: _decide(unit, act, carry=False))
    return outcome


def recall(store: Store, actor: Actor, approval_id: int, *, comment: str = "", door: Door) -> Saved | Refused:
    """Takes back what one asked for, as long as the move is not made. Raises StaleRevision."""
    said = _comment(comment)
    if isinstance(said, Refusal):
        return Refused((said,))
    return in_unit(store, APPROVAL, door, lambda unit: _recall(unit, actor, approval_id, said))


@dataclass(frozen=True)
class _Decision:
    actor: Actor
    approval: int
    agree: bool
    comment: str | None


def _comment(text: object, *, required: bool = False) -> str | Refusal | None:
    if not isinstance(text, str):
        return Refusal("field.type", "comment", variant="reason")
    said = text.strip()
    if any(each == "\0" or "\ud800" <= each <= "\udfff" for each in said):  # no database keeps these
        return Refusal("field.format", "comment", variant="reason")
    if len(said) > LONGEST_COMMENT:
        length = {"length": len(said), "limit": LONGEST_COMMENT}
        return Refusal("field.length", "comment", length, variant="reason")
    if required and not said:
        return Refusal("field.required", "comment", variant="comment")
    return said or None


def _stage_field(unit: Unit, entity: str, to: str) -> str | None:
    found = unit.catalog.entities.get(entity)
    lines = list(found.pipelines.values()) if found is not None else []
    return next((each.field for each in lines if to in each.stages), lines[0].field if lines else None)


def _ask(unit: Unit, entity: str, change: Change, field: str, comment: str | None) -> Saved | Refused:
    batch = prepared_in(unit, entity, [change])
    if isinstance(batch, Refused):
        return batch
    if any(each.field == field and each.state == WAITING for each in batch.approvals.get(change.id, ())):
        return _refused(NEEDED, field, entity, change.id, variant="waiting")
    needs = [each for each in batch.refusals if each.code == NEEDED]
    others = [each for each in batch.refusals if each.code != NEEDED]
    if others:
        return refused(others)
    if not needs:
        made = finish(batch)
        return made if isinstance(made, Refused) else Asking(made.ids, made.versions, made.out_of_sight)
    return _begin(unit, batch, needs[0], comment, change.confirm)


def _begin(unit: Unit, batch: Batch, need: Refusal, comment: str | None, confirm: Mapping[str, str]) -> Saved | Refused:
    (row,), field = batch.rows, str(need.field)
    keys = need.params["approvals"]
    assert isinstance(keys, tuple)
    terms = terms_of(unit.catalog, batch.entity, keys, confirm)
    values = {
        "approval": keys[0],
        "entity": batch.entity,
        "record": row.id,
        "field": field,
        "stage_from": row.old[field],
        "stage_to": row.values[field],
        "state": WAITING,
        "asked_by": unit.actor.user_id,
        "asked_at": unit.at,
        "comment": comment,
        "revision": unit.store.revision,
        "terms": write_terms(terms),
        "changed_seq": unit.changed_seq,
    }
    made = unit.connection.execute(sa.insert(approval).values(values).returning(approval.c.id)).scalar_one()
    (asked,) = read_asked(unit.connection.execute, approval.c.id == made)
    note(unit, unit.actor, asked, "ask", comment)
    first = steps_that_hold(batch, [row], terms.whens)[row.id][0]
    nobody = begin_step(unit, asked, name_of(first))
    return nobody or Asking((row.id,), (row.old["version"],), approval=made)


def _decide(unit: Unit, act: _Decision, *, carry: bool) -> Saved | Refused:
    asked = locked(unit, act.approval)
    people = _acting_for(unit, act.actor)
    barred = _barred(unit, asked, act.actor, people)
    if asked is None or barred is not None:
        return barred or _missing()
    said = {
        "state": AGREED if act.agree else "rejected",
        "decided_by": act.actor.user_id,
        "decided_at": unit.at,
        "comment": act.comment,
        "changed_seq": unit.changed_seq,
    }
    mine = [each.id for each in _answered(asked, act.actor, people)]
    unit.connection.execute(sa.update(approval_ask).where(approval_ask.c.id.in_(mine)).values(said))
    note(unit, act.actor, asked, "agree" if act.agree else "reject", act.comment)
    if not act.agree:
        end(unit, asked, "rejected")
        tell_people(unit, asked, "approval.rejected", [asked.asked_by], said=(act.actor.user_id, act.comment))
        return Saved((asked.id,), ())
    (asked,) = read_asked(unit.connection.execute, approval.c.id == asked.id)
    if not is_agreed(asked, asked.asks, str(asked.step)):
        end_where_nobody_is_left(unit, asked)
        return Saved((asked.id,), ())
    return go_on(unit, asked, carry=carry)


def end_where_nobody_is_left(unit: Unit, asked: Asked) -> None:
    """Where a step that is not agreed asks nobody any more, others are asked; where there are none the approval ends, and
    who asked is told.
    """
    if any(needed_people(asked.asks)) or ask_further(unit, asked):
        return
    end(unit, asked, "void")
    note(unit, APPROVAL, asked, "void", None)
    tell_people(unit, asked, "approval.void", [asked.asked_by])


def _answered(asked: Asked, actor: Actor, people: frozenset[int]) -> tuple[Ask, ...]:
    return () if actor.user_id is None else asked.answered_by(actor.user_id, people)


def go_on(unit: Unit, asked: Asked, *, carry: bool) -> Saved | Refused:
    """The step that waited is agreed: the next one is begun, or the move is made. What conditions ask of the person they
    ask of who asked for it.
    """
    drop_asks(unit, asked)
    if asked.asked_by is not None:
        unit = replace(unit, behalf=actor_of_user(unit.connection, unit.models, asked.asked_by))
    batch = prepared_in(unit, asked.entity, [_move_of(asked)])
    if isinstance(batch, Refused):
        return batch
    holding = steps_that_hold(batch, batch.rows, asked.terms.whens)[asked.record]
    begun = {each.step for each in asked.asks}
    following = next((name for name in map(name_of, holding) if name not in begun), None)
    if following is not None:
        return begin_step(unit, asked, following) or Saved((asked.id,), ())
    if asked.field is None:  # no move hangs on it
        end(unit, asked, "done")
        tell_people(unit, asked, "approval.agreed", [asked.asked_by])
        return Saved((asked.id,), ())
    agreed = {"state": AGREED, "step": None, "changed_seq": unit.changed_seq}
    unit.connection.execute(sa.update(approval).where(approval.c.id == asked.id).values(agreed))
    if not carry:
        tell_people(unit, asked, "approval.ready", [asked.asked_by])
        return Saved((asked.id,), ())
    outcome = update_in(unit, asked.entity, [_move_of(asked)])
    if isinstance(outcome, Refused):
        return _NotMoved(outcome.refusals, outcome.status)
    tell_people(unit, asked, "approval.agreed", [asked.asked_by])
    return Saved((asked.id,), ())


def _move_of(asked: Asked) -> Change:
    values = {} if asked.field is None else {asked.field: asked.stage_to}
    return Change(asked.record, values, confirm=asked.terms.confirm)


def _recall(unit: Unit, actor: Actor, approval_id: int, comment: str | None) -> Saved | Refused:
    asked = locked(unit, approval_id)
    if asked is None:
        return _missing()
    if asked.asked_by is None or asked.asked_by != actor.user_id:
        if not _sees(unit, asked, actor, _acting_for(unit, actor)):
            return _missing()
        return _refused("access.denied", None, asked.entity, asked.record, variant="recall")
    if asked.state not in (WAITING, AGREED):
        return _refused("record.changed", None, asked.entity, asked.record, variant="approval")
    note(unit, actor, asked, "recall", comment)
    tell_people(unit, asked, "approval.recalled", needed_people(asked.asks), said=(actor.user_id, comment))
    end(unit, asked, "recalled")
    return Saved((asked.id,), ())


def end(unit: Unit, asked: Asked, state: str) -> None:
    """Ends an approval; nobody is asked any more."""
    ended = {"state": state, "step": None, "ended_at": unit.at, "changed_seq": unit.changed_seq}
    unit.connection.execute(sa.update(approval).where(approval.c.id == asked.id).values(ended))
    drop_asks(unit, asked)


def drop_asks(unit: Unit, asked: Asked) -> None:
    """Those who have not answered are not asked any more."""
    here = sa.and_(approval_ask.c.approval_id == asked.id, approval_ask.c.state == WAITING)
    unit.connection.execute(sa.update(approval_ask).where(here).values(state="dropped", changed_seq=unit.changed_seq))


def locked(unit: Unit, approval_id: int) -> Asked | None:
    """The approval, once its record is locked: all that is done to either waits in the same place."""
    for first in read_asked(unit.connection.execute, approval.c.id == approval_id):
        if first.entity not in unit.catalog.entities:
            return None
        read_records(unit, first.entity, ("id",), [first.record], "change")
        return read_asked(unit.connection.execute, approval.c.id == approval_id)[0]
    return None


def _acting_for(unit: Unit, actor: Actor) -> frozenset[int]:
    if actor.user_id is None:
        return frozenset()
    others = unit.connection.execute(stands_in_for(actor.user_id, company_day(unit.catalog, unit.at))).scalars()
    return frozenset({actor.user_id, *others})


def _sees(unit: Unit, asked: Asked, actor: Actor, people: frozenset[int]) -> bool:
    if any(each.user in people for each in asked.asks) or asked.asked_by in people:
        return True
    a_class = unit.models.classes[asked.entity]
    condition = row_condition(unit.models, actor, "read", asked.entity)
    query = sa.select(a_class.id).where(a_class.id == asked.record)
    found = unit.session.execute(query if condition is None else query.where(condition)).first()
    return found is not None


def _barred(unit: Unit, asked: Asked | None, actor: Actor, people: frozenset[int]) -> Refused | None:
    """Why a person may not decide."""
    if asked is None or not _sees(unit, asked, actor, people):
        return _missing()
    if asked.state != WAITING:
        return _refused("record.changed", None, asked.entity, asked.record, variant="approval")
    if actor.user_id == asked.asked_by and not asked.terms.self_approval:
        return _refused("access.denied", None, asked.entity, asked.record, variant="own_approval")
    if _answered(asked, actor, people):
        return None
    if any(each.user in people for each in asked.asks):
        return _refused("record.changed", None, asked.entity, asked.record, variant="approval")
    return _refused("access.denied", None, asked.entity, asked.record, variant="approval")


def _missing() -> Refused:
    return Refused((Refusal("record.not_found"),), "not_found")


def _refused(code: str, field: str | None, entity: str, record: int, *, variant: str) -> Refused:
    return refused([Refusal(code, field, record=record, entity=entity, variant=variant)])


def note(unit: Unit, actor: Actor, asked: Asked, action: str, comment: str | None) -> None:
    """What somebody did, in the history of the record."""
    write_audit(
        replace(unit, actor=actor),
        asked.entity,
        action,
        [(asked.record, {APPROVAL_PREFIX + asked.approval: [None, comment]})],
    )

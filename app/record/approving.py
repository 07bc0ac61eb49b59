"""Step 5, of approvals: a move that needs one is made with an agreed one, which it uses up; while one waits the record keeps
what it locks. Who is asked, and what they say, is for `automation`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from app.access import has_right, system_actor
from app.definition import ASSIGNABLE_FIELDS, Catalog
from app.definition.memory import remembered
from app.expression import BOOL, BadExpression, Checked, get_expression
from app.frozen import dataclass
from app.orm.framework import approval, approval_ask
from app.orm.tuples import among
from app.record.audit import write_audit
from app.record.batch import Batch, Row
from app.record.conditions import holds, log_bug
from app.record.decide import in_parts
from app.record.facts import find_facts, needs_of
from app.record.field_states import columns_of
from app.record.refusal import APPROVAL_PREFIX
from app.record.unit import Unit

WAITING, AGREED, DONE, VOID = "waiting", "agreed", "done", "void"
OPEN = (WAITING, AGREED)
ALL = "all"
OF_CLOCK = system_actor("system:jobs")  # works out what follows from the time
Wanted = tuple[Row, str, tuple[str, ...]]
"""A row whose stage moves, the field, and the approvals that the move needs."""


@dataclass(frozen=True, slots=True)
class Open:
    """An approval that waits, or that is agreed and not used yet. `figures` are the fields on which it was agreed."""

    id: int
    approval: str
    field: str | None
    stage_from: str | None
    stage_to: str | None
    state: str
    read_only: tuple[str, ...]
    figures: frozenset[str]
    covers: frozenset[str]


def has_approvals(catalog: Catalog, entity: str) -> bool:
    """Whether records of an entity can be waiting for approval at all."""
    return entity in remembered(
        catalog, ("approved",), lambda: frozenset(each.entity for each in catalog.approvals.values())
    )


def find_approvals(batch: Batch) -> None:
    """Reads the open approvals of what is being changed: one statement, for entities that have approvals alone."""
    if batch.creating or not has_approvals(batch.unit.catalog, batch.entity):
        return
    batch.approvals = _open(batch.unit, batch.entity, [row.id for row in batch.rows if row.changed or batch.parts])


def check_locks(batch: Batch) -> None:
    """Refuses changes of what an approval that waits keeps as it is. After it was seen which parts change."""
    for row in batch.rows if batch.approvals else ():
        kept = {key for each in batch.approvals.get(row.id, ()) for key in _kept(batch, row, each)}
        for key in sorted(kept):
            batch.refuse(row, "field.read_only", key, "approval")


def _kept(batch: Batch, row: Row, each: Open) -> Iterator[str]:
    """What a row would change and may not: fields and parts. Handing a record on is no change of it; who configures the
    system may move its stage, which ends the approval.
    """
    if each.state != WAITING:
        return
    fields = batch.blueprint.entity.fields
    if ALL in each.read_only:
        locked = {key for key, found in fields.items() if not found.is_computed or key in row.overrule}
        yield from row.touched
    else:
        locked = {key for key in each.read_only if key in batch.blueprint.entity.every_field}
    if has_right(batch.unit.catalog, batch.unit.actor, "configure"):
        locked.discard(str(each.field))
    for key in locked.difference(ASSIGNABLE_FIELDS if ALL in each.read_only else ()):
        if key in row.overrule or not row.changed.isdisjoint(columns_of(batch, key)):
            yield key


def ask_approvals(batch: Batch, wanted: Sequence[Wanted]) -> None:
    """Refuses moves that need an approval and have none. An approval of which no step's condition holds is not needed."""
    open_yet = ((row, key, tuple(_not_agreed(batch, row, key, needed))) for row, key, needed in wanted)
    lacking = [each for each in open_yet if each[2]]
    if not lacking:
        return
    approvals = batch.unit.catalog.approvals
    keys = sorted({key for *_, keys in lacking for key in keys})
    whens = {(key, step.key): step.when for key in keys for step in approvals[key].steps.values()}
    holding = steps_that_hold(batch, [row for row, *_ in lacking], whens)
    for row, key, needed in lacking:
        asked = tuple(each for each in needed if any(step[0] == each for step in holding[row.id]))
        if asked:
            before, after = row.old[key], row.values[key]
            batch.refuse(row, "transition.needs_approval", key, approvals=asked, stage_from=before, stage_to=after)


def _not_agreed(batch: Batch, row: Row, field: str, needed: Iterable[str]) -> Iterator[str]:
    """Of the approvals that a move needs those of which nobody was asked."""
    agreed = [each.covers for each in batch.approvals.get(row.id, ()) if _fits(each, row, field)]
    return (each for each in needed if not any(each in covers for covers in agreed))


def _fits(each: Open, row: Row, field: str) -> bool:
    """Whether this very move was agreed on."""
    move = (field, row.old[field], row.values[field])
    return each.state == AGREED and (each.field, each.stage_from, each.stage_to) == move


Step = tuple[str, str]


def steps_that_hold(batch: Batch, rows: Sequence[Row], whens: Mapping[Step, str | None]) -> dict[int, tuple[Step, ...]]:
    """Of steps with their conditions those that are asked, by record, in their order. One whose condition can't be used any
    more is asked: nothing is waved through because of a fault.
    """
    catalog = batch.unit.catalog
    checked = {step: _checked(catalog, batch.entity, when) for step, when in whens.items() if when is not None}
    used = [each for each in checked.values() if each is not None]
    if used:
        find_facts(replace(batch, rows=list(rows)), needs_of(catalog, batch.entity, used))
    return {
        row.id: tuple(step for step, when in whens.items() if when is None or _holds(batch, row, checked[step]))
        for row in rows
    }


def _checked(catalog: Catalog, entity: str, source: str) -> Checked | None:
    try:
        return get_expression(catalog, entity, source, BOOL, "server")
    except BadExpression:
        log_bug(f"a condition of an approval of {entity}")
        return None


def _holds(batch: Batch, row: Row, condition: Checked | None) -> bool:
    return condition is None or holds(condition.evaluate, row.values, row.old, batch.unit.context, otherwise=True)


def settle(batch: Batch) -> None:
    """After the save: the agreed approval of a move is done; others of that stage end, as does one of which a figure is not
    what it was: nobody agrees, or has agreed, to what he has not seen.
    """
    done: list[int] = []
    void: dict[int, tuple[int, str]] = {}
    for row in batch.rows if batch.approvals else ():
        for each in batch.approvals.get(row.id, ()):
            moved = each.field is not None and each.field in row.changed
            if moved and _fits(each, row, str(each.field)):
                done.append(each.id)
            elif moved or _is_other(batch, row, each):
                void[each.id] = row.id, each.approval
    if done:
        _end(batch.unit, DONE, done)
    _void(batch.unit, batch.entity, void)


def settle_derived(batch: Batch, rows: Sequence[Row]) -> None:
    """After figures followed from other records: approvals of which one is not what it was end. What follows from the time
    alone, and not from what somebody does, ends none.
    """
    if not rows or batch.unit.actor == OF_CLOCK or not has_approvals(batch.unit.catalog, batch.entity):
        return
    found = _open(batch.unit, batch.entity, [row.id for row in rows])
    ended = {
        each.id: (row.id, each.approval)
        for row in rows
        for each in found.get(row.id, ())
        if _is_other(batch, row, each)
    }
    _void(batch.unit, batch.entity, ended)


def settle_cleared(unit: Unit, entity: str, records: Iterable[int], field: str) -> None:
    """After a field of records was emptied because what it pointed to is gone: approvals end of which it is a figure."""
    if not has_approvals(unit.catalog, entity):
        return
    found = _open(unit, entity, records)
    ended = {
        each.id: (record, each.approval) for record, some in found.items() for each in some if field in each.figures
    }
    _void(unit, entity, ended)


def _is_other(batch: Batch, row: Row, each: Open) -> bool:
    """Whether a figure changes, or parts that are one. Handing a record on is no change of it."""
    figures = each.figures.difference(ASSIGNABLE_FIELDS)
    return not figures.isdisjoint(row.touched) or any(
        not row.changed.isdisjoint(columns_of(batch, key)) for key in figures
    )


def void_of(unit: Unit, entity: str, records: Iterable[int]) -> None:
    """Ends the open approvals of records that go."""
    if has_approvals(unit.catalog, entity):
        found = _open(unit, entity, records)
        _void(unit, entity, {each.id: (record, each.approval) for record, some in found.items() for each in some})


def _void(unit: Unit, entity: str, ended: Mapping[int, tuple[int, str]]) -> None:
    """Ends approvals, by id with their record and key."""
    if ended:
        _end(unit, VOID, list(ended))
        _note_void(unit, entity, ended.values())


def _note_void(unit: Unit, entity: str, ended: Iterable[tuple[int, str]]) -> None:
    write_audit(unit, entity, "void", [(record, {APPROVAL_PREFIX + key: [None, None]}) for record, key in ended])


def _end(unit: Unit, state: str, ids: Sequence[int]) -> None:
    for some in in_parts(sorted(ids)):
        here = approval.c.id.in_(some)
        ended = {"state": state, "ended_at": unit.at, "step": None, "changed_seq": unit.changed_seq}
        unit.connection.execute(sa.update(approval).where(here).values(ended))
        asks = sa.and_(approval_ask.c.approval_id.in_(some), approval_ask.c.state == WAITING)
        dropped = {"state": "dropped", "changed_seq": unit.changed_seq}
        unit.connection.execute(sa.update(approval_ask).where(asks).values(dropped))


def _open(unit: Unit, entity: str, records: Iterable[int]) -> dict[int, list[Open]]:
    """By record, the approvals that wait or are not used yet: one statement."""
    found: dict[int, list[Open]] = {}
    for some in in_parts(sorted(set(records))):
        query = _OPEN.where(approval.c.entity == entity, among(approval.c.record, "ids", unit.connection.dialect))
        for row in unit.connection.execute(query, {"ids": list(some)}):
            found.setdefault(row.record, []).append(_of_row(row))
    return found


_OPEN = (
    sa.select(
        approval.c.id,
        approval.c.approval,
        approval.c.record,
        approval.c.field,
        approval.c.stage_from,
        approval.c.stage_to,
        approval.c.state,
        approval.c.terms,
    )
    .where(approval.c.state.in_(OPEN))
    .order_by(approval.c.id)
)


def _of_row(row: Any) -> Open:
    terms = row.terms
    return Open(
        row.id, row.approval, row.field, row.stage_from, row.stage_to, row.state,
        tuple(terms["read_only"]), frozenset(terms["figures"]), frozenset(each for each, *_ in terms["steps"]),
    )  # fmt: skip

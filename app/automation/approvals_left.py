"""Approvals that a new configuration leaves without a place: the plan tells how many, they end as it is applied, and people
are told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from app.access import system_actor
from app.automation.approval_rows import Asked, read_asked
from app.automation.approvals import end, note
from app.automation.notices import Notice, tell
from app.definition import Catalog
from app.definition.pipeline import Pipeline
from app.orm.former import Former
from app.orm.framework import approval
from app.orm.models import Models
from app.orm.store import Store
from app.plan.pair import counted
from app.plan.step import Kind, Step
from app.record import Unit
from app.record.approving import OPEN, VOID, has_approvals
from app.record.moves import approvals_of


def foretell_left(connection: Connection, before: Models, after: Models) -> Iterator[Step]:
    """Steps that say which open approvals would end: one for each approval of the pack."""
    waiting = [_in_new_words(before.former, each) for each in _waiting(connection, before)]
    left = Counter(each.approval for each in waiting if not _has_place(after.catalog, each))
    for key, number in sorted(left.items()):
        impact = f"{counted(number, 'open approval')} {'ends' if number == 1 else 'end'}, people are told"
        place = ("approvals", key) if key in after.catalog.approvals else ("approvals",)
        yield Step(kind=Kind.END_APPROVALS, target=key, path=place, origin=after.catalog.origin(*place), impact=impact)


def left_of(connection: Connection, before: Models, after: Models) -> list[Asked]:
    """Open approvals of entities that have none any more, of moves to stages that are gone, and of moves that now need
    others instead: nobody could make the move with what was agreed. What waits for one that is changed goes on as it began.
    """
    return [each for each in _waiting(connection, before) if not _has_place(after.catalog, each)]


def _waiting(connection: Connection, before: Models) -> list[Asked]:
    return read_asked(connection.execute, approval.c.state.in_(OPEN)) if before.catalog.approvals else []


def _in_new_words(renamed: Former, asked: Asked) -> Asked:
    """An approval as it will be called, where its row is not carried along yet."""
    for _, names in renamed.steps:
        entity = names.entities.get(asked.entity, asked.entity)
        field = asked.field and names.field_of(entity, asked.field)
        stages = names.values.get(f"{entity}.{field}", {})
        before, to = (stage and stages.get(stage, stage) for stage in (asked.stage_from, asked.stage_to))
        asked = replace(asked, entity=entity, field=field, stage_from=before, stage_to=to)
    return asked


def end_left(connection: Connection, before: Models, after: Models, revision: int) -> None:
    """Ends what is left without a place. Works in the transaction of the switch."""
    left = left_of(connection, before, after)
    if not left:
        return
    session = Session(connection, join_transaction_mode="rollback_only")
    store = Store(connection.engine, after, revision)
    unit = Unit(store, system_actor("system:command"), session, "command")
    for asked in left:
        end(unit, asked, VOID)
        if asked.entity in after.catalog.entities:
            note(unit, unit.actor, asked, "void", None)
    tell(connection, [each for asked in left for each in _notices(asked)], unit.at, after.catalog)
    session.commit()  # of the session alone: the transaction is the switch's


def _has_place(catalog: Catalog, asked: Asked) -> bool:
    entity = catalog.entities.get(asked.entity)
    if entity is None or not has_approvals(catalog, asked.entity):
        return False
    if asked.field is None or asked.stage_to is None:
        return True
    lines = [each for each in entity.pipelines_of(asked.field) if asked.stage_to in each.stages]
    return any(_still_counts(each, asked, asked.stage_to) for each in lines)


def _still_counts(line: Pipeline, asked: Asked, to: str) -> bool:
    """Whether the move needs what is asked, or nothing any more."""
    needed = approvals_of(line, asked.stage_from, to)
    return not needed or any(approval in needed for approval, _ in asked.terms.steps)


def _notices(asked: Asked) -> list[Notice]:
    people = dict.fromkeys((asked.asked_by, *(each.user for each in asked.asks)))
    return [
        Notice(
            user=each, kind="approval.void", mark=f"approval.void:{asked.id}:", entity=asked.entity, record=asked.record
        )
        for each in people
        if each is not None
    ]

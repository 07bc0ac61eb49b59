"""Approvals that a new configuration leaves without a place: they end as it is applied, and people are told."""

from __future__ import annotations

from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from app.access import system_actor
from app.automation.approval_rows import Asked, read_asked
from app.automation.approvals import end, note
from app.automation.notices import Notice, tell
from app.definition import Catalog
from app.orm.framework import approval
from app.orm.models import Models
from app.orm.store import Store
from app.record import Unit
from app.record.approving import OPEN, VOID, has_approvals


def end_left(connection: Connection, before: Models, after: Models, revision: int) -> None:
    """Ends open approvals of entities that have none any more, and of moves to stages that are gone. What waits for one that
    is changed or replaced goes on as it began. Works in the transaction of the switch.
    """
    if not before.catalog.approvals:
        return
    left = [
        each
        for each in read_asked(connection.execute, approval.c.state.in_(OPEN))
        if not _has_place(after.catalog, each)
    ]
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
    return asked.field is None or any(asked.stage_to in each.stages for each in entity.pipelines_of(asked.field))


def _notices(asked: Asked) -> list[Notice]:
    people = dict.fromkeys((asked.asked_by, *(each.user for each in asked.asks)))
    return [
        Notice(
            user=each, kind="approval.void", mark=f"approval.void:{asked.id}:", entity=asked.entity, record=asked.record
        )
        for each in people
        if each is not None
    ]

"""What follows by itself from the writes of a case: automations of events act, and clocks of service levels move.

The clock of a case stands still until it is moved. What was written before is moved a little into the past instead, so that
an event finds in the audit what it changed, and nothing of what came before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.access import reading
from app.automation.becoming import is_told_by_events, note_what_holds
from app.automation.dispatch import dispatch
from app.insight import ListQuery, list_records
from app.orm.framework import audit, outbox, stage_move
from app.orm.store import Store
from app.rehearsal.compare import Difference, differences
from app.rehearsal.scene import TEST, Scene

MOST_ROUNDS = 100
MOST_MADE = 200
_ONE_MILLISECOND = 1  # as SQLite keeps moments
# Written once, because every case says them several times.
_WAITING = sa.select(outbox.c.id).where(outbox.c.done_at.is_(None), outbox.c.not_before.is_(None)).limit(1)
_DONE = sa.update(outbox).where(outbox.c.done_at.is_(None)).values(done_at=sa.bindparam("now"))
_BACK = tuple(
    sa.update(table).values(at=sa.cast(table.c.at, sa.BigInteger) - _ONE_MILLISECOND)
    for table in (audit, outbox, stage_move)
)


def make_past(store: Store) -> None:
    """The rows that a case begins with are the past: nothing acts on them."""
    with store.housekeeping() as connection:
        connection.execute(_DONE, {"now": store.clock()})
        _move_back(connection)


def begin_watching(store: Store) -> None:
    """Conditions that only a look by the clock finds true start nothing where they hold at the beginning."""
    for each in store.catalog.automations.values():
        if each.trigger.becomes is not None and not is_told_by_events(store.catalog, each):
            note_what_holds(store, each)


def act(store: Store) -> None:
    """Acts upon what was written, and upon what follows from that."""
    for _ in range(MOST_ROUNDS):
        with store.housekeeping() as connection:
            if not _waits(connection):
                return
            _move_back(connection)
        dispatch(store, store.clock())


def _waits(connection: Connection) -> bool:
    return connection.execute(_WAITING).first() is not None


def _move_back(connection: Connection) -> None:
    for statement in _BACK:
        connection.execute(statement)


def newest_of(scene: Scene, expected: Any) -> Mapping[str, int]:
    """By entity the newest record that is there before anything is done; of those that are expected to be made."""
    return {entity: max(_ids(scene, entity, 0), default=0) for entity in expected or {}}


def made_differences(scene: Scene, expected: Any, newest: Mapping[str, int]) -> Iterator[Difference]:
    """Where the records that came by themselves are others than expected: of each entity exactly these, in order."""
    for entity, rows in expected.items():
        named = {record for (each, _), record in scene.ids.items() if each == entity}
        found = [record for record in _ids(scene, entity, newest[entity]) if record not in named]
        if len(found) != len(rows):
            yield (entity,), f"{len(found)} of {entity} were made, expected {len(rows)}"
            continue
        for number, (record, values) in enumerate(zip(found, rows, strict=True), start=1):
            name = f"made_{number}"
            scene.ids[entity, name] = record
            yield from (((entity, *path), text) for path, text in differences(scene, f"{entity}.{name}", values))


def _ids(scene: Scene, entity: str, after: int) -> list[int]:
    query = ListQuery(entity, ("id",), (), sort=(("id", False),), limit=MOST_MADE, counted=False)
    with reading(scene.store, TEST) as session:
        rows = list_records(session, TEST, query).rows
    return sorted(row.id for row in rows if row.id > after)

"""Step 12: one event per batch, which others act upon after the commit. None survives a rollback."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from app.orm.bulk import insert_rows
from app.orm.framework import outbox
from app.record.unit import Unit

RECORDS_PER_EVENT = 500


def write_event(unit: Unit, entity: str, kind: str, records: Sequence[int], fields: Iterable[str]) -> None:
    """Tells of these records, at most 500 in an event. `fields` are those that changed in any of them."""
    insert_rows(unit.connection, outbox, event_rows(unit, entity, kind, records, fields))


def event_rows(
    unit: Unit, entity: str, kind: str, records: Sequence[int], fields: Iterable[str]
) -> list[dict[str, Any]]:
    """The rows that `write_event` writes."""
    named = sorted(fields)
    return [
        {
            "at": unit.at,
            "kind": kind,
            "entity": entity,
            "records": list(records[at : at + RECORDS_PER_EVENT]),
            "fields": named,
            "actor_id": unit.actor.user_id,
            "actor": unit.actor.name,
            "revision": unit.store.revision,
        }
        for at in range(0, len(records), RECORDS_PER_EVENT)
    ]

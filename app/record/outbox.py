"""Step 12: one event per batch, which others act upon after the commit. None survives a rollback."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from app.definition import Catalog
from app.definition.memory import remembered
from app.orm.bulk import insert_rows
from app.orm.framework import outbox
from app.record.unit import Unit

RECORDS_PER_EVENT = 500
SILENT = frozenset({"seed"})
"""Doors through which a company's past comes in: no automation acts on it."""


def is_heard(catalog: Catalog, entity: str) -> bool:
    """Whether an automation or a service level listens to what happens to records of an entity. What nobody listens to is
    kept, for those that are tried on the past.
    """
    return entity in remembered(catalog, "heard", lambda: frozenset(_heard(catalog)))


def _heard(catalog: Catalog) -> Iterator[str]:
    yield from (each.entity for each in catalog.automations.values() if not each.trigger.is_clock)
    yield from (each.entity for each in catalog.slas.values())


def write_event(unit: Unit, entity: str, kind: str, records: Sequence[int], fields: Iterable[str]) -> None:
    """Tells of these records, at most 500 in an event. `fields` are those that changed in any of them."""
    insert_rows(unit.connection, outbox, event_rows(unit, entity, kind, records, fields))


def event_rows(
    unit: Unit, entity: str, kind: str, records: Sequence[int], fields: Iterable[str]
) -> list[dict[str, Any]]:
    """The rows that `write_event` writes."""
    named, heard = sorted(fields), is_heard(unit.catalog, entity) and unit.door not in SILENT
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
            "chain": list(unit.chain) or None,
            "done_at": None if heard else unit.at,
        }
        for at in range(0, len(records), RECORDS_PER_EVENT)
    ]

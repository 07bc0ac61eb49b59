"""Which stages records came from and went to: a row for each that begins in a stage or moves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from app.record.batch import Batch, Row
from app.record.conditions import conditions_of
from app.record.moves import line_of


def move_rows(batch: Batch) -> list[dict[str, Any]]:
    """The rows of `tenon_stage_move` for records that were just saved."""
    return list(_rows(batch)) if batch.blueprint.since else []


def _rows(batch: Batch) -> Iterator[dict[str, Any]]:
    unit, lines = batch.unit, conditions_of(batch.unit.catalog, batch.entity).lines
    who = {"at": unit.at, "actor_id": unit.actor.user_id, "actor": unit.actor.name}
    for key in batch.blueprint.since:
        for row in batch.changed_rows(key):
            source, to = _way(batch, row, key)
            if source == to:
                continue
            line = line_of(batch, row, lines.get(key, ()))
            yield {
                "entity": batch.entity,
                "record": row.id,
                "field": key,
                "pipeline": None if line is None else line.pipeline.key,
                "stage_from": source,
                "stage_to": to,
                **who,
                "changed_seq": row.values["changed_seq"],
            }


def _way(batch: Batch, row: Row, key: str) -> tuple[Any, Any]:
    return (None if batch.creating else row.old[key]), row.values[key]

"""Texts in the languages of the company: each goes into the column of its language."""

from __future__ import annotations

from collections.abc import Mapping

from app.record.batch import Batch, Row


def spread_texts(batch: Batch) -> None:
    """Puts posted texts into their columns. A text alone is in the language of the actor, or in the company's first."""
    for key, columns in batch.blueprint.texts.items():
        own = columns.get(batch.unit.actor.language, key)
        for row in batch.rows:
            posted = row.values[key] if key in row.posted else None
            if isinstance(posted, Mapping):
                before = batch.blueprint.blank if batch.creating else row.old
                row.values[key] = before[key]
                row.changed = row.changed if batch.creating else row.changed - {key}
                _put(batch, row, {columns.get(language, own): text for language, text in posted.items()})


def _put(batch: Batch, row: Row, texts: Mapping[str, str | None]) -> None:
    before = batch.blueprint.blank if batch.creating else row.old
    for column, text in texts.items():
        row.values[column] = text
        if batch.creating or text != before[column]:
            row.changed |= {column}

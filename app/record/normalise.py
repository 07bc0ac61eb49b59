"""Step 2: defaults, and every value in its one written form."""

from __future__ import annotations

from typing import Any

from app.orm.models import BLIND_SUFFIX
from app.orm.sealed import Blind, keys_of
from app.record.batch import Batch, Row
from app.record.lists import completed
from app.record.values import Bad, in_utc


def normalise(batch: Batch) -> None:
    """Fills `values` and `changed` of every row. A value that can't be read is refused and left as it was."""
    if batch.creating:
        _begin_new(batch)
    else:
        for row in batch.rows:
            row.values = dict(row.old)
    every = frozenset(batch.blueprint.blank)
    parsers = batch.blueprint.parsers
    moments = batch.blueprint.moments
    for row in batch.rows:
        values = row.values
        for key, raw in row.posted.items():
            value = parsers[key](raw)
            if value.__class__ is Bad:
                batch.refuse_value(row, key, value)
            elif key in batch.blueprint.link_blanks:
                blanks = batch.blueprint.link_blanks[key]
                values[key] = completed(batch.blueprint.lists[key], value, row.old.get(key), blanks)
            else:
                values[key] = value
        for key in moments & row.posted.keys():
            if values[key] is not None and values[key].tzinfo is None:
                values[key] = in_utc(values[key], batch.unit.zone)
        _start_stages(batch, row)
        row.changed = every if batch.creating else {key for key in row.posted if values[key] != row.old[key]}


def _begin_new(batch: Batch) -> None:
    """A new record belongs to whoever makes it; a person belongs to himself (see people.py)."""
    blank: dict[str, Any] = {**batch.blueprint.blank, "version": 1}
    blank["created_at"] = blank["updated_at"] = batch.unit.at
    blank["created_by"] = blank["updated_by"] = batch.unit.actor.user_id
    if "owner" in blank:
        blank["owner"] = None if batch.blueprint.is_person else batch.unit.actor.user_id
    for row in batch.rows:
        row.values = blank.copy()


def _start_stages(batch: Batch, row: Row) -> None:
    for key, first in batch.blueprint.stages.items():
        if row.values[key] is None:
            row.values[key] = first


def place_by_owner(batch: Batch) -> None:
    """Department and team come from the owner where the owner is set and they are not given."""
    if batch.blueprint.is_person:  # his own department and team
        return
    for row in batch.changed_rows("owner"):
        owner = row.values["owner"]
        if owner is None or owner not in batch.places:
            continue
        for key, value in zip(("department", "team"), batch.places[owner], strict=True):
            if key not in row.posted:
                row.values[key] = value
                if not batch.creating and value != row.old[key]:
                    row.changed |= {key}


def copy_texts(batch: Batch) -> None:
    """Sort keys, folded forms and the like, kept in columns of their own."""
    for copy in batch.blueprint.copies:
        for row in batch.changed_rows(copy.source):
            text = row.values[copy.source]
            row.values[copy.column] = None if text is None else copy.make(text)
            if not batch.creating:
                row.changed |= {copy.column}
    for key in batch.blueprint.blinds:
        _digest(batch, key)


def _digest(batch: Batch, key: str) -> None:
    """Beside an encrypted value that by which it is found."""
    column = batch.unit.models.tables[batch.entity].c[key + BLIND_SUFFIX]
    keys, kind = keys_of(batch.unit.connection.dialect), column.type
    assert isinstance(kind, Blind)
    for row in batch.changed_rows(key):
        value = row.values[key]
        row.values[column.key] = None if value is None else kind.digest(keys, value)
        if not batch.creating:
            row.changed |= {column.key}

"""Step 8: writing the rows, in bulk, and giving them their files."""

from __future__ import annotations

from app.orm.bulk import insert_rows, update_rows
from app.orm.counters import take_numbers
from app.record.batch import Batch, PartRow, Row
from app.record.files import attach_files
from app.record.many import save_lists
from app.record.outdated import note_saved
from app.record.sequence import counters_of, number_rows


def save(batch: Batch) -> None:
    """Inserts new rows, or updates those in which something changed."""
    if batch.creating:
        _insert(batch)
    else:
        _update(batch)
    batch.unit.written.add(batch.entity)
    save_lists(batch)
    attach_files(batch)
    note_saved(batch)


def _insert(batch: Batch) -> None:
    table = batch.unit.models.tables[batch.entity]
    numbers = take_numbers(batch.unit.connection, table, len(batch.rows), tuple(counters_of(batch).values()))
    for row, record in zip(batch.rows, numbers.ids, strict=True):
        row.id = row.values["id"] = record
        row.values["changed_seq"] = row.whole.values["changed_seq"] if isinstance(row, PartRow) else numbers.changed_seq
        if batch.blueprint.is_person and row.values["owner"] is None:
            row.values["owner"] = record
    number_rows(batch, numbers.last)
    insert_rows(batch.unit.connection, table, [row.values for row in batch.rows], batch.blueprint.columns)


def _update(batch: Batch) -> None:
    """One statement for all rows in which the same fields change."""
    groups: dict[frozenset[str], list[Row]] = {}
    for row in batch.rows:
        row.values["version"] = row.old["version"] + 1
        row.values["updated_at"], row.values["updated_by"] = batch.unit.at, batch.unit.actor.user_id
        row.values["changed_seq"] = batch.unit.changed_seq
        groups.setdefault(frozenset(row.changed - batch.blueprint.lists.keys()), []).append(row)
    for fields, rows in groups.items():
        keys = sorted({*fields, "version", "updated_at", "updated_by", "changed_seq"})
        update_rows(batch.unit.connection, batch.unit.models.tables[batch.entity], keys, [row.values for row in rows])

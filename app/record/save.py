"""Step 8: writing the rows, in bulk, and giving them their files; and the numbers that new rows are given."""

from __future__ import annotations

from collections.abc import Collection

from app.definition import Catalog
from app.definition.memory import remembered
from app.expression.computed import computed_fields
from app.orm.bulk import insert_rows, update_rows
from app.orm.counters import Numbers, take_numbers
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


def number_early(batch: Batch) -> None:
    """Gives new rows their ids and business numbers before they are saved, where something computed reads them."""
    if batch.creating and batch.unit.reader is None and batch.numbers is None and _reads_numbers(batch):
        batch.numbers = _numbered(batch)


def _reads_numbers(batch: Batch) -> bool:
    catalog, entity = batch.unit.catalog, batch.entity
    return remembered(catalog, ("read numbers", entity), lambda: _is_read(catalog, entity, batch.blueprint.sequences))


def _is_read(catalog: Catalog, entity: str, sequences: Collection[str]) -> bool:
    """By a computed field of the entity itself, or by one of its parts."""
    numbers = {"id", *sequences}
    ways = {entity: "", **{link.entity: f"{link.field}." for link in catalog.parts_of(entity).values()}}
    return any(
        f"{way}{number}" in each.keys
        for reader, way in ways.items()
        for computed in computed_fields(catalog, reader).values()
        for each in computed.expressions
        for number in numbers
    )


def _numbered(batch: Batch) -> Numbers:
    table = batch.unit.models.tables[batch.entity]
    numbers = take_numbers(batch.unit.connection, table, len(batch.rows), tuple(counters_of(batch).values()))
    for row, record in zip(batch.rows, numbers.ids, strict=True):
        row.values["id"] = record
    number_rows(batch, numbers.last)
    return numbers


def _insert(batch: Batch) -> None:
    table, numbers = batch.unit.models.tables[batch.entity], batch.numbers or _numbered(batch)
    for row in batch.rows:
        row.id = row.values["id"]
        row.values["changed_seq"] = row.whole.values["changed_seq"] if isinstance(row, PartRow) else numbers.changed_seq
        if batch.blueprint.is_person and row.values["owner"] is None:
            row.values["owner"] = row.id
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

"""Bringing deleted records back, with all that was deleted in the same act."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from app.access import Actor
from app.orm.models import ENTITY_SUFFIX
from app.orm.search import search_rows, write_search_rows
from app.orm.store import Store
from app.record.audit import write_audit
from app.record.batch import Batch, Row, refused
from app.record.conditions import conditions_of
from app.record.decide import in_parts, is_id, missing, read_rows
from app.record.facts import find_facts
from app.record.field_states import check_required
from app.record.outbox import write_event
from app.record.outdated import note_linking, note_own, note_stored
from app.record.paths import read_records
from app.record.people import revive_people
from app.record.refusal import Door, Refusal, Refused, Saved
from app.record.rules import check_restored
from app.record.unit import Then, Unit, in_unit
from app.record.upward import derive_upward
from app.record.validate import check_keys

MARKS = frozenset({"deleted_at", "deleted_by", "deletion", "changed_seq", "version", "updated_at", "updated_by"})
_TABLES_PER_STATEMENT = 100  # SQLite joins at most 500 SELECTs into one

Group = Mapping[
    str, dict[int, int]
]  # entity to the ids that come back, each with the place in the batch that asks for it


def restore(
    store: Store, actor: Actor, entity: str, ids: Sequence[int], *, door: Door, then: Then | None = None
) -> Saved | Refused:
    """Restores deleted records and what was deleted with them: all of it or nothing.

    `then` may read what was restored before it is committed (see `unit.in_unit`).
    Raises StaleRevision when another revision is applied than the store was built for.
    """
    return in_unit(store, actor, door, lambda unit: _restore(unit, entity, ids), then)


def _restore(unit: Unit, entity: str, ids: Sequence[int]) -> Saved | Refused:
    stands_alone = entity in unit.catalog.entities and unit.catalog.part_link(entity) is None
    refusals = missing(entity, ids, [each for each in ids if is_id(each)] if stands_alone else ())
    if refusals or not ids:
        return refused(refusals) if refusals else Saved((), ())
    stored = read_rows(unit, entity, ids, ["restore"], deleted_too=True)
    refusals = missing(entity, ids, [record for record, row in stored.items() if row["deleted_at"] is not None])
    if not refusals:
        refusals = [
            Refusal("access.denied", index=index, record=record, entity=entity, variant="restore")
            for index, record in enumerate(ids)
            if not stored[record]["may_restore"]
        ]
    if refusals:
        return refused(refusals)
    group = _group(unit, {stored[record]["deletion"]: index for index, record in enumerate(ids)})
    batches = [_batch(unit, key, records) for key, records in group.items()]
    refusals = [refusal for batch in batches for refusal in _check(batch, group)]
    if refusals:
        return refused(refusals)
    for batch in batches:
        _bring_back(batch)
    for key, records in group.items():  # in the bin nobody kept them up to date
        note_stored(unit, key, records)
        note_linking(unit, key, records)
        note_own(unit, key, records)
    derive_upward(unit)
    for batch in batches:
        _check_restored(batch)
    refusals = [refusal for batch in batches for refusal in batch.refusals]
    if refusals:
        return refused(refusals)
    return Saved(tuple(ids), tuple(stored[record]["version"] + 1 for record in ids))


def _group(unit: Unit, deletions: Mapping[str, int]) -> Group:
    """Everything that was deleted in these acts."""
    group: dict[str, dict[int, int]] = {}
    entities = [key for key in unit.catalog.entities if unit.catalog.keeps_deleted(key)]
    for at in range(0, len(entities), _TABLES_PER_STATEMENT):
        queries = []
        for key in entities[at : at + _TABLES_PER_STATEMENT]:
            table = unit.models.tables[key]
            query = sa.select(sa.literal(key, sa.Text), table.c.id, table.c.deletion)
            queries.append(query.where(table.c.deletion.in_(deletions), table.c.deleted_at.is_not(None)))
        for key, record, deletion in unit.connection.execute(sa.union_all(*queries)):
            group.setdefault(key, {})[record] = deletions[deletion]
    return group


def _batch(unit: Unit, entity: str, records: Mapping[int, int]) -> Batch:
    """The rows as they will be. What the actor may not restore is left out and refused."""
    stored = read_rows(unit, entity, records, ["restore"], deleted_too=True)
    every = frozenset(unit.blueprint(entity).blank)
    rows = []
    refusals = []
    for record, index in records.items():
        values = stored.get(record)
        if values is None or not values["may_restore"]:
            refusals.append(Refusal("access.denied", index=index, entity=entity, variant="restore"))
        else:
            rows.append(Row(index, record, {}, values, dict(values), every))
    return Batch(unit, unit.blueprint(entity), False, rows, refusals)


def _check(batch: Batch, group: Group) -> list[Refusal]:
    for key, target in batch.blueprint.references.items():
        _check_reference(batch, key, target, group)
    for key, targets in batch.blueprint.anys.items():
        for target in targets:
            _check_any(batch, key, target, group)
    check_keys(batch)
    return batch.refusals


def _check_restored(batch: Batch) -> None:
    """Whether the records may be as they are now: the configuration may have changed, and what they follow from."""
    conditions = conditions_of(batch.unit.catalog, batch.entity)
    pointing = (*batch.blueprint.references, *batch.blueprint.anys)
    cleared = any(row.values[key] != row.old[key] for row in batch.rows for key in pointing)
    if not (conditions.rules or conditions.required or cleared):
        return
    stored = read_records(batch.unit, batch.entity, batch.blueprint.columns, [row.id for row in batch.rows])
    for row in batch.rows:
        row.values, row.old = stored[row.id], dict(row.old)
        row.changed = {key for key in batch.blueprint.columns if key not in MARKS and row.values[key] != row.old[key]}
    find_facts(batch, conditions.needs)
    check_required(batch)
    check_restored(batch)


def _check_reference(batch: Batch, key: str, target: str, group: Group) -> None:
    """What it pointed to may have been deleted meanwhile: cleared where that is the rule, else it can't come back."""
    coming = group.get(target, {})
    asked = sorted({row.values[key] for row in batch.rows} - {None} - coming.keys())
    alive = _alive(batch.unit, target, asked)
    a_field = batch.blueprint.entity.every_field[key]
    for row in batch.rows:
        value = row.values[key]
        if value is None or value in coming or value in alive:
            continue
        if a_field.system or a_field.type == "user" or a_field.on_delete == "clear":
            row.values[key] = None
        else:
            batch.refuse(row, "record.not_found", key, "reference", target=target)


def _check_any(batch: Batch, key: str, target: str, group: Group) -> None:
    """As `_check_reference`, for what points to a record of `target` among others."""
    pointing = [row for row in batch.rows if row.values[key] is not None and row.values[key].entity == target]
    coming = group.get(target, {}).keys()
    there = coming | _alive(batch.unit, target, sorted({row.values[key].id for row in pointing} - coming))
    for row in pointing:
        if row.values[key].id in there:
            continue
        if batch.blueprint.entity.every_field[key].on_delete == "clear":
            row.values[key] = None
        else:
            batch.refuse(row, "record.not_found", key, "reference", target=target)


def _alive(unit: Unit, entity: str, ids: Sequence[int]) -> set[int]:
    table = unit.models.tables[entity]
    found: set[int] = set()
    for some in in_parts(ids):
        query = sa.select(table.c.id).where(table.c.id.in_(some), table.c.deleted_at.is_(None))
        found.update(unit.connection.execute(query).scalars())
    return found


def _bring_back(batch: Batch) -> None:
    unit, table, ids = batch.unit, batch.unit.models.tables[batch.entity], [row.id for row in batch.rows]
    mark: dict[str, Any] = {"deleted_at": None, "deleted_by": None, "deletion": None, "changed_seq": unit.changed_seq}
    for some in in_parts(ids):
        values = {**mark, "version": table.c.version + 1}
        unit.connection.execute(sa.update(table).where(table.c.id.in_(some)).values(values))
    for key in (*batch.blueprint.references, *batch.blueprint.anys):
        cleared = [row.id for row in batch.rows if row.values[key] is None and row.old[key] is not None]
        blanks = dict.fromkeys((key, key + ENTITY_SUFFIX) if key in batch.blueprint.anys else (key,))
        for some in in_parts(cleared):
            unit.connection.execute(sa.update(table).where(table.c.id.in_(some)).values(blanks))
    if batch.blueprint.is_person:
        revive_people(batch)
    search = batch.blueprint.search
    words = [words for row in batch.rows for words in search_rows(batch.entity, row.id, row.values, search)]
    write_search_rows(unit.connection, words)
    write_audit(unit, batch.entity, "restore", [(row.id, None) for row in batch.rows])
    if not batch.blueprint.entity.is_part:
        write_event(unit, batch.entity, "restore", ids, ())

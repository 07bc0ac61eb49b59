"""Working computed fields of stored records out anew, set-wise, and writing what differs."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import sqlalchemy as sa

from app.expression.graph import graph_of
from app.orm.bulk import update_rows
from app.orm.models import ENTITY_SUFFIX
from app.orm.search import delete_search_rows, search_rows, write_search_rows
from app.orm.tuples import among
from app.orm.types import AnyId
from app.record.approving import settle_derived
from app.record.audit import changes_of, write_audit
from app.record.batch import Batch, Row
from app.record.decide import in_parts
from app.record.derive import work_out
from app.record.facts import find_facts, needs_of
from app.record.normalise import copy_texts
from app.record.outbox import write_event
from app.record.outdated import by_fields, note_changes
from app.record.refusal import Refusal
from app.record.unit import Clash, Unit
from app.record.validate import check_keys

DERIVED = "derive"
"""The action in the audit."""


def recompute(unit: Unit, entity: str, ids: Sequence[int], fields: AbstractSet[str]) -> list[Row]:
    """Works these fields of records out, with what follows from them in the same record and depth. Returns what changed;
    what follows from that waits. Raises Clash where a key is taken.
    """
    graph = graph_of(unit.catalog)
    depth = max((graph.depth[entity, key] for key in fields), default=0)
    every = {*fields, *graph.own(entity, fields)}
    order = [key for key in graph.order_of(entity) if key in every and graph.depth[entity, key] <= depth]
    batch = Batch(unit, unit.blueprint(entity), False, read_rows_of(unit, entity, ids, lock=True))
    if not batch.rows:
        return []
    unit.written.add(entity)
    evaluate(batch, order)
    copy_texts(batch)
    if not unit.quiet:  # an apply says itself what it can't do
        _check_keys(batch)
    changed = [row for row in batch.rows if row.changed]
    write_derived(batch, changed)
    settle_derived(batch, changed)
    for fields_of_some, rows in by_fields(changed).items():
        note_changes(unit, entity, fields_of_some, [(row.id, row.old, row.values) for row in rows])
        later = {key for key in graph.own(entity, fields_of_some) if graph.depth[entity, key] > depth}
        if later:
            unit.waiting.add(entity, (row.id for row in rows), later)
    return changed


def _check_keys(batch: Batch) -> None:
    """Raises Clash where another record has what follows for one: it is for whoever saves to put that right."""
    check_keys(batch)
    if batch.refusals:
        raise Clash(Refusal("field.unique", entity=batch.entity, variant="derived"))


def read_rows_of(unit: Unit, entity: str, ids: Sequence[int], *, lock: bool = False) -> list[Row]:
    """The rows of these records that are not deleted, whoever may see them."""
    keys, anys = unit.models.tables[entity].columns.keys(), unit.blueprint(entity).anys
    rows: list[Row] = []
    for some in in_parts(ids):
        for found in unit.connection.execute(_rows_statement(unit, entity, lock=lock), {"ids": list(some)}):
            old = dict(zip(keys, found, strict=True))
            for key in anys:
                if old[key] is not None:
                    old[key] = AnyId(old[key + ENTITY_SUFFIX], old[key])
            rows.append(Row(len(rows), old["id"], {}, old, dict(old)))
    return rows


def _rows_statement(unit: Unit, entity: str, *, lock: bool) -> sa.Select[Any]:
    """Made once per models."""
    kept: dict[object, sa.Select[Any]] = unit.models.metadata.info.setdefault("reckoned", {})
    dialect = unit.connection.dialect
    wanted = (dialect.name, entity, lock)
    if wanted not in kept:
        table = unit.models.tables[entity]
        query = sa.select(table).where(among(table.c.id, "ids", dialect), table.c.deleted_at.is_(None))
        query = query.order_by(table.c.id)
        # Others may meanwhile save records that point to these.
        kept[wanted] = query.with_for_update(key_share=True) if lock else query
    return kept[wanted]


def evaluate(batch: Batch, order: Sequence[str]) -> None:
    """Puts the values of these computed fields into the rows, and notes which columns differ. A value that its field can't
    hold is left as it was.
    """
    unit, graph = batch.unit, graph_of(batch.unit.catalog)
    computed = [graph.formulas[batch.entity, key] for key in order]
    needs = needs_of(unit.catalog, batch.entity, [each for one in computed for each in one.expressions])
    find_facts(batch, needs)
    columns = tuple(column for column in batch.blueprint.columns)
    for row in batch.rows:
        work_out(batch.blueprint, computed, row.values, row.old, unit.context)
        row.changed = {column for column in columns if row.values[column] != row.old[column]}


def write_derived(batch: Batch, rows: Sequence[Row]) -> None:
    """Writes rows whose computed values differ, with search rows, audit and events."""
    unit, entity = batch.unit, batch.entity
    for fields, some in by_fields(rows).items():
        for row in some:
            row.values["changed_seq"] = unit.changed_seq
        keys = sorted({*fields, "changed_seq"})
        update_rows(unit.connection, unit.models.tables[entity], keys, [row.values for row in some])
    _index(batch, [row for row in rows if not batch.blueprint.searched.isdisjoint(row.changed)])
    if not unit.quiet:
        _tell(batch, rows)


def _index(batch: Batch, rows: Sequence[Row]) -> None:
    if rows:
        delete_search_rows(batch.unit.connection, batch.entity, [row.id for row in rows])
        search = batch.blueprint.search
        words = [each for row in rows for each in search_rows(batch.entity, row.id, row.values, search)]
        write_search_rows(batch.unit.connection, words)


def _tell(batch: Batch, rows: Sequence[Row]) -> None:
    """A line of audit for each record in which a field changes; events by the fields that change."""
    unit, described = batch.unit, batch.blueprint.entity
    changes = [
        (row, changes_of(described, batch.blueprint.compounds, row.old, row.values, row.changed)) for row in rows
    ]
    told = [(row, changed) for row, changed in changes if changed]
    if not told:
        return
    write_audit(unit, batch.entity, DERIVED, ((row.id, changed) for row, changed in told))
    link = unit.catalog.part_link(batch.entity)
    if link is not None:  # it is the whole that changes
        wholes = sorted({row.values[link.field] for row, _ in told})
        write_event(unit, link.whole, "update", wholes, (link.name,))
        return
    together: dict[frozenset[str], list[int]] = {}
    for row, changed in told:
        together.setdefault(frozenset(changed), []).append(row.id)
    for fields, ids in together.items():
        write_event(unit, batch.entity, "update", ids, fields)

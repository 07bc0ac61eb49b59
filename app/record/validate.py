"""Step 4: what must be there, what may be chosen, what must be unique. Types and limits were held by the parsers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from app.access import field_rights
from app.orm.fixed import fixed_text
from app.orm.tuples import having_any, having_one, one_value, wanted_values
from app.record.batch import Batch, Row
from app.record.blueprint import Key
from app.record.decide import in_parts


def check_retired(batch: Batch) -> None:
    """Refuses a retired option that the record did not have before."""
    for key, retired in batch.blueprint.retired.items():
        for row in (row for row in batch.rows if key in row.posted):
            chosen, before = (
                value if isinstance(value, tuple) else (value,) for value in (row.values[key], row.old.get(key))
            )
            gone = next((each for each in chosen or () if each in retired and each not in (before or ())), None)
            if gone is not None:
                batch.refuse(row, "field.option", key, "retired", value=gone)


def check_trees(batch: Batch) -> None:
    """Refuses an option that does not go with the value of the field that it depends on, where either has changed."""
    if not batch.blueprint.trees:
        return
    rights = field_rights(batch.unit.catalog, batch.unit.actor, batch.entity)
    for key, tree in batch.blueprint.trees.items():
        for row in batch.changed_rows(key, *([tree.above] if tree.above else [])):
            value = row.values[key]
            for option in value if isinstance(value, tuple | list) else (value,):
                if option not in tree.needed:
                    continue
                needed = tree.needed[option]
                if needed is None:
                    batch.refuse(row, "field.option", key, "level", value=option)
                elif needed != row.values[str(tree.above)]:
                    variant = "above" if rights.sees(str(tree.above)) else ""
                    batch.refuse(row, "field.option", key, variant, value=option, above=tree.above)


def check_keys(batch: Batch) -> None:
    """Refuses what is taken: by a record that is not deleted, whoever may see it, or by another row of the batch."""
    keys = [key for key in batch.blueprint.keys if any(not row.changed.isdisjoint(key.fields) for row in batch.rows)]
    if not keys:
        return
    ours = {key.name: _taken_in_batch(batch, key) for key in keys}
    hits = _hits(batch, {key: ours[key.name] for key in keys})
    own = {row.id: row for row in (*batch.rows, *batch.siblings) if row.id}
    for key in keys:
        taken = {values: record for record, values in _values_of(batch, key, hits.get(key.name, ()))}
        for values, row in ours[key.name].items():
            record = taken.get(values)
            if record is None or record == row.id or record in batch.going:
                continue
            if record in own and own[record].changed & set(key.fields):
                continue  # that one gives it up in this very batch
            refuse_taken(batch, row, key)


def refuse_taken(batch: Batch, row: Row, key: Key) -> None:
    """`field.unique` at the field; of a key at its last field, with all of them. What the actor does not see is not named."""
    rights = field_rights(batch.unit.catalog, batch.unit.actor, batch.entity)
    seen = tuple(each for each in key.fields if rights.sees(each) or each in row.posted)
    if len(key.fields) == 1 and seen:
        batch.refuse(row, "field.unique", seen[0])
    else:
        batch.refuse(row, "field.unique", seen[-1] if seen else None, "key", key=key.name, fields=seen)


def _taken_in_batch(batch: Batch, key: Key) -> dict[tuple[Any, ...], Row]:
    taken: dict[tuple[Any, ...], Row] = {}
    before = {key.of(row.values) for row in batch.siblings if not row.changed.isdisjoint(key.fields)}
    for row in batch.changed_rows(*key.fields):
        values = key.of(row.values)
        if values is None:
            continue
        if values in taken or values in before:
            refuse_taken(batch, row, key)
        else:
            taken[values] = row
    return taken


def _hits(batch: Batch, wanted: dict[Key, dict[tuple[Any, ...], Row]]) -> dict[str, list[int]]:
    """Ids of stored records, by key, that have one of the wanted values: one statement for all keys of a small batch."""
    parts = {key: list(in_parts(list(values))) for key, values in wanted.items()}
    hits: dict[str, list[int]] = {}
    for number in range(max(map(len, parts.values()), default=0)):
        keys = tuple(key for key in parts if number < len(parts[key]))
        one = all(len(parts[key][number]) == 1 for key in keys)
        values: dict[str, object] = {}
        for key in keys:
            some = parts[key][number]
            values |= (
                one_value(key.name, some[0]) if one else wanted_values(batch.unit.connection.dialect, key.name, some)
            )
        for name, record in batch.unit.connection.execute(_taken(batch, keys, one=one), values):
            hits.setdefault(name, []).append(record)
    return hits


def _taken(batch: Batch, keys: tuple[Key, ...], *, one: bool) -> sa.CompoundSelect[Any]:
    """The statement that finds who has the values of these keys, which are its parameters: `one` of each key, or several.

    Made once per models.
    """
    kept: dict[object, sa.CompoundSelect[Any]] = batch.unit.models.metadata.info.setdefault("taken", {})
    dialect = batch.unit.connection.dialect
    wanted = (dialect.name, batch.entity, keys, one)
    if wanted not in kept:
        table = batch.unit.models.tables[batch.entity]
        kept[wanted] = sa.union_all(*(_who_has(table, key, dialect, one=one) for key in keys))
    return kept[wanted]


def _who_has(table: sa.Table, key: Key, dialect: Dialect, *, one: bool) -> sa.Select[Any]:
    found = sa.select(fixed_text(key.name), table.c.id).where(table.c.deleted_at.is_(None))
    columns = [table.c[column] for column in key.columns]
    return having_one(found, columns, key.name) if one else having_any(found, columns, key.name, dialect)


def _values_of(batch: Batch, key: Key, ids: Iterable[int]) -> Iterable[tuple[int, tuple[Any, ...]]]:
    table = batch.unit.models.tables[batch.entity]
    columns = [table.c[column] for column in key.columns]
    for some in in_parts(list(ids)):
        for record, *values in batch.unit.connection.execute(
            sa.select(table.c.id, *columns).where(table.c.id.in_(some))
        ):
            yield record, tuple(values)

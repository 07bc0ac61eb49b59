"""Fills what a change adds to existing rows: defaults, sort keys, folded forms, search rows. Set-wise, in the switch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.definition.currencies import ORIGINAL_SUFFIX, RATE_COLUMN, converted_fields
from app.orm.counters import next_changed_seq
from app.orm.models import BLIND_SUFFIX, FOLD_SUFFIX, SORT_SUFFIX, Models
from app.orm.search import delete_search_rows, search_rows, searched_columns, write_search_rows
from app.orm.sort_key import sort_key
from app.orm.stages import since_columns
from app.orm.types import now
from app.plan.defaults import fills_rows, first_stage, typed_default
from app.plan.schema import source_of
from app.plan.stage_moves import note_moves

_BATCH = 5_000
_DERIVE: dict[str, Callable[[str], str]] = {SORT_SUFFIX: sort_key, FOLD_SUFFIX: str.casefold, BLIND_SUFFIX: str}


def fill_defaults(connection: Connection, before: Models, after: Models) -> None:
    """Gives existing rows the default of new required fields."""
    for key, entity in after.catalog.entities.items():
        if key not in before.tables:
            continue
        new = [each for each in entity.fields.values() if each.key not in before.catalog.entities[key].fields]
        values = {each.key: typed_default(each) for each in new if fills_rows(each)}
        if values:
            table = after.tables[key]
            mark = {"changed_seq": next_changed_seq(connection)}
            connection.execute(
                sa.update(table).values({table.c[name]: value for name, value in {**values, **mark}.items()})
            )


def fill_stages(connection: Connection, before: Models, after: Models) -> None:
    """Existing rows of an entity that gets a stage field begin in its first stage, now."""
    for key, entity in after.catalog.entities.items():
        for field, column in since_columns(entity).items() if key in before.tables else ():
            first = first_stage(entity, field)
            if first is None or field in before.catalog.entities[key].fields:
                continue
            table, moment, mark = after.tables[key], now(), next_changed_seq(connection)
            blank = table.c[field].is_(None)  # one that comes back has rows that stand somewhere
            values = {table.c[field]: first, table.c[column]: moment, table.c.changed_seq: mark}
            connection.execute(sa.update(table).where(blank).values(values))
            line = entity.pipelines_of(field)[-1].key
            told = {
                "entity": key,
                "field": field,
                "pipeline": line,
                "stage_to": first,
                "at": moment,
                "changed_seq": mark,
            }
            note_moves(connection, table, table.c.changed_seq == mark, told)


def fill_originals(connection: Connection, before: Models, after: Models) -> None:
    """Of entities that get several currencies: what was there was entered in the company's currency."""
    for key, entity in after.catalog.entities.items():
        was = before.catalog.entities.get(key)
        fields = converted_fields(entity)
        if was is None or was.currency is not None or entity.currency is None:
            continue
        table = after.tables[key]
        values = {table.c[field + ORIGINAL_SUFFIX]: table.c[field] for field in fields}
        more = {table.c[RATE_COLUMN]: Decimal(1), table.c.changed_seq: next_changed_seq(connection)}
        connection.execute(sa.update(table).values({**values, **more}))


def fill_derived(connection: Connection, after: Models, columns: Sequence[sa.Column[Any]]) -> None:
    """Computes new sort keys and folded forms of existing rows."""
    for column in columns:
        entity = after.entity_of_table[column.table.name]
        derive = next(make for suffix, make in _DERIVE.items() if column.key.endswith(suffix))
        _fill_from(connection, column, after.column(entity, source_of(column)), derive)


def _fill_from(
    connection: Connection, column: sa.Column[Any], source: sa.Column[Any], derive: Callable[[str], str]
) -> None:
    table = column.table  # whose columns have keys that begin with a letter: no parameter is called like one
    statement = (
        sa.update(table)
        .where(table.c.id == sa.bindparam("_row"))
        .values({column: sa.bindparam("_derived"), table.c.changed_seq: sa.bindparam("_mark")})
    )
    mark = None
    for batch in _batches(connection, sa.select(table.c.id, source).where(source.is_not(None)), table.c.id):
        mark = mark or next_changed_seq(connection)
        rows = [{"_row": row[0], "_derived": derive(row[1]), "_mark": mark} for row in batch]
        connection.execute(statement, rows)


def reindex(connection: Connection, after: Models, entity: str) -> None:
    """Writes the search rows of an entity anew; rows in the bin have none."""
    table = after.tables[entity]
    groups = searched_columns(after.catalog, entity)
    fields = [column for columns in groups.values() for column in columns]
    ids = sa.select(table.c.id)
    for batch in _batches(connection, ids, table.c.id):
        delete_search_rows(connection, entity, [key for (key,) in batch])
    alive = sa.select(table.c.id, *(table.c[field] for field in fields)).where(table.c.deleted_at.is_(None))
    for batch in _batches(connection, alive, table.c.id):
        found = [search_rows(entity, row[0], dict(zip(fields, row[1:], strict=True)), groups) for row in batch]
        write_search_rows(connection, [each for rows in found for each in rows])


def _batches(connection: Connection, query: sa.Select[Any], key: sa.Column[Any]) -> Iterator[Sequence[Any]]:
    """The rows of a query in the order of `key`, its first column."""
    last = 0
    while batch := connection.execute(query.where(key > last).order_by(key).limit(_BATCH)).all():
        yield batch
        last = batch[-1][0]

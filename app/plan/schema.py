"""From the tables of one catalog to those of the next, and the statements that do it.

Lengths, ranges and `required` are not in the schema: the write path holds them. Columns of fields are never dropped here;
derived ones (sort keys, folded forms) are, since they can be made again, and those of overrides, which are blank by then.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.schema import CreateColumn, CreateIndex, DropIndex

from app.orm.models import FOLD_SUFFIX, SORT_SUFFIX, Models
from app.orm.overrides import SUFFIXES


@dataclass(frozen=True)
class SchemaChange:
    """What is new and what goes. `columns` and `indexes` are those of tables that exist already."""

    tables: tuple[sa.Table, ...] = ()
    columns: tuple[sa.Column[Any], ...] = ()
    indexes: tuple[sa.Index, ...] = ()
    dropped_indexes: tuple[sa.Index, ...] = ()
    dropped_columns: tuple[sa.Column[Any], ...] = ()

    @property
    def derived_columns(self) -> tuple[sa.Column[Any], ...]:
        """New columns of existing tables whose values are computed from another column."""
        return tuple(column for column in self.columns if is_derived(column))


def is_derived(column: sa.Column[Any]) -> bool:
    """Whether a column is a sort key or a folded form."""
    return column.key.endswith((SORT_SUFFIX, FOLD_SUFFIX))


def is_of_override(column: sa.Column[Any]) -> bool:
    """Whether a column says how a computed value is overruled: blank in all rows when it goes, for else the plan blocks."""
    return column.key.endswith(SUFFIXES)


def source_of(column: sa.Column[Any]) -> str:
    """The field that a derived column is computed from."""
    return column.key.rsplit("__", 1)[0]


def schema_change(before: Models | None, after: Models) -> SchemaChange:
    """What turns the tables of `before` into those of `after`."""
    old = {table.name: table for table in before.every_table()} if before else {}
    new = [table for table in after.every_table() if table.name not in old]
    common = [(old[table.name], table) for table in after.every_table() if table.name in old]
    return SchemaChange(
        tables=tuple(new),
        columns=tuple(each for was, now in common for each in _columns_missing_in(was, now)),
        indexes=tuple(each for was, now in common for each in _indexes_missing_in(was, now)),
        dropped_indexes=tuple(each for was, now in common for each in _indexes_missing_in(now, was)),
        dropped_columns=tuple(
            each
            for was, now in common
            for each in _columns_missing_in(now, was)
            if is_derived(each) or is_of_override(each)
        ),
    )


def _columns_missing_in(table: sa.Table, other: sa.Table) -> list[sa.Column[Any]]:
    present = {column.name for column in table.columns}
    return [column for column in other.columns if column.name not in present]


def _indexes_missing_in(table: sa.Table, other: sa.Table) -> list[sa.Index]:
    present = {_signature(index) for index in table.indexes}
    missing = [index for index in other.indexes if _signature(index) not in present]
    return sorted(missing, key=lambda index: str(index.name))


def _signature(index: sa.Index) -> tuple[Any, ...]:
    """Two indexes that differ in it are not the same, whatever their name."""
    return (index.name, index.unique, tuple(column.name for column in index.columns))


def create_tables_and_columns(connection: Connection, change: SchemaChange) -> None:
    """First part of a change: what is to be filled."""
    if change.tables:
        change.tables[0].metadata.create_all(connection, tables=list(change.tables), checkfirst=False)
    for column in change.columns:
        connection.exec_driver_sql(_add_column(connection, column))


def settle_indexes_and_columns(connection: Connection, change: SchemaChange) -> None:
    """Second part of a change, once new columns are filled: keys hold from here on."""
    for index in change.dropped_indexes:
        connection.execute(DropIndex(index))
    for index in change.indexes:
        connection.execute(CreateIndex(index))
    for column in change.dropped_columns:
        connection.exec_driver_sql(f"ALTER TABLE {column.table.name} DROP COLUMN {_quoted(connection, column.name)}")


def _add_column(connection: Connection, column: sa.Column[Any]) -> str:
    described = str(CreateColumn(column).compile(dialect=connection.dialect)).strip()
    for key in column.table.foreign_key_constraints:
        if key.columns.contains_column(column):
            described += f" CONSTRAINT {key.name} REFERENCES {key.referred_table.name} (id)"
    return f"ALTER TABLE {column.table.name} ADD COLUMN {described}"


def _quoted(connection: Connection, name: str) -> str:
    return str(connection.dialect.identifier_preparer.quote(name))

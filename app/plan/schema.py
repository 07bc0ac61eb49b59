"""From the tables of one catalog to those of the next, and the statements that do it.

Lengths, ranges and `required` are not in the schema: the write path holds them. Tables and columns of fields are never
dropped here, but lose their indexes and foreign keys: nothing that is hidden stands in the way of what is not. Derived
columns (sort keys, folded forms) are dropped, since they can be made again, and those of overrides that can't be made any
more, which are blank by then. What is not null has a default, so that rows can be added without it.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.schema import CreateColumn, CreateIndex, DropIndex

from app.frozen import dataclass
from app.orm.counters import id_sequence
from app.orm.models import BLIND_SUFFIX, FOLD_SUFFIX, SORT_SUFFIX, Models
from app.orm.overrides import SUFFIXES
from app.orm.sealed import Blind
from app.plan.references import add_reference, drop_reference


@dataclass(frozen=True)
class SchemaChange:
    """What is new and what goes. `columns` and `indexes` are those of tables that exist already; `renewed` are columns that stay,
    but are computed otherwise.
    """

    tables: tuple[sa.Table, ...] = ()
    columns: tuple[sa.Column[Any], ...] = ()
    indexes: tuple[sa.Index, ...] = ()
    dropped_indexes: tuple[sa.Index, ...] = ()
    dropped_columns: tuple[sa.Column[Any], ...] = ()
    references: tuple[sa.ForeignKeyConstraint, ...] = ()
    dropped_references: tuple[sa.ForeignKeyConstraint, ...] = ()
    renewed: tuple[sa.Column[Any], ...] = ()

    @property
    def derived_columns(self) -> tuple[sa.Column[Any], ...]:
        """The columns of existing tables whose values are to be computed from another column."""
        return (*(column for column in self.columns if is_derived(column)), *self.renewed)


def is_derived(column: sa.Column[Any]) -> bool:
    """Whether a column is a sort key, a folded form or a digest."""
    return column.key.endswith((SORT_SUFFIX, FOLD_SUFFIX, BLIND_SUFFIX))


def is_of_override(column: sa.Column[Any]) -> bool:
    """Whether a column says how a computed value is overruled: blank in all rows when it goes, for else the plan blocks."""
    return column.key.endswith(SUFFIXES)


def source_of(column: sa.Column[Any]) -> str:
    """The field that a derived column is computed from."""
    return column.key.rsplit("__", 1)[0]


def schema_change(before: Models | None, after: Models, back: Collection[str] = ()) -> SchemaChange:
    """What turns the tables of `before` into those of `after`. `back` are tables and `table.column`s of `before` that were
    hidden: they are there without what was made of them.
    """
    old = {table.name: table for table in before.every_table()} if before else {}
    there = {table.name for table in after.every_table()}
    new = [table for table in after.every_table() if table.name not in old]
    common = [(old[table.name], table) for table in after.every_table() if table.name in old]
    gone = [table for name, table in old.items() if name not in there]
    columns = [each for was, now in common for each in _columns_missing_in(was, now, back)]
    return SchemaChange(
        tables=tuple(new),
        columns=tuple(columns),
        indexes=tuple(each for was, now in common for each in _indexes_missing_in(was, now, back)),
        dropped_indexes=tuple(
            each for was, now in common for each in _indexes_missing_in(now, was) if not _hid(each, back)
        ),
        dropped_columns=tuple(
            each for was, now in common for each in _columns_missing_in(now, was) if _goes(now, each)
        ),
        references=tuple(
            each for was, now in common for each in _references_missing_in(was, now, back) if not _is_on(each, columns)
        ),
        dropped_references=tuple(
            each
            for was, now in (*common, *((table, None) for table in gone))
            for each in _references_missing_in(now, was)
            if not _is_hidden(each, back)
        ),
        renewed=tuple(each for was, now in common for each in _folded_otherwise(was, now)),
    )


def _folded_otherwise(was: sa.Table, now: sa.Table) -> list[sa.Column[Any]]:
    """Digests that are to tell the case of letters from now on, or no more."""
    digests = {each.name: each.type for each in was.columns if isinstance(each.type, Blind)}
    return [
        each
        for each in now.columns
        if isinstance(each.type, Blind) and each.name in digests and digests[each.name].fold != each.type.fold
    ]


def _columns_missing_in(table: sa.Table, other: sa.Table, back: Collection[str] = ()) -> list[sa.Column[Any]]:
    present = {column.name for column in table.columns if not (is_derived(column) and _is_of(column, back))}
    return [column for column in other.columns if column.name not in present]


def _is_of(derived: sa.Column[Any], back: Collection[str]) -> bool:
    """Whether a derived column was made of one that comes back; those of a table that comes back are still there."""
    return f"{derived.table.name}.{derived.name.rsplit('__', 1)[0]}" in back


def _goes(table: sa.Table, column: sa.Column[Any]) -> bool:
    """Whether a column that is left out is dropped: what people wrote is hidden with its field."""
    return is_derived(column) or (is_of_override(column) and column.key.split("__", 1)[0] in table.columns)


def _indexes_missing_in(table: sa.Table, other: sa.Table, back: Collection[str] = ()) -> list[sa.Index]:
    present = {_signature(index) for index in table.indexes if not _hid(index, back)}
    missing = [index for index in other.indexes if _signature(index) not in present]
    return sorted(missing, key=lambda index: str(index.name))


def _hid(index: sa.Index, back: Collection[str]) -> bool:
    """Whether an index went when one of its columns was hidden."""
    return any(f"{each.table.name}.{each.name}" in back or _is_of(each, back) for each in index.columns)


def _references_missing_in(
    table: sa.Table | None, other: sa.Table, back: Collection[str] = ()
) -> list[sa.ForeignKeyConstraint]:
    present = (
        {each.name for each in table.foreign_key_constraints if not _is_hidden(each, back)}
        if table is not None
        else set()
    )
    missing = [each for each in other.foreign_key_constraints if each.name not in present]
    return sorted(missing, key=lambda each: str(each.name))


def _is_hidden(constraint: sa.ForeignKeyConstraint, back: Collection[str]) -> bool:
    """Whether a foreign key went when its table or its column was hidden."""
    table = constraint.table.name
    return table in back or any(f"{table}.{each.name}" in back for each in constraint.columns)


def _is_on(constraint: sa.ForeignKeyConstraint, columns: Collection[sa.Column[Any]]) -> bool:
    """Whether a foreign key is made with its column."""
    return any(column is each for column in constraint.columns for each in columns)


def _signature(index: sa.Index) -> tuple[Any, ...]:
    """Two indexes that differ in it are not the same, whatever their name."""
    return (index.name, index.unique, tuple(column.name for column in index.columns))


def create_tables_and_columns(connection: Connection, change: SchemaChange) -> None:
    """First part of a change: what is to be filled."""
    if change.tables:
        again = _has_any_sequence(connection, change.tables)
        change.tables[0].metadata.create_all(connection, tables=list(change.tables), checkfirst=again)
    for column in change.columns:
        add_column(connection, column)


def _has_any_sequence(connection: Connection, tables: Collection[sa.Table]) -> bool:
    """Whether one of them was purged and is made anew: the ids go on, for the audit knows the old ones."""
    if connection.dialect.name == "sqlite":
        return False
    names = [id_sequence(table.name) for table in tables]
    query = "SELECT count(*) FROM pg_class WHERE relkind = 'S' AND relnamespace = current_schema()::regnamespace"
    found: int = connection.execute(sa.text(f"{query} AND relname = ANY(:names)"), {"names": names}).scalar_one()
    return found > 0


def drop_keys(connection: Connection, change: SchemaChange) -> None:
    """Second part: keys that go hold up nothing that is written from here on."""
    for index in (each for each in change.dropped_indexes if each.unique):
        connection.execute(DropIndex(index))


def settle_indexes_and_columns(connection: Connection, change: SchemaChange) -> None:
    """Last part of a change, once new columns are filled: keys hold from here on."""
    for reference in change.dropped_references:
        drop_reference(connection, reference)
    for index in (each for each in change.dropped_indexes if not each.unique):
        connection.execute(DropIndex(index))
    for index in change.indexes:
        connection.execute(CreateIndex(index))
    for column in change.dropped_columns:
        connection.exec_driver_sql(f"ALTER TABLE {column.table.name} DROP COLUMN {_quoted(connection, column.name)}")
    for reference in change.references:
        add_reference(connection, reference)


def add_column(connection: Connection, column: sa.Column[Any]) -> None:
    """A column, with the foreign key that it has."""
    described = str(CreateColumn(column).compile(dialect=connection.dialect)).strip()
    for key in column.table.foreign_key_constraints:
        if key.columns.contains_column(column):
            described += f" CONSTRAINT {key.name} REFERENCES {key.referred_table.name} (id)"
    connection.exec_driver_sql(f"ALTER TABLE {column.table.name} ADD COLUMN {described}")


def _quoted(connection: Connection, name: str) -> str:
    return str(connection.dialect.identifier_preparer.quote(name))

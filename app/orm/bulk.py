"""Inserting and updating rows at the speed of the driver; on PostgreSQL many rows are copied.

SQLAlchemy's own executemany spends more time on a row's parameters than the database does on the row. This writes the
statement and finds the conversions once per table and shape of row; the guard of the engine sees it like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.exc import DBAPIError

from app.frozen import dataclass
from app.orm.engine import check_statement, without_values
from app.orm.sealed import Keys, SealedText, ToSeal, keys_of

FEWEST_TO_COPY = 20  # below, its set-up costs more than it saves
_MOST_SHAPES = 500  # of rows, kept per table
Shape = tuple[str | tuple[Dialect, Keys], str, tuple[str, ...]]
Insert = tuple[sa.Table, Sequence[Mapping[str, Any]]]
"""Rows for a table."""


@dataclass(frozen=True)
class _Prepared:
    """A statement, how to take its parameters out of a row, and which of them the driver needs in another form."""

    statement: str
    values: Callable[[Mapping[str, Any]], tuple[Any, ...]]
    conversions: tuple[tuple[int, Callable[[Any], Any]], ...]
    marks: str = ""  # the placeholders of one row, of an INSERT
    sealed: tuple[int, ...] = ()  # which of them are sealed for the row that `id` names


def insert_rows(
    connection: Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]], keys: Sequence[str] = ()
) -> None:
    """Inserts rows that all have these keys of columns, without any those of the first. Others get the server's default."""
    if rows:
        copies = connection.dialect.name == "postgresql" and len(rows) >= FEWEST_TO_COPY
        prepared = _prepare(connection.dialect, table, "copy" if copies else "insert", tuple(keys or rows[0]))
        (_copy if copies else _execute)(connection, prepared, rows)


def insert_together(connection: Connection, inserts: Sequence[Insert]) -> None:
    """Inserts rows into several tables, as `insert_rows` does each. On PostgreSQL few rows go in one statement: a round
    trip costs more than a row. The tables do not refer to each other's new rows.
    """
    several = [(table, rows) for table, rows in inserts if rows]
    if connection.dialect.name != "postgresql" or sum(len(rows) for _, rows in several) >= FEWEST_TO_COPY:
        for table, rows in several:
            insert_rows(connection, table, rows)
        return
    prepared = [(_prepare(connection.dialect, table, "insert", tuple(rows[0])), rows) for table, rows in several]
    parts = [one.statement + f", ({one.marks})" * (len(rows) - 1) for one, rows in prepared]
    if parts:
        first = ", ".join(f"part_{number} AS ({part})" for number, part in enumerate(parts[:-1]))
        statement = f"WITH {first} {parts[-1]}" if first else parts[-1]
        values = tuple(value for one, rows in prepared for row in rows for value in _parameters(one, row))
        connection.exec_driver_sql(statement, values)


def update_rows(
    connection: Connection, table: sa.Table, keys: Sequence[str], rows: Sequence[Mapping[str, Any]]
) -> None:
    """Writes the columns of these keys in the rows with these ids (`id` is among the values of each row)."""
    if rows:
        _execute(connection, _prepare(connection.dialect, table, "update", tuple(keys)), rows)


def delete_rows(
    connection: Connection, table: sa.Table, keys: Sequence[str], rows: Sequence[Mapping[str, Any]]
) -> None:
    """Deletes the rows that have these values in the columns of these keys."""
    if rows:
        _execute(connection, _prepare(connection.dialect, table, "delete", tuple(keys)), rows)


def placeholder(dialect: Dialect) -> str:
    """How the driver marks a parameter by its position."""
    return "?" if dialect.paramstyle == "qmark" else "%s"


def _execute(connection: Connection, prepared: _Prepared, rows: Sequence[Mapping[str, Any]]) -> None:
    many = [_parameters(prepared, row) for row in rows]
    # One row alone: PostgreSQL's driver would open a pipeline for a list of one.
    connection.exec_driver_sql(prepared.statement, many[0] if len(many) == 1 else many)


def _copy(connection: Connection, prepared: _Prepared, rows: Sequence[Mapping[str, Any]]) -> None:
    """COPY takes half the time of so many INSERTs. It is the driver's own: the guard is asked and errors are wrapped here."""
    check_statement(connection, prepared.statement)
    if not connection.in_transaction():
        connection.begin()
    driver: Any = connection.connection.driver_connection
    dialect = connection.dialect
    try:
        with driver.cursor() as cursor, cursor.copy(prepared.statement) as copy:
            for row in rows:
                copy.write_row(_parameters(prepared, row))
    except dialect.loaded_dbapi.Error as error:
        without_values(error)
        raise DBAPIError.instance(
            prepared.statement, None, error, dialect.loaded_dbapi.Error, hide_parameters=True, dialect=dialect
        ) from error


def _parameters(prepared: _Prepared, row: Mapping[str, Any]) -> tuple[Any, ...]:
    values = list(prepared.values(row))
    for at in prepared.sealed:
        if values[at] is not None:
            values[at] = ToSeal(row["id"], values[at])
    for at, convert in prepared.conversions:
        if values[at] is not None:
            values[at] = convert(values[at])
    return tuple(values)


def _prepare(dialect: Dialect, table: sa.Table, verb: str, keys: tuple[str, ...]) -> _Prepared:
    kept: dict[Shape, _Prepared] = table.info.setdefault("bulk", {})
    # What seals belongs to one engine; without sealed columns what is prepared fits every engine of its kind.
    engine = (dialect, keys_of(dialect)) if _sealed_in(table) else dialect.name
    shape = (engine, verb, keys)
    found = kept.get(shape)
    if found is None:
        if len(kept) >= _MOST_SHAPES:
            kept.clear()
        found = kept[shape] = _make(dialect, table, verb, keys)
    return found


def _make(dialect: Dialect, table: sa.Table, verb: str, keys: tuple[str, ...]) -> _Prepared:
    quote, place = dialect.identifier_preparer, placeholder(dialect)
    names = [quote.format_column(table.c[key]) for key in keys]
    name = quote.format_table(table)
    marks = ", ".join([place] * len(names))
    if verb == "insert":
        statement = f"INSERT INTO {name} ({', '.join(names)}) VALUES ({marks})"  # noqa: S608
    elif verb == "copy":
        statement = f"COPY {name} ({', '.join(names)}) FROM STDIN"
    elif verb == "delete":
        pairs = " AND ".join(f"{each} = {place}" for each in names)
        statement = f"DELETE FROM {name} WHERE {pairs}"  # noqa: S608
    else:
        pairs = ", ".join(f"{each} = {place}" for each in names)
        statement = f"UPDATE {name} SET {pairs} WHERE {quote.format_column(table.c.id)} = {place}"  # noqa: S608
        keys = (*keys, "id")
    conversions = [(at, bind_processor(dialect, table.c[key])) for at, key in enumerate(keys)]
    take = itemgetter(*keys) if len(keys) > 1 else (lambda row: (row[keys[0]],))
    sealed = tuple(at for at, key in enumerate(keys) if isinstance(table.c[key].type, SealedText))
    needed = tuple((at, convert) for at, convert in conversions if convert is not None)
    return _Prepared(statement, take, needed, marks, sealed)


def _sealed_in(table: sa.Table) -> bool:
    """Whether a table has sealed columns, which is found out once."""
    found: bool | None = table.info.get("sealed")
    if found is None:
        found = table.info["sealed"] = any(isinstance(each.type, SealedText) for each in table.columns)
    return found


def bind_processor(dialect: Dialect, column: sa.Column[Any]) -> Callable[[Any], Any] | None:
    """What makes a value of a column one of the driver's; None where it needs nothing."""
    return column.type.dialect_impl(dialect).bind_processor(dialect)

"""Inserting many rows at once, at the speed of the driver.

SQLAlchemy's own executemany spends more time on a row's parameters than the database does on the row. This prepares the
statement and the conversions once per table and shape of row; the guard of the engine sees it like any other statement.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect


@dataclass(frozen=True)
class _Prepared:
    """An INSERT, how to take its parameters out of a row, and which of them the driver needs in another form."""

    statement: str
    values: Callable[[Mapping[str, Any]], tuple[Any, ...]]
    conversions: tuple[tuple[int, Callable[[Any], Any]], ...]


def insert_rows(connection: Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Inserts rows that all have the keys of the first one, which are keys of columns. Others get the server's default."""
    if not rows:
        return
    prepared = _prepare(connection.dialect, table, tuple(rows[0]))
    connection.exec_driver_sql(prepared.statement, [_parameters(prepared, row) for row in rows])


def _parameters(prepared: _Prepared, row: Mapping[str, Any]) -> tuple[Any, ...]:
    values = list(prepared.values(row))
    for at, convert in prepared.conversions:
        if values[at] is not None:
            values[at] = convert(values[at])
    return tuple(values)


def _prepare(dialect: Dialect, table: sa.Table, keys: tuple[str, ...]) -> _Prepared:
    kept: dict[tuple[str, tuple[str, ...]], _Prepared] = table.info.setdefault("bulk", {})
    found = kept.get((dialect.name, keys))
    if found is None:
        found = kept[dialect.name, keys] = _make(dialect, table, keys)
    return found


def _make(dialect: Dialect, table: sa.Table, keys: tuple[str, ...]) -> _Prepared:
    columns = [table.c[key] for key in keys]
    quote = dialect.identifier_preparer
    names = ", ".join(quote.format_column(column) for column in columns)
    places = ", ".join(["?" if dialect.paramstyle == "qmark" else "%s"] * len(columns))
    statement = f"INSERT INTO {quote.format_table(table)} ({names}) VALUES ({places})"  # noqa: S608 - names are ours
    conversions = [(at, column.type.dialect_impl(dialect).bind_processor(dialect)) for at, column in enumerate(columns)]
    take = itemgetter(*keys) if len(keys) > 1 else (lambda row: (row[keys[0]],))
    return _Prepared(statement, take, tuple((at, convert) for at, convert in conversions if convert is not None))

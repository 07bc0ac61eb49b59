"""What was worked out before a switch: new columns of tables that people go on writing, and in which rows they hold good.

Every batch gives its rows a number of its own (`changed_seq`), as a save would. Whoever changes a row afterwards gives it
another one: what was prepared for it counts no more. The columns belong to no catalog until a switch takes them up; an apply
that was killed leaves them to the next, which goes on or drops them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.sql.elements import ColumnElement

from app.frozen import dataclass
from app.orm.counters import next_changed_seq
from app.orm.framework import preparation

FIRST_VERSION = "0012"
"""The revision of the framework's tables from which on there are any."""


@dataclass(frozen=True)
class Prepared:
    """New columns of a table, by their physical names, for the change that `signature` stands for; rows up to the id `reached`,
    of links those of records up to it, were looked at.
    """

    table: str
    columns: tuple[str, ...]
    signature: str
    reached: int


def read_prepared(connection: Connection, framework: str | None) -> tuple[Prepared, ...]:
    """All there is; `framework` is the version of its tables."""
    if framework is None or framework < FIRST_VERSION:
        return ()
    c = preparation.c
    rows = connection.execute(sa.select(c.table, c.columns, c.signature, c.reached).order_by(c.reached))
    newest = {row.table: Prepared(row.table, tuple(row.columns), row.signature, row.reached) for row in rows}
    return tuple(newest.values())


def parts_of(prepared: Iterable[Prepared]) -> frozenset[str]:
    """The `table.column`s that belong to no catalog yet."""
    return frozenset(f"{each.table}.{column}" for each in prepared for column in each.columns)


def note_batch(connection: Connection, prepared: Prepared) -> int:
    """Notes how far it came; the number that the rows of this batch are given."""
    mark = next_changed_seq(connection)
    row = {"mark": mark, "table": prepared.table, "columns": list(prepared.columns)}
    connection.execute(sa.insert(preparation).values(**row, signature=prepared.signature, reached=prepared.reached))
    return mark


def holds_good(table: sa.Table) -> ColumnElement[bool]:
    """Whether what was prepared for a row is still what its values give."""
    found: ColumnElement[bool] = table.c.changed_seq.in_(_marks(table))
    return found


def changed_since(connection: Connection, table: sa.Table) -> ColumnElement[bool]:
    """Whether a row was not prepared, or changed since: asked of the index alone, for mostly these are few. Links have no id."""
    if "id" in table.c and connection.dialect.name == "sqlite":
        between = sa.text(_BETWEEN.format(table.name)).bindparams(_prepared=table.name)  # no column is called so
        return table.c.id.in_(between.columns(table.c.id))
    if "id" not in table.c:
        found: ColumnElement[bool] = table.c.changed_seq.not_in(_marks(table))
        return found
    other = table.alias()
    return table.c.id.in_(sa.select(other.c.id).where(other.c.changed_seq.not_in(_marks(table))))


_BETWEEN = """SELECT o.id FROM (
    SELECT mark AS low, lead(mark, 1, 9223372036854775807) OVER (ORDER BY mark) AS high
    FROM tenon_preparation WHERE "table" = :_prepared
    UNION ALL SELECT -1, coalesce(min(mark), 9223372036854775807) FROM tenon_preparation WHERE "table" = :_prepared
) AS g CROSS JOIN {} AS o WHERE o.changed_seq > g.low AND o.changed_seq < g.high"""
"""Looks into the index between the numbers of the batches, where SQLite would walk all of it for a NOT IN."""


def _marks(table: sa.Table) -> sa.Select[tuple[int]]:
    return sa.select(preparation.c.mark).where(preparation.c.table == table.name)


def forget_prepared(connection: Connection, tables: Collection[str] | None = None) -> None:
    """A switch took them up, or they are dropped; None: all of them."""
    here = sa.true() if tables is None else preparation.c.table.in_(list(tables))
    connection.execute(sa.delete(preparation).where(here))


def drop_prepared(connection: Connection, prepared: Prepared) -> None:
    """Takes away the columns of a change that is not to be."""
    inspector = sa.inspect(connection)
    there = set()
    if inspector.has_table(prepared.table):
        there = {each["name"] for each in inspector.get_columns(prepared.table)}
    quote = connection.dialect.identifier_preparer.quote
    for name in (each for each in prepared.columns if each in there):
        connection.exec_driver_sql(f"ALTER TABLE {prepared.table} DROP COLUMN {quote(name)}")
    forget_prepared(connection, [prepared.table])

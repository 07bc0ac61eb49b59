"""Ids and sequence numbers, taken inside the unit of work that uses them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.orm.framework import counter

CHANGED_SEQUENCE = sa.Sequence("crm_changed_seq", data_type=sa.BigInteger)


def next_ids(connection: Connection, table: sa.Table, count: int) -> list[int]:
    """`count` new ids for an entity's table, ascending. A rolled back unit leaves a gap on PostgreSQL."""
    if connection.dialect.name == "postgresql":
        numbers = sa.select(sa.func.nextval(id_sequence(table.name))).select_from(sa.func.generate_series(1, count))
        return sorted(connection.execute(numbers).scalars())
    last = add_to_counter(connection, f"id:{table.name}", count)
    return list(range(last - count + 1, last + 1))


def next_changed_seq(connection: Connection) -> int:
    """The number that marks all rows changed by this unit of work. Commits may come out of its order."""
    if connection.dialect.name == "postgresql":
        return int(connection.execute(sa.select(CHANGED_SEQUENCE.next_value())).scalar_one())
    return add_to_counter(connection, "changed_seq", 1)


def add_to_counter(connection: Connection, name: str, count: int) -> int:
    """Adds to a named counter, made at 0, and returns its new value. Its row stays locked until the unit ends."""
    statement: sa.sql.dml.Insert
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert as upsert
    else:
        from sqlalchemy.dialects.sqlite import insert as upsert  # type: ignore[assignment]
    inserted = upsert(counter).values(name=name, value=count)
    statement = inserted.on_conflict_do_update(
        index_elements=[counter.c.name], set_={"value": counter.c.value + inserted.excluded.value}
    ).returning(counter.c.value)
    return int(connection.execute(statement).scalar_one())


def id_sequence(table_name: str) -> str:
    """The sequence of an entity's ids on PostgreSQL."""
    return f"{table_name}_ids"

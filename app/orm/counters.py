"""Ids and sequence numbers, taken inside the unit of work that uses them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.frozen import dataclass
from app.orm.bulk import placeholder

CHANGED_SEQUENCE = sa.Sequence("crm_changed_seq", data_type=sa.BigInteger)
CHANGED_COUNTER = "changed_seq"


@dataclass(frozen=True)
class Numbers:
    """What new rows are given: an id each, the mark of the unit of work, and the last number of each counter."""

    ids: list[int]
    changed_seq: int
    last: Mapping[str, int]


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
    return add_to_counter(connection, CHANGED_COUNTER, 1)


def take_numbers(connection: Connection, table: sa.Table, count: int, counters: Sequence[str] = ()) -> Numbers:
    """All numbers that `count` new rows of a table need, in one statement."""
    if connection.dialect.name == "postgresql":
        return _take_from_sequences(connection, table, dict.fromkeys(counters, count), count)
    id_counter = f"id:{table.name}"
    last = add_to_counters(connection, {**dict.fromkeys(counters, count), id_counter: count, CHANGED_COUNTER: 1})
    ids = list(range(last[id_counter] - count + 1, last[id_counter] + 1))
    return Numbers(ids, last[CHANGED_COUNTER], last)


def _take_from_sequences(connection: Connection, table: sa.Table, counters: Mapping[str, int], count: int) -> Numbers:
    """Ids and the mark from their sequences, beside the counters: a number without a name is an id."""
    ids = f"SELECT NULL AS name, nextval('{id_sequence(table.name)}') AS value FROM generate_series(1, %s::int)"  # noqa: S608
    mark = f"SELECT '{CHANGED_COUNTER}', nextval('{CHANGED_SEQUENCE.name}')"
    statement, values = f"{ids} UNION ALL {mark}", [count]
    if counters:
        adding, added = _adding(connection, counters)
        statement = f"WITH added AS ({adding}) {statement} UNION ALL SELECT name, value FROM added"  # noqa: S608
        values = [*added, count]
    found = connection.exec_driver_sql(statement, tuple(values)).all()
    last = {name: value for name, value in found if name is not None}
    return Numbers(sorted(value for name, value in found if name is None), last.pop(CHANGED_COUNTER), last)


def add_to_counter(connection: Connection, name: str, count: int) -> int:
    """Adds to a named counter, creating it at 0, and returns its new value. Its row stays locked until the unit ends."""
    return add_to_counters(connection, {name: count})[name]


def add_to_counters(connection: Connection, counts: Mapping[str, int]) -> dict[str, int]:
    """Adds to several counters at once and returns their new values."""
    if not counts:
        return {}
    statement, values = _adding(connection, counts)
    found = connection.exec_driver_sql(statement, tuple(values))
    return {name: value for name, value in found}  # noqa: C416 - rows, not pairs, for the type checker


def _adding(connection: Connection, counts: Mapping[str, int]) -> tuple[str, list[Any]]:
    """The statement that adds to counters and returns them, and its values."""
    # In the order of their names: two units that take from the same counters never wait for each other.
    ordered = sorted(counts.items())
    place = placeholder(connection.dialect)
    rows = ", ".join([f"({place}, {place})"] * len(ordered))
    # As text: SQLAlchemy compiles an INSERT of several rows anew each time, which costs more than all the rest of it.
    statement = (
        f"INSERT INTO tenon_counter (name, value) VALUES {rows} "  # noqa: S608 - placeholders only
        "ON CONFLICT (name) DO UPDATE SET value = tenon_counter.value + excluded.value RETURNING name, value"
    )
    return statement, [part for pair in ordered for part in pair]


def id_sequence(table_name: str) -> str:
    """The sequence of an entity's ids on PostgreSQL."""
    return f"{table_name}_ids"

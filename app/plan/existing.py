"""Tries a condition on the rows that are there: in SQL, or by Python's engine in batches, with what stands behind lookups."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.sql.expression import FromClause

from app.expression import Checked, Context
from app.frozen import dataclass
from app.orm.expression import condition as sql_condition
from app.orm.expression import facts
from app.orm.many import Many, many_key
from app.orm.models import Models
from app.orm.types import now

BATCH = 5_000
SAMPLES = 3
Row = dict[str, Any]


@dataclass(frozen=True)
class Tried:
    """Rows for which a condition holds: how many of how many, and the first of them."""

    count: int = 0
    total: int = 0
    samples: tuple[int, ...] = ()

    def __add__(self, other: Tried) -> Tried:
        samples = (*self.samples, *other.samples)[:SAMPLES]
        return Tried(self.count + other.count, self.total + other.total, samples)


def tried(connection: Connection, models: Models, condition: Checked) -> Tried:
    """Tries a condition on the rows of its entity that are not in the bin: by one statement where SQL can, else row by row.

    It reads columns that the tables have, no aggregates, and nothing of who acts. `models` are those of the applied
    revision.
    """
    context = Context(now(), ZoneInfo(models.catalog.pack.time_zone))
    if "filter" in condition.profiles:
        return _in_sql(connection, models, condition, context)
    return _row_by_row(connection, models, condition, context)


def rows_of(connection: Connection, models: Models, condition: Checked) -> list[int]:
    """The ids of the rows for which a condition holds, as `tried` finds them."""
    context = Context(now(), ZoneInfo(models.catalog.pack.time_zone))
    if "filter" in condition.profiles:
        source = facts(models, condition.entity)
        ids, alive = source.root.c.id, source.root.c.deleted_at.is_(None)
        holds = sql_condition(source, condition.root, context)
        return list(connection.execute(source.joined(sa.select(ids)).where(alive, holds).order_by(ids)).scalars())
    evaluate = condition.evaluate
    batches = Reading(models, condition.entity, condition.keys | condition.old_keys).batches(connection)
    return [row["id"] for rows in batches for row in rows if evaluate(row, row, context)]


def _in_sql(connection: Connection, models: Models, condition: Checked, context: Context) -> Tried:
    source = facts(models, condition.entity)
    holds = sql_condition(source, condition.root, context)
    ids, alive = source.root.c.id, source.root.c.deleted_at.is_(None)
    total = connection.execute(sa.select(sa.func.count()).select_from(source.root).where(alive)).scalar_one()
    count = connection.execute(source.joined(sa.select(sa.func.count(ids))).where(alive, holds)).scalar_one()
    if not count:
        return Tried(0, total)
    some = source.joined(sa.select(ids)).where(alive, holds).order_by(ids).limit(SAMPLES)
    return Tried(count, total, tuple(connection.execute(some).scalars()))


def _row_by_row(connection: Connection, models: Models, condition: Checked, context: Context) -> Tried:
    evaluate = condition.evaluate
    found = Tried()
    for rows in Reading(models, condition.entity, condition.keys | condition.old_keys).batches(connection):
        held = [row["id"] for row in rows if evaluate(row, row, context)]
        found += Tried(len(held), len(rows), tuple(held[:SAMPLES]))
    return found


@dataclass
class Reading:
    """How the keys of a row are read: columns of one statement, and lists of whatever record an id in it names.

    `columns` and `lists` are by key; a list has the key of the id beside it.
    """

    models: Models
    entity: str
    keys: Collection[str]
    columns: dict[str, sa.ColumnElement[Any]] = field(default_factory=dict)
    lists: dict[str, tuple[Many, str]] = field(default_factory=dict)
    behind: dict[str, tuple[str, FromClause]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.table = self.models.tables[self.entity]
        self.joined: FromClause = self.table
        self.columns["id"] = self.table.c.id
        for key in sorted(self.keys):
            way, _, last = key.rpartition(".")
            entity, table = self._at(way)
            many = self.models.many.get(many_key(entity, last))
            if many is None:
                self.columns[key] = table.c[last]
            else:
                holder = f"{way}.id" if way else "id"
                self.columns[holder] = table.c.id
                self.lists[key] = (many, holder)

    def _at(self, way: str) -> tuple[str, FromClause]:
        """The entity and the table behind lookups, joined where they are first asked for."""
        if not way:
            return self.entity, self.table
        if way not in self.behind:
            before, _, lookup = way.rpartition(".")
            entity, table = self._at(before)
            target = self.models.catalog.get_field(entity, lookup).target
            assert target is not None
            other = self.models.tables[target].alias()
            self.joined = self.joined.outerjoin(other, other.c.id == table.c[lookup])
            self.behind[way] = (target, other)
        return self.behind[way]

    def batches(self, connection: Connection) -> Iterator[list[Row]]:
        """The rows that are not in the bin, in the order of their ids."""
        names = list(self.columns)
        query = sa.select(*self.columns.values()).select_from(self.joined).where(self.table.c.deleted_at.is_(None))
        query = query.order_by(self.table.c.id).limit(BATCH)
        place, last = names.index("id"), 0
        while found := connection.execute(query.where(self.table.c.id > last)).all():
            rows = [dict(zip(names, row, strict=True)) for row in found]
            for key, (many, holder) in self.lists.items():
                _add_list(connection, many, rows, key, holder)
            yield rows
            last = found[-1][place]


def _add_list(connection: Connection, many: Many, rows: Sequence[Row], key: str, holder: str) -> None:
    ids = {row[holder] for row in rows} - {None}
    found: dict[int, list[Any]] = {}
    c = many.table.c
    query = sa.select(c.record, c.value).where(c.record.between(min(ids, default=0), max(ids, default=0)))
    for record, value in connection.execute(query.order_by(c.record, c.position)):
        found.setdefault(record, []).append(value)
    values: Mapping[int | None, tuple[Any, ...]] = {record: tuple(each) for record, each in found.items()}
    for row in rows:
        row[key] = values.get(row[holder])

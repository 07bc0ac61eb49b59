"""Seals encrypted values anew by the current key, and tells which do not open. Both go by the columns as they are there, those of
removed fields among them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import IntegrityError

from app.frozen import dataclass
from app.orm.counters import next_changed_seq
from app.orm.engine import PLAN, READ, UNIT
from app.orm.framework import own_key
from app.orm.models import BLIND_SUFFIX, Models
from app.orm.own_keys import is_formerly_sealed, rotate_keys, shut_keys
from app.orm.sealed import Blind, Keys, SealedText, Unreadable, keys_of
from app.plan.lock import alone
from app.plan.migrate import version
from app.plan.prepared import drop_prepared, read_prepared
from app.plan.tombstone import read_tombstones

BATCH = 1_000
Tell = Callable[[str, int], object]
"""Is told of a column how many of its values were sealed anew."""


@dataclass(frozen=True)
class Column:
    """A column of sealed values, by its physical name; `digest` is the type of the digests beside it, where there are any."""

    table: str
    name: str
    digest: Blind | None = None

    @property
    def place(self) -> str:
        """How values are bound to it."""
        return f"{self.table}.{self.name}"

    @property
    def rows(self) -> sa.TableClause:
        """Its table, as far as it matters here."""
        return sa.table(self.table, sa.column("id"), *(sa.column(each) for each in (*self.kept, "changed_seq")))

    @property
    def kept(self) -> tuple[str, ...]:
        """The columns that hold what follows from the key."""
        return (self.name,) if self.digest is None else (self.name, self.name + BLIND_SUFFIX)


@dataclass(frozen=True)
class Opened:
    """What became of sealed values: how many were opened, and where some did not, `table.column` with the rows. `taken` are rows whose
    value must be unique and is not, as (`table.column`, row, the others that have it): they stay sealed by a former key. `shut` are
    secrets of the database's own that do not open.
    """

    values: int = 0
    lost: dict[str, list[int]] = field(default_factory=dict)
    taken: tuple[tuple[str, int, tuple[int, ...]], ...] = ()
    shut: tuple[str, ...] = ()


class FormerlySealed(RuntimeError):
    """Something is sealed by a former key: equal values would not be known to be equal. Says of what it is true, and what to do."""

    def __init__(self, place: str) -> None:
        super().__init__(
            f"PLN542 {place} holds values that a former key has sealed: run `crm keys rotate` first. Until then a unique value could be "
            f"taken twice."
        )


def require_current_key(engine: Engine, models: Models) -> None:
    """Raises FormerlySealed as long as a former key of the engine's ring has sealed anything. Reads whole tables where there is one."""
    marks = keys_of(engine.dialect).former_marks
    if not marks:
        return
    with engine.connect().execution_options(**{UNIT: READ}) as connection:
        for column in sealed_columns(connection, models):
            rows = column.rows
            value = sa.cast(rows.c[column.name], sa.Text)
            formerly = sa.or_(*(value.like(f"{each}%") for each in marks))
            if connection.execute(sa.select(rows.c.id).where(formerly).limit(1)).first() is not None:
                raise FormerlySealed(column.place)
        if is_formerly_sealed(connection):
            raise FormerlySealed(own_key.name)


def sealed_columns(connection: Connection, models: Models) -> list[Column]:
    """Every column that may hold sealed values: of the fields that there are, and of those that were removed."""
    found = []
    for table in models.tables.values():
        for each in table.columns:
            if isinstance(each.type, SealedText):
                beside = table.c.get(each.key + BLIND_SUFFIX)
                digest = beside.type if beside is not None and isinstance(beside.type, Blind) else None
                found.append(Column(table.name, each.name, digest))
    hidden = {part for one in read_tombstones(connection, version(connection)) for part in one.parts}
    return [*found, *(Column(*place) for part in sorted(hidden) for place in _columns_of(connection, part))]


def _columns_of(connection: Connection, part: str) -> list[tuple[str, str]]:
    """What of a removed field's column, `table.column`, or a removed entity's table may hold sealed values."""
    table, _, column = part.partition(".")
    inspector = sa.inspect(connection)
    there = {each["name"]: each["type"] for each in inspector.get_columns(table)} if inspector.has_table(table) else {}
    if not {"id", "changed_seq"} <= there.keys():  # of links
        return []
    return [(table, name) for name, kind in there.items() if name == (column or name) and isinstance(kind, sa.Text)]


def rotate_values(engine: Engine, models: Models, tell: Tell) -> Opened:
    """Seals anew what a former key has sealed, a batch in a transaction. What is done already is left: an interrupted run is begun
    again. What can't be, for another row has its unique value by the current key, is told at the end. Raises DeploymentBusy.
    """
    keys, opened, lost = keys_of(engine.dialect), 0, dict[str, list[int]]()
    taken = list[tuple[str, int, tuple[int, ...]]]()
    with alone(engine):
        with _writing(engine) as connection:  # what is left of an apply was sealed by the key of then
            for each in read_prepared(connection, version(connection)):
                drop_prepared(connection, each)
            columns = sealed_columns(connection, models)
        for column in columns:
            count, last = 0, 0
            while True:
                with _writing(engine) as connection:
                    rows = _read(connection, column, last, other_than=keys.mark)
                    if not rows:
                        break
                    last = rows[-1][0]
                    done, shut = _open(keys, column, rows)
                    clashes = _seal_each(connection, models, column, done)
                    taken += ((column.place, row, others) for row, others in clashes.items())
                    lost.setdefault(column.place, []).extend(shut)
                    count += len(done) - len(clashes)
            opened += count
            tell(column.place, count)
        with _writing(engine) as connection:
            count, names = rotate_keys(connection)
        tell(own_key.name, count)
    return Opened(opened, {place: ids for place, ids in lost.items() if ids}, tuple(taken), tuple(names))


def try_values(connection: Connection, models: Models) -> Opened:
    """Opens every sealed value, and keeps none."""
    opened, lost = 0, dict[str, list[int]]()
    for column in sealed_columns(connection, models):
        keys, last = keys_of(connection.dialect), 0
        while rows := _read(connection, column, last):
            last = rows[-1][0]
            done, shut = _open(keys, column, rows)
            opened += len(done)
            lost.setdefault(column.place, []).extend(shut)
    return Opened(opened, {place: ids for place, ids in lost.items() if ids}, shut=tuple(shut_keys(connection)))


def change_values(
    connection: Connection, column: Column, change: Callable[[int, str], str], ids: Collection[int] | None = None
) -> list[int]:
    """Writes what `change` makes of values, told the number of the row, of all rows or these (a thousand at most); gives the
    rows in which it is another one. A value that does not open stays.
    """
    keys, last, found = keys_of(connection.dialect), 0, list[int]()

    def changed(rows: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
        done, _ = _open(keys, column, rows)
        return [(row, new) for row, value in done if (new := change(row, value)) != value]

    while rows := _read(connection, column, last, among=ids):
        last = rows[-1][0]
        hits = [row for row, _ in changed(rows)]
        if hits:  # as they are now, and nobody else's until the end
            new = changed(_read(connection, column, 0, among=hits, locked=True))
            _seal(connection, keys, column, new)
            found += [row for row, _ in new]
    return found


def _writing(engine: Engine) -> AbstractContextManager[Connection]:
    return engine.execution_options(**{UNIT: PLAN}).begin()


def _read(
    connection: Connection,
    column: Column,
    last: int,
    other_than: str = "",
    among: Collection[int] | None = None,
    *,
    locked: bool = False,
) -> Sequence[tuple[int, str]]:
    rows = column.rows
    value = sa.cast(rows.c[column.name], sa.Text)
    query = sa.select(rows.c.id, value).where(rows.c.id > last, value.like("1:________:%"))
    if other_than:
        query = query.where(sa.not_(value.like(f"{other_than}%")))
    if among is not None:
        query = query.where(rows.c.id.in_(sorted(among)))
    if other_than or locked:
        query = query.with_for_update()
    return [(row[0], row[1]) for row in connection.execute(query.order_by(rows.c.id).limit(BATCH))]


def _open(keys: Keys, column: Column, rows: Sequence[tuple[int, str]]) -> tuple[list[tuple[int, str]], list[int]]:
    """Rows with their values, and those whose value does not open."""
    done, shut = list[tuple[int, str]](), list[int]()
    for row, sealed in rows:
        try:
            done.append((row, keys.unseal(column.place, row, sealed)))
        except Unreadable:
            shut.append(row)
    return done, shut


def _seal_each(
    connection: Connection, models: Models, column: Column, values: Sequence[tuple[int, str]]
) -> dict[int, tuple[int, ...]]:
    """Seals these values, all but those that a unique key refuses: each of these with the rows that have its value already."""
    keys, clashes = keys_of(connection.dialect), dict[int, tuple[int, ...]]()
    try:
        with connection.begin_nested():
            _seal(connection, keys, column, values)
    except IntegrityError:
        for each in values:
            try:
                with connection.begin_nested():
                    _seal(connection, keys, column, [each])
            except IntegrityError:
                clashes[each[0]] = _having(connection, models, column, each)
    return clashes


def _having(connection: Connection, models: Models, column: Column, value: tuple[int, str]) -> tuple[int, ...]:
    """The rows, not deleted, that the unique keys of the column find to be equal to this one with its value by the current key."""
    table = next(each for each in models.tables.values() if each.name == column.table)
    beside = next(each for each in table.columns if each.name == column.name + BLIND_SUFFIX)
    digest = column.digest
    assert digest is not None  # nothing else of what is sealed is unique
    other, own, found = table.alias(), str(digest.digest(keys_of(connection.dialect), value[1])), set[int]()
    for index in table.indexes:
        if index.unique and any(part is beside for part in index.columns):
            rest = [other.c[part.key] == table.c[part.key] for part in index.columns if part is not beside]
            another = sa.and_(other.c.id != table.c.id, other.c.deleted_at.is_(None), *rest)
            equal = (table.c.id == value[0], sa.type_coerce(other.c[beside.key], sa.Text) == own)
            found.update(
                connection.execute(sa.select(other.c.id).join_from(table, other, another).where(*equal)).scalars()
            )
    return tuple(sorted(found))


def _seal(connection: Connection, keys: Keys, column: Column, values: Sequence[tuple[int, str]]) -> None:
    if not values:
        return
    rows, mark = column.rows, next_changed_seq(connection)
    told = [
        {"row": row, "mark": mark, "sealed": keys.seal(column.place, row, value)}
        | ({} if column.digest is None else {"digest": str(column.digest.digest(keys, value))})
        for row, value in values
    ]
    written: dict[sa.ColumnClause[Any], Any] = {
        rows.c[column.name]: sa.bindparam("sealed"),
        rows.c.changed_seq: sa.bindparam("mark"),
    }
    if column.digest is not None:
        written[rows.c[column.name + BLIND_SUFFIX]] = sa.bindparam("digest")
    connection.execute(sa.update(rows).where(rows.c.id == sa.bindparam("row")).values(written), told)

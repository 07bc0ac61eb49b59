"""The values of one field in all rows: read in batches, written set-wise, with what stands beside them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.orm.bulk import insert_rows, update_rows
from app.orm.many import KIND, POSITION, RECORD, VALUE, Many, many_key
from app.orm.models import BLIND_SUFFIX, ENTITY_SUFFIX, FOLD_SUFFIX, SORT_SUFFIX, Models
from app.orm.sort_key import sort_key
from app.orm.types import AnyId
from app.plan.prepared import changed_since as changed_since_prepared

BATCH = 5_000
Cells = Sequence[tuple[int, Any]]
"""Ids of rows, each with the value of a field."""


def filled_cells(
    connection: Connection, models: Models, entity: str, field: str, *, changed_since: bool = False
) -> Iterator[Cells]:
    """The rows that hold a value, those in the bin too, in the order of their ids; of one column also those alone that
    changed since they were prepared. A list is a tuple, without what its links
    say of themselves; what may be of several entities is an AnyId.
    """
    many = models.many.get(many_key(entity, field))
    if many is not None:
        yield from _lists(connection, many)
        return
    c = models.tables[entity].c
    columns = [c.id, c[field], *((c[field + ENTITY_SUFFIX],) if field + ENTITY_SUFFIX in c else ())]
    query = sa.select(*columns).where(c[field].is_not(None)).order_by(c.id).limit(BATCH)
    if changed_since:
        query = query.where(changed_since_prepared(connection, models.tables[entity]))
    last = 0
    while found := connection.execute(query.where(c.id > last)).all():
        yield [(row[0], AnyId(row[2], row[1]) if len(row) > 2 else row[1]) for row in found]
        last = found[-1][0]


def held_cells(connection: Connection, models: Models, entity: str, field: str, rows: Sequence[int]) -> dict[int, Any]:
    """What these rows hold, those of them that there are, as `filled_cells` gives it: None or an empty tuple for nothing."""
    many, c, found = models.many.get(many_key(entity, field)), models.tables[entity].c, dict[int, Any]()
    for start in range(0, len(rows), BATCH):
        some = c.id.in_(rows[start : start + BATCH])
        if many is not None:
            found |= dict.fromkeys(connection.execute(sa.select(c.id).where(some)).scalars(), ())
            found |= {
                row: held for row, held in _held_in(connection, many, rows[start : start + BATCH]) if row in found
            }
            continue
        columns = [c.id, c[field], *((c[field + ENTITY_SUFFIX],) if field + ENTITY_SUFFIX in c else ())]
        for row, *held in connection.execute(sa.select(*columns).where(some)):
            found[row] = AnyId(held[1], held[0]) if len(held) > 1 and held[0] is not None else held[0]
    return found


def _held_in(connection: Connection, many: Many, rows: Sequence[int]) -> Cells:
    c, values = many.table.c, dict[int, list[Any]]()
    query = sa.select(c.record, *(c[name] for name in many.held[: 2 if many.several else 1])).where(c.record.in_(rows))
    for record, *held in connection.execute(query.order_by(c.record, c.position, c.value)):
        values.setdefault(record, []).append(AnyId(held[1], held[0]) if many.several else held[0])
    return [(record, tuple(each)) for record, each in values.items()]


def cells_with_former(
    connection: Connection, models: Models, entity: str, field: str, former: sa.ColumnClause[Any]
) -> Iterator[Sequence[tuple[int, Any, Any, dt.datetime]]]:
    """As `filled_cells`, of a field that is one column, with what a column beside it holds, and when the record was last saved; rows
    where either is filled.
    """
    c = models.tables[entity].c
    query = sa.select(c.id, c[field], former, c.updated_at).where(sa.or_(c[field].is_not(None), former.is_not(None)))
    query = query.order_by(c.id).limit(BATCH)
    last = 0
    while found := connection.execute(query.where(c.id > last)).all():
        yield [tuple(row) for row in found]
        last = found[-1][0]


def _lists(connection: Connection, many: Many) -> Iterator[Cells]:
    c = many.table.c
    records = sa.select(c.record).distinct().order_by(c.record).limit(BATCH)
    last = 0
    while ids := connection.execute(records.where(c.record > last)).scalars().all():
        query = sa.select(c.record, *(c[name] for name in many.held[: 2 if many.several else 1]))
        query = query.where(c.record.between(ids[0], ids[-1])).order_by(c.record, c.position, c.value)
        values: dict[int, list[Any]] = {record: [] for record in ids}
        for record, *held in connection.execute(query):
            values[record].append(AnyId(held[1], held[0]) if many.several else held[0])
        yield [(record, tuple(each)) for record, each in values.items()]
        last = ids[-1]


def write_cells(connection: Connection, models: Models, entity: str, field: str, cells: Cells, mark: int) -> None:
    """Writes values into rows, whose `changed_seq` becomes `mark`; None empties, a yes or no with no."""
    table = models.tables[entity]
    if not cells:
        return
    many = models.many.get(many_key(entity, field))
    if many is not None:
        _write_lists(connection, many, cells, mark)
        update_rows(connection, table, ["changed_seq"], [{"id": row, "changed_seq": mark} for row, _ in cells])
        return
    keys = cell_keys(table, field)
    rows = [cell_columns(table, field, keys, value) for _, value in cells]
    told = [{**row, "id": cell[0], "changed_seq": mark} for row, cell in zip(rows, cells, strict=True)]
    for start in range(0, len(told), BATCH):
        update_rows(connection, table, [*keys, "changed_seq"], told[start : start + BATCH])


_BESIDE: Mapping[str, Callable[[Any], Any]] = MappingProxyType(
    {
        ENTITY_SUFFIX: lambda value: value.entity,
        SORT_SUFFIX: sort_key,
        FOLD_SUFFIX: lambda value: value.casefold(),
        BLIND_SUFFIX: str,  # the column makes a digest of it
    }
)


def cell_keys(table: sa.Table, field: str) -> list[str]:
    """The columns in which a value and what is kept of it beside are."""
    return [field, *(field + each for each in _BESIDE if field + each in table.c)]


def blank_of(column: sa.Column[Any]) -> Any:
    """What a column holds where there is no value."""
    return False if isinstance(column.type, sa.Boolean) and not column.nullable else None


def cell_columns(table: sa.Table, field: str, keys: Sequence[str], value: Any) -> Mapping[str, Any]:
    """What these columns hold for a value; None empties, a yes or no with no."""
    if value is None:
        value = blank_of(table.c[field])
    beside = (_BESIDE.get(key.removeprefix(field)) for key in keys)
    made = (value if make is None or value is None else make(value) for make in beside)
    return dict(zip(keys, made, strict=True))


def _write_lists(connection: Connection, many: Many, cells: Cells, mark: int) -> None:
    c = many.table.c
    for start in range(0, len(cells), BATCH):
        some = cells[start : start + BATCH]
        ids = [{"gone": row} for row, _ in some]
        connection.execute(sa.delete(many.table).where(c.record == sa.bindparam("gone")), ids)
        rows = [_row(row, place, each, mark) for row, value in some for place, each in enumerate(value or ())]
        insert_rows(connection, many.table, rows)


def _row(record: int, position: int, value: Any, mark: int) -> dict[str, Any]:
    row = {RECORD: record, POSITION: position, "changed_seq": mark}
    if isinstance(value, AnyId):
        return {**row, VALUE: value.id, KIND: value.entity}
    return {**row, VALUE: value}

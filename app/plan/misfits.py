"""Rows whose value would not fit any more: how many, which first, and how to find them when they are mended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import singledispatch
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.sql.elements import ColumnElement

from app.orm.many import many_key
from app.orm.models import Models
from app.plan.existing import SAMPLES
from app.plan.former import converted
from app.plan.giving_back import cells_back
from app.plan.limits import typed_limit
from app.plan.question import Blank, Converts, OutOfRange, WrongLength
from app.record.convert import Cut
from app.record.values import Bad

Misfits = Blank | WrongLength | OutOfRange


@singledispatch
def does_not_fit(check: Misfits, models: Models) -> ColumnElement[bool]:
    """The condition under which a row is meant."""
    raise NotImplementedError(type(check).__name__)


@does_not_fit.register
def _blank(check: Blank, models: Models) -> ColumnElement[bool]:
    many = models.many.get(many_key(check.entity, check.field))
    if many is None:
        return models.column(check.entity, check.field).is_(None)
    return models.tables[check.entity].c.id.not_in(sa.select(many.table.c.record))


@does_not_fit.register
def _wrong_length(check: WrongLength, models: Models) -> ColumnElement[bool]:
    length = sa.func.length(models.column(check.entity, check.field))
    return sa.or_(length < check.least, length > check.most)


@does_not_fit.register
def _out_of_range(check: OutOfRange, models: Models) -> ColumnElement[bool]:
    a_field = models.catalog.get_field(check.entity, check.field)
    column = models.column(check.entity, check.field)
    least, most = typed_limit(a_field, check.least), typed_limit(a_field, check.most)
    below = sa.false() if least is None else column < least
    above = sa.false() if most is None else column > most
    return sa.or_(below, above)


def misfits_of(check: Misfits, connection: Connection, models: Models) -> tuple[int, int, Sequence[int]]:
    """How many rows that are not in the bin do not fit, of how many, and the first of them."""
    table, wrong = models.tables[check.entity], does_not_fit(check, models)
    alive = table.c.deleted_at.is_(None)
    if check.back is not None:
        back = cells_back(connection, models, check.back)  # all of which fit
        ids = [row for row in rows_that_do_not_fit(connection, models, check) if row not in back]
        query = sa.select(sa.func.count()).select_from(table).where(alive)
        return len(ids), connection.execute(query).scalar_one(), ids[:SAMPLES]
    hits = sa.func.coalesce(sa.func.sum(sa.case((wrong, 1), else_=0)), 0)
    count, total = connection.execute(sa.select(hits, sa.func.count()).select_from(table).where(alive)).one()
    if not count:
        return 0, total, ()
    query = sa.select(table.c.id).where(alive, wrong).order_by(table.c.id).limit(SAMPLES)
    return int(count), total, connection.execute(query).scalars().all()


def rows_that_do_not_fit(connection: Connection, models: Models, check: Misfits) -> Sequence[int]:
    """All rows that are not in the bin and do not fit, in the order of their ids."""
    table = models.tables[check.entity]
    query = sa.select(table.c.id).where(table.c.deleted_at.is_(None), does_not_fit(check, models)).order_by(table.c.id)
    return connection.execute(query).scalars().all()


@dataclass
class Conversion:
    """What came of trying to convert the values of a field: how many, and the first that were refused or lost something;
    of rows that would be equal the ids of both.
    """

    total: int = 0
    refused: int = 0
    cut: int = 0
    restored: int = 0
    refused_ids: list[int] = field(default_factory=list)
    cut_ids: list[int] = field(default_factory=list)
    repeated: list[tuple[int, int]] = field(default_factory=list)


def tried_conversion(check: Converts, connection: Connection, models: Models) -> Conversion:
    """Converts the values of all rows, those in the bin too, and keeps nothing of it."""
    found = Conversion()
    seen: dict[Any, int] = {}
    for rows in converted(connection, models, check):
        for each in rows:
            _note(found, seen if check.distinct else None, each.row, each.value, fold=check.fold)
            found.restored += each.is_own
        found.total += len(rows)
    return found


def _note(found: Conversion, seen: dict[Any, int] | None, row: int, value: Any, *, fold: bool) -> None:
    if isinstance(value, Bad):
        found.refused += 1
        _sample(found.refused_ids, row)
        return
    if isinstance(value, Cut):
        found.cut += 1
        _sample(found.cut_ids, row)
        value = value.value
    if seen is not None and value is not None:
        first = seen.setdefault(value.casefold() if fold else value, row)
        if first != row:
            _sample(found.repeated, (first, row))


def _sample(samples: list[Any], one: Any) -> None:
    if len(samples) < SAMPLES:
        samples.append(one)


def listed(ids: Sequence[int]) -> str:
    """`17, 88, 301`."""
    return ", ".join(map(str, ids))

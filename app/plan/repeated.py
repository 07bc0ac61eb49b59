"""Values that a new key finds more than once: how many, in which rows, and which rows are emptied where the YAML says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.sql.elements import ColumnElement

from app.orm.models import Models
from app.plan.check import Finding, find
from app.plan.existing import SAMPLES
from app.plan.giving_back import cells_back
from app.plan.pair import counted
from app.plan.question import Repeated
from app.plan.step import Block

_MEND = "make them different, or merge these records"
_BLANK = "or write `existing: blank` at a field of the key that is not required: the oldest of each keeps its value"
_NOTHING: Mapping[str, Mapping[int, Any]] = MappingProxyType({})
_NOT_SPARED = "a key holds for every record and can't leave these alone"


@dataclass
class _Repetitions:
    """How many values occur more than once, in how many rows, and the first of them with the first of their rows."""

    values: int = 0
    rows: int = 0
    samples: list[tuple[tuple[Any, ...], list[int]]] = field(default_factory=list)

    def __str__(self) -> str:
        shown = ", ".join(
            f"{' + '.join(map(str, values))} (ids {', '.join(map(str, ids[:SAMPLES]))}{' …' if ids[SAMPLES:] else ''})"
            for values, ids in self.samples
        )
        more = " …" if self.values > len(self.samples) else ""
        return f"{counted(self.values, 'value')} more than once, in {counted(self.rows, 'row')}: {shown}{more}"


@find.register
def _repeated(check: Repeated, connection: Connection, models: Models) -> Finding:
    if not check.fields:
        return _all_alike(check, connection, models)
    in_turn = check.fold or check.back or _sealed(check, models)
    found = (_in_any_case if in_turn else _as_they_are)(check, connection, models)
    if not found.values:
        return Finding()
    impact = str(found)
    if check.emptied is not None:
        later = found.rows - found.values
        emptied = f"{check.emptied} is emptied in {counted(later, 'row')}, the oldest of each keeps it"
        return Finding(f"{impact}; {emptied}", risk="destructive")
    if check.existing == "blank":
        return Finding(impact, Block("PLN525", impact, f"{_MEND}: what is required or computed can't be emptied"))
    reason = f"{_NOT_SPARED}: {_MEND}" if check.existing == "grandfather" else _MEND
    return Finding(impact, Block("PLN525", impact, reason if check.existing == "fail" else f"{reason}, {_BLANK}"))


def _all_alike(check: Repeated, connection: Connection, models: Models) -> Finding:
    alive = models.column(check.entity, "deleted_at").is_(None)
    query = sa.select(sa.func.count()).select_from(models.tables[check.entity]).where(alive)
    total = connection.execute(query).scalar_one()
    if total < 2:
        return Finding()
    impact = f"{counted(total, 'row')} would have the same value"
    return Finding(impact, Block("PLN525", impact, "add the field without the key first"))


def _as_they_are(check: Repeated, connection: Connection, models: Models) -> _Repetitions:
    columns, filled, row = _asked(check, models)
    number, first = sa.func.count(row).label("number"), sa.func.min(row)
    groups = sa.select(*columns, number).where(filled).group_by(*columns).having(sa.func.count(row) > 1)
    whole = groups.subquery()
    values, rows = connection.execute(sa.select(sa.func.count(), sa.func.sum(whole.c.number)).select_from(whole)).one()
    found = _Repetitions(values, int(rows or 0))
    for *held, _ in connection.execute(groups.order_by(first).limit(SAMPLES)) if values else ():
        alike = (column == value for column, value in zip(columns, held, strict=True))
        ids = sa.select(row).where(filled, *alike).order_by(row).limit(SAMPLES + 1)
        found.samples.append((tuple(held), list(connection.execute(ids).scalars())))
    return found


def _in_any_case(check: Repeated, connection: Connection, models: Models) -> _Repetitions:
    groups: dict[tuple[Any, ...], list[int]] = {}
    back = {each.holder[1]: cells_back(connection, models, each) for each in check.back}
    for row, held in _read(check, connection, models, back):
        groups.setdefault(held, []).append(row)
    repeated = {held: ids for held, ids in groups.items() if len(ids) > 1}
    samples = [(_told(check, models, held), ids) for held, ids in list(repeated.items())[:SAMPLES]]
    return _Repetitions(len(repeated), sum(map(len, repeated.values())), samples)


def _sealed(check: Repeated, models: Models) -> bool:
    """Whether the database can't compare the values."""
    return any(models.catalog.get_field(check.entity, key).encrypted for key in check.fields)


def _told(check: Repeated, models: Models, held: tuple[Any, ...]) -> tuple[Any, ...]:
    """Values as a plan may show them."""
    fields = [models.catalog.get_field(check.entity, key) for key in check.fields]
    return tuple("****" if field.sensitive else value for field, value in zip(fields, held, strict=True))


def later_rows(connection: Connection, models: Models, check: Repeated) -> list[int]:
    """The rows that hold a value which an older one holds, too; none in the bin."""
    if check.fold or _sealed(check, models):
        first: dict[tuple[Any, ...], int] = {}
        return [row for row, held in _read(check, connection, models) if first.setdefault(held, row) != row]
    columns, filled, row = _asked(check, models)
    place = sa.func.row_number().over(partition_by=columns, order_by=row).label("place")
    placed = sa.select(row.label("row"), place).where(filled).subquery()
    query = sa.select(placed.c.row).where(placed.c.place > 1).order_by(placed.c.row)
    return list(connection.execute(query).scalars())


def _asked(check: Repeated, models: Models) -> tuple[list[sa.Column[Any]], ColumnElement[bool], sa.Column[int]]:
    """The columns of the key, the condition under which a row counts, and its id."""
    columns = [models.column(check.entity, key) for key in check.fields]
    alive = models.column(check.entity, "deleted_at").is_(None)
    return columns, sa.and_(alive, *(each.is_not(None) for each in columns)), models.column(check.entity, "id")


def _read(
    check: Repeated, connection: Connection, models: Models, back: Mapping[str, Mapping[int, Any]] = _NOTHING
) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """Row by row, the oldest first, in small letters where case does not count; some get something else `back` in a field."""
    columns, filled, row = _asked(check, models)
    folds, gets = [key in check.fold for key in check.fields], [back.get(key, {}) for key in check.fields]
    here = models.column(check.entity, "deleted_at").is_(None) if back else filled
    for number, *now in connection.execute(sa.select(row, *columns).where(here).order_by(row)):
        held = [its.get(number, each) for each, its in zip(now, gets, strict=True)]
        if None not in held:
            yield number, tuple(each.casefold() if fold else each for each, fold in zip(held, folds, strict=True))

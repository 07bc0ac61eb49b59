"""Values that `backfill` gives to rows of a unique field, and that others of its rows have or get, too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.expression.graph import Place
from app.orm.models import Models
from app.plan.existing import BATCH
from app.plan.former import converted
from app.plan.giving_back import cells_back
from app.plan.question import Check, Converts, GivesBack, NewFilled
from app.plan.step import Step
from app.plan.trial import given_by, given_cells, is_told, repeating
from app.record.convert import Cut
from app.record.values import Bad

Cell = tuple[int, Any]


def with_repetitions(connection: Connection, before: Models, after: Models, steps: Sequence[Step]) -> Iterator[Step]:
    """The steps, those held up that give a row of an existing unique field what another row holds then. `before` are the tables
    as they are, in the words of `after`.
    """
    given: dict[Place, list[tuple[int, list[Cell]]]] = {}
    for number, step in enumerate(steps):
        if step.check is None or step.blocks or isinstance(step.check, NewFilled):
            continue
        others = [each.check for each in steps if each is not step and each.check is not None]
        for place, cells in _given(connection, before, after, step.check, others):
            given.setdefault(place, []).append((number, cells))
    found: dict[int, list[tuple[int, int]]] = {}
    for place, some in given.items():
        checks = [step.check for step in steps if step.check is not None]
        for number, pair in _twice(connection, before, after, place, (some, checks)):
            found.setdefault(number, []).append(pair)
    for number, step in enumerate(steps):
        yield repeating(step, sorted(found[number])) if number in found else step


def _given(
    connection: Connection, before: Models, after: Models, check: Check, others: list[Check]
) -> Iterator[tuple[Place, list[Cell]]]:
    """What a step gives rows of unique fields, where that can be told."""
    if isinstance(check, GivesBack):
        if len(check.holder) == 2 and after.catalog.get_field(*check.holder).unique:
            yield (check.holder[0], check.holder[1]), sorted(cells_back(connection, before, check).items())
        return
    for place, given, rows in given_by(check):
        if not after.catalog.get_field(*place).unique:
            continue
        if given.formula is None:
            yield place, [(row, given.value) for row in sorted(rows(connection, before) or ())]
        elif is_told(before, after, place, given.formula, check, others):
            ids = rows(connection, before)
            batches = given_cells(connection, before, after.catalog, place, given.formula, ids)
            yield place, [cell for cells in batches for cell in cells if not isinstance(cell[1], Bad)]


def _twice(
    connection: Connection,
    before: Models,
    after: Models,
    place: Place,
    both: tuple[Sequence[tuple[int, list[Cell]]], Sequence[Check]],
) -> Iterator[tuple[int, tuple[int, int]]]:
    """The number of a step that gives a row a value, with the other row of that value and this one. What is in the bin may be
    equal to others.
    """
    some, checks = both
    c, fold = before.tables[place[0]].c, after.catalog.get_field(*place).ignore_case
    dead = set(connection.execute(sa.select(c.id).where(c.deleted_at.is_not(None))).scalars())
    rows = {row for _, cells in some for row, _ in cells}
    first: dict[Any, tuple[int, int]] = {}
    for number, row, value in ((number, *cell) for number, cells in some for cell in cells):
        if value is None or row in dead:
            continue
        other, _ = first.setdefault(_compared(value, fold=fold), (row, number))
        if other != row:
            yield number, (other, row)
    for row, value in _kept(connection, before, place, checks) if first else ():
        its = first.get(_compared(value, fold=fold)) if row not in rows and row not in dead else None
        if its is not None:
            yield its[1], (row, its[0])


def _compared(value: Any, *, fold: bool) -> Any:
    return value.casefold() if fold and isinstance(value, str) else value


def _kept(connection: Connection, before: Models, place: Place, checks: Sequence[Check]) -> Iterator[Cell]:
    """What the rows hold, as the change makes it."""
    entity, key = place
    c = before.tables[entity].c
    for check in checks:
        if isinstance(check, Converts) and (check.entity, check.field) == place:
            made = (each for rows in converted(connection, before, check) for each in rows)
            for each in (one for one in made if not isinstance(one.value, Bad)):
                yield each.row, each.value.value if isinstance(each.value, Cut) else each.value
            return
    query = sa.select(c.id, c[key]).where(c[key].is_not(None)).order_by(c.id).limit(BATCH)
    last = 0
    while found := connection.execute(query.where(c.id > last)).all():
        yield from ((row, value) for row, value in found)
        last = found[-1][0]

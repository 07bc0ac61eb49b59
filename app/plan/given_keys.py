"""Rows that a change would make alike in a key of several fields, because it gives them a value of one of these or converts it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.definition import Field
from app.expression.graph import Place
from app.frozen import dataclass
from app.orm.models import Models, unique_keys
from app.plan.defaults import fills_rows, typed_default
from app.plan.existing import BATCH
from app.plan.former import converted
from app.plan.giving_back import cells_back
from app.plan.misfits import rows_that_do_not_fit
from app.plan.preparing import written_places
from app.plan.question import (
    Blank,
    Check,
    Converts,
    GivesBack,
    Held,
    Merged,
    NewFilled,
    OutOfRange,
    Refused,
    Repeated,
    WrongLength,
)
from app.plan.step import Step
from app.plan.trial import given_by, given_cells, is_told, repeating
from app.record.convert import Cut
from app.record.values import Bad

Changed = Mapping[int, tuple[Any, int]]
"""What rows hold in a field then that the change writes, by their ids, each with the number of the step that says so."""


@dataclass(frozen=True)
class _Asked:
    """Where is asked: `before` are the tables as they are, in the words of `after`."""

    connection: Connection
    before: Models
    after: Models
    steps: Sequence[Step]


def with_alike(connection: Connection, before: Models, after: Models, steps: Sequence[Step]) -> Iterator[Step]:
    """The steps, those held up that would make rows alike in a key of several fields. What can't be told of rows before is told by
    the switch, which then changes nothing.
    """
    asked, found = _Asked(connection, before, after, steps), dict[int, tuple[str, list[tuple[int, int]]]]()
    for entity, owner in after.catalog.entities.items():
        for key, fields in unique_keys(owner).items() if entity in before.tables else ():
            for number, pair in _alike(asked, entity, key, fields) if len(fields) > 1 else ():
                found.setdefault(number, (key, []))[1].append(pair)
    for number, step in enumerate(steps):
        if number in found and not step.blocks:
            key, pairs = found[number]
            yield repeating(step, sorted(pairs), key)
        else:
            yield step


def _alike(asked: _Asked, entity: str, key: str, fields: tuple[str, ...]) -> Iterator[tuple[int, tuple[int, int]]]:
    """The number of a step that makes a row equal to another one, with the other and this one."""
    places = [(entity, each) for each in fields]
    every = [asked.after.catalog.get_field(*place) for place in places]
    if any(each.is_computed for each in every) or _is_asked_already(asked, entity, key):
        return
    if {*places} & {*_written_otherwise(step.check for step in asked.steps if step.check is not None)}:
        return
    changed = [_changed(asked, place) for place in places]
    if not any(changed):
        return
    read = [_reading(asked, place, a_field, some) for place, a_field, some in zip(places, every, changed, strict=True)]
    known = [each for each in read if each is not None]
    if len(known) < len(read):
        return
    numbers = {row: number for some in changed if some for row, (_, number) in some.items()}
    first: dict[tuple[Any, ...], int] = {}
    for row, values in _rows(asked, entity, fields, known):
        if row in numbers and (other := first.setdefault(values, row)) != row:
            yield numbers[row], (other, row)
    for row, values in _rows(asked, entity, fields, known) if first else ():
        if row not in numbers and values in first:
            yield numbers[first[values]], (row, first[values])


def _is_asked_already(asked: _Asked, entity: str, key: str) -> bool:
    """Whether a new key is held up by the rows as they are."""
    return any(
        isinstance(step.check, Repeated) and step.blocks and step.target == f"{entity}.{key}" for step in asked.steps
    )


def _written_otherwise(checks: Iterable[Check]) -> Iterator[Place]:
    """The fields of which is not told here what becomes of them."""
    for check in checks:
        if isinstance(check, Merged | Held | Repeated) or (
            isinstance(check, Converts | NewFilled) and check.is_prepared
        ):
            yield from written_places([check])
        elif isinstance(check, Refused):
            yield from (
                place for place, one in zip(check.fields, check.decisions, strict=True) if one.existing == "blank"
            )


def _changed(asked: _Asked, place: Place) -> Changed | None:
    """None where that can't be told."""
    connection, before, after = asked.connection, asked.before, asked.after
    found: dict[int, tuple[Any, int]] = {}
    for number, step in enumerate(asked.steps):
        check = step.check
        if isinstance(check, Converts) and (check.entity, check.field) == place:
            made = (each for rows in converted(connection, before, check) for each in rows)
            found.update((each.row, (_plain(each.value), number)) for each in made)
    for number, step in enumerate(asked.steps):
        check = step.check
        if check is None or step.blocks:
            continue
        if isinstance(check, GivesBack) and check.holder == place:
            found.update((row, (value, number)) for row, value in cells_back(connection, before, check).items())
        for row in _emptied(asked, check, place):
            found[row] = (None, number)
        others = [each.check for each in asked.steps if each is not step and each.check is not None]
        for at, given, rows in given_by(check):
            if at != place:
                continue
            ids = rows(connection, before)
            if given.formula is None:
                found.update((row, (given.value, number)) for row in (_living(asked, place[0]) if ids is None else ids))
            elif is_told(before, after, place, given.formula, check, others):
                batches = given_cells(connection, before, after.catalog, place, given.formula, ids)
                found.update((row, (_plain(value), number)) for cells in batches for row, value in cells)
            else:
                return None
    return found


def _plain(value: Any) -> Any:
    return None if isinstance(value, Bad) else value.value if isinstance(value, Cut) else value


def _emptied(asked: _Asked, check: Check, place: Place) -> Collection[int]:
    if not isinstance(check, Blank | WrongLength | OutOfRange) or (check.entity, check.field) != place:
        return ()
    if check.decision.given is not None or check.decision.existing != "blank":
        return ()
    return rows_that_do_not_fit(asked.connection, asked.before, check)


def _living(asked: _Asked, entity: str) -> Sequence[int]:
    c = asked.before.tables[entity].c
    return asked.connection.execute(sa.select(c.id).where(c.deleted_at.is_(None))).scalars().all()


def _reading(asked: _Asked, place: Place, a_field: Field, changed: Changed | None) -> Callable[[int, Any], Any] | None:
    """How a row is read, by its id and what it holds today; None where nothing is known, or where all rows are blank."""
    if changed is None:
        return None
    is_new, fold = place[1] not in asked.before.catalog.entities[place[0]].fields, a_field.ignore_case
    otherwise = (
        typed_default(a_field) if is_new and fills_rows(a_field) else False if a_field.holds == "boolean" else None
    )
    if is_new and otherwise is None and not changed:
        return None

    def read(row: int, held: Any) -> Any:
        value = changed[row][0] if row in changed else otherwise if is_new else held
        return value.casefold() if fold and isinstance(value, str) else value

    return read


def _rows(
    asked: _Asked, entity: str, fields: Sequence[str], read: Sequence[Callable[[int, Any], Any]]
) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """What the rows that are not in the bin hold then; not those with a blank, which are never equal."""
    c = asked.before.tables[entity].c
    columns = [c[each] if each in c else sa.null().label(each) for each in fields]
    query, last = sa.select(c.id, *columns).where(c.deleted_at.is_(None)).order_by(c.id).limit(BATCH), 0
    while found := asked.connection.execute(query.where(c.id > last)).all():
        for row, *held in found:
            values = tuple([each(row, value) for each, value in zip(read, held, strict=True)])
            if None not in values:
                yield row, values
        last = found[-1][0]

"""What a formula of `backfill` gives rows: worked out at the switch, and tried while a plan is made, so that the plan says
which rows would get no value that fits, and which the same one in a new field that is unique.

A formula is tried that reads what the switch will find there, too, in its own row or behind lookups. Any other is told by the
switch, which then changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeGuard
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Connection

from app.definition import Catalog
from app.expression import Checked, Context
from app.expression.graph import Place
from app.orm.models import Models
from app.orm.types import now
from app.plan.cells import Cells
from app.plan.existing import SAMPLES, Reading, rows_of
from app.plan.former import converted
from app.plan.misfits import Misfits, listed, rows_that_do_not_fit
from app.plan.preparing import is_of_row, written_places
from app.plan.question import Blank, Check, Converts, Given, NewFilled, OutOfRange, Refused, Restored, WrongLength
from app.plan.step import Block, Step
from app.record.lists import make_list_parser
from app.record.parsers import make_parser
from app.record.values import Bad, bad

_REMEDY = "write a formula that gives each of them a value that fits"
Find = Callable[[Connection, Models], Collection[int] | None]
"""The rows that a formula is for; None: all."""
Unsettled = Collection[tuple[str, str | None]]
"""Fields that a formula can't be tried on, `(entity, None)`: all of an entity."""


def given_cells(
    connection: Connection, models: Models, after: Catalog, place: Place, formula: Checked, ids: Collection[int] | None
) -> Iterator[Cells]:
    """What a formula gives these rows of `models` (None: all) that are not in the bin, in batches; a Bad to one that gets
    no value which its field may hold in `after`.
    """
    entity, key = place
    owner, a_field = after.entities[entity], after.get_field(entity, key)
    parse = make_list_parser(after, owner, a_field) or make_parser(after, owner, a_field)
    context, evaluate = Context(now(), ZoneInfo(after.pack.time_zone)), formula.evaluate
    for rows in Reading(models, entity, formula.keys | formula.old_keys).batches(connection):
        cells = [(row["id"], parse(evaluate(row, row, context))) for row in rows if ids is None or row["id"] in ids]
        if a_field.required:
            cells = [(row, bad("field.required") if value is None else value) for row, value in cells]
        yield cells


def with_trials(connection: Connection, before: Models, after: Models, steps: Sequence[Step]) -> Iterator[Step]:
    """The steps, those held up whose formula gives some rows no value that fits. `before` are the tables as they are, in the
    words of `after`.
    """
    for step in steps:
        check = step.check
        given = tuple(given_by(check)) if check is not None and not step.blocks else ()
        asked = [(place, each.formula, rows) for place, each, rows in given if each.formula is not None]
        if check is None or not asked:
            yield step
            continue
        others = [each.check for each in steps if each is not step and each.check is not None]
        wrong: list[int] = []
        alike: list[tuple[int, int]] = []
        for place, formula, rows in asked:
            if is_told(before, after, place, formula, check, others):
                batches = given_cells(connection, before, after.catalog, place, formula, rows(connection, before))
                kept: list[tuple[int, Any]] = []  # of all rows only where they are compared
                for cells in batches:
                    wrong += [row for row, value in cells if isinstance(value, Bad)]
                    if isinstance(check, NewFilled) and after.catalog.get_field(*place).unique:
                        kept += cells
                alike += _alike(after.catalog, place, kept)
        yield held_up(step, len(wrong), sorted(wrong)) if wrong else repeating(step, alike) if alike else step


def _alike(catalog: Catalog, place: Place, cells: Cells) -> Iterator[tuple[int, int]]:
    """Rows that would get a value which is another's already, each with that one."""
    a_field, first = catalog.get_field(*place), dict[object, int]()
    for row, value in cells:
        if value is None or isinstance(value, Bad):
            continue
        same = value.casefold() if a_field.ignore_case and isinstance(value, str) else value
        if (other := first.setdefault(same, row)) != row:
            yield other, row


def repeating(step: Step, alike: Sequence[tuple[int, int]], key: str = "") -> Step:
    """The step, held up by rows that would get the value of another one, or be equal to it in all fields of a `key`."""
    shown = ", ".join(f"{one} and {other}" for one, other in alike[:SAMPLES]) + (" …" if alike[SAMPLES:] else "")
    told = f"be alike in the key {key}" if key else "get the same value"
    impact = "; ".join(each for each in (step.impact, f"rows that would {told}: ids {shown}") if each)
    without = "take this field out of the key first" if key else "add the field without the key"
    return replace(step, impact=impact, blocks=Block("PLN525", impact, f"give each its own, or {without}"))


def held_up(step: Step, count: int, ids: Sequence[int]) -> Step:
    """The step, held up by so many values of its formula that do not fit; `ids` are those of their records."""
    verb = "does" if count == 1 else "do"
    impact = f"{step.impact}; {count:,} of these values {verb} not fit: ids {listed(ids[:SAMPLES])}"
    return replace(step, impact=impact, blocks=Block("PLN532", impact, _REMEDY))


def given_by(check: Check) -> Iterator[tuple[Place, Given, Find]]:
    """What a step gives to rows, with the field and how its rows are found."""
    match check:
        case Blank() | WrongLength() | OutOfRange() if _fits(given := check.decision.given):
            yield (check.entity, check.field), given, partial(_misfits, check)
        case Converts() if _fits(given := check.decision.given) and not (given.formula is None and check.is_prepared):
            yield (check.entity, check.field), given, partial(_unconverted, check)
        case NewFilled() if _fits(check.given) and not check.is_prepared:
            yield (check.entity, check.field), check.given, _every_row
        case Refused() if check.mended:
            for place, decision, condition in zip(check.fields, check.decisions, check.conditions, strict=True):
                if _fits(given := decision.given):
                    yield place, given, partial(_refused, condition)


def _misfits(check: Misfits, connection: Connection, before: Models) -> Collection[int]:
    return frozenset(rows_that_do_not_fit(connection, before, check))


def _unconverted(check: Converts, connection: Connection, before: Models) -> Collection[int]:
    found = (each for rows in converted(connection, before, check) for each in rows)
    return frozenset(each.row for each in found if isinstance(each.value, Bad))


def _every_row(_connection: Connection, _before: Models) -> None:
    return None


def _refused(condition: Checked, connection: Connection, before: Models) -> Collection[int]:
    return frozenset(rows_of(connection, before, condition))


def _fits(given: Given | None) -> TypeGuard[Given]:
    return given is not None and not given.wrong


def is_told(before: Models, after: Models, place: Place, formula: Checked, check: Check, others: list[Check]) -> bool:
    """Whether the rows say already what the formula gives them. What does not fit in several ways is mended once."""
    misfits = (Blank, WrongLength, OutOfRange)
    apart = [
        each
        for each in others
        if not (isinstance(each, misfits) and isinstance(check, misfits) and (each.entity, each.field) == place)
    ]
    written = unsettled(apart)
    return all(is_settled(before, after, place[0], key, written) for key in formula.keys | formula.old_keys)


def unsettled(checks: Iterable[Check]) -> Unsettled:
    """What the switch writes itself, or brings back."""
    some = list(checks)
    restored = ((each.entity, each.field) for each in some if isinstance(each, Restored))
    return frozenset({*written_places(some), *restored})


def is_settled(before: Models, after: Models, entity: str, key: str, written: Unsettled) -> bool:
    """Whether a formula reads already what it will read at the switch, in the row or behind lookups that stay as they are."""
    *ways, last = key.split(".")
    for way in ways:
        target = _behind(before, after, entity, way, written)
        if target is None:
            return False
        entity = target
    if not _is_known(before, after, entity, written):
        return False
    return last == "id" or is_of_row(before, after, entity, last, written)


def _behind(before: Models, after: Models, entity: str, way: str, written: Unsettled) -> str | None:
    """The entity behind a lookup that stays as it is."""
    if not _is_known(before, after, entity, written) or (entity, way) in written:
        return None
    was, now_ = before.catalog.entities[entity].fields.get(way), after.catalog.entities[entity].fields.get(way)
    if was is None or now_ is None or was.target is None or was.target != now_.target:
        return None
    columns = before.tables[entity].c, after.tables[entity].c
    return now_.target if columns[0][way].name == columns[1][way].name else None


def _is_known(before: Models, after: Models, entity: str, written: Unsettled) -> bool:
    return entity in before.catalog.entities and entity in after.catalog.entities and (entity, None) not in written

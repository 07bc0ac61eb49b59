"""Values that a field held before it changed its type, and takes back when it becomes again what it was."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.definition import Catalog
from app.frozen import dataclass
from app.orm.models import Models, column_type
from app.plan.cells import cells_with_former, filled_cells
from app.plan.given import decision_of_link, given_of
from app.plan.giving_back import cells_back
from app.plan.past import Then
from app.plan.question import Converts, Former, LinksConvert
from app.plan.retype import ONE_COLUMN, changes_kind
from app.plan.step import Step
from app.plan.tombstone import Tombstone, earlier_forms, place_of, place_of_own
from app.record.convert import Convert, Cut, Side, find_conversion
from app.record.parsers import make_parser
from app.record.values import Bad


@dataclass(frozen=True)
class Converted:
    """What becomes of the value of a row: a new one, a `Cut` or a `Bad`; `is_own`: its own of before."""

    row: int
    value: Any
    is_own: bool = False


def with_former(
    step: Step, before: Models, after: Catalog, tombstones: Sequence[Tombstone], then: Callable[[Tombstone], Then]
) -> Step:
    """The step, knowing what its field held before it was of another type; without, where it never was what it becomes."""
    check = step.check
    if not isinstance(check, Converts | LinksConvert):
        return step
    now, was = _side(after, check), _side(before.catalog, check)
    if now.field.holds not in ONE_COLUMN or was.field.holds not in ONE_COLUMN:
        return step
    if isinstance(check, Converts):
        place = place_of(before.catalog, before.names, check.entity, check.field)
        given = given_of(before.catalog, check.entity, was.field)
    else:
        place = place_of_own(before.names, check.entity, check.field, check.own)
        link = before.catalog.get_field(check.entity, check.field).link_fields[check.own]
        given = decision_of_link(before.catalog, check.entity, was.field, link).given
    for each in earlier_forms(place, tombstones):
        _, dot, column = each.place.partition(".")
        former = _former(then(each), was, now, column, each.at) if dot else None
        if former is not None:
            former = replace(former, given=given.value if given else None)
            return replace(step, check=replace(check, former=former))
    return step


def _side(catalog: Catalog, check: Converts | LinksConvert) -> Side:
    a_field = catalog.get_field(check.entity, check.field)
    own = a_field.own_fields[check.own] if isinstance(check, LinksConvert) else a_field
    return Side(catalog, catalog.entities[check.entity], own)


def _former(then: Then, was: Side, now: Side, column: str, since: dt.datetime) -> Former | None:
    field_then = then.field.own_fields[then.own] if then.own else then.field
    if changes_kind(field_then, now.field) or now.field.encrypted:  # what is sealed is read in its own column only
        return None
    forth = find_conversion(Side(then.catalog, then.entity, field_then), was)
    if forth is None:
        return None
    parsers = make_parser(now.catalog, now.entity, now.field), make_parser(then.catalog, then.entity, field_then)
    return Former(column, column_type(field_then), forth, partial(_held_again, *parsers), since)


def _held_again(parse: Callable[[Any], Any], parse_then: Callable[[Any], Any], own: Any) -> Any:
    """What the field takes back: also a value that it held against its own limits, if those are today's."""
    found = parse(own)
    return own if isinstance(found, Bad) and parse_then(own) == found else found


def converted(connection: Connection, models: Models, check: Converts) -> Iterator[list[Converted]]:
    """What becomes of the values of all rows, those in the bin too, in batches; a row without a value is left out, and
    one for which that is prepared.
    """
    back = cells_back(connection, models, check.back) if check.back is not None else {}
    if check.former is None:
        cells_of = partial(filled_cells, changed_since=check.is_prepared)
        for cells in cells_of(connection, models, check.entity, check.field):
            held = [(row, back.pop(row, value)) for row, value in cells]
            yield [Converted(row, check.convert(value)) for row, value in held if value not in (None, ())]
    else:
        former = check.former
        column: sa.ColumnClause[Any] = sa.column(former.column, former.type)
        for rows in cells_with_former(connection, models, check.entity, check.field, column):
            found = (taken_back(former, check.convert, row, back.pop(row, value), *rest) for row, value, *rest in rows)
            yield [each for each in found if each is not None]
    if back:  # of rows that hold nothing now
        yield [Converted(row, check.convert(value)) for row, value in back.items() if value not in (None, ())]


def taken_back(
    former: Former, convert: Convert, row: int, value: Any, own: Any, saved: dt.datetime
) -> Converted | None:
    """What becomes of a value beside which what the field held before is, in a record that was last `saved` then; None: of none
    nothing.
    """
    if own is not None and _is_unchanged(former, value, own, saved):
        back = former.back(own)
        if back is not None and not isinstance(back, Bad):
            return Converted(row, back, is_own=True)
    return None if value is None else Converted(row, convert(value))


def _is_unchanged(former: Former, value: Any, own: Any, saved: dt.datetime) -> bool:
    """Whether the value of today is what the one of before became; what a formula gave it, nobody knows but by the time."""
    then = former.forth(own)
    if isinstance(then, Bad):
        return value in (None, False) or value == former.given or saved <= former.since
    return bool(value == (then.value if isinstance(then, Cut) else then))

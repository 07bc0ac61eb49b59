"""What of a plan can be worked out before its switch: new columns whose values follow from the same row alone.

A field that becomes another kind, or a new one that `backfill` gives a value. What reads other rows, the clock, or what the
same plan still writes is left to the switch, as is all of small tables; so is a row that needs a decision.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.elements import ColumnElement

from app.expression import Context
from app.expression.graph import Place
from app.frozen import dataclass
from app.orm.many import OWN_PREFIX, RECORD, many_key
from app.orm.models import Models
from app.orm.sealed import SealedText, ToSeal, keys_of
from app.orm.stages import since_columns
from app.orm.types import now
from app.plan.cells import cell_columns, cell_keys
from app.plan.defaults import fills_rows
from app.plan.question import (
    Blank,
    Check,
    Converts,
    GivesBack,
    Held,
    LinksConvert,
    Merged,
    NewFilled,
    OutOfRange,
    Refused,
    Repeated,
    WrongLength,
)
from app.plan.retype import ONE_COLUMN
from app.plan.schema import schema_change
from app.plan.step import Step
from app.record.convert import Cut
from app.record.parsers import make_parser
from app.record.values import Bad, bad

Values = tuple[Any, ...]
ID, IN_BIN = "id", "deleted_at"
LEFT: Mapping[str, Any] = {"": None}
"""Instead of values: the row is left to the switch."""


@dataclass(frozen=True)
class Filling:
    """A field whose new columns are filled. `give` takes the values of the `sources`, columns of the same table, and returns
    what is written, by key of column: `LEFT` for a row that is left alone altogether. It is asked for rows that are not in
    the bin, or, of a field that is `converted`, for those that hold a value. One that `reads_digits` makes of a text of digits
    the number that it is, so that it need not be asked for that.
    """

    place: Place
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    give: Callable[[Values], Mapping[str, Any]]
    converted: bool
    reads_digits: bool = False

    def applies(self, columns: sa.sql.ColumnCollection[str, sa.Column[Any]]) -> ColumnElement[bool]:
        """Whether it is asked for a row."""
        return columns[self.sources[0]].is_not(None) if self.converted else columns[IN_BIN].is_(None)


@dataclass(frozen=True)
class Preparing:
    """The fields of an entity, or the own fields of links `entity.field`, that can be filled beforehand; `columns` are the new ones
    of the table, and `identity` what tells its rows from each other: in the order of the first of these they are filled.
    """

    entity: str
    before: sa.Table
    after: sa.Table
    fillings: tuple[Filling, ...]
    signature: str
    identity: tuple[str, ...] = (ID,)

    @property
    def columns(self) -> tuple[sa.Column[Any], ...]:
        """The new columns."""
        return tuple(self.after.c[key] for each in self.fillings for key in each.targets)


class Change(NamedTuple):
    """What a plan leads from and to, and the database, whose keys seal what is written."""

    name: str
    dialect: Dialect


def find_preparing(
    before: Models,
    after: Models,
    steps: Sequence[Step],
    back: Collection[str],
    renamed: Collection[str],
    change: Change,
) -> Iterator[Preparing]:
    """By entity what can be prepared for the steps of a plan. `back` are the parts that come back, `renamed` the places whose
    options get other names.
    """
    other = frozenset(_places(renamed))
    written = other.union(written_places(each.check for each in steps if each.check is not None))
    new = {(each.table.name, each.key): each for each in schema_change(before, after, back).columns}
    for entity, table in after.tables.items():
        if entity not in before.tables or _writes_all(before, after, entity):
            continue
        found = []
        for step in steps:
            filling = _filling(before, after, entity, step, written, other)
            if filling is not None and all((table.name, key) in new for key in filling.targets):
                found.append(filling)
        plain = all(not new[table.name, key].foreign_keys for each in found for key in each.targets)
        if found and plain:
            yield Preparing(entity, before.tables[entity], table, tuple(found), _signature(change, table, found))
    for links, many in after.many.items():
        was = before.many.get(links)
        made = [_of_links(step, other) for step in steps if _is_of(step, links)]
        found = [each for each in made if each is not None and (many.table.name, each.targets[0]) in new]
        if was is not None and found:
            signature, identity = _signature(change, many.table, found), (RECORD, *many.identity)
            yield Preparing(links, was.table, many.table, tuple(found), signature, identity)


def _signature(change: Change, table: sa.Table, fillings: Iterable[Filling]) -> str:
    """What must be the same for an apply to go on where another was killed: with another key, what that one sealed would not open."""
    columns = [table.c[key] for each in fillings for key in each.targets]
    named = [change.name, table.name, *sorted(each.name for each in columns)]
    if any(isinstance(each.type, SealedText) for each in columns):
        named.append(keys_of(change.dialect).mark)
    return hashlib.sha256(" ".join(named).encode()).hexdigest()


def _places(names: Iterable[str]) -> Iterator[Place]:
    for each in names:
        entity, _, field = each.partition(".")
        yield entity, field


def written_places(checks: Iterable[Check]) -> Iterator[Place]:
    """The fields that the switch writes itself, so that nothing can be told of them before."""
    for each in checks:
        if isinstance(each, Converts | NewFilled | Blank | WrongLength | OutOfRange):
            yield each.entity, each.field
        elif isinstance(each, Merged):
            yield from ((holder[0], holder[1]) for holder in each.fields)
        elif isinstance(each, GivesBack):
            yield each.holder[0], each.holder[1]
        elif isinstance(each, Refused):
            yield from each.mended
        elif isinstance(each, Repeated) and each.emptied is not None:
            yield each.entity, each.emptied
        elif isinstance(each, Held):
            yield from ((holder[0], holder[1]) for holder in each.holders)


def _writes_all(before: Models, after: Models, entity: str) -> bool:
    """Whether the switch writes all rows for another reason: they would be done twice."""
    was, now_ = before.catalog.entities[entity], after.catalog.entities[entity]
    stages = [key for key in since_columns(now_) if key not in was.fields]
    defaults = [key for key, each in now_.fields.items() if key not in was.fields and fills_rows(each)]
    return bool(stages or defaults or (was.currency is None and now_.currency is not None))


def _filling(
    before: Models, after: Models, entity: str, step: Step, written: Collection[Place], renamed: Collection[Place]
) -> Filling | None:
    check = step.check
    if not isinstance(check, Converts | NewFilled) or check.entity != entity:
        return None
    field = after.catalog.get_field(entity, check.field)
    if field.holds not in ONE_COLUMN or field.translated or field.is_computed:
        return None
    targets = tuple(cell_keys(after.tables[entity], check.field))
    if isinstance(check, NewFilled):
        given = _given(before, after, check, targets, written)
        return _sealed_by_row(after.tables[entity], given) if given is not None else None
    was = before.catalog.get_field(entity, check.field)
    if (
        was.holds not in ONE_COLUMN
        or check.former is not None
        or check.back is not None
        or (entity, check.field) in renamed
    ):
        return None
    give = _converting(after, check, targets, loses=step.risk == "destructive")
    plain = was.holds == "text" and not was.encrypted
    digits = plain and field.type == "integer" and field.min is None is field.max
    found = Filling((entity, check.field), (check.field,), targets, give, converted=True, reads_digits=digits)
    return _sealed_by_row(after.tables[entity], found)


def _is_of(step: Step, links: str) -> bool:
    return isinstance(step.check, LinksConvert) and many_key(step.check.entity, step.check.field) == links


def _of_links(step: Step, renamed: Collection[Place]) -> Filling | None:
    check = step.check
    if not isinstance(check, LinksConvert) or check.former is not None or check.place in renamed:
        return None
    key = OWN_PREFIX + check.own
    convert = _converted(check, loses=step.risk == "destructive")

    def give(values: Values) -> Mapping[str, Any]:
        found = convert(values[0])
        return LEFT if isinstance(found, Bad) else {key: found}

    return Filling(check.place, (key,), (key,), give, converted=True)


def _sealed_by_row(table: sa.Table, filling: Filling) -> Filling:
    """What is sealed is sealed for its row, whose id is read, too, as the last of the sources."""
    sealed = [key for key in filling.targets if isinstance(table.c[key].type, SealedText)]
    if not sealed:
        return filling

    def give(values: Values) -> Mapping[str, Any]:
        *rest, row = values
        found = filling.give(tuple(rest))
        if found is LEFT:
            return LEFT
        return {key: ToSeal(row, each) if key in sealed and each is not None else each for key, each in found.items()}

    return replace(filling, sources=(*filling.sources, ID), give=give)


def _converting(
    after: Models, check: Converts, targets: Sequence[str], *, loses: bool
) -> Callable[[Values], Mapping[str, Any]]:
    table, convert = after.tables[check.entity], _converted(check, loses=loses)

    def give(values: Values) -> Mapping[str, Any]:
        found = convert(values[0])
        return LEFT if isinstance(found, Bad) else cell_columns(table, check.field, targets, found)

    return give


def _converted(check: Converts | LinksConvert, *, loses: bool) -> Callable[[Any], Any]:
    """As the switch converts: a Bad for what is left to it, as is what would lose something unless that was allowed."""
    given = check.decision.given
    constant = given is not None and given.formula is None

    def convert(value: Any) -> Any:
        found = check.convert(value)
        if isinstance(found, Bad):
            return given.value if given is not None and constant else found
        if isinstance(found, Cut):
            return found.value if loses else bad("field.type")
        return found

    return convert


def _given(
    before: Models, after: Models, check: NewFilled, targets: tuple[str, ...], written: Collection[Place]
) -> Filling | None:
    place, given, table = (check.entity, check.field), check.given, after.tables[check.entity]
    if given.wrong:
        return None
    if given.formula is None:
        values = cell_columns(table, check.field, targets, given.value)
        return Filling(place, (), targets, lambda _row: values, converted=False)
    keys = tuple(sorted(given.formula.keys | given.formula.old_keys))
    if given.formula.reads_clock or not all(is_of_row(before, after, check.entity, key, written) for key in keys):
        return None
    return Filling(place, keys, targets, _working_out(after, check, keys, targets), converted=False)


def is_of_row(
    before: Models, after: Models, entity: str, key: str, written: Collection[tuple[str, str | None]]
) -> bool:
    """Whether what a formula reads is in the row already as it will be when the switch asks for it."""
    was, now_ = before.catalog.entities[entity].fields.get(key), after.catalog.entities[entity].fields.get(key)
    if was is None or now_ is None or was.is_computed or now_.is_computed or (entity, key) in written:
        return False
    if was.encrypted or now_.encrypted:
        return False
    columns = before.tables[entity].c, after.tables[entity].c
    return was.holds in ONE_COLUMN and columns[0][key].name == columns[1][key].name


def _working_out(
    after: Models, check: NewFilled, keys: Sequence[str], targets: Sequence[str]
) -> Callable[[Values], Mapping[str, Any]]:
    catalog, formula = after.catalog, check.given.formula
    assert formula is not None
    evaluate, context = formula.evaluate, Context(now(), ZoneInfo(catalog.pack.time_zone))
    table, field = after.tables[check.entity], catalog.get_field(check.entity, check.field)
    parse = make_parser(catalog, catalog.entities[check.entity], field)

    def give(values: Values) -> Mapping[str, Any]:
        row = dict(zip(keys, values, strict=True))
        found = parse(evaluate(row, row, context))
        if isinstance(found, Bad) or (found is None and field.required):
            return LEFT  # the switch says so
        return cell_columns(table, check.field, targets, found)

    return give

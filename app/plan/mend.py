"""At the switch: values become those of another kind, and rows that do not fit get what the YAML says."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.expression.graph import Place as GraphPlace
from app.orm.counters import next_changed_seq
from app.orm.many import OWN_PREFIX, many_key
from app.orm.models import Models
from app.orm.types import AnyId
from app.plan.approvals_turned import turn_back, turned_back
from app.plan.cells import BATCH, blank_of, cell_keys, held_cells, write_cells
from app.plan.entered import settle_entered
from app.plan.existing import SAMPLES
from app.plan.former import converted
from app.plan.giving_back import Batch, batches_after, batches_before
from app.plan.links import give_to_links, mend_links
from app.plan.links_given import Identity, given_to_links
from app.plan.merging import merge_option
from app.plan.misfits import Misfits, listed, rows_that_do_not_fit
from app.plan.overwritten import Keeping, Place, forget_given_back, identity_of, link_place, may_be_kept
from app.plan.prepared import changed_since, holds_good
from app.plan.question import (
    Blank,
    Check,
    Converts,
    Decision,
    Given,
    GivesBack,
    LinksConvert,
    LinksFit,
    Merged,
    NewFilled,
    OutOfRange,
    Prepares,
    Refused,
    Repeated,
    WrongLength,
)
from app.plan.refused import emptied_cells, to_mend
from app.plan.repeated import later_rows
from app.plan.stage_moves import move_back
from app.plan.tombstone import place_of, place_of_own
from app.plan.trial import given_cells
from app.record.convert import Cut
from app.record.values import Bad

Write = Callable[[str, str, Collection[tuple[int, Any]]], None]
"""Of an entity a field, and its values by the ids of rows."""


class DoesNotFit(RuntimeError):
    """A value that a formula gives to a row does not fit its field: nothing may be changed."""

    code = "PLN532"


class WrittenMeanwhile(DoesNotFit):
    """Rows have come that the plan knows nothing of."""

    code = "PLN505"


@dataclass
class Mending:
    """What is written into existing rows at one switch, keeping what it overwrites. `counts` says in how many rows of which field."""

    keeping: Keeping
    before: Models
    after: Models
    counts: dict[GraphPlace, int] = field(default_factory=dict)

    @property
    def connection(self) -> Connection:
        """That of the switch."""
        return self.keeping.connection

    @cached_property
    def mark(self) -> int:
        """The number that marks every row that changes."""
        return next_changed_seq(self.connection)

    def write(self, entity: str, key: str, cells: Collection[tuple[int, Any]]) -> None:
        """Writes values of a field, and counts them."""
        write_cells(self.connection, self.after, entity, key, list(cells), self.mark)
        self.note(entity, key, len(cells))

    def overwrite(self, entity: str, key: str, cells: Collection[tuple[int, Any]]) -> None:
        """As `write`, of rows that hold something else there, which is kept."""
        every, a_field = list(cells), self.after.catalog.get_field(entity, key)
        place = place_of(self.after.catalog, self.after.names, entity, key)
        blank = () if a_field.is_list else blank_of(self.after.tables[entity].c[key])
        for start in range(0, len(every) if may_be_kept(a_field) else 0, BATCH):
            some = every[start : start + BATCH]
            held = held_cells(self.connection, self.after, entity, key, [row for row, _ in some])
            self.keeping.note(place, ((Place(row), held[row], blank if new is None else new) for row, new in some))
        self.write(entity, key, every)

    def note(self, entity: str, key: str, count: int) -> None:
        """So many rows were written in a field."""
        if count:
            self.counts[entity, key] = self.counts.get((entity, key), 0) + count


def mend_rows(
    keeping: Keeping, before: Models, after: Models, checks: Iterable[Check | None]
) -> Mapping[GraphPlace, int]:
    """Gives back, converts, fills and empties as the questions of a plan's steps say; the tables have their new columns. Returns how
    many rows were written, by field. Raises DoesNotFit.
    """
    mending, connection = Mending(keeping, before, after), keeping.connection
    asked = [each for each in checks if each is not None]
    backs = [each for each in asked if isinstance(each, GivesBack)]
    settle_entered(connection, before, after, {place for back in backs for place in back.places})
    for back in backs:  # first: the rest finds rows as they were
        _give_back(mending, before, back, batches_before(connection, before, back))
    unwanted = [each for check in asked if isinstance(check, Refused) for each in to_mend(connection, before, check)]
    _take_over(mending, (each for each in asked if isinstance(each, Prepares) and each.is_prepared))
    refused = [(each, _convert(mending, each)) for each in asked if isinstance(each, Converts)]
    links = [(link, *_mend_links(mending, link)) for link in asked if isinstance(link, LinksConvert | LinksFit)]
    _refuse_undecided(refused)
    for back in backs:
        _give_back(mending, after, back, batches_after(connection, after, back))
        forget_given_back(connection, back.places, back.after)
    acts = [*_given_to(mending, refused), *_mended(mending, asked)]
    for act in in_order(acts):  # once all is converted: formulas read that
        act.carry_out()
    for place, decision, option, ids in unwanted:  # found before anything was written
        _mend_unwanted(mending, place, decision, option, ids)
    for link, some, held in links:  # once their ends have their values
        _give_to_links(mending, link, some, held)
    for each in asked:  # once the rest has its values
        if isinstance(each, Repeated) and each.emptied is not None:
            ids = later_rows(connection, after, each)
            mending.overwrite(each.entity, each.emptied, [(row, None) for row in ids])
    return mending.counts


def _give_back(mending: Mending, models: Models, check: GivesBack, batches: Iterable[Batch]) -> None:
    entity, key, *own = check.holder
    is_stage = models.catalog.get_field(entity, key).type == "stage"
    if is_stage:
        turn_back(mending.connection, list(turned_back(mending.connection, check)), mending.mark)
    for cells in (each.cells for each in batches):
        if own:
            many = models.many[many_key(entity, key)]
            links = [(identity_of(many, each.at), each.new) for each in cells]
            give_to_links(mending.connection, models, (entity, key, own[0]), links, mending.mark)
        elif is_stage:
            moves = ((each.at.record, each.now, each.new) for each in cells)
            move_back(mending.connection, models, (entity, key), moves, mending.mark)
        else:
            write_cells(
                mending.connection, models, entity, key, [(each.at.record, each.new) for each in cells], mending.mark
            )
        mending.note(entity, key, len(cells))


class Act(NamedTuple):
    """Something that is written, the fields that it writes, and those that the formula of it reads."""

    writes: frozenset[GraphPlace]
    reads: frozenset[GraphPlace]
    carry_out: Callable[[], None]


def in_order(acts: Iterable[Act]) -> Iterator[Act]:
    """Those first that write what others read; where they read each other, as they come."""
    waiting = list(acts)
    while waiting:
        ready = (each for each in waiting if not any(each.reads & one.writes for one in waiting if one is not each))
        act = next(ready, waiting[0])
        waiting.remove(act)
        yield act


def _given_to(mending: Mending, refused: Iterable[tuple[Converts, Collection[int]]]) -> Iterator[Act]:
    """What rows get whose value does not convert."""
    for check, ids in refused:
        given = check.decision.given
        place = check.entity, check.field
        yield _act(mending, check, given, partial(_give, mending, place, given, ids, mending.write))


def _mended(mending: Mending, asked: Iterable[Check]) -> Iterator[Act]:
    """New fields that are filled, values that do not fit, options that are merged."""
    for each in asked:
        if isinstance(each, NewFilled):
            yield _act(mending, each, each.given, partial(_fill, mending, each))
        elif isinstance(each, Blank | WrongLength | OutOfRange):
            yield _act(mending, each, each.decision.given, partial(_mend, mending, each))
        elif isinstance(each, Merged):
            writes = frozenset((entity, key) for entity, key, *_ in each.fields)
            yield Act(writes, frozenset(), partial(_merge, mending, each))


def _act(
    mending: Mending, check: Converts | NewFilled | Misfits, given: Given | None, carry_out: Callable[[], None]
) -> Act:
    formula = given.formula if given is not None else None
    keys = formula.keys | formula.old_keys if formula is not None else ()
    reads = frozenset(_place(mending.after, check.entity, key) for key in keys)
    return Act(frozenset({(check.entity, check.field)}), reads - {(check.entity, check.field)}, carry_out)


def _place(models: Models, entity: str, key: str) -> GraphPlace:
    """Where what a formula calls so stands, through lookups."""
    *ways, last = key.split(".")
    for way in ways:
        entity = models.catalog.get_field(entity, way).target or entity
    return entity, last


def _fill(mending: Mending, check: NewFilled) -> None:
    ids = _ids(mending, check.entity, _not_prepared(mending, check))
    _give(mending, (check.entity, check.field), check.given, ids, mending.write)


def _merge(mending: Mending, check: Merged) -> None:
    for place in check.fields:
        entity, key, *_ = place
        mending.note(entity, key, merge_option(mending.keeping, mending.after, place, check, mending.mark))


def _refuse_undecided(refused: Iterable[tuple[Converts, Collection[int]]]) -> None:
    """Nothing is lost that the plan did not speak of: on PostgreSQL rows are asked before others are kept from writing."""
    for check, ids in refused:
        if ids and check.decision.given is None and check.decision.existing != "blank":
            shown = f"{check.entity}.{check.field}: ids {listed(sorted(ids)[:SAMPLES])}"
            raise WrittenMeanwhile(f"a value that was written meanwhile does not convert: {shown}")


def _mend_unwanted(
    mending: Mending, place: GraphPlace, decision: Decision, option: str | None, ids: Collection[int]
) -> None:
    if decision.given is not None:
        _give(mending, place, decision.given, ids, mending.overwrite)
    else:
        mending.overwrite(*place, emptied_cells(mending.connection, mending.after, place, option, list(ids)))


def _not_prepared(mending: Mending, check: NewFilled) -> sa.ColumnElement[bool]:
    return changed_since(mending.connection, mending.after.tables[check.entity]) if check.is_prepared else sa.true()


def _take_over(mending: Mending, checks: Iterable[Prepares]) -> None:
    """What was prepared counts as written; in rows that changed since it goes."""
    for each in checks:
        _take_over_one(mending, each)


def _take_over_one(mending: Mending, check: Prepares) -> None:
    table, was = mending.after.tables[check.entity], mending.before.tables[check.entity]
    keys, here = cell_keys(table, check.field), was.c.deleted_at.is_(None)
    if isinstance(check, LinksConvert):
        links = many_key(check.entity, check.field)
        table, was, keys = mending.after.many[links].table, mending.before.many[links].table, [OWN_PREFIX + check.own]
    if not isinstance(check, NewFilled):
        here = was.c[keys[0]].is_not(None)
    query = sa.select(sa.func.count()).select_from(was).where(holds_good(was), here)
    mending.note(check.entity, check.field, mending.connection.execute(query).scalar_one())
    columns = [table.c[key] for key in keys]
    blank = {each: blank_of(each) for each in columns}
    filled = sa.or_(*(each.is_distinct_from(value) for each, value in blank.items()))
    mending.connection.execute(sa.update(table).where(changed_since(mending.connection, table), filled).values(blank))


def _give_to_links(
    mending: Mending, check: LinksConvert | LinksFit, links: Sequence[Identity], held: Sequence[Any]
) -> None:
    formula = check.decision.given.formula if check.decision.given else None
    if formula is None or not links:
        return
    after = mending.after
    values = list(given_to_links(mending.connection, after, after.catalog, check, formula, links))
    wrong = next((link for link, value in values if isinstance(value, Bad)), None)
    if wrong is not None:
        told = f"{check.entity}.{check.field}.{check.own}: `backfill` gives a link of record {wrong['record']} no value that fits"
        raise DoesNotFit(told)
    _keep_links(mending, check, [(link, each, new) for (link, new), each in zip(values, held, strict=False)])
    give_to_links(mending.connection, after, (check.entity, check.field, check.own), values, mending.mark)
    mending.note(check.entity, check.field, len(values))


def _keep_links(mending: Mending, check: LinksConvert | LinksFit, values: Sequence[tuple[Identity, Any, Any]]) -> None:
    after = mending.after
    many = after.many[many_key(check.entity, check.field)]
    if may_be_kept(many.field.own_fields[check.own]):
        place = place_of_own(after.names, check.entity, check.field, check.own)
        for start in range(0, len(values), BATCH):
            some = values[start : start + BATCH]
            mending.keeping.note(place, ((link_place(many, link), old, new) for link, old, new in some))


def _mend_links(mending: Mending, check: LinksConvert | LinksFit) -> tuple[Sequence[Identity], Sequence[Any]]:
    """Writes what is decided; the links that a formula gives something, and of those what they say still."""
    mended = mend_links(mending.connection, mending.before, mending.after, check, mending.mark)
    if mended.undecided:
        shown = f"{check.entity}.{check.field}.{check.own}: ids {listed(sorted(mended.undecided)[:SAMPLES])}"
        raise WrittenMeanwhile(f"a value that was written meanwhile does not convert: {shown}")
    mending.note(check.entity, check.field, mended.count)
    if mended.asked:
        return mended.asked, [old for _, old in mended.overwritten]
    given = check.decision.given.value if check.decision.given else None
    _keep_links(mending, check, [(link, old, given) for link, old in mended.overwritten])
    return (), ()


def _convert(mending: Mending, check: Converts) -> list[int]:
    """Writes what can be converted; the rows of the rest."""
    refused: list[int] = []
    for rows in converted(mending.connection, mending.before, check):
        cells: list[tuple[int, Any]] = []
        for each in rows:
            if isinstance(each.value, Bad):
                refused.append(each.row)
            else:
                cells.append((each.row, each.value.value if isinstance(each.value, Cut) else each.value))
        mending.write(check.entity, check.field, cells)
    return refused


def _mend(mending: Mending, check: Misfits) -> None:
    decision = check.decision
    if decision.given is None and decision.existing != "blank":
        return
    ids = rows_that_do_not_fit(mending.connection, mending.after, check)
    given, column = decision.given, mending.after.tables[check.entity].c.get(check.field)
    if isinstance(check, Blank) and given is not None and given.formula is None and column is not None:
        if may_be_kept(mending.after.catalog.get_field(check.entity, check.field)) and not isinstance(
            given.value, AnyId
        ):
            mending.keeping.blank(column, given.value)
        mending.write(check.entity, check.field, [(row, given.value) for row in ids])
    elif decision.given is not None:
        _give(mending, (check.entity, check.field), decision.given, ids, mending.overwrite)
    else:
        mending.overwrite(check.entity, check.field, [(row, None) for row in ids])


def _give(mending: Mending, place: GraphPlace, given: Given | None, ids: Collection[int], write: Write) -> None:
    if given is None or not ids:
        return
    entity, key = place
    if given.formula is None:
        write(entity, key, [(row, given.value) for row in ids])
        return
    after = mending.after
    for cells in given_cells(mending.connection, after, after.catalog, (entity, key), given.formula, frozenset(ids)):
        wrong = next((row for row, value in cells if isinstance(value, Bad)), None)
        if wrong is not None:
            raise DoesNotFit(f"{entity}.{key}: `backfill` gives record {wrong} no value that fits")
        write(entity, key, cells)


def _ids(mending: Mending, entity: str, condition: sa.ColumnElement[bool]) -> list[int]:
    table = mending.after.tables[entity]
    query = sa.select(table.c.id).where(table.c.deleted_at.is_(None), condition).order_by(table.c.id)
    return list(mending.connection.execute(query).scalars())

"""What a rollback gives back: values that were overwritten since, wherever nobody has written another one after that."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.definition import Catalog, Field
from app.frozen import dataclass
from app.orm.many import OWN_PREFIX, RECORD, many_key
from app.orm.models import Models
from app.orm.types import AnyId
from app.plan.cells import held_cells
from app.plan.overwritten import WORKED_OUT, Place, kept_of, link_place, read, stored
from app.plan.question import GivesBack
from app.record.lists import make_list_parser
from app.record.parsers import make_parser
from app.record.values import Bad

_CHANGED = object()
"""Instead of what links are: somebody has said something of them."""


class Cell(NamedTuple):
    """What is there, what it holds and what it gets."""

    at: Place
    now: Any
    new: Any


class Batch(NamedTuple):
    """What some records get back, how many values were changed since, and the records whose value does not fit any more."""

    cells: Sequence[Cell]
    edited: int
    unfit: Sequence[int]


@dataclass(frozen=True)
class _Giving:
    """Asks what is held in `models`, which say how things are called and where they are."""

    connection: Connection
    models: Models
    check: GivesBack

    @cached_property
    def now(self) -> Field:
        """The field as it is in these tables."""
        return field_of(self.models.catalog, self.check.holder)

    def batches(self, places: Sequence[str], *, is_judged: bool) -> Iterator[Batch]:
        """By records; `is_judged` tells to look whether values fit."""
        for kept in kept_of(self.connection, places, self.check.after):
            held, cells, edited, unfit = self._held(kept), list[Cell](), 0, list[int]()
            for at, told in kept.items():
                if at not in held:
                    continue  # the record or the link is no more
                text = stored(held[at]) if held[at] is not _CHANGED else ""
                value, since = undone(text, told)
                if since is None:
                    edited += 1
                elif value != text:
                    new = read(value, self.now)
                    if is_judged and not self._fits(new, since):
                        unfit.append(at.record)
                    else:
                        cells.append(Cell(at, held[at], new))
            there = self._pointing_somewhere(cells)
            if len(there) < len(cells):
                known = {each.at for each in there}
                unfit += [each.at.record for each in cells if each.at not in known]
            yield Batch(there, edited, unfit)

    def _held(self, kept: Collection[Place]) -> dict[Place, Any]:
        entity, key, *own = self.check.holder
        records = sorted({at.record for at in kept})
        many = self.models.many.get(many_key(entity, key))
        if many is None or not own:
            held = held_cells(self.connection, self.models, entity, key, records)
            said = {} if many is None else self._saying(records)
            return {Place(row): said.get(row, value) for row, value in held.items()}
        c, names = many.table.c, (RECORD, *many.identity)
        here = c[RECORD].between(records[0], records[-1])
        found = self.connection.execute(sa.select(*(c[each] for each in names), c[OWN_PREFIX + own[0]]).where(here))
        return {link_place(many, dict(zip(names, row[:-1], strict=True))): row[-1] for row in found}

    def _saying(self, records: Sequence[int]) -> dict[int, Any]:
        """The records of links of which somebody said something: these are not those that an apply made."""
        entity, key, *_ = self.check.holder
        many = self.models.many[many_key(entity, key)]
        c, own = many.table.c, [many.table.c[OWN_PREFIX + each] for each in many.field.link_fields]
        if not own:
            return {}
        said = sa.or_(*(each.is_(True) if isinstance(each.type, sa.Boolean) else each.is_not(None) for each in own))
        here = c[RECORD].between(records[0], records[-1])
        return dict.fromkeys(self.connection.execute(sa.select(c[RECORD]).where(here, said)).scalars(), _CHANGED)

    def _fits(self, value: Any, since: int) -> bool:
        check, then = self.check, field_of(self.check.catalog, self.check.holder)
        if check.options is not None:
            held = value if isinstance(value, tuple) else () if value is None else (value,)
            if any(check.names.get(each, each) not in check.options for each in held):
                return False
            return bool(held) or not then.required or since in check.fitting
        if since in check.fitting:
            return True
        if value in (None, ()):
            return not then.required
        entity = check.catalog.entities[check.holder[0]]
        parse = make_list_parser(check.catalog, entity, then) or make_parser(check.catalog, entity, then)
        return not isinstance(parse(value), Bad)

    def _pointing_somewhere(self, cells: Sequence[Cell]) -> Sequence[Cell]:
        """Without those that point to records that are gone."""
        if self.now.holds not in {"reference", "any", "references"}:
            return cells
        wanted: dict[str, set[int]] = {}
        for each in cells:
            for target, row in _ids(each.new, self.now):
                wanted.setdefault(target, set()).add(row)
        there = {target: self._existing(target, sorted(rows)) for target, rows in wanted.items()}
        return [each for each in cells if all(row in there[target] for target, row in _ids(each.new, self.now))]

    def _existing(self, target: str, rows: Sequence[int]) -> set[int]:
        if target not in self.models.tables:
            return set()
        c = self.models.tables[target].c
        return set(self.connection.execute(sa.select(c.id).where(c.id.in_(rows))).scalars())


def _ids(value: Any, a_field: Field) -> Iterator[tuple[str, int]]:
    every = (value,) if isinstance(value, AnyId) or not isinstance(value, tuple) else value
    for each in every:
        if isinstance(each, AnyId):
            yield each.entity, each.id
        elif each is not None:
            yield a_field.targets[0], each


def undone(text: str | None, told: Sequence[tuple[int, str | None, str | None]]) -> tuple[str | None, int | None]:
    """What a value was before the switches that overwrote it, the newest first, and the earliest that is undone: None where it
    has been changed since.
    """
    earliest = None
    for since, old, became in told:
        if became not in {text, WORKED_OUT}:
            break
        text, earliest = old, since
    return text, earliest


def field_of(catalog: Catalog, holder: Sequence[str]) -> Field:
    """The field, or the own field of links."""
    entity, key, *own = holder
    a_field = catalog.get_field(entity, key)
    return a_field.own_fields[own[0]] if own else a_field


def batches_before(connection: Connection, before: Models, check: GivesBack) -> Iterator[Batch]:
    """What is given back before anything else is written. What then changes its kind is judged by that."""
    places = check.places[:1] if check.converts else check.places
    return _Giving(connection, before, check).batches(places, is_judged=not check.converts)


def batches_after(connection: Connection, after: Models, check: GivesBack) -> Iterator[Batch]:
    """What was overwritten in an earlier form of a field, and is given back once its values are of this kind again."""
    if check.converts and check.places[1:]:
        yield from _Giving(connection, after, check).batches(check.places[1:], is_judged=True)


def cells_back(connection: Connection, before: Models, check: GivesBack) -> dict[int, Any]:
    """What records, those in the bin too, get back in a field, by their ids."""
    return {each.at.record: each.new for batch in batches_before(connection, before, check) for each in batch.cells}


def links_back(connection: Connection, before: Models, check: GivesBack | None) -> dict[Place, Any]:
    """What links get back in an own field, by their places; nothing where nothing is asked."""
    batches = batches_before(connection, before, check) if check is not None else ()
    return {each.at: each.new for batch in batches for each in batch.cells}


def rows_back(connection: Connection, before: Models, checks: Collection[GivesBack], option: str) -> list[int]:
    """The records that hold an option only until something is given back to them; links by that of their record, each."""
    found = []
    for check in checks:
        for batch in batches_before(connection, before, check):
            found += [each.at.record for each in batch.cells if _has(each.now, option) and not _has(each.new, option)]
    return found


def _has(held: Any, option: str) -> bool:
    return option in held if isinstance(held, tuple) else held == option

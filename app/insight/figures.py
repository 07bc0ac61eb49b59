"""The figures of a report in the reader's scope: one statement, and one for the names of records that it is grouped by."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from itertools import product
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.access import actor_of, context_of, is_allowed, models_of, now_of, reads_in_clear
from app.definition.dashboard import Target
from app.expression import BOOL, Checked, get_expression
from app.expression.reports import read_added
from app.frozen import dataclass
from app.insight.labels import labels
from app.insight.periods import between, moved, period_of
from app.insight.reports import Figure, Grouping, ReadReport
from app.orm.expression import condition, scoped, value
from app.orm.fixed import fixed_number

MOST_CELLS = 2_000
MOST_PLACES = 60  # on each side: more is no chart, and no table that anybody reads

Value = Any  # what a dimension has: a key, an id, a day, a number, a text, a flag; None where it is blank
Place = tuple[Value, ...]
_BY_WEIGHT = frozenset({"ref", "text"})  # of which there may be many: those that matter come first


@dataclass(frozen=True)
class Tally:
    """One measure over some records: `total` is the sum, the least or the greatest of `number` values; None: there is none."""

    total: Any
    number: int

    def shown(self, figure: Figure) -> Any:
        """What people read: an average is the sum by the number."""
        if figure.kind == "average":
            return Decimal(self.total) / self.number if self.number else None
        return self.total


Point = tuple[dt.date, "Tally"]
Cell = tuple[Tally, ...]


@dataclass(frozen=True)
class Figures:
    """The figures by place: `rows` and `across` in the order that they are shown in, `cells` by both, in the order of the
    report's measures. `cut` where there are more places than are shown, `partial` where there are more cells than were
    read; `names` of records by (entity, id).
    """

    listed: ReadReport
    rows: tuple[Place, ...]
    across: tuple[Place, ...]
    cells: Mapping[tuple[Place, Place], Cell]
    names: Mapping[tuple[str, int], str]
    cut: bool
    partial: bool

    def tally(self, rows: Iterable[Place] | None, across: Iterable[Place] | None, figure: Figure) -> Tally | None:
        """The measure over several cells, None standing for every place, those not shown, too.

        None where it can't be told from the cells: of different values nobody knows which are the same, and nothing of
        what is `partial`.
        """
        if self.partial and (rows is None or (across is None and self.listed.across)):
            return None
        number = list(self.listed.figures).index(figure.key)
        found = [cell[number] for cell in self._at(rows, across)]
        return None if figure.kind == "different" and len(found) > 1 else _together(figure, found)

    def _at(self, rows: Iterable[Place] | None, across: Iterable[Place] | None) -> Iterable[Cell]:
        if rows is not None and across is not None:
            return [self.cells[place] for place in product(rows, across) if place in self.cells]
        if rows is not None:
            return [cell for row in rows for cell in self._sides[0].get(row, ())]
        if across is not None:
            return [cell for over in across for cell in self._sides[1].get(over, ())]
        return self.cells.values()

    @cached_property
    def _sides(self) -> tuple[dict[Place, list[Cell]], dict[Place, list[Cell]]]:
        """The cells of each row and of each column: a page asks for the totals of all of them."""
        rows: dict[Place, list[Cell]] = {}
        across: dict[Place, list[Cell]] = {}
        for (row, over), cell in self.cells.items():
            rows.setdefault(row, []).append(cell)
            across.setdefault(over, []).append(cell)
        return rows, across


def read_figures(session: Session, listed: ReadReport) -> Figures:
    """What the report says to whoever the session reads for."""
    rows, partial = _cells(session, listed, (*listed.rows, *listed.across))
    width = len(listed.rows)
    cells = {(key[:width], key[width:]): tallies for key, tallies in rows.items()}
    names = _names(session, (*listed.rows, *listed.across), rows)
    drawn = list(listed.figures).index(listed.drawn.key)
    first, one = _ordered(listed.rows, listed, [(key[0], each[drawn]) for key, each in cells.items()])
    second, other = _ordered(listed.across, listed, [(key[1], each[drawn]) for key, each in cells.items()])
    return Figures(listed, first, second, cells, names, one or other or partial, partial)


def read_trend(session: Session, listed: ReadReport, figure: Figure, today: dt.date, back: int) -> list[Point]:
    """The measure in this period of the report's time and in so many before it. One statement."""
    assert listed.time is not None
    assert listed.time.per is not None
    per, begins = listed.time.per, listed.time.first_month
    here = period_of(per, today, begins)
    first = moved(per, here, -back)
    cells, _ = _cells(session, listed, (listed.time,), (first, here))
    number = list(listed.figures).index(figure.key)
    found = []
    for day in (moved(per, first, at) for at in range(back + 1)):
        cell = cells.get((day,))
        found.append((day, cell[number] if cell is not None else _together(figure, ())))
    return found


def read_stretch(session: Session, listed: ReadReport, figure: Figure, first: dt.date, last: dt.date) -> Tally:
    """The measure over some days of the report's time, both ends included. One statement."""
    assert listed.time is not None
    day = get_expression(models_of(session).catalog, listed.report.entity, listed.time.path)
    cells, _ = _cells(session, listed, (), (first, last), day)
    number = list(listed.figures).index(figure.key)
    return _together(figure, [each[number] for each in cells.values()])


def _cells(
    session: Session,
    listed: ReadReport,
    groups: Sequence[Grouping],
    window: tuple[dt.date, dt.date] | None = None,
    by: Checked | None = None,
) -> tuple[dict[Place, tuple[Tally, ...]], bool]:
    """The measures by the values of the groups, within a window where there is one: of days `by`, else of the time's periods."""
    models, actor = models_of(session), actor_of(session)
    context = context_of(models.catalog, actor, now_of(session))
    source = scoped(models, listed.report.entity)
    columns = [value(source, each.value.root, context).label(f"g{place}") for place, each in enumerate(groups)]
    for place, figure in enumerate(listed.figures.values()):
        measured = source.column("id") if figure.of is None else value(source, figure.of.root, context)
        columns.append(measured.label(f"m{place}"))
    where = [condition(source, each.root, context) for each in listed.where]
    if window is not None and listed.time is not None:
        start = value(source, (by or listed.time.value).root, context)
        where += [start >= sa.literal(window[0], sa.Date()), start <= sa.literal(window[1], sa.Date())]
    # The values first, then their groups: an expression with parameters is another one each time it is written.
    inner = source.joined(sa.select(*columns)).where(*where).subquery()
    keys = [inner.c[f"g{place}"] for place in range(len(groups))]
    taken = [each for place, one in enumerate(listed.figures.values()) for each in _taken(one, inner.c[f"m{place}"])]
    statement = sa.select(*keys, *taken).group_by(*keys).limit(fixed_number(MOST_CELLS + 1))
    if any(each.base in _BY_WEIGHT for each in groups):  # where they are too many, those that matter are read
        drawn = list(listed.figures).index(listed.drawn.key)
        total, counted = taken[2 * drawn : 2 * drawn + 2]
        weight = total / sa.func.nullif(counted, 0) if listed.drawn.kind == "average" else total
        statement = statement.order_by(weight.desc().nulls_last())
    found = session.execute(statement).all()
    cells = {}
    for row in found[:MOST_CELLS]:
        values, totals = tuple(row[: len(keys)]), row[len(keys) :]
        tallies = (Tally(_plain(totals[2 * at]), totals[2 * at + 1] or 0) for at in range(len(listed.figures)))
        cells[values] = tuple(tallies)
    return cells, len(found) > MOST_CELLS


def _taken(figure: Figure, column: Any) -> tuple[Any, Any]:
    """The total and the number of values."""
    number = sa.func.count(column)
    match figure.kind:
        case "count":
            return sa.func.count(column), number
        case "different":
            return sa.func.count(sa.distinct(column)), number
        case "min":
            return sa.func.min(column), number
        case "max":
            return sa.func.max(column), number
    return sa.func.sum(column, type_=column.type), number


def _plain(found: Any) -> Any:
    """Sums of whole numbers come as floats from no database, but as decimals from one."""
    return Decimal(found) if isinstance(found, int) and not isinstance(found, bool) else found


def _together(figure: Figure, found: Sequence[Tally]) -> Tally:
    known = [each for each in found if each.total is not None]
    number = sum(each.number for each in known)
    if not known:
        return Tally(Decimal(0) if figure.kind in {"sum", "count", "different"} else None, 0)
    if figure.kind in {"min", "max"}:
        return Tally((min if figure.kind == "min" else max)(each.total for each in known), number)
    return Tally(sum((each.total for each in known), Decimal(0)), number)


def _names(session: Session, groups: Sequence[Grouping], places: Iterable[Place]) -> Mapping[tuple[str, int], str]:
    wanted: dict[str, set[int]] = {}
    pointing = [(at, each.field.target) for at, each in enumerate(groups) if each.base == "ref" and each.field.target]
    for place in places if pointing else ():
        for at, target in pointing:
            if place[at] is not None:
                wanted.setdefault(target, set()).add(place[at])
    return labels(session, wanted) if wanted else {}


def _ordered(
    groups: Sequence[Grouping], listed: ReadReport, found: Sequence[tuple[Place, Tally]]
) -> tuple[tuple[Place, ...], bool]:
    """The places of a side: periods one after the other, choices as they are listed, others by what they amount to."""
    weights: dict[Place, Decimal] = {}
    for place, tally in found:
        shown = tally.shown(listed.drawn)
        weights[place] = weights.get(place, Decimal(0)) + (shown if isinstance(shown, Decimal) else Decimal(0))
    if len(groups) == 1 and groups[0].is_time and groups[0].per is not None:
        periods = _without_gaps(groups[0], weights)
        return tuple(periods[-MOST_PLACES:]), len(periods) > MOST_PLACES
    if any(each.base in _BY_WEIGHT for each in groups):
        places = sorted(weights, key=lambda place: (None in place, -weights[place], str(place)))
    else:
        places = sorted(weights, key=lambda place: [_rank(each, at) for each, at in zip(groups, place, strict=True)])
    return tuple(places[:MOST_PLACES]), len(places) > MOST_PLACES


def _without_gaps(group: Grouping, known: Iterable[Place]) -> list[Place]:
    """All periods from the first to the last, the blank one behind them; where they are too many, those that there are:
    one date that is far away by mistake leaves the others in sight.
    """
    assert group.per is not None
    places = list(known)
    days = sorted(place[0] for place in places if place[0] is not None)
    blank: list[Place] = [(None,)] if (None,) in places else []
    if not days:
        return blank
    every = between(group.per, days[0], days[-1])
    return [*((day,) for day in (every if 0 < len(every) <= MOST_PLACES else days)), *blank]


def _rank(group: Grouping, at: Value) -> tuple[int, Any]:
    """Blanks come last; a choice that is no more before them."""
    if at is None:
        return 2, 0
    if group.base != "choice":
        return 0, at
    return (0, group.choices.index(at)) if at in group.choices else (1, at)


def read_target(session: Session, target: Target) -> Decimal | None:
    """What a figure should be: the sum of the field over what the reader may see. None where he may not know it.

    Raises BadReport and BadExpression for what can't be worked out.
    """
    models, actor = models_of(session), actor_of(session)
    catalog = models.catalog
    wanted = [read_added(catalog, target.entity, target.field)]
    if target.where is not None:
        wanted.append(get_expression(catalog, target.entity, target.where, BOOL, "filter"))
    if not is_allowed(catalog, actor, "read", target.entity):
        return None
    if not all(reads_in_clear(catalog, actor, each) for each in wanted):
        return None
    context, source = context_of(catalog, actor, now_of(session)), scoped(models, target.entity)
    of = value(source, wanted[0].root, context)
    where = [condition(source, each.root, context) for each in wanted[1:]]
    found = session.execute(source.joined(sa.select(sa.func.sum(of, type_=of.type))).where(*where)).scalar()
    return None if found is None else Decimal(found)

"""Boards: the records of an entity in columns, one for each value of a field. However many columns, four statements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from app.access import Actor, field_rights, models_of
from app.frozen import dataclass
from app.insight.lists import Listing, listing_of
from app.insight.paging import Order
from app.insight.query import COUNT_LIMIT, BadQuery, ListQuery, Row
from app.insight.records import build_rows
from app.orm.fixed import fixed_number

MOST_COLUMNS = 40


@dataclass(frozen=True)
class BoardColumn:
    """The records with one value of the field; None: with none. `rows` are the first of them in the order of the list.

    `count` and `sum` are None where more than COUNT_LIMIT records fit; `sum` also where nothing is added up.
    """

    value: str | None
    rows: tuple[Row, ...]
    count: int | None
    sum: Decimal | None


def read_board(
    session: Session, actor: Actor, query: ListQuery, by: str, values: Sequence[str | None], sum_of: str | None = None
) -> tuple[BoardColumn, ...]:
    """A column for each of the values, with at most `query.limit` rows each.

    Raises BadQuery as lists do, for fields that are not read in clear, and for more than MOST_COLUMNS values.
    """
    models = models_of(session)
    clear = field_rights(models.catalog, actor, query.entity).clear
    for key in filter(None, (by, sum_of)):
        if key not in clear:
            raise BadQuery("field", key)
    if not values:
        return ()
    if len(values) > MOST_COLUMNS:
        raise BadQuery("limit")
    listing = listing_of(session, actor, replace(query, cursor=None))
    group = models.attribute(query.entity, by)
    figures = _figures(session, listing, group, values, models.attribute(query.entity, sum_of) if sum_of else None)
    rows = _first_rows(session, listing, group, values, query.limit)
    return tuple(
        BoardColumn(value, rows.get(place, ()), *figures.get(place, (0, None))) for place, value in enumerate(values)
    )


def _figures(
    session: Session, listing: Listing, group: Any, values: Sequence[str | None], amount: Any
) -> Mapping[int, tuple[int | None, Decimal | None]]:
    """By the place of each value how many records have it, and what they amount to."""
    added = amount.label("added") if amount is not None else sa.null().label("added")

    def branches() -> Iterator[sa.Select[Any]]:
        for place, value in enumerate(values):
            fitting = (
                listing.source.joined(sa.select(listing.order.id, added))
                .where(*listing.where, _is(group, value))
                .limit(fixed_number(COUNT_LIMIT + 1))
                .subquery()
            )
            total = sa.func.sum(fitting.c.added) if amount is not None else sa.null()
            yield sa.select(
                fixed_number(place).label("place"), sa.func.count().label("count"), total.label("sum")
            ).select_from(fitting)

    found: dict[int, tuple[int | None, Decimal | None]] = {}
    for place, count, total in session.execute(sa.union_all(*branches()), listing.parameters):
        whole = count <= COUNT_LIMIT
        found[place] = (count if whole else None, Decimal(total) if whole and total is not None else None)
    return found


def _first_rows(
    session: Session, listing: Listing, group: Any, values: Sequence[str | None], limit: int
) -> Mapping[int, tuple[Row, ...]]:
    """By the place of each value the first records that have it."""
    order = _ordering(listing.order)

    def branches() -> Iterator[sa.Select[Any]]:
        for place, value in enumerate(values):
            number = sa.func.row_number().over(order_by=order)
            fitting = (
                listing.source.joined(sa.select(listing.order.id.label("id"), number.label("number")))
                .where(*listing.where, _is(group, value))
                .order_by(*order)
                .limit(fixed_number(limit))
                .subquery()
            )
            yield sa.select(fixed_number(place).label("place"), fitting.c.number, fitting.c.id)

    places = sorted(session.execute(sa.union_all(*branches()), listing.parameters).all())
    ids = [row.id for row in places]
    if not ids:
        return {}
    columns = listing.shown.attributes(listing.models)
    chosen = sa.select(*columns).where(listing.order.id.in_(ids))
    made = {row.id: row for row in build_rows(session, listing.shown, session.execute(chosen).all())}
    found: dict[int, list[Row]] = {}
    for place, _number, record in places:
        if record in made:
            found.setdefault(place, []).append(made[record])
    return {place: tuple(rows) for place, rows in found.items()}


def _is(group: Any, value: str | None) -> ColumnElement[bool]:
    found: ColumnElement[bool] = group.is_(None) if value is None else group == value
    return found


def _ordering(order: Order) -> list[ColumnElement[Any]]:
    """The order of the list in one statement, blanks last."""
    found = []
    for term in order.terms:
        column = term.expression.desc() if term.descending else term.expression.asc()
        found.append(column.nulls_last() if term.may_be_blank else column)
    return [*found, order.id.desc() if order.id_descends else order.id.asc()]

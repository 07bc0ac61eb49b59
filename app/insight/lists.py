"""Lists: filtered, searched, sorted and paged records in the actor's scope."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from app.access import (
    Actor,
    FieldRights,
    Way,
    actor_of,
    context_of,
    field_rights,
    models_of,
    now_of,
    readable_audiences,
    reads_in_clear,
    row_condition,
)
from app.definition import Catalog, Field, Inverse
from app.expression import Checked
from app.frozen import dataclass
from app.insight.filters import conditions_of
from app.insight.paging import (
    Mark,
    Order,
    Stretch,
    bin_order,
    default_sort,
    is_sortable,
    mark_parameters,
    order_of,
    ordering,
    read_cursor,
    stretch_conditions,
    stretches,
    write_cursor,
)
from app.insight.query import COUNT_LIMIT, LARGEST_PAGE, BadQuery, Filter, ListQuery, Page
from app.insight.records import Shown, build_rows, default_columns, shown_fields
from app.insight.values import typed_value
from app.insight.ways import Search, counted_on, is_forked, page_on, parameters_of, shape_of, ways_to
from app.orm.expression import NotInSql, Source, condition, scoped
from app.orm.fixed import fixed_number
from app.orm.models import Models
from app.orm.search import match
from app.orm.store import INCLUDE_DELETED
from app.orm.time_limit import HURRY

MOST_ADDED = 100_000
"""Records whose figures are added up: more are no answer within the time of a page."""
ADDING_SECONDS = 2.0
_LONGEST_SEARCH = 200
_MOST_SHAPES = 2_000
_PINNED = "pinned_"
_ADDED = frozenset({"money", "integer", "decimal"})


@dataclass(frozen=True)
class Listing:
    """A checked query: what to select, from where, in which order."""

    models: Models
    shown: Shown
    conditions: list[ColumnElement[bool]]
    order: Order
    options: dict[str, bool]
    pinned: Mapping[str, object]  # ids that lookups must have, by field: values of the statement, no part of it
    source: Source  # with what the conditions have joined
    ways: tuple[Way, ...] = ()  # by which the rows of the reader's scope are found in this order; empty: as it may be

    @property
    def where(self) -> list[ColumnElement[bool]]:
        """All conditions; the values of some are `parameters`."""
        entity = self.shown.entity
        pins = (
            self.models.attribute(entity, key) == sa.bindparam(_PINNED + key, type_=sa.BigInteger)
            for key in self.pinned
        )
        return [*self.conditions, *pins]

    @property
    def parameters(self) -> dict[str, object]:
        """The values of the conditions."""
        return {**{_PINNED + key: value for key, value in self.pinned.items()}, **parameters_of(self.ways)}


def list_records(session: Session, actor: Actor, query: ListQuery) -> Page:
    """A page of records: one statement for the rows with the capped count, one for the labels.

    One more where the page crosses from records that have a value in the sorted field to those that have none. Raises
    BadQuery for what can't be answered; a field that the actor may not read in clear is one that does not exist.
    """
    listing = listing_of(session, actor, query, actor_of(session))
    mark = read_cursor(listing.order, query.cursor) if query.cursor else None
    counted = mark is None if query.counted is None else query.counted
    found, count = _fetch(session, listing, mark, query.limit + 1, counted=counted)
    more = len(found) > query.limit
    found = found[: query.limit]
    if mark is not None and mark.backward:
        found.reverse()
    rows = build_rows(session, listing.shown, found, deleted=query.deleted)
    before, after = _neighbours(listing, mark, found, more=more)
    return Page(
        rows=tuple(rows),
        next=after,
        previous=before,
        count=None if count is None or count > COUNT_LIMIT else count,
        more=count is not None and count > COUNT_LIMIT,
    )


def count_exact(session: Session, actor: Actor, query: ListQuery) -> int:
    """How many records fit, however many."""
    listing = listing_of(session, actor, query)
    statement = listing.source.joined(sa.select(sa.func.count(listing.order.id))).where(*listing.where)
    found: int = session.execute(statement, listing.parameters, execution_options=listing.options).scalar_one()
    return found


def add_up(session: Session, actor: Actor, query: ListQuery, keys: Sequence[str]) -> dict[str, Decimal | None] | None:
    """What fields amount to in all records that fit, None where none has a value; None for all where more than MOST_ADDED fit.
    One statement, which is stopped after ADDING_SECONDS with an OperationalError (see `orm.time_limit.was_stopped`).

    Amounts in several currencies count in the company's, as everywhere. Raises BadQuery as lists do, for a field that the actor
    does not read in clear, and for one that no database can add up.
    """
    models = models_of(session)
    clear, fields = field_rights(models.catalog, actor, query.entity).clear, models.catalog.get_entity(query.entity)
    for key in keys:
        if key not in clear or not may_be_added(fields.every_field[key]):
            raise BadQuery("field", key)
    if not keys:
        return {}
    listing = listing_of(session, actor, replace(query, cursor=None))
    columns = [models.attribute(query.entity, key).label(f"a{place}") for place, key in enumerate(keys)]
    fitting = listing.source.joined(sa.select(listing.order.id, *columns)).where(*listing.where)
    some = fitting.limit(fixed_number(MOST_ADDED + 1)).subquery()
    sums = [sa.func.sum(some.c[each.name], type_=some.c[each.name].type) for each in columns]
    statement = sa.select(sa.func.count(), *sums).select_from(some)
    options = {**listing.options, HURRY: ADDING_SECONDS}
    count, *found = session.execute(statement, listing.parameters, execution_options=options).one()
    if count > MOST_ADDED:
        return None
    return {key: None if each is None else Decimal(each) for key, each in zip(keys, found, strict=True)}


def may_be_added(a_field: Field) -> bool:
    """Whether a list adds a field up: amounts and numbers, no shares and no grades, and nothing that is stored encrypted."""
    return a_field.type in _ADDED and not a_field.is_list and not a_field.encrypted


def related(
    session: Session,
    actor: Actor,
    entity: str,
    record_id: int,
    inverse: str,
    query: ListQuery | int = 5,
) -> Page:
    """The records that point to one by the lookup behind an inverse, as a page of their list.

    `query` says how many, or columns, sort and cursor of the list; its entity is set here. Raises KeyError for an
    unknown inverse and BadQuery when the actor may not read the lookup in clear.
    """
    models = models_of(session)
    other = models.catalog.inverses(entity)[inverse]
    asked = ListQuery(other.entity, limit=query) if isinstance(query, int) else replace(query, entity=other.entity)
    pointing = pointing_filter(models.catalog, other, entity, record_id)
    return list_records(session, actor, replace(asked, filters=(*asked.filters, pointing)))


def pointing_filter(catalog: Catalog, inverse: Inverse, entity: str, record_id: int) -> Filter:
    """What the records behind an inverse of `entity` have in common: their field points to this record of it."""
    a_field = catalog.get_field(inverse.entity, inverse.field)
    this = f"{entity}/{record_id}" if a_field.of_several else record_id
    return Filter(inverse.field, "has_any" if a_field.holds == "references" else "equals", (this,))


def sortable_fields(models: Models, actor: Actor, entity: str) -> frozenset[str]:
    """The fields that the actor can sort the entity's list by."""
    definition = models.catalog.get_entity(entity)
    clear = field_rights(models.catalog, actor, entity).clear
    return frozenset(key for key in clear if is_sortable(models, entity, definition.every_field[key]))


def listing_of(session: Session, actor: Actor, query: ListQuery, reader: Actor | None = None) -> Listing:
    """A query that may be asked. Raises BadQuery for what can't be answered.

    `actor` is whose rights on fields count, `reader` whose scope the session carries, where its rows are wanted in order: a
    session may see more records than the actor does (whoever is asked for an approval sees its figures).
    """
    if not 1 <= query.limit <= LARGEST_PAGE:
        raise BadQuery("limit")
    models, entity = models_of(session), query.entity
    catalog = models.catalog
    rights = field_rights(catalog, actor, entity)
    columns = query.columns or default_columns(catalog, actor, entity)
    conditions = conditions_of(models, actor, rights, query.filters)
    pinned = _pinned(catalog, actor, query)
    if pinned:
        conditions = []
    source = scoped(models, entity)
    conditions.extend(_where(session, actor, source, query.where))
    if query.search.strip():
        conditions.append(_found_by(models, actor, entity, query.search))
    if query.deleted:
        conditions.append(models.attribute(entity, "deleted_at").is_not(None))
        restorable = row_condition(models, actor, "restore", entity)
        if restorable is not None:
            conditions.append(restorable)
    order = _order(models, rights, query)
    return Listing(
        models=models,
        shown=shown_fields(catalog, rights, columns, deleted=query.deleted),
        conditions=conditions,
        order=order,
        options={INCLUDE_DELETED: True} if query.deleted else {},
        pinned=pinned,
        source=source,
        ways=() if reader is None or query.deleted or pinned else ways_to(models, reader, entity, order),
    )


def _where(session: Session, actor: Actor, source: Source, asked: Sequence[Checked]) -> list[ColumnElement[bool]]:
    """What the expressions say, about what the actor may see: one join for each path, whichever of them take it."""
    if not asked:
        return []
    catalog = source.models.catalog
    context = context_of(catalog, actor, now_of(session))
    try:
        for each in asked:
            if each.entity != source.entity or not reads_in_clear(catalog, actor, each):
                raise BadQuery("where")
        return [condition(source, each.root, context) for each in asked]
    except NotInSql as error:
        raise BadQuery("where") from error


def _pinned(catalog: Catalog, actor: Actor, query: ListQuery) -> dict[str, object]:
    """The ids that lookups must have, where a query has no other filters: related lists, above all."""
    found: dict[str, object] = {}
    for each in query.filters:
        field = catalog.get_field(query.entity, each.field)
        if each.operator != "equals" or field.holds != "reference" or each.field in found:
            return {}
        found[each.field] = typed_value(catalog, actor, query.entity, field, each.values[0])
    return found


def _order(models: Models, rights: FieldRights, query: ListQuery) -> Order:
    if query.deleted and not query.sort:
        return bin_order(models, query.entity)
    return order_of(models, rights, query.sort or default_sort(models, rights))


def _found_by(models: Models, actor: Actor, entity: str, search: str) -> ColumnElement[bool]:
    if len(search) > _LONGEST_SEARCH or "\x00" in search:
        raise BadQuery("search")
    return match(models, entity, readable_audiences(models.catalog, actor, entity), search)


def _fetch(
    session: Session, listing: Listing, mark: Mark | None, wanted: int, *, counted: bool
) -> tuple[list[Any], int | None]:
    """Up to `wanted` rows ahead of the mark, and the capped count of the whole list where it is asked for."""
    found: list[Any] = []
    count: int | None = None
    values = {**mark_parameters(listing.order, mark), **listing.parameters}
    dialect = session.get_bind().dialect
    for stretch in stretches(listing.order, mark):
        statement = _statement(listing, stretch, mark, dialect, counted=counted and count is None)
        values["page_size"] = wanted - len(found)
        rows = session.execute(statement, values, execution_options=listing.options).all()
        if counted and count is None and rows:
            count = rows[0][-1]
        found.extend(rows)
        if len(found) >= wanted or (mark is None and count == len(found)):
            break
    if counted and count is None:  # no row came that could have carried it
        count = 0 if mark is None else _count(session, listing)
    return found, count


def _count(session: Session, listing: Listing) -> int:
    capped = _capped(listing, session.get_bind().dialect)
    count: int = session.execute(capped, listing.parameters, execution_options=listing.options).scalar_one()
    return count


def _statement(
    listing: Listing, stretch: Stretch, mark: Mark | None, dialect: Dialect, *, counted: bool
) -> sa.Select[Any]:
    """The statement of a stretch. Without conditions, lookups that are pinned apart, it holds no value of the request, and
    is made once per shape.
    """
    if listing.conditions:
        return _make_statement(listing, stretch, mark, dialect, counted=counted)
    kept = listing.models.metadata.info.setdefault("lists", {})
    place = None if mark is None else (mark.backward, tuple(value is None for value in mark.values))
    shown, found_by = listing.shown, (tuple(listing.pinned), shape_of(listing.ways))
    shape = (shown.entity, shown.keys, shown.beside, found_by, listing.order.name, stretch, place, counted)
    found: sa.Select[Any] | None = kept.get(shape)
    if found is None:
        if len(kept) >= _MOST_SHAPES:
            kept.clear()  # another thread may hold what is dropped here, and goes on with it
        found = kept[shape] = _make_statement(listing, stretch, mark, dialect, counted=counted)
    return found


def _make_statement(
    listing: Listing, stretch: Stretch, mark: Mark | None, dialect: Dialect, *, counted: bool
) -> sa.Select[Any]:
    columns = [*listing.shown.attributes(listing.models), *(term.expression for term in listing.order.terms)]
    order = ordering(listing.order, backward=mark is not None and mark.backward)
    where = [*listing.where, *stretch_conditions(listing.order, stretch, mark)]
    limit = sa.bindparam("page_size", type_=sa.Integer)
    if is_forked(listing.ways):
        found = page_on(Search(listing.source, where, order, dialect), listing.ways, columns, limit)
    else:
        found = listing.source.joined(sa.select(*columns)).where(*where).order_by(*order).limit(limit)
    return found.add_columns(_capped(listing, dialect).scalar_subquery()) if counted else found


def _capped(listing: Listing, dialect: Dialect) -> sa.Select[Any]:
    """The number of records that fit; one more than COUNT_LIMIT stands for all greater ones."""
    most = fixed_number(COUNT_LIMIT + 1)
    if listing.ways:
        order = ordering(listing.order, backward=False)
        return counted_on(Search(listing.source, listing.where, order, dialect), listing.ways, most)
    fitting = listing.source.joined(sa.select(listing.order.id)).where(*listing.where).limit(most).subquery()
    return sa.select(sa.func.count()).select_from(fitting)


def _neighbours(
    listing: Listing, mark: Mark | None, found: Sequence[Any], *, more: bool
) -> tuple[str | None, str | None]:
    """The cursors of the page before and of the page after."""
    if not found:
        return None, None
    backward = mark is not None and mark.backward
    has_before, has_after = (more, True) if backward else (mark is not None, more)
    before = _cursor(listing, found[0], backward=True) if has_before else None
    after = _cursor(listing, found[-1], backward=False) if has_after else None
    return before, after


def _cursor(listing: Listing, row: Sequence[Any], *, backward: bool) -> str:
    start = listing.shown.width
    values = row[start : start + len(listing.order.terms)]
    return write_cursor(listing.order, values, row[0], backward=backward)

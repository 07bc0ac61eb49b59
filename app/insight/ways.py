"""How a page is found in a scope of few rows among many, or of many: by the ways of the scope, each in the list's order.

Asked for what is mine or my department's in the order of a list, a database either walks that order and asks the scope of
every row, a long walk where few rows fit, or collects all rows that fit and sorts them, which is long where many do. But the
first rows of each owner, team and department stand together in an index that goes on in the list's order, and a page can
hold no others. Sessions put their scope on these statements as on any: ways only make them fast.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import QueryableAttribute, aliased
from sqlalchemy.sql.visitors import replacement_traverse

from app.access import Actor, Way, placed_records, ways_of_reader
from app.frozen import dataclass
from app.insight.paging import Order
from app.orm.expression import Source
from app.orm.models import Models, order_columns
from app.orm.store import LED
from app.orm.tuples import each_of
from app.orm.types import BIG_ID

_MOST = 100  # values on one way: of more departments a page is hardly ever a small part
_PREFIX = "way_"


def ways_to(models: Models, actor: Actor, entity: str, order: Order) -> tuple[Way, ...]:
    """The ways to what the actor may read, where each of them has an index that goes on in the order."""
    first = tuple(getattr(term.expression, "key", None) for term in order.terms[:1])
    if first != order_columns(models.catalog.entities[entity]):
        return ()
    found = ways_of_reader(models, actor, entity)
    return () if any(len(way.ids) > _MOST for way in found) else found


def shape_of(ways: Iterable[Way]) -> tuple[object, ...]:
    """What of ways stands in the text of a statement; their ids are its `parameters_of`."""
    return tuple((way.column, way.places, len(way.ids) == 1) for way in ways)


def parameters_of(ways: Iterable[Way]) -> dict[str, object]:
    """The ids, by the names that they have in statements."""
    return {_PREFIX + way.column: way.ids[0] if _is_plain(way) else list(way.ids) for way in ways}


def is_forked(ways: Sequence[Way]) -> bool:
    """Whether rows of several places in an index make one page. Without, the index answers by itself."""
    return len(ways) > 1 or any(len(way.ids) > 1 or way.places for way in ways)


@dataclass(frozen=True)
class Search:
    """Which rows are looked for, and in which order: `where` and `ordering` are about the mapped class of the source."""

    source: Source
    where: Sequence[Any]
    ordering: Sequence[Any]
    dialect: Dialect

    def first_ids(self, way: Way, limit: Any) -> sa.Select[Any]:
        """The first rows on a way; of several owners, teams or departments the first of each."""
        name = _PREFIX + way.column
        row = self.led(way.column)
        column = getattr(row, way.column)
        if way.places:
            people = sa.bindparam(name, expanding=True, type_=BIG_ID)
            return self._first(row, column.in_(placed_records(self.source.entity, way.places, people)), limit)
        if _is_plain(way):
            return self._first(row, column == sa.bindparam(name, type_=BIG_ID), limit)
        wanted = each_of(name, self.dialect)
        first = self._first(row, column == wanted.c.value, limit).correlate(wanted)
        if self.dialect.name == "postgresql":
            of_each = first.lateral()
            return sa.select(of_each.c.id).select_from(wanted.join(of_each, sa.true()))
        found = self.led(way.column)  # SQLite has no lateral joins
        return sa.select(found.id).select_from(wanted).join(found, found.id.in_(first))

    def led(self, by: str) -> Any:
        """Rows that a condition finds, and not their scope."""
        return aliased(self.source.root, name=LED + by)

    def _first(self, row: Any, condition: Any, limit: Any) -> sa.Select[Any]:
        rows = replace(self.source, root=row).joined(sa.select(row.id))
        where, ordering = asked_of(row, self.where), asked_of(row, self.ordering)
        return rows.where(*where, condition).order_by(*ordering).limit(limit)


def asked_of(row: Any, asked: Iterable[Any]) -> list[Any]:
    """What is asked of a mapped class, asked of an alias of it."""
    mapper = sa.inspect(row).mapper

    def moved(element: Any, **_options: Any) -> Any:
        if isinstance(element, sa.ColumnClause) and element._annotations.get("parententity") == mapper:  # noqa: SLF001 - how the ORM tells its own
            return getattr(row, mapper.get_property_by_column(element).key).expression
        return None

    # An attribute of a class is no expression, it only stands for one.
    plain = (each.expression if isinstance(each, QueryableAttribute) else each for each in asked)
    return [replacement_traverse(each, {}, moved) for each in plain]


def page_on(search: Search, ways: Iterable[Way], columns: Sequence[Any], limit: Any) -> sa.Select[Any]:
    """The first rows on all ways together: they are among the first on each."""
    first = _union((search.first_ids(way, limit) for way in ways), sa.union_all)
    row = search.led("id")
    found = sa.select(*asked_of(row, columns)).select_from(row).where(row.id.in_(first))
    return found.order_by(*asked_of(row, search.ordering)).limit(limit)


def counted_on(search: Search, ways: Iterable[Way], most: sa.ColumnElement[int]) -> sa.Select[Any]:
    """The number of rows on all ways, `most` of them at most."""
    found = _union((search.first_ids(way, most).limit(most) for way in ways), sa.union)
    return sa.select(sa.func.count()).select_from(found.limit(most).subquery())


def _union(statements: Iterable[sa.Select[Any]], unite: Callable[..., sa.CompoundSelect[Any]]) -> Any:
    # As subqueries: SQLite takes no parentheses, and a limit of its own needs some.
    found = [sa.select(each.subquery().c.id) for each in statements]
    return found[0] if len(found) == 1 else unite(*found)


def _is_plain(way: Way) -> bool:
    return len(way.ids) == 1 and not way.places

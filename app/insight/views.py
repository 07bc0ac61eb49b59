"""Views of the pack: named lists with a condition, columns and a sort, as far as they are for someone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType

from app.access import Actor, field_rights, reads_in_clear
from app.definition import Catalog, View
from app.definition.memory import remembered
from app.definition.view import Show
from app.expression import BOOL, BadExpression, Checked, get_expression
from app.frozen import dataclass
from app.insight.query import ListQuery, Sort, parse_sort


@dataclass(frozen=True)
class ListedView:
    """A view as someone may open it: `columns` (of a board what its cards show), `sort` and `filters` without what he may not
    see or ask for.
    """

    view: View
    where: tuple[Checked, ...]
    columns: tuple[str, ...]
    sort: Sort
    filters: tuple[str, ...]


def views_of(catalog: Catalog, actor: Actor, entity: str) -> Mapping[str, ListedView]:
    """The lists of an entity that are shared with the actor, by key, in the order of the text.

    One whose condition reads what he may not read in clear is not among them: its rows would tell of it.
    """
    return remembered(catalog, ("views", actor.grant_key, entity), partial(_open_to, catalog, actor, entity, "list"))


def boards_of(catalog: Catalog, actor: Actor, entity: str) -> Mapping[str, ListedView]:
    """As `views_of`, the boards; those by a field that the actor does not read in clear are not among them."""

    def work_out() -> Mapping[str, ListedView]:
        clear = field_rights(catalog, actor, entity).clear
        found = _open_to(catalog, actor, entity, "board")
        return MappingProxyType({key: each for key, each in found.items() if each.view.by in clear})

    return remembered(catalog, ("boards", actor.grant_key, entity), work_out)


def calendars_of(catalog: Catalog, actor: Actor, entity: str) -> Mapping[str, ListedView]:
    """As `views_of`, the calendars; those whose beginning the actor does not read in clear are not among them."""

    def work_out() -> Mapping[str, ListedView]:
        clear = field_rights(catalog, actor, entity).clear
        found = _open_to(catalog, actor, entity, "calendar")
        return MappingProxyType({key: each for key, each in found.items() if each.view.start in clear})

    return remembered(catalog, ("calendars", actor.grant_key, entity), work_out)


def _open_to(catalog: Catalog, actor: Actor, entity: str, show: Show) -> Mapping[str, ListedView]:
    wanted = (each for each in catalog.views.values() if each.entity == entity and each.show == show)
    shared = (each for each in wanted if _is_shared(each, actor))
    found = {each.key: listed for each in shared if (listed := _listed(catalog, actor, each)) is not None}
    return MappingProxyType(found)


def _is_shared(view: View, actor: Actor) -> bool:
    if view.share is None or not view.share.roles or actor.system:
        return True
    return not actor.roles.isdisjoint(view.share.roles)


def _listed(catalog: Catalog, actor: Actor, view: View) -> ListedView | None:
    where: tuple[Checked, ...] = ()
    if view.where is not None:
        try:
            where = (get_expression(catalog, view.entity, view.where, BOOL, "filter"),)
        except BadExpression:  # told by the check; a list without its condition would be another list
            return None
        if not reads_in_clear(catalog, actor, where[0]):
            return None
    rights = field_rights(catalog, actor, view.entity)
    columns = tuple(key for key in (*view.columns, *view.card) if rights.sees(key))
    sort = tuple((key, descends) for key, descends in parse_sort(view.sort) if key in rights.clear)
    return ListedView(view, where, columns, sort, tuple(key for key in view.filters if key in rights.clear))


def in_view(query: ListQuery, view: ListedView) -> ListQuery:
    """A query within a view: its condition beside those of the query, its columns and sort where the query has none."""
    return replace(
        query,
        where=(*query.where, *view.where),
        columns=query.columns or view.columns,
        sort=query.sort or view.sort,
    )

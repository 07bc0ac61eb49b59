"""What an address asks of a list: search, sort, quick filters, an expression, a view; and the query that this is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from flask import request
from werkzeug.exceptions import Forbidden

from app.access import FieldRights
from app.definition import Entity
from app.frozen import dataclass
from app.insight import Filter, ListedView, ListQuery, in_view, views_of
from app.insight.query import Sort, parse_sort
from app.insight.saved import Opened
from app.web.pages.filtering import FILTER, Asking, asking_of
from app.web.pages.filters import Condition, as_filters, every_condition
from app.web.pages.heads import is_column_sortable
from app.web.pages.saved import find_opened

if TYPE_CHECKING:
    from app.web.pages.desk import EntityDesk

ROWS = 25
LONGEST_SEARCH = 100
NO_VIEWS: Mapping[str, ListedView] = MappingProxyType({})


@dataclass(frozen=True)
class Asked:
    """What the query string asks of the list."""

    search: str
    sort: Sort
    cursor: str | None
    conditions: tuple[Condition, ...]
    view: ListedView | None = None
    asking: Asking = Asking()
    saved: Opened | None = None

    @property
    def filtered(self) -> bool:
        return bool(self.search) or self.asking.active or any(each.active for each in self.conditions)


def require(view: EntityDesk, verb: str) -> None:
    """Raises Forbidden unless the actor may use the verb on some records of the entity."""
    if not view.can(verb):
        raise Forbidden


def asked_of(view: EntityDesk, boards: Mapping[str, ListedView] = NO_VIEWS, usual: ListedView | None = None) -> Asked:
    """Reads the query string. What does not fit is left out. A board knows the views of lists and its own; a calendar is
    its `usual` view where no other is asked for.
    """
    arguments = request.args
    search = arguments.get("q", "").replace("\0", "").strip()[:LONGEST_SEARCH]
    rights = view.rights(view.entity_key)
    sort = tuple(
        (key, descends)
        for key, descends in parse_sort(arguments.get("sort", "")[:200].split(","))[:3]
        if key in rights.clear and is_column_sortable(view, key)
    )
    views = {**views_of(view.catalog, view.actor, view.entity_key), **boards}
    saved = find_opened(view)
    listed = views.get(arguments.get("view", ""), usual) if saved is None else saved.listed
    wanted = listed.filters if listed is not None else ()
    asked = tuple(every_condition(view.catalog, rights, view.entity_key, arguments, wanted))
    stated = arguments.get(FILTER)  # it stands for that of a saved view, also where it is blank
    text = (saved.condition if saved is not None else "") if stated is None else stated
    asking = asking_of(view.catalog, view.actor, view.entity_key, text)
    return Asked(search, sort, arguments.get("cursor") or None, asked, listed, asking, saved)


def columns_for(
    entity: Entity, rights: FieldRights, listed: ListedView | None, chosen: Sequence[str] = ()
) -> tuple[str, ...]:
    """The columns that somebody chose, else those of the view or of the list, as far as he sees them who has these rights; the
    name comes first. Never none.
    """
    own = [key for key in chosen if rights.sees(key)] or (listed.columns if listed is not None else ())
    wanted = own or entity.list.columns or (entity.name_field, *list(entity.fields)[:5], "owner")
    seen = tuple(dict.fromkeys(key for key in wanted if rights.sees(key)))
    if entity.name_field in seen:
        return (entity.name_field, *(key for key in seen if key != entity.name_field))
    return seen or ("id",)


def why_not_all(asked: Asked) -> str:
    """The key of the text that says why nothing is done with all rows of the list; "" where it may be: those of a view that
    is carried out in part, or is no longer there, are more than was meant.
    """
    if asked.view is None and asked.saved is None and request.args.get("view"):
        return "report.view_gone"
    return "saved.not_all" if asked.saved is not None and asked.saved.withheld else ""


def same_list(view: EntityDesk) -> str:
    """The address of the list that this request is about."""
    query = request.query_string.decode("ascii", "replace")
    return f"{view.address}?{query}" if query else view.address


def query_of(view: EntityDesk, asked: Asked, columns: Sequence[str]) -> ListQuery:
    """The list as insight is asked for it. An expression that can't be asked is asked as a field that nobody has: whoever
    reads the list refuses it, and no list is longer than was wanted.
    """
    filters: tuple[Filter, ...] = (*as_filters(view.catalog, view.entity_key, asked.conditions), *asked.asking.filters)
    if asked.asking.problem is not None:
        filters = (Filter("", "is_blank"),)
    query = ListQuery(
        entity=view.entity_key,
        columns=tuple(columns),
        filters=filters,
        search=asked.search,
        sort=asked.sort,
        cursor=asked.cursor,
        limit=ROWS,
        counted=True,
        where=asked.asking.where,
    )
    return query if asked.view is None else in_view(query, asked.view)


def conditions_asked(asked: Asked) -> list[str]:
    """The texts of what the list is asked: of the pack's view that it is within, and of the filter."""
    own = asked.view.view.where if asked.view is not None else None
    return [each for each in (own, asked.asking.text if asked.asking.problem is None else "") if each]


def written_sort(sort: Sort) -> str:
    """The sort as an address says it."""
    return ",".join(("-" if descends else "") + key for key, descends in sort)


def besides(*but: str) -> list[tuple[str, str]]:
    """What the query of this request says, without these parts."""
    return [(key, value) for key, value in request.args.items(multi=True) if key not in but and value]


def problem_of(view: EntityDesk, asked: Asked, problem: str) -> str:
    """What is wrong with the query: of its expression in its own words."""
    return problem if asked.asking.problem is None else asked.asking.problem.text(view.language)

"""The query string of a list: plain (`filter`, `sort`, `cursor`, `limit`) or Flask-AppBuilder's `q`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import prison
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app.access import Actor
from app.definition import Catalog
from app.expression import Checked
from app.insight import BadQuery, Filter, ListQuery, Page, in_view, list_records, parse_sort, views_of
from app.insight.written import BadFilter, read_filters

LARGEST_LIMIT = 100
MOST_CONDITIONS = 10
DEFAULT_LIMIT = 25
DEEPEST_ROW = 10_000  # of `q`, whose pages are counted; the cursor has no such end
_STEP = 1_000
_OPERATORS: Mapping[str, str] = {
    "eq": "equals",
    "neq": "not_equals",
    "in": "in",
    "ct": "contains",
    "sw": "starts_with",
    "gt": "greater",
    "lt": "less",
    "gte": "at_least",
    "lte": "at_most",
    "rel_o_m": "equals",
    "rel_m_m": "has_any",
}
_KNOWN = frozenset({"filter", "view", "sort", "cursor", "limit", "search", "columns", "q", "count", "deleted"})


class BadListRequest(ValueError):
    """The query string can't be read; the text says why."""


def read_query(catalog: Catalog, actor: Actor, entity: str, arguments: MultiDict[str, str]) -> tuple[ListQuery, int]:
    """The query, and how many rows `q` skips. Raises BadListRequest, BadQuery."""
    unknown = sorted(set(arguments) - _KNOWN)
    if unknown:
        raise BadListRequest(f"Unknown parameter: {unknown[0][:40]}. Known are {', '.join(sorted(_KNOWN))}.")
    where, filters = _conditions(catalog, actor, entity, arguments)
    query = ListQuery(
        entity,
        columns=_names(arguments.get("columns", "")),
        filters=filters,
        where=where,
        search=arguments.get("search", ""),
        sort=parse_sort(_names(arguments.get("sort", ""))),
        cursor=arguments.get("cursor") or None,
        limit=_limit(arguments.get("limit", str(DEFAULT_LIMIT))),
        deleted=arguments.get("deleted") == "true",
        counted=False if arguments.get("count") in {"exact", "none"} else None,
    )
    query, skip = _with_rison(query, arguments["q"]) if arguments.get("q") else (query, 0)
    key = arguments.get("view")
    if not key:
        return query, skip
    view = views_of(catalog, actor, entity).get(key)
    if view is None:  # whether there is none, or none for him
        raise BadListRequest(f"There is no view {key[:60]} to show.")
    return in_view(query, view), skip


def _conditions(
    catalog: Catalog, actor: Actor, entity: str, arguments: MultiDict[str, str]
) -> tuple[tuple[Checked, ...], tuple[Filter, ...]]:
    """What all `filter=` together ask. Raises BadListRequest."""
    texts = arguments.getlist("filter")
    if len(texts) > MOST_CONDITIONS:
        raise BadListRequest(f"There are at most {MOST_CONDITIONS} filters; join conditions by `and`.")
    try:
        return read_filters(catalog, actor, entity, texts)
    except BadFilter as error:
        raise BadListRequest(f"filter: {error}.") from error


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _limit(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= LARGEST_LIMIT:
        raise BadListRequest(f"limit is a number from 1 to {LARGEST_LIMIT}.")
    return int(text)


def _with_rison(query: ListQuery, text: str) -> tuple[ListQuery, int]:
    """Adds what `q` says. Raises BadListRequest."""
    asked = _rison(text)
    known = {"filters", "order_column", "order_direction", "page", "page_size", "columns", "select_columns"}
    unknown = sorted(set(asked) - known)
    if unknown:
        raise BadListRequest(f"q: unknown key {unknown[0][:40]}.")
    size = _number(asked, "page_size", DEFAULT_LIMIT)
    page = _number(asked, "page", 0)
    size = min(size if size > 0 else LARGEST_LIMIT, LARGEST_LIMIT)
    if page < 0 or page * size > DEEPEST_ROW:
        raise BadListRequest(f"q counts pages up to row {DEEPEST_ROW}; use the cursor beyond.")
    changed = replace(query, filters=(*query.filters, *_rison_filters(asked)), limit=size)
    columns = asked.get("select_columns", asked.get("columns"))
    if isinstance(columns, list) and all(isinstance(each, str) for each in columns):
        changed = replace(changed, columns=tuple(columns))
    if isinstance(asked.get("order_column"), str):
        changed = replace(changed, sort=((asked["order_column"], asked.get("order_direction") == "desc"),))
    return changed, page * size


def _rison(text: str) -> dict[str, Any]:
    if len(text) > 10_000:
        raise BadListRequest("q is too long.")
    try:
        asked = prison.loads(text)
    except (prison.decoder.ParserException, RecursionError, ValueError, IndexError, TypeError) as error:
        raise BadListRequest("q is not Rison.") from error
    if not isinstance(asked, dict):
        raise BadListRequest("q is an object in Rison.")
    return asked


def _number(asked: Mapping[str, Any], name: str, default: int) -> int:
    value = asked.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadListRequest(f"q: {name} is a whole number.")
    return value


def _rison_filters(asked: Mapping[str, Any]) -> tuple[Filter, ...]:
    filters = asked.get("filters", [])
    if not isinstance(filters, list):
        raise BadListRequest("q: filters is a list.")
    return tuple(_rison_filter(each) for each in filters)


def _rison_filter(each: Any) -> Filter:
    if not isinstance(each, dict) or not isinstance(each.get("col"), str):
        raise BadListRequest("q: a filter is an object with col, opr and value.")
    operator = _OPERATORS.get(str(each.get("opr")))
    if operator is None:
        raise BadListRequest(f"q: unknown operation {str(each.get('opr'))[:40]}. Known are {', '.join(_OPERATORS)}.")
    value = each.get("value")
    if value is None and operator in {"equals", "not_equals"}:
        return Filter(each["col"], "is_blank" if operator == "equals" else "is_not_blank")
    values = value if isinstance(value, list) and operator in {"in", "has_any"} else [value]
    if any(isinstance(one, list | dict) or one is None for one in values):
        raise BadQuery("value", each["col"])
    return Filter(each["col"], operator, tuple(_as_text(one) for one in values))


def _as_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def read_page(session: Session, actor: Actor, query: ListQuery, skip: int) -> Page:
    """The page; `skip` rows are walked over first. Raises BadQuery."""
    while skip > 0:
        ahead = replace(query, columns=("id",), limit=min(skip, _STEP), counted=False)
        page = list_records(session, actor, ahead)
        if page.next is None:
            return Page(())
        query = replace(query, cursor=page.next)
        skip -= min(skip, _STEP)
    return list_records(session, actor, query)

"""Filters as conditions on the mapped class."""

from __future__ import annotations

import json
import operator as op
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from app.access import Actor, FieldRights
from app.definition import Field
from app.insight.many import list_condition
from app.insight.query import MOST_FILTERS, MOST_VALUES, MOST_WANTED, BadQuery, Filter, operators_of
from app.insight.values import Day, typed_value
from app.orm.companions import text_columns
from app.orm.many import many_key
from app.orm.models import BLIND_SUFFIX, ENTITY_SUFFIX, Models
from app.record.parsers import make_parser
from app.record.values import Bad

_ARITY: Mapping[str, int] = MappingProxyType({"is_blank": 0, "is_not_blank": 0, "between": 2})
_MOST: Mapping[str, int] = MappingProxyType(
    {"in": MOST_VALUES, "not_in": MOST_VALUES, "has_any": MOST_VALUES, "has_all": MOST_WANTED}
)
_COMPARE: Mapping[str, Callable[[Any, Any], Any]] = MappingProxyType(
    {"less": op.lt, "at_most": op.le, "greater": op.gt, "at_least": op.ge}
)


def conditions_of(
    models: Models, actor: Actor, rights: FieldRights, filters: Sequence[Filter]
) -> list[ColumnElement[bool]]:
    """The conditions of all filters. Raises BadQuery, with one text for fields that are hidden, masked or not there."""
    if len(filters) > MOST_FILTERS:
        raise BadQuery("limit")
    return [_condition(models, actor, rights, each) for each in filters]


def _condition(models: Models, actor: Actor, rights: FieldRights, a_filter: Filter) -> ColumnElement[bool]:
    key, operator = a_filter.field, a_filter.operator
    if key not in rights.clear:
        raise BadQuery("field", key)
    field = models.catalog.get_field(rights.entity, key)
    if operator not in operators_of(field):
        raise BadQuery("operator", key)
    most = _MOST.get(operator, 0)
    count = len(a_filter.values)
    if not (1 <= count <= most if most else count == _ARITY.get(operator, 1)):
        raise BadQuery("value", key)
    values = [typed_value(models.catalog, actor, rights.entity, field, value) for value in a_filter.values]
    if field.is_list:
        return list_condition(models, models.many[many_key(rights.entity, key)], operator, values)
    if field.encrypted and values:  # what it is compared with becomes a digest: see `app.orm.sealed`
        kept = _as_kept(models, rights.entity, field, values)
        return _plain_condition(models.attribute(rights.entity, key + BLIND_SUFFIX), operator, kept)
    column: Any = models.attribute(rights.entity, key)
    if field.translated:
        return _in_any_language(models, rights.entity, field, operator, values)
    if field.holds == "any":
        return _any_condition(models.attribute(rights.entity, key + ENTITY_SUFFIX), column, operator, values)
    if field.holds == "address":  # a list in JSON: what is looked for is written as it is there
        values = [json.dumps(value, ensure_ascii=False)[1:-1] for value in values]
    if field.holds == "datetime":
        return _moment_condition(column, operator, values)
    return _plain_condition(column, operator, values)


def _as_kept(models: Models, entity: str, field: Field, values: list[Any]) -> list[Any]:
    """Texts as the write path would have kept them: the digest of another way to write one is another. Some were kept before a
    limit was, and are found all the same. Raises BadQuery.
    """
    unlimited = replace(field, min_length=None, max_length=None)
    parse = make_parser(models.catalog, models.catalog.entities[entity], unlimited)
    found = [parse(each) for each in values]
    if any(isinstance(each, Bad) or each is None for each in found):
        raise BadQuery("value", field.key)
    return found


def _in_any_language(
    models: Models, entity: str, field: Field, operator: str, values: list[Any]
) -> ColumnElement[bool]:
    """A translated text is compared in every language: one that fits is enough; of what must not be, none may fit."""
    columns = [models.attribute(entity, column) for column in text_columns(models.catalog, field).values()]
    joined = sa.and_ if operator in {"not_equals", "not_in", "is_blank"} else sa.or_
    return joined(*(_plain_condition(column, operator, values) for column in columns))


def _any_condition(entity: Any, column: Any, operator: str, values: list[Any]) -> ColumnElement[bool]:
    """As `_plain_condition`, for a reference whose entity stands in a column of its own."""
    if not values:
        return _plain_condition(column, operator, values)
    by_entity: dict[str, list[int]] = {}
    for value in values:
        by_entity.setdefault(value.entity, []).append(value.id)
    found = sa.or_(*(sa.and_(entity == key, column.in_(ids)) for key, ids in by_entity.items()))
    return found if operator in {"equals", "in"} else sa.or_(column.is_(None), sa.not_(found))


def _plain_condition(column: Any, operator: str, values: list[Any]) -> ColumnElement[bool]:
    condition: ColumnElement[bool]
    match operator:
        case "is_blank":
            condition = column.is_(None)
        case "is_not_blank":
            condition = column.is_not(None)
        case "equals":
            condition = column == values[0]
        case "not_equals":  # a blank differs from every value
            condition = column.is_distinct_from(values[0])
        case "in":
            condition = column.in_(values)
        case "not_in":
            condition = sa.or_(column.not_in(values), column.is_(None))
        case "between":
            condition = sa.and_(column >= values[0], column <= values[1])
        case "contains":
            condition = column.icontains(values[0], autoescape=True)
        case "starts_with":
            condition = column.istartswith(values[0], autoescape=True)
        case _:
            condition = _COMPARE[operator](column, values[0])
    return condition


def _moment_condition(column: Any, operator: str, values: list[Any]) -> ColumnElement[bool]:
    """As `_plain_condition`, where a day stands for all its moments."""
    if operator == "between":
        return sa.and_(_edge(column, "at_least", values[0]), _edge(column, "at_most", values[1]))
    if operator in {"equals", "not_equals"} and isinstance(values[0], Day):
        within = sa.and_(column >= values[0].start, column < values[0].end)
        return within if operator == "equals" else sa.or_(sa.not_(within), column.is_(None))
    if operator in _COMPARE:
        return _edge(column, operator, values[0])
    return _plain_condition(column, operator, values)


def _edge(column: Any, operator: str, value: Any) -> ColumnElement[bool]:
    if isinstance(value, Day):
        edges: dict[str, ColumnElement[bool]] = {
            "less": column < value.start,
            "at_most": column < value.end,
            "greater": column >= value.end,
            "at_least": column >= value.start,
        }
        return edges[operator]
    condition: ColumnElement[bool] = _COMPARE[operator](column, value)
    return condition

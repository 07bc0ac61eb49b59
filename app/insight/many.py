"""The values of fields that hold a list, for the records of a page: one statement for each such field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.elements import ColumnElement

from app.insight.labels import Labels
from app.insight.query import AnyLinkReference, LinkReference
from app.orm.many import KIND, Many
from app.orm.models import Models
from app.orm.store import INCLUDE_DELETED
from app.orm.types import AnyId

_CHUNK = 500  # records per statement: below the limit of variables of any SQLite
Lists = Mapping[int, tuple[tuple[Any, ...], ...]]


def read_lists(session: Session, models: Models, many: Many, ids: Sequence[int], *, deleted: bool = False) -> Lists:
    """For each record that has any: its values in their order, each with a link's own fields behind it.

    Links to what the actor may not read, or what lies in the bin, are not among them.
    """
    statement = _statement(models, many)
    found: dict[int, list[tuple[Any, ...]]] = {}
    for at in range(0, len(ids), _CHUNK):
        some = {"ids": list(ids[at : at + _CHUNK])}
        for record, *value in session.execute(statement, some, execution_options={INCLUDE_DELETED: deleted}):
            found.setdefault(record, []).append(many.told(value))
    return {record: tuple(values) for record, values in found.items()}


def _statement(models: Models, many: Many) -> sa.Select[Any]:
    """Made once, so that it is found compiled."""
    kept: dict[str, sa.Select[Any]] = models.metadata.info.setdefault("lists_of_values", {})
    if many.key not in kept:
        a_class = models.classes[many.key]
        held = [getattr(a_class, name) for name in many.held]
        wanted = a_class.record.in_(sa.bindparam("ids", expanding=True, type_=sa.BigInteger))
        order = (a_class.record, a_class.position, a_class.value)
        kept[many.key] = sa.select(a_class.record, *held).where(wanted).order_by(*order)
    return kept[many.key]


def has_any(models: Models, many: Many, record: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    """Whether the list of a record holds anything that the actor may read."""
    a_class = models.classes[many.key]
    return sa.select(a_class.record).where(a_class.record == record).exists()


def shown_list(many: Many, values: Sequence[tuple[Any, ...]], names: Labels) -> tuple[object, ...]:
    """The values of one record as rows hold them."""
    if not many.targets:
        return tuple(value for value, *_ in values)
    return tuple(_shown_link(many, value, names, own) for value, *own in values)


def linked(many: Many, value: Any) -> tuple[str, int]:
    """Entity and id of what a link leads to."""
    return (value.entity, value.id) if isinstance(value, AnyId) else (many.targets[0], value)


def _shown_link(many: Many, value: Any, names: Labels, own: Sequence[Any]) -> LinkReference:
    target, record = linked(many, value)
    said = dict(zip(many.field.link_fields, own, strict=True))
    kind = AnyLinkReference if many.several else LinkReference
    return kind(target, record, names.get((target, record)), said)


def list_condition(models: Models, many: Many, operator: str, values: Sequence[Any]) -> ColumnElement[bool]:
    """Which records have any or all of the values, or any at all. What a reader can't see of a list is not in it."""
    record = models.attribute(many.entity, "id")
    a_class = models.classes[many.key]
    having = sa.select(a_class.record)
    match operator:
        # Most records have a value, or most have none: tried one by one, a page of them is soon found.
        case "is_blank":
            return ~has_any(models, many, record)
        case "is_not_blank":
            return has_any(models, many, record)
        case "has_any":
            return record.in_(having.where(_is_one(many, a_class, values)))
        case _:
            every = dict.fromkeys(values)
            return sa.and_(*(record.in_(having.where(_is_one(many, a_class, [value]))) for value in every))


def _is_one(many: Many, a_class: Any, values: Sequence[Any]) -> ColumnElement[bool]:
    compared = getattr(a_class, many.compared)
    if not many.several:
        found: ColumnElement[bool] = compared.in_(values) if len(values) > 1 else compared == values[0]
        return found
    by_entity: dict[str, list[int]] = {}
    for value in values:
        by_entity.setdefault(value.entity, []).append(value.id)
    kind = getattr(a_class, KIND)
    return sa.or_(*(sa.and_(kind == entity, compared.in_(ids)) for entity, ids in by_entity.items()))

"""Rows of the database as the actor may see them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import field
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.access import Actor, FieldRights, actor_of, field_rights, mask, models_of
from app.definition import Catalog, Field, Text
from app.frozen import dataclass
from app.insight.compound import Join, joins_of
from app.insight.labels import Labels, labels
from app.insight.many import Lists, has_any, linked, read_lists, shown_list
from app.insight.query import AnyReference, BadQuery, Reference, Row
from app.orm.many import Many, many_key
from app.orm.models import Models
from app.orm.overrides import overrides_of
from app.orm.store import INCLUDE_DELETED

_MOST_SHAPES = 500  # of records: entities × distinct sets of columns
BIN_FIELDS = {
    "deleted_at": Field(
        key="deleted_at", type="datetime", label=Text({"en": "Deleted", "zh": "删除时间"}), system=True
    ),
    "deleted_by": Field(key="deleted_by", type="user", label=Text({"en": "Deleted by", "zh": "删除人"}), system=True),
    "deletion": Field(key="deletion", type="text", label=Text({"en": "Deletion", "zh": "删除批次"}), system=True),
}
"""Columns that the bin has besides the fields of its entity. `deletion` is shared by all that one act deleted."""


@dataclass(frozen=True)
class Shown:
    """The columns of a list: their keys, and for each the field that it is."""

    entity: str
    fields: tuple[Field, ...]
    rights: FieldRights
    joins: tuple[Join, ...] = ()
    marks: Mapping[str, str] = field(
        default_factory=dict
    )  # by field that may be overruled the column that says since when

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The keys of the fields."""
        return tuple(field.key for field in self.fields)

    @cached_property
    def beside(self) -> tuple[str, ...]:
        """The columns of the compound fields and of `marks`. With the same fields they may be others for another reader."""
        return (*(column for join in self.joins for column in join.columns), *self.marks.values())

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The keys of the fields that have a column: lists have none."""
        return tuple(field.key for field in self.fields if not field.is_list)

    @cached_property
    def lists(self) -> tuple[Field, ...]:
        """The fields that hold a list."""
        return tuple(field for field in self.fields if field.is_list)

    @cached_property
    def width(self) -> int:
        """How many columns are selected."""
        return 2 + len(self.columns) + len(self.beside)

    def attributes(self, models: Models) -> list[Any]:
        """What to select: the id, the version, the fields with a column, then all columns of the compound ones."""
        plain = [models.attribute(self.entity, key) for key in ("id", "version", *self.columns)]
        return [*plain, *(models.attribute(self.entity, column).label(None) for column in self.beside)]


def shown_fields(catalog: Catalog, rights: FieldRights, columns: Sequence[str], *, deleted: bool = False) -> Shown:
    """The columns asked for. Raises BadQuery for one that the actor may not see, as for one that is not there."""
    entity = catalog.entities[rights.entity]
    found = []
    for key in dict.fromkeys(columns):
        if deleted and key in BIN_FIELDS:
            found.append(BIN_FIELDS[key])
        elif rights.sees(key):
            found.append(entity.every_field[key])
        else:
            raise BadQuery("field", key)
    over = overrides_of(entity)
    marks = {each.key: over[each.key].at for each in found if each.key in over and each.key in rights.clear}
    return Shown(entity.key, tuple(found), rights, joins_of(catalog, rights, found), marks)


def default_columns(catalog: Catalog, actor: Actor, entity: str) -> tuple[str, ...]:
    """The columns of the entity's list that the actor may see; its name field where the list states none."""
    rights = field_rights(catalog, actor, entity)
    definition = catalog.get_entity(entity)
    wanted = definition.list.columns or (definition.name_field, *list(definition.fields)[:5], "updated_at")
    return tuple(key for key in dict.fromkeys(wanted) if rights.sees(key))


def get_record(
    session: Session,
    actor: Actor,
    entity: str,
    record_id: int,
    columns: Sequence[str] | None = None,
    *,
    include_deleted: bool = False,
) -> Row | None:
    """A record with its columns (None: all that the actor may see) and labels: two statements, and one more for each list that
    holds something. None when out of sight.

    A record in the bin is found with `include_deleted`. Raises BadQuery as lists do, KeyError for an unknown entity.
    """
    models = models_of(session)
    rights = field_rights(models.catalog, actor, entity)
    shown = shown_fields(
        models.catalog, rights, rights.visible if columns is None else columns, deleted=include_deleted
    )
    options = {INCLUDE_DELETED: True} if include_deleted else {}
    found = session.execute(_by_id(models, shown), {"wanted": record_id}, execution_options=options).all()
    if not found:
        return None
    # Most lists of most records are blank, which the first statement tells for little.
    filled = {field.key for field, holds_any in zip(shown.lists, found[0][shown.width :], strict=True) if holds_any}
    return build_rows(session, shown, found, filled, deleted=include_deleted)[0]


def _by_id(models: Models, shown: Shown) -> sa.Select[Any]:
    """The statement that finds a record by its id, and behind it whether each of its lists holds anything; made once for each
    set of columns.
    """
    kept: dict[object, sa.Select[Any]] = models.metadata.info.setdefault("record_by_id", {})
    shape = (shown.entity, shown.keys, shown.beside)
    found = kept.get(shape)
    if found is None:
        if len(kept) >= _MOST_SHAPES:
            kept.clear()
        record = models.attribute(shown.entity, "id")
        wanted = record == sa.bindparam("wanted", type_=sa.BigInteger)
        lists = (has_any(models, models.many[many_key(shown.entity, field.key)], record) for field in shown.lists)
        found = kept[shape] = sa.select(*shown.attributes(models), *lists).where(wanted)
    return found


def build_rows(
    session: Session,
    shown: Shown,
    found: Sequence[Sequence[Any]],
    filled: Collection[str] | None = None,
    *,
    deleted: bool = False,
) -> list[Row]:
    """Rows from what was selected by `Shown.attributes` (further columns may follow): one statement for each field that
    holds a list, and one for all labels. `filled`: the only lists in which there is anything, where that is known. `deleted`:
    the records lie in the bin.
    """
    if not found:
        return []
    every = _plain_values(shown, found, actor_of(session).language)
    models = models_of(session)
    ids = [one[0] for one in found]
    lists = {
        models.many[many_key(shown.entity, field.key)]: (
            read_lists(session, models, models.many[many_key(shown.entity, field.key)], ids, deleted=deleted)
            if filled is None or field.key in filled
            else {}
        )
        for field in shown.lists
    }
    wanted = _wanted_labels(shown, every, lists)
    names = labels(session, wanted) if wanted else {}
    changes = [(field.key, read) for field in shown.fields for read in [_reader(field, shown.rights, names)] if read]
    rows = []
    for one, values in zip(found, every, strict=True):
        for key, read in changes:
            if values[key] is not None:
                values[key] = read(values[key])
        for many, lists_by_record in lists.items():
            values[many.field.key] = shown_list(many, lists_by_record.get(one[0], ()), names)
        shown_values = {key: values[key] for key in shown.keys} if lists else values
        rows.append(Row(one[0], shown_values, one[1], _overruled(shown, one)))
    return rows


def _overruled(shown: Shown, one: Sequence[Any]) -> frozenset[str]:
    """The fields of a row that are overruled: what says so was selected last."""
    if not shown.marks:
        return frozenset()
    since = one[shown.width - len(shown.marks) : shown.width]
    return frozenset(key for key, at in zip(shown.marks, since, strict=True) if at is not None)


def _plain_values(shown: Shown, found: Sequence[Sequence[Any]], language: str) -> list[dict[str, Any]]:
    """The values of the columns by field, those of compound fields joined."""
    joins = _placed(shown)
    every = []
    for one in found:
        values: dict[str, Any] = dict(zip(shown.columns, one[2:], strict=False))
        for join, place in joins:
            values[join.key] = join.join(one[place : place + len(join.columns)], language)
        every.append(values)
    return every


def _placed(shown: Shown) -> list[tuple[Join, int]]:
    """The joins, each with the place of its first column among those selected."""
    place, found = 2 + len(shown.columns), []
    for join in shown.joins:
        found.append((join, place))
        place += len(join.columns)
    return found


def _wanted_labels(
    shown: Shown, every: Iterable[Mapping[str, Any]], lists: Mapping[Many, Lists]
) -> dict[str, set[int]]:
    wanted: dict[str, set[int]] = {}
    one = [(field.key, field.target) for field in shown.fields if field.target and field.key not in shown.rights.masks]
    anys = [field.key for field in shown.fields if field.holds == "any"]
    for values in every if one or anys else ():
        for key, target in one:
            if values[key] is not None:
                wanted.setdefault(target, set()).add(values[key])
        for key in anys:
            if values[key] is not None:
                wanted.setdefault(values[key].entity, set()).add(values[key].id)
    for many, found in lists.items():
        for every_value in found.values() if many.targets else ():
            for value in every_value:
                target, record = linked(many, value[0])
                wanted.setdefault(target, set()).add(record)
    return {target: ids for target, ids in wanted.items() if ids}


def _reader(field: Field, rights: FieldRights, names: Labels) -> Callable[[Any], object] | None:
    """How a stored value of a field is shown; None: as it is."""
    pattern = rights.masks.get(field.key)
    if pattern is not None:
        return lambda value: mask(pattern, value)
    if field.holds == "any":
        return lambda value: AnyReference(value.entity, value.id, names.get((value.entity, value.id)))
    target = field.target
    if target is not None:
        return lambda value: Reference(target, value, names.get((target, value)))
    return None

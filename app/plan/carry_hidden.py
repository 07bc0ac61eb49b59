"""What hidden values name: records of entities and options that get another name, while their field is under a tombstone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache, partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.definition import Field
from app.orm.former import Names, Renames
from app.orm.models import ENTITY_SUFFIX, Models, models_on_demand
from app.plan.holders import value_columns
from app.plan.past import Then, find_then
from app.plan.revision import find_revision
from app.plan.tombstone import Tombstone


def hidden_names(
    connection: Connection, renames: Renames, tombstones: Iterable[Tombstone]
) -> Iterator[tuple[sa.Column[Any], Names]]:
    """The hidden columns in which something has another name now, with the names. The tombstones are called as now."""
    if not (renames.entities or renames.picklists or renames.values):
        return
    find = cache(partial(find_revision, connection))
    models = cache(lambda number: _models_of(find(number)))
    for each in tombstones:
        then = find_then(find, each)
        found = _names_in(models(then.revision.number), then, each, renames)
        yield from ((column, names) for column, names in found if names and _is_part(column, each))


def _models_of(revision: Any) -> Models:
    return models_on_demand(revision.catalog, revision.names)


def _names_in(
    models: Models, then: Then, tombstone: Tombstone, renames: Renames
) -> Iterator[tuple[sa.Column[Any], Names]]:
    entity = then.entity_key
    for key in [then.key] if then.key else list(then.entity.fields):
        a_field = then.entity.fields[key]
        if a_field.of_several:
            table = models.many[f"{entity}.{key}"].table if a_field.is_list else models.tables[entity]
            kinds = (each for each in table.columns if str(each.key).endswith(ENTITY_SUFFIX))
            yield from (
                (each, renames.entities) for each in kinds if a_field.is_list or each.key == key + ENTITY_SUFFIX
            )
        for own, options in _options_of(a_field):
            its = tombstone.name if then.own else f"{tombstone.name}{own}"
            names = _renamed(options, its if tombstone.became else "", renames)
            holder = (entity, key, *([own[1:]] if own else []))
            yield from ((each, names) for each in (value_columns(models, holder) if names else ()))


def _options_of(a_field: Field) -> Iterator[tuple[str, Any]]:
    """Its options, and those of a link's own fields: with how the place of these goes on."""
    if a_field.type == "picklist":
        yield "", a_field.options
    for own, one in a_field.link_fields.items():
        if one.type == "picklist":
            yield f".{own}", one.options


def _renamed(options: str | Mapping[str, Any] | None, place: str, renames: Renames) -> Names:
    """Of options that a field had to itself those at its place, if there still is one."""
    return renames.picklists.get(options, {}) if isinstance(options, str) else renames.values.get(place, {})


def _is_part(column: sa.Column[Any], tombstone: Tombstone) -> bool:
    table = column.table.name
    return table in tombstone.parts or f"{table}.{column.name}" in tombstone.parts

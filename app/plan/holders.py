"""Where records hold an option, a stage or the key of an entity."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from app.orm.many import OWN_PREFIX, RECORD, many_key
from app.orm.models import ENTITY_SUFFIX, Models
from app.orm.overrides import COMPUTED_SUFFIX


def value_column(models: Models, holder: tuple[str, ...]) -> sa.Column[Any]:
    """The column of a field, (entity, field), that holds an option or a stage, or of a link's own field (entity, field, own)."""
    entity, field, *own = holder
    many = models.many.get(many_key(entity, field))
    if many is None:
        return models.column(entity, field)
    return many.table.c[OWN_PREFIX + own[0] if own else "value"]


def row_column(table: sa.Table) -> sa.Column[int]:
    """The id of the record that a row of an entity or of a list is of."""
    column: sa.Column[int] = table.c[RECORD] if RECORD in table.primary_key.columns else table.c.id
    return column


def value_columns(models: Models, holder: tuple[str, ...]) -> Iterator[sa.Column[Any]]:
    """That column, and the one beside it with what would be computed where it is overruled."""
    column = value_column(models, holder)
    yield column
    beside = f"{column.key}{COMPUTED_SUFFIX}"
    if beside in column.table.c:
        yield column.table.c[beside]


def entity_columns(models: Models) -> Iterator[sa.Column[Any]]:
    """The columns that say of which entity a record is that another one points to."""
    for table in models.every_table():
        yield from (column for column in table.columns if str(column.key).endswith(ENTITY_SUFFIX))

"""Columns beside a stage field: since when the record is in its stage. The moves themselves are in `tenon_stage_move`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from app.definition import Entity
from app.definition.pipeline import SINCE_SUFFIX
from app.orm.types import Moment


def since_columns(entity: Entity) -> Mapping[str, str]:
    """The key of that column by stage field."""
    return {key: key + SINCE_SUFFIX for key, each in entity.fields.items() if each.type == "stage"}


def stage_columns(entity: Entity, names: Mapping[str, str]) -> Iterator[sa.Column[Any]]:
    """The columns for an entity's table. Their names follow from the field's."""
    for key, column in since_columns(entity).items():
        yield sa.Column(names[f"{entity.key}.{key}"] + SINCE_SUFFIX, Moment(), key=column)

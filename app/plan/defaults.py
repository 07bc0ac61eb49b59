"""Defaults of new fields that are put into existing rows."""

from __future__ import annotations

from typing import Any

from app.definition import Entity, Field
from app.definition.pipeline import start_stages
from app.definition.written import read_color
from app.plan.limits import typed_limit

FILLABLE = frozenset({"text", "integer", "decimal", "boolean", "option", "time", "duration"})
"""What fields must hold for their default to be put into existing rows: those whose YAML form is their value."""
_TYPED = frozenset({"decimal", "time", "duration"})


def fills_rows(a_field: Field) -> bool:
    """Whether existing rows get the default of this new field: a required one whose default can be stored as it is."""
    return (
        a_field.required and a_field.default is not None and a_field.holds in FILLABLE and a_field.type != "rich_text"
    )


def typed_default(a_field: Field) -> Any:
    """The default of a field that `fills_rows` as a value of its column."""
    if a_field.type == "color":
        return read_color(str(a_field.default))
    return typed_limit(a_field, a_field.default) if a_field.holds in _TYPED else a_field.default


def first_stage(entity: Entity, key: str) -> str | None:
    """Where existing rows begin when their entity gets the stage field: in the pipeline for all; None for another field."""
    lines = entity.pipelines_of(key)
    return next(iter(start_stages(lines[-1])), None) if lines else None

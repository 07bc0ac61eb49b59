"""What a new form begins with where a formula gives the default: the very value that a save would give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from app.definition.currencies import ORIGINAL_SUFFIX, converted_fields
from app.insight import Reference, labels
from app.record.conditions import conditions_of
from app.web.pages.inputs import Typed, typed_of
from app.web.pages.live import State as Judged
from app.web.pages.shapes import Shape, State

if TYPE_CHECKING:
    from app.definition import Field
    from app.web.pages.desk import EntityDesk


def shown_defaults(view: EntityDesk, shape: Shape, state: State, judged: Judged | None) -> tuple[State, dict[str, str]]:
    """The form with them in the inputs that nothing else fills in, and what was put in, by field. Masked ones are left to the
    save.
    """
    masks = view.rights(view.entity_key).masks
    keys = [
        key
        for key in conditions_of(view.catalog, view.entity_key).defaults
        if key in shape.writable and key in shape.keys and key not in masks and not _typed(state, key)
    ]
    if judged is None:
        return state, {}
    typed, put = dict(state.typed), {}
    for key in keys:
        field = view.entity.fields[key]
        found = _shown(view, field, judged.seen.values)
        typed[key if not field.translated else f"{key}:{view.catalog.pack.languages[0]}"] = found
        put[key] = found.value
    return replace(state, typed=typed), put


def left_to_save(view: EntityDesk, values: Mapping[str, object]) -> dict[str, object]:
    """What was posted without blanks where a default was not shown: masked fields, and records out of sight."""
    defaults = conditions_of(view.catalog, view.entity_key).defaults
    masks = view.rights(view.entity_key).masks
    unseen = {key for key in defaults if key in masks or _is_out_of_sight(view, view.entity.fields[key])}
    return {key: value for key, value in values.items() if key not in unseen or value not in ("", None)}


def _typed(state: State, key: str) -> bool:
    return any(each.value for slot, each in state.typed.items() if slot.partition(":")[0] == key)


def _is_out_of_sight(view: EntityDesk, field: Field) -> bool:
    return field.target is not None and not view.may("read", field.target)


def _shown(view: EntityDesk, field: Field, values: Mapping[str, Any]) -> Typed:
    key = field.key
    value = values[key + ORIGINAL_SUFFIX if key in converted_fields(view.entity) else key]
    if field.target is not None and value is not None:
        name = labels(view.session, {field.target: [value]}).get((field.target, value))
        if name is None:
            return Typed()
        value = Reference(field.target, value, name)
    return typed_of(value, view.formats.zone, view.language)

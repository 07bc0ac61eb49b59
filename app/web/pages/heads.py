"""The heads of a list: what the columns are called, how they are drawn, on a phone, too, and by which of them one can sort."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from app.access import models_of
from app.definition import Field
from app.definition.field_types import FILE_TYPES
from app.insight.paging import is_sortable
from app.web.pages.gauges import is_gauge
from app.web.pages.rows import Head

if TYPE_CHECKING:
    from app.web.pages.desk import EntityDesk

NUMBERS = frozenset({"integer", "decimal", "money", "duration"})
NO_SECOND_LINE = frozenset({"color", "rich_text"})
NEVER_IN_A_CELL = frozenset({"sequence", "long_text", "rich_text", "json", "address", "location", *FILE_TYPES})


def is_figure(field: Field) -> bool:
    """Whether it stands to the right, so that digits are below each other: a number that is not drawn."""
    return field.type in NUMBERS and not is_gauge(field)


def is_column_sortable(view: EntityDesk, key: str) -> bool:
    """Whether the list can be sorted by a field."""
    field = view.entity.every_field.get(key)
    return field is not None and is_sortable(models_of(view.session), view.entity_key, field)


def plain_heads(view: EntityDesk, columns: Sequence[str], *, editable: bool) -> Iterator[tuple[Head, bool]]:
    """The heads of a list that is not sorted, and by which of them one can sort."""
    entity, rights = view.entity, view.rights(view.entity_key)
    writable = rights.writable(creating=False) if editable else frozenset()
    areas = area_of(view, columns)
    for place, key in enumerate(columns):
        field = entity.every_field[key]
        style = f"a-{areas[key]} " if key in areas else "a-name " if place == 0 else ""
        style += "is-num " if is_figure(field) else ""
        style += f"w-{_width(field)}"
        edit = key in writable and field.type not in NEVER_IN_A_CELL
        head = Head(key, view.label(view.entity_key, key), is_figure(field), place == 0, style, edit, "", "")
        yield head, key in rights.clear and is_column_sortable(view, key)


def area_of(view: EntityDesk, columns: Sequence[str]) -> dict[str, str]:
    """Where a column stands on the card that a row becomes on a phone: by meaning, each place once."""
    places: dict[str, str] = {}
    free = ["acc", "stage", "money", "date", "owner"]

    def take(place: str, key: str) -> None:
        if place in free and key not in places:
            free.remove(place)
            places[key] = place

    fields = [view.entity.every_field[key] for key in columns[1:]]
    for field in fields:
        _take_by_type(field, take)
    for field in fields:  # what is left fills the quiet places: the second line first
        if field.key not in places and "acc" in free and field.holds == "text" and field.type not in NO_SECOND_LINE:
            take("acc", field.key)
    return places


def _take_by_type(field: Field, take: object) -> None:
    assert callable(take)
    if field.key == "owner":
        take("owner", field.key)
    elif field.type == "stage" or (field.type == "picklist" and field.display == "badge"):
        take("stage", field.key)
    elif field.type == "money":
        take("money", field.key)
    elif field.type == "lookup":
        take("acc", field.key)
    elif field.holds in {"date", "datetime"}:
        take("date", field.key)


def _width(field: Field) -> str:
    if field.type == "lookup":
        return "acc"
    if field.type == "picklist" and field.display != "badge":
        return "option"
    return "text" if field.holds in {"text", "address", "json"} and field.type != "color" else "auto"

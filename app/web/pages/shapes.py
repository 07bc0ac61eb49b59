"""What a form is: its sections with the fields that may be written, and what stands in their inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from typing import TYPE_CHECKING

from app.definition import Entity, Field, PartLink
from app.definition.currencies import CURRENCY_FIELD, converted_fields
from app.frozen import dataclass
from app.record.conditions import never_entered
from app.web.pages import lines
from app.web.pages.confirming import Warned
from app.web.pages.heads import NUMBERS
from app.web.pages.inputs import Typed
from app.web.pages.layouts import Part, sheets_of
from app.web.pages.lines import Lines

if TYPE_CHECKING:
    from app.web.pages.desk import EntityDesk

OTHER = "other"


@dataclass(frozen=True)
class State:
    """What a form shows: for each field what is typed, what it was, and what is wrong."""

    typed: Mapping[str, Typed] = field(default_factory=dict)
    was: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, Sequence[str]] = field(default_factory=dict)
    general: Sequence[tuple[str, str]] = ()
    codes: Mapping[str, str] = field(default_factory=dict)
    lines: Mapping[str, Lines] = field(default_factory=dict)
    warnings: Sequence[Warned] = ()


@dataclass(frozen=True)
class Shape:
    """Which fields a form has: those that may be written, and (of a stored record) those that are only shown."""

    parts: tuple[Part, ...]
    writable: frozenset[str]
    tables: Mapping[str, PartLink] = field(default_factory=dict)

    @property
    def fields(self) -> list[Field]:
        return [each for part in self.parts for each in part.fields]

    @property
    def keys(self) -> list[str]:
        return [each.key for each in self.fields]


def shape_of(view: EntityDesk, *, creating: bool) -> Shape:
    """The sections of the form, in the order of the layout; fields that can't be left out come last."""
    rights, entity = view.rights(view.entity_key), view.entity
    writable = rights.writable(creating=creating) - never_entered(view.catalog, view.entity_key)
    if not view.can("transition"):
        writable -= {each.key for each in entity.fields.values() if each.type == "stage"}
    parts: list[Part] = []
    placed: set[str] = set()
    tables: dict[str, PartLink] = {}
    for part in (part for sheet in sheets_of(view) for part in sheet.parts):
        link = lines.link_of(view, part)
        if link is not None:
            tables[link.name] = link
            parts.append(part)
        fields = tuple(
            each
            for each in part.fields
            if each.key not in placed and (each.key in writable or not creating or _grows(each))
        )
        placed.update(each.key for each in fields)
        if fields and (not creating or any(each.key in writable for each in fields)):
            parts.append(replace(part, fields=fields))
    _place_currency(entity, parts, placed, writable)
    needed = (entity.name_field, *(each.key for each in entity.fields.values() if each.required))
    rest = [key for key in dict.fromkeys(needed) if key in writable and key not in placed]
    if rest:
        fields = tuple(entity.every_field[key] for key in rest)
        parts.append(Part(OTHER, view.t("form.other") if parts else "", 2, fields))
    return Shape(tuple(parts), writable, tables)


def _grows(a_field: Field) -> bool:
    """Whether the form of a new record shows a computed field: a figure that follows from what is typed."""
    return a_field.formula is not None and a_field.type in NUMBERS


def _place_currency(entity: Entity, parts: list[Part], placed: set[str], writable: frozenset[str]) -> None:
    """Puts the currency before the first amount, in whose input it is then chosen, where the layout does not place it."""
    money = converted_fields(entity)
    if not money or CURRENCY_FIELD in placed or CURRENCY_FIELD not in writable:
        return
    for number, part in enumerate(parts):
        at = next((place for place, each in enumerate(part.fields) if each.key in money and each.key in writable), None)
        if at is not None:
            fields = (*part.fields[:at], entity.fields[CURRENCY_FIELD], *part.fields[at:])
            parts[number] = replace(part, fields=fields)
            placed.add(CURRENCY_FIELD)
            return

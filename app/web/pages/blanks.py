"""Sections of a record in which nothing is entered: one line each instead of a card, so that a page shows what is known."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from app.web.pages.slots import slots_of

if TYPE_CHECKING:
    from app.insight import Row
    from app.web.pages.desk import EntityDesk


class Blank(NamedTuple):
    """A section without values: what it and its fields are called, and where the first is filled in; "" where none may be."""

    label: str
    fields: tuple[str, ...]
    href: str


def fold(
    view: EntityDesk, row: Row, sections: Sequence[dict[str, Any]], kept: Collection[str], writable: Collection[str]
) -> tuple[list[dict[str, Any]], list[Blank]]:
    """The sections that tell something, and those that don't. `kept` are fields beside whose blanks something stands; of the
    `writable` ones the reader may fill in this record's.
    """
    telling, blank = [], []
    for section in sections:
        facts = section.get("facts") or ()
        if not facts or any(each.cell.kind != "blank" or each.key in kept for each in facts):
            telling.append(section)
            continue
        may = [view.entity.every_field[each.key] for each in facts if each.key in writable]
        slot = next((slot for _field, slot, _language in slots_of(view.catalog, may)), "")
        href = f"{view.address}{row.id}/edit#i-{slot.replace(':', '-')}" if slot else ""
        blank.append(Blank(section["label"], tuple(each.label for each in facts), href))
    return telling, blank

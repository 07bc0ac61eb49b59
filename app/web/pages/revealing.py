"""Masked values on a record page: who may ask for one, and the page that shows it once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from app.definition import Field
from app.insight import Row
from app.record import Revealed
from app.web.pages.cells import Cell

if TYPE_CHECKING:
    from app.web.pages.desk import EntityDesk


class Masked(NamedTuple):
    """A masked value that may be revealed: `cell` shows it once it is."""

    key: str
    label: str
    cell: Cell | None = None


def of_record(view: EntityDesk, row: Row, fields: Iterable[Field], revealed: Revealed | None) -> dict[str, Masked]:
    """Of the fields that a page shows those whose value may be asked for, with the one that is `revealed`."""
    revealable = view.rights(view.entity_key).revealable
    asked = [each.key for each in fields if each.key in revealable and row.values.get(each.key)]
    return {
        key: Masked(
            key,
            view.label(view.entity_key, key),
            view.clear_painter(view.entity_key, key)(revealed.value) if revealed and revealed.field == key else None,
        )
        for key in asked
    }

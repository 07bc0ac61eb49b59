"""Heads and rows of a list, as they are drawn."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from app.insight import Row
from app.web.i18n import t
from app.web.pages.cells import Cell, Painter


class Head(NamedTuple):
    """The head of a column. `style` is the class of its cells, `order` the value of aria-sort ("" : not sortable)."""

    key: str
    label: str
    number: bool
    name: bool
    style: str
    edit: bool
    order: str
    href: str


class ListRow(NamedTuple):
    """One row: its address part, version, the label of its box, and its cells in the order of the heads."""

    id: int
    version: int
    pick: str
    cells: tuple[Cell, ...]


def cells_of(row: Row, painters: Iterable[tuple[str, Painter]]) -> list[Cell]:
    """The values of a record's fields as a table shows them; those that a person overrules bear a mark."""
    cells = [(key, paint(row.values.get(key))) for key, paint in painters]
    said = t("cell.overruled") if row.overruled else ""
    return [cell._replace(over=said) if key in row.overruled else cell for key, cell in cells]

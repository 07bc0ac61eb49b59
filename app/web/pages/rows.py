"""Heads and rows of a list, as they are drawn."""

from __future__ import annotations

from typing import NamedTuple

from app.web.pages.cells import Cell


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

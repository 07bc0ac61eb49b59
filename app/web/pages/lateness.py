"""Dates that have passed while what was to be done by them is still open: they say so, in words and in a tone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from app.definition.duty import closing_field, due_fields, is_open
from app.insight import Row
from app.web.pages.cells import Cell, Painter
from app.web.pages.rows import cells_of

if TYPE_CHECKING:
    from app.web.pages.base import Desk


class Lateness:
    """What of some columns may be late, for one reader: nothing whose field, or whether it is closed, he does not read."""

    def __init__(self, view: Desk, entity: str, columns: Iterable[str]) -> None:
        catalog, clear = view.catalog, view.rights(entity).clear
        self.catalog, self.entity = catalog, entity
        self.closing = closing_field(catalog, entity)
        readable = self.closing is None or self.closing in clear
        self.keys = due_fields(catalog, entity) & clear & set(columns) if readable else frozenset()
        self.needed = (self.closing,) if self.keys and self.closing else ()
        self.now = view.store.clock()
        self.today = self.now.astimezone(ZoneInfo(catalog.pack.time_zone)).date()
        self.said = view.t("cell.overdue")

    def cell(self, values: Mapping[str, object], key: str, cell: Cell) -> Cell:
        """The cell of a record's field; `values` has what is `needed`."""
        return cell._replace(late=self.said) if key in self.keys and self._is_late(values, values.get(key)) else cell

    def cells(self, row: Row, painters: Sequence[tuple[str, Painter]]) -> list[Cell]:
        """The cells of a row in a table."""
        cells = cells_of(row, painters)
        if not self.keys:
            return cells
        return [self.cell(row.values, key, cell) for (key, _), cell in zip(painters, cells, strict=True)]

    def _is_late(self, values: Mapping[str, object], value: object) -> bool:
        until = self.now if isinstance(value, dt.datetime) else self.today
        if not isinstance(value, dt.date) or value >= until:
            return False
        return self.closing is None or is_open(self.catalog, self.entity, self.closing, values.get(self.closing))

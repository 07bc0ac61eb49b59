"""The painters of a catalog: for each field the function that makes a cell of its value."""

from __future__ import annotations

from app.definition import Catalog
from app.web.pages.cells import BLANK, Cell, Painter, plain_painter
from app.web.pages.formats import Formats, formats_for
from app.web.pages.gauges import gauge, is_gauge


def _masked(value: object) -> Cell:
    return BLANK if value is None or value == "" else Cell("mask", str(value))


def build_painter(catalog: Catalog, entity: str, key: str, formats: Formats, *, masked: bool = False) -> Painter:
    """The painter of a field. A masked value comes already masked and is shown as it is."""
    if masked:
        return _masked
    field = catalog.get_field(entity, key)
    paint = plain_painter(catalog, entity, field, formats)
    if is_gauge(field):
        paint = gauge(field, paint, formats.language)
    return lambda value: BLANK if value is None or value == "" else paint(value)


class Painters:
    """The painters of one catalog, each made once for a field, a language, a time zone and whether it is masked."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self._made: dict[tuple[str, str, str, str, bool], Painter] = {}

    def get(self, entity: str, key: str, language: str, zone: str, *, masked: bool = False) -> Painter:
        """The painter of a field. Raises KeyError for an unknown one."""
        wanted = (entity, key, language, zone, masked)
        found = self._made.get(wanted)
        if found is None:
            if len(self._made) > 50_000:  # zones come from people: keep the memory bounded
                self._made.clear()
            formats = formats_for(language, zone, self.catalog.pack.currency.company)
            found = self._made[wanted] = build_painter(self.catalog, entity, key, formats, masked=masked)
        return found

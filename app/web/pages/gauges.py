"""Numbers as gauges: a bar, a ring, a badge or stars, in the colour of the band that they lie in, and its name beside."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_FLOOR, Decimal

from app.definition import Field
from app.definition.computed import Band
from app.definition.field_types import NUMBER_TYPES
from app.web.i18n import text_in
from app.web.pages.cells import MARKS, Cell

HUNDRED, USUAL_STARS = Decimal(100), 5
DRAWN = frozenset({"bar", "ring", "badge", "stars"})


def is_gauge(field: Field) -> bool:
    """Whether a number is drawn as more than digits."""
    return field.type in NUMBER_TYPES and (bool(field.bands) or field.display in DRAWN)


def gauge(field: Field, words: Callable[[object], Cell], language: str) -> Callable[[object], Cell]:
    """The painter of such a field. `words` paints the number alone, whose text stands beside the drawing."""
    kind = field.display if field.display in DRAWN else "badge"

    def paint(value: object) -> Cell:
        number, cell = Decimal(str(value)), words(value)
        band = band_of(field, number)
        name = band.label.in_language(language) or band.key if band is not None else ""
        tone = MARKS.get(band.color, 1) if band is not None and band.color else 0
        if kind == "badge":
            return Cell("badge", f"{name} · {cell.text}" if name else cell.text, mark=tone or 1)
        if kind == "stars":
            lit, most = _stars(field, number)
            said = text_in(language, "cell.stars", count=lit, most=most)
            return Cell("stars", "★" * lit + "☆" * (most - lit), f"{cell.text} · {said}")
        if kind == "ring" and field.type == "percent":  # a small drawing wants a short number; 99.6 % is not all
            cell = words(number.to_integral_value(ROUND_FLOOR))
        return Cell(kind, cell.text, name, mark=_share(field, number), tone=tone)

    return paint


def band_of(field: Field, number: Decimal) -> Band | None:
    """The band that a number lies in: the first that ends above it."""
    return next((each for each in field.bands.values() if each.below is None or number < each.below), None)


def _share(field: Field, number: Decimal) -> int:
    """The part of the way from the smallest to the greatest value, in percent; from 0 to 100 where nothing is said."""
    least, most = Decimal(str(field.min or 0)), Decimal(str(HUNDRED if field.max is None else field.max))
    share = (number - least) * HUNDRED / (most - least) if most > least else HUNDRED
    return int(min(HUNDRED, max(Decimal(), share)))


def _stars(field: Field, number: Decimal) -> tuple[int, int]:
    most = int(field.max) if isinstance(field.max, int) and 1 <= field.max <= 10 else USUAL_STARS
    return min(most, max(0, int(number))), most

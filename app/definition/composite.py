"""Values of several parts that one column holds as a text: markup, places on the globe, postal addresses, JSON.

Each is immutable and has one canonical `stored` text, so that equal values are equal texts on every database. They hold
what the write path has checked; making one checks nothing but what its docstring says.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import astuple, fields
from decimal import ROUND_HALF_UP, Decimal
from types import MappingProxyType
from typing import Any, ClassVar, Self

from app.frozen import dataclass

_TAG = re.compile(r"""<(?:"[^"]*"|[^">])*>""")
_BREAK = re.compile(r"<br>|<hr>|</?(?:p|li|h[1-6]|tr|blockquote|pre|div|ul|ol|table)>")
_BETWEEN_CELLS = re.compile(r"</t[dh]>")
_BLANK_LINES = re.compile(r"\s*\n\s*")


class Html(str):
    """Cleaned markup. It is a text: its characters are those that are stored."""

    __slots__ = ()

    @property
    def plain(self) -> str:
        """What people read of it: no markup, blocks and table rows each on a line of their own."""
        import html  # its table of two thousand names is of no use to who only checks a pack

        text = _TAG.sub("", _BETWEEN_CELLS.sub(" ", _BREAK.sub("\n", self)))
        return _BLANK_LINES.sub("\n", html.unescape(text)).strip()

    def stored(self) -> str:
        """Itself, as a plain str."""
        return str(self)

    @classmethod
    def of_stored(cls, text: str) -> Self:
        """The value that a stored text stands for."""
        return cls(text)

    def wire(self) -> str:
        """The markup."""
        return str(self)


class UnreadJson(str):
    """A text that is to be read as JSON, of a form or a file: a plain str is a JSON string."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Json:
    """A JSON value, kept as its canonical text: keys sorted, no blanks."""

    text: str

    @classmethod
    def of(cls, value: object) -> Self:
        """The value of what `json.loads` gives. Raises ValueError for what JSON does not know."""
        return cls(json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")))

    def stored(self) -> str:
        """The canonical text."""
        return self.text

    @classmethod
    def of_stored(cls, text: str) -> Self:
        """The value that a stored text stands for."""
        return cls(text)

    def wire(self) -> Any:
        """The value as lists, dicts, strings, numbers and booleans."""
        return json.loads(self.text)

    @property
    def pretty(self) -> str:
        """The text as people read it, over several lines."""
        return json.dumps(self.wire(), ensure_ascii=False, indent=2)


@dataclass(frozen=True, slots=True)
class Location:
    """A place on the globe in degrees (WGS 84), to six decimals: a tenth of a metre."""

    UNIT: ClassVar[Decimal] = Decimal("0.000001")

    latitude: Decimal
    longitude: Decimal

    @classmethod
    def of(cls, latitude: Decimal, longitude: Decimal) -> Self:
        """Rounded to six decimals. Raises ValueError beyond the poles or the 180th meridian."""
        if abs(latitude) > 90 or abs(longitude) > 180:
            raise ValueError("outside of the globe")
        return cls(*(each.quantize(cls.UNIT, ROUND_HALF_UP) + 0 for each in (latitude, longitude)))

    def stored(self) -> str:
        """`31.230416,121.473701`, always with six decimals."""
        return f"{self.latitude:f},{self.longitude:f}"

    @classmethod
    def of_stored(cls, text: str) -> Self:
        """The value that a stored text stands for."""
        latitude, _, longitude = text.partition(",")
        return cls(Decimal(latitude), Decimal(longitude))

    def wire(self) -> dict[str, str]:
        """Decimals as strings."""
        return {"latitude": _short(self.latitude), "longitude": _short(self.longitude)}

    @property
    def text(self) -> str:
        """`31.230416, 121.473701`, as maps write and read it."""
        return f"{_short(self.latitude)}, {_short(self.longitude)}"


def _short(degrees: Decimal) -> str:
    text = f"{degrees:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address. `country` is a code of ISO 3166-1 (`CN`); a part that is not given is ""."""

    country: str = ""
    province: str = ""
    city: str = ""
    district: str = ""
    street: str = ""
    postal_code: str = ""

    def stored(self) -> str:
        """A JSON list of the parts, in their order: no name of a part is there to be found by a search."""
        return json.dumps(astuple(self), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def of_stored(cls, text: str) -> Self:
        """The value that a stored text stands for."""
        return cls(*json.loads(text))

    def wire(self) -> dict[str, str]:
        """The parts that are given."""
        return {key: part for key, part in zip(ADDRESS_PARTS, astuple(self), strict=True) if part}

    @property
    def plain(self) -> str:
        """All parts, for the search."""
        return " ".join(part for part in astuple(self) if part)


ADDRESS_PARTS = tuple(each.name for each in fields(Address))
Composite = Html | Json | Location | Address
COMPOSITE: Mapping[str, type[Composite]] = MappingProxyType(
    {"rich_text": Html, "location": Location, "json": Json, "address": Address}
)


def of_wire(type_name: str, wire: Any) -> Composite | None:
    """The value of a type that a history wrote down by `wire`; None for what is no such value any more."""
    try:
        if type_name == "rich_text":
            return Html(wire)
        if type_name == "json":
            return Json.of(wire)
        if type_name == "address":
            return Address(**wire)
        return Location.of(Decimal(wire["latitude"]), Decimal(wire["longitude"]))
    except (TypeError, ValueError, ArithmeticError, KeyError):
        return None

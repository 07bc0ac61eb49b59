"""Addresses and places as people write them."""

from __future__ import annotations

from app.definition.composite import Address, Location
from app.record.countries import country_names

MAP = "https://www.openstreetmap.org/?mlat={latitude}&mlon={longitude}#map=16/{latitude}/{longitude}"
LARGEST_FIRST = frozenset({"CN", "HK", "MO", "TW", "JP", "KR"})  # where a letter begins with the country
_FIRST_HAN = "\u2e7f"


def address_lines(address: Address, language: str, region: str) -> tuple[str, ...]:
    """The lines of an address in the order of its country; the country itself only where it is not the company's."""
    country = country_names(language).get(address.country, address.country) if address.country != region else ""
    if address.country in LARGEST_FIRST:
        place = _joined((address.province, address.city if address.city != address.province else "", address.district))
        lines: tuple[str, ...] = (country, place, address.street, address.postal_code)
    else:
        town = " ".join(part for part in (address.postal_code, address.city) if part)
        lines = (address.street, address.district, town, address.province, country)
    return tuple(line for line in lines if line)


def address_line(address: Address, language: str, region: str) -> str:
    """The address on one line."""
    lines = address_lines(address, language, region)
    return _joined(lines) if address.country in LARGEST_FIRST else ", ".join(lines)


def _joined(parts: tuple[str, ...]) -> str:
    """Chinese parts stand side by side, others need a blank."""
    text = ""
    for part in parts:
        if part:
            close = text == "" or (text[-1] > _FIRST_HAN and part[0] > _FIRST_HAN)
            text += part if close else f" {part}"
    return text


def map_address(location: Location) -> str:
    """Where a public map shows the place."""
    return MAP.format(**location.wire())

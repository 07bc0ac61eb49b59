"""Conversions: one record becomes several, as a lead becomes an account, a contact and an opportunity."""

from __future__ import annotations

from collections.abc import Mapping

from app.definition.attributes import attribute, key_attribute
from app.definition.text import Text
from app.definition.values import Value
from app.frozen import dataclass


@dataclass(frozen=True, kw_only=True)
class Made:
    """A record that is made, or found again by `match`. A plain value of a lookup names another record that is made."""

    key: str = key_attribute("record")
    values: Mapping[str, Value] = attribute("Values", "Of its fields.", default={}, names="field", profile="server")
    match: tuple[str, ...] = attribute(
        "Match", "Fields by which a record that is there is taken.", default=(), names="field"
    )
    optional: bool = attribute("Optional", "The person may leave it out.", default=False)


@dataclass(frozen=True, kw_only=True)
class Conversion:
    """Makes records of others of one record, in one step."""

    key: str = key_attribute("conversion")
    label: Text = attribute("Label", "What people read.", default=Text())
    from_: str = attribute("From", "What is converted.", names="entity")
    makes: Mapping[str, Made] = attribute("Makes", "By entity, in this order.", names="entity")
    carry: tuple[str, ...] = attribute(
        "Carry", "What goes along: related records, files, notes.", default=(), names="inverse",
        words=("activities", "files", "notes", "tags"),
    )  # fmt: skip

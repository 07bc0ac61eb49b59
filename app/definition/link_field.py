"""Fields of a link: what is said of the connection itself, such as the influence of a contact on a deal."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

from app.definition.attributes import attribute, key_attribute
from app.definition.picklist import Option
from app.definition.text import Text
from app.definition.values import Value
from app.frozen import dataclass

LINK_TYPES = ("text", "integer", "decimal", "percent", "boolean", "date", "picklist")


@dataclass(frozen=True, kw_only=True)
class LinkField:
    """One field of the links of a lookup that holds many."""

    key: str = key_attribute("field")
    type: str = attribute("Type", "What the field holds.", example="picklist", words=LINK_TYPES)
    label: Text = attribute("Label", "What people read.", default=Text())
    options: str | Mapping[str, Option] | None = attribute(
        "Options", "The name of a shared picklist, or the options themselves.", default=None, names="picklist"
    )
    default: str | int | Decimal | bool | None = attribute("Default", "The value of a new link.", default=None)
    max_length: int | None = attribute("Greatest length", "In characters.", default=None, minimum=1, maximum=255)
    renamed_from: tuple[str, ...] = attribute(
        "Renamed from",
        "The key that it had before, or a list of all that it had, the last one first.",
        default=(),
        lone=True,
    )
    existing: Literal["fail", "grandfather", "blank"] | None = attribute(
        "Existing values",
        "What of stored values that don't fit: they stop the change, stay until they are changed, or are emptied.",
        default=None,
    )
    backfill: Value | None = attribute(
        "Backfill",
        "What existing links get whose value does not fit: a value, or `{formula: …}` of the link's own fields, `record.…` and "
        "`target.…`.",
        default=None,
        profile="server",
    )
    min: int | Decimal | str | None = attribute("Smallest value", default=None)
    max: int | Decimal | str | None = attribute("Greatest value", default=None)
    scale: int | None = attribute("Decimals", "Digits after the point.", default=None, minimum=0, maximum=8)

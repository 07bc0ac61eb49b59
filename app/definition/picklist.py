"""Picklists: closed lists of values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from app.definition.attributes import attribute, key_attribute
from app.definition.grammars import Expression
from app.definition.text import Text
from app.frozen import dataclass

Color = Literal["grey", "blue", "teal", "amber", "green", "purple", "red"]


@dataclass(frozen=True, kw_only=True)
class Option:
    """One value of a picklist. A retired option stays on old records and can't be chosen any more.

    A text alone is its label.
    """

    shorthand: ClassVar[str] = "label"
    key: str = key_attribute("option")
    label: Text = attribute("Label", "What people read.", default=Text(), example={"en": "Online", "zh": "线上"})
    color: Color | None = attribute("Color", "The mark before the label.", default=None, example="teal")
    retired: bool = attribute("Retired", "Kept by old records, not offered for new ones.", default=False)
    replaced_by: str | None = attribute(
        "Replaced by", "The option to choose instead of this retired one.", default=None, names="option"
    )
    parent: str | None = attribute(
        "Parent",
        "The option above it; where the field `depends_on` another, the value of that field with which this may be chosen.",
        default=None,
        names="parent_option",
    )
    allowed_when: Expression | None = attribute(
        "Allowed when", "It may be chosen where this holds; for conditions that are no tree.", default=None
    )
    options: Mapping[str, Option] = attribute(
        "Options", "Those below it. Once read, they stand beside it and name it as their `parent`.", default={}
    )
    renamed_from: tuple[str, ...] = attribute(
        "Renamed from",
        "The key that it had before, or a list of all that it had, the last one first.",
        default=(),
        lone=True,
    )


@dataclass(frozen=True, kw_only=True)
class Picklist:
    """A list of options that several fields may share."""

    key: str = key_attribute("picklist")
    label: Text = attribute("Label", "What people read.", default=Text())
    options: Mapping[str, Option] = attribute("Options", "The values, in the order in which they are shown.")

"""Fields that are computed by points, and ranges of numbers that have a colour and a name."""

from __future__ import annotations

from decimal import Decimal

from app.definition.attributes import attribute, key_attribute
from app.definition.grammars import Expression
from app.definition.picklist import Color
from app.definition.text import Text
from app.frozen import dataclass


@dataclass(frozen=True, kw_only=True)
class Point:
    """So many points, where its condition holds. The field's value is the sum."""

    key: str = key_attribute("point")
    label: Text = attribute("Label", "What people read.", default=Text())
    add: int | Decimal = attribute("Add", "How many; negative ones take away.", example=10)
    when: Expression | None = attribute("When", "Always, where nothing is said.", default=None, profile="server")


@dataclass(frozen=True, kw_only=True)
class Band:
    """A range of numbers, up to but without `below`; the last one has no end."""

    key: str = key_attribute("band")
    label: Text = attribute("Label", "What people read.", default=Text())
    below: int | Decimal | None = attribute("Below", "Where the next one begins.", default=None, example=50)
    color: Color | None = attribute("Color", default=None)

"""What must be true of a record, and which records look alike."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

from app.definition.attributes import attribute, key_attribute
from app.definition.grammars import Expression
from app.definition.text import Text
from app.frozen import dataclass

Severity = Literal["error", "warning"]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Something that must hold for a record, with the message for whoever breaks it."""

    key: str = key_attribute("rule")
    require: Expression = attribute("Require", "What must hold.", example="amount > 0")
    when: Expression | None = attribute("When", "It is asked only where this holds.", default=None)
    field: str | None = attribute("Field", "Where the message is shown.", default=None, names="field")
    message: Text = attribute("Message", "Shown to whoever breaks it.", default=Text())
    severity: Severity = attribute("Severity", "A warning may be confirmed with a reason.", default="error")
    existing: Literal["grandfather", "fail"] | None = attribute(
        "Existing records",
        "What of records that break it already: they are left alone while the fields that it reads stay, or must be mended.",
        default=None,
    )


@dataclass(frozen=True, kw_only=True)
class Match:
    """One comparison: of a field, equal or `similar` to a degree between 0 and 1."""

    key: str = key_attribute("comparison")
    field: str = attribute("Field", "The field that is compared.", names="field")
    similar: Decimal | None = attribute(
        "Similar", "How alike texts must be, 1 being equal.", default=None, minimum=0, maximum=1, example=0.85
    )


@dataclass(frozen=True, kw_only=True)
class Duplicate:
    """Records that look like one another in all of these comparisons."""

    key: str = key_attribute("duplicate rule")
    match: Mapping[str, Match] = attribute("Match", "What is compared; all must agree.")
    when: Expression | None = attribute("When", "It is asked only where this holds.", default=None)
    action: Literal["warn", "block"] = attribute("Action", "A warning may be confirmed; block refuses.", default="warn")
    message: Text = attribute("Message", "Shown beside the records that look alike.", default=Text())

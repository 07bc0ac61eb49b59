"""What is said of data about people and of secrets: how it is shown, why it is kept, how long."""

from __future__ import annotations

from typing import Literal

from app.definition.attributes import attribute
from app.definition.grammars import Duration, Expression
from app.frozen import dataclass

MaskPattern = Literal["phone", "email", "name", "last4", "all"]


@dataclass(frozen=True, kw_only=True)
class Sensitive:
    """A value that not everyone who reads the record needs to read."""

    mask: MaskPattern | None = attribute("Mask", "How it is shown to whom no role grants more.", default=None)
    encrypt: bool = attribute("Encrypt", "Stored encrypted; it can't be searched or sorted by.", default=False)


@dataclass(frozen=True, kw_only=True)
class Personal:
    """Data of a person: of which kind, what for, and how long it is kept."""

    category: str = attribute("Category", "Kind of data.", example="contact")
    purpose: str | None = attribute("Purpose", "What it is kept for.", default=None, example="contract")
    retention: Duration | None = attribute("Retention", "Erased after so long.", default=None, example="5 years")


@dataclass(frozen=True, kw_only=True)
class Retention:
    """What becomes of old records."""

    after: Duration = attribute("After", "How old they must be.", example="5 years")
    since: str = attribute("Since", "The date that counts.", default="updated_at", names="field")
    where: Expression | None = attribute("Where", "Only records for which this holds.", default=None, profile="filter")
    action: Literal["erase", "anonymise", "archive"] = attribute("Action", "What is done with them.")

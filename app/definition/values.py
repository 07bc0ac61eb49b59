"""Values that configuration sets: a literal, or a formula that gives it."""

from __future__ import annotations

from typing import Any

from app.definition.grammars import Expression
from app.frozen import dataclass


@dataclass(frozen=True)
class Value:
    """A plain literal (scalar, list, map such as a text per language; None when there is none) or a formula. A number with
    decimals is its text.
    """

    literal: Any = None
    formula: Expression | None = None

"""What is wrong with an expression, and where in its text."""

from __future__ import annotations

from app.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem between two offsets of the source, in characters (code points)."""

    code: str
    message: str
    start: int
    end: int
    hint: str | None = None


class BadExpression(ValueError):
    """An expression that can't be used. `problems` are never none."""

    def __init__(self, *problems: Problem) -> None:
        self.problems = problems
        super().__init__(problems[0].message)

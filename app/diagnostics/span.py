"""A place in a file of configuration."""

from __future__ import annotations

from typing import NamedTuple


class Span(NamedTuple):
    """A place in a file. `line` and `column` count from 1; `length` is the number of characters that a caret marks."""

    file: str
    line: int
    column: int
    length: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

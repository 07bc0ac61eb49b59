"""What was read of a database for one backup."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field

from app.backup.parts import Marks
from app.frozen import dataclass


@dataclass(frozen=True)
class Taken:
    """Parts of the database, to be read once and in order; the census and the marks of the state that they show; digests of
    the contents that its rows name and no earlier backup of the chain holds.
    """

    parts: Iterator[tuple[str, Iterable[bytes]]]
    tables: Mapping[str, list[int]]
    marks: Marks
    contents: Sequence[str]
    columns: Mapping[str, list[str]] = field(default_factory=dict)
    sequences: Mapping[str, int] = field(default_factory=dict)

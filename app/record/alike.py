"""Whether two records look alike in all comparisons of a duplicate rule. No I/O."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from rapidfuzz import fuzz

from app.definition import Duplicate
from app.expression.python import Evaluate
from app.frozen import dataclass
from app.record.refusal import DUPLICATE_PREFIX

Values = Mapping[str, Any]
Fold = Callable[[Any], Any]


def fold(value: Any) -> Any:
    """A text as it is compared: NFC, trimmed, without regard to case. Other values as they are."""
    if not isinstance(value, str):
        return value
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", value).casefold()).strip()


@dataclass(frozen=True)
class CheckedDuplicate:
    """A duplicate rule that is ready to be asked. `equal` are the fields that must be the same, those of `folded` as folded
    texts; `similar` the fields that must be alike, with the degree from 0 to 100; `anchor` the field by which candidates are
    found. `when` is None where all are asked.
    """

    rule: Duplicate
    equal: tuple[str, ...]
    folded: frozenset[str]
    similar: Mapping[str, float]
    anchor: str
    when: Evaluate | None

    @property
    def code(self) -> str:
        """The code of its refusals."""
        return DUPLICATE_PREFIX + self.rule.key

    @property
    def is_warning(self) -> bool:
        """Whether it may be confirmed."""
        return self.rule.action == "warn"

    @property
    def fields(self) -> tuple[str, ...]:
        """All that is compared."""
        return (*self.equal, *self.similar)

    def key(self, values: Values) -> tuple[Any, ...] | None:
        """What records must have in common that may be alike; None where something that is compared is blank."""
        if any(fold(values[each]) in (None, "") for each in self.fields):
            return None
        return tuple(fold(values[each]) if each in self.folded else values[each] for each in self.equal)

    def likeness(self, one: Values, other: Values, clear: AbstractSet[str]) -> float:
        """How alike two records of one key are, from 0 (not alike) to 100. Texts that are not `clear` must be equal: whoever
        may not read a text must not come near it by trying.
        """
        lowest = 100.0
        for key, degree in self.similar.items():
            wanted = degree if key in clear else 100.0
            lowest = min(lowest, fuzz.ratio(fold(one[key]), fold(other[key]), score_cutoff=wanted))
        return lowest

"""Which computed fields of which records a unit of work has made out of date."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from app.expression.graph import Dependants, Way


@dataclass(slots=True)
class Waiting:
    """`records`: by entity and id, the fields that must be worked out anew. `starts`: by way, the fields at its end and the
    records that it leads from; it is gone when all is written, for it leads to what is written then.
    """

    records: dict[str, dict[int, set[str]]] = field(default_factory=dict)
    starts: dict[tuple[str, Way, frozenset[str]], set[int]] = field(default_factory=dict)

    def add(self, entity: str, ids: Iterable[int], fields: Collection[str]) -> None:
        """These fields of these records wait."""
        for record in ids:
            self.records.setdefault(entity, {}).setdefault(record, set()).update(fields)

    def start(self, found: Dependants, ids: Iterable[int]) -> None:
        """What lies at the end of this way waits."""
        self.starts.setdefault((found.entity, found.way, found.fields), set()).update(ids)

    def forget(self) -> None:
        """Nothing waits: it is all worked out anyway."""
        self.records.clear()
        self.starts.clear()

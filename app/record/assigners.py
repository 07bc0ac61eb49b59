"""Step 2, for new records: who gets them, where the configuration says it by an automation that runs in the save.

Automations stand above this package: the composition root registers the one that assigns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from app.record.batch import Batch, Row
from app.record.outbox import SILENT
from app.record.paths import read_records

Assigner = Callable[[Batch, list[Row]], Mapping[int, int]]
"""Of new rows those that get an owner: by the place in the batch his id."""
_ASSIGNERS: list[Assigner] = []


def register_assigner(assigner: Assigner) -> None:
    """From now on it is asked; once, however often it is registered."""
    if assigner not in _ASSIGNERS:
        _ASSIGNERS.append(assigner)


@contextmanager
def assigning_by(*assigners: Assigner) -> Iterator[None]:
    """Inside, these alone are asked, whatever was registered: for rehearsals."""
    before = list(_ASSIGNERS)
    _ASSIGNERS[:] = assigners
    try:
        yield
    finally:
        _ASSIGNERS[:] = before


def assign_new(batch: Batch) -> bool:
    """Gives new records to whom they are assigned, unless whoever made them said whose they are. Whether any was."""
    if (
        not batch.creating
        or batch.unit.reader is not None
        or batch.unit.door in SILENT
        or "owner" not in batch.blueprint.blank
    ):
        return False
    rows = [row for row in batch.rows if "owner" not in row.posted]
    owners: dict[int, int] = {}
    for each in _ASSIGNERS if rows else ():
        owners.update(each(batch, rows))
    if not owners:
        return False
    people = read_records(batch.unit, "user", ("department", "team"), owners.values())
    batch.places.update({key: (each["department"], each["team"]) for key, each in people.items()})
    for row in rows:
        if row.index in owners:
            row.values["owner"] = owners[row.index]
            row.assigned = True
    return True

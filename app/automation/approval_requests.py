"""Approvals that an automation asks for: no move hangs on them. What they lock is locked while they wait, and who asked is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import sqlalchemy as sa

from app.access import actor_of_user
from app.automation.approval_rows import WAITING, read_asked
from app.automation.approval_steps import begin_step
from app.automation.approval_terms import Terms, name_of, terms_of, write_terms
from app.automation.approvals import note
from app.frozen import dataclass
from app.orm.framework import approval
from app.orm.tuples import among
from app.record import Refusal, Refused, Saved, Unit
from app.record.approving import Step, steps_that_hold
from app.record.batch import Batch, Row
from app.record.paths import read_records


def request_in(unit: Unit, entity: str, key: str, askers: Mapping[int, int | None]) -> Saved | Refused:
    """Asks for an approval of each of these records, by record who asks. An approval of which no step's condition holds asks
    nobody. Refused, with the record's place, where it waits already, or where a step finds too few people.
    """
    request = _Request(unit, entity, key, terms_of(unit.catalog, entity, (key,), {}))
    rows, waiting = request.rows(list(askers)), request.waiting(askers)
    refusals: list[Refusal] = []
    begun: list[int] = []
    for place, (record, asker) in enumerate(askers.items()):
        if record in waiting:
            code = "transition.needs_approval"
            refusals.append(Refusal(code, record=record, index=place, entity=entity, variant="waiting"))
        elif record in rows:
            first = request.first_step(rows[record], asker)
            nobody = None if first is None else request.begin(record, first, asker)
            refusals += [replace(each, index=place) for each in (nobody.refusals if nobody is not None else ())]
            begun += [record] if first is not None and nobody is None else []
    return Refused(tuple(refusals)) if refusals else Saved(tuple(begun), (0,) * len(begun))


@dataclass(frozen=True)
class _Request:
    """An approval for records of an entity."""

    unit: Unit
    entity: str
    key: str
    terms: Terms

    def rows(self, records: Sequence[int]) -> dict[int, Row]:
        """The records, locked: all that is done to an approval waits in the same place."""
        read_records(self.unit, self.entity, ("id",), records, "change")
        fields = self.unit.catalog.entities[self.entity].every_field
        found = read_records(self.unit, self.entity, [key for key, each in fields.items() if not each.is_list], records)
        return {record: Row(0, record, {}, dict(values), values) for record, values in found.items()}

    def waiting(self, records: Iterable[int]) -> set[int]:
        """Those of the records that wait for it already."""
        here = sa.and_(
            approval.c.entity == self.entity, approval.c.approval == self.key, approval.c.state == WAITING,
            among(approval.c.record, "ids", self.unit.connection.dialect),
        )  # fmt: skip
        query = sa.select(approval.c.record).where(here)
        return set(self.unit.connection.execute(query, {"ids": list(records)}).scalars())

    def first_step(self, row: Row, asker: int | None) -> Step | None:
        """The first step whose condition holds; what it asks of the person it asks of who asks for it."""
        unit = self.unit
        if asker is not None:
            unit = replace(unit, behalf=actor_of_user(unit.connection, unit.models, asker))
        batch = Batch(unit, unit.blueprint(self.entity), False, [row])
        return next(iter(steps_that_hold(batch, [row], self.terms.whens)[row.id]), None)

    def begin(self, record: int, first: Step, asker: int | None) -> Refused | None:
        """Asks the people of the first step."""
        unit = self.unit
        values = {
            "approval": self.key, "entity": self.entity, "record": record, "state": WAITING, "asked_by": asker,
            "asked_at": unit.at, "revision": unit.store.revision, "terms": write_terms(self.terms),
            "changed_seq": unit.changed_seq,
        }  # fmt: skip
        made = unit.connection.execute(sa.insert(approval).values(values).returning(approval.c.id)).scalar_one()
        (asked,) = read_asked(unit.connection.execute, approval.c.id == made)
        note(unit, unit.actor, asked, "ask", None)
        return begin_step(unit, asked, name_of(first))

"""Conditions that turn true: for which records each holds, so that it is met at the edge alone.

What holds already when an automation is new starts nothing. Conditions that no event tells of, because they read the clock or
other records, are asked of all records by a job.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.automation.carried import Carried, Errand, carry_out
from app.automation.doing import AUTOMATION, DONE, DOOR
from app.automation.matching import ASKED, becomes_of, when_of
from app.automation.run_log import log_runs, run_row
from app.definition import Automation, Catalog, Text
from app.frozen import dataclass
from app.orm.framework import held, outbox
from app.orm.store import Store
from app.orm.tuples import among
from app.record import Refused, Saved, Unit, in_unit
from app.record.conditions import holds
from app.record.stored import stored_values

CHUNK = 500  # records in one transaction
AT_ONCE = 1_000  # rows of a statement


def note_held(unit: Unit, automation: str, turned: Collection[int], ended: Collection[int]) -> set[int]:
    """Notes for which records a condition holds now, and for which it does no more; those for which that is new."""
    insert = postgresql.insert if unit.connection.dialect.name == "postgresql" else sqlite.insert
    new: set[int] = set()
    ordered = sorted(turned)
    for at in range(0, len(ordered), AT_ONCE):
        rows = [{"automation": automation, "record": record} for record in ordered[at : at + AT_ONCE]]
        noting = insert(held).values(rows).on_conflict_do_nothing().returning(held.c.record)
        new.update(unit.connection.execute(noting).scalars())
    if ended:
        here = sa.and_(held.c.automation == automation, among(held.c.record, "ids", unit.connection.dialect))
        unit.connection.execute(sa.delete(held).where(here), {"ids": sorted(ended)})
    return new


def is_told_by_events(catalog: Catalog, automation: Automation) -> bool:
    """Whether each change of what its condition reads is an event of the record itself."""
    condition = becomes_of(catalog, automation)
    return condition is None or not (condition.reads_clock or condition.paths or condition.aggregates)


def ask_new(store: Store) -> None:
    """Notes once for each new automation for which records its condition holds already. One statement for each store where
    none is new.
    """
    kept = store.models.metadata.info
    if "becoming" in kept:
        return
    wanted = [each for each in store.catalog.automations.values() if each.trigger.becomes is not None]
    if wanted:
        with store.system_reading() as connection:
            query = sa.select(held.c.automation).where(held.c.record == ASKED)
            known = set(connection.execute(query).scalars())
        for each in wanted:
            if each.key not in known:
                note_what_holds(store, each)
    kept["becoming"] = True


def note_what_holds(store: Store, automation: Automation) -> None:
    """Notes for which records its condition holds now: it starts nothing for them."""
    last: int | None = 0
    while last is not None:
        with store.system_reading() as connection:
            unit = Unit(store, AUTOMATION, Session(), DOOR, store.clock(), reader=connection)
            ids = _ids(unit, automation.entity, last)
            true = _true(unit, automation, ids) - _made_since(unit, automation.entity)
        last = ids[-1] if ids else None
        holding = true if ids else {ASKED}  # last of all: cut off, it is asked anew
        outcome = in_unit(store, AUTOMATION, DOOR, partial(_note, automation.key, holding))
        if isinstance(outcome, Refused):
            raise RuntimeError(outcome.refusals[0].text("en", store.catalog))  # noqa: TRY004 - all of it is asked anew


def _note(automation: str, records: Collection[int], unit: Unit) -> Saved:
    note_held(unit, automation, records, ())
    return DONE


def _made_since(unit: Unit, entity: str) -> set[int]:
    """Records that were made under this revision, and whose event waits: it will say that they turned."""
    here = sa.and_(outbox.c.entity == entity, outbox.c.kind == "create", outbox.c.revision == unit.store.revision)
    rows = unit.connection.execute(sa.select(outbox.c.records).where(outbox.c.done_at.is_(None), here)).scalars()
    return {record for records in rows for record in records}


def _ids(unit: Unit, entity: str, last: int) -> list[int]:
    table = unit.models.tables[entity]
    query = sa.select(table.c.id).where(table.c.id > last, table.c.deleted_at.is_(None)).order_by(table.c.id)
    return list(unit.connection.execute(query.limit(CHUNK)).scalars())


def _true(unit: Unit, automation: Automation, ids: Collection[int]) -> set[int]:
    condition = becomes_of(unit.catalog, automation)
    assert condition is not None
    rows = stored_values(unit, automation.entity, ids, [condition]) if ids else {}
    return {key for key, row in rows.items() if holds(condition.evaluate, row, row, unit.context, otherwise=False)}


@dataclass(frozen=True)
class _Look:
    """What was seen of some records: in which the condition holds now and held before, and what is to be done."""

    automation: Automation
    now: frozenset[int]
    before: frozenset[int]
    marks: Mapping[int, str]
    read: Mapping[str, Any]

    @property
    def errand(self) -> Errand:
        """Its actions."""
        automation = self.automation
        return Errand(f"automation.{automation.key}", automation.entity, tuple(automation.actions.values()))

    def carry_out(self, carried: Carried, unit: Unit) -> Saved | Refused:
        """Notes what changed, and does what follows from it."""
        key, live = self.automation.key, self.automation.mode == "live"
        new = note_held(unit, key, self.now - self.before, self.before - self.now)
        left = {record: mark for record, mark in self.marks.items() if record in new}
        if not left:
            return DONE
        unit.chain[:] = [key]
        outcome = self.errand.write(unit, left, self.read, carried) if live else DONE
        if isinstance(outcome, Saved):
            log_runs(unit, [run_row(unit, self.automation, list(left), carried.refused)])
        return outcome


def look_again(store: Store, key: str) -> Text:
    """Asks the condition of an automation of all records, and does what is to be done for those in which it turned true."""
    ask_new(store)
    turned, last = 0, 0
    while True:
        with store.system_reading() as connection:
            unit = Unit(store, AUTOMATION, Session(), DOOR, store.clock(), reader=connection)
            ids = _ids(unit, store.catalog.automations[key].entity, last)
            look = _look(unit, store.catalog.automations[key], ids)
        if not ids:
            return Text({"en": f"{turned} records turned", "zh": f"{turned} 条记录满足条件"})
        last = ids[-1]
        turned += len(look.now - look.before)
        if look.now != look.before:
            carried = Carried()
            carry_out(store, DOOR, partial(look.carry_out, carried), carried)


def _look(unit: Unit, automation: Automation, ids: Collection[int]) -> _Look:
    true, before = _true(unit, automation, ids), _held(unit, automation.key, ids)
    acting = _acting(unit, automation, true - before)
    seen = _Look(automation, frozenset(true), frozenset(before), dict.fromkeys(acting, unit.at.isoformat()), {})
    if automation.mode != "live" or not acting:
        return seen
    return replace(seen, read=seen.errand.read(unit, seen.marks))


def _held(unit: Unit, key: str, ids: Collection[int]) -> set[int]:
    here = sa.and_(held.c.automation == key, among(held.c.record, "ids", unit.connection.dialect))
    return (
        set(unit.connection.execute(sa.select(held.c.record).where(here), {"ids": list(ids)}).scalars())
        if ids
        else set()
    )


def _acting(unit: Unit, automation: Automation, turned: Collection[int]) -> list[int]:
    """Those for which `when` holds."""
    condition = when_of(unit.catalog, automation)
    if condition is None or not turned:
        return sorted(turned)
    rows = stored_values(unit, automation.entity, turned, [condition])
    return sorted(
        key for key, row in rows.items() if holds(condition.evaluate, row, row, unit.context, otherwise=False)
    )

"""What a service level does before the time of a record is over, and when it is: once each, by a job of the clock.

Before anyone is warned the conditions are asked again: what rests or has stopped by now is nobody's fault. A clock that
still runs then, and that no event will move any more, is stopped or laid to rest.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import field
from functools import partial
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.automation.carried import Carried, Errand, carry_out
from app.automation.doing import AUTOMATION
from app.automation.events import records_that_wait
from app.automation.run_log import Ran, log_runs, row_of
from app.automation.sla_clock import Clock
from app.automation.sla_clocks import Told, clocks_of, conditions_of, move_clocks, since_when
from app.definition import Action, Catalog, Sla, Text
from app.expression import Checked
from app.frozen import dataclass
from app.orm.expression import condition, facts
from app.orm.framework import sla_clock
from app.orm.store import Store
from app.orm.tuples import among
from app.record import Refusal, Refused, Saved, Unit
from app.record.stored import stored_values

DOOR = "job"
CHUNK = 500  # records in one transaction
Occasion = Literal["warn", "breach"]
OCCASIONS: tuple[Occasion, ...] = ("warn", "breach")


@dataclass
class Pressed:
    """What one run did, to be counted."""

    warned: int = 0
    breached: int = 0
    refused: int = 0
    why: list[Refusal] = field(default_factory=list)

    def result(self, catalog: Catalog) -> Text:
        """The same in words."""
        en, zh = f"{self.warned} warned, {self.breached} breached", f"{self.warned} 项预警，{self.breached} 项超时"
        if self.why:
            en += f", {self.refused} refused: {self.why[0].text('en', catalog)}"
            zh += f"，{self.refused} 项被拒绝：{self.why[0].text('zh', catalog)}"
        return Text({"en": en, "zh": zh})


def press(store: Store) -> Text:
    """Moves the clocks whose conditions follow the time, warns, and does what a breach asks for; in words how much. It may
    be begun again at any point. Raises StaleRevision.
    """
    pressed = Pressed()
    for sla in store.catalog.slas.values():
        if sla.entity not in store.catalog.entities:
            continue
        if any(each.reads_clock for each in conditions_of(store.catalog, sla).every):
            _follow_the_time(store, sla)
        pressed.breached += _press(store, sla, "breach", pressed)
        pressed.warned += _press(store, sla, "warn", pressed)
    return pressed.result(store.catalog)


def actions_for(sla: Sla, occasion: Occasion) -> Mapping[str, Action]:
    """What is done then."""
    said = sla.warn if occasion == "warn" else sla.breach
    return said.actions if said is not None else {}


def source_of(sla: Sla, occasion: Occasion) -> str:
    """How the log of runs names it."""
    return f"sla.{sla.key}.{occasion}"


@dataclass(frozen=True)
class _Round:
    """Some records of a service level for which a moment has come, each with its mark, and what its actions have read."""

    sla: Sla
    occasion: Occasion
    errand: Errand
    marks: Mapping[int, str]
    read: Mapping[str, object]


def _press(store: Store, sla: Sla, occasion: Occasion, pressed: Pressed) -> int:
    number = last = 0
    errand = Errand(source_of(sla, occasion), sla.entity, tuple(actions_for(sla, occasion).values()))
    while True:
        with store.system_reading() as connection:
            unit = Unit(store, AUTOMATION, Session(), DOOR, store.clock(), reader=connection)
            due = _due(unit, sla, occasion, last)
            over = _over(unit, sla, due) if due else set()
            known = _settled(unit, sla, over) if over else {}
            told = since_when(unit, sla, known) if known else []
            marks = {record: start.isoformat() for record, start in due.items() if record not in over}
            a_round = _Round(sla, occasion, errand, marks, errand.read(unit, marks) if marks else {})
        if not due:
            return number
        last = max(due)
        if told:
            carry_out(store, DOOR, partial(_catch_up, sla, known, told), Carried())
        if not marks:
            continue
        carried, seen = Carried(), [0]
        carry_out(store, DOOR, partial(_attempt, a_round, carried, seen), carried)
        number += seen[-1]
        if carried.why is not None:
            pressed.refused += carried.left_out
            pressed.why.append(carried.why)


def _due(unit: Unit, sla: Sla, occasion: Occasion, last: int) -> dict[int, dt.datetime]:
    """By record since when its clock runs, of those whose moment has come. Those of deleted records rest."""
    record = unit.models.tables[sla.entity]
    moment, done = _columns(occasion)
    query = (
        sa.select(sla_clock.c.record, sla_clock.c.started_at)
        .join(record, record.c.id == sla_clock.c.record)
        .where(
            sla_clock.c.sla == sla.key, moment <= unit.at, done.is_(None), sla_clock.c.breached_at.is_(None),
            sla_clock.c.stopped_at.is_(None), sla_clock.c.paused_at.is_(None), record.c.deleted_at.is_(None),
            sla_clock.c.record > last,
        )
        .order_by(sla_clock.c.record)
        .limit(CHUNK)
    )  # fmt: skip
    return {row.record: row.started_at for row in unit.connection.execute(query)}


def _columns(occasion: Occasion) -> tuple[sa.Column[dt.datetime], sa.Column[dt.datetime]]:
    if occasion == "warn":
        return sla_clock.c.warn_at, sla_clock.c.warned_at
    return sla_clock.c.due, sla_clock.c.breached_at


def _over(unit: Unit, sla: Sla, records: Iterable[int]) -> set[int]:
    """Those of the records that rest or have stopped by now."""
    conditions = conditions_of(unit.catalog, sla)
    rows = stored_values(unit, sla.entity, records, conditions.every)
    asked = {record: conditions.asked(unit, row, row, unit.at) for record, row in rows.items()}
    return {record for record, each in asked.items() if each.stops or each.pauses}


def _settled(unit: Unit, sla: Sla, records: Collection[int]) -> Mapping[int, Clock]:
    """The clocks of those that no event will move any more: it was told in the wrong order, was given up, or there was none.
    Where one waits it tells when they came to rest or stopped, and what was before.
    """
    return clocks_of(unit, sla.key, set(records) - records_that_wait(unit.connection, sla.entity))


def _catch_up(sla: Sla, known: Mapping[int, Clock], told: Sequence[Told], unit: Unit) -> Saved:
    """Moves the clocks that nobody has moved since they were looked at."""
    now = clocks_of(unit, sla.key, known)
    return _move([each for each in told if now.get(each.record) == known[each.record]], unit)


def _attempt(a_round: _Round, carried: Carried, seen: list[int], unit: Unit) -> Saved | Refused:
    """The whole of it: the clocks are marked, and what follows is done."""
    mine = _mark(unit, a_round.sla, a_round.occasion, a_round.marks)
    seen.append(len(mine))
    unit.chain[:] = [a_round.errand.source]
    marks, errand = {record: mark for record, mark in a_round.marks.items() if record in mine}, a_round.errand
    outcome = errand.write(unit, marks, a_round.read, carried)
    if marks and errand.actions and isinstance(outcome, Saved):
        log_runs(unit, [row_of(unit, Ran(errand.source, errand.entity, errand.actions), list(marks), carried.refused)])
    return outcome


def _mark(unit: Unit, sla: Sla, occasion: Occasion, marks: Mapping[int, str]) -> set[int]:
    """Notes that it is done for these records; those for which it was not yet."""
    moment, done = _columns(occasion)
    # A breach was when the time was over; when it was noticed is in the journal of jobs.
    when = unit.at if occasion == "warn" else sla_clock.c.due
    values: dict[str, Any] = {done.name: when, "warn_at": None, "changed_seq": unit.changed_seq}
    here = sa.and_(
        sla_clock.c.sla == sla.key, among(sla_clock.c.record, "ids", unit.connection.dialect), moment <= unit.at,
        done.is_(None), sla_clock.c.stopped_at.is_(None), sla_clock.c.paused_at.is_(None),
    )  # fmt: skip
    statement = sa.update(sla_clock).where(here).values(values).returning(sla_clock.c.record)
    return set(unit.connection.execute(statement, {"ids": sorted(marks)}).scalars())


def _follow_the_time(store: Store, sla: Sla) -> None:
    """Moves the clocks of records about which time alone has changed what the conditions say."""
    last = 0
    while True:
        with store.system_reading() as connection:
            unit = Unit(store, AUTOMATION, Session(), DOOR, store.clock(), reader=connection)
            ids = _that_may_move(unit, sla, last)
            known: Mapping[int, Clock] = clocks_of(unit, sla.key, ids) if ids else {}
            conditions = conditions_of(unit.catalog, sla)
            rows = stored_values(unit, sla.entity, ids, conditions.every) if ids else {}
            told = [
                Told(0, sla.key, record, conditions.asked(unit, row, row if record in known else None, unit.at))
                for record, row in rows.items()
            ]
        if not ids:
            return
        last = max(ids)
        carry_out(store, DOOR, partial(_move, told), Carried())


def _move(told: Sequence[Told], unit: Unit) -> Saved:
    move_clocks(unit, told)
    return Saved((), ())


def _that_may_move(unit: Unit, sla: Sla, last: int) -> list[int]:
    """Records with a clock that has not stopped; where `start` follows the time, those without one for which it holds, too."""
    source = facts(unit.models, sla.entity)
    record = source.column("id")
    mine = sa.and_(sla_clock.c.sla == sla.key, sla_clock.c.record == record)
    runs = sa.select(sla_clock.c.record).where(mine, sla_clock.c.stopped_at.is_(None)).correlate(source.root).exists()
    start: Checked = conditions_of(unit.catalog, sla).start
    wanted: sa.ColumnElement[bool] = runs
    if start.reads_clock and "filter" in start.profiles:
        none = ~sa.select(sla_clock.c.record).where(mine).correlate(source.root).exists()
        wanted = sa.or_(runs, sa.and_(none, condition(source, start.root, unit.context)))
    query = source.joined(sa.select(record)).where(*source.alive(), record > last, wanted).order_by(record).limit(CHUNK)
    return list(unit.connection.execute(query).scalars())

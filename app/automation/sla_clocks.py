"""The clocks of service levels as the events of their records move them: asked in a unit that reads, moved in the unit that
marks the events as done.

An event tells what a record was like when it happened, not what has become of it since: the audit takes later changes back.
Events may come in another order than they happened: one that rested, or that another dispatcher had. What begins or stops a
clock late is followed by what the later ones had told.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from itertools import groupby
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from app.automation.events import SEEN, Event, moments_that_passed
from app.automation.matching import old_values
from app.automation.sla_clock import Asked, Clock, Rules
from app.definition import Catalog, Sla
from app.definition.memory import remembered
from app.expression import BOOL, Checked, get_expression
from app.expression.working_time import company_time
from app.frozen import dataclass
from app.orm.framework import audit, sla_clock
from app.orm.tuples import among
from app.record import Unit
from app.record.conditions import holds
from app.record.kept import KEPT
from app.record.stored import stored_values

Line = tuple[dt.datetime, Mapping[str, list[Any]]]  # when, and {field: [old, new]} in wire form
_AT_ONCE = 500  # rows of a statement
_STATE = tuple(each.name for each in sla_clock.c if each.name not in {"sla", "record", "changed_seq"})


@dataclass(frozen=True)
class Told:
    """What an event tells a service level of a record. `passed` is what later events told that were acted upon before it."""

    event: int
    sla: str
    record: int
    asked: Asked
    passed: tuple[Asked, ...] = ()


@dataclass(frozen=True)
class Conditions:
    """The expressions of a service level."""

    start: Checked
    pause: Checked | None
    stop: Checked
    targets: Mapping[str, Checked | None]

    @property
    def every(self) -> tuple[Checked, ...]:
        """All of them."""
        return tuple(each for each in (self.start, self.pause, self.stop, *self.targets.values()) if each is not None)

    def asked(self, unit: Unit, row: Mapping[str, Any], old: Mapping[str, Any] | None, at: dt.datetime) -> Asked:
        """What they say of a record with these values; `old` are those before, None where it is new."""
        begun = _holds(unit, self.start, row, old)
        before = begun and old is not None and _holds(unit, self.start, old, old)
        return Asked(
            at,
            begun and not before,
            self.pause is not None and _holds(unit, self.pause, row, old),
            _holds(unit, self.stop, row, old),
            next((key for key, each in self.targets.items() if each is None or _holds(unit, each, row, old)), None),
        )


def slas_of(catalog: Catalog, entity: str) -> tuple[Sla, ...]:
    """The service levels of an entity."""
    return tuple(each for each in catalog.slas.values() if each.entity == entity)


def rules_of(catalog: Catalog, sla: Sla) -> Rules:
    """A service level with its calendar: the first of the pack where it names none."""
    return Rules(sla, company_time(catalog, sla.calendar))


def conditions_of(catalog: Catalog, sla: Sla) -> Conditions:
    """Its expressions, compiled once per catalog."""
    return remembered(catalog, ("sla", sla.key), lambda: _conditions(catalog, sla))


def _conditions(catalog: Catalog, sla: Sla) -> Conditions:
    def checked(source: str) -> Checked:
        return get_expression(catalog, sla.entity, source, BOOL, "server")

    return Conditions(
        checked(sla.start),
        None if sla.pause is None else checked(sla.pause),
        checked(sla.stop),
        MappingProxyType({key: None if each.when is None else checked(each.when) for key, each in sla.targets.items()}),
    )


def _holds(unit: Unit, condition: Checked, row: Mapping[str, Any], old: Mapping[str, Any] | None) -> bool:
    return holds(condition.evaluate, row, old, unit.context, otherwise=False)


def ask_clocks(unit: Unit, events: Sequence[Event]) -> list[Told]:
    """What these events tell the service levels, in their order, in a unit that only reads. The number of statements does
    not depend on how many events there are of an entity.
    """
    told: list[Told] = []
    for entity, group in groupby(sorted(events, key=lambda each: (each.entity, each.id)), key=lambda each: each.entity):
        slas = slas_of(unit.catalog, entity) if entity in unit.catalog.entities else ()
        seen = [each for each in group if each.kind in SEEN]
        if slas and seen:
            told += _ask(unit, entity, slas, seen)
    return told


def _ask(unit: Unit, entity: str, slas: Sequence[Sla], events: Sequence[Event]) -> Iterator[Told]:
    conditions = {each.key: conditions_of(unit.catalog, each) for each in slas}
    ids = {record for each in events for record in each.records}
    rows = stored_values(unit, entity, ids, [each for some in conditions.values() for each in some.every])
    if not rows:
        return
    lines = _changes(unit, entity, rows, min(each.at for each in events))
    passed = moments_that_passed(unit.connection, entity, min(each.id for each in events))
    for event in events:
        for record in event.records:
            if record not in rows:
                continue
            past = _Past(unit, entity, rows[record], lines.get(record, ()))
            row, old = past.at(event.at), None if event.kind == "create" else past.before(event.at)
            later = [past.edge(at) for at in sorted(passed.get(record, ())) if at > event.at]
            for key, each in conditions.items():
                since = tuple(each.asked(unit, *edge) for edge in later)
                yield Told(event.id, key, record, each.asked(unit, row, old, event.at), since)


@dataclass(frozen=True)
class _Past:
    """What a record was like, by what was changed in it since, in order."""

    unit: Unit
    entity: str
    row: Mapping[str, Any]
    lines: Sequence[Line]

    def at(self, moment: dt.datetime) -> dict[str, Any]:
        """Its values right after that moment."""
        later = [changes for at, changes in self.lines if at > moment]
        return _before(self.unit, self.entity, self.row, later)

    def before(self, moment: dt.datetime) -> dict[str, Any]:
        """Its values right before it."""
        own = [changes for at, changes in self.lines if at == moment]
        return _before(self.unit, self.entity, self.at(moment), own)

    def edge(self, moment: dt.datetime) -> tuple[dict[str, Any], dict[str, Any], dt.datetime]:
        """After, before, when."""
        return self.at(moment), self.before(moment), moment


def since_when(unit: Unit, sla: Sla, clocks: Mapping[int, Clock]) -> list[Told]:
    """What the records of clocks that run say by now that they rest or have stopped, as of when it came to be so; where the
    audit does not tell that, as of now, or of the end of the time: nobody is late by what others changed. For records of
    which no event waits, in a unit that only reads.
    """
    conditions = conditions_of(unit.catalog, sla)
    rows = stored_values(unit, sla.entity, clocks, conditions.every)
    if not rows:
        return []
    lines = _changes(unit, sla.entity, rows, min(each.started_at for each in clocks.values()))
    told = []
    for record, row in rows.items():
        clock, past = clocks[record], _Past(unit, sla.entity, row, lines.get(record, ()))
        now = conditions.asked(unit, row, row, unit.at)
        begun = min(unit.at, clock.due or unit.at)
        for moment in sorted({at for at, _ in past.lines}, reverse=True):
            before = past.before(moment)
            then = conditions.asked(unit, before, before, moment)
            if (then.stops, then.pauses) != (now.stops, now.pauses):
                begun = max(moment, clock.started_at)
                break
        told.append(Told(0, sla.key, record, replace(now, at=begun)))
    return told


def _changes(unit: Unit, entity: str, records: Collection[int], since: dt.datetime) -> Mapping[int, list[Line]]:
    """By record what was changed from then on, in order."""
    former = unit.models.former
    written, asked = former.written_of(audit, entity), among(audit.c.record, "ids", unit.connection.dialect)
    here = sa.and_(written, asked, audit.c.at >= since, audit.c.action != KEPT)
    query = sa.select(audit.c.record, audit.c.at, audit.c.revision, audit.c.changes).where(here).order_by(audit.c.id)
    found: dict[int, list[Line]] = defaultdict(list)
    for row in unit.connection.execute(query, {"ids": sorted(records)}):
        found[row.record].append((row.at, former.today(entity, row.revision, row.changes or {})))
    return found


def _before(
    unit: Unit, entity: str, row: Mapping[str, Any], changes: Iterable[Mapping[str, list[Any]]]
) -> dict[str, Any]:
    """The values with these changes taken back, the first of them last."""
    found = dict(row)
    for each in reversed(list(changes)):
        found |= old_values(unit, entity, each)
    return found


def move_clocks(unit: Unit, told: Iterable[Told]) -> int:
    """Moves the clocks as they were told, in the transaction that marks the events as done; how many changed."""
    moved = 0
    by_sla: dict[str, list[Told]] = defaultdict(list)
    for each in told:
        by_sla[each.sla].append(each)
    for key, some in by_sla.items():
        rules = rules_of(unit.catalog, unit.catalog.slas[key])
        before = clocks_of(unit, key, {each.record for each in some})
        after: dict[int, Clock | None] = dict(before)
        for each in some:
            after[each.record] = _moved(rules, after.get(each.record), each)
        changed = {
            record: clock for record, clock in after.items() if clock is not None and clock != before.get(record)
        }
        _write(unit, key, changed)
        moved += len(changed)
    return moved


def _moved(rules: Rules, clock: Clock | None, told: Told) -> Clock | None:
    """The clock after that. The events that passed it met another clock, or none, where it begins or stops one."""
    found = rules.step(clock, told.asked)
    if found is not None and (clock is None or (found.started_at, found.runs) != (clock.started_at, clock.runs)):
        for each in told.passed:
            found = rules.step(found, each)
    return found


def clocks_of(unit: Unit, sla: str, records: Collection[int]) -> dict[int, Clock]:
    """The clocks of these records, kept from others until the unit ends."""
    here = sa.and_(sla_clock.c.sla == sla, among(sla_clock.c.record, "ids", unit.connection.dialect))
    query = sa.select(sla_clock).where(here).order_by(sla_clock.c.record)
    if unit.reader is None:
        query = query.with_for_update()
    return {row.record: clock_of(row) for row in unit.connection.execute(query, {"ids": sorted(records)})}


def clock_of(row: Any) -> Clock:
    """The clock of a row."""
    return Clock(**{key: getattr(row, key) for key in _STATE})


def _write(unit: Unit, sla: str, clocks: Mapping[int, Clock]) -> None:
    insert = postgresql.insert if unit.connection.dialect.name == "postgresql" else sqlite.insert
    rows = [
        {"sla": sla, "record": record, **asdict(clock), "changed_seq": unit.changed_seq}
        for record, clock in sorted(clocks.items())
    ]
    for start in range(0, len(rows), _AT_ONCE):
        statement = insert(sla_clock).values(rows[start : start + _AT_ONCE])
        new = {key: statement.excluded[key] for key in (*_STATE, "changed_seq")}
        unit.connection.execute(statement.on_conflict_do_update(index_elements=["sla", "record"], set_=new))

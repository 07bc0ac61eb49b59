"""Which automations an event starts, and for which of its records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import field
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from app.automation.events import Event, Happened
from app.definition import Automation, Catalog
from app.definition.memory import remembered
from app.definition.waiting import why_it_waits
from app.expression import BOOL, Checked, get_expression
from app.frozen import dataclass
from app.orm.framework import held
from app.orm.tuples import among
from app.record import Unit
from app.record.audit import MARKER
from app.record.conditions import holds
from app.record.parsers import make_parser
from app.record.stored import stored_values
from app.record.values import Bad

ASKED = 0
"""In place of a record: it was noted for which records a condition holds from the start."""


@dataclass(frozen=True)
class Matched:
    """What an automation is to do: for which records of each event. `turned` are those for which its `becomes` holds now
    and did not before, `ended` those for which it does no more.
    """

    automation: Automation
    records: Mapping[int, tuple[int, ...]]
    turned: frozenset[int] = frozenset()
    ended: frozenset[int] = frozenset()
    started: Mapping[int, int] = field(default_factory=dict)  # by record the event that it was asked for


def listeners(catalog: Catalog, entity: str) -> tuple[Automation, ...]:
    """The automations that listen to events of an entity."""
    found: Mapping[str, tuple[Automation, ...]] = remembered(catalog, "listeners", lambda: _listeners(catalog))
    return found.get(entity, ())


def _listeners(catalog: Catalog) -> Mapping[str, tuple[Automation, ...]]:
    found: dict[str, list[Automation]] = {}
    for each in catalog.automations.values():
        if not each.trigger.is_clock and why_it_waits(catalog, each) is None:
            found.setdefault(each.entity, []).append(each)
    return MappingProxyType({entity: tuple(automations) for entity, automations in found.items()})


def match(
    unit: Unit,
    automation: Automation,
    events: Sequence[Event],
    known: Mapping[int, Happened],
    *,
    settled: AbstractSet[int] = frozenset(),
    past: bool = False,
) -> Matched | None:
    """For which records of these events the automation acts, in a unit that only reads; None for none. Of no two events of
    the same record: see `waves`. Of `past` events records are taken as the event left them: see `events.happened_then`.
    Those that are `settled` were asked for already whether a condition turned true in them, as they are now.
    """
    started = {
        record: each.id
        for each in events
        for record in _started(automation, each, known[each.id])
        if record not in settled
    }
    if not started:
        return None
    expressions = [each for each in (becomes_of(unit.catalog, automation), when_of(unit.catalog, automation)) if each]
    rows = stored_values(unit, automation.entity, started, expressions) if expressions else {key: {} for key in started}
    if past:
        for record, row in rows.items():
            row.update(values_then(unit, automation.entity, known[started[record]], record))
    olds = {
        record: None
        if is_new
        else {**row, **old_values(unit, automation.entity, known[started[record]].changes[record])}
        for record, row in rows.items()
        for is_new in (_is_new(events, started[record]),)
    }
    turned, ended = (_turned_then if past else _turned)(unit, automation, rows, olds)
    condition = when_of(unit.catalog, automation)
    acting = [
        record for record, row in rows.items()
        if (automation.trigger.becomes is None or record in turned)
        and (condition is None or holds(condition.evaluate, row, olds[record], unit.context, otherwise=False))
    ]  # fmt: skip
    if not (acting or turned or ended):
        return None
    records: dict[int, list[int]] = {}
    for record in acting:
        records.setdefault(started[record], []).append(record)
    by_event = {event: tuple(ids) for event, ids in records.items()}
    return Matched(automation, by_event, turned, ended, started)


def _started(automation: Automation, event: Event, known: Happened) -> Iterator[int]:
    trigger = automation.trigger
    if trigger.inbound is not None:
        yield from event.records if event.kind == f"inbound.{trigger.inbound}" else ()
    elif trigger.event is not None:
        yield from event.records if event.kind == trigger.event else ()
    elif trigger.changed:
        wanted = set(trigger.changed)
        if event.kind == "update" and not event.fields.isdisjoint(wanted):
            yield from (each for each in event.records if not wanted.isdisjoint(known.changes[each]))
    elif trigger.stage is not None:
        yield from (each for each in event.records if trigger.stage in known.entered[each])
    elif trigger.becomes is not None and event.kind in {"create", "update", "restore"}:
        yield from event.records


def _turned(
    unit: Unit, automation: Automation, rows: Mapping[int, dict[str, Any]], olds: Mapping[int, dict[str, Any] | None]
) -> tuple[frozenset[int], frozenset[int]]:
    """For which of these records the condition of a `becomes` holds now and did not before, and the other way round."""
    condition = becomes_of(unit.catalog, automation)
    if condition is None:
        return frozenset(), frozenset()
    now = {
        each for each, row in rows.items()
        if holds(condition.evaluate, row, olds[each], unit.context, otherwise=False)
    }  # fmt: skip
    here = sa.and_(held.c.automation == automation.key, among(held.c.record, "ids", unit.connection.dialect))
    before = set(unit.connection.execute(sa.select(held.c.record).where(here), {"ids": sorted(rows)}).scalars())
    return frozenset(now - before), frozenset(before - now)


def _turned_then(
    unit: Unit, automation: Automation, rows: Mapping[int, dict[str, Any]], olds: Mapping[int, dict[str, Any] | None]
) -> tuple[frozenset[int], frozenset[int]]:
    """As `_turned`, of a past event: by what it changed."""
    condition = becomes_of(unit.catalog, automation)
    if condition is None:
        return frozenset(), frozenset()
    found = [
        each for each, row in rows.items()
        if holds(condition.evaluate, row, olds[each], unit.context, otherwise=False)
        and not (olds[each] and holds(condition.evaluate, olds[each], olds[each], unit.context, otherwise=False))
    ]  # fmt: skip
    return frozenset(found), frozenset()


def becomes_of(catalog: Catalog, automation: Automation) -> Checked | None:
    """The condition that has to turn true."""
    source = automation.trigger.becomes
    return None if source is None else get_expression(catalog, automation.entity, source, BOOL, "server")


def when_of(catalog: Catalog, automation: Automation) -> Checked | None:
    """The condition of an automation."""
    if automation.when is None:
        return None
    return get_expression(catalog, automation.entity, automation.when, BOOL, "server")


def _is_new(events: Sequence[Event], event: int) -> bool:
    return next(each.kind for each in events if each.id == event) == "create"


def old_values(unit: Unit, entity: str, changes: Mapping[str, list[Any]]) -> dict[str, Any]:
    """What the fields held before that changed, as far as one column holds each."""
    return _values(unit, entity, {key: each[0] for key, each in changes.items()})


def values_then(unit: Unit, entity: str, known: Happened, record: int) -> dict[str, Any]:
    """What fields of a record held right after a past event, of those that it or others since have changed."""
    new = {key: each[1] for key, each in known.changes[record].items()}
    return _values(unit, entity, {**known.since[record], **new})


def _values(unit: Unit, entity: str, wire: Mapping[str, Any]) -> dict[str, Any]:
    """Of values in wire form those that one column holds."""
    described = unit.catalog.entities[entity]
    compounds = unit.blueprint(entity).compounds
    found = {}
    for key, each in wire.items():
        a_field = described.every_field.get(key)
        if a_field is None or a_field.is_list or key in compounds or (a_field.sensitive and each == MARKER):
            continue
        value = None if each is None else make_parser(unit.catalog, described, a_field)(each)
        found[key] = each if isinstance(value, Bad) else value
    return found


def waves(events: Sequence[Event]) -> list[list[Event]]:
    """Events in groups in which no record stands twice, in their order."""
    found: list[list[Event]] = []
    last: dict[int, int] = {}  # by record the group in which it stands last
    for each in events:
        place = max((last[record] + 1 for record in each.records if record in last), default=0)
        if place == len(found):
            found.append([])
        found[place].append(each)
        last.update(dict.fromkeys(each.records, place))
    return found

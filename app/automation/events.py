"""Events of the outbox that wait for those who listen: read, taken, put back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import field, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.delivery.lines import one_line
from app.frozen import dataclass
from app.orm.former import Former
from app.orm.framework import audit, outbox, stage_move
from app.orm.tuples import among
from app.record.kept import KEPT

PAUSES = tuple(dt.timedelta(seconds=seconds) for seconds in (2, 10, 60, 600, 3_600))
"""How long an event rests whose automations could not be carried out; after the last it is given up."""
SEEN = frozenset({"create", "update", "restore"})
"""Kinds of events after which there is a record to look at."""
_LONGEST_WHY = 1_000  # characters


@dataclass(frozen=True)
class Event:
    """Something that happened to records of an entity. `chain` holds the automations that led to it."""

    id: int
    at: dt.datetime
    kind: str
    entity: str
    records: tuple[int, ...]
    fields: frozenset[str]
    revision: int
    attempts: int = 0
    chain: tuple[str, ...] = ()


@dataclass(frozen=True)
class Happened:
    """What an event changed in each record: {field: [old, new]} in wire form, and the stages that each came into. `since` is
    what fields of a record held right after it that others have changed since; it is read of past events alone.
    """

    changes: Mapping[int, Mapping[str, list[Any]]] = field(default_factory=dict)
    entered: Mapping[int, frozenset[str]] = field(default_factory=dict)
    since: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)


def waiting_events(connection: Connection, now: dt.datetime, most: int) -> list[Event]:
    """Events that nobody has acted upon yet, the oldest first."""
    return [event_of(row) for row in connection.execute(due_events(now).order_by(outbox.c.id).limit(most))]


def due_events(now: dt.datetime) -> sa.Select[Any]:
    """The rows of those that do not rest."""
    rested = sa.or_(outbox.c.not_before.is_(None), outbox.c.not_before <= now)
    return sa.select(outbox).where(outbox.c.done_at.is_(None), rested)


def records_that_wait(connection: Connection, entity: str) -> set[int]:
    """The records of an entity of which an event has not been acted upon yet, those that rest among them."""
    query = sa.select(outbox.c.records).where(outbox.c.done_at.is_(None), outbox.c.entity == entity)
    return {record for records in connection.execute(query).scalars() for record in records}


def moments_that_passed(connection: Connection, entity: str, first: int) -> dict[int, set[dt.datetime]]:
    """By record the moments of later events than `first` that have been acted upon already: those have passed it."""
    query = sa.select(outbox.c.at, outbox.c.records).where(
        outbox.c.id > first, outbox.c.done_at.is_not(None), outbox.c.entity == entity, outbox.c.kind.in_(SEEN)
    )
    found: dict[int, set[dt.datetime]] = {}
    for row in connection.execute(query):
        for record in row.records:
            found.setdefault(record, set()).add(row.at)
    return found


def event_of(row: Any) -> Event:
    """The event of a row of the outbox."""
    return Event(
        row.id, row.at, row.kind, row.entity, tuple(row.records), frozenset(row.fields), row.revision, row.attempts,
        tuple(row.chain or ()),
    )  # fmt: skip


def happened(connection: Connection, events: Sequence[Event], former: Former) -> dict[int, Happened]:
    """By event what it changed, as the audit and the history of stages tell it, in words of today. Of events of one entity."""
    if not events:
        return {}
    entity, ids = events[0].entity, sorted({record for each in events for record in each.records})
    moments = {each.at for each in events}
    # A part's fields are in the lines of its whole's; what a total became has a line of its own.
    changes: dict[tuple[dt.datetime, int], dict[str, list[Any]]] = {}
    written = former.written_of(audit, entity)
    for row in connection.execute(_rows(audit, written, moments, connection), {"ids": ids}):
        told = former.today(entity, row.revision, row.changes or {})
        changes.setdefault((row.at, row.record), {}).update(told)
    entered: dict[tuple[dt.datetime, int], set[str]] = {}
    for row in connection.execute(_rows(stage_move, stage_move.c.entity == entity, moments, connection), {"ids": ids}):
        entered.setdefault((row.at, row.record), set()).add(row.stage_to)
    return {
        each.id: Happened(
            {record: changes.get((each.at, record), {}) for record in each.records},
            {record: frozenset(entered.get((each.at, record), ())) for record in each.records},
        )
        for each in events
    }


def happened_then(connection: Connection, events: Sequence[Event], former: Former) -> dict[int, Happened]:
    """As `happened`, of past events: with what the records held then."""
    known = happened(connection, events, former)
    ids = sorted({record for each in events for record in each.records})
    begun = min(each.at for each in events)
    entity = events[0].entity
    here = sa.and_(
        former.written_of(audit, entity), among(audit.c.record, "ids", connection.dialect), audit.c.at > begun
    )
    later: dict[int, list[tuple[dt.datetime, Mapping[str, list[Any]]]]] = {}
    columns = (audit.c.record, audit.c.at, audit.c.revision, audit.c.changes)
    query = sa.select(*columns).where(here, audit.c.changes.is_not(None), audit.c.action != KEPT)
    for row in connection.execute(query.order_by(audit.c.id), {"ids": ids}):
        later.setdefault(row.record, []).append((row.at, former.today(entity, row.revision, row.changes or {})))
    return {
        each.id: replace(
            known[each.id], since={record: _then(later.get(record, ()), each.at) for record in each.records}
        )
        for each in events
    }


def _then(later: Iterable[tuple[dt.datetime, Mapping[str, list[Any]]]], moment: dt.datetime) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for at, changes in later:
        for key, values in changes.items() if at > moment else ():
            found.setdefault(key, values[0])
    return found


def _rows(
    table: sa.Table, written: sa.ColumnElement[bool], moments: Collection[dt.datetime], connection: Connection
) -> sa.Select[Any]:
    here = sa.and_(written, among(table.c.record, "ids", connection.dialect))
    return sa.select(table).where(here, table.c.at >= min(moments), table.c.at <= max(moments)).order_by(table.c.id)


def take(connection: Connection, ids: Iterable[int], now: dt.datetime) -> set[int]:
    """Marks events as done, in the transaction of what is done for them; those of them that nobody else took meanwhile."""
    wanted = sorted(ids)
    query = sa.select(outbox.c.id).where(outbox.c.id.in_(wanted), outbox.c.done_at.is_(None)).order_by(outbox.c.id)
    mine = list(connection.execute(query.with_for_update(skip_locked=True)).scalars())
    if mine:
        connection.execute(sa.update(outbox).where(outbox.c.id.in_(mine)).values(done_at=now, failed=None))
    return set(mine)


def put_back(connection: Connection, events: Iterable[Event], why: str, now: dt.datetime) -> None:
    """Notes an attempt in vain: the events rest for a while, longer each time; at last nobody tries them any more."""
    for each in events:
        values: dict[str, Any] = {"attempts": each.attempts + 1}
        if each.attempts < len(PAUSES):
            values["not_before"] = now + PAUSES[each.attempts]
        else:
            values |= {"done_at": now, "failed": one_line(why)[:_LONGEST_WHY]}
        here = sa.and_(outbox.c.id == each.id, outbox.c.done_at.is_(None))
        connection.execute(sa.update(outbox).where(here).values(values))


def try_again(connection: Connection, event: int) -> bool:
    """An event that was given up waits anew. False where it was not."""
    values = {"done_at": None, "failed": None, "attempts": 0, "not_before": None}
    here = sa.and_(outbox.c.id == event, outbox.c.failed.is_not(None))
    return bool(connection.execute(sa.update(outbox).where(here).values(values)).rowcount)

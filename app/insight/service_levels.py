"""Clocks of service levels as people see them: of records that one may read, where one may see all that the clock follows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.access import Actor, Allowed, decide, models_of
from app.access.sight import reads_in_clear
from app.definition import Catalog, Sla
from app.expression import BOOL, get_expression
from app.orm.framework import sla_clock

MOST_LISTED = 200


@dataclass(frozen=True)
class SeenClock:
    """The clock of one record. It rests where `paused_at` is there; `breached_at` is when its time was over."""

    sla: str
    entity: str
    record: int
    due: dt.datetime | None
    paused_at: dt.datetime | None
    warned_at: dt.datetime | None
    breached_at: dt.datetime | None
    stopped_at: dt.datetime | None

    def state(self, now: dt.datetime) -> str:
        """late, kept, rests, warned or runs; late stays late."""
        if self.breached_at is not None or (self.stopped_at is None and self.due is not None and self.due <= now):
            return "late"
        if self.stopped_at is not None:
            return "kept"
        if self.paused_at is not None:
            return "rests"
        return "warned" if self.warned_at is not None else "runs"


@dataclass(frozen=True)
class Kept:
    """How the clocks of one service level stand, of records that are seen: `late` ones are among the others."""

    sla: str
    running: int
    resting: int
    ended: int
    late: int


def seen_levels(catalog: Catalog, actor: Actor, entity: str | None = None) -> list[Sla]:
    """The service levels whose clocks the actor may see: all that their conditions read is clear to him."""
    return [
        each for each in catalog.slas.values()
        if entity in {None, each.entity} and each.entity in catalog.entities and _sees(catalog, actor, each)
    ]  # fmt: skip


def _sees(catalog: Catalog, actor: Actor, sla: Sla) -> bool:
    sources = (sla.start, sla.pause, sla.stop, *(each.when for each in sla.targets.values()))
    return isinstance(decide(catalog, actor, "read", sla.entity), Allowed) and all(
        reads_in_clear(catalog, actor, get_expression(catalog, sla.entity, each, BOOL, "server"))
        for each in sources
        if each is not None
    )


def clocks_of_record(session: Session, actor: Actor, entity: str, record: int) -> list[SeenClock]:
    """The clocks of a record, in the order of the configuration; no statement where there are no service levels."""
    keys = [each.key for each in seen_levels(models_of(session).catalog, actor, entity)]
    if not keys:
        return []
    found = _clocks(session, entity, (sla_clock.c.record == record, sla_clock.c.sla.in_(keys)))
    return sorted(found, key=lambda each: keys.index(each.sla))


def open_clocks(session: Session, actor: Actor) -> list[SeenClock]:
    """Clocks that have not stopped, what is late first, then what is due first; what rests is last."""
    found: list[SeenClock] = []
    for entity, keys in _by_entity(session, actor).items():
        found += _clocks(session, entity, (sla_clock.c.sla.in_(keys), sla_clock.c.stopped_at.is_(None)))
    latest = dt.datetime.max.replace(tzinfo=dt.UTC)
    return sorted(found, key=lambda each: (each.breached_at is None, each.due or latest, each.record))[:MOST_LISTED]


def kept(session: Session, actor: Actor, since: dt.datetime) -> list[Kept]:
    """By service level how its clocks stand that run, or began since then."""
    found: list[Kept] = []
    runs, rests = sla_clock.c.stopped_at.is_(None), sla_clock.c.paused_at.is_not(None)
    for entity, keys in _by_entity(session, actor).items():
        cls = models_of(session).classes[entity]
        query = (
            sa.select(
                sla_clock.c.sla,
                sa.func.count(cls.id).filter(runs, ~rests).label("running"),
                sa.func.count(cls.id).filter(runs, rests).label("resting"),
                sa.func.count(cls.id).filter(~runs).label("ended"),
                sa.func.count(cls.id).filter(sla_clock.c.breached_at.is_not(None)).label("late"),
            )
            .join(cls, cls.id == sla_clock.c.record)
            .where(sla_clock.c.sla.in_(keys), sa.or_(runs, sla_clock.c.started_at >= since))
            .group_by(sla_clock.c.sla)
        )
        counts = {row.sla: row for row in session.execute(query)}
        for key in keys:
            row = counts.get(key)
            found.append(Kept(key, *((row.running, row.resting, row.ended, row.late) if row is not None else (0,) * 4)))
    return found


def _by_entity(session: Session, actor: Actor) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in seen_levels(models_of(session).catalog, actor):
        found.setdefault(each.entity, []).append(each.key)
    return found


def _clocks(session: Session, entity: str, conditions: Sequence[Any]) -> list[SeenClock]:
    """In the session's sight; at most so many are listed, those that are due first."""
    cls = models_of(session).classes[entity]
    clock = sla_clock.c
    query = (
        sa.select(
            clock.sla, cls.id, clock.due, clock.paused_at, clock.warned_at, clock.breached_at, clock.stopped_at
        )
        .join(cls, cls.id == clock.record)
        .where(*conditions)
        .order_by(clock.breached_at.is_(None), clock.due.is_(None), clock.due, clock.record)
        .limit(MOST_LISTED)
    )  # fmt: skip
    return [
        SeenClock(row.sla, entity, row.id, row.due, row.paused_at, row.warned_at, row.breached_at, row.stopped_at)
        for row in session.execute(query)
    ]

"""Clocks of service levels as people see them: of records that one may read, where one may see all that the clock follows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.access import Actor, Allowed, decide, models_of
from app.access.sight import reads_in_clear
from app.definition import Catalog, Sla
from app.expression import BOOL, get_expression
from app.frozen import dataclass
from app.orm.framework import sla_clock

MOST_LISTED = 200
STATES = ("runs", "warned", "late", "rests", "kept")
"""Of clocks; what is late may have ended, too."""


@dataclass(frozen=True)
class SeenClock:
    """The clock of one record. It rests where `paused_at` is there; `breached_at` is when its time was over."""

    sla: str
    target: str
    entity: str
    record: int
    started_at: dt.datetime
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
    """How many clocks of one target of a service level are in each state, of records that are seen. `late` ones run on or
    rest; `ended_late` have ended, too late.
    """

    sla: str
    target: str
    runs: int = 0
    warned: int = 0
    late: int = 0
    rests: int = 0
    kept: int = 0
    ended_late: int = 0


@dataclass(frozen=True)
class Wanted:
    """Which clocks: of which level, target and record; `state` is one of STATES, `open` or all of them."""

    sla: str | None = None
    target: str | None = None
    entity: str | None = None
    record: int | None = None
    state: str | None = "open"


@dataclass(frozen=True)
class ClocksPage:
    """Clocks, and the mark behind which the next ones are."""

    found: tuple[SeenClock, ...]
    next: tuple[str, int] | None


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


def open_clocks(session: Session, actor: Actor, wanted: Wanted, now: dt.datetime) -> list[SeenClock]:
    """What is late first, then what is due first; what rests is last. At most `MOST_LISTED`."""
    found: list[SeenClock] = []
    for entity, keys in _by_entity(session, actor, wanted).items():
        found += _clocks(session, entity, (sla_clock.c.sla.in_(keys), *_conditions(wanted, now)))
    latest = dt.datetime.max.replace(tzinfo=dt.UTC)
    return sorted(found, key=lambda each: (each.breached_at is None, each.due or latest, each.record))[:MOST_LISTED]


def clocks_page(
    session: Session, actor: Actor, wanted: Wanted, now: dt.datetime, after: tuple[str, int] | None, limit: int
) -> ClocksPage:
    """Clocks by level and record, at most so many, behind the mark `after`."""
    found: list[SeenClock] = []
    mark = after if after is not None else ("", 0)
    places = sorted((key, entity) for entity, keys in _by_entity(session, actor, wanted).items() for key in keys)
    for key, entity in places:
        if key < mark[0]:
            continue
        behind = (sla_clock.c.record > (mark[1] if key == mark[0] else 0),)
        conditions = (sla_clock.c.sla == key, *behind, *_conditions(wanted, now))
        query = _query(session, entity, conditions).order_by(sla_clock.c.record).limit(limit + 1 - len(found))
        found += _seen(session, entity, query)
        if len(found) > limit:
            last = found[limit - 1]
            return ClocksPage(tuple(found[:limit]), (last.sla, last.record))
    return ClocksPage(tuple(found), None)


def kept(session: Session, actor: Actor, now: dt.datetime, since: dt.datetime) -> list[Kept]:
    """By target how its clocks stand that run, or began since then; targets of the configuration and those that have some."""
    found: list[Kept] = []
    for entity, keys in _by_entity(session, actor, Wanted()).items():
        cls = models_of(session).classes[entity]
        counted = [sa.func.count(cls.id).filter(_is(state, now)).label(state) for state in (*STATES, "ended_late")]
        query = (
            sa.select(sla_clock.c.sla, sla_clock.c.target, *counted)
            .join(cls, cls.id == sla_clock.c.record)
            .where(sla_clock.c.sla.in_(keys), sa.or_(sla_clock.c.stopped_at.is_(None), sla_clock.c.started_at >= since))
            .group_by(sla_clock.c.sla, sla_clock.c.target)
        )
        rows = {(row["sla"], row["target"]): Kept(**row) for row in session.execute(query).mappings()}
        catalog = models_of(session).catalog
        for key in keys:
            known = list(catalog.slas[key].targets)
            gone = sorted(target for sla, target in rows if sla == key and target not in known)
            found += [rows.get((key, target), Kept(key, target)) for target in (*known, *gone)]
    return found


def _is(state: str, now: dt.datetime) -> sa.ColumnElement[bool]:
    """That a clock is in a state, as `SeenClock.state` says; `late` ones that have ended are `ended_late`."""
    c = sla_clock.c
    ended, over = (
        c.stopped_at.is_not(None),
        sa.or_(c.breached_at.is_not(None), sa.and_(c.due.is_not(None), c.due <= now)),
    )
    going = sa.and_(~ended, ~over)
    return {
        "open": ~ended,
        "late": sa.and_(~ended, over),
        "kept": sa.and_(ended, c.breached_at.is_(None)),
        "ended_late": sa.and_(ended, c.breached_at.is_not(None)),
        "rests": sa.and_(going, c.paused_at.is_not(None)),
        "warned": sa.and_(going, c.paused_at.is_(None), c.warned_at.is_not(None)),
        "runs": sa.and_(going, c.paused_at.is_(None), c.warned_at.is_(None)),
    }[state]


def _conditions(wanted: Wanted, now: dt.datetime) -> list[sa.ColumnElement[bool]]:
    found = [] if wanted.state is None else [_is(wanted.state, now)]
    if wanted.target is not None:
        found.append(sla_clock.c.target == wanted.target)
    if wanted.record is not None:
        found.append(sla_clock.c.record == wanted.record)
    return found


def _by_entity(session: Session, actor: Actor, wanted: Wanted) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in seen_levels(models_of(session).catalog, actor, wanted.entity):
        if wanted.sla in {None, each.key}:
            found.setdefault(each.entity, []).append(each.key)
    return found


def _clocks(session: Session, entity: str, conditions: Sequence[Any]) -> list[SeenClock]:
    """In the session's sight; at most so many are listed, those that are due first."""
    clock = sla_clock.c
    order = (clock.breached_at.is_(None), clock.due.is_(None), clock.due, clock.record)
    return _seen(session, entity, _query(session, entity, conditions).order_by(*order).limit(MOST_LISTED))


def _query(session: Session, entity: str, conditions: Sequence[Any]) -> sa.Select[Any]:
    cls = models_of(session).classes[entity]
    clock = sla_clock.c
    columns = (
        clock.sla, clock.target, cls.id.label("record"), clock.started_at, clock.due, clock.paused_at, clock.warned_at,
        clock.breached_at, clock.stopped_at,
    )  # fmt: skip
    return sa.select(*columns).join(cls, cls.id == clock.record).where(*conditions)


def _seen(session: Session, entity: str, query: sa.Select[Any]) -> list[SeenClock]:
    return [SeenClock(entity=entity, **row) for row in session.execute(query).mappings()]

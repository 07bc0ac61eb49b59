"""One unit of work: opens the session of the actor, holds to the applied revision, tries again after a lost race."""

from __future__ import annotations

import datetime as dt
import logging
import random
import time
import zoneinfo
from collections.abc import Callable
from dataclasses import field
from functools import cached_property
from typing import Any

from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from app.access import Actor, end_writing, writing
from app.definition import Catalog
from app.expression import Context
from app.expression.working_time import company_time
from app.frozen import dataclass
from app.orm.counters import next_changed_seq
from app.orm.models import Models
from app.orm.store import StaleRevision, Store
from app.orm.types import now
from app.orm.writers import revision_to_write
from app.record.blueprint import Blueprint, blueprint_of
from app.record.refusal import Door, Refusal, Refused, Saved
from app.record.waiting import Waiting

ATTEMPTS = 6
"""Of those who wait for each other all but one get through, so that few who meet may lose this often in a row."""
PAUSE = 0.05  # seconds, at most, and longer by as much after each loss: who lost together would meet again at once
_LOST_RACES = frozenset({"40001", "40P01"})  # PostgreSQL: serialization failure, deadlock
_log = logging.getLogger(__name__)


class Clash(Exception):
    """What was saved has consequences in other records that can't be: the whole unit is refused."""

    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal
        super().__init__(refusal.code)


Then = Callable[[Session, Saved], None]
"""Reads what was just saved, in the transaction that saved it and with the scopes of whoever acts."""


@dataclass(frozen=True)
class Unit:
    """What all steps of one unit of work share. `at` is its moment, the same on every row that it writes."""

    store: Store
    actor: Actor
    session: Session
    door: Door
    at: dt.datetime = field(default_factory=now)
    taken_files: set[str] = field(default_factory=set)  # by records of this unit: no other gets them
    quiet: bool = (
        False  # derived changes get no line of audit and no event: it fills what the configuration asks for anew
    )
    after: list[Callable[[], object]] = field(default_factory=list)  # what is done once it is committed
    waiting: Waiting = field(default_factory=Waiting)  # computed fields that what was written has made out of date
    written: set[str] = field(default_factory=set)  # entities of which records were written or worked out anew
    reader: Connection | None = None  # of one that only reads: its session has no connection of its own
    chain: list[str] = field(default_factory=list)  # keys of the automations that led to what is written now
    proven: bool = False  # who acts has shown anew that it is he, by his password or second factor
    behalf: Actor | None = None  # of whom expressions ask, where another carries out what he asked for

    @property
    def catalog(self) -> Catalog:
        """The applied catalog."""
        return self.store.models.catalog

    @property
    def models(self) -> Models:
        """Its tables and classes."""
        return self.store.models

    @cached_property
    def connection(self) -> Connection:
        """The bare connection, without scopes: for writing, and for what holds whoever asks (keys, references)."""
        return self.session.connection() if self.reader is None else self.reader

    @cached_property
    def changed_seq(self) -> int:
        """The number that marks every row that this unit changes."""
        return next_changed_seq(self.connection)

    @cached_property
    def zone(self) -> dt.tzinfo:
        """The zone of whoever acts, for moments that are given without one."""
        return zone(self.actor.time_zone)

    @property
    def subject(self) -> Actor:
        """The person of whom expressions ask: whoever acts, or on whose behalf."""
        return self.behalf or self.actor

    @cached_property
    def person(self) -> dict[str, Any]:
        """What is known of that person, as expressions read it; `facts.find_user` adds to it."""
        return {"id": self.subject.user_id, "department": self.subject.department}

    @cached_property
    def context(self) -> Context:
        """What every expression of this unit is evaluated in: one clock, the company's zone, one person."""
        return Context(
            self.at, zone(self.catalog.pack.time_zone), self.person, self.subject.roles, company_time(self.catalog)
        )

    def blueprint(self, entity: str) -> Blueprint:
        """What a save of that entity reads."""
        return blueprint_of(self.catalog, entity)


def zone(name: str) -> dt.tzinfo:
    """The zone of that name; UTC where there is none."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return dt.UTC


def in_unit(
    store: Store, actor: Actor, door: Door, work: Callable[[Unit], Saved | Refused], then: Then | None = None
) -> Saved | Refused:
    """Does the work in a transaction of its own: all of it when it says `Saved`, nothing when it says `Refused`.

    What was saved is shown to `then` before it is committed, in a session that can only read; done again, it is shown again.

    Where another transaction was faster (a key taken, a deadlock), the work is done again on what there is now, which then
    says what is wrong. Raises StaleRevision.
    """
    for attempt in range(ATTEMPTS):
        try:
            outcome, after = _once(store, actor, door, work, then)
        except Clash as clash:
            return Refused((clash.refusal,))
        except IntegrityError:
            _log.warning("a write met another one", exc_info=True)
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) not in _LOST_RACES:
                raise
            _log.warning("a write lost a race", exc_info=True)
            time.sleep(random.uniform(0, PAUSE * (attempt + 1)))  # noqa: S311 - no secret
        else:
            for each in after:
                each()
            return outcome
    return Refused((Refusal("record.changed", variant="busy"),), "conflict")


def _once(
    store: Store, actor: Actor, door: Door, work: Callable[[Unit], Saved | Refused], then: Then | None
) -> tuple[Saved | Refused, list[Callable[[], object]]]:
    """What became of it, and what is to be done now that it is committed."""
    with writing(store, actor) as session:
        applied = revision_to_write(session.connection())
        if applied != store.revision:
            raise StaleRevision(f"built for revision {store.revision}, the database has {applied}")
        unit = Unit(store, actor, session, door, store.clock())
        outcome = work(unit)
        if isinstance(outcome, Refused):
            session.rollback()
            return outcome, []
        if then is not None:
            end_writing(session)
            then(session, outcome)
        return outcome, unit.after

"""The process that keeps time: every few seconds one turn, beside it the leases and what is carried out apart.

APScheduler is the clock, nothing else.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

from app.automation.runs import give_up_lead, take_lead
from app.automation.turn import Station, hold_runs, turn
from app.files import FolderContents
from app.jobs.apart import ApartProcess
from app.orm.store import StaleRevision, Store
from app.orm.types import now
from app.plan import open_store
from app.plan.revision import applied_revision, reading
from app.settings import Settings

log = logging.getLogger(__name__)
TURN_SECONDS = 5
LOOK_SECONDS = 2
LEASE_SECONDS = 10  # between renewals; see `runs.LEASE`
_OFTEN = {"trigger": "interval", "max_instances": 1, "coalesce": True, "misfire_grace_time": None}


@dataclass
class Scheduler:
    """Turns until it is stopped. `station` is made anew when another revision was applied; jobs that may take long are
    carried out `apart`.
    """

    engine: Engine
    station: Station
    apart: ApartProcess

    def turn(self) -> None:
        """Takes up the applied revision and runs what is due. A database that does not answer is asked again next time."""
        try:
            with reading(self.engine) as connection:
                newest = applied_revision(connection)
            if newest != self.station.store.revision:
                self.station = replace(self.station, store=open_store(self.engine))
            turn(self.station)
        except StaleRevision:
            return  # the next turn takes it up
        except DBAPIError:
            log.warning("the database does not answer; the next turn tries again", exc_info=True)

    def renew(self) -> None:
        """Keeps the lead, and the runs that are carried out, while they take long."""
        try:
            take_lead(self.station.store, self.station.holder, self.station.clock())
        except DBAPIError:
            log.warning("the lease could not be renewed", exc_info=True)
        self.hold()

    def hold(self) -> None:
        """Keeps the runs that are carried out."""
        try:
            hold_runs(self.station)
            self.apart.hold(self.station.store)
        except DBAPIError:
            log.warning("the leases of runs could not be renewed", exc_info=True)

    def look(self) -> None:
        """Looks after what is carried out apart."""
        try:
            self.apart.look(self.station.store)
        except DBAPIError:
            log.warning("how a run ended could not be written", exc_info=True)


def make_scheduler(settings: Settings, store: Store) -> Scheduler:
    """The scheduler, which begins with this store."""
    contents = FolderContents(settings.files_dir)
    holder = f"{socket.gethostname()}/{os.getpid()}/{uuid.uuid4().hex[:8]}"
    return Scheduler(store.engine, Station(store, contents, holder, now, settings), ApartProcess(settings, now))


@contextmanager
def holding(scheduler: Scheduler) -> Iterator[None]:
    """Keeps the runs that are carried out in the block, without leading."""
    clock = BackgroundScheduler(timezone="UTC")
    clock.add_job(scheduler.hold, seconds=LEASE_SECONDS, **_OFTEN)
    clock.start()
    try:
        yield
    finally:
        clock.shutdown(wait=True)


def keep_time(scheduler: Scheduler, stop: threading.Event, parent: int | None = None) -> None:
    """Turns until `stop` is set, or until the process with the id `parent` is no longer its parent."""
    scheduler.station = replace(scheduler.station, apart=scheduler.apart)
    clock = BackgroundScheduler(timezone="UTC")
    clock.add_job(scheduler.turn, seconds=TURN_SECONDS, **_OFTEN)
    clock.add_job(scheduler.renew, seconds=LEASE_SECONDS, **_OFTEN)
    clock.add_job(scheduler.look, seconds=LOOK_SECONDS, **_OFTEN)
    clock.start()
    try:
        while not stop.wait(1):
            if parent is not None and os.getppid() != parent:
                return
    finally:
        clock.shutdown(wait=True)
        scheduler.apart.stop(scheduler.station.store)
        give_up_lead(scheduler.station.store, scheduler.station.holder, scheduler.station.clock())


def stop_on_signals() -> threading.Event:
    """An event that SIGTERM and SIGINT set."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop

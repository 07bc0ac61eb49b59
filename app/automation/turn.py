"""One turn of the scheduler: what is due is run, in the order in which it was due; what may take long, apart."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import field
from typing import Protocol

from app.automation.cut_off import set_aside
from app.automation.jobs import DEFAULTS, Job, Occasion, jobs_of, zone_of
from app.automation.runs import (
    JobRefused,
    Run,
    State,
    begin_again,
    begin_run,
    carried_out,
    end_run,
    give_up_lead,
    hold,
    known_since,
    last_runs,
    leading_token,
    plain,
    take_lead,
    unfinished,
    wanted,
)
from app.definition import Text
from app.files import FolderContents
from app.frozen import dataclass
from app.orm.store import Store
from app.record.recompute import work_off
from app.settings import Settings

log = logging.getLogger(__name__)
Clock = Callable[[], dt.datetime]
Ending = tuple[Run, State, Text, dt.datetime]
"""How a run ended, and when."""


class Apart(Protocol):
    """Where runs that may take long are carried out, one at a time, while turns go on."""

    @property
    def is_free(self) -> bool:
        """Whether one may be begun."""

    def begin(self, run: Run, limit: dt.timedelta) -> None:
        """Carries a run out, until its end is written or the time is over."""

    def finish(self, store: Store) -> None:
        """Waits until what was begun has ended."""


@dataclass(frozen=True)
class Station:
    """Where a scheduler works: the store of the applied revision, the files, who it is, its clock; without a place `apart` a
    turn carries out everything itself.
    """

    store: Store
    contents: FolderContents
    holder: str
    clock: Clock
    settings: Settings = DEFAULTS
    unwritten: dict[int, Ending] = field(default_factory=dict)  # by run, ends that the database did not take
    held: dict[int, Run] = field(default_factory=dict)  # runs that it carries out itself
    apart: Apart | None = None


def turn(station: Station) -> list[Run]:
    """Runs what is due, if this scheduler leads; the runs that it ended. A job that fails does not keep others from running.

    Computed fields that a save left for later, because it was cut off, are worked out. Raises StaleRevision.
    """
    token = take_lead(station.store, station.holder, station.clock())
    if token is None:
        return []
    _write_ends(station)
    done = [run for run in _begun(station, token) if carry_out(station, run)]
    work_off(station.store)
    return done


def run_now(station: Station, name: str) -> Run | None:
    """Runs a job once, now, under the lease of whoever leads. Raises KeyError for an unknown name; None where another began
    it this moment. Of a job of which each moment counts those that were missed are run first: after this one they would be
    taken for done.
    """
    store = station.store
    job = jobs_of(store.catalog)[name]
    now = station.clock()
    lead = take_lead(store, station.holder, now)
    token = lead or leading_token(store)
    try:
        if job.missed == "each":
            for missed in _begin_due(station, [job], token, now):
                carry_out(station, missed)
        run = begin_run(store, name, now, token, now)
        if run is None:
            return None
        if station.apart is not None and _set_apart(station, run, job):
            station.apart.finish(store)
        else:
            carry_out(station, run)
    finally:
        if lead is not None:
            give_up_lead(store, station.holder, station.clock())
    return last_runs(store)[name]


def hold_runs(station: Station) -> None:
    """Renews the leases of the runs that a turn carries out, while it does."""
    if station.held:
        hold(station.store, list(station.held.values()), station.clock())


def _begun(station: Station, token: int) -> Iterator[Run]:
    """Runs as they are begun, one after the other, but for those that are carried out apart."""
    store, now = station.store, station.clock()
    jobs = jobs_of(store.catalog)
    for each in unfinished(store, now):
        if each.job in jobs and not set_aside(store, each, now) and not _has_to_wait(station, jobs[each.job]):
            again = begin_again(store, each, token, now)
            if again is not None and not _set_apart(station, again, jobs[each.job]):
                yield again
    yield from _begin_due(station, list(jobs.values()), token, now)


def _has_to_wait(station: Station, job: Job) -> bool:
    """Of long jobs one is carried out at a time, whoever does it; the others stay due."""
    if job.limit is None or station.apart is None:
        return False
    if not station.apart.is_free:
        return True
    jobs = jobs_of(station.store.catalog)
    return any(name in jobs and jobs[name].limit for name in carried_out(station.store, station.clock()))


def _set_apart(station: Station, run: Run, job: Job) -> bool:
    if job.limit is None or station.apart is None:
        return False
    station.apart.begin(run, job.limit)
    return True


def _begin_due(station: Station, jobs: Sequence[Job], token: int, now: dt.datetime) -> Iterator[Run]:
    """Of these jobs the runs that are due, as they are begun, but for those that are carried out apart."""
    store = station.store
    since, last = known_since(store, [job.name for job in jobs], now), last_runs(store)
    for due, job in sorted(_due(station, jobs, since, last, now), key=lambda pair: (pair[0], pair[1].name)):
        if _has_to_wait(station, job):
            continue
        run = begin_run(store, job.name, due, token, station.clock())
        if run is not None and not _set_apart(station, run, job):
            yield run


def _due(
    station: Station, jobs: Iterable[Job], since: dict[str, dt.datetime], last: dict[str, Run], now: dt.datetime
) -> Iterator[tuple[dt.datetime, Job]]:
    zone, asked_for = zone_of(station.store.catalog), wanted(station.store)
    for job in jobs:
        after = max(since[job.name], last[job.name].due) if job.name in last else since[job.name]
        if job.name in asked_for and (job.name not in last or last[job.name].due < asked_for[job.name]):
            yield asked_for[job.name], job
        for due in job.due(zone, after, now):
            yield due, job


def carry_out(station: Station, run: Run) -> bool:
    """Does the work of a run and writes how it ended; False where another took the run over meanwhile."""
    station.held[run.id] = run
    try:
        return _carry_out(station, run)
    finally:
        del station.held[run.id]


def _carry_out(station: Station, run: Run) -> bool:
    job = jobs_of(station.store.catalog)[run.job]
    occasion = Occasion(station.store, station.contents, run.due, station.clock(), station.settings)
    try:
        result = job.work(occasion)
    except JobRefused as refused:
        log.warning("job %s, due %s: %s", run.job, run.due, refused)
        return _end(station, run, "failed", refused.text)
    except Exception as error:
        # The one place where a job's fault ends: it is written into its run, told, and tried again.
        log.exception("job %s, due %s", run.job, run.due)
        return _end(station, run, "failed", plain(f"{type(error).__name__}: {error}"))
    return _end(station, run, "done", result)


def _end(station: Station, run: Run, state: State, result: Text) -> bool:
    """Writes how a run ended. What the database does not take now is kept for the next turn: nobody else would ever try
    this run again while this scheduler leads.
    """
    station.unwritten[run.id] = (run, state, result, station.clock())
    written = end_run(station.store, *station.unwritten[run.id])
    del station.unwritten[run.id]
    return written


def _write_ends(station: Station) -> None:
    for key, ending in list(station.unwritten.items()):
        end_run(station.store, *ending)
        del station.unwritten[key]

"""One turn of the scheduler: what is due is run, in the order in which it was due."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from app.automation.jobs import DEFAULTS, Job, Occasion, jobs_of, zone_of
from app.automation.runs import (
    JobRefused,
    Run,
    begin_again,
    begin_run,
    end_run,
    give_up_lead,
    known_since,
    last_runs,
    leading_token,
    plain,
    take_lead,
    unfinished,
    wanted,
)
from app.files import FolderContents
from app.orm.store import Store
from app.record.recompute import work_off
from app.settings import Settings

log = logging.getLogger(__name__)
Clock = Callable[[], dt.datetime]


@dataclass(frozen=True)
class Station:
    """Where a scheduler works: the store of the applied revision, the files, who it is, and its clock."""

    store: Store
    contents: FolderContents
    holder: str
    clock: Clock
    settings: Settings = DEFAULTS


def turn(station: Station) -> list[Run]:
    """Runs what is due, if this scheduler leads; the runs that it ended. A job that fails does not keep others from running.

    Computed fields that a save left for later, because it was cut off, are worked out. Raises StaleRevision.
    """
    token = take_lead(station.store, station.holder, station.clock())
    if token is None:
        return []
    done = [run for run in _begun(station, token) if _carry_out(station, run)]
    work_off(station.store)
    return done


def run_now(station: Station, name: str) -> Run | None:
    """Runs a job once, now, under the lease of whoever leads. Raises KeyError for an unknown name; None where another began
    it this moment.
    """
    jobs_of(station.store.catalog)[name]
    now = station.clock()
    token = take_lead(station.store, station.holder, now)
    try:
        run = begin_run(station.store, name, now, token or leading_token(station.store), now)
        if run is None:
            return None
        _carry_out(station, run)
    finally:
        if token is not None:
            give_up_lead(station.store, station.holder, station.clock())
    return last_runs(station.store)[name]


def _begun(station: Station, token: int) -> Iterator[Run]:
    """Runs as they are begun, one after the other."""
    store, now = station.store, station.clock()
    jobs = jobs_of(store.catalog)
    for each in unfinished(store, token, now):
        again = begin_again(store, each, token, now) if each.job in jobs else None
        if again is not None:
            yield again
    since, last = known_since(store, jobs, now), last_runs(store)
    for due, job in sorted(_due(station, jobs.values(), since, last, now), key=lambda pair: (pair[0], pair[1].name)):
        run = begin_run(store, job.name, due, token, station.clock())
        if run is not None:
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


def _carry_out(station: Station, run: Run) -> bool:
    """Does the work of a run and writes how it ended; False where another took the run over meanwhile."""
    job = jobs_of(station.store.catalog)[run.job]
    occasion = Occasion(station.store, station.contents, run.due, station.clock(), station.settings)
    try:
        result = job.work(occasion)
    except JobRefused as refused:
        log.warning("job %s, due %s: %s", run.job, run.due, refused)
        return end_run(station.store, run, "failed", refused.text, station.clock())
    except Exception as error:
        # The one place where a job's fault ends: it is written into its run, told, and tried again.
        log.exception("job %s, due %s", run.job, run.due)
        return end_run(station.store, run, "failed", plain(f"{type(error).__name__}: {error}"), station.clock())
    return end_run(station.store, run, "done", result, station.clock())

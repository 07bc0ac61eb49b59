"""Time that passes in a case: the jobs of the scheduler do what is due meanwhile, each at its moment, and what follows from
that is acted upon. Moments at which there is nothing to do are not looked at, so that a year takes no longer than it has to.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from pathlib import Path
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from app.automation.jobs import Job, Occasion, jobs_of, zone_of
from app.automation.lengths import later
from app.definition import Catalog
from app.definition.grammars import Duration
from app.definition.memory import remembered
from app.expression.working_time import company_time
from app.files import FolderContents
from app.frozen import dataclass
from app.orm.in_memory import rows_written
from app.orm.store import Store
from app.rehearsal.aftermath import act
from app.rehearsal.scene import NoScene, Scene

LONGEST = dt.timedelta(days=3 * 366)
MOST_MOMENTS = 5_000  # at which something is due in one step: more are a mistake, or no test
_NO_FILES = FolderContents(Path())  # jobs of records know of none
_TICK = dt.timedelta(microseconds=1)


@dataclass
class Clock:
    """The clock of a case in which time passes."""

    now: dt.datetime

    def __call__(self) -> dt.datetime:
        return self.now


def with_clock(store: Store) -> Store:
    """The store with a clock that can be moved."""
    return replace(store, clock=Clock(store.clock()))


def wait(scene: Scene, duration: Duration) -> None:
    """Lets so much time pass; working hours are those of the company. Raises NoScene."""
    until = later(company_time(scene.store.catalog), scene.store.clock(), duration)
    _pass(scene.store, until, "wait")


def wait_until(scene: Scene, moment: str) -> None:
    """Lets time pass until a moment of the company's zone. Raises NoScene."""
    local = dt.datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo(scene.store.catalog.pack.time_zone))
    _pass(scene.store, local.astimezone(dt.UTC), "until")


def _pass(store: Store, until: dt.datetime | None, key: str) -> None:
    clock = store.clock
    assert isinstance(clock, Clock)
    if until is None or until > clock.now + LONGEST:
        raise NoScene(f"it is more than {LONGEST.days // 366} years later", key)
    if until < clock.now:
        raise NoScene(f"it is later already: {clock.now.astimezone(zone_of(store.catalog)):%Y-%m-%dT%H:%M}", key)
    rounds = _Rounds(store, clock)
    for _ in range(MOST_MOMENTS):
        moment = rounds.next()
        if moment is None or moment > until:
            clock.now = until
            return
        rounds.play(moment)
    raise NoScene(f"more than {MOST_MOMENTS} moments are due meanwhile: wait in several steps", key)


@dataclass
class _Rounds:
    """When each job is due next. What is known of that holds until a row is written."""

    store: Store
    clock: Clock
    jobs: Mapping[str, Job] = field(init=False)
    there: set[str] = field(init=False)  # entities of which there are records
    due: dict[str, dt.datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.jobs = remembered(self.store.catalog, "passing", lambda: _jobs(self.store.catalog))
        self.there = _there(self.store)
        self._look(self.jobs, self.clock.now)

    def next(self) -> dt.datetime | None:
        """The first moment at which something is due."""
        return min(self.due.values(), default=None)

    def play(self, moment: dt.datetime) -> None:
        """Does what is due then, by the names of the jobs, as the scheduler does. Raises NoScene."""
        self.clock.now = moment
        for name, job in self.jobs.items():
            if self.due.get(name) != moment:
                continue
            before = rows_written(self.store.engine)
            try:
                job.work(Occasion(self.store, _NO_FILES, moment, moment))
            except RuntimeError as error:  # what the scheduler would try again
                raise NoScene(f"{name} fails: {error}") from error
            act(self.store)
            if rows_written(self.store.engine) == before:
                self._look([name], moment, idle=True)
            else:
                self.there = _there(self.store)
                self._look((each for each in self.jobs if each <= name), moment)
                self._look((each for each in self.jobs if each > name), moment - _TICK)

    def _look(self, names: Iterable[str], after: dt.datetime, *, idle: bool = False) -> None:
        """When these jobs are due next. A job that was `idle` is not asked again for what it left undone."""
        zone = zone_of(self.store.catalog)
        for name in names:
            job = self.jobs[name]
            wakes = None if self.there.isdisjoint(job.entities) else after
            if job.ahead is not None:
                found = job.ahead(self.store, after)
                wakes = min((each for each in found if not idle or each >= after), default=None)
            self.due.pop(name, None)
            if wakes is not None:
                self.due[name] = job.next(zone, max(after, wakes - _TICK))


def _jobs(catalog: Catalog) -> Mapping[str, Job]:
    found = jobs_of(catalog)
    return {name: found[name] for name in sorted(found) if found[name].entities or found[name].ahead is not None}


def _there(store: Store) -> set[str]:
    """The entities of which there are records."""
    kept = store.models.metadata.info
    if "there" not in kept:
        tables = store.models.tables
        entities = sorted({each for job in _jobs(store.catalog).values() for each in job.entities} & tables.keys())
        some = (sa.exists().where(tables[each].c.deleted_at.is_(None)).label(each) for each in entities)
        kept["there"] = sa.select(sa.literal(1).label("one"), *some)
    with store.system_reading() as connection:
        row = connection.execute(kept["there"]).mappings().one()
    return {key for key, is_there in row.items() if is_there and key in store.models.tables}

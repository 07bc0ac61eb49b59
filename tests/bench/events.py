"""What automations cost those who save, and how fast what they start is done: events in a row, at once, and one when idle."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.access import system_actor
from app.automation.dispatch import dispatch
from app.loading import Loaded, catalog_of_tree
from app.orm.engine import open_engine
from app.orm.store import Store
from app.plan import first_apply, open_store
from app.record import Refused, create
from tests.bench.contenders import Database
from tests.bench.fill import NotWritten
from tests.bench.processes import start, stop
from tests.bench.product import CRM

ACTOR = system_actor("system:seed")
AUTOMATIONS = 10
RATE = 50  # saves a second
PATIENCE = 300.0  # seconds
LOOK = 0.005  # seconds between two looks for an effect
_TASK = {"create": {"entity": "task", "values": {"name": {"formula": "name"}}}}


@dataclass(frozen=True)
class Happening:
    """Milliseconds that one save in twenty takes longer than, with ten automations that match it and without; seconds from the
    last save to the last effect; effects a second of single events, and of batches; seconds from an event to its effect.
    """

    saved: float
    alone: float
    behind: float
    single: float
    batched: float
    idle: float


def measure_events(database: Database, *, quick: bool) -> Happening:
    """All of it on new databases of this kind."""
    saves = 100 if quick else 1_000
    alone, _ = _beside_saves(database, 0, saves)
    saved, behind = _beside_saves(database, AUTOMATIONS, saves)
    single = _rate(database, [1] * (200 if quick else 1_000))
    batched = _rate(database, [100] * (5 if quick else 40))
    return Happening(saved, alone, behind, single, batched, _idle(database, 5 if quick else 25))


def _beside_saves(database: Database, automations: int, saves: int) -> tuple[float, float]:
    """So many saves at the rate of people, with the scheduler in a process of its own, as it runs beside a server."""
    with _opened(database, automations) as (store, url), _scheduler(database, url):
        _save(store, 1)
        _wait(store, automations)  # until it is up and warm
        spent = []
        began = time.perf_counter()
        for number in range(saves):
            time.sleep(max(0.0, began + number / RATE - time.perf_counter()))
            spent.append(_save(store, 1))
        ended = time.perf_counter()
        _wait(store, automations * (saves + 1))
        return statistics.quantiles(spent, n=20)[-1] * 1_000, time.perf_counter() - ended


def _rate(database: Database, batches: Sequence[int]) -> float:
    """Effects a second of a dispatcher that finds these batches waiting, each an event; one automation listens."""
    with _opened(database, 1) as (store, _):
        for size in batches:
            _save(store, size)
        began = time.perf_counter()
        while _made(store) < sum(batches):
            if not dispatch(store, store.clock()):
                raise NotWritten(f"{_made(store)} of {sum(batches)} effects")
        return sum(batches) / (time.perf_counter() - began)


def _idle(database: Database, times: int) -> float:
    """The middle one of the seconds between the end of a save and its effect, with nothing else to do."""
    with _opened(database, 1) as (store, url), _scheduler(database, url):
        spent = []
        for number in range(times + 1):
            _save(store, 1)
            began = time.perf_counter()
            _wait(store, number + 1)
            spent.append(time.perf_counter() - began)
            time.sleep(0.31 + 0.037 * (number % 8))  # at no fixed place in its rhythm
        return statistics.median(spent[1:])


@contextmanager
def _opened(database: Database, automations: int) -> Iterator[tuple[Store, str]]:
    url = database.new(f"events_{automations}_{time.monotonic_ns()}")
    engine = open_engine(url)
    tree = _tree(automations)
    first_apply(engine, Loaded(catalog_of_tree(tree), (), tree, {}, {}))
    try:
        yield open_store(engine), url
    finally:
        engine.dispose()


@contextmanager
def _scheduler(database: Database, url: str) -> Iterator[None]:
    folder = database.folder
    environ = {
        "CRM_DATABASE_URL": url,
        "CRM_DATA_DIR": str(folder / "var"),
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    process = start([*CRM, "jobs", "run"], environ, folder / "jobs.log")
    try:
        yield
    finally:
        stop(process)


def _tree(automations: int) -> dict[str, Any]:
    fields: Mapping[str, Any] = {
        "name": {"type": "text", "required": True, "searchable": True}, "note": {"type": "text"}, "amount": {"type": "money"},
        "due": {"type": "date"}, "count": {"type": "integer"}, "contact": {"type": "text"},
    }  # fmt: skip
    task = {"name": {"type": "text"}, "deal": {"type": "lookup", "to": ["deal"], "inverse": "tasks"}}
    return {
        "entities": {
            "deal": {"name_field": "name", "fields": fields},
            "task": {"name_field": "name", "fields": task},
        },
        "automations": {
            f"listen_{number}": {
                "entity": "deal", "trigger": "create", "when": f"amount > {number}", "actions": {"call": _TASK},
            }
            for number in range(automations)
        },
    }  # fmt: skip


def _save(store: Store, records: int) -> float:
    row = {"name": "第一有限公司", "note": "call", "amount": "1000", "due": "2026-05-01", "count": 3, "contact": "张三"}
    began = time.perf_counter()
    outcome = create(store, ACTOR, "deal", [row] * records, door="form")
    spent = time.perf_counter() - began
    if isinstance(outcome, Refused):
        raise NotWritten(str(outcome.refusals[:3]))
    return spent


def _made(store: Store) -> int:
    table = store.models.tables["task"]
    with store.system_reading() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


def _wait(store: Store, effects: int) -> None:
    """Until there are so many tasks. Raises NotWritten when that takes too long, or when there are more."""
    began = time.monotonic()
    while (made := _made(store)) < effects:
        if time.monotonic() - began > PATIENCE:
            raise NotWritten(f"{made} of {effects} effects")
        time.sleep(LOOK)
    if made > effects:
        raise NotWritten(f"{made} effects in place of {effects}")

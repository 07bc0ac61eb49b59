"""Runs in a process of their own: stopped when they take too long, told when they are cut off, ended with who began them."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.automation.runs import Run, begin_run, carried_out, last_runs, take_lead, unfinished
from app.definition import Text
from app.jobs.apart import ApartProcess
from app.loading import catalog_of_tree
from app.orm.store import Store
from app.settings import Settings
from tests.databases import store_at

START = dt.datetime(2026, 3, 27, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
HANGS = (sys.executable, "-c", "import time; print('here', flush=True); time.sleep(600)")
Begin = Callable[[tuple[str, ...]], tuple[ApartProcess, Run]]
FALLS = (sys.executable, "-c", "import sys; sys.exit(7)")


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> dt.datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(new_url: str) -> Iterator[Store]:
    with store_at(new_url, catalog_of_tree({"entities": {}})) as found:
        yield found


@pytest.fixture
def begin(store: Store, clock: Clock, tmp_path: Path) -> Iterator[Begin]:
    made: list[ApartProcess] = []

    def begun(command: tuple[str, ...]) -> tuple[ApartProcess, Run]:
        settings = Settings(data_dir=tmp_path, database_url=store.engine.url.render_as_string(hide_password=False))
        token = take_lead(store, "a", clock.now)
        assert token is not None
        run = begin_run(store, "backup.full", clock.now, token, clock.now)
        assert run is not None
        apart = ApartProcess(settings, clock, command)
        apart.begin(run, HOUR)
        made.append(apart)
        return apart, run

    yield begun
    for apart in made:
        apart.stop(store)


def result_of(store: Store) -> tuple[str, Text]:
    run = last_runs(store)["backup.full"]
    return run.state, run.result


def test_a_run_that_takes_too_long_is_stopped_and_says_so(store: Store, clock: Clock, begin: Begin) -> None:
    apart, run = begin(HANGS)
    apart.look(store)
    assert not apart.is_free
    clock.now += HOUR / 2
    apart.hold(store)
    assert carried_out(store, clock.now) == {run.job}
    clock.now += HOUR
    apart.look(store)
    assert apart.is_free
    words = {"en": "stopped: it took longer than 1 hours", "zh": "已终止：运行超过 1 小时"}
    assert result_of(store) == ("failed", Text(words))


def test_who_waits_for_a_run_waits_for_its_end_or_its_limit(store: Store, clock: Clock, begin: Begin) -> None:
    apart, _ = begin(FALLS)
    apart.finish(store)
    assert (apart.is_free, result_of(store)[0]) == (True, "failed")
    clock.now += HOUR
    apart, _ = begin((sys.executable, "-c", "import time; time.sleep(600)"))
    clock.now += HOUR
    apart.finish(store)
    assert result_of(store)[1].in_language("en").startswith("stopped")


def test_a_run_that_is_cut_off_is_told(store: Store, begin: Begin) -> None:
    apart, _ = begin(FALLS)
    process_of(apart).wait(30)
    apart.look(store)
    assert apart.is_free
    state, result = result_of(store)
    assert (state, result.in_language("en")) == ("failed", "its process ended before it was done (exit code 7)")


def test_a_run_is_begun_again_by_another_when_its_scheduler_is_stopped(
    store: Store, clock: Clock, begin: Begin
) -> None:
    apart, run = begin(HANGS)
    apart.stop(store)
    assert apart.is_free
    assert [each.id for each in unfinished(store, clock.now)] == [run.id]


def test_a_process_ends_with_the_one_that_began_it() -> None:
    child = (
        "import sys, time; from app.jobs.apart import end_with; end_with(int(sys.argv[1])); "
        "print('ready', flush=True); time.sleep(600)"
    )
    parent = (
        "import os, subprocess, sys; "
        f"p = subprocess.Popen([sys.executable, '-c', {child!r}, str(os.getpid())], stdout=sys.stdout, start_new_session=True); "
        "sys.stdin.read()"
    )
    process = subprocess.Popen([sys.executable, "-c", parent], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.kill()
    assert process.stdout.read() == "", "the end of the pipe: the child is gone, too"
    process.communicate()


def process_of(apart: ApartProcess) -> subprocess.Popen[bytes]:
    begun = apart._begun
    assert begun is not None
    return begun.process

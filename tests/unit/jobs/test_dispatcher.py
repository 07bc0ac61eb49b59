"""The threads beside the clock: they act at once on what happens, a fault rests them and ends nothing, and they can be ended."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from app.automation.turn import Station
from app.automation.waiting import Kind, what_waits
from app.extension import load_extensions
from app.files import FolderContents
from app.jobs import dispatcher
from app.jobs.dispatcher import SENDERS_AT_ONCE, start_workers, until_stopped
from app.jobs.scheduler import Scheduler
from app.orm.store import StaleRevision, Store
from app.orm.types import now
from app.record import Saved, create
from app.settings import Settings
from tests import extension_example
from tests.unit.approving import SEED, opened
from tests.unit.automation.test_dispatch import tree_of

LONGEST = 60  # seconds for what takes a few milliseconds
FAULTS = (StaleRevision(1, 2), OperationalError("select", {}, Exception("gone")), ZeroDivisionError("bug"))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda each: type(each).__name__)
def test_a_fault_rests_it_for_a_while_and_ends_nothing(
    fault: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    stop, done, rested = threading.Event(), [], []
    monkeypatch.setattr(stop, "wait", rested.append)

    def work() -> float:
        done.append(len(done))
        if len(done) == 1:
            raise fault
        if len(done) == 4:
            stop.set()
        return 0.0 if len(done) == 2 else 0.125

    until_stopped(stop, work, threading.Event())
    first = dispatcher.PAUSE if isinstance(fault, StaleRevision) else dispatcher.AFTER_A_FAULT
    assert rested == [first, 0.0, 0.125, 0.125]
    assert bool(caplog.records) is not isinstance(fault, StaleRevision)


def test_who_has_nothing_to_do_works_when_he_is_woken_and_ends_when_it_is_stopped() -> None:
    stop, wake, done = threading.Event(), threading.Event(), threading.Semaphore(0)
    thread = threading.Thread(target=until_stopped, args=(stop, done.release, wake))
    thread.start()
    for _ in range(3):
        assert done.acquire(timeout=LONGEST)
        wake.set()
    assert done.acquire(timeout=LONGEST)
    assert not done.acquire(timeout=0.05), "nobody woke him"
    stop.set()
    wake.set()
    thread.join(LONGEST)
    assert not thread.is_alive()


def test_who_has_nothing_to_do_asks_the_database_once_at_each_look(
    new_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatcher, "PAUSE", 0.02)
    looks, asked, settled = [], [], threading.Semaphore(0)

    def look(store: Store, moment: dt.datetime) -> frozenset[Kind]:
        looks.append(len(asked))
        settled.release()
        return what_waits(store, moment)

    monkeypatch.setattr(dispatcher, "what_waits", look)
    with opened(new_url, tree_of()) as office:
        station = Station(office.store, FolderContents(tmp_path), "me", now, Settings(data_dir=tmp_path))
        sa.event.listen(
            office.store.engine,
            "before_cursor_execute",
            lambda _c, _u, text, *_: asked.extend([text] * (text != "BEGIN")),
        )
        stop = threading.Event()
        threads = start_workers(Scheduler(office.store.engine, station, None), stop)  # type: ignore[arg-type]
        try:
            for _ in range(LONGEST * 50):  # what they did at first is over at some time
                assert settled.acquire(timeout=LONGEST)
                if len(looks) > 5 and looks[-1] - looks[-6] == 5:
                    break
            else:
                pytest.fail(str(asked[-50:]))
        finally:
            stop.set()
            for each in threads:
                each.join(LONGEST)
    assert not any(each.is_alive() for each in threads)


def test_what_is_stopped_before_it_began_does_nothing() -> None:
    stop = threading.Event()
    stop.set()
    until_stopped(stop, lambda: float(pytest.fail("it was stopped")), threading.Event())


def test_what_happens_is_acted_upon_and_delivered_by_the_threads(
    new_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_extensions(["tests.extension_example"])
    called = threading.Event()

    class Sent(list[Mapping[str, Any]]):
        def append(self, each: Mapping[str, Any]) -> None:
            super().append(each)
            called.set()

    sent = Sent()
    monkeypatch.setattr(extension_example, "SENT", sent)
    tree = tree_of(push={"trigger": "create", "actions": {"erp": {"run": "push_to_erp", "with": {"kind": "new"}}}})
    tree["pack"]["extensions"] = ["tests.extension_example"]
    with opened(new_url, tree) as office:
        settings = Settings(data_dir=tmp_path)
        station = Station(office.store, FolderContents(tmp_path), "me", now, settings)
        stop = threading.Event()
        threads = start_workers(Scheduler(office.store.engine, station, None), stop)  # type: ignore[arg-type]
        try:
            assert len(threads) > SENDERS_AT_ONCE
            assert isinstance(create(office.store, SEED, "deal", [{"name": "Big"}], door="api"), Saved)
            assert called.wait(LONGEST)
        finally:
            stop.set()
            for each in threads:
                each.join(LONGEST)
        assert not any(each.is_alive() for each in threads)
        assert [each["kind"] for each in sent] == ["new"]

"""Whoever acts upon events is killed again and again: nothing is lost, nothing is done twice, what leaves may be repeated."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.automation.acts import ACTS
from app.automation.deliveries import Answer, Delivery, ToDeliver, deliver_next, queue
from app.automation.dispatch import dispatch
from app.automation.doing import DONE, Act, Doing
from app.orm.engine import open_engine
from app.orm.framework import automation_run, delivery, outbox
from app.orm.store import Store
from app.orm.types import now
from app.record import Refused, Saved
from app.settings import Settings
from tests.unit.approving import Office, opened
from tests.unit.automation.test_dispatch import CALL, deals, stored, tree_of

pytestmark = pytest.mark.timeout(900)
KILLS = int(os.environ.get("CRM_TEST_KILLS", "200"))
EVENTS, AT_A_TIME = 1_000, 4
BEGIN = {"trigger": "create", "actions": {**CALL, "send": {"tag": "sent"}}}


def _send(doing: Doing, _read: object) -> Saved | Refused:
    """In place of tagging: a call of another system for each record."""
    queue(
        doing,
        [
            ToDeliver(key=doing.key(each), kind="call", target="x", host=f"host {each % 7}", content={}, record=each)
            for each in doing.records
        ],
    )
    return DONE


@pytest.fixture(autouse=True)
def receiver(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """What was delivered, line by line: a receiver that knows a repeated key again."""
    for module in ("dispatch", "carried"):
        monkeypatch.setattr(f"app.automation.{module}.ACTS", {**ACTS, "tag": Act(_send)})
    return tmp_path / "received"


def work(url: str, store: Store, receiver: Path) -> None:
    """Acts upon events and delivers until nothing waits."""

    def receive(each: Delivery, *_: object) -> Answer:
        with receiver.open("a", buffering=1) as file:
            file.write(each.key + "\n")
        return Answer(True, "200 OK")

    own = replace(store, engine=open_engine(url), clock=now)
    me, settings = f"worker {os.getpid()}", Settings()
    while dispatch(own, now(), most=20) or sum(deliver_next(own, settings, me, {"call": receive}) for _ in range(20)):
        pass


def in_child(act: Callable[[], None]) -> int:
    child = os.fork()
    if child == 0:
        code = 99
        try:
            act()
            code = 0
        finally:
            os._exit(code)  # never back into the test run
    return child


def ended(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def fill(office: Office) -> None:
    for start in range(0, EVENTS, AT_A_TIME):
        deals(office, *({"name": f"Deal {start + number}"} for number in range(AT_A_TIME)))
    with office.store.housekeeping() as connection:  # as many events, of a record each
        rows = connection.execute(sa.select(outbox).where(outbox.c.entity == "deal")).mappings().all()
        one = [{**row, "records": [record]} for row in rows for record in row["records"]]
        connection.execute(sa.delete(outbox).where(outbox.c.entity == "deal"))
        connection.execute(sa.insert(outbox), [{key: row[key] for key in row if key != "id"} for row in one])
    office.store.engine.dispose()


def release(office: Office) -> None:
    """A minute goes by: what those who were killed had claimed is free."""
    with office.store.housekeeping() as connection:
        connection.execute(sa.update(delivery).values(claimed_until=None))
    office.store.engine.dispose()


def check(office: Office, receiver: Path) -> None:
    assert Counter(each.deal for each in stored(office, "task")) == dict.fromkeys(range(1, EVENTS + 1), 1)
    with office.store.system_reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(automation_run)).scalar_one() == EVENTS
        states = set(connection.execute(sa.select(delivery.c.state)).scalars())
        keys = set(connection.execute(sa.select(delivery.c.key)).scalars())
        waiting = connection.execute(sa.select(outbox.c.id).where(outbox.c.done_at.is_(None))).all()
    assert (states, waiting) == ({"done"}, [])
    received = receiver.read_text("utf-8").split("\n")[:-1]
    assert len(keys) == EVENTS
    assert set(received) == keys


def test_whoever_is_killed_has_done_it_once_or_not_at_all(new_url: str, receiver: Path) -> None:
    chance = random.Random(11)  # noqa: S311 - which moments, not a secret
    with opened(new_url, tree_of(begin=BEGIN)) as office:
        fill(office)
        killed = 0
        for _ in range(KILLS):
            child = in_child(lambda: work(new_url, office.store, receiver))
            time.sleep(chance.uniform(0.02, 0.25))
            os.kill(child, signal.SIGKILL)
            killed += ended(child) == -signal.SIGKILL
            release(office)
        work(new_url, office.store, receiver)
        check(office, receiver)
        assert killed > KILLS / 20  # a fast machine is done before most are killed


def test_several_at_once_never_double(new_url: str, receiver: Path) -> None:
    with opened(new_url, tree_of(begin=BEGIN)) as office:
        fill(office)
        children = [in_child(lambda: work(new_url, office.store, receiver)) for _ in range(3)]
        assert [ended(each) for each in children] == [0, 0, 0]
        work(new_url, office.store, receiver)
        check(office, receiver)
        assert len(receiver.read_text("utf-8").splitlines()) == EVENTS

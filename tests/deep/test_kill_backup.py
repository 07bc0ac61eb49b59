"""A backup that is killed at 50 points while others write: the last good one stands, no partial one is listed."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from app.backup.seal import Kind
from tests import pgtemp
from tests.unit.backup.house import House, a_house, build, rows_of

pytestmark = pytest.mark.timeout(600)
KILLS = 50
WRITES_A_SECOND = 50


@pytest.fixture
def fresh(request: pytest.FixtureRequest) -> Iterator[Callable[[], str]]:
    with ExitStack() as stack:
        yield lambda: stack.enter_context(pgtemp.fresh_database(request.getfixturevalue("pg_cluster")))


@contextmanager
def writing(house: House) -> Iterator[list[int]]:
    """Somebody writes all the while, in this process; the ids that he wrote."""
    stop, written = threading.Event(), [*house.add("client", {"name": "first"})]

    def write() -> None:
        while not stop.wait(1 / WRITES_A_SECOND):
            number = len(written)
            if number % 3:
                written.extend(house.add("client", {"name": f"C{number}", "tags": ["a", f"t{number}"]}))
            else:
                house.change("client", written[number // 2], name=f"changed {number}")
                written.append(written[-1])

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield written
    finally:
        stop.set()
        thread.join()


def killed_after(house: House, url: str, kind: Kind, seconds: float) -> bool:
    """A backup in a child of its own, killed when so much time has passed; whether it came to its end before."""
    child = os.fork()
    if child == 0:
        code = 99
        try:
            with a_house(url, house.folder, house.fresh) as own:  # no connection goes through a fork
                own.backup(kind)
            code = 0
        finally:
            os._exit(code)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code in {0, -signal.SIGKILL}, code
    return code == 0


def test_a_killed_backup_leaves_the_last_good_one(new_url: str, tmp_path: Path, fresh: Callable[[], str]) -> None:
    chance = random.Random(7)  # noqa: S311 - which moments, not a secret
    build(new_url)
    with a_house(new_url, tmp_path, fresh) as house:
        began = time.monotonic()
        house.add("client", *({"name": f"Client {number}", "tags": ["x", "y"]} for number in range(300)))
        house.backup()
        longest = 2 * (time.monotonic() - began)
        ended = 0
        house.store.engine.dispose()
        with writing(house) as written:
            for number in range(KILLS):
                before = [each.id for each in house.shelf.every()]
                kind: Kind = "incremental" if number % 2 else "full"
                ended += killed_after(house, new_url, kind, chance.uniform(0, min(longest, 1.2)))
                after = house.shelf.every()
                assert [each.id for each in after][: len(before)] == before
                assert house.shelf.broken() == []
        assert len(written) > KILLS / 2, "somebody wrote all the while"
        assert ended < KILLS, "some were killed"
        last = house.backup("incremental")
        assert [path for path in house.settings.backups_dir.iterdir() if path.name.startswith(".")] == []
        url, _folder = house.restore(last.backup)
        assert rows_of(url) == rows_of(new_url)

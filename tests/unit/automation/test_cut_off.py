"""A run that is cut off in each of its attempts is set aside, and those who look after the system are told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.automation.cut_off import MOST_CUT_OFF
from app.automation.runs import LEASE, begin_again, begin_run, last_runs, take_lead, unfinished
from app.automation.turn import Station, turn
from app.files import FolderContents
from app.orm.framework import notice
from tests.unit.approving import Office, opened, tree_of


@pytest.fixture
def office(new_url: str) -> Iterator[Office]:
    with opened(new_url, tree_of()) as found:
        yield found


def test_a_job_that_kills_its_scheduler_is_begun_so_often_and_no_more(office: Office, tmp_path: Path) -> None:
    store, here = office.store, Station(office.store, FolderContents(tmp_path), "b", office.store.clock)
    token = take_lead(store, "b", office.moment[0])
    assert token is not None
    due = office.moment[0]
    run = begin_run(store, "purge", due, token, due)
    for _ in range(MOST_CUT_OFF - 1):  # each time whoever carried it out was killed
        office.moment[0] += 2 * LEASE
        token = take_lead(store, "b", office.moment[0])
        assert run is not None
        assert token is not None
        run = begin_again(store, run, token, office.moment[0])
    assert run is not None
    office.moment[0] += 2 * LEASE
    turn(here)
    ended = last_runs(store)["purge"]
    assert (ended.state, ended.attempts) == ("failed", MOST_CUT_OFF)
    assert "cut off 4 times" in ended.result.in_language("en")
    assert unfinished(store, office.moment[0] + 100 * LEASE) == []
    with store.system_reading() as connection:
        told = connection.execute(sa.select(notice.c.user_id, notice.c.kind, notice.c.params)).all()
    assert [tuple(row) for row in told] == [(office.ids["boss"], "job.set_aside", {"job": "purge", "times": "4"})]

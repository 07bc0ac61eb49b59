"""Backups by the clock: which jobs backups.yaml makes, and what their runs tell."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable

from app.automation.jobs import jobs_of
from app.automation.turn import Station, run_now, turn
from app.definition.backup import BackupPlan, Backups, Verification
from app.definition.grammars import Period, TimeOfDay
from tests.unit.backup.conftest import fresh, small_house  # noqa: F401 - fixtures
from tests.unit.backup.house import House

PLAN = Backups(
    full=BackupPlan(every=Period("week"), day="sunday", at=TimeOfDay("03:00")),
    incremental=BackupPlan(every=Period("day"), at=TimeOfDay("02:00")),
    verify=Verification(every=Period("month"), day=1, at=TimeOfDay("04:00")),
)


def station_of(house: House, clock: Callable[[], dt.datetime]) -> Station:
    catalog = dataclasses.replace(house.store.catalog, backups=PLAN)
    models = dataclasses.replace(house.store.models, catalog=catalog)
    store = dataclasses.replace(house.store, models=models, clock=clock)
    return Station(store, house.contents, "me", clock, house.settings)


def test_a_plan_makes_its_jobs(small_house: House) -> None:  # noqa: F811 - a fixture
    names = {"backup.full", "backup.incremental", "backup.verify"}
    with_plan = station_of(small_house, lambda: dt.datetime.now(dt.UTC)).store.catalog
    assert names <= set(jobs_of(with_plan))
    assert {jobs_of(with_plan)[name].missed for name in names} == {"last"}
    without = dataclasses.replace(with_plan, backups=Backups())
    assert not names & set(jobs_of(without))


def test_after_three_days_off_one_backup_of_each_kind_is_made(small_house: House) -> None:  # noqa: F811 - a fixture
    moment = [dt.datetime(2026, 6, 25, 12, tzinfo=dt.UTC)]
    station = station_of(small_house, lambda: moment[0])
    turn(station)
    moment[0] = dt.datetime(2026, 6, 28, 12, tzinfo=dt.UTC)  # a Sunday
    done = {run.job: run for run in turn(station) if run.job.startswith("backup")}
    assert set(done) == {"backup.incremental", "backup.full"}
    assert [each.head.kind for each in small_house.shelf.every()] == ["full", "full"], (
        "the first increment is a full one"
    )
    moment[0] += dt.timedelta(days=4)
    turn(station)
    *_, verified, last = small_house.shelf.every()
    assert last.head.kind == "incremental"
    assert verified.verified is not None, "the newest on the day when it was due"


def test_what_stands_in_the_way_is_told_in_words(small_house: House) -> None:  # noqa: F811 - a fixture
    settings = dataclasses.replace(small_house.settings, backup_key=None)
    house = dataclasses.replace(small_house, settings=settings)
    failed = run_now(station_of(house, lambda: dt.datetime.now(dt.UTC)), "backup.full")
    assert failed is not None
    assert failed.state == "failed"
    assert failed.result.in_language("en").startswith("CRM_BACKUP_KEY is not set")
    assert "密钥" in failed.result.in_language("zh")
    nothing = run_now(station_of(small_house, lambda: dt.datetime.now(dt.UTC)), "backup.verify")
    assert nothing is not None
    assert nothing.result.in_language("en").startswith("there is no backup in")

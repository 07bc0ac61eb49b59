"""Reviews: each is raised once for each record and period, whoever runs it and however often it is cut off."""

from __future__ import annotations

import dataclasses
import datetime as dt
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from app.automation import reviews as raising
from app.automation.jobs import jobs_of
from app.automation.overdue import escalate
from app.automation.reviews import overdue_from, period_of, raise_review
from app.automation.runs import last_runs, want
from app.automation.turn import Station, turn
from app.definition import Review, Rule, Text
from app.definition.approval import Escalation
from app.definition.grammars import Duration, Expression, Period
from app.definition.people import Who
from app.definition.schedule import Schedule
from app.files import FolderContents
from app.loading import load_pack
from app.orm.framework import review as review_row
from app.orm.store import Store
from app.plan import first_apply, open_store
from app.settings import product_folder
from tests.databases import many_databases
from tests.unit.automation.duties import (
    DAY,
    START,
    Clock,
    a_review,
    duties_store,
    notices_of,
    reviewing,
    rows_of,
    set_values,
    tasks_of,
)
from tests.unit.company import ADMIN, LEAD, OTHER, REP

Open = Callable[..., AbstractContextManager[Store]]
QUARTER = dt.datetime(2026, 9, 30, 16, tzinfo=dt.UTC)  # 1 October in Shanghai
OF_REP = Expression('name in ["account 1", "account 2"]')


STANDARD = product_folder("config") / "standard"
REVIEWS = sorted(path.stem for path in (STANDARD / "reviews").glob("*.yaml"))
assert REVIEWS


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.pg)])
def standard(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The standard pack over a database without a record."""
    with many_databases(request, tmp_path_factory.mktemp("standard")) as make:
        engine = make()
        first_apply(engine, load_pack(STANDARD))
        yield open_store(engine)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def opened(new_url: str, clock: Clock) -> Open:
    return lambda *reviews: duties_store(new_url, clock, *reviews)


@pytest.fixture
def station(tmp_path: Path, clock: Clock) -> Callable[[Store, str], Station]:
    return lambda store, holder: Station(store, FolderContents(tmp_path / "files"), holder, clock)


def test_a_review_makes_a_task_for_each_record_of_its_filter(opened: Open, clock: Clock) -> None:
    with opened(a_review(where=OF_REP)) as store:
        clock.now = QUARTER
        assert raise_review(store, "look", QUARTER) == Text({"en": "2 records", "zh": "2 条记录"})
        first = rows_of(store)[0]
        assert (first.record, first.period, first.user_id, first.state) == (1, dt.date(2026, 10, 1), REP, "open")
        assert first.due == dt.date(2026, 10, 11)
        task = tasks_of(store)[first.task]
        assert (task.name, task.owner, task.account, task.due) == ("检查：account 1", REP, 1, first.due)
        assert (task.status, task.department, task.created_by) == ("open", 3, None)
        assert first.changed_seq > 0


def test_what_is_raised_is_not_raised_again_in_its_period_but_in_the_next(opened: Open, clock: Clock) -> None:
    with opened(a_review(where=OF_REP)) as store:
        clock.now = QUARTER
        raise_review(store, "look", QUARTER)
        in_the_middle = QUARTER + 30 * DAY
        assert raise_review(store, "look", in_the_middle).in_language("en") == "0 records"
        assert raise_review(store, "look", QUARTER + 100 * DAY).in_language("en") == "2 records"
        assert [row.period.month for row in rows_of(store)] == [10, 10, 1, 1]


def test_who_has_something_to_do_is_told_once(opened: Open) -> None:
    with opened(a_review(where=OF_REP)) as store:
        for _ in range(2):
            raise_review(store, "look", QUARTER)
        told = notices_of(store, "review_raised")
        assert [(each.user_id, each.params) for each in told] == [(REP, {"review": "检查", "count": 2})]


def test_where_nobody_is_found_it_goes_to_the_manager_then_then_to_the_escalation(opened: Open) -> None:
    review = a_review(assign_to=(Who(user="nobody"),), escalate=Escalation(to=(Who(user="u1"),)))
    with opened(review) as store:
        set_values(store, "user", REP, manager=LEAD)
        raise_review(store, "look", QUARTER)
        assert {row.record: row.user_id for row in rows_of(store)} == {
            1: LEAD, 2: LEAD, 3: ADMIN, 4: ADMIN, 5: ADMIN, 6: ADMIN, 7: ADMIN,
        }  # fmt: skip


def test_what_nobody_is_found_for_has_no_owner(opened: Open) -> None:
    result = "7 records, 1 without anyone to do it"
    with opened(a_review(escalate=None)) as store:
        assert raise_review(store, "look", QUARTER).in_language("en") == result
        assert tasks_of(store)[rows_of(store)[4].task].owner is None


def test_several_of_a_role_take_turns_and_nobody_reviews_himself(opened: Open) -> None:
    review = a_review(entity="user", assign_to=(Who(role="rep"),), where=Expression("active"))
    with opened(review) as store:
        raise_review(store, "look", QUARTER)
        found = {row.record: row.user_id for row in rows_of(store)}
        assert len(set(found.values())) > 1
        assert all(record != user for record, user in found.items())


def test_a_name_that_its_doer_may_not_see_is_left_out(opened: Open) -> None:
    with opened(a_review(where=Expression('name == "account 1"'), assign_to=(Who(user="u4"),))) as store:
        raise_review(store, "look", QUARTER)
        [task] = tasks_of(store).values()
        assert (task.owner, task.name) == (OTHER, "Look at it")


def test_deleted_records_are_left_out_and_a_long_name_is_cut(opened: Open) -> None:
    with opened(a_review(where=OF_REP)) as store:
        set_values(store, "account", 1, deleted_at=START)
        set_values(store, "account", 2, name="long " * 40)
        set_values(store, "account", 3, name="account 1")
        raise_review(store, "look", QUARTER)
        assert [row.record for row in rows_of(store)] == [3]
        assert all(len(task.name) <= 60 for task in tasks_of(store).values())


def test_a_task_that_is_refused_keeps_no_other_from_being_made(opened: Open) -> None:
    with opened(a_review()) as store:
        rule = Rule(
            key="no",
            require=Expression("account.name != 'account 2'"),
            message=Text({"en": "Not this one.", "zh": "不行。"}),
        )
        task = store.catalog.entities["task"]
        entities = {**store.catalog.entities, "task": dataclasses.replace(task, rules={"no": rule})}
        catalog = dataclasses.replace(store.catalog, entities=entities)
        strict = dataclasses.replace(store, models=dataclasses.replace(store.models, catalog=catalog))
        said = raise_review(strict, "look", QUARTER).in_language("en")
        assert said == "6 records, 1 without anyone to do it, 1 refused: Not this one."
        assert [row.record for row in rows_of(store)] == [1, 3, 4, 5, 6, 7]


def test_what_was_cut_off_between_two_chunks_is_gone_on_with(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raising, "CHUNK", 3)
    whole, cut = raising.create_in, []

    def fail_at_second(*args: object) -> object:
        cut.append(args)
        if len(cut) == 2:
            raise KeyboardInterrupt
        return whole(*args)  # type: ignore[arg-type]

    with opened(a_review()) as store:
        monkeypatch.setattr(raising, "create_in", fail_at_second)
        with pytest.raises(KeyboardInterrupt):
            raise_review(store, "look", QUARTER)
        assert [row.record for row in rows_of(store)] == [1, 2, 3]
        assert len(tasks_of(store)) == 3
        raise_review(store, "look", QUARTER)
        assert [row.record for row in rows_of(store)] == [1, 2, 3, 4, 5, 6, 7]
        assert len(tasks_of(store)) == 7


def test_two_schedulers_at_once_raise_nothing_twice(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raising, "CHUNK", 2)
    with opened(a_review()) as store:
        twins = [threading.Thread(target=raise_review, args=(store, "look", QUARTER)) for _ in range(2)]
        for each in twins:
            each.start()
        for each in twins:
            each.join()
        assert sorted(row.record for row in rows_of(store)) == [1, 2, 3, 4, 5, 6, 7]
        assert len(tasks_of(store)) == 7


def test_a_quarter_passes_each_review_is_raised_once_and_one_is_escalated(
    opened: Open, station: Callable[[Store, str], Station], clock: Clock
) -> None:
    monthly = a_review(key="monthly", every=Period("month"), escalate=None, where=Expression('name == "account 1"'))
    with opened(a_review(where=OF_REP), monthly) as store:
        set_values(store, "user", REP, manager=LEAD)
        here = station(store, "a")
        turn(here)
        done = False
        for _ in range(23):
            clock.now += 4 * DAY
            turn(here)
            if not done and rows_of(store):
                set_review(store, rows_of(store)[0].id, state="done")
                done = True
        rows = rows_of(store)
        assert [(row.record, row.period.month) for row in rows if row.review == "look"] == [(1, 10), (2, 10)]
        assert [(row.record, row.period.month) for row in rows if row.review == "monthly"] == [
            (1, 10),
            (1, 11),
            (1, 12),
        ]
        told = [(each.user_id, each.record, each.params) for each in notices_of(store, "review_overdue")]
        assert told == [(LEAD, 2, {"review": "Look at it"})]
        [escalated] = [row for row in rows if row.escalated_at is not None]
        assert escalated.escalated_at.astimezone(ZoneInfo("Asia/Shanghai")).date() == dt.date(
            2026, 10, 20
        )  # from the 17th on
        assert last_runs(store)["review.look"].result.in_language("zh") == "2 条记录"


def set_review(store: Store, review_id: int, **values: object) -> None:
    with store.housekeeping() as connection:
        connection.execute(sa.update(review_row).where(review_row.c.id == review_id).values(**values))


def test_after_three_days_without_a_scheduler_each_missed_review_is_raised_once(
    opened: Open, station: Callable[[Store, str], Station], clock: Clock
) -> None:
    with opened(a_review(every=Period("day"), where=Expression('name == "account 1"'))) as store:
        turn(station(store, "a"))
        clock.now += 3 * DAY
        for holder in ("a", "b", "a"):
            turn(station(store, holder))
        assert [row.period.day for row in rows_of(store)] == [1, 2, 3]
        assert len(tasks_of(store)) == 3
        assert {row.due for row in rows_of(store)} == {
            dt.date(2026, 10, 13)
        }  # ten days for all, from when it was raised


def test_one_that_is_asked_for_in_the_middle_belongs_to_the_period(
    opened: Open, station: Callable[[Store, str], Station], clock: Clock
) -> None:
    with opened(a_review(where=OF_REP)) as store:
        turn(station(store, "a"))
        want(store, "review.look", clock.now)
        turn(station(store, "a"))
        assert {row.period for row in rows_of(store)} == {dt.date(2026, 7, 1)}


def test_what_is_escalated_once_is_not_again_and_what_has_nobody_waits(opened: Open, clock: Clock) -> None:
    with opened(a_review(where=OF_REP)) as store:
        raise_review(store, "look", QUARTER)
        due = rows_of(store)[0].due
        clock.now = dt.datetime.combine(due, dt.time(12), ZoneInfo("Asia/Shanghai")) + 5 * DAY
        assert escalate(store).in_language("en") == "0 escalated"
        clock.now += DAY
        assert escalate(store).in_language("en") == "0 escalated, 2 with nobody to tell"
        set_values(store, "user", REP, manager=LEAD)
        set_values(store, "account", 2, deleted_at=START)
        assert escalate(store).in_language("en") == "1 escalated"
        assert escalate(store).in_language("en") == "0 escalated"
        assert len(notices_of(store, "review_overdue")) == 1


SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("every", "day", "moment", "expected"),
    [
        ("quarter", 1, "2026-10-01T00:00", "2026-10-01"),
        ("quarter", 1, "2026-12-31T23:59", "2026-10-01"),
        ("month", "last", "2026-03-15T10:00", "2026-02-28"),
        ("month", 31, "2026-02-28T10:00", "2026-02-28"),
        ("week", "monday", "2026-09-30T10:00", "2026-09-28"),
        ("3 months", 1, "2026-09-30T10:00", "2026-07-01"),
        ("day", None, "2026-09-30T10:00", "2026-09-30"),
    ],
)
def test_a_moment_belongs_to_the_period_that_began_last(
    every: str, day: str | int | None, moment: str, expected: str
) -> None:
    at = dt.datetime.fromisoformat(moment).replace(tzinfo=SHANGHAI)
    assert period_of(Schedule(every=Period(every), day=day), SHANGHAI, at) == dt.date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("after", "expected"),
    [(None, "2026-10-10"), ("3 hours", "2026-10-10"), ("1 working day", "2026-10-13"), ("2 weeks", "2026-10-24")],
)
def test_it_goes_to_others_when_the_time_after_its_day_has_passed(after: str | None, expected: str) -> None:
    review: Review = a_review(escalate=Escalation(after=Duration(after) if after else None, to=(Who(role="lead"),)))
    friday = dt.date(2026, 10, 9)
    assert overdue_from(reviewing(review), review, friday) == dt.date.fromisoformat(expected)


@pytest.mark.parametrize("key", REVIEWS)
def test_the_reviews_of_the_standard_pack_find_nothing_where_there_is_nothing(standard: Store, key: str) -> None:
    assert f"review.{key}" in jobs_of(standard.catalog)
    assert raise_review(standard, key, QUARTER).in_language("zh") == "0 条记录"
    review = standard.catalog.reviews[key]
    assert {"en", "zh"} <= review.label.by_language.keys()
    assert all({"en", "zh"} <= item.label.by_language.keys() for item in review.checklist.values())


def test_every_review_is_a_job() -> None:
    jobs = jobs_of(reviewing(a_review()))
    assert {"review.look", "reviews_overdue"} <= jobs.keys()
    assert "reviews_overdue" not in jobs_of(reviewing(a_review(escalate=None)))

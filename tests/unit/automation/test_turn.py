"""Turns of the scheduler: each due moment is run once, whoever leads, whatever fails."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.automation import turn as turning
from app.automation.jobs import Job, Occasion, jobs_of
from app.automation.runs import (
    LEASE,
    Run,
    begin_run,
    carried_out,
    end_run,
    give_up_lead,
    hold,
    last_runs,
    let_go,
    plain,
    take_lead,
    want,
)
from app.automation.turn import Station, hold_runs, run_now, turn
from app.definition import Catalog, Text
from app.definition.grammars import Period, TimeOfDay
from app.definition.schedule import Schedule
from app.files import FolderContents
from app.loading import catalog_of_tree
from app.orm.framework import lease, stale, web_session
from app.orm.store import Store
from tests.databases import store_at

START = dt.datetime(2026, 3, 27, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)


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
    with store_at(new_url, catalog_of_tree({"pack": {"time_zone": "Europe/Berlin"}, "entities": {}})) as found:
        yield found


@pytest.fixture
def station(store: Store, tmp_path: Path, clock: Clock) -> Callable[[str], Station]:
    return lambda holder: Station(store, FolderContents(tmp_path / "files"), holder, clock)


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dt.datetime]]:
    """What two jobs were run for: of `backup` only the last missed moment counts, of `review` each."""
    found: list[tuple[str, dt.datetime]] = []

    def work(name: str) -> Callable[[Occasion], Text]:
        def note(occasion: Occasion) -> Text:
            found.append((name, occasion.due))
            return plain("well")

        return note

    daily = Schedule(every=Period("day"), at=TimeOfDay("02:30"))
    label = Text({"en": "x", "zh": "x"})
    jobs = {
        "backup": Job("backup", label, daily, work("backup")),
        "review": Job("review", label, daily, work("review"), "each"),
    }
    monkeypatch.setattr(turning, "jobs_of", lambda _catalog: jobs)
    return found


def test_a_new_job_is_due_from_now_on(station: Callable[[str], Station], clock: Clock, ran: list[object]) -> None:
    assert turn(station("a")) == []
    clock.now += DAY
    assert [(run.job, run.state) for run in turn(station("a"))] == [("backup", "running"), ("review", "running")]
    assert turn(station("a")) == []
    assert len(ran) == 2


def test_after_three_days_each_review_is_raised_once_and_the_backup_is_made_at_once(
    station: Callable[[str], Station], clock: Clock, ran: list[tuple[str, dt.datetime]]
) -> None:
    turn(station("a"))
    clock.now += 3 * DAY
    turn(station("a"))
    days = ["2026-03-28 01:30", "2026-03-29 01:30", "2026-03-30 00:30"]  # summer time began on the 29th
    assert [f"{due:%Y-%m-%d %H:%M}" for name, due in ran if name == "review"] == days
    assert [f"{due:%Y-%m-%d %H:%M}" for name, due in ran if name == "backup"] == days[-1:]


def test_one_leads_and_another_takes_over_when_it_falls_silent(
    station: Callable[[str], Station], store: Store, clock: Clock, ran: list[object]
) -> None:
    turn(station("a"))
    clock.now += DAY
    assert take_lead(store, "a", clock.now) == 1
    assert turn(station("b")) == []
    clock.now += LEASE
    assert len(turn(station("b"))) == 2
    assert turn(station("a")) == []
    assert len(ran) == 2
    give_up_lead(store, "b", clock.now)
    assert take_lead(store, "a", clock.now) == 3


@pytest.mark.usefixtures("ran")
def test_what_a_lost_leader_began_is_done_by_the_next_and_not_ended_by_the_first(
    station: Callable[[str], Station], store: Store, clock: Clock
) -> None:
    turn(station("a"))
    due = clock.now
    cut_off = begin_run(store, "backup", due, 1, clock.now)
    assert isinstance(cut_off, Run)
    clock.now += LEASE
    assert [(run.id, run.attempts) for run in turn(station("b"))] == [(cut_off.id, 2)]
    assert not end_run(store, cut_off, "done", plain("too late"), clock.now)
    assert begin_run(store, "backup", due + HOUR, 1, clock.now) is None  # the old leader begins nothing any more
    assert last_runs(store)["backup"].result == plain("well")


def test_a_job_that_fails_is_tried_again_and_keeps_no_other_from_running(
    station: Callable[[str], Station], store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[str] = []

    def fail(occasion: Occasion) -> Text:
        del occasion
        tries.append("bad")
        raise OSError("the folder is full")

    daily, label = Schedule(every=Period("day"), at=TimeOfDay("00:00")), Text({"en": "x", "zh": "x"})
    jobs = {
        "bad": Job("bad", label, daily, fail),
        "good": Job("good", label, daily, lambda _occasion: plain("well")),
    }
    monkeypatch.setattr(turning, "jobs_of", lambda _catalog: jobs)
    turn(station("a"))
    clock.now += DAY
    turn(station("a"))
    assert {name: run.state for name, run in last_runs(store).items()} == {"bad": "failed", "good": "done"}
    assert last_runs(store)["bad"].result == plain("OSError: the folder is full")
    for minutes in (1, 5, 30, 60):
        turn(station("a"))
        clock.now += dt.timedelta(minutes=minutes)
    turn(station("a"))
    assert len(tries) == 4
    assert last_runs(store)["bad"].attempts == 4


@pytest.mark.usefixtures("ran")
def test_a_job_is_run_at_once_on_demand(station: Callable[[str], Station], clock: Clock) -> None:
    found = run_now(station("command"), "backup")
    assert found is not None
    assert (found.state, found.result, found.due) == ("done", plain("well"), clock.now)
    with pytest.raises(KeyError):
        run_now(station("command"), "nothing")
    turn(station("leader"))
    other = run_now(station("other"), "review")  # also while another leads
    assert other is not None
    assert other.state == "done"


def test_what_somebody_asked_for_is_run_at_the_next_turn_once(
    station: Callable[[str], Station], store: Store, clock: Clock, ran: list[tuple[str, dt.datetime]]
) -> None:
    turn(station("a"))
    clock.now += dt.timedelta(minutes=1)
    want(store, "review", clock.now)
    turn(station("a"))
    turn(station("a"))
    assert ran == [("review", clock.now)]


def test_what_a_save_left_for_later_is_worked_out(station: Callable[[str], Station], store: Store) -> None:
    with store.housekeeping() as connection:
        connection.execute(sa.insert(stale).values(entity="gone", record=1, since=START))
    turn(station("a"))
    with store.system_reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(stale)).scalar() == 0


def test_ended_logins_are_cleared_away(station: Callable[[str], Station], store: Store) -> None:
    row = {"user_id": 1, "kind": "page", "csrf": "x", "created_at": START, "seen_at": START}
    with store.housekeeping() as connection:
        rows = [{**row, "id": "old", "expires_at": START - HOUR}, {**row, "id": "new", "expires_at": START + HOUR}]
        connection.execute(sa.insert(web_session), rows)
    found = run_now(station("a"), "purge")
    assert found is not None
    assert found.result.in_language("zh") == "1 行"
    with store.system_reading() as connection:
        assert connection.execute(sa.select(web_session.c.id)).scalars().all() == ["new"]


def test_fields_that_read_the_clock_have_a_job_where_there_are_any() -> None:
    def names(formula: str) -> set[str]:
        fields = {"name": {"type": "text"}, "since": {"type": "date"}, "age": {"type": "integer", "formula": formula}}
        catalog: Catalog = catalog_of_tree({"entities": {"deal": {"label": "Deal", "fields": fields}}})
        return set(jobs_of(catalog))

    assert "clock_fields" in names("days_between(since, today())")
    assert "clock_fields" not in names("year(since)")


def test_what_was_missed_is_run_before_what_is_asked_for(
    station: Callable[[str], Station], clock: Clock, ran: list[tuple[str, dt.datetime]]
) -> None:
    turn(station("a"))
    clock.now += 3 * DAY
    for name in ("review", "backup"):
        assert run_now(station("command"), name) is not None
    missed = ["2026-03-28 01:30", "2026-03-29 01:30", "2026-03-30 00:30"]
    assert [f"{due:%Y-%m-%d %H:%M}" for name, due in ran if name == "review"] == [
        *missed,
        f"{clock.now:%Y-%m-%d %H:%M}",
    ]
    assert [due for name, due in ran if name == "backup"] == [clock.now]  # of which only the newest counts
    turn(station("a"))
    assert len(ran) == 5


@pytest.mark.usefixtures("ran")
def test_an_end_that_could_not_be_written_is_written_at_the_next_turn(
    station: Callable[[str], Station], store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = station("a")
    turn(here)
    clock.now += DAY
    with monkeypatch.context() as away:

        def gone(*_given: object) -> bool:
            raise OSError("the database went away")

        away.setattr(turning, "end_run", gone)
        with pytest.raises(OSError, match="went away"):
            turn(here)
    assert last_runs(store)["backup"].state == "running"
    assert [each.job for each in turn(here)] == ["review"]
    assert {each.state for each in last_runs(store).values()} == {"done"}


class Aside:
    """A place for long runs that only takes them."""

    def __init__(self) -> None:
        self.begun: list[tuple[Run, dt.timedelta]] = []
        self.is_free = True

    def begin(self, run: Run, limit: dt.timedelta) -> None:
        self.begun.append((run, limit))
        self.is_free = False

    def finish(self, store: Store) -> None:
        run, _ = self.begun[-1]
        end_run(store, run, "failed", plain("it took too long"), run.started_at)
        self.is_free = True


@pytest.fixture
def long_jobs(ran: list[tuple[str, dt.datetime]]) -> None:
    """As `ran`, with `backup` and `verify` as long jobs."""
    del ran
    jobs = turning.jobs_of(None)  # type: ignore[arg-type]
    assert isinstance(jobs, dict)
    jobs["backup"] = dataclasses.replace(jobs["backup"], limit=HOUR)
    jobs["verify"] = dataclasses.replace(jobs["backup"], name="verify")


@pytest.mark.usefixtures("long_jobs")
def test_a_long_job_delays_no_other_and_is_begun_alone(
    station: Callable[[str], Station], store: Store, clock: Clock
) -> None:
    aside = Aside()
    here = dataclasses.replace(station("a"), apart=aside)
    turn(here)
    clock.now += DAY
    assert [run.job for run in turn(here)] == ["review"]
    assert [(run.job, limit) for run, limit in aside.begun] == [("backup", HOUR)]
    assert turn(here) == [], "the other long job waits"
    first = aside.begun[0][0]
    assert carried_out(store, clock.now) == {"backup"}
    aside.is_free = True  # of this scheduler; another, or a command, carries the first out
    assert turn(here) == []
    assert len(aside.begun) == 1
    assert end_run(store, first, "failed", plain("it took too long"), clock.now)
    turn(here)
    assert [run.job for run, _ in aside.begun] == ["backup", "verify"]


@pytest.mark.usefixtures("long_jobs")
def test_a_long_job_on_demand_has_its_limit_too(station: Callable[[str], Station]) -> None:
    aside = Aside()
    found = run_now(dataclasses.replace(station("a"), apart=aside), "backup")
    assert [(run.job, limit) for run, limit in aside.begun] == [("backup", HOUR)]
    assert found is not None
    assert found.state == "failed"


@pytest.mark.usefixtures("long_jobs")
def test_a_run_that_nobody_carries_out_any_more_is_taken_up_when_its_lease_ends(
    station: Callable[[str], Station], store: Store, clock: Clock
) -> None:
    here = station("a")
    turn(here)
    lost = begin_run(store, "review", clock.now, 1, clock.now)  # by a command that is killed
    held = begin_run(store, "backup", clock.now, 1, clock.now)  # by one that lives
    assert lost is not None
    assert held is not None
    assert turn(here) == []
    clock.now += LEASE / 2
    hold(store, [held], clock.now)
    clock.now += LEASE / 2
    assert [(run.id, run.attempts) for run in turn(here)] == [(lost.id, 2)], "the leader is the same as before"
    hold(store, [lost], clock.now)  # who was thought dead holds nothing
    assert not end_run(store, lost, "done", plain("too late"), clock.now)
    let_go(store, held)
    assert [(run.id, run.attempts) for run in turn(here)] == [(held.id, 2)]
    with store.system_reading() as connection:
        assert connection.execute(sa.select(lease.c.name)).scalars().all() == ["scheduler"]


def test_a_turn_holds_the_runs_that_it_carries_out(
    station: Callable[[str], Station], store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[set[str]] = []

    def work(occasion: Occasion) -> Text:
        del occasion
        for _ in range(3):
            clock.now += LEASE / 2
            hold_runs(here)
        seen.append(carried_out(store, clock.now))
        return plain("well")

    daily, label = Schedule(every=Period("day"), at=TimeOfDay("00:00")), Text({"en": "x", "zh": "x"})
    monkeypatch.setattr(turning, "jobs_of", lambda _catalog: {"slow": Job("slow", label, daily, work)})
    here = station("a")
    assert run_now(here, "slow") is not None
    assert seen == [{"slow"}]
    assert here.held == {}

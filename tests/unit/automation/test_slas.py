"""Service levels: clocks start, rest and stop with what happens; warnings and breaches come once, in working time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from app.access import system_actor
from app.automation.dispatch import dispatch
from app.automation.jobs import jobs_of
from app.automation.sla_due import press
from app.orm.framework import automation_run, notice, outbox, sla_clock
from app.record import Change, Saved, create, delete, update
from tests.unit.approving import Office, opened

BOSS = system_actor("system:seed")
SHANGHAI = ZoneInfo("Asia/Shanghai")
WEEK = {day: ["09:00-12:00", "13:00-18:00"] for day in ("monday", "tuesday", "wednesday", "thursday", "friday")}
ALL = dict.fromkeys(("read", "update", "delete", "assign", "transition"), "all")
Open = Callable[..., Office]
ANSWER: dict[str, Any] = {
    "entity": "ticket",
    "start": "is_new()",
    "pause": 'stage == "waiting"',
    "stop": "not is_blank(answered)",
    "calendar": "office",
    "targets": {"big": {"when": 'level == "a"', "within": "4 working hours"}, "others": {"within": "8 working hours"}},
    "warn": {"before": "1 working hour", "actions": {"remind": {"notify": {"to": "owner", "template": "soon"}}}},
    "breach": {
        "actions": {
            "lead": {"notify": {"to": "owner.manager", "template": "late"}},
            "mark": {"set": {"late": True}},
        }
    },
}


def tree_of(**slas: Any) -> dict[str, Any]:
    return {
        "pack": {
            "languages": ["en", "zh"],
            "time_zone": "Asia/Shanghai",
            "calendars": {"office": {"week": WEEK, "holidays": {"country": "CN"}}},
        },
        "entities": {
            "ticket": {
                "name_field": "name",
                "fields": {
                    "name": {"type": "text", "required": True},
                    "level": {"type": "text"},
                    "answered": {"type": "datetime"},
                    "late": {"type": "boolean"},
                    "until": {"type": "date"},
                    "stage": {"type": "stage"},
                },
                "pipelines": {
                    "way": {
                        "field": "stage",
                        "stages": {"open": {}, "waiting": {}, "solved": {"category": "won"}},
                        "transitions": {"again": {"from": "solved", "to": "open"}},
                    }
                },
                "rules": {"no_devil": {"require": 'name != "devil" or not late', "message": {"en": "No.", "zh": "不行。"}}},
            },
        },
        "slas": slas or {"answer": ANSWER},
        "templates": {
            "soon": {"for": "notification", "entity": "ticket", "body": {"*": "Soon: {{ record.name }}"}},
            "late": {"for": "notification", "entity": "ticket", "body": {"*": "Late: {{ record.name }}"}},
        },
        "roles": {
            "administrator": {"grants": {"*": {"create": True, **ALL}}},
            "director": {"grants": {"user": {"read": "all"}}},
            "manager": {"grants": {"user": {"read": "all"}, "ticket": ALL}},
            "rep": {"grants": {"user": {"read": "all"}, "ticket": {"create": True, **dict.fromkeys(("read", "update"), "own")}}},
        },
    }  # fmt: skip


@pytest.fixture
def open_with(new_url: str) -> Iterator[Open]:
    with ExitStack() as stack:
        yield lambda **slas: stack.enter_context(opened(new_url, tree_of(**slas)))


@pytest.fixture
def open_small(sqlite_url: str) -> Iterator[Open]:
    with ExitStack() as stack:
        yield lambda **slas: stack.enter_context(opened(sqlite_url, tree_of(**slas)))


def at(office: Office, local: str) -> None:
    """The clock on the wall of the office."""
    office.moment[0] = moment(local)


def moment(local: str) -> dt.datetime:
    return dt.datetime.fromisoformat(local).replace(tzinfo=SHANGHAI).astimezone(dt.UTC)


def ticket(office: Office, **values: Any) -> int:
    row = {"name": "Login", "owner": office.ids["rep"], **values}
    outcome = create(office.store, BOSS, "ticket", [row], door="api")
    assert isinstance(outcome, Saved), outcome
    drain(office)
    return outcome.ids[0]


def change(office: Office, record: int, *, act: bool = True, **values: Any) -> None:
    outcome = update(office.store, BOSS, "ticket", [Change(record, values)], door="api")
    assert isinstance(outcome, Saved), outcome
    if act:
        drain(office)


def drain(office: Office) -> None:
    while dispatch(office.store, office.store.clock()):
        pass


def clock(office: Office, record: int, sla: str = "answer") -> Any:
    query = sa.select(sla_clock).where(sla_clock.c.record == record, sla_clock.c.sla == sla)
    with office.store.system_reading() as connection:
        return connection.execute(query).one_or_none()


def told(office: Office, login: str) -> list[str]:
    query = sa.select(notice.c.params).where(notice.c.user_id == office.ids[login]).order_by(notice.c.id)
    with office.store.system_reading() as connection:
        return [each["text"] for each in connection.execute(query).scalars()]


def test_a_clock_warns_and_tells_of_the_breach_once_across_a_holiday(open_with: Open) -> None:
    office = open_with()
    at(office, "2026-09-30T16:00")  # the first to the seventh of October are free
    record = ticket(office, level="a")
    assert clock(office, record).due == moment("2026-10-08T11:00")
    assert clock(office, record).warn_at == moment("2026-10-08T10:00")
    at(office, "2026-10-08T09:59")
    press(office.store)
    assert told(office, "rep") == []
    at(office, "2026-10-08T10:00")
    press(office.store)
    press(office.store)
    assert told(office, "rep") == ["Soon: Login"]
    assert told(office, "manager") == []
    at(office, "2026-10-08T11:00")
    assert press(office.store).in_language("en") == "0 warned, 1 breached"
    assert press(office.store).in_language("en") == "0 warned, 0 breached"
    assert told(office, "manager") == ["Late: Login"]
    assert office_row(office, record).late
    assert clock(office, record).breached_at == moment("2026-10-08T11:00")


def office_row(office: Office, record: int) -> Any:
    table = office.store.models.tables["ticket"]
    with office.store.system_reading() as connection:
        return connection.execute(sa.select(table).where(table.c.id == record)).one()


def test_a_day_that_is_worked_for_a_holiday_counts(open_small: Open) -> None:
    office = open_small()
    at(office, "2026-09-18T17:00")  # a Friday; on Sunday the twentieth one works
    assert clock(office, ticket(office, level="a")).due == moment("2026-09-20T12:00")


def test_a_rest_takes_no_working_time(open_with: Open) -> None:
    office = open_with()
    at(office, "2026-07-06T09:00")
    record = ticket(office)
    assert clock(office, record).due == moment("2026-07-06T18:00")
    at(office, "2026-07-06T11:00")
    change(office, record, stage="waiting")
    assert (clock(office, record).due, clock(office, record).left) == (None, 6 * 3600)
    at(office, "2026-07-07T20:00")
    press(office.store)
    assert told(office, "rep") == []
    change(office, record, stage="open")
    assert clock(office, record).due == moment("2026-07-08T16:00")
    assert clock(office, record).warn_at == moment("2026-07-08T15:00")


def test_what_was_answered_in_time_is_not_warned_of(open_small: Open) -> None:
    office = open_small()
    at(office, "2026-07-06T09:00")
    record = ticket(office, level="a")
    at(office, "2026-07-06T10:00")
    change(office, record, answered="2026-07-06T02:00:00Z")
    at(office, "2026-07-08T10:00")
    press(office.store)
    assert told(office, "rep") == told(office, "manager") == []
    assert clock(office, record).stopped_at == moment("2026-07-06T10:00")
    assert clock(office, record).breached_at is None


def test_another_target_moves_the_end(open_small: Open) -> None:
    office = open_small()
    at(office, "2026-07-06T09:00")
    record = ticket(office)
    at(office, "2026-07-06T10:00")
    change(office, record, stage="waiting")
    at(office, "2026-07-06T11:00")
    change(office, record, stage="open")
    assert clock(office, record).due == moment("2026-07-07T10:00")
    change(office, record, level="a")
    assert (clock(office, record).target, clock(office, record).due) == ("big", moment("2026-07-06T15:00"))


def test_events_that_were_late_tell_what_was_when_they_happened(open_small: Open) -> None:
    """Whoever answers too late was late, although nobody had looked by then."""
    office = open_small()
    at(office, "2026-07-06T09:00")
    outcome = create(office.store, BOSS, "ticket", [{"name": "Login", "level": "a"}], door="api")
    assert isinstance(outcome, Saved)
    at(office, "2026-07-06T15:00")
    change(office, outcome.ids[0], act=False, answered="2026-07-06T07:00:00Z")
    at(office, "2026-07-07T09:00")
    drain(office)
    found = clock(office, outcome.ids[0])
    assert found.started_at == moment("2026-07-06T09:00")
    assert found.stopped_at == moment("2026-07-06T15:00")
    assert found.breached_at == moment("2026-07-06T14:00")


def test_nobody_is_warned_of_what_an_event_that_waits_has_ended(open_small: Open) -> None:
    office = open_small()
    at(office, "2026-07-06T09:00")
    record = ticket(office, level="a", owner=office.ids["rep"])
    at(office, "2026-07-06T13:30")
    change(office, record, act=False, answered="2026-07-06T05:30:00Z")
    at(office, "2026-07-06T17:00")
    press(office.store)
    assert told(office, "rep") == told(office, "manager") == []
    drain(office)
    assert clock(office, record).breached_at is None


def test_a_refused_action_holds_up_nothing_else(open_with: Open) -> None:
    office = open_with()
    at(office, "2026-07-06T09:00")
    bad, good = ticket(office, name="devil", level="a"), ticket(office, level="a")
    at(office, "2026-07-06T18:00")
    assert press(office.store).in_language("en") == "0 warned, 2 breached, 1 refused: No."
    assert not office_row(office, bad).late
    assert office_row(office, good).late
    assert sorted(told(office, "manager")) == ["Late: Login", "Late: devil"]
    (run,) = runs(office)
    assert (run.automation, run.entity, run.records, run.state) == (
        "sla.answer.breach",
        "ticket",
        [bad, good],
        "failed",
    )
    assert {key: (each["done"], [record for record, _ in each["refused"]]) for key, each in run.result.items()} == {
        "mark": (1, [bad]), "lead": (2, []),
    }  # fmt: skip


def runs(office: Office) -> list[Any]:
    with office.store.system_reading() as connection:
        return list(connection.execute(sa.select(automation_run).order_by(automation_run.c.id)).all())


def test_what_a_breach_changes_is_an_event_of_its_chain(open_small: Open) -> None:
    office = open_small()
    at(office, "2026-07-06T09:00")
    ticket(office, level="a")
    at(office, "2026-07-06T18:00")
    press(office.store)
    with office.store.system_reading() as connection:
        chains = list(connection.execute(sa.select(outbox.c.chain).order_by(outbox.c.id)).scalars())
    assert chains[-1] == ["sla.answer.breach"]


def test_deleted_records_rest(open_small: Open) -> None:
    office = open_small()
    at(office, "2026-07-06T09:00")
    record = ticket(office, level="a")
    assert isinstance(delete(office.store, BOSS, "ticket", [record], door="api"), Saved)
    drain(office)
    at(office, "2026-07-06T18:00")
    assert press(office.store).in_language("en") == "0 warned, 0 breached"


def test_a_clock_starts_anew_on_the_next_edge(open_small: Open) -> None:
    again = {**ANSWER, "start": 'stage == "open"', "stop": 'stage == "solved"'}
    office = open_small(answer=again)
    at(office, "2026-07-06T09:00")
    record = ticket(office)
    change(office, record, stage="solved")
    at(office, "2026-07-07T09:00")
    change(office, record, name="Logon")
    assert clock(office, record).stopped_at is not None
    change(office, record, stage="open")
    assert clock(office, record).started_at == moment("2026-07-07T09:00")
    assert clock(office, record).stopped_at is None


def test_conditions_that_follow_the_time_are_asked_by_the_job(open_with: Open) -> None:
    office = open_with(answer={**ANSWER, "start": "until < today()", "pause": "until == today()"})
    at(office, "2026-07-06T09:00")
    record = ticket(office, until="2026-07-06")
    press(office.store)
    assert clock(office, record) is None
    at(office, "2026-07-07T09:00")
    press(office.store)
    assert clock(office, record).started_at == moment("2026-07-07T09:00")


def test_no_target_is_no_clock(open_small: Open) -> None:
    office = open_small(answer={**ANSWER, "targets": {"big": ANSWER["targets"]["big"]}})
    at(office, "2026-07-06T09:00")
    assert clock(office, ticket(office)) is None


@contextmanager
def counting(office: Office, seen: list[str]) -> Iterator[None]:
    def note(*args: Any) -> None:
        seen.append(args[2])

    sa.event.listen(office.store.engine, "before_cursor_execute", note)
    yield
    sa.event.remove(office.store.engine, "before_cursor_execute", note)


def test_the_number_of_statements_does_not_depend_on_how_many_records(open_small: Open) -> None:
    office = open_small()
    counts = []
    for number in (2, 60):
        at(office, "2026-07-06T09:00")
        rows = [{"name": "Login", "level": "a"} for _ in range(number)]
        assert isinstance(create(office.store, BOSS, "ticket", rows, door="api"), Saved)
        seen: list[str] = []
        with counting(office, seen):
            drain(office)
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_the_job_is_there_where_a_pack_has_service_levels(open_small: Open) -> None:
    assert "slas" in jobs_of(open_small().store.catalog)

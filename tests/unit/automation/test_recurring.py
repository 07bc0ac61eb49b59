"""Tasks that repeat: the next one comes once, on the right day, whoever asks and however often."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from app.automation.handover import hand_over
from app.automation.jobs import jobs_of
from app.automation.recurring import following_day, repeat_tasks
from app.expression.working_time import WorkingTime
from app.orm.framework import notice
from app.record import Change, Refused, Saved, create, delete, restore, update
from tests.unit.approving import SEED, START, Office, opened

TIME = WorkingTime(ZoneInfo("Asia/Shanghai"))
OWN = dict.fromkeys(("read", "update"), "own")
ALL = dict.fromkeys(("read", "update", "assign"), "all")
TODAY = dt.date(2026, 7, 1)
OPTIONS = {key: {"label": key.title()} for key in ("day", "workday", "week", "month", "quarter", "year")}
TREE: dict[str, Any] = {
    "pack": {"languages": ["en", "zh"], "time_zone": "Asia/Shanghai"},
    "entities": {
        "task": {
            "name_field": "subject",
            "fields": {
                "subject": {"type": "text", "required": True},
                "status": {
                    "type": "picklist",
                    "options": {key: {"label": key.title()} for key in ("open", "done", "dropped")},
                    "default": "open",
                },
                "due": {"type": "date"},
                "repeat": {"type": "picklist", "options": OPTIONS},
                "repeat_day": {"type": "integer"},
                "follows": {
                    "type": "lookup",
                    "to": ["task"],
                    "unique": True,
                    "inverse": "followers",
                    "on_delete": "clear",
                },
                "number": {"type": "sequence", "pattern": "T-{seq}"},
                "text": {"type": "text"},
                "length": {"type": "integer", "formula": "len(subject)"},
                "handover": {"type": "text"},
            },
            "rules": {"named": {"require": "subject != 'refused' or is_blank(follows)", "message": "No."}},
        }
    },
    "roles": {
        "administrator": {"grants": {"*": {"create": True, **ALL}}},
        "director": {"grants": {"user": {"read": "all"}, "task": OWN}},
        "manager": {"grants": {"user": {"read": "all"}, "task": ALL}},
        "rep": {"grants": {"user": {"read": "all"}, "task": {"create": True, **OWN, "assign": "own"}}},
    },
}


@pytest.fixture
def office(new_url: str) -> Iterator[Office]:
    with opened(new_url, TREE) as found:
        yield found


def add(office: Office, **values: Any) -> int:
    row = {"subject": "Report", "due": "2026-06-30", "repeat": "week", "owner": office.ids["rep"], **values}
    outcome = create(office.store, SEED, "task", [row], door="seed")
    assert isinstance(outcome, Saved), outcome
    return outcome.ids[0]


def tasks(office: Office) -> list[Any]:
    table = office.store.models.tables["task"]
    with office.store.system_reading() as connection:
        return list(connection.execute(sa.select(table).order_by(table.c.id)).all())


def run(office: Office) -> str:
    return repeat_tasks(office.store).in_language("en")


def test_the_next_one_is_made_once_when_one_is_done_or_past(office: Office) -> None:
    past = add(office, text="as before")
    done = add(office, due="2026-07-03", status="done")
    for values in (
        {"due": "2026-07-03"},
        {"due": "2026-07-01"},
        {"status": "dropped"},
        {"repeat": None},
        {"due": None},
    ):
        add(office, **values)
    assert run(office) == "2 tasks"
    assert run(office) == "0 tasks"
    first, second = tasks(office)[-2:]
    assert (first.follows, first.due, first.status, first.text) == (past, dt.date(2026, 7, 7), "open", "as before")
    assert (first.owner, first.repeat, first.number != tasks(office)[0].number) == (office.ids["rep"], "week", True)
    assert (second.follows, second.due) == (done, dt.date(2026, 7, 10))


def test_of_long_ago_one_follows_and_its_row_goes_on(office: Office) -> None:
    add(office, due="2026-01-31", repeat="month")
    assert run(office) == "1 tasks"
    assert tasks(office)[-1].due == dt.date(2026, 7, 31)
    office.moment[0] = START + dt.timedelta(days=70)
    assert run(office) == "1 tasks"
    assert [(task.due, task.repeat_day) for task in tasks(office)[1:]] == [
        (dt.date(2026, 7, 31), 31),
        (dt.date(2026, 9, 30), 31),
    ]


def test_what_was_followed_is_not_followed_again_when_it_comes_back(office: Office) -> None:
    first = add(office)
    assert run(office) == "1 tasks"
    assert isinstance(delete(office.store, SEED, "task", [first], door="api"), Saved)
    assert isinstance(restore(office.store, SEED, "task", [first], door="api"), Saved)
    assert run(office) == "0 tasks"
    assert [(task.repeat, task.due) for task in tasks(office)] == [
        (None, dt.date(2026, 6, 30)),
        ("week", dt.date(2026, 7, 7)),
    ]


def test_one_that_is_refused_keeps_no_other_from_being_made(office: Office) -> None:
    add(office, subject="refused")
    add(office)
    assert run(office).startswith("1 tasks, 1 refused: ")


@pytest.mark.parametrize(
    ("every", "due", "day", "expected"),
    [
        ("day", "2026-07-01", None, "2026-07-02"),
        ("day", "2026-01-01", None, "2026-07-02"),
        ("workday", "2026-07-03", None, "2026-07-06"),
        ("week", "2026-06-24", None, "2026-07-08"),
        ("week", "2026-07-20", None, "2026-07-27"),
        ("month", "2026-05-31", None, "2026-07-31"),
        ("month", "2026-06-30", 31, "2026-07-31"),
        ("quarter", "2026-05-31", None, "2026-08-31"),
        ("year", "2024-02-29", None, "2027-02-28"),
        ("year", "9999-02-01", None, None),
        ("never", "2026-07-01", None, None),
    ],
)
def test_the_day_that_follows(every: str, due: str, day: int | None, expected: str | None) -> None:
    found = following_day(every, dt.date.fromisoformat(due), TODAY, TIME, day)
    assert found == (dt.date.fromisoformat(expected) if expected else None)


@given(
    st.sampled_from(sorted(OPTIONS)),
    st.dates(dt.date(1990, 1, 1), dt.date(2100, 1, 1)),
    st.dates(dt.date(2020, 1, 1), dt.date(2030, 1, 1)),
)
def test_it_comes_after_both_days_and_not_late(every: str, due: dt.date, today: dt.date) -> None:
    found = following_day(every, due, today, TIME)
    assert found is not None
    assert found > max(due, today)
    assert (found - max(due, today)).days <= {"day": 1, "workday": 5, "week": 7}.get(every, 366)


def test_there_is_a_job_where_tasks_can_repeat(office: Office) -> None:
    assert "recurring_tasks" in jobs_of(office.store.catalog)
    fields = {key: each for key, each in TREE["entities"]["task"]["fields"].items() if key != "follows"}
    rules: dict[str, Any] = {"rules": {}}
    without = {**TREE, "entities": {"task": {**TREE["entities"]["task"], "fields": fields, **rules}}}
    assert "recurring_tasks" not in jobs_of(office.rebuilt(without).store.catalog)


def told(office: Office) -> list[tuple[str, int, Any]]:
    with office.store.system_reading() as connection:
        rows = connection.execute(sa.select(notice).order_by(notice.c.id)).all()
    return [(row.kind, row.user_id, row.params) for row in rows]


def test_a_task_is_handed_over_with_words(office: Office) -> None:
    task = add(office)
    rep, director = office.ids["rep"], office.ids["director"]
    outcome = hand_over(office.store, office.actor("rep"), task, director, "Please\0 do it", door="form")
    assert isinstance(outcome, Saved)
    assert outcome.out_of_sight == (task,)
    assert (tasks(office)[0].owner, tasks(office)[0].handover) == (director, "Please do it")
    assert told(office) == [("task.delegated", director, {"by": rep, "comment": "Please do it"})]


def test_who_may_not_assign_hands_nothing_over(office: Office) -> None:
    task = add(office, owner=office.ids["director"])
    for login in ("director", "other"):
        outcome = hand_over(office.store, office.actor(login), task, office.ids["rep"], "", door="form")
        assert isinstance(outcome, Refused)
    assert told(office) == []
    same = hand_over(office.store, office.actor("manager"), task, office.ids["director"], "", door="form")
    assert isinstance(same, Saved)
    assert told(office) == [], "it was his before"


def test_a_task_taken_by_oneself_is_no_news(office: Office) -> None:
    task = add(office)
    assert isinstance(
        hand_over(office.store, office.actor("manager"), task, office.ids["manager"], "", door="form"), Saved
    )
    assert told(office) == []
    change = [Change(task, {"owner": office.ids["rep"]})]
    assert isinstance(update(office.store, office.actor("manager"), "task", change, door="api"), Saved)

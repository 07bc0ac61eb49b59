"""Automations of the clock: each moment of a record counts once, notices say what their reader may see, records are made."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from app.automation.due import Often
from app.automation.exact import Window, may_fall, moment_of
from app.automation.jobs import jobs_of
from app.automation.lengths import later
from app.automation.moments import Round, Shift, rounds_of
from app.automation.purge import purge
from app.automation.runs import begin_run, end_run, plain, take_lead
from app.automation.timed import fire
from app.definition.grammars import Duration, parse_duration
from app.expression.working_time import WorkingTime
from app.loading import catalog_of_tree
from app.orm.framework import fired, notice
from app.orm.framework import run as run_row
from app.record import Change, Saved, create, delete, update
from tests.unit.approving import SEED, Office, opened

SHANGHAI = ZoneInfo("Asia/Shanghai")
TODAY = dt.date(2026, 7, 1)  # in Shanghai, at the start of the tests
NINE = dt.datetime(2026, 7, 1, 1, tzinfo=dt.UTC)  # there
ALL = dict.fromkeys(("read", "update", "delete", "assign"), "all")
OWN = dict.fromkeys(("read", "update"), "own")
Open = Callable[..., Office]


def tree_of(automation: dict[str, Any], body: object = "{{ record.name }} ends {{ record.ends }}") -> dict[str, Any]:
    return {
        "pack": {"languages": ["en", "zh"], "time_zone": "Asia/Shanghai"},
        "entities": {
            "contract": {
                "name_field": "name",
                "label": {"en": "Contract", "zh": "合同"},
                "fields": {
                    "name": {"type": "text", "required": True},
                    "ends": {"type": "date"},
                    "seen": {"type": "datetime"},
                    "stage": {"type": "stage"},
                    "amount": {"type": "money"},
                    "margin": {"type": "money", "restricted": True},
                    "kind": {"type": "picklist", "options": {"a": {"label": {"en": "Big", "zh": "大"}}}},
                    "lines": {"type": "integer", "formula": "count_of(tasks)"},
                },
                "pipelines": {"way": {"field": "stage", "stages": {"open": {}, "lost": {"category": "lost"}}}},
            },
            "task": {
                "name_field": "subject",
                "fields": {
                    "subject": {"type": "text", "required": True, "max_length": 30},
                    "due": {"type": "date"},
                    "contract": {"type": "lookup", "to": ["contract"], "inverse": "tasks"},
                },
            },
        },
        "automations": {"soon": {"entity": "contract", **automation}},
        "templates": {"ends": {"for": "notification", "entity": "contract", "body": body}},
        "roles": {
            "administrator": {"grants": {"*": {"create": True, **ALL}}},
            "director": {"grants": {"user": {"read": "all"}}},
            "manager": {
                "grants": {"user": {"read": "all"}, "contract": {**ALL, "fields": {"margin": {"access": "read"}}}}
            },
            "rep": {"grants": {"user": {"read": "all"}, "contract": OWN, "task": OWN}},
        },
    }


NOTIFY = {"remind": {"notify": {"to": ["owner"], "template": "ends"}}}
BEFORE = {"date": "ends", "before": ["60 days", "7 days"], "at": "09:00"}


@pytest.fixture
def open_with(new_url: str) -> Iterator[Open]:
    with ExitStack() as stack:
        yield lambda automation, *more: stack.enter_context(opened(new_url, tree_of(automation, *more)))


@pytest.fixture
def open_small(sqlite_url: str) -> Iterator[Open]:
    with ExitStack() as stack:
        yield lambda automation, *more: stack.enter_context(opened(sqlite_url, tree_of(automation, *more)))


def contract(office: Office, owner: str | None = "rep", **values: Any) -> int:
    row = {"name": "Acme", **values, **({"owner": office.ids[owner]} if owner else {})}
    outcome = create(office.store, SEED, "contract", [row], door="seed")
    assert isinstance(outcome, Saved), outcome
    return outcome.ids[0]


def run(office: Office, now: dt.datetime = NINE, job: str = "automation.soon") -> str:
    return fire(office.store, "soon", job, now).in_language("en")


def told(office: Office) -> list[tuple[int, int, str]]:
    """Person, record and words of every notice."""
    with office.store.system_reading() as connection:
        rows = connection.execute(sa.select(notice).order_by(notice.c.id)).all()
    assert {row.kind for row in rows} <= {"reminder"}
    return [(row.user_id, row.record, row.params["text"]) for row in rows]


def tasks(office: Office) -> list[Any]:
    with office.store.system_reading() as connection:
        return list(connection.execute(sa.select(office.store.models.tables["task"])).all())


def test_a_date_is_told_so_long_before_it_and_once(open_with: Open) -> None:
    office = open_with({"trigger": BEFORE, "actions": NOTIFY})
    due = contract(office, ends=TODAY + dt.timedelta(days=7))
    far = contract(office, name="Far", ends=TODAY + dt.timedelta(days=60))
    contract(office, ends=TODAY + dt.timedelta(days=8))
    contract(office, ends=None)
    assert run(office) == "2 records, 2 notices, 0 made"
    assert run(office, NINE + dt.timedelta(hours=5)) == "0 records, 0 notices, 0 made"  # asked for by hand
    rep = office.ids["rep"]
    assert told(office) == [(rep, due, "Acme ends 2026-07-08"), (rep, far, "Far ends 2026-08-30")]
    assert run(office, NINE + dt.timedelta(days=1)) == "1 records, 1 notices, 0 made"


def test_a_date_that_was_past_when_the_record_came_waits_for_its_next(open_small: Open) -> None:
    office = open_small({"trigger": BEFORE, "actions": NOTIFY})
    contract(office, ends=TODAY + dt.timedelta(days=20))
    assert run(office) == "0 records, 0 notices, 0 made"
    assert run(office, NINE + dt.timedelta(days=13)) == "1 records, 1 notices, 0 made"


def test_a_stage_counts_from_the_day_on_which_the_record_came_into_it(open_with: Open) -> None:
    office = open_with(
        {
            "trigger": {"date": "stage", "after": ["2 days", "3 months"], "at": "09:00"},
            "when": "stage == 'lost'",
            "actions": NOTIFY,
        }
    )
    record = contract(office, stage="open")
    assert run(office, NINE + dt.timedelta(days=2)) == "0 records, 0 notices, 0 made"
    office.moment[0] += dt.timedelta(days=1)
    assert isinstance(update(office.store, SEED, "contract", [Change(record, {"stage": "lost"})], door="seed"), Saved)
    assert run(office, NINE + dt.timedelta(days=2)) == "0 records, 0 notices, 0 made"
    assert run(office, NINE + dt.timedelta(days=3)) == "1 records, 1 notices, 0 made"
    assert run(office, NINE + dt.timedelta(days=3)) == "0 records, 0 notices, 0 made"
    assert run(office, dt.datetime(2026, 10, 2, 1, tzinfo=dt.UTC)) == "1 records, 1 notices, 0 made"


def test_what_is_done_once_is_not_done_again(open_with: Open) -> None:
    values = {"subject": "Begin"}
    making = {"begin": {"create": {"entity": "task", "values": values}}}
    office = open_with(
        {"trigger": {"every": "day", "at": "09:00", "once": True}, "when": "lines == 0", "actions": making}
    )
    contract(office)
    assert run(office) == "1 records, 0 notices, 1 made"
    made = tasks(office)[0].id
    assert isinstance(delete(office.store, SEED, "task", [made], door="seed"), Saved)
    later = NINE + dt.timedelta(days=200)
    office.moment[0] = later
    purge(office.store, later)
    assert run(office, later) == "0 records, 0 notices, 0 made"
    contract(office, name="New")
    assert run(office, later) == "1 records, 0 notices, 1 made"


def test_what_was_cut_off_is_gone_on_with(open_with: Open) -> None:
    office = open_with({"trigger": BEFORE, "actions": NOTIFY})
    first, _second = (contract(office, ends=TODAY + dt.timedelta(days=7)) for _ in range(2))
    with office.store.housekeeping() as connection:
        row = {"automation": "soon", "record": first, "moment": NINE, "at": NINE}
        connection.execute(sa.insert(fired).values(row))
    assert run(office) == "1 records, 1 notices, 0 made"


@pytest.mark.parametrize(
    "when", ["amount > 100", "amount / 2 > 50", "amount > 100 and owner.name == 'Rep'", "lines == 0 and amount > 100"]
)
def test_a_condition_is_asked_in_either_engine(open_with: Open, when: str) -> None:
    office = open_with({"trigger": BEFORE, "when": when, "actions": NOTIFY})
    day = TODAY + dt.timedelta(days=7)
    large = contract(office, amount="1000", ends=day)
    contract(office, amount="1", ends=day)
    contract(office, ends=day)
    run(office)
    assert [record for _, record, _ in told(office)] == [large]


def test_nobody_is_told_what_he_may_not_see(open_with: Open) -> None:
    to = ["owner", "owner.manager", {"role": "director"}]
    body = {"en": "{{ record.name }} {{ record.margin }} {{ record.kind }}", "zh": "{{ entity }}{{ record.kind }}"}
    office = open_with({"trigger": BEFORE, "actions": {"remind": {"notify": {"to": to, "template": "ends"}}}}, body)
    chinese = Change(office.ids["manager"], {"locale": "zh"})
    assert isinstance(update(office.store, SEED, "user", [chinese], door="seed"), Saved)
    record = contract(office, ends=TODAY + dt.timedelta(days=7), margin="70", kind="a")
    assert run(office) == "1 records, 2 notices, 0 made"
    assert told(office) == [
        (office.ids["rep"], record, "Acme (restricted) Big"),
        (office.ids["manager"], record, "合同大"),
    ]


def test_a_record_is_made_with_its_lookup_and_an_owner(open_with: Open) -> None:
    values = {
        "subject": {"en": "Renew it", "zh": "续约"},
        "due": {"formula": "add_days(ends, -1)"},
    }
    office = open_with({"trigger": BEFORE, "actions": {"renew": {"create": {"entity": "task", "values": values}}}})
    record = contract(office, ends=TODAY + dt.timedelta(days=7))
    nobody = contract(office, None, ends=TODAY + dt.timedelta(days=7))
    assert run(office) == "2 records, 0 notices, 2 made"
    assert run(office) == "0 records, 0 notices, 0 made"
    assert [(task.subject, task.due, task.contract, task.owner) for task in tasks(office)] == [
        ("Renew it", dt.date(2026, 7, 7), record, office.ids["rep"]),
        ("Renew it", dt.date(2026, 7, 7), nobody, None),
    ]
    with office.store.system_reading() as connection:
        assert connection.execute(
            sa.text("SELECT DISTINCT actor FROM tenon_audit WHERE entity = 'task'")
        ).scalars().all() == ["system:automation"]


def test_a_record_that_is_refused_keeps_no_other_from_being_made(open_small: Open) -> None:
    values = {"subject": {"formula": "concat(name, name)"}}
    office = open_small(
        {"trigger": BEFORE, "actions": {"renew": {"create": {"entity": "task", "values": values}}, **NOTIFY}}
    )
    day = TODAY + dt.timedelta(days=7)
    contract(office, name="x" * 20, ends=day)
    contract(office, name="short", ends=day)
    result = run(office)
    assert result.startswith("2 records, 2 notices, 1 made, 1 refused: ")
    assert [task.subject for task in tasks(office)] == ["shortshort"]


def test_a_rehearsal_only_says_what_it_would_do(open_small: Open) -> None:
    office = open_small({"trigger": BEFORE, "mode": "shadow", "actions": NOTIFY})
    contract(office, ends=TODAY + dt.timedelta(days=7))
    assert run(office) == "would be: 1 records, 1 notices, 0 made"
    assert run(office) == "would be: 1 records, 1 notices, 0 made"
    assert told(office) == []


def test_by_the_clock_alone_every_record_counts_each_time(open_small: Open) -> None:
    office = open_small({"trigger": {"every": "day", "at": "09:00"}, "when": "amount > 1", "actions": NOTIFY})
    contract(office, amount="5")
    contract(office)
    for day in range(3):
        assert run(office, NINE + dt.timedelta(days=day)) == "1 records, 1 notices, 0 made"


def test_a_moment_counts_by_its_day_in_the_company(open_with: Open) -> None:
    office = open_with({"trigger": {"date": "seen", "after": ["90 days"], "at": "09:00"}, "actions": NOTIFY})
    start = dt.datetime(2026, 4, 2, tzinfo=SHANGHAI)
    first = contract(office, seen=start)
    last = contract(office, seen=start + dt.timedelta(hours=23, minutes=59))
    for seen in (start - dt.timedelta(minutes=1), start + dt.timedelta(days=1)):
        contract(office, seen=seen)
    run(office)
    assert [record for _, record, _ in told(office)] == [first, last]


def test_statements_do_not_grow_with_the_records(open_small: Open) -> None:
    office = open_small({"trigger": BEFORE, "when": "amount / 2 > 1", "actions": NOTIFY})
    seen: list[str] = []
    sa.event.listen(office.store.engine, "before_cursor_execute", lambda _c, _k, text, *_: seen.append(text))
    counts = []
    for size in (2, 40):
        day = TODAY + dt.timedelta(days=7)
        rows = [{"name": "A", "amount": "9", "ends": day, "owner": office.ids["rep"]} for _ in range(size)]
        assert isinstance(create(office.store, SEED, "contract", rows, door="seed"), Saved)
        seen.clear()
        assert run(office) == f"{size} records, {size} notices, 0 made"
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_jobs_stand_for_the_times_of_the_day() -> None:
    def jobs(trigger: dict[str, Any]) -> dict[str, str]:
        catalog = catalog_of_tree(tree_of({"trigger": trigger, "actions": NOTIFY}))
        assert set(rounds_of(catalog, catalog.automations["soon"])) <= jobs_of(catalog).keys()
        return {
            name: str(getattr(each.schedule, "at", ""))
            for name, each in rounds_of(catalog, catalog.automations["soon"]).items()
        }

    assert jobs(BEFORE) == {"automation.soon": "09:00"}
    twice = {"date": "ends", "before": ["2 hours", "1 day"], "at": "18:00"}
    named = jobs_of(catalog_of_tree(tree_of({"trigger": twice, "label": {"en": "Soon"}, "actions": NOTIFY})))
    assert [str(each.label) for key, each in named.items() if key.startswith("automation")] == [
        "Soon (16:00)",
        "Soon (18:00)",
    ]
    assert jobs({"date": "ends", "before": ["2 hours", "1 day"], "at": "18:00"}) == {
        "automation.soon.1600": "16:00",
        "automation.soon.1800": "18:00",
    }
    assert jobs({"date": "ends", "before": ["2 hours"]}) == {"automation.soon": "22:00"}
    assert jobs({"every": "week", "day": "monday", "at": "08:00"}) == {"automation.soon": "08:00"}
    for waits in (
        "create",
        {"date": "seen", "before": ["2 hours"], "at": "09:00"},
        {"date": "owner.departments.created_at"},
    ):
        assert jobs({"event": waits} if isinstance(waits, str) else waits) == {}


@pytest.mark.parametrize(
    ("sign", "length", "day", "dates"),
    [
        (-1, "1 month", "2026-02-28", ["2026-03-28", "2026-03-29", "2026-03-30", "2026-03-31"]),
        (-1, "1 month", "2026-04-30", ["2026-05-30", "2026-05-31"]),
        (1, "1 month", "2026-03-31", []),
        (1, "1 year", "2025-02-28", ["2024-02-28", "2024-02-29"]),
        (-1, "60 days", "2026-07-01", ["2026-08-30"]),
        (-1, "1 working day", "2026-07-03", ["2026-07-04", "2026-07-05", "2026-07-06"]),
        (-1, "1 working day", "2026-07-04", []),
    ],
)
def test_the_dates_whose_moment_falls_on_a_day(sign: int, length: str, day: str, dates: list[str]) -> None:
    shift = Shift(0, sign, parse_duration(length))
    found = shift.dates(dt.date.fromisoformat(day), WorkingTime(SHANGHAI))
    assert sorted(each.isoformat() for each in found) == dates


EXACT = {"date": "seen", "before": ["2 hours", "1 day"]}
MINUTE = dt.timedelta(minutes=1)
FIRST_MINUTE = int(NINE.timestamp()) // 60


@given(
    sign=st.sampled_from([-1, 1]),
    length=st.sampled_from(
        ["4 working hours", "1 working hour", "20 working hours", "3 hours", "2 working days", "1 month"]
    ),
    held=st.integers(FIRST_MINUTE, FIRST_MINUTE + 30 * 24 * 60),
    before=st.integers(1, 4 * 24 * 60),
    behind=st.sampled_from([0, 1, 60, 3 * 24 * 60]),
)
@settings(max_examples=200, deadline=None)
def test_no_moment_is_missed_by_the_stretch_that_is_asked_for(
    sign: int, length: str, held: int, before: int, behind: int
) -> None:
    time, moment = WorkingTime(SHANGHAI), dt.datetime.fromtimestamp(held * 60, dt.UTC)
    each = Round(Often(1), exact=((sign, Duration(length)),))
    due = later(time, moment, Duration(length), sign)
    assert due is not None
    window = Window(due - before * MINUTE, due + behind * MINUTE)
    assert moment_of(moment, moment - dt.timedelta(days=100), window, each, time) == due
    day = moment.astimezone(SHANGHAI).date()
    assert _holds(may_fall(sa.literal(moment, sa.DateTime(timezone=True)), window, each, time, of_days=False))
    assert _holds(may_fall(sa.literal(day, sa.Date()), window, each, time, of_days=True))


def _holds(condition: Any) -> bool:
    """What SQLite says to a condition of constants."""
    with sa.create_engine("sqlite://").connect() as connection:
        return bool(connection.execute(sa.select(condition)).scalar())


def at(office: Office, moment: dt.datetime) -> str:
    """What the turn at that moment does; its run is noted."""
    office.moment[0] = moment
    token = take_lead(office.store, "test", moment)
    assert token is not None
    begun = begin_run(office.store, "automation.soon", moment, token, moment)
    assert begun is not None
    said = run(office, moment)
    assert end_run(office.store, begun, "done", plain(said), moment)
    return said


def test_a_moment_is_told_at_its_moment_and_once(open_with: Open) -> None:
    office = open_with({"trigger": EXACT, "actions": NOTIFY})
    meeting = NINE + dt.timedelta(days=2, minutes=17, seconds=30)
    at(office, NINE)
    due = contract(office, seen=meeting)
    late = contract(office, name="Late", seen=NINE + dt.timedelta(hours=1))  # two hours before is past already
    nothing, one = "0 records, 0 notices, 0 made", "1 records, 1 notices, 0 made"
    assert at(office, meeting - dt.timedelta(days=1) - MINUTE) == nothing
    assert at(office, meeting - dt.timedelta(days=1)) == one
    assert at(office, meeting - dt.timedelta(days=1) + MINUTE) == nothing
    assert at(office, meeting - dt.timedelta(hours=2) + dt.timedelta(seconds=29)) == one
    assert run(office, office.moment[0]) == nothing, "the same run, tried again"
    assert [(person, record) for person, record, _ in told(office)] == [(office.ids["rep"], due)] * 2
    assert late


def test_moments_that_were_missed_are_told_once_and_nothing_of_long_ago(open_small: Open) -> None:
    office = open_small({"trigger": {"date": "seen"}, "actions": NOTIFY})
    at(office, NINE)
    contract(office, seen=NINE + dt.timedelta(days=1))
    contract(office, name="Later", seen=NINE + dt.timedelta(days=18))
    assert at(office, NINE + dt.timedelta(days=20)) == "1 records, 1 notices, 0 made", "the other is older than a week"
    assert at(office, NINE + dt.timedelta(days=20) + MINUTE) == "0 records, 0 notices, 0 made"
    made = contract(office, name="Made too late", seen=NINE)
    assert made
    assert at(office, NINE + dt.timedelta(days=20, minutes=2)) == "0 records, 0 notices, 0 made"


def test_a_stage_counts_to_the_minute_without_a_time_of_day(open_with: Open) -> None:
    office = open_with({"trigger": {"date": "stage", "after": "90 minutes"}, "when": "lines == 0", "actions": NOTIFY})
    at(office, NINE)
    contract(office)
    come = office.moment[0]
    assert at(office, come + dt.timedelta(minutes=89)) == "0 records, 0 notices, 0 made"
    assert at(office, come + dt.timedelta(minutes=90)) == "1 records, 1 notices, 0 made"


def test_its_job_runs_each_minute_and_its_runs_are_not_kept_long(open_with: Open) -> None:
    office = open_with({"trigger": EXACT, "actions": NOTIFY})
    job = jobs_of(office.store.catalog)["automation.soon"]
    assert (job.schedule, job.missed) == (Often(1), "last")
    for minutes in range(3):
        at(office, NINE + minutes * MINUTE)
    purge(office.store, NINE + dt.timedelta(days=2))
    with office.store.system_reading() as connection:
        assert connection.execute(sa.select(run_row.c.due)).scalars().all() == [NINE + 2 * MINUTE]


def test_working_days_and_months_keep_the_time_of_day(open_small: Open) -> None:
    office = open_small({"trigger": {"date": "seen", "after": ["2 working days", "1 month"]}, "actions": NOTIFY})
    at(office, NINE)
    friday = dt.datetime(2026, 7, 3, 6, 30, tzinfo=dt.UTC)
    contract(office, seen=friday)
    tuesday = friday + dt.timedelta(days=4)
    assert at(office, tuesday - MINUTE) == "0 records, 0 notices, 0 made"
    assert at(office, tuesday) == "1 records, 1 notices, 0 made"
    august = dt.datetime(2026, 8, 3, 6, 30, tzinfo=dt.UTC)
    assert at(office, august - MINUTE) == "0 records, 0 notices, 0 made"
    assert at(office, august) == "1 records, 1 notices, 0 made"


def test_working_hours_are_counted_over_free_days(open_with: Open) -> None:
    office = open_with({"trigger": {"date": "seen", "before": "4 working hours"}, "actions": NOTIFY})
    at(office, NINE)
    monday = dt.datetime(2026, 7, 6, 2, tzinfo=dt.UTC)  # ten in the morning there
    contract(office, seen=monday)
    contract(office, name="At the weekend", seen=monday - dt.timedelta(days=1))
    friday = dt.datetime(2026, 7, 3, 7, tzinfo=dt.UTC)  # three hours before the week ends
    assert at(office, friday - dt.timedelta(hours=1) - MINUTE) == "0 records, 0 notices, 0 made"
    assert at(office, friday - dt.timedelta(hours=1)) == "1 records, 1 notices, 0 made", (
        "of the weekend: till six on Friday"
    )
    assert at(office, friday - MINUTE) == "0 records, 0 notices, 0 made"
    assert at(office, friday) == "1 records, 1 notices, 0 made"


def test_working_hours_are_counted_from_the_time_of_a_day(open_with: Open) -> None:
    office = open_with({"trigger": {"date": "ends", "before": "4 working hours", "at": "10:00"}, "actions": NOTIFY})
    at(office, NINE)
    contract(office, ends=dt.date(2026, 7, 6))
    friday = dt.datetime(2026, 7, 3, 7, tzinfo=dt.UTC)
    assert at(office, friday - MINUTE) == "0 records, 0 notices, 0 made"
    assert at(office, friday) == "1 records, 1 notices, 0 made"


@pytest.mark.parametrize(
    "trigger", [{"date": "contract.ends", "before": "7 days", "at": "09:00"}, {"date": "contract.seen"}]
)
def test_the_date_of_another_record_counts(open_with: Open, trigger: dict[str, str]) -> None:
    office = open_with({"entity": "task", "trigger": trigger, "actions": {"done": {"set": {"subject": "Ends soon"}}}})
    held: dict[str, Any] = {"ends": TODAY + dt.timedelta(days=7), "seen": NINE}
    at(office, NINE - dt.timedelta(days=1))
    for each in (contract(office, **held), contract(office)):
        assert isinstance(
            create(office.store, SEED, "task", [{"subject": "Ask", "contract": each}], door="seed"), Saved
        )
    at(office, NINE)
    assert {row.subject for row in tasks(office)} == {"Ends soon", "Ask"}

"""Time that passes in cases of packs: what is due meanwhile happens, at its moment, by the engines of the scheduler."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.automation.due import due_between
from app.automation.jobs import Occasion, jobs_of, zone_of
from app.files import FolderContents
from app.loading import Loaded
from app.orm.framework import fired, notice, sla_clock
from app.orm.in_memory import open_in_memory
from app.orm.store import Store
from app.plan import first_apply, open_store
from app.rehearsal.aftermath import act
from app.rehearsal.case import run_case
from app.rehearsal.passing import Clock
from app.rehearsal.scene import Cast
from tests.unit.rehearsal.conftest import Run

NOTE = "for: notification\nentity: {0}\nbody: '{{{{ record.name }}}}'\n"
MORE: Mapping[str, str] = {
    "pack.yaml": """\
language: 1
label: Trial
languages: [en, zh]
time_zone: Asia/Shanghai
region: CN
calendars:
  office:
    week:
      {monday: ["09:00-18:00"], tuesday: ["09:00-18:00"], wednesday: ["09:00-18:00"], thursday: ["09:00-18:00"],
       friday: ["09:00-18:00"]}
    holidays: {country: CN}
""",
    "entities/task.yaml": """\
label: Task
name_field: name
fields:
  name: {type: text, required: true}
  client: {type: lookup, to: client}
  due: {type: date}
  status: {type: picklist, options: {open: {label: Open}, done: {label: Done}}}
  repeat: {type: picklist, options: {week: {label: Weekly}}}
  follows: {type: lookup, to: task, unique: true}
""",
    "entities/visit.yaml": """\
label: Visit
name_field: name
fields:
  name: {type: text, required: true}
  client: {type: lookup, to: client, inverse: visits}
  at: {type: datetime}
  late: {type: boolean, formula: at < now()}
  answered: {type: boolean}
""",
    "automations/ends.yaml": """\
entity: client
trigger: {date: since, before: [3 days, 1 working day], after: 1 month, at: "10:00"}
actions: {tell: {notify: {to: owner, template: since}}}
""",
    "automations/weekly.yaml": """\
entity: client
trigger: {every: week, day: friday, at: "08:00"}
actions: {make: {create: {entity: task, values: {name: Weekly}}}}
""",
    "automations/soon.yaml": """\
entity: visit
trigger: {date: at, before: 90 minutes}
actions: {tell: {notify: {to: owner, template: visit}}}
""",
    "automations/missed.yaml": """\
entity: visit
trigger: {becomes: at < now()}
actions: {make: {create: {entity: task, values: {name: Missed}}}}
""",
    "automations/is_late.yaml": """\
entity: visit
trigger: {changed: [late]}
when: late
actions: {make: {create: {entity: task, values: {name: Late, due: {formula: today()}}}}}
""",
    "automations/keen.yaml": """\
entity: client
trigger: {becomes: share > 20}
actions: {make: {create: {entity: task, values: {name: Keen}}}}
""",
    "templates/visit.yaml": NOTE.format("visit"),
    "slas/answer.yaml": """\
entity: visit
start: is_new()
stop: answered
calendar: office
targets: {all: {within: 4 working hours}}
warn: {before: 1 working hour, actions: {tell: {notify: {to: owner, template: visit}}}}
breach: {actions: {make: {create: {entity: task, values: {name: Breach, due: {formula: today()}}}}}}
""",
    "reviews/look.yaml": """\
label: Look
entity: client
where: region == "east"
every: month
day: 5
assign_to: owner
due_within: 3 days
checklist: {right: {label: Right}}
escalate: {after: 2 days, to: {role: boss}}
""",
    "approvals/review.yaml": """\
label: Review
entity: deal
steps:
  first: {label: First, approvers: {user: li}, within: 2 working days, escalate: {to: {role: boss}}}
""",
    "roles/rep.yaml": """\
label: Rep
grants:
  client: {create: true, read: own, update: own}
  visit: {create: true, read: own, update: own}
  deal: {create: true, read: parent, update: parent, transition: parent}
""",
    "roles/boss.yaml": "label: Boss\ngrants: {'*': {read: all, update: all, transition: all}}\n",
}
LI = "roles: {li: rep}\n  given:\n    user: {li: {}}"


@pytest.fixture
def play(run: Run) -> Callable[[str], dict[str, tuple[str, ...]]]:
    return lambda cases: run(cases, MORE)


def test_dates_come(play: Run) -> None:
    """Up to and with the last moment; what was past at the beginning does not come again. Three days before that Monday,
    and one working day, is the same Friday.
    """
    assert play(
        f"""\
none:
  {LI}
    client: {{acme: {{owner: li, since: 2026-07-06}}}}
  do: {{until: 2026-07-03T09:59}}
  expect: {{told: {{client.acme: []}}}}
once:
  {LI}
    client: {{acme: {{owner: li, since: 2026-07-06}}, old: {{owner: li, since: 2026-06-30}}}}
  do: {{until: 2026-07-03T10:00}}
  expect: {{told: {{client.acme: [li], client.old: []}}}}
twice:
  {LI}
    client: {{acme: {{owner: li, since: 2026-07-06}}}}
  do: {{wait: 3 days}}
  then: {{again: {{wait: 2 months}}}}
  expect: {{told: {{client.acme: [li, li]}}}}
moved:
  {LI}
    client: {{acme: {{owner: li, since: 2026-07-06}}}}
  do: {{wait: 1 day}}
  then: {{moved: {{update: client.acme, set: {{since: 2026-09-01}}}}, waited: {{wait: 10 days}}}}
  expect: {{told: {{client.acme: [li]}}}}
"""
    ) == {"none": (), "once": (), "twice": (), "moved": ()}


def test_moments_and_schedules_come(play: Run) -> None:
    assert play(
        f"""\
moment:
  {LI}
    visit: {{call: {{owner: li, at: "2026-07-04T12:00+08:00"}}}}
  do: {{until: 2026-07-04T10:29}}
  then: {{still: {{update: visit.call, set: {{name: Still}}}}, later: {{wait: 1 minute}}}}
  expect: {{told: {{visit.call: [li]}}}}
before_it:
  {LI}
    visit: {{call: {{owner: li, at: "2026-07-04T12:00+08:00"}}}}
  do: {{until: 2026-07-04T10:29}}
  expect: {{told: {{visit.call: []}}}}
fridays:
  given: {{client: {{acme: {{region: west}}}}}}
  do: {{wait: 2 weeks}}
  expect: {{made: {{task: [{{name: Weekly}}, {{name: Weekly}}]}}}}
"""
    ) == {"moment": (), "before_it": (), "fridays": ()}


def test_conditions_turn_true_by_the_clock(play: Run) -> None:
    """At the edge: not where they held at the beginning. Fields that follow from the date change each night, as events."""
    assert play(
        """\
turns:
  given: {visit: {call: {at: "2026-07-04T12:00+08:00"}, past: {at: "2026-06-29T12:00+08:00"}}}
  do: {wait: 10 days}
  expect: {made: {task: [{name: Late, due: 2026-07-05}, {name: Missed}]}, visit.call: {late: true}}
"""
    ) == {"turns": ()}


def test_what_turns_true_in_the_first_case_of_all_starts_something(play: Run) -> None:
    keen = "keen: {given: {client: {acme: {}}}, do: {update: client.acme, set: {share: 30}}, expect: {made: {task: [{name: Keen}]}}}"
    assert play(keen) == {"keen": ()}


def test_clocks_of_service_levels_keep_to_working_hours_and_holidays(play: Run) -> None:
    """From the eve of the national holiday, 30 September 16:30, to the first working day after it: the 8th, at 11:30."""
    cases = """\
{0}:
  roles: {{li: rep}}
  given: {{user: {{li: {{}}}}}}
  do: {{until: 2026-09-30T16:30}}
  then:
    comes: {{create: visit.call, set: {{name: Call, owner: li}}}}
    passes: {{until: {1}}}
  expect: {{told: {{visit.call: {2}}}, made: {{task: {3}}}}}
"""
    assert play(
        cases.format("quiet", "2026-10-08T10:29", "[]", "[]")
        + cases.format("warned", "2026-10-08T10:30", "[li]", "[]")
        + cases.format("late", "2026-10-08T11:30", "[li]", "[{name: Breach, due: 2026-10-08}]")
    ) == {"quiet": (), "warned": (), "late": ()}


def test_reviews_approvals_and_tasks_come(play: Run) -> None:
    assert play(
        """\
review:
  roles: {li: rep, mo: boss}
  given: {user: {li: {}, mo: {}}, client: {acme: {owner: li, region: east}, other: {owner: li, region: west}}}
  do: {until: 2026-07-09T12:00}
  expect: {made: {task: [{name: Weekly, due: ""}, {name: Weekly}, {client: acme, due: 2026-07-08, owner: li}]}}
repeats:
  given: {task: {report: {name: Report, due: 2026-06-30, repeat: week}}}
  do: {wait: 2 weeks}
  expect: {made: {task: [{name: Report, due: 2026-07-07}, {name: Report, due: 2026-07-14}]}}
approval:
  roles: {li: rep, mo: boss}
  given: {user: {li: {login: li}, mo: {}}, client: {acme: {}}, deal: {big: {client: acme}}}
  do: {ask: deal.big, to: won}
  then: {passes: {wait: 2 working days}}
  expect: {asked: {deal.big: mo}}
"""
    ) == {"review": (), "repeats": (), "approval": ()}


def test_time_goes_forward_and_not_too_far(play: Run) -> None:
    case = "{0}: {{given: {{client: {{acme: {{}}}}}}, do: {{wait: {1}}}, then: {{later: {{until: {2}}}}}, expect: {{client.acme: {{}}}}}}\n"
    told = play(case.format("back", "1 day", "2026-07-01T08:00") + case.format("far", "40 years", "2026-07-01T08:00"))
    assert told == {"back": ("it is later already: 2026-07-01T09:00",), "far": ("it is more than 3 years later",)}


def test_a_case_in_which_no_time_passes_keeps_its_clock(play: Run) -> None:
    assert play("still: {given: {visit: {a: {at: '2026-06-30T09:00+08:00'}}}, expect: {visit.a: {late: false}}}") == {
        "still": ()
    }


def test_what_is_passed_over_would_have_done_nothing(written: Callable[..., Loaded], tmp_path: Path) -> None:
    """Every job at every one of its moments leaves the same behind."""
    loaded = written(
        """\
one:
  roles: {li: rep}
  given:
    user: {li: {}}
    client: {acme: {owner: li, since: 2026-07-02, region: east}}
    visit: {call: {owner: li, at: "2026-06-30T14:00+08:00"}}
    task: {report: {name: Report, due: 2026-06-30, repeat: week}}
  do: {create: visit.other, set: {name: Other, owner: li, at: "2026-06-30T13:37:20+08:00"}}
  then: {passes: {wait: 27 hours}}
  expect: {visit.other: {name: Other}}
""",
        MORE,
    )
    assert loaded.catalog is not None
    case = loaded.catalog.tests["trial"].cases["one"]
    start = dt.datetime(2026, 6, 30, 1, tzinfo=dt.UTC)
    played, asked = _opened(loaded, start), _opened(loaded, start)
    assert run_case(played, start.date(), case, Cast()) == []
    assert run_case(asked, start.date(), replace(case, then={}), Cast()) == []
    _ask_always(asked, start, start + dt.timedelta(hours=27), FolderContents(tmp_path))
    assert _left(played) == _left(asked)
    assert len(_left(played)["notice"]) == 4


def _opened(loaded: Loaded, start: dt.datetime) -> Store:
    engine = open_in_memory()
    return replace(open_store(engine, first_apply(engine, loaded)), clock=Clock(start))


def _ask_always(store: Store, start: dt.datetime, end: dt.datetime, contents: FolderContents) -> None:
    clock, zone = store.clock, zone_of(store.catalog)
    assert isinstance(clock, Clock)
    jobs = [job for job in jobs_of(store.catalog).values() if job.entities or job.ahead]
    due = [(moment, job.name, job) for job in jobs for moment in due_between(job.schedule, zone, start, end)]
    for moment, _, job in sorted(due, key=lambda each: each[:2]):
        clock.now = moment
        job.work(Occasion(store, contents, moment, moment))
        act(store)


def _left(store: Store) -> dict[str, list[tuple[object, ...]]]:
    tables = store.models.tables
    columns = {
        "notice": (notice.c.user_id, notice.c.entity, notice.c.record, notice.c.at),
        "fired": (fired.c.automation, fired.c.record, fired.c.moment),
        "clock": (sla_clock.c.record, sla_clock.c.warned_at, sla_clock.c.breached_at),
        "task": (tables["task"].c.name, tables["task"].c.due, tables["task"].c.created_at),
        "visit": (tables["visit"].c.name, tables["visit"].c.late),
    }
    with store.system_reading() as connection:
        return {key: sorted(map(tuple, connection.execute(sa.select(*each)))) for key, each in columns.items()}

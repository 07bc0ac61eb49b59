"""Automations that events start: what they do, once, for which records; what fails holds up nothing else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.access import system_actor
from app.automation import matching
from app.automation.dispatch import LONGEST_CHAIN, dispatch
from app.automation.events import PAUSES, try_again
from app.automation.jobs import Occasion, jobs_of
from app.files import FolderContents
from app.orm.framework import audit, automation_run, notice, outbox
from app.record import Change, Saved, create, delete, update
from tests.unit.approving import Office, opened

BOSS = system_actor("system:seed")
ALL = dict.fromkeys(("read", "update", "delete", "assign", "transition"), "all")
Open = Callable[..., Office]


def tree_of(**automations: Any) -> dict[str, Any]:
    return {
        "pack": {"languages": ["en", "zh"], "time_zone": "Asia/Shanghai"},
        "entities": {
            "deal": {
                "name_field": "name",
                "fields": {
                    "name": {"type": "text", "required": True, "max_length": 20},
                    "amount": {"type": "money"},
                    "level": {"type": "text", "formula": 'if(amount >= 100, "big", "small")'},
                    "note": {"type": "text"},
                    "count": {"type": "integer"},
                    "labels": {"type": "tags"},
                    "stage": {"type": "stage"},
                },
                "pipelines": {"way": {"field": "stage", "stages": {"open": {}, "won": {"category": "won"}, "lost": {"category": "lost"}}}},
                "rules": {"no_devil": {"require": 'note != "devil"', "message": {"en": "No devils.", "zh": "不行。"}},
                    "rich": {"require": "is_blank(count) or count < 100", "severity": "warning", "message": {"en": "Much.", "zh": "多。"}}},
            },
            "task": {
                "name_field": "subject",
                "fields": {
                    "subject": {"type": "text", "required": True, "max_length": 30},
                    "deal": {"type": "lookup", "to": ["deal"], "inverse": "tasks"},
                },
            },
        },
        "automations": {key: {"entity": "deal", **each} for key, each in automations.items()},
        "templates": {"won": {"for": "notification", "entity": "deal", "body": {"*": "Won: {{ record.name }}"}}},
        "roles": {
            "administrator": {"grants": {"*": {"create": True, **ALL}}},
            "director": {"grants": {"user": {"read": "all"}}},
            "manager": {"grants": {"user": {"read": "all"}, "deal": ALL}},
            "rep": {"grants": {"user": {"read": "all"}, "deal": {"create": True, **dict.fromkeys(("read", "update"), "own")}}},
        },
    }  # fmt: skip


CALL = {"call": {"create": {"entity": "task", "values": {"subject": {"formula": "name"}}}}}


@pytest.fixture
def open_with(new_url: str) -> Iterator[Open]:
    with ExitStack() as stack:
        yield lambda **automations: stack.enter_context(opened(new_url, tree_of(**automations)))


@pytest.fixture
def open_small(sqlite_url: str) -> Iterator[Open]:
    with ExitStack() as stack:
        yield lambda **automations: stack.enter_context(opened(sqlite_url, tree_of(**automations)))


def later(office: Office) -> None:
    """Time passes between what people do."""
    office.moment[0] += dt.timedelta(seconds=1)


def deals(office: Office, *rows: dict[str, Any]) -> tuple[int, ...]:
    later(office)
    new = [{"owner": office.ids["rep"], **row} for row in rows]
    outcome = create(office.store, BOSS, "deal", new, door="api")
    assert isinstance(outcome, Saved), outcome
    return outcome.ids


def change(office: Office, *records: int, **values: Any) -> None:
    later(office)
    outcome = update(office.store, BOSS, "deal", [Change(each, values) for each in records], door="api")
    assert isinstance(outcome, Saved), outcome


def drain(office: Office) -> int:
    """Acts upon all that waits, and upon what follows from that."""
    seen = 0
    while found := dispatch(office.store, office.store.clock()):
        seen += found
    return seen


def stored(office: Office, entity: str) -> list[Any]:
    table = office.store.models.tables[entity]
    with office.store.system_reading() as connection:
        return list(connection.execute(sa.select(table).where(table.c.deleted_at.is_(None)).order_by(table.c.id)).all())


def runs(office: Office) -> list[Any]:
    with office.store.system_reading() as connection:
        return list(connection.execute(sa.select(automation_run).order_by(automation_run.c.id)).all())


def test_what_a_new_record_starts_is_done_once(open_with: Open) -> None:
    office = open_with(begin={"trigger": "create", "when": "amount > 10", "actions": CALL})
    big, small = deals(office, {"name": "Big", "amount": "20"}, {"name": "Small", "amount": "5"})
    assert drain(office) == 1
    assert [(each.subject, each.deal, each.owner) for each in stored(office, "task")] == [
        ("Big", big, office.ids["rep"])
    ]
    assert drain(office) == 0
    (run,) = runs(office)
    assert (run.automation, run.records, run.mode, run.state) == ("begin", [big], "live", "done")
    assert run.result == {"call": {"done": 1, "refused": []}}
    change(office, small, amount="50")
    drain(office)
    assert len(stored(office, "task")) == 1


def test_conditions_know_that_a_record_is_new(open_small: Open) -> None:
    office = open_small(
        begin={"trigger": "create", "when": "is_new() and is_blank(old.note)", "actions": {"mark": {"tag": "new"}}},
        later={"trigger": "update", "when": "is_new()", "actions": {"mark": {"tag": "never"}}},
    )
    (record,) = deals(office, {"name": "Big", "note": "here"})
    drain(office)
    change(office, record, note="there")
    drain(office)
    assert [each.automation for each in runs(office)] == ["begin"]


def test_a_changed_field_starts_what_listens_to_it_for_the_records_in_which_it_changed(open_with: Open) -> None:
    office = open_with(
        noted={"trigger": {"changed": ["note"]}, "actions": {"count": {"set": {"count": {"formula": "count + 1"}}}}},
        levels={"trigger": {"changed": "level"}, "when": 'old.level == "small"', "actions": {"mark": {"tag": "grown"}}},
    )
    one, two = deals(office, {"name": "One", "count": 0, "note": "a"}, {"name": "Two", "count": 0})
    drain(office)
    change(office, one, two, note="a")  # it was that in the first
    change(office, one, amount="7")
    change(office, one, note="b")
    change(office, one, note="c")
    change(office, one, two, amount="100")
    drain(office)
    assert [each.count for each in stored(office, "deal")] == [2, 1]
    assert [(each.automation, each.records) for each in runs(office) if each.automation == "levels"] == [
        ("levels", [one, two])
    ]


def test_a_stage_is_entered_and_people_are_told(open_with: Open) -> None:
    office = open_with(
        won={"trigger": {"stage": "won"}, "actions": {"tell": {"notify": {"to": "owner", "template": "won"}}}},
        lost={"trigger": {"stage": "lost"}, "actions": {"reopen": {"set": {"note": "lost once"}}}},
    )
    one, two, three = deals(office, {"name": "One"}, {"name": "Two"}, {"name": "Three"})
    change(office, one, stage="won")
    change(office, two, stage="lost")
    change(office, three, note="no move")
    drain(office)
    with office.store.system_reading() as connection:
        told = connection.execute(sa.select(notice.c.user_id, notice.c.record, notice.c.params)).all()
    assert [(each.user_id, each.record, each.params["text"]) for each in told] == [(office.ids["rep"], one, "Won: One")]
    assert [each.note for each in stored(office, "deal")] == [None, "lost once", "no move"]


def test_a_stage_is_moved_by_the_rules_of_its_pipeline(open_small: Open) -> None:
    office = open_small(
        sell={"trigger": {"changed": "amount"}, "when": "amount >= 100", "actions": {"win": {"move_stage": "won"}}}
    )
    (one,) = deals(office, {"name": "One"})
    change(office, one, amount="100")
    drain(office)
    assert stored(office, "deal")[0].stage == "won"


def test_what_becomes_true_starts_it_at_the_edge_alone(open_with: Open) -> None:
    office = open_with(grown={"trigger": {"becomes": "amount >= 100"}, "actions": CALL})
    (one,) = deals(office, {"name": "One", "amount": "5"})
    drain(office)
    for amount in ("150", "200", "50", "120"):
        change(office, one, amount=amount)
        drain(office)
    assert len(stored(office, "task")) == 2
    deals(office, {"name": "Two", "amount": "500"})
    drain(office)
    assert len(stored(office, "task")) == 3


def test_of_several_changes_at_once_the_edge_is_met_once(open_with: Open) -> None:
    office = open_with(grown={"trigger": {"becomes": "amount >= 100"}, "actions": CALL})
    (one,) = deals(office, {"name": "One", "amount": "5"})
    drain(office)
    for amount in ("150", "50", "200", "120"):
        change(office, one, amount=amount)
    drain(office)
    assert len(stored(office, "task")) == 1


def test_what_held_before_the_automation_came_starts_nothing(open_with: Open) -> None:
    office = open_with(grown={"trigger": {"becomes": "amount >= 100"}, "actions": CALL})
    one, two = deals(office, {"name": "One", "amount": "500"}, {"name": "Two", "amount": "5"})
    with office.store.housekeeping() as connection:  # they were there before
        connection.execute(sa.update(outbox).values(done_at=office.moment[0]))
    drain(office)
    dispatch(office.store, office.store.clock())
    change(office, one, amount="600")
    change(office, two, amount="600")
    drain(office)
    assert [each.deal for each in stored(office, "task")] == [two]


def test_what_no_event_tells_is_looked_for_by_a_job(open_with: Open) -> None:
    office = open_with(
        busy={
            "trigger": {"becomes": "count_of(tasks) >= 2"},
            "when": "amount > 1",
            "actions": {"mark": {"set": {"note": "busy"}}},
        }
    )
    (one, two) = deals(office, {"name": "One", "amount": "5"}, {"name": "Two", "amount": "1"})
    drain(office)
    job = jobs_of(office.store.catalog)["automation.busy"]
    occasion = Occasion(office.store, FolderContents(Path()), office.moment[0], office.moment[0])
    assert job.work(occasion).in_language("en") == "0 records turned"
    for number in range(2):
        rows = [{"subject": f"T{number}", "deal": each} for each in (one, two)]
        assert isinstance(create(office.store, BOSS, "task", rows, door="api"), Saved)
    assert job.work(occasion).in_language("en") == "2 records turned"
    assert job.work(occasion).in_language("en") == "0 records turned"
    assert [each.note for each in stored(office, "deal")] == ["busy", None]
    assert [each.records for each in runs(office)] == [[one]]


def test_a_deletion_starts_what_listens_to_it(open_small: Open) -> None:
    office = open_small(
        gone={
            "trigger": "delete",
            "actions": {
                "tell": {
                    "create": {
                        "entity": "task",
                        "values": {"subject": {"formula": "name"}, "deal": {"formula": "null"}},
                    }
                }
            },
        }
    )
    (one,) = deals(office, {"name": "One"})
    outcome = delete(office.store, BOSS, "deal", [one], door="api")
    assert isinstance(outcome, Saved)
    drain(office)
    assert [each.subject for each in stored(office, "task")] == ["One"]


def test_a_refused_record_keeps_the_others_from_nothing(open_with: Open) -> None:
    office = open_with(
        curse={"trigger": "create", "actions": {"set": {"set": {"note": {"formula": "name"}}}, **CALL}},
    )
    deals(office, {"name": "a"}, {"name": "devil"}, {"name": "b"})
    drain(office)
    assert [each.note for each in stored(office, "deal")] == ["a", None, "b"]
    assert [each.subject for each in stored(office, "task")] == ["a", "devil", "b"]
    run = runs(office)[0]
    assert run.state == "failed"
    assert run.result == {
        "set": {"done": 2, "refused": [[2, {"en": "No devils.", "zh": "不行。"}]]},
        "call": {"done": 3, "refused": []},
    }


def test_automations_that_start_each_other_end_and_the_chain_is_told(open_small: Open) -> None:
    more = {"set": {"count": {"formula": "count + 1"}, "note": {"formula": 'if(note == "ping", "pong", "ping")'}}}
    office = open_small(
        ping={"trigger": {"changed": "count"}, "when": 'note == "ping"', "actions": {"more": more}},
        pong={"trigger": {"changed": "count"}, "when": 'note == "pong"', "actions": {"more": more}},
    )
    (one,) = deals(office, {"name": "One", "count": 0, "note": "pong"})
    change(office, one, count=1)
    drain(office)
    assert stored(office, "deal")[0].count == 1 + LONGEST_CHAIN
    last = runs(office)[-1]
    assert (last.state, last.chain) == ("stopped", ["pong", "ping"] * (LONGEST_CHAIN // 2))


def test_in_shadow_mode_it_is_noted_what_would_be_done(open_small: Open) -> None:
    office = open_small(begin={"trigger": "create", "mode": "shadow", "actions": CALL})
    (one,) = deals(office, {"name": "One"})
    drain(office)
    assert stored(office, "task") == []
    (run,) = runs(office)
    assert (run.mode, run.state, run.records) == ("shadow", "done", [one])


def test_what_fails_rests_and_is_given_up_at_last(open_small: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    office = open_small(begin={"trigger": "create", "actions": CALL})

    def broken(*_: object, **_more: object) -> None:
        raise ZeroDivisionError("no way")

    (one,) = deals(office, {"name": "One"})
    now = office.store.clock()
    with monkeypatch.context() as patch:
        patch.setattr("app.automation.dispatch.match", broken)
        for pause in PAUSES:
            assert dispatch(office.store, now) == 1
            assert dispatch(office.store, office.store.clock()) == 0  # it rests
            now += pause + dt.timedelta(seconds=1)
            with office.store.housekeeping() as connection:
                connection.execute(sa.update(outbox).values(not_before=None))
        assert dispatch(office.store, now) == 1
    with office.store.system_reading() as connection:
        given_up = connection.execute(sa.select(outbox).where(outbox.c.entity == "deal")).one()
    assert (given_up.failed, given_up.done_at is None) == ("ZeroDivisionError: no way", False)
    with office.store.housekeeping() as connection:
        assert try_again(connection, given_up.id)
        assert not try_again(connection, given_up.id)
    drain(office)
    assert [each.deal for each in stored(office, "task")] == [one]


def test_one_event_that_fails_holds_up_no_other(open_small: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    office = open_small(begin={"trigger": "create", "actions": CALL})
    (bad,) = deals(office, {"name": "Bad"})
    deals(office, {"name": "Good"})
    real = matching.match

    def fragile(unit: Any, automation: Any, events: Any, known: Any, **more: Any) -> Any:
        if any(bad in each.records for each in events if each.entity == "deal"):
            raise ZeroDivisionError
        return real(unit, automation, events, known, **more)

    monkeypatch.setattr("app.automation.dispatch.match", fragile)
    dispatch(office.store, office.store.clock())
    assert [each.subject for each in stored(office, "task")] == ["Good"]


def test_what_nobody_listens_to_is_done_at_once(open_small: Open) -> None:
    office = open_small()
    deals(office, {"name": "One"})
    with office.store.system_reading() as connection:
        assert connection.execute(sa.select(outbox.c.done_at).where(outbox.c.entity == "deal")).scalar_one() is not None


def test_a_warning_is_confirmed_by_what_the_automation_is(open_small: Open) -> None:
    office = open_small(much={"trigger": {"changed": "note"}, "actions": {"more": {"set": {"count": 500}}}})
    (one,) = deals(office, {"name": "One"})
    change(office, one, note="x")
    drain(office)
    assert stored(office, "deal")[0].count == 500
    with office.store.system_reading() as connection:
        query = sa.select(audit.c.changes).where(audit.c.entity == "deal").order_by(audit.c.id.desc()).limit(1)
        assert connection.execute(query).scalar_one()["rule.rich"] == [None, "automation much"]


def test_what_clashes_in_other_records_leaves_its_record_out_alone(new_url: str) -> None:
    tree = tree_of(name={"trigger": {"changed": "name"}, "actions": {"copy": {"set": {"note": {"formula": "name"}}}}})
    mark = {"type": "text", "unique": True, "formula": "concat(deal.note, subject)"}
    tree["entities"]["task"]["fields"]["mark"] = mark
    with opened(new_url, tree) as office:
        one, two, three = deals(office, *({"name": name, "note": name} for name in ("a", "b", "c")))
        rows = [{"subject": "call", "deal": each} for each in (one, two, three)]
        assert isinstance(create(office.store, BOSS, "task", rows, door="api"), Saved)
        drain(office)
        change(office, one, name="x")
        change(office, two, name="x")
        change(office, three, name="y")
        drain(office)
        assert [each.note for each in stored(office, "deal")] == ["x", "b", "y"]
        assert [each.mark for each in stored(office, "task")] == ["xcall", "bcall", "ycall"]
        found = [(each.records, each.state) for each in runs(office)]
        assert found == [([one], "done"), ([two], "failed"), ([three], "done")]

"""Actions beyond the record itself: related records, approvals, reviews, what an extension registered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.automation.approval_rows import read_asked
from app.automation.approvals import decide
from app.automation.deliveries import deliver_next
from app.automation.replay import replay
from app.automation.senders import SENDERS
from app.extension import load_extensions
from app.orm.framework import approval, audit, delivery, notice, outbox, review
from app.record import Change, Refused, Saved, create, update
from app.settings import Settings
from tests import extension_example
from tests.unit.approving import Office, opened
from tests.unit.automation.test_dispatch import BOSS, change, deals, drain, runs, stored, tree_of

Open = Callable[..., Office]
HERE = Settings(data_dir=Path())
SPREAD = {
    "update_related": {
        "related": "tasks",
        "where": "is_blank(done) and subject != 'Keep'",
        "values": {"subject": {"formula": "name"}, "done": {"formula": "today()"}},
    }
}
STEP = {"when": "amount > 100000", "approvers": "owner.manager"}
CLOSE = {"trigger": {"stage": "won"}, "actions": {"all": SPREAD}}


def company(**automations: Any) -> dict[str, Any]:
    tree = tree_of(**automations)
    task = tree["entities"]["task"]["fields"]
    task |= {
        "done": {"type": "date"},
        "due": {"type": "date"},
        "status": {"type": "picklist", "options": {"open": {}, "done": {}}, "default": "open"},
    }
    task["deal"] |= {"inverse": "tasks"}
    tree["entities"]["deal"]["fields"]["friends"] = {
        "type": "lookup",
        "to": ["deal"],
        "many": True,
        "inverse": "friend_of",
    }
    tree["entities"]["deal"]["fields"]["mother"] = {"type": "lookup", "to": ["deal"], "inverse": "daughters"}
    tree["approvals"] = {
        "check": {"entity": "deal", "show": ["amount"], "read_only": ["amount"], "steps": {"boss": STEP}}
    }
    tree["reviews"] = {
        "look": {"entity": "deal", "label": {"en": "Look", "zh": "检查"}, "every": "quarter", "day": 1, "assign_to": "owner",
                 "due_within": "5 days", "checklist": {"data": {"label": "Data"}}},
    }  # fmt: skip
    return tree


@pytest.fixture
def open_with(new_url: str) -> Iterator[Open]:
    with ExitStack() as stack:
        yield lambda **automations: stack.enter_context(opened(new_url, company(**automations)))


@pytest.fixture
def open_small(sqlite_url: str) -> Iterator[Open]:
    with ExitStack() as stack:
        yield lambda **automations: stack.enter_context(opened(sqlite_url, company(**automations)))


def tasks(office: Office, deal: int, *subjects: str) -> tuple[int, ...]:
    outcome = create(office.store, BOSS, "task", [{"subject": each, "deal": deal} for each in subjects], door="api")
    assert isinstance(outcome, Saved), outcome
    return outcome.ids


def rows(office: Office, table: sa.Table) -> list[Any]:
    with office.store.system_reading() as connection:
        return list(connection.execute(sa.select(table).order_by(table.c.id)).all())


def test_what_points_to_the_record_is_changed_where_the_condition_holds(open_with: Open) -> None:
    office = open_with(close=CLOSE)
    one, other = deals(office, {"name": "One"}, {"name": "Other"})
    tasks(office, one, "A", "B", "Keep")
    tasks(office, other, "C")
    change(office, one, stage="won")
    drain(office)
    assert [(each.subject, each.done is not None) for each in stored(office, "task")] == [
        ("One", True), ("One", True), ("Keep", False), ("C", False),
    ]  # fmt: skip
    assert runs(office)[0].result == {"all": {"done": 1, "refused": []}}
    assert rows(office, outbox)[-1].chain == ["close"]
    assert drain(office) == 0


def spread(related: str, **values: str) -> dict[str, Any]:
    """What happens to related records where a deal is won."""
    said = {"related": related, "values": {key: {"formula": each} for key, each in values.items()}}
    return {"trigger": {"stage": "won"}, "actions": {"all": {"update_related": said}}}


def test_where_one_related_record_is_refused_the_others_of_that_one_stay_too(open_with: Open) -> None:
    office = open_with(close=spread("friends", note='if(name == "Bad", if(is_blank(amount), "", "devil"), "x")'))
    a, b, c = map(str, deals(office, {"name": "A"}, {"name": "B"}, {"name": "C"}))
    rows_ = ({"name": "Good", "friends": [a]}, {"name": "Bad", "amount": "1", "friends": [b, c]})
    good, bad = deals(office, *rows_)
    change(office, good, bad, stage="won")
    drain(office)
    assert [each.note for each in stored(office, "deal")] == ["x", None, None, None, None]
    (run,) = runs(office)
    assert (run.state, run.result["all"]["refused"]) == ("failed", [[bad, {"en": "No devils.", "zh": "不行。"}]])


def test_of_two_that_lead_to_one_record_the_last_counts(open_small: Open) -> None:
    office = open_small(up=spread("mother", note="name"))
    (mother,) = deals(office, {"name": "Mother"})
    one, two = deals(office, *({"name": each, "mother": str(mother)} for each in ("One", "Two")))
    change(office, one, two, stage="won")
    drain(office)
    assert stored(office, "deal")[0].note == "Two"
    audited = [each for each in rows(office, audit) if each.record == mother and each.action == "update"]
    assert [each.changes["note"] for each in audited] == [[None, "Two"]]


ASK = {"trigger": {"becomes": "amount > 100000"}, "actions": {"ask": {"request_approval": "check"}}}


def ask(office: Office) -> int:
    (record,) = deals(office, {"name": "Big", "amount": "10"})
    drain(office)
    office.later(seconds=1)
    outcome = update(office.store, office.actor("rep"), "deal", [Change(record, {"amount": "200000"})], door="api")
    assert isinstance(outcome, Saved)
    office.later(seconds=1)
    drain(office)
    return record


def test_an_approval_is_asked_for_locks_and_is_decided(open_with: Open) -> None:
    office = open_with(ask=ASK)
    record = ask(office)
    (asked,) = of_asked(office, record)
    assert (asked.approval, asked.field, asked.state, asked.asked_by) == ("check", None, "waiting", office.ids["rep"])
    assert [each.user for each in asked.asks] == [office.ids["manager"]]
    locked = update(office.store, office.actor("rep"), "deal", [Change(record, {"amount": "5"})], door="api")
    assert isinstance(locked, Refused)
    assert isinstance(decide(office.store, office.actor("manager"), asked.id, agree=True, door="form"), Saved)
    assert of_asked(office, record)[0].state == "done"
    told = [(each.kind, each.user_id) for each in rows(office, notice)]
    assert told == [("approval.asked", office.ids["manager"]), ("approval.agreed", office.ids["rep"])]
    assert isinstance(
        update(office.store, office.actor("rep"), "deal", [Change(record, {"amount": "5"})], door="api"), Saved
    )


def of_asked(office: Office, record: int) -> list[Any]:
    with office.store.system_reading() as connection:
        return read_asked(connection.execute, approval.c.record == record)


def test_what_waits_already_or_finds_nobody_is_refused_in_the_log(open_small: Open) -> None:
    office = open_small(ask={**ASK, "trigger": "update"})
    record = ask(office)
    change(office, record, note="again")
    drain(office)
    (nobody,) = deals(office, {"name": "Boss's", "owner": office.ids["boss"]})
    change(office, nobody, amount="200000")
    drain(office)
    first, again, third = runs(office)
    assert first.state == "done"
    assert again.result["ask"]["refused"][0][1]["en"] == "This record is already waiting for an approval."
    assert third.result["ask"]["refused"][0][0] == nobody
    assert [each.record for each in rows(office, approval)] == [record]


def test_an_approval_without_a_step_asks_nobody(open_small: Open) -> None:
    office = open_small(ask={**ASK, "trigger": "create"})
    deals(office, {"name": "Small", "amount": "1"})
    drain(office)
    assert rows(office, approval) == []
    assert runs(office)[0].state == "done"


def test_a_review_is_started_once_in_its_period(open_with: Open) -> None:
    office = open_with(start={"trigger": {"changed": ["note"]}, "actions": {"look": {"start_review": "look"}}})
    one, two = deals(office, {"name": "One"}, {"name": "Two"})
    change(office, one, two, note="a")
    drain(office)
    assert [(each.record, each.period, each.state) for each in rows(office, review)] == [
        (one, dt.date(2026, 7, 1), "open"), (two, dt.date(2026, 7, 1), "open"),
    ]  # fmt: skip
    assert [(each.subject, each.deal, each.owner) for each in stored(office, "task")] == [
        ("Look: One", one, office.ids["rep"]), ("Look: Two", two, office.ids["rep"]),
    ]  # fmt: skip
    (told,) = rows(office, notice)
    assert (told.kind, told.user_id, told.params) == (
        "review_raised",
        office.ids["rep"],
        {"review": "Look", "count": 2},
    )
    (three,) = deals(office, {"name": "Three"})
    change(office, one, three, note="b")
    drain(office)
    assert [each.record for each in rows(office, review)] == [one, two, three]
    assert runs(office)[-1].result["look"]["refused"] == [
        [one, {"en": "This period has a review of it already.", "zh": "本周期内已有该记录的复查。"}]
    ]


def test_what_an_extension_registered_is_called_with_a_key_that_stays(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_extensions(["tests.extension_example"])
    monkeypatch.setattr(extension_example, "SENT", [])
    push = {"run": "push_to_erp", "with": {"kind": "won", "name": {"formula": "name"}, "amount": {"formula": "amount"}}}
    tree = company(push={"trigger": {"stage": "won"}, "actions": {"erp": push}})
    tree["pack"]["extensions"] = ["tests.extension_example"]
    with opened(sqlite_url, tree) as office:
        (record,) = deals(office, {"name": "Big", "amount": "20"})
        change(office, record, stage="won")
        drain(office)
        assert extension_example.SENT == []  # nothing is called within the unit
        assert deliver_next(office.store, HERE, "me", SENDERS)
        (sent,) = rows(office, delivery)
        assert (sent.state, sent.kind, sent.target, sent.record) == ("done", "extension", "push_to_erp", record)
        assert [{"kind": "won", "name": "Big", "amount": "20.0000", "key": sent.key}] == extension_example.SENT


def test_an_extension_that_raises_is_tried_again(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    load_extensions(["tests.extension_example"])
    monkeypatch.setattr(extension_example, "SENT", None)
    tree = company(push={"trigger": "create", "actions": {"erp": {"run": "push_to_erp", "with": {"kind": "new"}}}})
    tree["pack"]["extensions"] = ["tests.extension_example"]
    with opened(sqlite_url, tree) as office:
        deals(office, {"name": "Big"}, {"name": "Small"})
        drain(office)
        assert deliver_next(office.store, HERE, "me", SENDERS)
        sent, other = rows(office, delivery)
        assert (sent.state, sent.attempts, other.attempts) == ("waiting", 1, 0)
        assert sent.answer.startswith("TypeError")


def test_shadows_and_replays_name_them_and_do_nothing(open_small: Open) -> None:
    office = open_small(close={**CLOSE, "mode": "shadow"}, ask={**ASK, "mode": "shadow"})
    record = ask(office)
    tasks(office, record, "A")
    change(office, record, stage="won")
    drain(office)
    assert [(each.automation, each.mode, each.result) for each in runs(office)] == [
        ("ask", "shadow", None), ("close", "shadow", None),
    ]  # fmt: skip
    assert rows(office, approval) == []
    assert stored(office, "task")[0].subject == "A"
    replayed = [
        (each.automation.key, each.records) for each in replay(office.store, dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    ]
    assert replayed == [("ask", (record,)), ("close", (record,))]

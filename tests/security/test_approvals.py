"""Approvals are decided by who was asked, and seen by who reads the record, is asked, or asked."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from app.record import Refused, Saved
from tests.unit.approving import Office, codes, opened, tree_of
from tests.unit.approving_site import Counter, counter_of

ACTS = ("agree", "reject", "recall")
BIG = "900000"


@pytest.fixture(scope="module")
def counter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    folder = tmp_path_factory.mktemp("approvals")
    with counter_of(f"sqlite:///{folder / 'crm.db'}", folder) as found:
        yield found


@pytest.fixture
def office(new_url: str) -> Iterator[Office]:
    with opened(new_url, tree_of(self_approval=False)) as found:
        yield found


def body(counter: Counter, login: str, method: str, path: str) -> tuple[int, str]:
    answer = counter.send(login, method, path, {"comment": "me too"} if method == "POST" else None)
    return answer.status_code, answer.text


def test_others_approvals_are_not_there(counter: Counter) -> None:
    approval = counter.ask(counter.office.deal())
    for method, rest in (("GET", ""), *(("POST", f"/{each}") for each in ACTS)):
        absent = body(counter, "other", method, f"approvals/999999{rest}")
        assert absent[0] == 404
        assert body(counter, "other", method, f"approvals/{approval}{rest}") == absent
        for nonsense in ("0", "x", "99999999999999999999"):
            assert body(counter, "other", method, f"approvals/{nonsense}{rest}")[0] == 404
    assert counter.send("other", "GET", "approvals/").json["result"] == []


def test_who_reads_the_record_sees_it_and_may_not_decide(counter: Counter) -> None:
    approval = counter.ask(counter.office.deal())
    for login in ("boss", "rep"):
        assert counter.send(login, "GET", f"approvals/{approval}").status_code == 200
        for act in ("agree", "reject"):
            assert body(counter, login, "POST", f"approvals/{approval}/{act}")[0] == 403
    assert body(counter, "boss", "POST", f"approvals/{approval}/recall")[0] == 403
    assert counter.send("manager", "GET", f"approvals/{approval}").json["result"]["state"] == "waiting"


def test_who_is_asked_sees_the_figures_of_a_record_that_he_does_not_read(counter: Counter) -> None:
    deal = counter.office.deal(amount=BIG, cost="123456.78")
    approval = counter.ask(deal)
    assert counter.send("director", "GET", f"approvals/{approval}").status_code == 404  # not asked yet
    assert counter.send("manager", "POST", f"approvals/{approval}/agree").status_code == 200
    assert counter.send("director", "GET", f"deal/{deal}").status_code == 404
    found = counter.send("director", "GET", f"approvals/{approval}").json["result"]
    assert found["figures"]["amount"] == "900000.0000"
    assert "cost" not in found["figures"]
    assert counter.send("second", "POST", f"approvals/{approval}/agree").status_code == 200
    assert counter.send("director", "GET", f"approvals/{approval}").json["result"]["figures"] is None


def test_what_is_decided_recalled_or_gone_is_not_decided_again(counter: Counter) -> None:
    decided, recalled, gone = (counter.ask(counter.office.deal()) for _ in range(3))
    assert counter.send("manager", "POST", f"approvals/{decided}/agree").status_code == 200
    assert counter.send("rep", "POST", f"approvals/{recalled}/recall").status_code == 200
    record = counter.send("rep", "GET", f"approvals/{gone}").json["result"]["record"]
    assert counter.send("rep", "DELETE", f"deal/{record}").status_code == 204
    for approval in (decided, recalled, gone):
        for act in ("agree", "reject"):
            assert body(counter, "manager", "POST", f"approvals/{approval}/{act}")[0] == 409
        assert body(counter, "rep", "POST", f"approvals/{approval}/recall")[0] == 409


def test_nobody_agrees_to_what_he_asked_for(office: Office) -> None:
    deal = office.deal("manager", amount=BIG)
    approval = office.asked(deal, "manager")  # his manager is asked
    assert codes(office.says("manager", approval)) == [(None, "access.denied", "own_approval")]
    assert office.inbox("manager") == []
    assert [each.id for each in office.inbox("director")] == [approval]


def test_two_who_decide_at_once_decide_once(office: Office) -> None:
    deal = office.deal(amount=BIG)
    approval = office.asked(deal)
    assert isinstance(office.says("manager", approval), Saved)
    begin, outcomes = threading.Barrier(2), []

    def say(login: str) -> None:
        begin.wait()
        outcomes.append(office.says(login, approval))

    several = [threading.Thread(target=say, args=(login,)) for login in ("director", "second")]
    for each in several:
        each.start()
    for each in several:
        each.join()
    assert sorted(type(each).__name__ for each in outcomes) == ["Refused", "Saved"]
    (refused,) = [each for each in outcomes if isinstance(each, Refused)]
    assert codes(refused) == [(None, "record.changed", "approval")]
    (asked,) = office.approvals(deal)
    assert (asked.state, sorted(each.state for each in asked.asks)) == ("done", ["agreed", "agreed", "dropped"])
    assert office.stored(deal)["version"] == 2


def test_two_who_ask_at_once_ask_once(office: Office) -> None:
    deal = office.deal()
    begin, outcomes = threading.Barrier(2), []

    def ask() -> None:
        begin.wait()
        outcomes.append(office.ask(deal))

    several = [threading.Thread(target=ask) for _ in range(2)]
    for each in several:
        each.start()
    for each in several:
        each.join()
    (refused,) = [each for each in outcomes if isinstance(each, Refused)]
    assert codes(refused) == [("stage", "transition.needs_approval", "waiting")]
    assert len(office.approvals(deal)) == 1

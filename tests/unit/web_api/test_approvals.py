"""Approvals by REST: asked for with the move, listed for who decides, answered, recalled."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.access import reading
from app.record import history
from tests.unit import approving_site
from tests.unit.approving import tree_of
from tests.unit.approving_site import Counter, counter_of


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    with counter_of(f"sqlite:///{tmp_path / 'crm.db'}", tmp_path) as found:
        yield found


def test_a_move_that_needs_one_is_refused_and_asked_for(counter: Counter) -> None:
    deal = counter.office.deal()
    for method, path, body in (
        ("POST", f"deal/{deal}/transition", {"to": "negotiation"}),
        ("PATCH", f"deal/{deal}", {"stage": "negotiation"}),
    ):
        answer = counter.send("rep", method, path, body)
        assert (answer.status_code, answer.json["code"]) == (422, "transition.needs_approval")
    body = {"to": "negotiation", "approval": {"comment": "Please."}}
    answer = counter.send("rep", "POST", f"deal/{deal}/transition", body)
    assert answer.status_code == 202
    found = answer.json["result"]
    assert found["record"] == str(deal)
    assert (found["from"], found["to"], found["state"], found["step"]) == (
        "proposal",
        "negotiation",
        "waiting",
        "review.manager",
    )
    assert found["comment"] == "Please."
    assert [each["user"]["label"] for each in found["asks"]] == ["Manager"]
    assert found["asks"][0]["due"] == "2026-07-03T02:00:00.000Z"


def test_it_is_agreed_and_the_move_is_made(counter: Counter) -> None:
    deal = counter.office.deal()
    approval = counter.ask(deal)
    waiting = counter.send("manager", "GET", "approvals/").json
    assert (waiting["count"], waiting["result"][0]["id"]) == (1, approval)
    assert waiting["result"][0]["figures"] == {
        "id": str(deal),
        "version": 1,
        "name": "Deal",
        "amount": "200000.0000",
    }
    assert counter.send("rep", "GET", "approvals/").json["count"] == 0
    answer = counter.send("manager", "POST", f"approvals/{approval}/agree", {"comment": "fine"})
    assert (answer.status_code, answer.json["result"]["state"]) == (200, "done")
    assert counter.send("rep", "GET", f"deal/{deal}").json["result"]["stage"] == "negotiation"


def test_a_rejection_says_why(counter: Counter) -> None:
    deal = counter.office.deal()
    approval = counter.ask(deal)
    answer = counter.send("manager", "POST", f"approvals/{approval}/reject")
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "comment")
    answer = counter.send("manager", "POST", f"approvals/{approval}/reject", {"comment": "too dear"})
    assert answer.json["result"]["state"] == "rejected"
    assert answer.json["result"]["asks"][0]["comment"] == "too dear"


def test_a_small_move_needs_nobody_and_is_made(counter: Counter) -> None:
    deal = counter.office.deal(amount="5000")
    body = {"to": "negotiation", "approval": {}}
    answer = counter.send("rep", "POST", f"deal/{deal}/transition", body)
    assert (answer.status_code, answer.json["result"]["stage"]) == (200, "negotiation")


@pytest.mark.parametrize("body", [[], {"comment": 1}, {"comment": "x", "more": 1}, "x"])
def test_a_malformed_answer_is_told(counter: Counter, body: object) -> None:
    approval = counter.ask(counter.office.deal())
    answer = counter.send("manager", "POST", f"approvals/{approval}/agree", body)
    assert (answer.status_code, answer.json["code"]) == (400, "request.malformed")


@pytest.mark.parametrize("comment", ["a\0b", "x" * 2001])
def test_a_comment_that_can_not_be_kept_is_refused(counter: Counter, comment: str) -> None:
    approval = counter.ask(counter.office.deal())
    answer = counter.send("manager", "POST", f"approvals/{approval}/agree", {"comment": comment})
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "comment")


def test_openapi_tells_of_them(counter: Counter) -> None:
    described = counter.send("rep", "GET", "openapi.json").json
    assert {path for path in described["paths"] if "approvals" in path} == {
        "/api/v1/approvals/",
        "/api/v1/approvals/{id}",
        "/api/v1/approvals/{id}/agree",
        "/api/v1/approvals/{id}/reject",
        "/api/v1/approvals/{id}/recall",
    }
    assert "202" in described["paths"]["/api/v1/deal/{id}/transition"]["post"]["responses"]


def test_what_waits_comes_in_pages(counter: Counter) -> None:
    asked = [counter.ask(counter.office.deal()) for _ in range(3)]
    first = counter.send("manager", "GET", "approvals/?limit=2").json
    assert [each["id"] for each in first["result"]] == asked[:0:-1]
    assert (first["count"], first["next"]) == (3, asked[1])
    rest = counter.send("manager", "GET", f"approvals/?limit=2&cursor={first['next']}").json
    assert ([each["id"] for each in rest["result"]], rest["count"], rest["next"]) == (asked[:1], 3, None)
    for wrong in ("limit=0", "limit=101", "limit=x", "cursor=x", "cursor="):
        assert counter.send("manager", "GET", f"approvals/?{wrong}").status_code == 400


def test_a_hidden_stage_is_not_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = tree_of()
    tree["entities"]["deal"]["fields"]["stage"]["restricted"] = True
    for role in ("manager", "rep"):
        tree["roles"][role]["grants"]["deal"]["fields"] = {"stage": "write"}
    tree["roles"]["director"]["grants"]["deal"] = {"read": "all"}
    monkeypatch.setattr(approving_site, "tree_of", lambda: tree)
    with counter_of(f"sqlite:///{tmp_path / 'crm.db'}", tmp_path) as counter:
        deal = counter.office.deal(amount="900000")
        approval = counter.ask(deal, comment="Please.")
        for login, told in (("manager", ("stage", "proposal", "negotiation", "Please.")), ("director", (None,) * 4)):
            found = counter.send(login, "GET", f"approvals/{approval}").json["result"]
            assert (found["field"], found["from"], found["to"], found["comment"]) == told
        assert counter.send("manager", "POST", f"approvals/{approval}/agree", {"comment": "Fine."}).status_code == 200
        found = counter.send("director", "GET", f"approvals/{approval}").json["result"]  # who is asked now
        assert (found["to"], found["comment"], found["asks"][0]["comment"]) == (None, "Please.", "Fine.")
        for login, known in (("manager", ["agree", "ask"]), ("director", [])):
            actor = counter.office.actor(login)
            with reading(counter.office.store, actor) as session:
                acts = history(session, counter.office.store.catalog, actor, "deal", deal)
            assert [each.action for each in acts if each.action in {"ask", "agree"}] == known

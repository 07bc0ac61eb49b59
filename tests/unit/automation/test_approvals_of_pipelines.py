"""No change between pipelines, and no beginning, leads past what one of them asks."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from app.record import Saved, create
from app.record.moves import offered
from tests.unit.approving import Office, codes, opened, tree_of

NEEDS = ("stage", "transition.needs_approval", "")


def two_lines() -> dict[str, Any]:
    """Deals of three kinds: `direct` with all its stages, `channel` with another first stage, `small` without approvals."""
    tree = tree_of()
    deal = tree["entities"]["deal"]
    kinds: dict[str, Any] = {"direct": {}, "channel": {}, "small": {}}
    deal["fields"]["kind"] = {"type": "picklist", "options": kinds, "default": "direct"}
    direct = deal["pipelines"]["direct"]
    stages = {key: each for key, each in direct["stages"].items() if key != "contact"}
    channel = {**copy.deepcopy(direct), "when": 'kind == "channel"', "stages": {"registered": {}, **stages}}
    small = {**copy.deepcopy(direct), "when": 'kind == "small"', "transitions": {}}
    deal["pipelines"] = {"channel": channel, "small": small, "direct": direct}
    return tree


@pytest.fixture
def office(new_url: str) -> Iterator[Office]:
    with opened(new_url, two_lines()) as found:
        yield found


def test_changing_over_and_moving_at_once_needs_the_approvals_of_the_way(office: Office) -> None:
    deal = office.deal(stage="contact", amount="9000000")
    assert codes(office.change("rep", deal, kind="channel", stage="won")) == [NEEDS]
    assert isinstance(office.change("rep", deal, kind="channel"), Saved)
    assert codes(office.change("rep", deal, stage="won")) == [NEEDS]
    assert codes(office.change("rep", deal, stage="negotiation", reason="")) == [
        ("reason", "stage.requires", ""),
        NEEDS,
    ]
    approval = office.asked(deal)
    assert isinstance(office.says("manager", approval), Saved)
    assert isinstance(office.says("second", approval), Saved)
    assert office.stored(deal)["stage"] == "negotiation"
    assert isinstance(office.change("rep", deal, kind="direct"), Saved)  # which asks the same, and it was agreed


def test_a_stage_that_two_pipelines_share_is_no_way_round(office: Office) -> None:
    deal = office.deal(amount="9000000", reason=None)
    assert isinstance(office.change("rep", deal, kind="small", stage="negotiation"), Saved)
    assert codes(office.change("rep", deal, kind="direct")) == [("reason", "stage.requires", ""), NEEDS]
    assert codes(office.change("rep", deal, kind="direct", reason="x")) == [NEEDS]
    assert codes(office.change("rep", deal, kind="direct", reason="x", stage="won")) == [NEEDS]
    assert isinstance(office.change("rep", deal, note="x"), Saved)
    small = office.deal(amount="1", kind="small", stage="negotiation")
    assert isinstance(office.change("rep", small, kind="direct"), Saved)  # no step's condition holds


def test_a_move_into_another_pipeline_is_one_from_its_first_stage(sqlite_url: str) -> None:
    tree = two_lines()
    channel = tree["entities"]["deal"]["pipelines"]["channel"]
    channel["moves"] = "listed"
    channel["transitions"] = {
        "check": {"from": ["registered"], "to": "proposal", "roles": ["manager"]},
        "sign": {"from": ["registered"], "to": "won", "when": "amount > 1"},
    }
    with opened(sqlite_url, tree) as office:
        deal = office.deal(stage="contact", amount="1")
        denied = "transition.not_allowed"
        assert codes(office.change("rep", deal, kind="channel", stage="proposal")) == [("stage", denied, "role")]
        assert codes(office.change("rep", deal, kind="channel", stage="negotiation")) == [("stage", denied, "way")]
        assert codes(office.change("rep", deal, kind="channel", stage="won")) == [("stage", denied, "when")]
        assert isinstance(office.change("rep", deal, kind="channel", stage="registered"), Saved)
        deal = office.deal(stage="contact", amount="2")
        assert isinstance(office.change("rep", deal, kind="channel", stage="won"), Saved)


def test_what_was_agreed_for_one_pipeline_holds_for_what_it_asked(sqlite_url: str) -> None:
    tree = two_lines()
    tree["approvals"]["other"] = {"entity": "deal", "steps": {"one": {"approvers": {"user": "other"}}}}
    small = tree["entities"]["deal"]["pipelines"]["small"]
    small["transitions"] = {"to_negotiation": {"to": "negotiation", "required": ["note"], "approval": "other"}}
    with opened(sqlite_url, tree) as office:
        deal = office.deal(kind="small", note="x")
        approval = office.asked(deal)
        assert isinstance(office.change("rep", deal, note=None), Saved)
        assert isinstance(office.says("other", approval), Saved)
        assert [each.state for each in office.approvals(deal)] == ["agreed"]
        assert codes(office.change("rep", deal, kind="direct", stage="negotiation", note="x")) == [NEEDS]
        assert isinstance(office.change("rep", deal, stage="negotiation", note="x"), Saved)


def test_a_record_does_not_begin_behind_an_approval(sqlite_url: str) -> None:
    tree = tree_of()
    tree["entities"]["deal"]["pipelines"]["direct"]["moves"] = "any"
    with opened(sqlite_url, tree) as office:
        row = {"name": "New", "amount": "900000", "reason": "x"}
        for stage in ("negotiation", "won"):
            outcome = create(office.store, office.actor("rep"), "deal", [{**row, "stage": stage}], door="api")
            assert codes(outcome) == [("stage", "transition.not_allowed", "start")]
        for stage in ("proposal", "lost"):
            outcome = create(office.store, office.actor("rep"), "deal", [{**row, "stage": stage}], door="api")
            assert isinstance(outcome, Saved)


def test_a_record_does_not_begin_behind_a_move_that_is_for_others(sqlite_url: str) -> None:
    tree = tree_of()
    line = tree["entities"]["deal"]["pipelines"]["direct"]
    line["moves"] = "any"
    line["transitions"] = {"win": {"to": "won", "roles": ["manager"]}}
    with opened(sqlite_url, tree) as office:
        rep, manager = office.actor("rep"), office.actor("manager")
        pipeline = office.store.catalog.entities["deal"].pipelines["direct"]
        assert "won" not in offered(pipeline, rep, None)
        assert "won" in offered(pipeline, manager, None)
        outcome = create(office.store, rep, "deal", [{"name": "New", "stage": "won"}], door="import")
        assert codes(outcome) == [("stage", "transition.not_allowed", "start")]
        assert isinstance(create(office.store, manager, "deal", [{"name": "New", "stage": "won"}], door="api"), Saved)
        assert isinstance(create(office.store, rep, "deal", [{"name": "New", "stage": "proposal"}], door="api"), Saved)


def test_conditions_that_ask_of_the_person_ask_of_who_asked(new_url: str) -> None:
    tree = two_lines()
    deal = tree["entities"]["deal"]
    deal["pipelines"]["small"]["when"] = 'has_role("manager")'
    tree["approvals"]["review"]["steps"] = {
        "one": {"approvers": "owner.manager"},
        "two": {"when": 'has_role("rep") and user.manager.name == "Manager"', "approvers": {"role": "director"}},
        "three": {"when": 'not has_role("rep")', "approvers": {"role": "manager"}},
    }
    with opened(new_url, tree) as office:
        record = office.deal()
        approval = office.asked(record)
        assert isinstance(office.says("manager", approval), Saved)
        assert office.stored(record)["stage"] == "proposal"
        assert [each.id for each in office.inbox("director")] == [approval]
        assert isinstance(office.says("director", approval), Saved)
        assert office.stored(record)["stage"] == "negotiation"

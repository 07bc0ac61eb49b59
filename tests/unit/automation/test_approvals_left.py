"""What waits for approval ends where a new configuration has no place for it, and people are told."""

from __future__ import annotations

from typing import Any

import pytest

from app.access import reading
from app.automation.approvals_left import end_left, foretell_left
from app.orm.engine import PLAN, UNIT
from app.plan.step import Kind
from app.record import Saved, history
from tests.unit.approving import Office, opened, tree_of


def without_approvals(tree: dict[str, Any]) -> None:
    tree["approvals"] = {}
    del tree["entities"]["deal"]["pipelines"]["direct"]["transitions"]["to_negotiation"]["approval"]


def without_the_stage(tree: dict[str, Any]) -> None:
    line = tree["entities"]["deal"]["pipelines"]["direct"]
    line["stages"].pop("negotiation")
    line["transitions"]["to_negotiation"]["to"] = "won"


def switched(office: Office, tree: dict[str, Any]) -> Office:
    new = office.rebuilt(tree)
    with office.store.engine.execution_options(**{UNIT: PLAN}).begin() as connection:
        end_left(connection, office.store.models, new.store.models, 0)
    return new


@pytest.mark.parametrize("change", [without_approvals, without_the_stage])
def test_what_has_no_place_any_more_ends_and_people_are_told(new_url: str, change: Any) -> None:
    with opened(new_url, tree_of()) as office:
        deal = office.deal()
        office.asked(deal)
        tree = tree_of()
        change(tree)
        new = switched(office, tree)
        (asked,) = new.approvals(deal)
        assert (asked.state, [each.state for each in asked.asks]) == ("void", ["dropped"])
        assert new.inbox("manager") == []
        assert isinstance(new.change("rep", deal, amount="1"), Saved)
        assert [new.told(login).count("approval.void") for login in ("rep", "manager", "director")] == [1, 1, 0]
        actor = new.actor("boss")
        with reading(new.store, actor) as session:
            told = history(session, new.store.catalog, actor, "deal", deal)
        assert sorted(each.action for each in told[:2]) == ["update", "void"]  # the office has a clock of its own


def replaced(tree: dict[str, Any]) -> None:
    tree["approvals"]["other"] = tree["approvals"].pop("review")
    tree["entities"]["deal"]["pipelines"]["direct"]["transitions"]["to_negotiation"]["approval"] = "other"


def test_what_is_only_changed_goes_on_as_it_began(sqlite_url: str) -> None:
    with opened(sqlite_url, tree_of()) as office:
        deal = office.deal()
        approval = office.asked(deal)
        tree = tree_of(self_approval=True)
        assert foretold(office, tree) == []
        new = switched(office, tree)
        assert [each.id for each in new.inbox("manager")] == [approval]


@pytest.mark.parametrize("change", [without_approvals, without_the_stage, replaced])
def test_the_plan_tells_what_ends(new_url: str, change: Any) -> None:
    with opened(new_url, tree_of()) as office:
        first, second = office.deal(), office.deal()
        office.asked(first)
        tree = tree_of()
        change(tree)
        assert foretold(office, tree) == [("review", "1 open approval ends, people are told")]
        office.asked(second)
        assert foretold(office, tree) == [("review", "2 open approvals end, people are told")]
        assert foretold(office, tree_of()) == []
        switched(office, tree)
        assert foretold(office, tree) == []


def test_what_is_replaced_by_another_ends(sqlite_url: str) -> None:
    """Nobody could make the move with what would be agreed."""
    with opened(sqlite_url, tree_of()) as office:
        deal = office.deal()
        office.asked(deal)
        tree = tree_of()
        replaced(tree)
        new = switched(office, tree)
        assert [each.state for each in new.approvals(deal)] == ["void"]
        assert new.inbox("manager") == []
        assert new.told("rep").count("approval.void") == 1
        again = new.asked(deal)
        assert [each.id for each in new.inbox("manager")] == [again]


def foretold(office: Office, tree: dict[str, Any]) -> list[tuple[str, str]]:
    after = office.rebuilt(tree).store.models
    with office.store.system_reading() as connection:
        steps = list(foretell_left(connection, office.store.models, after))
    assert {each.kind for each in steps} <= {Kind.END_APPROVALS}
    return [(each.target, each.impact) for each in steps]

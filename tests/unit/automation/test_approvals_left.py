"""What waits for approval ends where a new configuration has no place for it, and people are told."""

from __future__ import annotations

from typing import Any

import pytest

from app.access import reading
from app.automation.approvals_left import end_left
from app.orm.engine import PLAN, UNIT
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
def test_what_has_no_place_any_more_ends_and_people_are_told(database_url: str, change: Any) -> None:
    with opened(database_url, tree_of()) as office:
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
        assert [each.action for each in told][:2] == ["update", "void"]


def test_what_is_only_changed_goes_on_as_it_began(sqlite_url: str) -> None:
    with opened(sqlite_url, tree_of()) as office:
        deal = office.deal()
        approval = office.asked(deal)
        tree = tree_of()
        tree["approvals"]["other"] = tree["approvals"].pop("review")
        tree["entities"]["deal"]["pipelines"]["direct"]["transitions"]["to_negotiation"]["approval"] = "other"
        new = switched(office, tree)
        assert [each.id for each in new.inbox("manager")] == [approval]

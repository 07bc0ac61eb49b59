"""Approvals of moves: nobody passes without one, those decide who were asked, and what was agreed is carried out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.record import Refused, Saved
from tests.unit.approving import Office, codes, opened, tree_of


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    with opened(database_url, tree_of()) as found:
        yield found


def test_a_move_is_asked_for_agreed_and_carried_out(office: Office) -> None:
    deal = office.deal()
    approval = office.asked(deal, comment="please")
    assert [each.id for each in office.inbox("manager")] == [approval]
    assert office.inbox("director") == office.inbox("rep") == []
    assert office.stored(deal)["stage"] == "proposal"
    assert isinstance(office.says("manager", approval, comment="fine"), Saved)
    assert office.stored(deal)["stage"] == "negotiation"
    (asked,) = office.approvals(deal)
    assert (asked.state, asked.comment, [each.comment for each in asked.asks]) == ("done", "please", ["fine"])
    assert office.inbox("manager") == []


@pytest.mark.parametrize("door", ["form", "inline", "bulk", "api", "automation"])
def test_no_door_leads_past_an_approval(office: Office, door: str) -> None:
    deal = office.deal()
    for login in ("rep", "boss", "manager"):
        outcome = office.change(login, deal, door, stage="negotiation")
        assert codes(outcome) == [("stage", "transition.needs_approval", "")]
        assert isinstance(outcome, Refused)
        assert outcome.status == "invalid"
    jump = office.change("rep", deal, door, stage="won")
    assert codes(jump) == [("stage", "transition.needs_approval", "")]
    assert isinstance(office.change("rep", deal, door, stage="lost"), Saved)

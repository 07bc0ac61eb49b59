"""People agree to what they have seen: whatever changes a figure ends the approval."""

from __future__ import annotations

from typing import Any

import pytest

from app.access import system_actor
from app.record import Change, Saved, create, delete, update
from app.record.recompute import repair
from tests.unit.approving import SEED, Office, opened, tree_of

BY_MANAGER = {"one": {"approvers": "owner.manager"}}


def told_apart(show: list[str], **fields: Any) -> dict[str, Any]:
    """Deals with these fields besides, nothing of which is kept while an approval waits."""
    tree = tree_of(read_only=["note"], show=["name", *show], steps=BY_MANAGER)
    tree["entities"]["deal"]["fields"].update(fields)
    tree["entities"]["firm"] = {"name_field": "name", "fields": {"name": {"type": "text"}}}
    tree["entities"]["line"]["parent"] = {"field": "deal"}
    for role in ("manager", "rep"):
        every = {"create": True, "read": "all", "update": "all", "delete": "all"}
        tree["roles"][role]["grants"] |= {"line": every, "firm": every}
    return tree


def made(office: Office, entity: str, **values: Any) -> int:
    outcome = create(office.store, SEED, entity, [values], door="seed")
    assert isinstance(outcome, Saved), outcome
    return outcome.ids[0]


def states(office: Office, deal: int) -> list[str]:
    return [each.state for each in office.approvals(deal)]


@pytest.mark.parametrize("agreed", [False, True])
def test_a_sum_over_other_records_is_a_figure(new_url: str, *, agreed: bool) -> None:
    tree = told_apart(["total"])
    with opened(new_url, tree) as office:
        deal = office.deal()
        line = made(office, "line", name="a", quantity=11, deal=deal)
        approval = office.asked(deal)
        if agreed:
            assert isinstance(office.change("rep", deal, reason=None), Saved)
            assert isinstance(office.says("manager", approval), Saved)
        rep = office.actor("rep")
        assert isinstance(update(office.store, rep, "line", [Change(line, {"name": "b"})], door="api"), Saved)
        assert states(office, deal) == ["agreed" if agreed else "waiting"]
        assert isinstance(update(office.store, rep, "line", [Change(line, {"quantity": 12})], door="api"), Saved)
        assert states(office, deal) == ["void"]


def test_a_lookup_that_is_emptied_because_its_record_goes_is_a_figure(new_url: str) -> None:
    firm = {"type": "lookup", "to": ["firm"], "on_delete": "clear"}
    with opened(new_url, told_apart(["firm"], firm=firm)) as office:
        gone, other = made(office, "firm", name="A"), made(office, "firm", name="B")
        deal = office.deal(firm=gone)
        office.asked(deal)
        assert isinstance(delete(office.store, office.actor("rep"), "firm", [other], door="api"), Saved)
        assert states(office, deal) == ["waiting"]
        assert isinstance(delete(office.store, office.actor("rep"), "firm", [gone], door="api"), Saved)
        assert office.stored(deal)["firm"] is None
        assert states(office, deal) == ["void"]


def test_every_language_of_a_text_and_both_halves_of_a_lookup_are_figures(sqlite_url: str) -> None:
    fields: dict[str, Any] = {
        "pitch": {"type": "text", "translated": True},
        "link": {"type": "lookup", "to": ["deal", "user"]},
    }
    with opened(sqlite_url, told_apart(["pitch", "link"], **fields)) as office:
        values: dict[str, Any] = {"pitch": {"en": "a", "zh": "b"}, "link": {"entity": "deal", "id": "1"}}
        office.deal()
        for change in ({"pitch": {"en": "a", "zh": "c"}}, {"link": {"entity": "user", "id": "1"}}):
            deal = office.deal(**values)
            office.asked(deal)
            assert isinstance(office.change("rep", deal, reason="other"), Saved)
            assert states(office, deal) == ["waiting"]
            assert isinstance(office.change("rep", deal, **change), Saved)
            assert states(office, deal) == ["void"]


def test_what_follows_from_the_time_alone_ends_nothing(sqlite_url: str) -> None:
    age = {"type": "integer", "formula": "days_between(date(created_at), today())"}
    with opened(sqlite_url, told_apart(["age"], age=age)) as office:
        deal = office.deal()
        office.asked(deal)
        office.later(days=3)
        assert repair(office.store, system_actor("system:jobs"), [("deal", "age")]) == 1
        assert states(office, deal) == ["waiting"]

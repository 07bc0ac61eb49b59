"""Approvals of moves: nobody passes without one, those decide who were asked, and what was agreed is carried out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from app.access import reading
from app.automation.approval_deadlines import press
from app.automation.approval_lists import waiting_count
from app.automation.approvals import recall
from app.automation.deputies import name_deputy
from app.record import Change, OfApproval, Refused, Saved, create, delete, history, update
from tests.unit.approving import SEED, START, Office, codes, opened, tree_of
from tests.unit.judged import counted


@pytest.fixture
def both(new_url: str) -> Iterator[Office]:
    """The office on SQLite and on PostgreSQL, for what asks the database in ways of its own."""
    with opened(new_url, tree_of()) as found:
        yield found


@pytest.fixture
def office(sqlite_url: str) -> Iterator[Office]:
    with opened(sqlite_url, tree_of()) as found:
        yield found


def test_a_move_is_asked_for_agreed_and_carried_out(both: Office) -> None:
    deal = both.deal()
    approval = both.asked(deal, comment="please")
    assert [each.id for each in both.inbox("manager")] == [approval]
    assert both.inbox("director") == both.inbox("rep") == []
    assert both.stored(deal)["stage"] == "proposal"
    assert isinstance(both.says("manager", approval, comment="fine"), Saved)
    assert both.stored(deal)["stage"] == "negotiation"
    (asked,) = both.approvals(deal)
    assert (asked.state, asked.comment, [each.comment for each in asked.asks]) == ("done", "please", ["fine"])
    assert both.inbox("manager") == []


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


def test_asking_is_refused_with_all_that_the_move_lacks_besides(office: Office) -> None:
    assert codes(office.ask(office.deal(reason=None))) == [("reason", "stage.requires", "")]
    assert codes(office.ask(office.deal(), "director")) == [(None, "record.not_found", "")]
    assert codes(office.ask(office.deal(), to="nowhere")) == [("stage", "field.option", "")]
    assert codes(office.ask(999)) == [(None, "record.not_found", "")]


def test_a_record_waits_once(office: Office) -> None:
    deal = office.deal()
    office.asked(deal)
    assert codes(office.ask(deal)) == [("stage", "transition.needs_approval", "waiting")]
    assert codes(office.ask(deal, to="won")) == [("stage", "transition.needs_approval", "waiting")]


def test_steps_come_one_after_the_other_where_their_condition_holds(office: Office) -> None:
    small, middle, big = (office.deal(amount=each) for each in ("100000", "100001", "500001"))
    assert isinstance(office.change("rep", small, stage="negotiation"), Saved)  # needs nobody
    for deal, deciders in ((middle, ["manager"]), (big, ["manager", "director"])):
        approval = office.asked(deal)
        for login in deciders:
            assert [each.id for each in office.inbox(login)] == [approval]
            assert isinstance(office.says(login, approval), Saved)
        assert office.stored(deal)["stage"] == "negotiation"
    assert office.told("rep") == ["approval.agreed", "approval.agreed"]
    assert office.told("second") == ["approval.asked"]


def test_what_waits_is_locked_at_every_door(both: Office) -> None:
    deal = both.deal(lines=[{"name": "a", "quantity": 1}])
    approval = both.asked(deal)
    for login in ("rep", "manager"):
        for values, field in (
            ({"amount": "1"}, "amount"),
            ({"note": "x"}, "note"),
            ({"stage": "lost"}, "stage"),
            ({"lines": [{"name": "b", "quantity": 2}]}, "lines"),
        ):
            assert codes(both.change(login, deal, **values)) == [(field, "field.read_only", "approval")]
    assert isinstance(both.change("rep", deal, name="Deal"), Saved)  # what is not different is not written
    assert isinstance(both.says("manager", approval), Saved)
    assert isinstance(both.change("rep", deal, note="x"), Saved)


def test_only_what_is_named_is_locked(sqlite_url: str) -> None:
    with opened(sqlite_url, tree_of(read_only=["amount", "total"])) as office:
        deal = office.deal(lines=[{"name": "a", "quantity": 1}])
        office.asked(deal)
        assert isinstance(office.change("rep", deal, note="x"), Saved)
        assert codes(office.change("rep", deal, amount="1")) == [("amount", "field.read_only", "approval")]
        lines = [{"name": "b", "quantity": 2}]
        assert codes(office.change("rep", deal, lines=lines)) == [("total", "field.read_only", "approval")]
        assert isinstance(office.change("rep", deal, stage="lost"), Saved)
        assert [each.state for each in office.approvals(deal)] == ["void"]
        assert office.inbox("manager") == []


def test_who_configures_may_move_it_otherwise_which_ends_the_approval(office: Office) -> None:
    deal = office.deal()
    approval = office.asked(deal)
    assert isinstance(office.change("boss", deal, stage="lost"), Saved)
    (asked,) = office.approvals(deal)
    assert (asked.state, [each.state for each in asked.asks]) == ("void", ["dropped"])
    assert codes(office.says("manager", approval)) == [(None, "record.changed", "approval")]


def test_a_rejection_says_why_and_frees_the_record(office: Office) -> None:
    deal = office.deal()
    approval = office.asked(deal)
    assert codes(office.says("manager", approval, agree=False, comment="  ")) == [
        ("comment", "field.required", "comment")
    ]
    assert isinstance(office.says("manager", approval, agree=False, comment="too dear"), Saved)
    assert office.stored(deal)["stage"] == "proposal"
    assert office.told("rep") == ["approval.rejected"]
    assert isinstance(office.change("rep", deal, amount="150000"), Saved)
    office.asked(deal)  # and again
    assert [each.state for each in office.approvals(deal)] == ["waiting", "rejected"]


def test_who_asked_may_recall_it(office: Office) -> None:
    deal = office.deal()
    approval = office.asked(deal)
    for login in ("manager", "boss"):
        assert codes(recall(office.store, office.actor(login), approval, door="form")) == [
            (None, "access.denied", "recall")
        ]
    assert isinstance(recall(office.store, office.actor("rep"), approval, door="form"), Saved)
    assert office.inbox("manager") == []
    assert office.told("manager") == ["approval.asked", "approval.recalled"]
    assert isinstance(office.change("rep", deal, note="x"), Saved)


def test_a_deleted_record_is_asked_about_no_more(office: Office) -> None:
    deal = office.deal()
    office.asked(deal)
    assert isinstance(delete(office.store, office.actor("rep"), "deal", [deal], door="form"), Saved)
    assert office.inbox("manager") == []


def test_what_was_agreed_stays_so_until_the_record_is_ready(sqlite_url: str) -> None:
    with opened(sqlite_url, tree_of(read_only=["amount"])) as office:
        deal = office.deal()
        approval = office.asked(deal)
        assert isinstance(office.change("rep", deal, reason=None), Saved)
        assert isinstance(office.says("manager", approval), Saved)
        assert [each.state for each in office.approvals(deal)] == ["agreed"]
        assert office.told("rep") == ["approval.ready"]
        assert codes(office.change("rep", deal, stage="negotiation")) == [("reason", "stage.requires", "")]
        assert codes(office.change("rep", deal, stage="won")) == [
            ("reason", "stage.requires", ""),
            ("stage", "transition.needs_approval", ""),
        ]
        assert isinstance(office.change("rep", deal, stage="negotiation", reason="now"), Saved)
        assert [each.state for each in office.approvals(deal)] == ["done"]


def test_what_was_agreed_holds_for_these_figures_alone(sqlite_url: str) -> None:
    with opened(sqlite_url, tree_of(read_only=["note"])) as office:
        deal = office.deal()
        approval = office.asked(deal)
        assert isinstance(office.change("rep", deal, reason=None), Saved)
        assert isinstance(office.says("manager", approval), Saved)
        assert isinstance(office.change("rep", deal, amount="499999", reason="now"), Saved)
        assert [each.state for each in office.approvals(deal)] == ["void"]
        assert codes(office.change("rep", deal, stage="negotiation")) == [("stage", "transition.needs_approval", "")]


def test_a_figure_that_changes_meanwhile_ends_what_waits(sqlite_url: str) -> None:
    with opened(sqlite_url, tree_of(read_only=["note"])) as office:
        deal = office.deal(amount="900000")
        approval = office.asked(deal)
        assert isinstance(office.says("manager", approval), Saved)
        assert isinstance(office.change("boss", deal, owner=office.ids["other"]), Saved)  # is no figure
        assert isinstance(office.change("boss", deal, amount="9000000"), Saved)
        assert [each.state for each in office.approvals(deal)] == ["void"]
        assert codes(office.says("director", approval)) == [(None, "record.changed", "approval")]
        press(office.store)
        press(office.store)
        for login in ("rep", "manager", "director"):
            assert office.told(login).count("approval.void") == 1


def test_no_way_round_leads_past_an_approval(office: Office) -> None:
    deal = office.deal()
    outcome = office.change("rep", deal, stage=None)
    if isinstance(outcome, Saved):
        assert isinstance(office.change("rep", deal, stage="negotiation"), Refused)
    for stage in ("negotiation", "won"):
        row = {"name": "New", "amount": "900000", "reason": "x", "stage": stage}
        assert isinstance(create(office.store, office.actor("rep"), "deal", [row], door="import"), Refused)


def test_what_began_under_one_configuration_ends_under_it(office: Office) -> None:
    deal = office.deal(amount="900000")
    approval = office.asked(deal)
    softer = office.rebuilt(tree_of(steps={"rep": {"approvers": {"user": "other"}}}, read_only=["note"]))
    assert codes(softer.change("rep", deal, name="x")) == [("name", "field.read_only", "approval")]
    assert isinstance(softer.says("manager", approval), Saved)
    assert [each.id for each in softer.inbox("director")] == [approval]
    assert isinstance(softer.says("director", approval), Saved)
    assert softer.stored(deal)["stage"] == "negotiation"


@pytest.mark.parametrize(
    ("need", "deciders"), [("any", ["second"]), ("all", ["second", "director"]), (2, ["director", "second"])]
)
def test_so_many_must_agree(sqlite_url: str, need: object, deciders: list[str]) -> None:
    step = {"approvers": {"role": "director"}, "need": need}
    with opened(sqlite_url, tree_of(steps={"all": step})) as office:
        deal = office.deal()
        approval = office.asked(deal)
        for login in deciders:
            assert office.stored(deal)["stage"] == "proposal"
            assert isinstance(office.says(login, approval), Saved)
        assert office.stored(deal)["stage"] == "negotiation"


def test_one_person_counts_once_and_one_no_is_enough(sqlite_url: str) -> None:
    step = {"approvers": {"role": "director"}, "need": 2}
    with opened(sqlite_url, tree_of(steps={"all": step})) as office:
        day = START.date()
        assert name_deputy(office.store, office.actor("director"), office.ids["second"], day, day) is None
        approval = office.asked(office.deal())
        assert isinstance(office.says("second", approval), Saved)
        assert [each.state for each in office.approvals(1)] == ["waiting"]  # he agreed twice, and is one
    with opened(sqlite_url.replace("crm", "other"), tree_of(steps={"all": step})) as office:
        approval = office.asked(office.deal())
        assert isinstance(office.says("second", approval, agree=False, comment="no"), Saved)
        assert office.inbox("director") == []


def test_where_there_are_too_few_people_it_is_refused(sqlite_url: str) -> None:
    step = {"approvers": {"role": "director"}, "need": 3}
    with opened(sqlite_url, tree_of(steps={"all": step})) as office:
        deal = office.deal()
        assert codes(office.ask(deal)) == [("stage", "transition.needs_approval", "nobody")]
        assert office.approvals(deal) == []


def test_a_deputy_decides_for_some_days_and_is_named(both: Office) -> None:
    day = START.date()
    manager = both.actor("manager")
    assert name_deputy(both.store, manager, both.ids["second"], day, day + dt.timedelta(days=1)) is None
    assert name_deputy(both.store, manager, both.ids["rep"], day, day + dt.timedelta(days=9)) is None
    first, later = both.deal(), both.deal()
    approval, other = both.asked(first), both.asked(later)
    assert codes(both.says("rep", approval)) == [(None, "access.denied", "own_approval")]
    assert {each.id for each in both.inbox("second")} == {approval, other}
    assert both.told("second") == ["approval.asked"] * 2
    assert isinstance(both.says("second", approval), Saved)
    (ask,) = both.approvals(first)[0].asks
    assert (ask.user, ask.decided_by) == (both.ids["manager"], both.ids["second"])
    both.later(days=2)
    assert both.inbox("second") == []
    assert codes(both.says("second", other)) == [(None, "record.not_found", "")]


def test_the_history_tells_who_asked_and_what_was_said(both: Office) -> None:
    deal = both.deal()
    approval = both.asked(deal, comment="please")
    assert isinstance(both.says("manager", approval, agree=False, comment="too dear"), Saved)
    actor = both.actor("rep")
    with reading(both.store, actor) as session:
        told = history(session, both.store.catalog, actor, "deal", deal)
    assert [(each.action, each.actor, each.approvals) for each in told if each.approvals] == [
        ("reject", "Manager", (OfApproval("review", "too dear"),)),
        ("ask", "Rep", (OfApproval("review", "please"),)),
    ]


def test_a_plain_save_reads_the_approvals_once_and_other_entities_never(sqlite_url: str) -> None:
    with opened(sqlite_url, tree_of()) as office:
        deals = [office.deal() for _ in range(3)]
        actor = office.actor("rep")
        with counted(office.store) as sent:
            update(office.store, actor, "deal", [Change(each, {"note": "x"}) for each in deals], door="bulk")
        assert sum("tenon_approval" in each for each in sent) == 1
        with counted(office.store) as sent:
            update(office.store, SEED, "user", [Change(office.ids["rep"], {"name": "x"})], door="api")
        assert sum("tenon_approval" in each for each in sent) == 0


def test_a_jump_asks_the_steps_of_all_that_it_passes(sqlite_url: str) -> None:
    tree = tree_of()
    tree["approvals"]["early"] = {"entity": "deal", "steps": {"other": {"approvers": {"user": "other"}}}}
    line = tree["entities"]["deal"]["pipelines"]["direct"]
    line["transitions"]["to_proposal"] = {"to": "proposal", "approval": "early"}
    with opened(sqlite_url, tree) as office:
        deal = office.deal(stage="contact")
        approval = office.asked(deal)
        assert [each.step for each in office.approvals(deal)] == ["early.other"]
        assert isinstance(office.says("other", approval), Saved)
        assert office.stored(deal)["stage"] == "contact"
        assert isinstance(office.says("manager", approval), Saved)
        assert office.stored(deal)["stage"] == "negotiation"


def test_warnings_that_were_confirmed_when_it_was_asked_for_are_confirmed(sqlite_url: str) -> None:
    tree = tree_of()
    tree["entities"]["deal"]["rules"] = {
        "early": {"require": 'stage != "negotiation"', "severity": "warning", "message": {"en": "Early."}}
    }
    with opened(sqlite_url, tree) as office:
        deal = office.deal()
        outcome = office.ask(deal)
        assert codes(outcome) == [(None, "rule.early", "")]
        assert isinstance(outcome, Refused)
        assert outcome.confirmable
        approval = office.asked(deal, confirm={"rule.early": "they want it"})
        assert isinstance(office.says("manager", approval), Saved)
        assert office.stored(deal)["stage"] == "negotiation"


def test_each_answers_his_own_question_first_and_one_alone(new_url: str) -> None:
    step = {"approvers": {"role": "director"}, "need": 2}
    with opened(new_url, tree_of(steps={"both": step})) as office:
        day = START.date()
        assert name_deputy(office.store, office.actor("director"), office.ids["second"], day, day) is None
        deal = office.deal()
        approval = office.asked(deal)
        assert waiting_number(office, "second") == 1
        assert isinstance(office.says("second", approval), Saved)
        assert [(each.user, each.state) for each in office.approvals(deal)[0].asks] == [
            (office.ids["director"], "waiting"),
            (office.ids["second"], "agreed"),
        ]
        assert office.inbox("second") == []
        assert [waiting_number(office, each) for each in ("second", "director")] == [0, 1]
        assert codes(office.says("second", approval)) == [(None, "record.changed", "approval")]
        assert isinstance(office.says("director", approval), Saved)
        assert office.stored(deal)["stage"] == "negotiation"


def test_nobody_stands_in_for_who_left(both: Office) -> None:
    day = START.date()
    assert name_deputy(both.store, both.actor("manager"), both.ids["other"], day, day + dt.timedelta(days=30)) is None
    approval = both.asked(both.deal())
    assert [each.id for each in both.inbox("other")] == [approval]
    for active in (False, True):  # who comes back names another, if he wants one
        change = Change(both.ids["manager"], {"active": active})
        assert isinstance(update(both.store, SEED, "user", [change], door="api"), Saved)
        assert both.inbox("other") == []
        assert codes(both.says("other", approval)) == [(None, "record.not_found", "")]


def waiting_number(office: Office, login: str) -> int:
    actor = office.actor(login)
    with reading(office.store, actor) as session:
        return waiting_count(session, actor, office.store.clock())

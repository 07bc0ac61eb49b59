"""What nobody answers goes on to others, once; so does what was asked of somebody who left."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from app.automation import approval_deadlines
from app.automation.approval_deadlines import press
from app.automation.due import Often, due_between
from app.automation.jobs import jobs_of
from app.record import Change, Refused, Saved, in_unit, update
from tests.unit.approving import SEED, START, Office, codes, opened, tree_of
from tests.unit.judged import counted


@pytest.fixture
def office(sqlite_url: str) -> Iterator[Office]:
    with opened(sqlite_url, tree_of()) as found:
        yield found


def states(office: Office, deal: int) -> list[tuple[str, str]]:
    login = {number: name for name, number in office.ids.items()}
    return [(login[each.user], each.state) for each in office.approvals(deal)[0].asks]


def leave(office: Office, login: str) -> None:
    assert isinstance(
        update(office.store, SEED, "user", [Change(office.ids[login], {"active": False})], door="api"), Saved
    )


def did(office: Office) -> str:
    return press(office.store).in_language("en")


def test_a_question_goes_on_after_two_working_days_once(office: Office) -> None:
    deal = office.deal()
    approval = office.asked(deal)  # on a Wednesday morning
    office.later(days=1, hours=23)
    assert did(office) == "0 passed on, 0 overdue"
    office.later(hours=1)
    assert did(office) == "1 passed on, 1 overdue"
    assert did(office) == "0 passed on, 0 overdue"
    assert states(office, deal) == [("manager", "passed_on"), ("director", "waiting"), ("second", "waiting")]
    assert office.told("rep") == ["approval.overdue"]
    assert office.told("director") == ["approval.asked"]
    assert codes(office.says("manager", approval)) == [(None, "record.changed", "approval")]
    assert isinstance(office.says("second", approval), Saved)
    assert office.stored(deal)["stage"] == "negotiation"


def test_a_weekend_does_not_count(office: Office) -> None:
    office.later(days=2)  # a Friday
    office.asked(office.deal())
    office.later(days=3)
    assert did(office) == "0 passed on, 0 overdue"
    office.later(days=1)
    assert did(office) == "1 passed on, 1 overdue"


def test_who_left_is_not_waited_for(office: Office) -> None:
    deal = office.deal()
    office.asked(deal)
    leave(office, "manager")
    assert did(office) == "1 passed on, 0 overdue"
    assert did(office) == "0 passed on, 0 overdue"
    assert states(office, deal)[1:] == [("director", "waiting"), ("second", "waiting")]


def test_his_manager_is_asked_where_nothing_else_is_said(new_url: str) -> None:
    steps = {"boss": {"approvers": "owner.manager"}}
    with opened(new_url, tree_of(steps=steps)) as office:
        deal = office.deal()
        office.asked(deal)
        leave(office, "manager")
        did(office)
        assert states(office, deal) == [("manager", "passed_on"), ("director", "waiting")]
        leave(office, "director")  # who has no manager
        assert did(office) == did(office) == "0 passed on, 0 overdue"
        assert office.approvals(deal)[0].state == "waiting"
        assert office.told("rep") == ["approval.overdue"]  # he may recall it


def test_who_asked_is_told_that_a_change_ended_it(office: Office) -> None:
    deal = office.deal()
    office.asked(deal)
    assert isinstance(office.change("boss", deal, stage="lost"), Saved)
    did(office)
    did(office)
    assert office.told("rep") == ["approval.void"]


def escalating(**escalate: Any) -> dict[str, Any]:
    step = {"approvers": {"role": "director"}, "need": "all", "within": "1 day"}
    return tree_of(steps={"both": {**step, "escalate": {"to": {"user": "boss"}, **escalate}}})


def test_where_all_must_agree_another_stands_in_for_who_did_not_answer(sqlite_url: str) -> None:
    with opened(sqlite_url, escalating()) as office:
        deal = office.deal()
        approval = office.asked(deal)
        assert isinstance(office.says("second", approval), Saved)
        office.later(days=1)
        assert did(office) == "1 passed on, 1 overdue"
        assert isinstance(office.says("boss", approval), Saved)
        assert office.stored(deal)["stage"] == "negotiation"


def test_first_it_is_told_and_later_it_goes_on(sqlite_url: str) -> None:
    with opened(sqlite_url, escalating(after="2 days")) as office:
        deal = office.deal()
        office.asked(deal)
        office.later(days=1)
        assert did(office) == "0 passed on, 2 overdue"
        assert did(office) == "0 passed on, 0 overdue"
        assert office.told("second") == ["approval.asked", "approval.overdue"]
        office.later(days=2)
        assert did(office) == "2 passed on, 0 overdue"
        assert states(office, deal)[2:] == [("boss", "waiting")]


def test_it_is_a_job_of_every_ten_minutes(sqlite_url: str) -> None:
    with opened(sqlite_url, tree_of()) as office:
        job = jobs_of(office.store.catalog)["approvals"]
        assert job.schedule == Often(10)
        office.later(minutes=25)
        due = due_between(job.schedule, START.tzinfo, START, office.moment[0])  # type: ignore[arg-type]
        assert [each.minute for each in due] == [10, 20]


TWO_AND_THE_MANAGER = {"approvers": ["owner.manager", {"role": "director"}], "within": "1 day"}


def test_who_is_asked_already_answers_in_the_place_of_who_left_too(new_url: str) -> None:
    step = {**TWO_AND_THE_MANAGER, "need": "all", "escalate": {"to": {"role": "director"}}}
    with opened(new_url, tree_of(steps={"all": step})) as office:
        deal = office.deal()
        approval = office.asked(deal)
        leave(office, "manager")
        assert did(office) == "1 passed on, 0 overdue"
        assert isinstance(office.says("director", approval), Saved)
        assert office.stored(deal)["stage"] == "proposal"
        assert isinstance(office.says("second", approval), Saved)
        assert office.stored(deal)["stage"] == "negotiation"


def test_who_agreed_is_asked_once_more_in_the_place_of_who_left(sqlite_url: str) -> None:
    step = {**TWO_AND_THE_MANAGER, "need": "all", "escalate": {"to": {"role": "director"}}}
    with opened(sqlite_url, tree_of(steps={"all": step})) as office:
        deal = office.deal()
        approval = office.asked(deal)
        for login in ("director", "second"):
            assert isinstance(office.says(login, approval), Saved)
        leave(office, "manager")
        did(office)
        assert office.told("second") == ["approval.asked"] * 2
        assert isinstance(office.says("second", approval), Saved)
        assert office.stored(deal)["stage"] == "negotiation"


def test_what_not_enough_people_can_agree_to_ends(new_url: str) -> None:
    step = {**TWO_AND_THE_MANAGER, "need": 3, "escalate": {"to": {"role": "director"}}}
    with opened(new_url, tree_of(steps={"all": step})) as office:
        deal = office.deal()
        approval = office.asked(deal)
        leave(office, "manager")
        did(office)
        for login in ("director", "second"):
            assert isinstance(office.says(login, approval), Saved)
        assert office.approvals(deal)[0].state == "void"
        did(office)
        assert office.told("rep") == ["approval.void"]
        assert isinstance(office.change("rep", deal, name="free again"), Saved)


def test_who_agreed_is_not_asked_again_where_a_number_must(sqlite_url: str) -> None:
    step = {"approvers": ["owner.manager", {"user": "director"}], "need": 2, "within": "1 day"}
    with opened(sqlite_url, tree_of(steps={"two": {**step, "escalate": {"to": {"role": "director"}}}})) as office:
        deal = office.deal()
        approval = office.asked(deal)
        assert isinstance(office.says("director", approval), Saved)
        office.later(days=1)
        did(office)
        assert states(office, deal)[2:] == [("second", "waiting")]
        assert isinstance(office.says("second", approval), Saved)
        assert office.stored(deal)["stage"] == "negotiation"


def test_what_was_told_and_has_nobody_else_is_looked_after_no_more(office: Office) -> None:
    office.asked(office.deal())
    office.later(days=3)
    assert did(office) == "1 passed on, 1 overdue"
    office.later(days=9)
    assert did(office) == "0 passed on, 2 overdue"  # those to whom it went on
    with counted(office.store) as sent:
        assert did(office) == "0 passed on, 0 overdue"
    assert not any("FROM deal" in each for each in sent)


def test_a_second_step_that_is_late_is_told_too(sqlite_url: str) -> None:
    late = {"within": "1 day"}
    steps = {"one": {"approvers": "owner.manager", **late}, "two": {"approvers": {"role": "director"}, **late}}
    with opened(sqlite_url, tree_of(steps=steps)) as office:
        approval = office.asked(office.deal())
        office.later(days=2)
        did(office)
        assert isinstance(office.says("manager", approval), Saved)
        office.later(days=2)
        did(office)
        assert office.told("rep") == ["approval.overdue"] * 2


def test_one_that_others_write_to_keeps_no_other_from_being_looked_after(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (office.asked(office.deal()) for _ in range(2))
    office.later(days=3)
    busy = [Refused((), "conflict")]
    monkeypatch.setattr(
        approval_deadlines, "in_unit", lambda *given: busy.pop() if busy else in_unit(*given)
    )  # what a database that stays locked does to the first
    assert did(office) == "1 passed on, 1 overdue"
    assert did(office) == "1 passed on, 1 overdue"
    assert {first, second} == {each.id for each in office.inbox("director")}


@pytest.mark.parametrize(("need", "stage"), [("all", "negotiation"), (2, "proposal")])
def test_what_is_late_goes_on_to_one_who_is_asked_too(sqlite_url: str, need: object, stage: str) -> None:
    step = {"approvers": ["owner.manager", {"user": "director"}], "need": need, "within": "1 day"}
    with opened(sqlite_url, tree_of(steps={"both": {**step, "escalate": {"to": {"user": "director"}}}})) as office:
        deal = office.deal()
        approval = office.asked(deal)
        office.later(days=1)
        did(office)
        assert isinstance(office.says("director", approval), Saved)
        assert office.stored(deal)["stage"] == stage
        if need == 2:  # he is one: who was asked first may still be the other
            assert isinstance(office.says("manager", approval), Saved)
            assert office.stored(deal)["stage"] == "negotiation"

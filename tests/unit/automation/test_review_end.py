"""Ending reviews: by answers or a reason, with the task, by whoever may change the task."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.access import reading
from app.automation.review_end import Answer, finish, keep, skip
from app.automation.reviews import raise_review
from app.definition.grammars import Expression
from app.insight.reviews import coverage, open_of, overdue_of, review_of, reviews_of_task
from app.orm.store import Store
from app.record import Refused, Saved, delete
from tests.unit.automation.duties import DAY, START, Clock, a_review, duties_store, rows_of, set_values, tasks_of
from tests.unit.company import ADMIN, DIRECTOR, LEAD, LONER, OTHER, REP, actor

ALL = {"contact": Answer(yes=True), "people": Answer(yes=False, note="Ms Li has left")}
KEPT = {"contact": [True, ""], "people": [False, "Ms Li has left"]}


@pytest.fixture
def store(new_url: str) -> Iterator[Store]:
    review = a_review(where=Expression('name in ["account 1", "account 4"]'))
    with duties_store(new_url, Clock(START), review) as found:
        raise_review(found, "look", START + DAY)
        yield found


def refusals(outcome: Saved | Refused) -> list[tuple[str, str | None, str]]:
    assert isinstance(outcome, Refused)
    return [(each.code, each.field, each.variant) for each in outcome.refusals]


def test_answers_end_a_review_and_its_task(store: Store) -> None:
    assert isinstance(finish(store, actor(store, REP), 1, ALL, door="form"), Saved)
    row = rows_of(store)[0]
    assert (row.state, row.answers, row.ended_by, row.ended_at) == ("done", KEPT, REP, START)
    assert tasks_of(store)[row.task].status == "done"
    assert row.changed_seq > rows_of(store)[1].changed_seq


def test_every_point_needs_an_answer_before_it_ends(store: Store) -> None:
    some = {"contact": Answer(yes=True), "people": Answer(yes=None, note="to ask"), "unknown": Answer(yes=True)}
    outcome = finish(store, actor(store, REP), 1, some, door="form")
    assert refusals(outcome) == [("field.required", "people", "answer")]
    assert rows_of(store)[0].answers is None
    assert isinstance(keep(store, actor(store, REP), 1, some, door="form"), Saved)
    row = rows_of(store)[0]
    assert (row.state, row.answers) == ("open", {"contact": [True, ""], "people": [None, "to ask"]})
    assert tasks_of(store)[row.task].status == "open"


def test_skipping_needs_a_reason_and_drops_the_task(store: Store) -> None:
    me = actor(store, REP)
    assert refusals(skip(store, me, 1, "  ", door="form")) == [("field.required", "reason", "reason")]
    assert refusals(skip(store, me, 1, "x" * 501, door="form")) == [("field.length", "reason", "reason")]
    assert refusals(skip(store, me, 1, "a\0b", door="form")) == [("field.format", "reason", "reason")]
    assert isinstance(skip(store, me, 1, "merged with another", door="form"), Saved)
    row = rows_of(store)[0]
    assert (row.state, row.reason, tasks_of(store)[row.task].status) == ("skipped", "merged with another", "dropped")


def test_notes_are_cleaned_and_limited(store: Store) -> None:
    bad = {"contact": Answer(yes=True, note="a\0b"), "people": Answer(yes=True, note="x" * 501)}
    assert refusals(finish(store, actor(store, REP), 1, bad, door="form"))[:2] == [
        ("field.format", "contact", "note"),
        ("field.length", "people", "note"),
    ]


def test_what_has_ended_is_ended(store: Store) -> None:
    me = actor(store, REP)
    finish(store, me, 1, ALL, door="form")
    for outcome in (
        finish(store, me, 1, ALL, door="form"),
        keep(store, me, 1, {}, door="form"),
        skip(store, me, 1, "why", door="form"),
    ):
        assert refusals(outcome) == [("record.changed", None, "review_ended")]
    assert rows_of(store)[0].answers == KEPT


@pytest.mark.parametrize(("who", "code"), [(OTHER, "record.not_found"), (DIRECTOR, "access.denied"), (LEAD, None)])
def test_it_is_done_by_whoever_may_change_the_task(store: Store, who: int, code: str | None) -> None:
    outcome = finish(store, actor(store, who), 1, ALL, door="form")
    if code is None:
        assert isinstance(outcome, Saved)
        return
    assert [each[0] for each in refusals(outcome)] == [code]
    assert rows_of(store)[0].state == "open"


def test_one_that_is_not_there_is_refused_like_one_out_of_sight(store: Store) -> None:
    other = actor(store, OTHER)
    assert finish(store, other, 1, ALL, door="form") == finish(store, other, 99, ALL, door="form")


def test_closing_or_deleting_the_task_does_not_end_the_review(store: Store) -> None:
    me, task = actor(store, REP), rows_of(store)[0].task
    set_values(store, "task", task, status="done")
    assert [each.id for each in seen(store, REP)] == [1]
    assert isinstance(delete(store, me, "task", [task], door="form"), Saved)
    assert [each.id for each in seen(store, REP)] == [1]
    assert isinstance(finish(store, me, 1, ALL, door="form"), Saved)
    assert rows_of(store)[0].state == "done"


def seen(store: Store, who: int) -> list[object]:
    me = actor(store, who)
    with reading(store, me) as session:
        return list(open_of(session, me))


def test_whoever_reads_the_task_sees_the_review(store: Store) -> None:
    sights = {}
    for who in (ADMIN, REP, LEAD, OTHER, LONER, DIRECTOR):
        me = actor(store, who)
        with reading(store, me) as session:
            found = review_of(session, me, 1)
            assert reviews_of_task(session, me, rows_of(store)[0].task) == ([found] if found else [])
            late = overdue_of(session, me, "look", rows_of(store)[0].period, (START + 30 * DAY).date())
            covered = coverage(session, me, (START + 30 * DAY).date())
            assert sum(each.raised for each in covered) == sum(each.overdue for each in covered) == len(late)
            sights[who] = [each.id for each in late]
    assert sights == {ADMIN: [1, 2], REP: [1], LEAD: [1], OTHER: [2], LONER: [], DIRECTOR: [1]}


def test_coverage_counts_by_period_and_person(store: Store) -> None:
    raise_review(store, "look", START + 100 * DAY)
    finish(store, actor(store, REP), 1, ALL, door="form")
    skip(store, actor(store, OTHER), 2, "gone", door="form")
    me = actor(store, ADMIN)
    with reading(store, me) as session:
        found = coverage(session, me, START.date())
    told = [(each.period.month, each.owner, each.raised, each.done, each.skipped, each.open) for each in found]
    assert sorted(told) == [
        (1, REP, 1, 0, 0, 1),
        (1, OTHER, 1, 0, 0, 1),
        (10, REP, 1, 1, 0, 0),
        (10, OTHER, 1, 0, 1, 0),
    ]

"""Whom records are given to: in the save that makes them, or by what happens later; by turns, by load, by skill."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import sqlalchemy as sa

from app.access import actor_of_user, reading
from app.automation.assign import assign_rows
from app.automation.dispatch import dispatch
from app.orm.framework import automation_run
from app.record import Change, Refused, Saved, create, update
from app.record.assigners import assigning_by
from tests.unit.approving import SEED, Office, opened
from tests.unit.automation.test_dispatch import tree_of

Open = Callable[..., Office]


def company(by: str | None, to: Any, **automation: Any) -> dict[str, Any]:
    tree = tree_of(spread={"trigger": "create", "actions": {"give": {"assign": {"by": by, "to": to}}}, **automation})
    tree["entities"]["deal"]["fields"]["kind"] = {"type": "picklist", "options": {"pump": {}, "valve": {}}}
    tree["entities"]["user"] = {"fields": {"skills": {"type": "tags"}}}
    return tree


REPS = {"role": "rep"}


@pytest.fixture
def open_with(new_url: str) -> Iterator[Open]:
    with ExitStack() as stack, assigning_by(assign_rows):
        yield lambda *said, **more: stack.enter_context(opened(new_url, company(*said, **more)))


@pytest.fixture
def open_small(sqlite_url: str) -> Iterator[Open]:
    with ExitStack() as stack, assigning_by(assign_rows):
        yield lambda *said, **more: stack.enter_context(opened(sqlite_url, company(*said, **more)))


def deals(office: Office, *rows: dict[str, Any], actor: Any = SEED) -> Saved:
    outcome = create(office.store, actor, "deal", rows, door="api")
    assert isinstance(outcome, Saved), outcome
    return outcome


def owners(office: Office) -> list[Any]:
    table = office.store.models.tables["deal"]
    with office.store.system_reading() as connection:
        return list(connection.execute(sa.select(table.c.owner).order_by(table.c.id)).scalars())


def test_new_records_go_round_in_the_save_itself(open_with: Open) -> None:
    office = open_with("round_robin", REPS)
    rep, other = office.ids["rep"], office.ids["other"]
    deals(office, {"name": "a"})
    deals(office, {"name": "b"}, {"name": "c"})
    deals(office, {"name": "d"})
    assert owners(office) == [rep, other, rep, other]
    while dispatch(office.store, office.store.clock()):
        pass
    assert owners(office) == [rep, other, rep, other]  # the event does not do it again


def test_who_is_said_to_own_it_keeps_it(open_small: Open) -> None:
    office = open_small("round_robin", REPS)
    deals(office, {"name": "a", "owner": office.ids["manager"]})
    assert owners(office) == [office.ids["manager"]]


def test_a_condition_chooses_and_a_map_says_whom(open_small: Open) -> None:
    to = {"field": "kind", "map": {"pump": {"user": "rep"}}, "otherwise": {"role": "manager"}}
    office = open_small(None, to, when="amount > 10")
    deals(
        office,
        {"name": "a", "amount": "20", "kind": "pump"},
        {"name": "b", "amount": "20"},
        {"name": "c", "amount": "5"},
    )
    assert owners(office) == [office.ids["rep"], office.ids["manager"], None]


def test_whoever_makes_it_is_told_that_it_is_out_of_his_sight(open_with: Open) -> None:
    office = open_with(None, {"user": "other"})
    with office.store.system_reading() as connection:
        rep = actor_of_user(connection, office.store.models, office.ids["rep"])
    assert rep is not None
    saved = deals(office, {"name": "a"}, actor=rep)
    assert saved.out_of_sight == saved.ids
    with reading(office.store, rep) as session:
        assert session.execute(sa.select(office.store.models.classes["deal"].id)).all() == []


def test_nobody_to_give_it_to_leaves_it_with_its_maker(open_small: Open) -> None:
    office = open_small("round_robin", {"team": "Nobody"})
    with office.store.system_reading() as connection:
        rep = actor_of_user(connection, office.store.models, office.ids["rep"])
    deals(office, {"name": "a"}, actor=rep)
    assert owners(office) == [office.ids["rep"]]


def test_a_save_that_is_refused_takes_no_turn(open_small: Open) -> None:
    office = open_small("round_robin", REPS)
    outcome = create(office.store, SEED, "deal", [{"name": "a", "note": "devil"}], door="api")
    assert isinstance(outcome, Refused)
    deals(office, {"name": "b"})
    assert owners(office) == [office.ids["rep"]]


def test_who_has_least_to_do_gets_the_next(open_with: Open) -> None:
    office = open_with("least_open", REPS)
    rep, other = office.ids["rep"], office.ids["other"]
    deals(office, *({"name": name, "owner": rep} for name in "ab"))
    deals(office, {"name": "c", "owner": other, "stage": "won"})
    deals(office, *({"name": name} for name in "defg"))
    assert Counter(owners(office)[3:]) == {other: 3, rep: 1}


def test_who_knows_most_of_it_gets_it(open_with: Open) -> None:
    office = open_with("skill", REPS)
    rep, other = office.ids["rep"], office.ids["other"]
    changes = [Change(rep, {"skills": ["Pump"]}), Change(other, {"skills": ["valve", "oil"]})]
    assert isinstance(update(office.store, SEED, "user", changes, door="api"), Saved)
    deals(
        office,
        {"name": "a", "kind": "valve"},
        {"name": "b", "kind": "valve"},
        {"name": "c", "kind": "pump"},
        {"name": "d"},
    )
    assert owners(office) == [other, other, rep, rep]


def test_what_happens_later_assigns_too(open_with: Open) -> None:
    office = open_with("round_robin", REPS, trigger={"changed": "note"})
    made = deals(office, {"name": "a"}, {"name": "b"}).ids
    assert owners(office) == [None, None]
    assert isinstance(
        update(office.store, SEED, "deal", [Change(each, {"note": "x"}) for each in made], door="api"), Saved
    )
    dispatch(office.store, office.store.clock())
    assert owners(office) == [office.ids["rep"], office.ids["other"]]
    with office.store.system_reading() as connection:
        assert connection.execute(sa.select(automation_run.c.state)).scalar_one() == "done"


def test_in_shadow_mode_nobody_gets_anything(open_small: Open) -> None:
    office = open_small("round_robin", REPS, mode="shadow")
    deals(office, {"name": "a"})
    dispatch(office.store, office.store.clock())
    assert owners(office) == [None]

"""Values that an apply overwrote in place: a rollback gives them back, unless somebody has changed them since."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from app.automation.purge import purge as clear_away
from app.orm.framework import overwritten, stage_move
from app.orm.sealed import Keys, give_keys
from app.orm.types import now
from app.plan import AppliedRevision, ApplyRefused, Plan, apply_plan, load_revision, open_store
from app.plan.drift import compare_schema
from app.plan.purge import purge, purge_plan
from app.plan.rollback import rollback_plan
from app.plan.step import Kind

from .conftest import applied, insert, select, tree
from .test_links import said, with_links
from .test_stages import MERGED as MERGED_STAGES
from .test_stages import STAGES, with_stages
from .test_tombstones import run

OPTIONS: dict[str, Any] = {"a": {}, "b": {}, "c": {}}
MERGED: dict[str, Any] = {
    "a": {},
    "b": {"retired": True, "replaced_by": "c"},
    "c": {"retired": True, "replaced_by": "a"},
}
TAGS = {"entities__account__fields__tags": {"type": "picklist", "many": True, "options": "level"}}
CODE = {"type": "text", "max_length": 20}


def code(**more: Any) -> dict[str, Any]:
    return tree(entities__account__fields__code={**CODE, **more})


def back_to(engine: Engine, number: int) -> Plan:
    """Goes back, and returns the plan of it."""
    loaded, plan = rollback_plan(engine, load_revision(engine, number))
    assert not plan.blocked, plan.render()
    done = apply_plan(engine, loaded, plan, "tester", [each.name for each in plan.destructive])
    assert isinstance(done, AppliedRevision), done
    assert compare_schema(engine, open_store(engine).models) == []
    return plan


def told(plan: Plan) -> dict[str, str]:
    return {each.target: each.impact for each in plan.steps if each.kind is Kind.GIVE_BACK}


def kept(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(overwritten)).scalar_one()


def lists(engine: Engine) -> list[tuple[Any, ...]]:
    table = open_store(engine).models.many["account.tags"].table
    with engine.connect() as connection:
        rows = connection.execute(sa.select(table.c.record, table.c.value).order_by("record", "position"))
        return [tuple(each) for each in rows]


def test_merged_options_are_as_they_were_but_for_what_somebody_chose_since(engine: Engine) -> None:
    applied(engine, tree(**TAGS, picklists__level__options=OPTIONS))
    insert(engine, "account", {"name": "x", "level": "b"}, {"name": "y", "level": "a"}, {"name": "z", "level": "b"})
    insert(engine, "account", {"id": 4, "name": "w", "level": "c", "deleted_at": now()})
    run(engine, "INSERT INTO crm_account__tags VALUES (1, 'c', 0, 1), (1, 'b', 1, 1), (2, 'a', 0, 1), (3, 'b', 0, 1)")
    before = select(engine, "account", "id", "level"), lists(engine)
    applied(engine, tree(**TAGS, picklists__level__options=MERGED), ["level.b", "level.c"])
    assert lists(engine) == [(1, "a"), (2, "a"), (3, "a")]
    assert kept(engine) == 5
    plan = back_to(engine, 2)
    assert told(plan) == {
        "account.level": "3 rows get back what they held",
        "account.tags": "2 rows get back what they held",
    }
    assert plan.notes == ()
    assert (select(engine, "account", "id", "level"), lists(engine)) == before
    assert kept(engine) == 0

    applied(engine, tree(**TAGS, picklists__level__options=MERGED), ["level.b", "level.c"])
    run(engine, "UPDATE crm_account SET level = NULL WHERE id = 1", "DELETE FROM crm_account__tags WHERE record = 3")
    assert told(back_to(engine, 2)) == {
        "account.level": "2 rows get back what they held; 1 row was changed since and keeps that",
        "account.tags": "1 row gets back what it held; 1 row was changed since and keeps that",
    }
    assert select(engine, "account", "id", "level") == [(1, None), (2, "a"), (3, "b"), (4, "c")]


@pytest.mark.parametrize(
    ("stricter", "rows", "then"),
    [
        ({"required": True, "backfill": "none"}, [None, "b"], ["none", "b"]),
        ({"required": True, "backfill": {"formula": 'concat("of ", name)'}}, [None, "b"], ["of x", "b"]),
        ({"max_length": 3, "existing": "blank"}, ["long one", "b"], [None, "b"]),
        ({"unique": True, "existing": "blank"}, ["same", "same"], ["same", None]),
    ],
)
def test_what_rows_were_given_or_lost_comes_back(
    engine: Engine, stricter: Mapping[str, Any], rows: list[str | None], then: list[str | None]
) -> None:
    insert(engine, "account", {"name": "x", "code": rows[0]}, {"name": "y", "code": rows[1]})
    applied(engine, code(**stricter), ["account.code"])
    assert [each for (each,) in select(engine, "account", "code")] == then
    plan = back_to(engine, 1)
    assert told(plan) == {"account.code": "1 row gets back what it held"}
    assert plan.notes == ()
    assert [each for (each,) in select(engine, "account", "code")] == rows


def test_several_revisions_are_undone_the_newest_first_whatever_was_renamed_or_removed_since(engine: Engine) -> None:
    applied(engine, tree(picklists__level__options=OPTIONS))
    insert(engine, "account", {"name": "x", "level": "c"}, {"name": "y"})
    applied(engine, tree(picklists__level__options={**OPTIONS, "c": MERGED["c"]}), ["level.c"])
    renamed = {"z": {"renamed_from": ["a"]}, "b": {}, "c": {"retired": True, "replaced_by": "z"}}
    applied(engine, tree(picklists__level__options=renamed))
    gone = {"z": {"retired": True, "replaced_by": "b"}, "b": {}, "c": {"retired": True, "replaced_by": "b"}}
    applied(engine, tree(picklists__level__options=gone), ["level.z"])
    assert select(engine, "account", "level") == [("b",), (None,)]
    applied(engine, tree(entities__account__fields__level=None, picklists__level__options=gone))
    plan = back_to(engine, 2)
    assert told(plan) == {"account.level": "1 row gets back what it held"}
    assert select(engine, "account", "level") == [("c",), (None,)]


def test_an_edit_gives_nothing_back_and_a_rollback_does_so_even_where_the_pack_is_back_already(engine: Engine) -> None:
    insert(engine, "account", {"name": "x", "level": "a"}, {"name": "y", "level": "b"})
    merged = {"a": {"retired": True, "replaced_by": "b"}, "b": {}}
    applied(engine, tree(picklists__level__options=merged), ["level.a"])
    applied(engine, tree())
    assert select(engine, "account", "level") == [("b",), ("b",)]
    plan = back_to(engine, 1)
    assert [(each.kind, each.impact) for each in plan.steps] == [(Kind.GIVE_BACK, "1 row gets back what it held")]
    assert select(engine, "account", "level") == [("a",), ("b",)]
    assert rollback_plan(engine, load_revision(engine, 1))[1].is_empty


def test_an_option_that_came_with_the_merge_goes_with_it(engine: Engine) -> None:
    insert(engine, "account", {"name": "x", "level": "a"})
    merged = {"a": {"retired": True, "replaced_by": "new"}, "b": {}, "new": {}}
    applied(engine, tree(picklists__level__options=merged), ["level.a"])
    assert told(back_to(engine, 1)) == {"account.level": "1 row gets back what it held"}
    assert select(engine, "account", "level") == [("a",)]


def test_a_value_comes_back_before_its_field_is_of_its_former_kind_again(engine: Engine) -> None:
    insert(engine, "account", {"name": "x", "size": 7}, {"name": "y", "size": 500}, {"name": "z"})
    number: dict[str, Any] = {"type": "integer", "min": 0, "max": 10, "existing": "blank"}
    applied(engine, tree(entities__account__fields__size=number), ["account.size"])
    applied(engine, tree(entities__account__fields__size={"type": "text", "required": True, "backfill": "?"}))
    assert select(engine, "account", "size") == [("7",), ("?",), ("?",)]
    back_to(engine, 1)
    assert select(engine, "account", "size") == [(7,), (500,), (None,)]


def test_records_go_back_to_their_stage_and_their_history_says_so(engine: Engine) -> None:
    applied(engine, tree(**with_stages()))
    stands = {"step__since": now(), "chance": 10}
    insert(engine, "account", *({"name": "x", "step": each, **stands} for each in ("call", "need", "won")))
    applied(engine, tree(**with_stages(MERGED_STAGES)), ["account.main.call", "account.main.need"])
    plan = back_to(engine, 2)
    assert told(plan) == {"account.step": "2 rows get back what they held"}
    assert select(engine, "account", "step", "chance") == [("call", 10), ("need", 30), ("won", None)]
    with engine.connect() as connection:
        moves = connection.execute(sa.select(stage_move.c.stage_from, stage_move.c.stage_to).order_by("record", "id"))
        assert [tuple(each) for each in moves] == [
            ("call", "talk"), ("talk", "call"), ("need", "talk"), ("talk", "need"),
        ]  # fmt: skip
    assert STAGES["need"]["probability"] == 30


def test_what_links_said_comes_back(engine: Engine) -> None:
    own: dict[str, Any] = {"rank": {"type": "picklist", "options": {"x": {}, "y": {}}}, "word": {"type": "text"}}
    applied(engine, with_links(own))
    insert(engine, "account", {"name": "a"}, {"name": "b"}, {"name": "c"})
    row = "INSERT INTO crm_account__friends (record, value, position, changed_seq, own_rank, own_word) VALUES "
    run(engine, row + "(1, 2, 0, 1, 'x', 'long one'), (1, 3, 1, 1, 'y', 'longer one'), (3, 1, 0, 1, 'x', 'ok')")
    before = said(engine, "rank", "word")
    merged = {"type": "picklist", "options": {"x": {"retired": True, "replaced_by": "y"}, "y": {}}}
    short = {"type": "text", "max_length": 3, "backfill": {"formula": "left(word, 2)"}}
    allowed = ["account.friends.rank.x", "account.friends.word"]
    applied(engine, with_links({"rank": merged, "word": short}), allowed)
    assert said(engine, "rank", "word") == [("y", "lo"), ("y", "lo"), ("y", "ok")]
    run(engine, "UPDATE crm_account__friends SET own_word = 'new' WHERE value = 3")
    assert told(back_to(engine, 2)) == {
        "account.friends.rank": "2 links get back what they held",
        "account.friends.word": "1 link gets back what it held; 1 link was changed since and keeps that",
    }
    assert said(engine, "rank", "word") == [before[0], ("y", "new"), before[2]]


def test_a_value_that_another_record_has_got_since_holds_the_rollback_up(engine: Engine) -> None:
    applied(engine, code(unique=True))
    insert(engine, "account", {"name": "x", "code": "long one"}, {"name": "y", "code": "b"})
    applied(engine, code(unique=True, max_length=3, existing="blank"), ["account.code"])
    run(engine, "UPDATE crm_account SET code = 'long one' WHERE id = 2")
    loaded, plan = rollback_plan(engine, load_revision(engine, 2))
    assert [(each.target, each.blocks and each.blocks.code) for each in plan.blocked] == [("account.code", "PLN525")]
    refused = apply_plan(engine, loaded, plan, "tester")
    assert isinstance(refused, ApplyRefused)
    assert select(engine, "account", "code") == [(None,), ("long one",)]


def test_of_what_is_encrypted_nothing_is_kept_and_the_plan_says_so(engine: Engine) -> None:
    give_keys(engine, Keys.of("a secret of the tests that nobody else has"))
    insert(engine, "account", {"name": "x", "code": "a secret"})
    applied(engine, code(max_length=3, existing="blank"), ["account.code"])
    assert kept(engine) == 1
    applied(engine, code(sensitive={"encrypt": True}))
    assert kept(engine) == 0
    applied(engine, code(sensitive={"encrypt": True}, required=True, backfill="given"))
    assert kept(engine) == 0
    _, plan = rollback_plan(engine, load_revision(engine, 3))
    (note,) = plan.notes
    assert note.startswith("note: account.code became stricter in revision 4; that stays: 1 of 1 rows are empty")


def test_what_is_kept_goes_with_its_field_and_when_its_time_is_over(engine: Engine) -> None:
    insert(engine, "account", {"name": "x", "code": "long one", "size": 900})
    small = {"type": "integer", "max": 10, "existing": "blank"}
    shorter = {**CODE, "max_length": 3, "existing": "blank"}
    stricter = tree(entities__account__fields__code=shorter, entities__account__fields__size=small)
    applied(engine, stricter, ["account.code", "account.size"])
    assert kept(engine) == 2
    applied(engine, tree(entities__account__fields__code=None, entities__account__fields__size=small))
    far = dt.date(2999, 1, 1)
    going = purge_plan(engine, "account.code", far)
    assert isinstance(going, Plan)
    assert isinstance(purge(engine, going, "tester", far), AppliedRevision)
    assert kept(engine) == 1
    store = open_store(engine)
    assert clear_away(store, now())["overwritten values"] == 0
    assert clear_away(store, now() + dt.timedelta(days=91))["overwritten values"] == 1
    assert rollback_plan(engine, load_revision(engine, 1))[1].notes[0].startswith("note: account.code became stricter")

"""Values that an apply overwrote in place: a rollback gives them back, unless somebody has changed them since."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from app.automation.purge import purge as clear_away
from app.orm.framework import approval, overwritten, stage_move
from app.orm.sealed import Keys, give_keys
from app.orm.types import now
from app.plan import AppliedRevision, ApplyRefused, Plan, apply_plan, load_revision, open_store
from app.plan.drift import compare_schema
from app.plan.fillers import register_filler
from app.plan.overwritten import stored
from app.plan.purge import purge, purge_plan
from app.plan.rollback import rollback_plan
from app.plan.step import Kind
from app.record.filling import fill_computed

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


@pytest.fixture
def filler() -> Iterator[None]:
    register_filler("computed", fill_computed)
    yield
    register_filler("computed", lambda *_: None)


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


@pytest.mark.usefixtures("filler")
def test_what_people_had_entered_comes_back_where_a_formula_replaced_it(engine: Engine) -> None:
    applied(engine, code())
    insert(engine, "account", {"name": "x", "code": "mine"}, {"name": "y"}, {"name": "of z", "code": "of z"})
    insert(engine, "account", {"id": 4, "name": "w", "code": "in bin", "deleted_at": now()})
    before = select(engine, "account", "id", "code")
    applied(engine, code(formula="name"), ["account.code"])
    assert select(engine, "account", "code") == [("x",), ("y",), ("of z",), ("in bin",)]
    insert(engine, "account", {"id": 5, "name": "v", "code": "v"})
    applied(engine, code(formula='concat("of ", name)'))  # nobody can have entered what is there now
    plan = back_to(engine, 1)
    assert told(plan) == {"account.code": "3 rows get back what they held"}
    assert plan.notes == ()
    assert select(engine, "account", "id", "code") == [*before, (5, "of v")]
    assert kept(engine) == 0


@pytest.mark.usefixtures("filler")
def test_what_is_entered_after_a_formula_went_stays_and_what_it_left_goes(engine: Engine) -> None:
    insert(engine, "account", {"name": "x", "code": "mine"}, {"name": "y", "code": "his"}, {"name": "z"})
    applied(engine, code(formula="name"), ["account.code"])
    applied(engine, code())
    run(engine, "UPDATE crm_account SET code = 'new' WHERE id = 1")
    _, plan = rollback_plan(engine, load_revision(engine, 1))
    assert told(plan) == {"account.code": "2 rows get back what they held; 1 row was changed since and keeps that"}
    applied(engine, code(formula="name"), ["account.code"])
    assert told(back_to(engine, 3)) == {"account.code": "1 row gets back what it held"}
    assert select(engine, "account", "code") == [("new",), ("y",), ("z",)]
    back_to(engine, 1)
    assert select(engine, "account", "code") == [("new",), ("his",), (None,)]


@pytest.mark.usefixtures("filler")
def test_what_was_removed_and_comes_back_with_a_formula_is_kept_too(engine: Engine) -> None:
    insert(engine, "account", {"name": "x", "size": 7}, {"name": "y"})
    applied(engine, tree(entities__account__fields__size=None))
    computed = tree(entities__account__fields__size={"type": "integer", "formula": "len(name) + 2"})
    applied(engine, computed, ["account.size"])
    assert select(engine, "account", "size") == [(3,), (3,)]
    back_to(engine, 1)
    assert select(engine, "account", "size") == [(7,), (None,)]


@pytest.mark.usefixtures("filler")
def test_every_kind_of_value_comes_back_as_it_was(engine: Engine) -> None:
    kinds: dict[str, tuple[dict[str, Any], Any]] = {
        "plain": ({"type": "text", "formula": "name"}, 'a "quoted" \\ line\nof \x1f 汉字 é /'),
        "count": ({"type": "integer", "formula": "len(name)"}, -7),
        "part": ({"type": "decimal", "scale": 2, "formula": "len(name) * 2"}, Decimal("0.50")),
        "day": ({"type": "date", "formula": "today()"}, dt.date(2020, 2, 2)),
        "yes": ({"type": "boolean", "formula": 'name == "x"'}, False),
        "pick": ({"type": "picklist", "options": "level", "formula": 'if(name == "x", "a", "b")'}, "b"),
    }
    places = {f"entities__account__fields__{key}": each for key, (each, _) in kinds.items()}
    applied(
        engine, tree(**{place: {k: v for k, v in each.items() if k != "formula"} for place, each in places.items()})
    )
    insert(engine, "account", {"name": "x", **{key: value for key, (_, value) in kinds.items()}}, {"name": "y"})
    before = select(engine, "account", *kinds)
    applied(engine, tree(**places), [f"account.{key}" for key in kinds])
    assert select(engine, "account", "plain", "count", "part") == [("x", 1, 2), ("y", 1, 2)]
    with engine.connect() as connection:
        rows = connection.execute(sa.select(overwritten.c.place, overwritten.c.old).where(overwritten.c.record == 1))
        assert {each.place: each.old for each in rows} == {
            f"crm_account.{key}": stored(value) for key, (_, value) in kinds.items()
        }
    back_to(engine, 2)
    assert select(engine, "account", *kinds) == before


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


def test_open_approvals_ask_again_for_what_they_asked(engine: Engine) -> None:
    applied(engine, tree(**with_stages()))
    insert(engine, "account", {"name": "x", "step": "need", "step__since": now()}, {"name": "y"})
    ways = [
        ("need", "call", "waiting"),
        ("call", "won", "agreed"),
        ("call", "won", "waiting"),
        ("need", "call", "void"),
    ]
    for number, (source, to, state) in enumerate(ways, start=1):
        asked = {"id": number, "approval": "a", "entity": "account", "record": 1 + number % 2, "field": "step"}
        more = {
            "asked_at": now(),
            "revision": 2,
            "terms": {"steps": [], "show": [], "read_only": [], "figures": []},
            "changed_seq": 1,
            "state": state,
        }
        with engine.begin() as connection:
            connection.execute(sa.insert(approval).values(**asked, **more, stage_from=source, stage_to=to))
    applied(engine, tree(**with_stages(MERGED_STAGES)), ["account.main.need"])
    assert asked_for(engine) == [("talk", "talk"), ("talk", "won"), ("talk", "won"), ("need", "call")]
    run(engine, "UPDATE tenon_approval SET state = 'done' WHERE id = 3")
    renamed = {"chat" if key == "talk" else key: {**each} for key, each in MERGED_STAGES.items()}
    renamed |= {"chat": {**MERGED_STAGES["talk"], "renamed_from": ["talk"]}}
    renamed |= {key: {**MERGED_STAGES[key], "replaced_by": "chat"} for key in ("call", "need")}
    applied(engine, tree(**with_stages(renamed)))
    plan = back_to(engine, 2)
    assert told(plan)["account.step"] == "1 row gets back what it held; 2 open approvals ask for what they did"
    assert asked_for(engine) == [("need", "call"), ("call", "won"), ("talk", "won"), ("need", "call")]
    assert kept(engine) == 0


def asked_for(engine: Engine) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        found = connection.execute(sa.select(approval.c.stage_from, approval.c.stage_to).order_by(approval.c.id))
        return [tuple(each) for each in found]


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


def test_what_links_get_back_is_what_a_plan_converts(engine: Engine) -> None:
    applied(engine, with_links({"size": {"type": "text"}, "word": {"type": "text", "max_length": 9}}))
    insert(engine, "account", {"name": "a"}, {"name": "b"}, {"name": "c"})
    row = "INSERT INTO crm_account__friends (record, value, position, changed_seq, own_size, own_word) VALUES "
    run(engine, row + "(1, 2, 0, 1, '500', 'long one'), (1, 3, 1, 1, '7', 'ok'), (3, 1, 0, 1, NULL, NULL)")
    before = said(engine, "size", "word")
    number: dict[str, Any] = {"type": "integer"}
    applied(engine, with_links({"size": number, "word": {"type": "text", "max_length": 9}}))
    few = {
        "size": {**number, "max": 10, "existing": "blank"},
        "word": {"type": "text", "max_length": 3, "existing": "blank"},
    }
    applied(engine, with_links(few), ["account.friends.size", "account.friends.word"])
    assert said(engine, "size", "word") == [(None, None), (7, "ok"), (None, None)]
    plan = back_to(engine, 2)
    assert {each.target: each.impact for each in plan.steps if each.kind is Kind.CHANGE_TYPE} == {
        "account.friends.size": "2 of 2 links convert; 2 of them take back what they held"
    }
    assert said(engine, "size", "word") == before


@pytest.mark.usefixtures("filler")
def test_a_key_that_comes_back_is_asked_of_what_rows_get_back(engine: Engine) -> None:
    applied(engine, code(unique=True))
    insert(engine, "account", {"name": "x", "code": "1"}, {"name": "x", "code": "2"}, {"name": "x"})
    applied(engine, code(formula="name"), ["account.code"])
    back_to(engine, 2)
    assert select(engine, "account", "code") == [("1",), ("2",), (None,)]
    applied(engine, code(formula="name"), ["account.code"])
    insert(engine, "account", {"id": 4, "name": "2", "code": "2"})
    _, plan = rollback_plan(engine, load_revision(engine, 2))
    (held_up,) = (each for each in plan.blocked if each.kind is Kind.ADD_KEY)
    assert held_up.impact.startswith("1 value more than once, in 2 rows: 2 (ids 2, 4)")


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

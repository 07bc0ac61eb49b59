"""A new key over rows that repeat values: what the plan counts, and what the YAML may say of them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from app.orm.engine import PLAN, UNIT
from app.plan import AppliedRevision, ApplyRefused, apply_plan, open_store, plan_for
from app.plan.drift import compare_schema

from .conftest import applied, insert, pack, select, tree

CODE = "entities__account__fields__code"
KEYS = "entities__account__keys"
BIN = {"deleted_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)}
CODES = ("b", "a", "B", None, "b", "a", "c", "b")


@pytest.fixture
def filled(engine: Engine) -> Engine:
    rows: list[dict[str, Any]] = [{"name": "x", "code": each, "level": "a"} for each in CODES]
    insert(engine, "account", *rows, {"name": "binned", "code": "c", **BIN})
    return engine


def unique(**more: Any) -> dict[str, Any]:
    return {CODE: {"type": "text", "max_length": 20, "unique": True, **more}}


def asked(engine: Engine, **changes: Any) -> tuple[str, str, str]:
    """Impact, code and risk of the key's step."""
    step = next(each for each in plan_for(engine, pack(tree(**changes))).steps if each.kind.name == "ADD_KEY")
    return step.impact, step.blocks.code if step.blocks else "", step.risk


TWO = "2 values more than once, in 5 rows: b (ids 1, 5, 8), a (ids 2, 6)"
FOLDED = "2 values more than once, in 6 rows: b (ids 1, 3, 5 …), a (ids 2, 6)"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (unique(), (TWO, "PLN525", "safe")),
        (unique(existing="fail"), (TWO, "PLN525", "safe")),
        (unique(existing="grandfather"), (TWO, "PLN525", "safe")),
        (
            unique(existing="blank"),
            (f"{TWO}; code is emptied in 3 rows, the oldest of each keeps it", "", "destructive"),
        ),
        (
            unique(existing="blank", ignore_case=True),
            (f"{FOLDED}; code is emptied in 4 rows, the oldest of each keeps it", "", "destructive"),
        ),
        (
            {KEYS: {"pair": {"fields": ["level", "code"]}}},
            ("2 values more than once, in 5 rows: a + b (ids 1, 5, 8), a + a (ids 2, 6)", "PLN525", "safe"),
        ),
    ],
)
def test_repeated_values_are_counted_with_their_rows(
    filled: Engine, changes: dict[str, Any], expected: tuple[str, str, str]
) -> None:
    assert asked(filled, **changes) == expected


@pytest.mark.parametrize("changes", [unique(), unique(existing="grandfather"), unique(existing="fail")])
def test_what_stands_in_the_way_says_what_to_do(filled: Engine, changes: dict[str, Any]) -> None:
    plan = plan_for(filled, pack(tree(**changes)))
    assert "merge these records" in plan.render()
    refused = apply_plan(filled, pack(tree(**changes)), plan, "tester")
    assert isinstance(refused, ApplyRefused)
    assert refused.code == "PLN504"


@pytest.mark.parametrize(
    ("changes", "kept"),
    [
        (unique(existing="blank"), ["b", "a", "B", None, None, None, "c", None, "c"]),
        (unique(existing="blank", ignore_case=True), ["b", "a", None, None, None, None, "c", None, "c"]),
        (
            {
                CODE: {"type": "text", "max_length": 20, "existing": "blank"},
                KEYS: {"pair": {"fields": ["level", "code"]}},
            },
            ["b", "a", "B", None, None, None, "c", None, "c"],
        ),
    ],
)
def test_the_oldest_keeps_its_value(filled: Engine, changes: dict[str, Any], kept: list[str | None]) -> None:
    wanted = tree(**changes)
    loaded = pack(wanted)
    plan = plan_for(filled, loaded)
    refused = apply_plan(filled, loaded, plan, "tester")
    assert isinstance(refused, ApplyRefused)
    assert refused.code == "PLN503"
    applied(filled, wanted, [step.name for step in plan.destructive])
    assert [code for (code,) in select(filled, "account", "code")] == kept
    assert plan_for(filled, loaded).is_empty
    assert compare_schema(filled, open_store(filled).models) == []


def test_a_required_value_is_not_emptied(filled: Engine) -> None:
    with filled.execution_options(**{UNIT: PLAN}).begin() as connection:
        connection.execute(sa.text("UPDATE crm_account SET code = 'none' WHERE code IS NULL"))
    assert asked(filled, **unique(existing="blank", required=True)) == (TWO, "PLN525", "safe")


def test_one_value_can_not_be_given_to_many_rows_of_a_key(filled: Engine) -> None:
    insert(filled, "account", {"id": 20, "name": "also empty"})
    applied(filled, tree(**unique(existing="blank")), ["account.code"])
    plan = plan_for(filled, pack(tree(**unique(required=True, backfill="none"))))
    assert [step.blocks.code for step in plan.blocked if step.blocks] == ["PLN525"]
    given = {"type": "text", "unique": True, "backfill": "none"}
    plan = plan_for(filled, pack(tree(**unique(existing="blank"), entities__account__fields__fax=given)))
    assert [step.impact for step in plan.blocked] == ["9 rows would have the same value"]
    each_its_own = tree(**unique(required=True, backfill={"formula": "concat(name, id)"}))
    assert not plan_for(filled, pack(each_its_own)).blocked


def test_the_key_that_was_taken_away_is_asked_again(filled: Engine) -> None:
    applied(filled, tree(**unique(existing="blank")), ["account.code"])
    revision = apply_plan(filled, pack(tree()), plan_for(filled, pack(tree())), "tester")
    assert isinstance(revision, AppliedRevision)
    with filled.execution_options(**{UNIT: PLAN}).begin() as connection:
        connection.execute(sa.text("UPDATE crm_account SET code = 'b' WHERE id = 8"))
    assert asked(filled, **unique())[0] == "1 value more than once, in 2 rows: b (ids 1, 8)"


@pytest.fixture
def kept_apart(engine: Engine) -> Engine:
    applied(engine, tree(**unique(ignore_case=True)))
    some = [("w", "a"), ("a", "bb"), ("y", None), ("z", "long enough")]
    rows = ({"name": name, "code": code, "level": "a"} for name, code in some)
    insert(engine, "account", *rows, {"name": "binned", "code": "free", **BIN})
    return engine


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"required": True, "backfill": "free"}, None),
        ({"required": True, "backfill": "BB"}, "ids 2 and 3"),
        ({"required": True, "backfill": {"formula": "name"}}, None),
        ({"required": True, "backfill": {"formula": 'left("Bby", 2)'}}, "ids 2 and 3"),
        ({"max_length": 5, "backfill": "a"}, "ids 1 and 4"),
        ({"max_length": 5, "backfill": "long"}, None),
        ({"required": True, "max_length": 5, "backfill": "new"}, "ids 3 and 4"),
    ],
)
def test_what_is_given_must_not_be_anothers_where_no_two_may_be_equal(
    kept_apart: Engine, more: dict[str, Any], expected: str | None
) -> None:
    wanted = tree(**unique(**{"ignore_case": True, **more}))
    plan = plan_for(kept_apart, pack(wanted))
    blocks = [step.blocks for step in plan.steps if step.blocks]
    assert [each.code for each in blocks] == (["PLN525"] if expected else [])
    if expected:
        assert blocks[0].reason.endswith(f"rows that would get the same value: {expected}")
    else:
        applied(kept_apart, wanted, [step.name for step in plan.destructive])


PAIR = {KEYS: {"pair": {"fields": ["level", "code"]}}}


@pytest.fixture
def paired(engine: Engine) -> Engine:
    """A key of two fields holds some rows apart."""
    applied(engine, tree(**PAIR))
    some = [
        ("w", "a", "1"),
        ("a", "b", "1"),
        ("y", "a", None),
        ("z", "b", "long enough"),
        ("1", "a", "01"),
        ("u", None, "9"),
    ]
    rows = ({"name": name, "level": level, "code": code} for name, level, code in some)
    insert(engine, "account", *rows, {"name": "binned", "level": "a", "code": "free", **BIN})
    return engine


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({CODE: {"type": "text", "max_length": 20, "required": True, "backfill": "free"}}, None),
        ({CODE: {"type": "text", "max_length": 20, "required": True, "backfill": "1"}}, "code: ids 1 and 3"),
        ({CODE: {"type": "text", "max_length": 20, "required": True, "backfill": {"formula": "name"}}}, None),
        (
            {CODE: {"type": "text", "max_length": 20, "required": True, "backfill": {"formula": '"1"'}}},
            "code: ids 1 and 3",
        ),
        ({CODE: {"type": "text", "max_length": 5, "backfill": "01"}}, None),
        ({CODE: {"type": "text", "max_length": 5, "backfill": "1"}}, "code: ids 2 and 4"),
        ({CODE: {"type": "text", "max_length": 5, "existing": "blank"}}, None),
        ({CODE: {"type": "integer", "existing": "blank"}}, "code: ids 1 and 5"),
        (
            {
                KEYS: {"three": {"fields": ["level", "more"]}},
                "entities__account__fields__more": {"type": "integer", "backfill": {"formula": "1"}},
            },
            "more: ids 1 and 3, 1 and 5, 2 and 4",
        ),
    ],
)
def test_what_rows_get_must_not_make_them_alike_in_a_key_of_several_fields(
    paired: Engine, changes: dict[str, Any], expected: str | None
) -> None:
    wanted = tree(**{**PAIR, **changes})
    plan = plan_for(paired, pack(wanted))
    told = [(step.target, step.blocks.code, step.blocks.reason) for step in plan.steps if step.blocks]
    if expected is None:
        assert told == []
        applied(paired, wanted, [step.name for step in plan.destructive])
        return
    field, ids = expected.split(": ")
    ((target, code, reason),) = told
    assert (target, code) == (f"account.{field}", "PLN525")
    assert reason.endswith(f"rows that would be alike in the key {'three' if field == 'more' else 'pair'}: {ids}")
    assert "take this field out of the key first" in plan.render()

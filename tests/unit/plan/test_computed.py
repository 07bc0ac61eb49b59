"""Plans say what becomes of values when formulas come, change and go, and when overruling is switched on and off."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from app.access import system_actor
from app.plan import ApplyRefused, apply_plan, open_store, plan_for
from app.record import Change, Overruling, Saved, update

from .conftest import applied, insert, pack, select, tree

FIELD = "entities__account__fields__"
LARGE = {"type": "text", "formula": 'if(size > 5, "large", "small")'}
BEFORE, AFTER = tree(**{FIELD + "large": LARGE}), tree(**{FIELD + "large": {**LARGE, "override": True}})


def steps(engine: Engine, **changes: object) -> list[tuple[str, str, str, str]]:
    plan = plan_for(engine, pack(tree(**changes)))
    return [(step.target, step.detail, step.impact, step.risk) for step in plan.steps]


def columns(engine: Engine) -> set[str]:
    return {column["name"] for column in sa.inspect(engine).get_columns("crm_account")}


def test_a_new_or_changed_formula_says_how_many_rows_it_fills(bare: Engine) -> None:
    applied(bare, tree())
    insert(bare, "account", {"name": "A"}, {"name": "B"})
    assert steps(bare, **{FIELD + "large": LARGE}) == [("account.large", "text computed", "fills 2 rows", "slow")]
    applied(bare, BEFORE)
    changed = {**LARGE, "formula": 'if(size > 6, "large", "small")'}
    (step,) = steps(bare, **{FIELD + "large": changed})
    assert (step[2], step[3]) == ("fills 2 rows", "slow")


def test_what_is_computed_and_comes_back_is_said_to_be_worked_out_anew(bare: Engine) -> None:
    applied(bare, BEFORE)
    insert(bare, "account", {"name": "A", "size": 9}, {"name": "B"})
    applied(bare, tree())
    (step,) = steps(bare, **{FIELD + "large": LARGE})
    assert step[2] == "2 rows, 0 filled; values are worked out anew in up to 2"


def test_entered_values_are_not_replaced_in_passing(bare: Engine) -> None:
    applied(bare, tree())
    insert(bare, "account", {"name": "A", "code": "x"}, {"name": "B"})
    (step,) = steps(bare, **{FIELD + "code__formula": "name"})
    assert step[2:] == (
        "fills 2 rows; 1 of them holds a value that was entered, which only a rollback gives back",
        "destructive",
    )
    loaded = pack(tree(**{FIELD + "code__formula": "name"}))
    outcome = apply_plan(bare, loaded, plan_for(bare, loaded), "Test")
    assert isinstance(outcome, ApplyRefused)
    assert outcome.code == "PLN503"


def test_a_field_that_becomes_required_and_computed_at_once_is_filled_by_its_formula(bare: Engine) -> None:
    applied(bare, tree())
    insert(bare, "account", {"name": "A", "code": "x"}, {"name": "B"})
    both = {FIELD + "code__formula": "name", FIELD + "code__required": True}
    assert [(target, impact[:11]) for target, _, impact, _ in steps(bare, **both)] == [
        ("account.code", ""), ("account.code", "fills 2 row"),
    ]  # fmt: skip
    assert not plan_for(bare, pack(tree(**both))).blocked


def test_overruling_comes_and_goes_with_its_columns(bare: Engine) -> None:
    applied(bare, BEFORE)
    insert(bare, "account", {"name": "A", "size": 9})
    before = columns(bare)
    applied(bare, AFTER)
    assert columns(bare) - before == {
        "large__computed", "large__override_by", "large__override_at", "large__override_reason",
    }  # fmt: skip
    change = Change(1, {}, overrule={"large": Overruling("huge", "Seen it")})
    assert isinstance(update(open_store(bare), system_actor("system:seed"), "account", [change], door="seed"), Saved)
    plan = plan_for(bare, pack(BEFORE))
    assert [(step.impact, step.blocks.code) for step in plan.blocked if step.blocks] == [
        ("1 row overruled: ids 1", "PLN528")
    ]
    withdraw = Change(1, {}, overrule={"large": None})
    assert isinstance(update(open_store(bare), system_actor("system:seed"), "account", [withdraw], door="seed"), Saved)
    applied(bare, BEFORE)
    assert columns(bare) == before
    assert plan_for(bare, pack(BEFORE)).is_empty
    applied(bare, AFTER)
    assert select(bare, "account", "name") == [("A",)]

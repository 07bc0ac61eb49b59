"""Rows that a requirement or the condition of an option would refuse: what the YAML may say of them, and what is done."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from app.orm.framework import audit
from app.plan import ApplyRefused, apply_plan, open_store, plan_for
from app.record.filling import WRITTEN

from .conftest import applied, insert, pack, select, tree
from .test_tombstones import run

FIELD = "entities__account__fields__"
CODE: dict[str, Any] = {"type": "text", "max_length": 20, "required_when": "size >= 20"}
LEVEL: dict[str, Any] = {"type": "picklist", "options": "level"}
MANY = {FIELD + "levels": {"type": "picklist", "many": True, "options": "level"}}
ALLOWED = {"picklists__level__options__b__allowed_when": "size > 15"}
IMPACT = "would refuse 2 of 4 existing rows: ids "


@pytest.fixture
def filled(engine: Engine) -> Engine:
    applied(engine, tree(**MANY))
    rows: list[dict[str, Any]] = [
        {"name": "a", "size": 20, "level": "b"},
        {"name": "b", "size": 10, "level": "b"},
        {"name": "c", "size": 30},
        {"name": "d", "level": "b", "code": "x"},
    ]
    insert(engine, "account", *rows)
    return engine


def asked(engine: Engine, wanted: dict[str, Any]) -> tuple[str, str, str]:
    step = next(each for each in plan_for(engine, pack(wanted)).steps if each.check is not None)
    return step.impact, step.blocks.code if step.blocks else "", step.risk


@pytest.mark.parametrize(
    ("said", "expected", "codes"),
    [
        ({}, ("", "PLN526", "safe"), []),
        ({"existing": "fail"}, ("", "PLN527", "safe"), []),
        ({"existing": "blank"}, ("", "PLN526", "safe"), []),
        ({"existing": "grandfather"}, (" (grandfathered)", "", "safe"), [None, None, None, "x"]),
        ({"backfill": "none"}, ("; they get none", "", "safe"), ["none", None, "none", "x"]),
        ({"backfill": "x" * 21}, ("", "PLN532", "safe"), []),
        ({"backfill": "one", "unique": True}, ("", "PLN525", "safe"), []),
        (
            {"backfill": {"formula": "concat(name, size)"}},
            ("; they get what `concat(name, size)` gives", "", "safe"),
            ["a20", None, "c30", "x"],
        ),
    ],
)
def test_a_field_that_is_wanted_where_a_condition_holds(
    filled: Engine, said: dict[str, Any], expected: tuple[str, str, str], codes: list[str | None]
) -> None:
    wanted = tree(**MANY, **{FIELD + "code": {**CODE, **said}})
    impact, *more = expected
    assert asked(filled, wanted) == (f"{IMPACT}1, 3{impact}", *more)
    if expected[1]:
        refused = apply_plan(filled, pack(wanted), plan_for(filled, pack(wanted)), "tester")
        assert isinstance(refused, ApplyRefused)
        return
    applied(filled, wanted)
    assert [code for (code,) in select(filled, "account", "code")] == codes
    assert plan_for(filled, pack(wanted)).is_empty


@pytest.mark.parametrize(
    ("said", "expected", "levels"),
    [
        ({}, ("", "PLN526", "safe"), []),
        ({"existing": "fail"}, ("", "PLN527", "safe"), []),
        ({"existing": "grandfather"}, (" (grandfathered)", "", "safe"), ["b", "b", None, "b"]),
        ({"existing": "blank"}, ("; they are emptied", "", "destructive"), ["b", None, None, None]),
        ({"existing": "blank", "required": True}, ("", "PLN526", "safe"), []),
        ({"backfill": "a"}, ("; they get a", "", "destructive"), ["b", "a", None, "a"]),
    ],
)
def test_an_option_that_is_not_allowed_any_more(
    filled: Engine, said: dict[str, Any], expected: tuple[str, str, str], levels: list[str | None]
) -> None:
    if "required" in said:
        run(filled, "UPDATE crm_account SET level = 'a' WHERE level IS NULL")
    wanted = tree(**MANY, **{FIELD + "level": {**LEVEL, **said}}, **ALLOWED)
    impact, *more = expected
    step = next(each for each in plan_for(filled, pack(wanted)).steps if "allowed_when" in each.detail)
    assert (step.impact, step.blocks.code if step.blocks else "", step.risk) == (f"{IMPACT}2, 4{impact}", *more)
    if step.blocks:
        return
    applied(filled, wanted, [each.name for each in plan_for(filled, pack(wanted)).destructive])
    assert [level for (level,) in select(filled, "account", "level")] == levels
    assert plan_for(filled, pack(wanted)).is_empty


def test_of_a_list_the_option_alone_goes(filled: Engine) -> None:
    run(filled, "INSERT INTO crm_account__levels VALUES (2, 'b', 0, 1), (2, 'a', 1, 1), (1, 'b', 0, 1), (3, 'a', 0, 1)")
    spared = {FIELD + "level": {**LEVEL, "existing": "grandfather"}}
    both = {FIELD + "levels": {**MANY[FIELD + "levels"], "existing": "blank"}}
    wanted = tree(**both, **spared, **ALLOWED)
    step = next(each for each in plan_for(filled, pack(wanted)).steps if "allowed_when" in each.detail)
    assert "would refuse 2 of 4 existing rows: ids 2, 4 (grandfathered); they are emptied" in step.impact
    applied(filled, wanted, [step.name])
    assert select(filled, "account", "level") == [("b",), ("b",), (None,), ("b",)]
    with filled.connect() as connection:
        found = connection.execute(sa.text("SELECT record, value FROM crm_account__levels ORDER BY record, value"))
        assert [tuple(each) for each in found] == [(1, "b"), (2, "a"), (3, "a")]
        told = connection.execute(sa.select(audit.c.changes).where(audit.c.action == WRITTEN)).scalars().all()
    assert told == [{"levels": [None, 1]}]


def test_rows_are_found_by_their_new_options_and_asked_by_the_old(filled: Engine) -> None:
    """The option gets another name in the same plan; what is written is found once it has."""
    options = {"a": {}, "big": {"renamed_from": "b", "allowed_when": "size > 15"}}
    wanted = tree(**MANY, picklists__level__options=options, **{FIELD + "level": {**LEVEL, "existing": "blank"}})
    applied(filled, wanted, ["level.big"])
    assert select(filled, "account", "level") == [("big",), (None,), (None,), (None,)]
    assert open_store(filled).models.catalog.choices("account", "level").keys() == {"a", "big"}

"""Formulas of `backfill` that give rows no value that fits: told by the plan where rows can say so, else by the switch."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from app.plan import ApplyRefused, apply_plan, plan_for, trial

from .conftest import applied, insert, pack, select, tree

FIELD = "entities__account__fields__"
ROWS = [
    {"name": "n" * 30, "code": "12", "size": 900},
    {"name": "b", "size": 10},
    {"name": "c", "code": "x", "size": 20, "level": "a"},
]
NAME = {"formula": "name"}


@pytest.fixture
def filled(kept_engine: Engine) -> Engine:
    if not select(kept_engine, "account", "id"):
        insert(kept_engine, "account", *ROWS)
    return kept_engine


def code(**said: Any) -> dict[str, Any]:
    return {FIELD + "code": {"type": "text", "max_length": 20, **said}}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (code(required=True, backfill={"formula": "level"}), "1 of these values does not fit: ids 2"),
        (code(max_length=1, backfill=NAME), "1 of these values does not fit: ids 1"),
        (code(max_length=1, backfill={"formula": "concat(code, code)"}), "1 of these values does not fit: ids 1"),
        (code(required_when="size < 15", backfill={"formula": "level"}), ""),
        (code(type="integer", backfill={"formula": "size * 2"}, max=30, max_length=None), "1 of these values"),
        ({FIELD + "size": {"type": "integer", "max": 500, "backfill": {"formula": "size - 1"}}}, "does not fit: ids 1"),
        (
            {FIELD + "short": {"type": "text", "max_length": 1, "backfill": NAME}},
            "1 of these values does not fit: ids 1",
        ),
        (
            {FIELD + "less": {"type": "integer", "max": 1, "backfill": {"formula": "id"}}},
            "2 of these values do not fit",
        ),
        ({FIELD + "less": {"type": "integer", "max": 3, "backfill": {"formula": "id"}}}, ""),
        (
            {"picklists__level__options__a__allowed_when": "size > 30", FIELD + "level__backfill": {"formula": '"a"'}},
            "",
        ),
    ],
)
def test_the_plan_names_the_rows(filled: Engine, changes: dict[str, Any], told: str) -> None:
    wanted = pack(tree(**{key: value for key, value in changes.items() if value is not None}))
    plan = plan_for(filled, wanted)
    held_up = [each for each in plan.steps if each.blocks]
    if not told:
        assert held_up == []
        return
    (step,) = held_up
    assert step.blocks is not None
    assert (step.blocks.code, told in step.impact) == ("PLN532", True), step.impact
    assert "they get what `" in step.impact or step.impact.startswith("3 rows get what `")
    refused = apply_plan(filled, wanted, plan, "tester", [each.name for each in plan.destructive])
    assert isinstance(refused, ApplyRefused)
    assert refused.code == "PLN504"


def test_what_a_formula_reads_behind_lookups_is_tried_where_the_way_stays(engine: Engine) -> None:
    boss: dict[str, Any] = {FIELD + "boss": {"type": "lookup", "to": "account", "inverse": "led"}}
    applied(engine, tree(**boss))
    insert(engine, "account", {"name": "a", "size": 900, "boss": 1}, {"name": "b", "size": 1, "boss": 1}, {"name": "c"})
    short = {"type": "integer", "max": 5, "backfill": {"formula": "boss.boss.size"}}
    (step,) = plan_for(engine, pack(tree(**boss, **{FIELD + "short": short}))).blocked
    assert step.impact == "3 rows get what `boss.boss.size` gives; 2 of these values do not fit: ids 1, 2"
    size = {FIELD + "size": {"type": "integer", "min": 0, "max": 100, "existing": "blank"}}
    plan = plan_for(engine, pack(tree(**boss, **size, **{FIELD + "short": short})))
    assert not plan.blocked  # what stands there is written first
    applied(engine, tree(**boss, **size, **{FIELD + "short": short}), ["account.size"])
    assert select(engine, "account", "size", "short") == [(None, None), (1, None), (None, None)]


@pytest.mark.parametrize(("given", "told"), [("y", ""), ("yy", "PLN532")])
def test_what_the_same_plan_writes_is_told_by_the_switch(engine: Engine, given: str, told: str) -> None:
    """The formula reads a field that is filled first: no row can say before what it will give."""
    note = {"type": "text", "max_length": 1}
    applied(engine, tree(**{FIELD + "note": note}))
    insert(engine, "account", {"name": "a", "code": "1"}, {"name": "b"})
    note |= {"required": True, "backfill": {"formula": "code"}}
    wanted = pack(tree(**code(required=True, backfill=given), **{FIELD + "note": note}))
    plan = plan_for(engine, wanted)
    assert not plan.blocked
    done = apply_plan(engine, wanted, plan, "tester")
    assert (done.code if isinstance(done, ApplyRefused) else "") == told
    expected = [("1", None), (None, None)] if told else [("1", "1"), ("y", "y")]
    assert select(engine, "account", "code", "note") == expected


def test_the_plan_names_rows_that_a_unique_field_would_give_the_same(filled: Engine) -> None:
    sign = {"type": "text", "unique": True, "ignore_case": True, "backfill": {"formula": 'if(size > 15, "x", "X")'}}
    plan = plan_for(filled, pack(tree(**{FIELD + "sign": sign})))
    (step,) = plan.blocked
    assert step.blocks is not None
    assert (step.blocks.code, step.target) == ("PLN525", "account.sign")
    assert step.impact.endswith("rows that would get the same value: ids 1 and 2, 1 and 3")
    sign["backfill"] = {"formula": "concat(name, size)"}
    assert plan_for(filled, pack(tree(**{FIELD + "sign": sign}))).blocked == ()


def test_a_new_field_that_another_reads_is_filled_first(engine: Engine) -> None:
    insert(engine, "account", {"name": "a", "size": 2}, {"name": "b"})
    new = {
        "above": {"type": "integer", "backfill": {"formula": "coalesce(between, 0) + 1"}},
        "between": {"type": "integer", "backfill": {"formula": "size * 10 + coalesce(base, 0)"}},
        "base": {"type": "integer", "backfill": 3},
    }
    applied(engine, tree(**{FIELD + key: each for key, each in new.items()}))
    assert select(engine, "account", "above", "between", "base") == [(24, 23, 3), (1, None, 3)]


def test_values_that_are_not_compared_are_tried_some_at_a_time(filled: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    class Value:
        pass

    values: list[weakref.ref[Value]] = []
    alive: list[int] = []

    def batches(*_: object) -> Iterator[list[tuple[int, object]]]:
        for number in range(4):
            alive.append(sum(each() is not None for each in values))
            cells: list[tuple[int, object]] = [(number, Value())]
            values.append(weakref.ref(cells[0][1]))  # type: ignore[arg-type]
            yield cells
            del cells

    monkeypatch.setattr(trial, "given_cells", batches)
    plan_for(filled, pack(tree(**{FIELD + "short": {"type": "text", "backfill": NAME}})))
    assert len(alive) == 4
    assert max(alive) <= 1

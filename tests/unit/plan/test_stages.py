"""Stages that are replaced, and pipelines that go while records stand in them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from app.orm.framework import approval, audit, outbox, stage_move
from app.orm.types import now
from app.plan import ApplyRefused, apply_plan, open_store, plan_for
from app.plan.drift import compare_schema
from app.plan.rollback import revision_before, rollback_plan

from .conftest import applied, insert, pack, select, tree
from .test_tombstones import impacts

STAGES: dict[str, Any] = {
    "call": {"probability": 10},
    "need": {"probability": 30},
    "talk": {"probability": 50, "required": ["code"]},
    "won": {"category": "won"},
}
LONG_AGO = dt.datetime(2026, 1, 5, tzinfo=dt.UTC)
CHANCE = {"type": "integer", "formula": "step.probability"}


def with_stages(stages: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    line = {"label": "Main", "field": "step", "moves": "listed", "stages": stages or STAGES}
    return {
        "entities__account__fields__step": {"type": "stage"},
        "entities__account__fields__chance": CHANCE,
        "entities__account__pipelines": {"main": line},
        **more,
    }


MERGED = {
    **STAGES,
    "call": {"probability": 10, "retired": True, "replaced_by": "need"},
    "need": {"probability": 30, "retired": True, "replaced_by": "talk"},
}


@pytest.fixture
def filled(engine: Engine) -> Engine:
    applied(engine, tree(**with_stages()))
    stands = {"step__since": LONG_AGO, "chance": 10}
    rows = [{"step": "call"}, {"step": "call", "deleted_at": now()}, {"step": "need"}, {"step": "won"}, {}]
    insert(engine, "account", *({"name": "x", **stands, **each} for each in rows))
    return engine


def test_records_go_to_the_stage_that_replaces_theirs(filled: Engine) -> None:
    with filled.begin() as connection:
        waiting = {"approval": "big", "entity": "account", "record": 1, "field": "step", "stage_from": "call"}
        asked = {"stage_to": "won", "state": "waiting", "asked_at": now(), "terms": {"steps": []}, "changed_seq": 1}
        columns = {key: each for key, each in {**waiting, **asked}.items() if key in approval.c}
        connection.execute(sa.insert(approval).values(**columns, **_rest(columns)))
    wanted = tree(**with_stages(MERGED))
    assert impacts(filled, wanted) == [
        "- retire stage account.main.call",
        "~ merge stage account.main.call 2 rows move to talk; 1 open approval asks for talk instead",
        "- retire stage account.main.need",
        "~ merge stage account.main.need 1 row moves to talk",
        "~ fill account.chance in up to 4 rows",
    ]
    refused = apply_plan(filled, pack(wanted), plan_for(filled, pack(wanted)), "tester")
    assert isinstance(refused, ApplyRefused)
    assert refused.code == "PLN503"
    applied(filled, wanted, ["account.main.call", "account.main.need"])
    assert plan_for(filled, pack(wanted)).is_empty
    found = select(filled, "account", "step", "chance", "step__since")
    assert [row[:2] for row in found] == [("talk", 50), ("talk", 10), ("talk", 50), ("won", None), (None, None)]
    assert [since == LONG_AGO for *_, since in found] == [False, False, False, True, True]
    m = stage_move.c
    with filled.connect() as connection:
        moves = connection.execute(sa.select(m.record, m.stage_from, m.stage_to, m.pipeline, m.actor).order_by(m.id))
        assert [tuple(each) for each in moves] == [
            (1, "call", "talk", None, "system:command"),
            (2, "call", "talk", None, "system:command"),
            (3, "need", "talk", None, "system:command"),
        ]
        told = connection.execute(sa.select(audit.c.entity, audit.c.changes).where(audit.c.action == "mend")).all()
        assert [tuple(each) for each in told] == [("account", {"step": [None, 3]})]
        assert connection.execute(sa.select(sa.func.count()).select_from(outbox)).scalar() == 0
        assert connection.execute(sa.select(approval.c.stage_from, approval.c.stage_to)).one() == ("talk", "won")
    fewer = {key: each for key, each in STAGES.items() if key in ("talk", "won")}
    assert impacts(filled, tree(**with_stages(fewer))) == [
        "- remove stage account.main.call",
        "- remove stage account.main.need",
    ]
    applied(filled, tree(**with_stages(fewer)))
    assert compare_schema(filled, open_store(filled).models) == []


def _rest(columns: dict[str, Any]) -> dict[str, Any]:
    """What else an approval needs."""
    fill: dict[type, Any] = {str: "x", int: 1, dt.datetime: now(), dict: {}}
    needed = (
        each for each in approval.columns if not each.nullable and not each.primary_key and each.key not in columns
    )
    return {each.key: fill.get(each.type.python_type, {}) for each in needed if each.server_default is None}


def test_a_stage_that_records_are_in_is_not_taken_away(filled: Engine) -> None:
    fewer = {key: each for key, each in STAGES.items() if key != "call"}
    plan = plan_for(filled, pack(tree(**with_stages(fewer))))
    assert [(step.impact, step.blocks and step.blocks.code) for step in plan.blocked] == [
        ("held by 2 rows: ids 1, 2", "PLN524")
    ]
    assert "`replaced_by:` another" in plan.render()


def test_two_pipelines_of_a_field_replace_a_stage_alike(filled: Engine) -> None:
    other = {"label": "Big", "field": "step", "when": "size > 10", "stages": STAGES}
    main = {"label": "Main", "field": "step", "moves": "listed", "stages": STAGES}
    both = {"entities__account__pipelines": {"big": other, "main": main}}
    applied(filled, tree(**with_stages(**both)))
    one = {"entities__account__pipelines": {"big": other, "main": {**main, "stages": MERGED}}}
    plan = plan_for(filled, pack(tree(**with_stages(**one))))
    assert {step.blocks.code for step in plan.blocked if step.blocks} == {"PLN539"}
    alike = {"entities__account__pipelines": {"big": {**other, "stages": MERGED}, "main": {**main, "stages": MERGED}}}
    wanted = tree(**with_stages(**alike))
    allowed = [f"account.{line}.{stage}" for line in ("big", "main") for stage in ("call", "need")]
    applied(filled, wanted, allowed)
    assert [step for (step,) in select(filled, "account", "step")] == ["talk", "talk", "talk", "won", None]


def test_a_stage_is_renamed_and_another_merged_into_it(filled: Engine) -> None:
    stages = {
        "first": {"probability": 10, "retired": True, "replaced_by": "second", "renamed_from": "call"},
        "second": {"probability": 30, "renamed_from": "need"},
        **{key: STAGES[key] for key in ("talk", "won")},
    }
    wanted = tree(**with_stages(stages))
    assert impacts(filled, wanted)[2:] == [
        "- retire stage account.main.first",
        "~ merge stage account.main.first 2 rows move to second",
        "~ fill account.chance in up to 4 rows",
    ]
    applied(filled, wanted, ["account.main.first"])
    assert [step for (step,) in select(filled, "account", "step")] == ["second", "second", "second", "won", None]


def test_a_stage_field_goes_with_its_pipeline_and_comes_back(filled: Engine) -> None:
    gone = impacts(filled, tree())
    assert [each for each in gone if "stage" in each] == []
    assert any(each.startswith("- drop field account.step 5 rows, 4 filled → kept") for each in gone)
    before = select(filled, "account", "step", "step__since")
    applied(filled, tree())
    assert compare_schema(filled, open_store(filled).models) == []
    insert(filled, "account", {"id": 9, "name": "made meanwhile"})
    loaded, plan = rollback_plan(filled, revision_before(filled))
    assert not plan.blocked
    outcome = apply_plan(filled, loaded, plan, "tester")
    assert not isinstance(outcome, ApplyRefused), outcome
    found = select(filled, "account", "step", "step__since")
    assert found[:4] == before[:4]
    assert {step for step, _ in found[4:]} == {"call"}  # who has none begins
    assert plan_for(filled, loaded).is_empty


def test_a_pipeline_goes_where_another_has_its_stages(filled: Engine) -> None:
    other = {"label": "Big", "field": "step", "when": "size > 10", "stages": {**STAGES, "extra": {}}}
    main = {"label": "Main", "field": "step", "moves": "listed", "stages": STAGES}
    applied(filled, tree(**with_stages(entities__account__pipelines={"big": other, "main": main})))
    insert(filled, "account", {"id": 9, "name": "big", "size": 20, "step": "extra"})
    plan = plan_for(filled, pack(tree(**with_stages())))
    assert [(step.target, step.impact) for step in plan.blocked] == [("account.big.extra", "held by 1 row: ids 9")]

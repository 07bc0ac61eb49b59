"""What random edits have found once: see tests/laws."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from app.access import system_actor
from app.orm.framework import search_row
from app.plan import AppliedRevision, Plan, apply_plan, load_revision, open_store, plan_for
from app.plan.fillers import register_filler
from app.plan.purge import purge, purge_plan
from app.plan.rollback import rollback_plan
from app.record import Saved, create
from app.record.filling import fill_computed

from .conftest import applied, insert, pack, select, tree

SEED = system_actor("system:seed")
FIELD = "entities__account__fields__"
VISIT: dict[str, Any] = {
    "name_field": "name",
    "fields": {
        "name": {"type": "text"},
        "size": {"type": "integer"},
        "account": {"type": "lookup", "to": "account", "inverse": "visits"},
    },
}


@pytest.fixture(autouse=True)
def filler() -> Iterator[None]:
    register_filler("computed", fill_computed)
    yield
    register_filler("computed", lambda *_: None)


def gone_back(engine: Engine, number: int) -> None:
    loaded, plan = rollback_plan(engine, load_revision(engine, number))
    assert not plan.blocked, plan.render()
    answer = apply_plan(engine, loaded, plan, "tester", [step.name for step in plan.destructive])
    assert isinstance(answer, AppliedRevision), answer


@pytest.mark.parametrize(
    ("was", "now", "value"),
    [
        ({"type": "boolean"}, {"type": "integer"}, True),
        ({"type": "email"}, {"type": "datetime", "backfill": "2020-02-02T10:00:00Z"}, "a@b.cn"),
    ],
)
def test_a_type_that_nothing_converts_back_is_gone_back_from(
    engine: Engine, was: dict[str, Any], now: dict[str, Any], value: object
) -> None:
    applied(engine, tree(**{FIELD + "more": was}))
    insert(engine, "account", {"name": "x", "more": value}, {"name": "y"})
    before = select(engine, "account", "more")
    applied(engine, tree(**{FIELD + "more": now}), ["account.more"])
    gone_back(engine, 2)
    assert select(engine, "account", "more") == before


def test_a_link_to_one_of_several_becomes_a_list_and_one_again(engine: Engine) -> None:
    several = {"type": "lookup", "to": ["account", "visit"]}
    applied(engine, tree(entities__visit=VISIT, **{FIELD + "about": several}))
    insert(engine, "account", {"name": "x"}, {"name": "y", "about": 1, "about__entity": "account"})
    applied(engine, tree(entities__visit=VISIT, **{FIELD + "about": {**several, "many": True}}))
    gone_back(engine, 2)
    assert select(engine, "account", "about", "about__entity") == [(None, None), (1, "account")]


def test_options_are_not_merged_where_a_key_holds_them_apart(engine: Engine) -> None:
    keyed = {"entities__account__keys": {"one": {"fields": ["level", "name"]}}}
    applied(engine, tree(**keyed))
    insert(engine, "account", {"name": "x", "level": "a"}, {"name": "x", "level": "b"})
    merged = {"picklists__level__options__a": {"retired": True, "replaced_by": "b"}}
    (block,) = (step.blocks for step in plan_for(engine, pack(tree(**keyed, **merged))).blocked)
    assert block is not None
    assert block.code == "PLN525"
    insert(engine, "account", {"id": 3, "name": "y", "level": "a"})
    assert plan_for(engine, pack(tree(**keyed, **merged))).blocked


def test_what_follows_from_mended_values_is_told(engine: Engine) -> None:
    total = {FIELD + "total": {"type": "integer", "formula": "sum_of(visits.size)"}}
    double = {FIELD + "double": {"type": "integer", "formula": "total * 2"}}
    applied(engine, tree(entities__visit=VISIT, **total, **double))
    insert(engine, "account", {"name": "x", "total": 90, "double": 180}, {"name": "y", "total": 0, "double": 0})
    insert(engine, "visit", {"name": "v", "size": 90, "account": 1})
    limited = tree(entities__visit=VISIT, **total, **double)
    limited["entities"]["visit"] = {**VISIT, "fields": {**VISIT["fields"]}}
    limited["entities"]["visit"]["fields"]["size"] = {"type": "integer", "max": 5, "existing": "blank"}
    plan = plan_for(engine, pack(limited))
    told = [(step.target, step.detail, step.impact) for step in plan.steps if step.kind.words == "fill"]
    assert told == [
        ("account.total", "follows visit.size", "in up to 2 rows"),
        ("account.double", "follows visit.size", "in up to 2 rows"),
    ]
    applied(engine, limited, ["visit.size"])
    assert select(engine, "account", "total", "double") == [(0, 0), (0, 0)]


def test_a_hidden_link_to_what_was_purged_leads_to_no_record_of_its_key(engine: Engine) -> None:
    """The numbers of the purged go on, so that what comes back points to nothing rather than to a stranger."""
    bare = tree()
    linked = tree(entities__visit=VISIT, **{FIELD + "seen": {"type": "lookup", "to": "visit", "inverse": "seers"}})
    applied(engine, linked)
    store = open_store(engine)
    assert isinstance(create(store, SEED, "visit", [{"name": "old"}], door="seed"), Saved)
    assert isinstance(create(store, SEED, "account", [{"name": "x", "seen": 1}], door="seed"), Saved)
    applied(engine, bare)
    far = dt.date(2999, 1, 1)
    going = purge_plan(engine, "visit", far)
    assert isinstance(going, Plan)
    assert isinstance(purge(engine, going, "tester", far), AppliedRevision)
    applied(engine, tree(entities__visit=VISIT))
    made = create(open_store(engine), SEED, "visit", [{"name": "new"}], door="seed")
    assert isinstance(made, Saved)
    assert made.ids > (1,)
    assert [step.impact for step in plan_for(engine, pack(linked)).steps if step.kind.words == "restore field"] == [
        "1 row, 1 filled; 1 point to records that are gone and become blank"
    ]
    applied(engine, linked)
    assert select(engine, "account", "seen") == [(None,)]


def test_a_mended_name_is_found_by_the_search(engine: Engine) -> None:
    named = {FIELD + "name": {"type": "text", "required": True, "max_length": 100}}
    applied(engine, tree(**named))
    assert isinstance(create(open_store(engine), SEED, "account", [{"name": "longish"}], door="seed"), Saved)
    shorter = {"type": "text", "required": True, "max_length": 5, "backfill": "short"}
    applied(engine, tree(**{FIELD + "name": shorter}), ["account.name"])
    with engine.connect() as connection:
        assert connection.execute(sa.select(search_row.c.tokens)).scalars().all() == ["short"]

"""An apply that prepares, killed again and again: each goes on where the last one was, and rows are as if it had never been."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from app.orm.engine import open_engine
from app.plan import apply_plan, first_apply, open_store, plan_for, prepare
from app.plan.drift import compare_schema
from tests.kill import DONE, act_in_child, look
from tests.unit.plan.conftest import insert, pack, tree
from tests.unit.plan.test_prepare import ALLOWED, TEXTS, WANTED

pytestmark = pytest.mark.timeout(600)
ROWS = 400
STRIDE = 9
"""Every apply comes so many statements further than the one before it, if nothing of its work was kept."""


def rows(engine: Engine) -> list[tuple[Any, ...]]:
    """What the applied revision reads."""
    table = open_store(engine).models.tables["account"]
    columns = [each for each in table.c if each.key != "changed_seq"]
    with engine.connect() as connection:
        return [tuple(each) for each in connection.execute(sa.select(*columns).order_by(table.c.id))]


def seen(url: str) -> tuple[Any, ...]:
    """Revision, tables and roles, rows, and what was changed by hand: nothing."""
    engine = open_engine(url)
    try:
        drift = compare_schema(engine, open_store(engine).models)
        return look(url), rows(engine), drift
    finally:
        engine.dispose()


def fill(engine: Engine) -> None:
    some: list[Mapping[str, Any]] = [
        {"name": f"n{number}", "code": TEXTS[number % len(TEXTS)], "level": "ab"[number % 2], "size": number}
        for number in range(ROWS)
    ]
    insert(engine, "account", *some)


def test_a_killed_prepare_is_invisible_and_taken_up(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepare, "FEWEST", 0)
    monkeypatch.setattr(prepare, "BATCH", 20)
    engine = open_engine(database_url)
    first_apply(engine, pack(tree()))
    fill(engine)
    loaded = pack(WANTED)
    plan = plan_for(engine, loaded)
    engine.dispose()
    old = seen(database_url)
    act = partial(apply_plan, loaded=loaded, plan=plan, actor_name="tester", allow_destructive=ALLOWED)
    kills, kill_at = 0, STRIDE
    while act_in_child(database_url, act, kill_at) != DONE:
        assert seen(database_url) == old
        kills, kill_at = kills + 1, kill_at + STRIDE
    assert kills > 5
    state, found, drift = seen(database_url)
    assert (state.revision, drift, len(found)) == (2, [], ROWS)
    engine = open_engine(database_url)
    assert plan_for(engine, loaded).is_empty
    table = open_store(engine).models.tables["account"]
    with engine.connect() as connection:
        codes = list(connection.execute(sa.select(table.c.code).order_by(table.c.id)).scalars())
    engine.dispose()
    assert codes[:7] == [12, 1204, 7, None, 40, 7 if TEXTS[5] else codes[5], 7]

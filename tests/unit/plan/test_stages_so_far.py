"""A database that an earlier version filled: its stage fields get their columns, filled from what the audit knows."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from app.orm.engine import PLAN, UNIT
from app.orm.framework import audit, stage_move
from app.plan import open_store, plan_for
from app.plan.drift import compare_schema
from app.plan.migrate import head, upgrade_framework, version
from tests.earlier import back_to
from tests.unit.plan.conftest import applied, insert, pack, select, tree

MADE = dt.datetime(2026, 3, 1, 8, tzinfo=dt.UTC)
LATER = dt.datetime(2026, 4, 1, 8, 30, tzinfo=dt.UTC)
STAGES = {"open": {}, "talk": {}, "won": {"category": "won"}}
WITH_STAGES = tree(
    entities__account__fields__step={"type": "stage"},
    entities__account__pipelines={"main": {"label": "Main", "field": "step", "stages": STAGES}},
)


def as_before(engine: Engine) -> None:
    """What this version adds is not there yet."""
    with engine.execution_options(**{UNIT: PLAN}).begin() as connection:
        assert "tenon_stage_move" in back_to(connection, "0004")
        connection.execute(sa.text("ALTER TABLE crm_account DROP COLUMN step__since"))


def moved(record: int, source: str, to: str, at: dt.datetime) -> dict[str, Any]:
    values = {"at": at, "actor_id": 7, "actor": "rep", "door": "form", "entity": "account", "record": record}
    more = {"action": "update", "changes": {"step": [source, to]}, "revision": 1, "salt": "", "digest": ""}
    return {**values, **more}


def test_what_the_audit_knows_of_stages_is_kept(engine: Engine) -> None:
    applied(engine, WITH_STAGES)
    stamps = {"created_at": MADE}
    rows = ({"name": "A", "step": "won"}, {"name": "B", "step": "open"}, {"name": "C"})
    insert(engine, "account", *({**each, **stamps} for each in rows))
    as_before(engine)
    with engine.execution_options(**{UNIT: PLAN}).begin() as connection:
        between = MADE + dt.timedelta(days=3)
        connection.execute(
            sa.insert(audit),
            [moved(1, "open", "talk", between), moved(1, "talk", "won", LATER), moved(9, "x", "y", LATER)],
        )
    upgrade_framework(engine)
    with engine.connect() as connection:
        assert version(connection) == head()
        m = stage_move.c
        query = sa.select(m.record, m.field, m.pipeline, m.stage_from, m.stage_to, m.at)
        found = [tuple(each) for each in connection.execute(query.order_by(m.record, m.id))]
    assert found == [
        (1, "step", "main", None, "open", MADE),
        (1, "step", "main", "open", "talk", between),
        (1, "step", "main", "talk", "won", LATER),
        (2, "step", "main", None, "open", MADE),
    ]
    assert select(engine, "account", "step__since") == [(LATER,), (MADE,), (None,)]
    assert compare_schema(engine, open_store(engine).models) == []
    assert plan_for(engine, pack(WITH_STAGES)).is_empty


def test_an_apply_brings_them_along(engine: Engine) -> None:
    applied(engine, WITH_STAGES)
    insert(engine, "account", {"name": "A", "step": "open", "created_at": MADE})
    as_before(engine)
    changed = {**STAGES, "lost": {"category": "lost"}}
    applied(engine, tree(**{**_paths(), "entities__account__pipelines__main__stages": changed}))
    assert select(engine, "account", "step__since") == [(MADE,)]


def _paths() -> dict[str, Any]:
    account = WITH_STAGES["entities"]["account"]
    return {
        "entities__account__fields__step": account["fields"]["step"],
        "entities__account__pipelines": account["pipelines"],
    }


def test_records_of_an_entity_that_gets_stages_begin_in_the_first(engine: Engine) -> None:
    insert(engine, "account", {"name": "A"}, {"name": "B"})
    plan = plan_for(engine, pack(WITH_STAGES))
    assert "2 rows begin in open" in plan.render()
    applied(engine, WITH_STAGES)
    found = select(engine, "account", "step", "step__since")
    assert [stage for stage, _ in found] == ["open", "open"]
    assert all(since is not None for _, since in found)
    with engine.connect() as connection:
        m = stage_move.c
        told = connection.execute(sa.select(m.record, m.stage_from, m.stage_to, m.pipeline).order_by(m.id)).all()
    assert [tuple(each) for each in told] == [(1, None, "open", "main"), (2, None, "open", "main")]

"""A move of a record, killed at two hundred points between validation, save, history, audit and event: all of it or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import pytest
import sqlalchemy as sa

from app.orm.framework import audit, stage_move
from app.orm.store import Store
from app.record import Change, Saved, create, update
from tests.killed import in_child
from tests.unit.record.conftest import SEED, Company, done, open_store, settle

pytestmark = pytest.mark.timeout(600)
POINTS = 200


@dataclass(frozen=True)
class Left:
    """What of a move is there: the stage and since when, and how many lines of history, audit and event tell of it."""

    stage: str
    since_moved: bool
    version: int
    moves: int
    audits: int
    events: int


BEFORE = Left("new", since_moved=False, version=1, moves=0, audits=0, events=0)
AFTER = Left("working", since_moved=True, version=2, moves=1, audits=1, events=1)


def test_a_killed_move_is_made_wholly_or_not_at_all(database_url: str) -> None:
    company = settle(open_store(database_url))
    ids = done(
        create(company.store, SEED, "claim", [{"name": f"N{each}"} for each in range(POINTS + 3)], door="seed")
    ).ids
    _move(company.store, ids[0])  # what is made once is there when the children begin
    company.store.engine.dispose()
    calls = in_child(database_url, company.store, lambda store: _move(store, ids[1]), 0)
    assert look(company, ids[1]) == AFTER
    found = []
    for number in range(POINTS):
        company.store.engine.dispose()
        act = partial(_move, record=ids[number + 2])
        in_child(database_url, company.store, act, 1 + calls * number // POINTS)
        found.append(look(company, ids[number + 2]))
    assert set(found) <= {BEFORE, AFTER}
    assert found.count(BEFORE) > POINTS // 2
    _move(company.store, ids[-1])  # and nothing is locked for good
    company.store.engine.dispose()


def _move(store: Store, record: int) -> None:
    change = Change(record, {"stage": "working", "reason": "broken"})
    assert isinstance(update(store, SEED, "claim", [change], door="api"), Saved)


def look(company: Company, record: int) -> Left:
    row = company.stored("claim", record)

    def told(table: sa.Table, *conditions: sa.ColumnElement[bool]) -> int:
        of_record = (table.c.entity == "claim", *conditions)
        with company.store.system_reading() as connection:
            return connection.execute(sa.select(sa.func.count()).select_from(table).where(*of_record)).scalar_one()

    events = [each for each in company.events("claim") if each["kind"] == "update" and record in each["records"]]
    return Left(
        row["stage"],
        row["stage__since"] > row["created_at"],
        row["version"],
        told(stage_move, stage_move.c.record == record, stage_move.c.stage_from.is_not(None)),
        told(audit, audit.c.record == record, audit.c.action == "update"),
        len(events),
    )

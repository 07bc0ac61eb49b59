"""Every door leaves a line of history for each record that begins in a stage or moves, and knows since when it is there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest
import sqlalchemy as sa

from app.access import Actor
from app.orm.framework import stage_move
from app.record import Change, create, delete, restore, update
from tests.unit.record.conftest import SEED, Company, codes, done


def moves(company: Company, *records: int) -> list[tuple[Any, ...]]:
    m = stage_move.c
    query = sa.select(m.record, m.pipeline, m.stage_from, m.stage_to, m.actor_id).where(m.entity == "claim")
    with company.store.system_reading() as connection:
        found = connection.execute(query.order_by(m.id)).all()
    return [tuple(each) for each in found if each.record in records]


def since(company: Company, record: int) -> dt.datetime:
    table = company.store.models.tables["claim"].c
    with company.store.system_reading() as connection:
        found = connection.execute(sa.select(table.stage__since).where(table.id == record)).scalar_one()
    assert isinstance(found, dt.datetime)
    return found


def at(company: Company, moment: dt.datetime) -> None:
    object.__setattr__(company.store, "clock", lambda: moment)


MONDAY = dt.datetime(2026, 11, 16, 8, tzinfo=dt.UTC)


def begin(company: Company, actor: Actor = SEED, *names: str) -> tuple[int, ...]:
    return done(create(company.store, actor, "claim", [{"name": each} for each in names], door="api")).ids


def move(company: Company, ids: Sequence[int], to: str, **values: object) -> None:
    changes = [Change(each, {"stage": to, **values}) for each in ids]
    done(update(company.store, SEED, "claim", changes, door="bulk"))


def test_a_batch_begins_and_moves_with_a_line_for_each(company: Company) -> None:
    at(company, MONDAY)
    one, other = begin(company, company.rep, "A", "B")
    assert moves(company, one, other) == [
        (one, "claims", None, "new", company.rep.user_id),
        (other, "claims", None, "new", company.rep.user_id),
    ]
    assert since(company, one) == since(company, other) == MONDAY
    at(company, MONDAY + dt.timedelta(days=3))
    move(company, [one, other], "working", reason="broken")
    assert [each[2:4] for each in moves(company, one, other)][2:] == [("new", "working"), ("new", "working")]
    assert since(company, one) == MONDAY + dt.timedelta(days=3)


def test_what_does_not_move_leaves_no_line(company: Company) -> None:
    at(company, MONDAY)
    (record,) = begin(company, SEED, "A")
    at(company, MONDAY + dt.timedelta(days=3))
    done(update(company.store, SEED, "claim", [Change(record, {"name": "B", "stage": "new"})], door="api"))
    refused = update(company.store, SEED, "claim", [Change(record, {"stage": "working"})], door="api")
    assert codes(refused) == [("reason", "stage.requires")]
    assert len(moves(company, record)) == 1
    assert since(company, record) == MONDAY


def test_the_bin_keeps_since_when(company: Company) -> None:
    at(company, MONDAY)
    (record,) = begin(company, SEED, "A")
    at(company, MONDAY + dt.timedelta(days=3))
    done(delete(company.store, SEED, "claim", [record], door="api"))
    done(restore(company.store, SEED, "claim", [record], door="api"))
    assert since(company, record) == MONDAY
    assert len(moves(company, record)) == 1


@pytest.mark.parametrize("count", [30])
def test_many_at_once_cost_one_statement_more(company: Company, count: int) -> None:
    seen: list[str] = []

    def note(*given: Any) -> None:
        seen.append(given[2])

    sa.event.listen(company.store.engine, "before_cursor_execute", note)
    ids = begin(company, SEED, *(f"N{number}" for number in range(count)))
    sa.event.remove(company.store.engine, "before_cursor_execute", note)
    assert len(moves(company, *ids)) == count
    assert sum("tenon_stage_move" in each and "SELECT" not in each for each in seen) <= 1

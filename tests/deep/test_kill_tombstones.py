"""A removal, a restore and a purge, killed at every statement: all as before, rows too, until one comes to its end."""

import datetime as dt
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from app.orm.engine import PLAN, UNIT, open_engine
from app.orm.types import now
from app.plan import Plan, apply_plan, first_apply, open_store, plan_for
from app.plan.drift import compare_schema
from app.plan.purge import purge, purge_plan
from app.plan.tombstone import every_tombstone
from tests.kill import State, look, states_after_kills_of
from tests.unit.plan.conftest import applied, pack, tree
from tests.unit.plan.test_tombstones import VISIT

pytestmark = pytest.mark.timeout(900)
UP = {"type": "lookup", "to": "account", "indexed": True}
FULL: dict[str, Any] = tree(
    entities__visit=VISIT, entities__account__fields__up=UP, entities__account__fields__code__unique=True
)
BARE: dict[str, Any] = tree(entities__account__fields__code=None)
ROWS = 300
Rows = Mapping[str, frozenset[tuple[Any, ...]]]


def fill(engine: Engine) -> None:
    tables = open_store(engine).models.tables
    stamps = {"created_at": now(), "updated_at": now()}
    with engine.execution_options(**{UNIT: PLAN}).begin() as connection:
        accounts = [{"id": n, "name": f"n{n}", "code": f"c{n}", "up": n - 1 or None, **stamps} for n in range(1, ROWS)]
        connection.execute(sa.insert(tables["account"]), accounts)
        visits = [{"id": n, "name": f"v{n}", "account": n, "done": n % 2 == 0, **stamps} for n in range(1, ROWS)]
        connection.execute(sa.insert(tables["visit"]), visits)


def rows(url: str) -> Rows:
    """Every value of every table of an entity: column, id and value."""
    engine = open_engine(url)
    found = {}
    with engine.connect() as connection:
        for table in sorted(name for name in sa.inspect(connection).get_table_names() if name.startswith("crm_")):
            names = sorted(each["name"] for each in sa.inspect(connection).get_columns(table))
            query = sa.select(*(sa.column(name) for name in names)).select_from(sa.table(table))
            cells = (
                (row.id if "id" in names else row.record, *each)
                for row in connection.execute(query)
                for each in row._mapping.items()
            )
            found[table] = frozenset((name, key, str(value)) for key, name, value in cells)
    engine.dispose()
    return found


def check_kills(url: str, act: Callable[[Engine], object]) -> State:
    """Carries something out after it was killed everywhere; nothing of it was there until then."""
    before, old = rows(url), look(url)
    *killed, (finished, _) = [(state, rows(url)) for state in states_after_kills_of(url, act)]
    assert len(killed) > 10
    assert all(state == old and left == before for state, left in killed)
    engine = open_engine(url)
    assert compare_schema(engine, open_store(engine).models) == []
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
    engine.dispose()
    return finished


def planned(url: str, plan_it: Callable[[Engine], Any]) -> Any:
    engine = open_engine(url)
    try:
        return plan_it(engine)
    finally:
        engine.dispose()


def test_a_killed_removal_restore_and_purge_change_nothing(database_url: str) -> None:
    engine = open_engine(database_url)
    first_apply(engine, pack(FULL))
    fill(engine)
    engine.dispose()
    whole = rows(database_url)
    for number, wanted in enumerate((pack(BARE), pack(FULL)), start=2):
        plan = planned(database_url, partial(plan_for, loaded=wanted))
        state = check_kills(database_url, partial(apply_plan, loaded=wanted, plan=plan, actor_name="tester"))
        assert state.revision == number
    assert without_marks(rows(database_url)) == without_marks(whole)
    engine = open_engine(database_url)
    applied(engine, BARE)
    assert sorted(each.name for each in every_tombstone(engine)) == ["account.code", "account.up", "visit"]
    engine.dispose()
    later = dt.date(2999, 1, 1)
    going = planned(database_url, partial(purge_plan, name="visit", day=later))
    assert isinstance(going, Plan)
    assert check_kills(database_url, partial(purge, plan=going, actor_name="tester", day=later)).revision == 5
    assert not [each for each in rows(database_url) if "visit" in each]


def without_marks(found: Rows) -> Rows:
    """All but the number that grows with every change: keys that are made again write it."""
    return {table: frozenset(row for row in each if row[0] != "changed_seq") for table, each in found.items()}

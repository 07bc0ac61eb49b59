import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from app.orm.bulk import insert_rows
from app.orm.engine import UNIT, WRITE
from app.orm.store import Store
from app.orm.tuples import having_any, having_one, one_value, wanted_values

DAY = dt.date(2026, 3, 1)
MOMENT = dt.datetime(2026, 3, 1, 12, 30, 15, 250_000, tzinfo=dt.UTC)
COMBINATIONS: dict[tuple[str, ...], tuple[Any, ...]] = {
    ("name",): ("王",),
    ("name", "since"): ("王", DAY),
    ("amount", "rate", "seen"): (Decimal("10.5000"), Decimal("1.25"), MOMENT),
    ("head", "active"): (1, True),
}


def found(store: Store, columns: tuple[str, ...], wanted: list[tuple[Any, ...]]) -> list[int]:
    table, dialect = store.models.tables["account"], store.engine.dialect
    statement = having_any(sa.select(table.c.id), [table.c[each] for each in columns], "taken", dialect)
    with store.system_reading() as connection:
        return sorted(connection.execute(statement, wanted_values(dialect, "taken", wanted)).scalars())


def found_one(store: Store, columns: tuple[str, ...], wanted: tuple[Any, ...]) -> list[int]:
    table = store.models.tables["account"]
    statement = having_one(sa.select(table.c.id), [table.c[each] for each in columns], "taken")
    with store.system_reading() as connection:
        return sorted(connection.execute(statement, one_value("taken", wanted)).scalars())


@pytest.mark.parametrize("columns", COMBINATIONS, ids="-".join)
def test_rows_with_one_of_the_combinations_are_found(store: Store, columns: tuple[str, ...]) -> None:
    moment = dt.datetime.now(dt.UTC)
    common = {"created_at": moment, "updated_at": moment, "version": 1, "changed_seq": 1}
    alike = {
        "since": DAY,
        "seen": MOMENT,
        "amount": Decimal("10.5"),
        "rate": Decimal("1.25"),
        "active": True,
        "head": 1,
    }
    other = {"since": None, "seen": None, "amount": Decimal(3), "rate": None, "active": False, "head": None}
    with store.engine.execution_options(**{UNIT: WRITE}).begin() as connection:
        table = store.models.tables["account"]
        insert_rows(connection, table, [{"id": 1, "name": "王", **alike, **common}])
        insert_rows(connection, table, [{"id": 2, "name": "O'Brien", **other, **common}])
    values = COMBINATIONS[columns]
    assert found(store, columns, [values]) == found_one(store, columns, values) == [1]
    many = [(f"{number}" if isinstance(value, str) else value for value in values) for number in range(900)]
    with_it = [*(tuple(each) for each in many if "name" in columns), values]
    assert found(store, columns, with_it) == [1]
    if "name" in columns:
        assert found(store, columns, with_it[:-1]) == []
        assert found_one(store, columns, with_it[0]) == []


@pytest.mark.parametrize("columns", [("name",), ("name", "head")], ids="-".join)
def test_combinations_are_found_by_an_index_of_all_their_columns(store: Store, columns: tuple[str, ...]) -> None:
    dialect, table = store.engine.dialect, store.models.tables["account"]
    if dialect.name != "sqlite":
        pytest.skip("PostgreSQL scans a table of few rows whatever indexes there are")
    statement = having_any(sa.select(table.c.id), [table.c[each] for each in columns], "taken", dialect)
    wanted = wanted_values(dialect, "taken", [(str(number), number)[: len(columns)] for number in range(900)])
    asked: list[tuple[str, Any]] = []
    with store.engine.execution_options(**{UNIT: WRITE}).begin() as connection:
        connection.execute(sa.text(f"CREATE INDEX probe ON crm_account ({', '.join(columns)})"))
        connection.execute(sa.text("ANALYZE"))  # of an empty table: of all that comes later it knows nothing
        sa.event.listen(connection, "before_cursor_execute", lambda *said: asked.append((said[2], said[3])))
        connection.execute(statement, wanted)
        plan = [str(row[-1]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked[0][0]}", asked[0][1])]
    assert any(f"probe ({' AND '.join(f'{each}=?' for each in columns)})" in each for each in plan), plan

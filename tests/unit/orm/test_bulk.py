import datetime as dt
import traceback
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from app.orm.bulk import FEWEST_TO_COPY, insert_rows, insert_together
from app.orm.engine import UNIT, WRITE, TableRefused, WriteOutsideUnit
from app.orm.framework import audit
from app.orm.store import Store

MOMENT = dt.datetime(2026, 3, 1, 12, 30, 15, 250_000, tzinfo=dt.UTC)
FEW, MANY = FEWEST_TO_COPY - 1, FEWEST_TO_COPY + 1


def accounts(count: int) -> list[dict[str, Any]]:
    return [
        {
            "id": number,
            "name": f"王\t\\N \n'{number}'",
            "amount": Decimal("12.3400"),
            "rate": None,
            "since": MOMENT.date(),
            "seen": MOMENT,
            "active": number % 2 == 0,
            "created_at": MOMENT,
            "updated_at": MOMENT,
            "version": 1,
            "changed_seq": number,
        }
        for number in range(1, count + 1)
    ]


@pytest.mark.parametrize("count", [1, FEW, MANY])
def test_rows_are_read_as_they_were_written(store: Store, count: int) -> None:
    table, rows = store.models.tables["account"], accounts(count)
    with store.engine.execution_options(**{UNIT: WRITE}).begin() as connection:
        insert_rows(connection, table, rows)
        insert_rows(connection, audit, [_audit({"name": [None, "王"]}) for _ in range(count)])
    with store.system_reading() as connection:
        found = connection.execute(sa.select(*(table.c[key] for key in rows[0])).order_by(table.c.id)).mappings().all()
        changes = connection.execute(sa.select(audit.c.changes)).scalars().all()
    assert [dict(row) for row in found] == rows
    assert changes == [{"name": [None, "王"]}] * count


@pytest.mark.parametrize("count", [1, 3, MANY])
def test_rows_of_several_tables_go_together(store: Store, count: int) -> None:
    table, rows = store.models.tables["account"], accounts(count)
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    sa.event.listen(store.engine, "before_cursor_execute", note)
    with store.engine.execution_options(**{UNIT: WRITE}).begin() as connection:
        sent.clear()
        insert_together(
            connection, [(table, rows), (audit, []), (audit, [_audit(None), _audit({"name": ["王", "%s"]})])]
        )
        insert_together(connection, [(audit, [])])
        insert_together(connection, [])
    sa.event.remove(store.engine, "before_cursor_execute", note)
    one = store.engine.dialect.name == "postgresql"
    assert len(sent) == (1 if one else 2), sent
    with store.system_reading() as connection:
        found = connection.execute(sa.select(*(table.c[key] for key in rows[0])).order_by(table.c.id)).mappings().all()
        changes = connection.execute(sa.select(audit.c.changes).order_by(audit.c.id)).scalars().all()
    assert [dict(row) for row in found] == rows
    assert changes == [None, {"name": ["王", "%s"]}]
    with pytest.raises(WriteOutsideUnit), store.engine.begin() as connection:
        insert_together(connection, [(audit, [_audit(None)]), (table, rows)])


def _audit(changes: object) -> dict[str, Any]:
    words = dict.fromkeys(("actor", "door", "entity", "action", "salt", "digest"), "x")
    return {"at": MOMENT, "revision": 1, "changes": changes, **words}


@pytest.mark.parametrize("count", [FEW, MANY])
def test_however_many_they_are_the_guard_sees_them(store: Store, count: int) -> None:
    table = store.models.tables["account"]
    with pytest.raises(WriteOutsideUnit), store.engine.begin() as connection:
        insert_rows(connection, table, accounts(count))
    with pytest.raises(TableRefused), store.housekeeping() as connection:
        insert_rows(connection, table, accounts(count))


@pytest.mark.parametrize("count", [FEW, MANY])
def test_what_the_database_refuses_is_told_alike_and_nothing_stays(store: Store, count: int) -> None:
    table = store.models.tables["account"]
    rows = accounts(count)
    rows[-1]["id"] = 1
    with pytest.raises(IntegrityError), store.engine.execution_options(**{UNIT: WRITE}).begin() as connection:
        insert_rows(connection, table, rows)
    with store.system_reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(table)).scalar() == 0


@pytest.mark.parametrize("count", [FEW, MANY])
def test_an_error_tells_no_value_of_a_row(store: Store, count: int) -> None:
    """Errors stand in logs."""
    table = store.models.tables["account"]
    rows = [{**row, "name": "Canary of Hangzhou"} for row in accounts(count)]
    writing = store.engine.execution_options(**{UNIT: WRITE})
    with writing.begin() as connection:
        connection.exec_driver_sql("CREATE UNIQUE INDEX one_of_each ON crm_account (name)")
    with pytest.raises(IntegrityError) as raised, writing.begin() as connection:
        insert_rows(connection, table, rows)
    told = "".join(traceback.format_exception_only(raised.value)) + str(raised.value.orig)
    assert "one_of_each" in told or "crm_account.name" in told
    assert "Hangzhou" not in told

import pytest
import sqlalchemy as sa

from app.orm.engine import TableRefused, WriteOutsideUnit, _may_write
from app.orm.framework import counter
from app.orm.store import Store, UnscopedRead


def test_housekeeping_writes_framework_tables_only(store: Store) -> None:
    with store.housekeeping() as connection:
        connection.execute(sa.insert(counter).values(name="x", value=1))
    for statement in ("SELECT id FROM crm_account", "DELETE FROM crm_account"):
        with pytest.raises(TableRefused), store.housekeeping() as connection:
            connection.execute(sa.text(statement))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE crm_account SET name = 'x'",
        "insert into crm_account (id) values (1)",
        "WITH a AS (SELECT 1) DELETE FROM crm_account",
        "DROP TABLE crm_account",
        'UPDATE "crm_account" SET name = 1',
    ],
)
def test_nothing_writes_an_entity_outside_a_unit(store: Store, statement: str) -> None:
    for engine in (store.engine, store.engine.execution_options(unit="read")):
        with pytest.raises(WriteOutsideUnit), engine.begin() as connection:
            connection.exec_driver_sql(statement)


def test_a_reader_reads_by_orm_statements_only(store: Store) -> None:
    table = store.models.tables["account"]
    with store.reading_session(lambda _entity: None) as session:
        with pytest.raises(UnscopedRead):
            session.execute(sa.select(table))
        with pytest.raises(UnscopedRead):
            session.get(store.models.classes["account"], 1)


def test_a_field_may_be_called_like_a_statement(store: Store) -> None:
    with store.engine.begin() as connection:
        connection.exec_driver_sql('SELECT id AS "delete", 1 AS change FROM crm_account')
        connection.execute(sa.text("SELECT count(*) AS deleted, 1 AS merge \nFROM crm_account"))
        connection.exec_driver_sql("SELECT id AS \"update x set\" FROM crm_account WHERE name = 'delete from x'")


def test_a_unit_of_work_that_fails_leaves_nothing(store: Store) -> None:
    def half_a_unit() -> None:
        with store.writing_session(lambda _entity: None) as session:
            session.connection().execute(sa.insert(counter).values(name="y", value=1))
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        half_a_unit()
    with store.system_reading() as connection:
        assert connection.execute(sa.select(counter.c.value).where(counter.c.name == "y")).first() is None


def test_a_label_may_be_called_like_a_statement(store: Store) -> None:
    account = store.models.classes["account"]
    with store.reading_session(lambda _entity: None) as session:
        for name in ("delete", "update", "insert", "merge"):
            assert session.execute(sa.select(account.id.label(name)).where(account.id == 0)).all() == []


@pytest.mark.parametrize("name", ["delete", "update", "insert"])
def test_a_column_called_like_a_statement_is_not_one(name: str) -> None:
    """PostgreSQL does not quote these names: a field of a pack may well be called `delete`."""
    assert not _may_write(f"SELECT crm_account.{name} \nFROM crm_account")
    assert not _may_write(f"SELECT crm_account.id AS {name} \nFROM crm_account")

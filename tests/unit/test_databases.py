"""The databases that the tests themselves stand on."""

import socket

import pytest
import sqlalchemy
from sqlalchemy import Column, Integer, MetaData, Table

from tests.conftest import OutboundConnectionError, absent


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_gets_an_empty_database(database_url: str, turn: int) -> None:
    engine = sqlalchemy.create_engine(database_url)
    assert sqlalchemy.inspect(engine).get_table_names() == []
    metadata = MetaData()
    Table(f"left_by_turn_{turn}", metadata, Column("id", Integer, primary_key=True))
    metadata.create_all(engine)
    assert sqlalchemy.inspect(engine).get_table_names() == [f"left_by_turn_{turn}"]
    engine.dispose()


def test_postgresql_orders_and_matches_chinese(pg_url: str) -> None:
    engine = sqlalchemy.create_engine(pg_url)
    with engine.connect() as connection:
        settings = dict(
            connection.execute(
                sqlalchemy.text("SELECT name, setting FROM pg_settings WHERE name IN ('server_encoding', 'lc_ctype')")
            ).all()
        )
    engine.dispose()
    assert settings == {"server_encoding": "UTF8", "lc_ctype": "C.UTF-8"}


def test_the_network_is_out_of_reach() -> None:
    with pytest.raises(OutboundConnectionError):
        socket.getaddrinfo("example.org", 80)
    with socket.socket() as connection, pytest.raises(OutboundConnectionError):
        connection.connect(("192.0.2.1", 80))


def test_a_missing_part_skips_with_a_reason_or_fails_where_it_is_required(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CRM_TEST_PG", raising=False)
    with pytest.raises(pytest.skip.Exception, match="PostgreSQL is not installed"):
        absent("PostgreSQL", "CRM_TEST_PG")
    monkeypatch.setenv("CRM_TEST_PG", "required")
    with pytest.raises(pytest.fail.Exception, match="PostgreSQL is not installed"):
        absent("PostgreSQL", "CRM_TEST_PG")

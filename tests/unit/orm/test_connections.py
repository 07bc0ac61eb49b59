from pathlib import Path

import pytest
import sqlalchemy as sa

from app.orm import engine as engines
from app.orm.store import Store
from app.orm.tidy import clear_deleted


@pytest.mark.pg
def test_a_connection_that_the_server_ended_is_replaced(pg_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "_TRUSTED_SECONDS", 0.0)
    ours, other = engines.open_engine(pg_url), sa.create_engine(pg_url, isolation_level="AUTOCOMMIT")

    def number() -> int:
        with ours.connect() as connection:
            return int(connection.execute(sa.text("SELECT pg_backend_pid()")).scalar_one())

    first = number()
    assert number() == first
    with other.connect() as connection:
        assert connection.execute(sa.text(f"SELECT pg_terminate_backend({first}, 5000)")).scalar_one()
    assert number() != first
    ours.dispose()
    other.dispose()


@pytest.mark.pg
def test_a_reader_keeps_the_statements_that_were_prepared(pg_url: str) -> None:
    ours = engines.open_engine(pg_url)
    store = Store(ours, models=None, revision=1)  # type: ignore[arg-type] # no entity is read
    for _ in range(12):
        with store.reading_session(lambda _entity: None) as session:
            session.execute(sa.select(sa.literal(1)))
    with ours.connect() as connection:
        prepared = connection.execute(sa.text("SELECT count(*) FROM pg_prepared_statements")).scalar_one()
    ours.dispose()
    assert prepared > 0


def test_a_file_that_is_made_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    ours = engines.open_engine(f"sqlite:///{path}")
    assert not path.exists(), "before somebody asks"
    with ours.begin() as connection:
        connection.execute(sa.text("CREATE TABLE a (b)"))
        assert {each.stat().st_mode & 0o777 for each in tmp_path.iterdir()} == {0o600}
        assert len(list(tmp_path.iterdir())) == 3
    ours.dispose()


@pytest.mark.pg
def test_a_connection_whose_tidying_failed_has_transactions_again(pg_url: str) -> None:
    other = sa.create_engine(pg_url)
    with other.begin() as connection:
        connection.execute(sa.text("CREATE TABLE held (a int)"))
    ours = sa.create_engine(pg_url, pool_size=1, connect_args={"options": "-c lock_timeout=1"})
    with other.begin() as connection:
        connection.execute(sa.text("LOCK TABLE held IN ACCESS EXCLUSIVE MODE"))
        with pytest.raises(Exception, match="lock timeout"):
            clear_deleted(ours)
    with ours.connect() as connection:
        connection.execute(sa.text("INSERT INTO held VALUES (1)"))
        connection.rollback()
        assert connection.execute(sa.text("SELECT count(*) FROM held")).scalar_one() == 0
    ours.dispose()
    other.dispose()

"""25 reference migrations of 5,000 rows, killed: at every statement on SQLite, at some of each on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.orm.engine import open_engine
from app.plan.fillers import register_filler
from tests.crash import Migration, check_on_postgresql, check_on_sqlite, fill, migrations, prepared
from tests.databases import place

pytestmark = pytest.mark.timeout(900)
KILLS = 10
"""Of one migration on PostgreSQL, where a copy and a process cost a second."""


@pytest.fixture(autouse=True)
def no_filler() -> Iterator[None]:
    yield
    register_filler("computed", lambda *_: None)


def test_there_are_25() -> None:
    assert len(migrations()) == 25


@pytest.mark.parametrize("migration", migrations(), ids=lambda each: each.name)
def test_a_killed_migration_is_all_or_nothing(new_url: str, tmp_path: Path, migration: Migration) -> None:
    place(new_url, "the pack of the migrations with its rows", fill)
    engine = open_engine(new_url)
    act = prepared(migration, engine)
    engine.dispose()
    if new_url.startswith("sqlite"):
        assert check_on_sqlite(new_url, act, tmp_path) > 20
    else:
        assert check_on_postgresql(new_url, act, KILLS, migration.name) >= KILLS

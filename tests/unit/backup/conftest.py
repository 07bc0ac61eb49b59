"""A house on both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests import pgtemp
from tests.unit.backup.house import House, a_house, build


@pytest.fixture
def fresh(request: pytest.FixtureRequest) -> Iterator[Callable[[], str]]:
    """Makes one more empty database of PostgreSQL."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(pgtemp.fresh_database(request.getfixturevalue("pg_cluster")))


@pytest.fixture
def house(new_url: str, tmp_path: Path, fresh: Callable[[], str]) -> Iterator[House]:
    build(new_url)
    with a_house(new_url, tmp_path, fresh) as made:
        yield made


@pytest.fixture
def small_house(sqlite_url: str, tmp_path: Path, fresh: Callable[[], str]) -> Iterator[House]:
    """On SQLite alone, for what does not depend on the database."""
    build(sqlite_url)
    with a_house(sqlite_url, tmp_path, fresh) as made:
        yield made

"""A house on both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from app.backup import seal
from tests import pgtemp
from tests.unit.backup.house import House, a_house, build


@pytest.fixture
def fresh(request: pytest.FixtureRequest) -> Iterator[Callable[[], str]]:
    """Makes one more empty database of PostgreSQL."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(pgtemp.fresh_database(request.getfixturevalue("pg_cluster")))


def spare_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever tries keys is not slowed down: each head says how much work its key took, and a fifth of a second is much."""
    monkeypatch.setitem(seal._SCRYPT, "n", 2**4)


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch, new_url: str, tmp_path: Path, fresh: Callable[[], str]) -> Iterator[House]:
    spare_work(monkeypatch)
    build(new_url)
    with a_house(new_url, tmp_path, fresh) as made:
        yield made


@pytest.fixture
def small_house(
    monkeypatch: pytest.MonkeyPatch, sqlite_url: str, tmp_path: Path, fresh: Callable[[], str]
) -> Iterator[House]:
    """On SQLite alone, for what does not depend on the database."""
    spare_work(monkeypatch)
    build(sqlite_url)
    with a_house(sqlite_url, tmp_path, fresh) as made:
        yield made

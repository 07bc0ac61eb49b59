"""A company that knows somebody, on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.privacy.house import House, a_house, build


@pytest.fixture
def house(new_url: str, tmp_path: Path) -> Iterator[House]:
    build(new_url)
    with a_house(new_url, tmp_path) as made:
        yield made


@pytest.fixture
def small_house(sqlite_url: str, tmp_path: Path) -> Iterator[House]:
    """On SQLite alone, for what does not depend on the database."""
    build(sqlite_url)
    with a_house(sqlite_url, tmp_path) as made:
        yield made

"""The small company on both databases, settled once for all tests of a module: they only read."""

from collections.abc import Iterator

import pytest

from app.orm.store import Store
from tests import pgtemp
from tests.unit.company import build_catalog, open_settled


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.pg)])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('company') / 'crm.db'}"
        with open_settled(url, build_catalog()) as opened:
            yield opened
        return
    with (
        pgtemp.reserved_name(request.getfixturevalue("pg_cluster")) as url,
        open_settled(url, build_catalog()) as opened,
    ):
        yield opened

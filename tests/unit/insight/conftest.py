"""The small company on both databases, settled once for all tests of a module: they only read."""

from collections.abc import Iterator

import pytest

from app.orm.store import Store
from tests import pgtemp
from tests.unit.company import build_catalog, open_store, settle


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.pg)])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('company') / 'crm.db'}"
        with open_store(url, build_catalog()) as opened:
            settle(opened)
            yield opened
        return
    with (
        pgtemp.fresh_database(request.getfixturevalue("pg_cluster")) as url,
        open_store(url, build_catalog()) as opened,
    ):
        settle(opened)
        yield opened

"""The company of the matrix, built once for all tests on a database."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.web.security import audited
from app.web.security.lockout import Bucket
from tests import pgtemp
from tests.security import company
from tests.security.site import Site, close, make_site

# People whose rights are those of others, wider or narrower: what is asked of everybody is asked of them by `make deep`.
LATER = frozenset({"director", "auditor", "marketing", "both"})


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        asked = getattr(item, "callspec", None)
        if asked is not None and asked.params.get("asker") in LATER and here in item.path.parents:
            item.add_marker(pytest.mark.deep)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, company.Company]:
    """A folder with `pack/` and `crm.db`; tests copy it or put it back."""
    folder = tmp_path_factory.mktemp("canary")
    engine = company.open_engine(f"sqlite:///{folder / 'crm.db'}")
    made = company.build(engine, folder / "pack")
    engine.dispose()
    return folder, made


@pytest.fixture(scope="session")
def whole_site(built: tuple[Path, company.Company], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder, made = built
    here = tmp_path_factory.mktemp("site") / "canary"
    shutil.copytree(folder, here)
    engine, store = company.open_site(f"sqlite:///{here / 'crm.db'}")
    site = make_site(engine, store, made, here)
    yield site
    close(site)


@pytest.fixture
def no_lines_of_denials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each would have the database put back."""
    monkeypatch.setattr(audited, "OF_ONE", Bucket(0, 0))


@pytest.fixture
def site(whole_site: Site, no_lines_of_denials: None) -> Iterator[Site]:  # noqa: ARG001
    """The company as it was built, whatever the test before did to it."""
    whole_site.begin()
    yield whole_site
    whole_site.put_back()


@pytest.fixture(scope="session")
def whole_pg_site(pg_cluster: pgtemp.Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site") / "canary"
    folder.mkdir()
    with pgtemp.fresh_database(pg_cluster) as url:
        engine = company.open_engine(url)
        made = company.build(engine, folder / "pack")
        engine.dispose()  # PostgreSQL copies a database only while nobody is connected to it
        engine, store = company.open_site(url)
        site = make_site(engine, store, made, folder, pg_cluster)
        yield site
        close(site)


@pytest.fixture
def pg_site(whole_pg_site: Site, no_lines_of_denials: None) -> Iterator[Site]:  # noqa: ARG001
    """The same company on PostgreSQL."""
    whole_pg_site.begin()
    yield whole_pg_site
    whole_pg_site.put_back()

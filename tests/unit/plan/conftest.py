"""Small packs, and databases that have one applied."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from app.definition import Catalog
from app.loading import Loaded, catalog_of_tree
from app.orm.engine import PLAN, UNIT, open_engine
from app.orm.types import now
from app.plan import AppliedRevision, apply_plan, first_apply, open_store, plan_for
from tests.databases import many_databases, new_url, place

# What differs between the databases (types, indexes, locks, rewrites) is asked of both every time, in the files that are
# not named here; these ask what a plan says and which rows it meets, and `make deep` asks PostgreSQL, too.
DEEP_ON_POSTGRESQL = frozenset(
    f"test_{name}.py"
    for name in (
        "beginning", "computed", "conditions", "drift", "filling", "found", "hidden", "links", "refused", "renames",
        "repeated", "stages", "tombstones",
    )
)  # fmt: skip

ACCOUNT: dict[str, Any] = {
    "name_field": "name",
    "fields": {
        "name": {"type": "text", "required": True, "max_length": 100, "searchable": True},
        "code": {"type": "text", "max_length": 20},
        "level": {"type": "picklist", "options": "level"},
        "size": {"type": "integer", "min": 0, "max": 1000},
        "limit": {"type": "money"},
    },
}
SMALL = "the small pack"
TREE: dict[str, Any] = {
    "entities": {"account": ACCOUNT},
    "picklists": {"level": {"options": {"a": {}, "b": {}}}},
    "roles": {"rep": {"grants": {"account": {"create": True, "read": "own", "update": "own"}}}},
}


def tree(**changes: Any) -> dict[str, Any]:
    """The small pack with values at paths changed: `tree(entities__account__fields__size__max=5)`; None takes away."""
    found = deepcopy(TREE)
    for path, value in changes.items():
        *above, last = path.split("__")
        place = found
        for key in above:
            place = place.setdefault(key, {})
        if value is None:
            del place[last]
        else:
            place[last] = deepcopy(value)
    return found


def pack(a_tree: dict[str, Any]) -> Loaded:
    """The pack of a tree. Equal trees have one catalog, and with it one set of tables, whatever test they are of."""
    return Loaded(_catalog_of(json.dumps(a_tree)), (), a_tree, {}, {})


@lru_cache(maxsize=50)
def _catalog_of(text: str) -> Catalog:
    return catalog_of_tree(json.loads(text))


def applied(engine: Engine, a_tree: dict[str, Any], allow: Sequence[str] = ()) -> AppliedRevision:
    """Plans and applies a pack; fails the test when that is refused."""
    loaded = pack(a_tree)
    plan = plan_for(engine, loaded)
    assert not plan.blocked
    revision = first_apply(engine, loaded) if not plan.revision else apply_plan(engine, loaded, plan, "tester", allow)
    assert isinstance(revision, AppliedRevision), revision
    return revision


def insert(engine: Engine, entity: str, *rows: Mapping[str, Any]) -> None:
    """Rows of an entity, as another program would have left them: no search rows, no sort keys."""
    table = open_store(engine).models.tables[entity]
    stamps = {"created_at": now(), "updated_at": now()}
    with engine.execution_options(**{UNIT: PLAN}).begin() as connection:
        for number, row in enumerate(rows, start=1):
            values = {table.c[key]: value for key, value in {"id": number, **stamps, **row}.items()}
            connection.execute(sa.insert(table).values(values))


def select(engine: Engine, entity: str, *columns: str) -> list[tuple[Any, ...]]:
    table = open_store(engine).models.tables[entity]
    with engine.connect() as connection:
        rows = connection.execute(sa.select(*(table.c[key] for key in columns)).order_by(table.c.id))
        return [tuple(row) for row in rows]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        late = item.path.parent == here and item.path.name in DEEP_ON_POSTGRESQL
        if late and item.get_closest_marker("pg"):
            item.add_marker(pytest.mark.deep)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.pg)])
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Engine]]:
    """Makes as many databases as a test asks for, with nothing but the framework's tables."""
    with many_databases(request, tmp_path) as make:
        yield make


@pytest.fixture
def empty(database_url: str) -> Iterator[Engine]:
    engine = open_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def bare(new_url: str) -> Iterator[Engine]:
    """With nothing but the framework's tables."""
    place(new_url, "", lambda _engine: None)
    engine = open_engine(new_url)
    yield engine
    engine.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.pg)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database with the small pack applied: a copy of one that was made once."""
    with _copy_of_prepared(request, tmp_path) as engine:
        yield engine


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.pg)])
def kept_engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """As `engine`, the same for all tests of a module."""
    with _copy_of_prepared(request, tmp_path_factory.mktemp("kept")) as engine:
        yield engine


@contextmanager
def _copy_of_prepared(request: pytest.FixtureRequest, folder: Path) -> Iterator[Engine]:
    with new_url(request, folder) as url:
        place(url, SMALL, prepare_small)
        engine = open_engine(url)
        yield engine
        engine.dispose()


def prepare_small(engine: Engine) -> None:
    first_apply(engine, pack(tree()))

"""Databases for fixtures: empty ones, and such that have the tables of a catalog and its first records.

Making all tables anew takes a hundred times as long as copying a file, and ten times as long as PostgreSQL takes to copy
a database. So `store_at` makes what several tests begin with once, and copies it.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from threading import Thread
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine, make_url

from app.definition import Catalog
from app.orm.engine import PLAN, UNIT, open_engine
from app.orm.framework import ab_role
from app.orm.models import Models, build_models
from app.orm.sealed import Keys
from app.orm.store import Store
from app.plan.migrate import upgrade_framework
from tests import pgtemp

# Of this database alone: other tests wait for each other's locks in the same cluster.
WAITING = sa.text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
Fill = Callable[[Engine], object]
Settle = Callable[[Store], None]
FRAMEWORK = "framework"
MODELS_KEPT = 50
SETTLED = {"user", "department", "team", "exchange_rate"}  # of what `settle` saves records by the write path

KEYS = Keys.of("a secret of the tests of databases")

_files: dict[str, bytes] = {}
_asked: Counter[object] = Counter()
_idle_models: dict[str, Models] = {}


deep_on_postgresql = pytest.mark.parametrize(
    "new_url", ["sqlite", pytest.param("postgresql", marks=[pytest.mark.pg, pytest.mark.deep])], indirect=True
)
"""For a test that takes seconds there and proves what one of its neighbours does: `make deep` asks PostgreSQL."""


@contextmanager
def new_url(request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    """The URL of a database that is not there yet, of the kind that the fixture's parameter names."""
    if request.param == "sqlite":
        yield f"sqlite:///{folder / 'crm.db'}"
    else:
        with pgtemp.reserved_name(request.getfixturevalue("pg_cluster")) as url:
            yield url


@contextmanager
def many_databases(request: pytest.FixtureRequest, folder: Path) -> Iterator[Callable[[], Engine]]:
    """Gives a function that makes one more, with nothing but the framework's tables; `request.param` is sqlite or postgresql.
    All go at the end.
    """
    with ExitStack() as stack:
        files = (f"sqlite:///{folder / str(number)}.db" for number in count())

        def make() -> Engine:
            url = next(files)
            if request.param == "postgresql":
                url = stack.enter_context(pgtemp.reserved_name(request.getfixturevalue("pg_cluster")))
            place(url, "", lambda _engine: None)
            engine = open_engine(url, KEYS)
            stack.callback(engine.dispose)
            return engine

        yield make


@contextmanager
def store_at(url: str, catalog: Catalog, settle: Settle = lambda _store: None) -> Iterator[Store]:
    """A store over a database that is not there yet: it gets the tables of the framework and of the catalog, its roles, and
    what `settle` puts into it: people and rates, the same for all catalogs that are alike in what such a store is made by.
    The database may be a copy of an earlier one.
    """
    shape = _shape(catalog)
    with _models_for(shape) as models, ExitStack() as stack:

        def fill(engine: Engine) -> None:
            with engine.execution_options(**{UNIT: PLAN}).begin() as connection:
                models.metadata.create_all(connection, checkfirst=False)
                if catalog.roles:
                    connection.execute(sa.insert(ab_role), [{"name": key} for key in catalog.roles])
            settle(Store(engine, models, 0))

        place(url, f"{settle.__module__}.{settle.__qualname__} {shape!r}", fill)
        models.metadata.info.clear()
        engine = open_engine(url, KEYS)
        stack.callback(engine.dispose)
        yield Store(engine, replace(models, catalog=catalog), 0)


def _shape(catalog: Catalog) -> Catalog:
    """What tables are made of, and what `settle` may meet: no other part of a catalog has a say in either."""

    def met(things: Mapping[str, Any]) -> dict[str, Any]:
        return {key: each for key, each in things.items() if each.entity in SETTLED}

    return Catalog(
        catalog.pack,
        catalog.entities,
        catalog.picklists,
        catalog.roles,
        automations=met(catalog.automations),
        approvals=met(catalog.approvals),
        slas=met(catalog.slas),
        reviews=met(catalog.reviews),
    )


@contextmanager
def _models_for(catalog: Catalog) -> Iterator[Models]:
    """The models of a catalog that says the same, made once; meanwhile nobody else's, as what is noted in them."""
    text = repr(catalog)
    models = _idle_models.pop(text, None) or build_models(catalog)
    yield models
    models.metadata.info.clear()
    while len(_idle_models) >= MODELS_KEPT:
        del _idle_models[next(iter(_idle_models))]
    _idle_models[text] = models


def place(url: str, mark: str, fill: Fill) -> None:
    """Makes the database at `url`, where none or an empty one is, with the framework's tables and what `fill` puts into them.
    Whoever brings the same mark again gets a copy.
    """
    key = hashlib.sha256(mark.encode()).hexdigest()[:24]
    parsed = make_url(url)
    make = _make_file if parsed.get_backend_name() == "sqlite" else _make_database
    _asked[make, key] += 1  # most ask once: what nobody asks for again is not kept
    make(parsed, key if _asked[make, key] > 1 else "", fill)


def _make_file(url: sa.URL, keep_as: str, fill: Fill) -> None:
    path = Path(str(url.database))
    path.touch(mode=0o600, exist_ok=False)
    if keep_as in _files:
        path.write_bytes(_files[keep_as])
        return
    if FRAMEWORK not in _files:
        _fill(url, upgrade_framework)
        _files[FRAMEWORK] = path.read_bytes()
    path.write_bytes(_files[FRAMEWORK])
    _fill(url, fill)
    if keep_as:
        _files[keep_as] = path.read_bytes()


def _make_database(url: sa.URL, keep_as: str, fill: Fill) -> None:
    cluster = pgtemp.cluster_of(url)
    template = cluster.template(FRAMEWORK, lambda at: _fill(at, upgrade_framework))
    if keep_as:
        template = cluster.template(f"kept_{keep_as}", lambda at: _fill(at, fill), template)
    try:
        cluster.copy(template, str(url.database))
    except psycopg.errors.DuplicateDatabase:
        cluster.drop(str(url.database))
        cluster.copy(template, str(url.database))
    if not keep_as:
        _fill(url, fill)


def _fill(url: sa.URL | str, fill: Fill) -> None:
    engine = open_engine(url if isinstance(url, str) else url.render_as_string(hide_password=False), KEYS)
    fill(engine)
    engine.dispose()


def until_it_waits(store: Store, worker: Thread) -> None:
    """Until another transaction waits for one that is under way, or has ended. SQLite lets no other one begin at all."""
    while store.engine.dialect.name == "postgresql" and worker.is_alive():
        with store.system_reading() as connection:
            if connection.execute(WAITING).scalar_one():
                return

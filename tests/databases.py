"""Empty databases for fixtures: one for a whole module, or several for one test."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from app.orm.engine import open_engine
from tests import pgtemp


@contextmanager
def new_url(request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    """The URL of an empty database of the kind that the fixture's parameter names: sqlite, or pg or postgresql."""
    if request.param == "sqlite":
        yield f"sqlite:///{folder / 'crm.db'}"
    else:
        with pgtemp.fresh_database(request.getfixturevalue("pg_cluster")) as url:
            yield url


@contextmanager
def many_databases(request: pytest.FixtureRequest, folder: Path) -> Iterator[Callable[[], Engine]]:
    """Gives a function that makes one more; `request.param` is sqlite or postgresql. All go at the end."""
    with ExitStack() as stack:
        files = (f"sqlite:///{folder / str(number)}.db" for number in count())

        def make() -> Engine:
            url = next(files)
            if request.param == "postgresql":
                url = stack.enter_context(pgtemp.fresh_database(request.getfixturevalue("pg_cluster")))
            engine = open_engine(url)
            stack.callback(engine.dispose)
            return engine

        yield make

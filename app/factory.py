"""The composition root: from settings to a WSGI application that serves the applied revision and takes up the next.

Any WSGI server may run `app.factory:wsgi`; `crm serve` does the same with gunicorn.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from app.settings import Settings

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy.engine import Connection, Engine

    from app.orm.models import Models
    from app.plan import AppliedRevision
    from app.plan.step import Step
    from app.record.batch import Batch, Row
    from app.web.swap import Swap


@contextmanager
def collector_at_rest(*, for_good: bool = False) -> Iterator[None]:
    """Without the garbage collector: what is built stays, and searching it for garbage took half of the time. `for_good`: it
    stays to the end of the process, so that it is not searched afterwards either.
    """
    at_work = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if for_good:
            gc.freeze()
        if at_work:
            gc.enable()


def open_database(settings: Settings) -> Engine:
    """The engine of the settings' database; the folder of a SQLite file is made. From now on an apply fills computed fields.

    Raises SettingRefused for an address of no database.
    """
    from pathlib import Path

    from app.orm.engine import open_engine, read_url
    from app.orm.sealed import Keys
    from app.plan.fillers import register_filler, register_foreteller
    from app.record.assigners import register_assigner

    register_assigner(_assign)
    register_foreteller("approvals", _foretell_approvals)
    register_filler("approvals", _end_approvals)
    register_filler("computed", _fill_computed)
    url = read_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return open_engine(settings.database_url, Keys(settings.every_secret))


def _assign(batch: Batch, rows: list[Row]) -> Mapping[int, int]:
    from app.automation.assign import assign_rows

    return assign_rows(batch, rows)


def _fill_computed(connection: Connection, before: Models, after: Models, revision: int) -> None:
    from app.record.filling import fill_computed

    fill_computed(connection, before, after, revision)


def _foretell_approvals(connection: Connection, before: Models, after: Models) -> Iterable[Step]:
    if not before.catalog.approvals:
        return ()  # nothing is imported for it
    from app.automation.approvals_left import foretell_left

    return foretell_left(connection, before, after)


def _end_approvals(connection: Connection, before: Models, after: Models, revision: int) -> None:
    from app.automation.approvals_left import end_left

    end_left(connection, before, after, revision)


def build_app(settings: Settings, engine: Engine | None = None, applied: AppliedRevision | None = None) -> Swap:
    """The WSGI application of the applied revision; it need not be read again where it was just `applied`.

    Raises NothingApplied for a database without one, ExtensionRefused for an extension that can't be loaded,
    FormerlySealed while a former key has sealed something.
    """
    from app.extension import load_extensions
    from app.plan import open_store
    from app.web.app import create_app
    from app.web.swap import Swap

    load_extensions(settings.extensions)
    database = engine if engine is not None else open_database(settings)
    if settings.former_secret_key:
        from app.plan.rotating import require_current_key

        require_current_key(database, open_store(database, applied).models)

    def build(found: AppliedRevision | None = None) -> Flask:
        with collector_at_rest():
            return create_app(open_store(database, found), settings)

    return Swap(build, build(applied))


def __getattr__(name: str) -> Any:
    """`wsgi`, built when a server asks for it."""
    if name != "wsgi":
        raise AttributeError(name)
    application = build_app(Settings.from_environment())
    globals()[name] = application
    return application

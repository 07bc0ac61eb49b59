"""Carries a plan out: one lock, one transaction, a revision. Killed anywhere in it, all is as before."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

from app.orm.models import build_models
from app.plan.lock import switching
from app.plan.migrate import upgrade_framework_on
from app.plan.mirror import write_mirror
from app.plan.revision import AppliedRevision, find_revision, write_revision
from app.plan.schema import create_tables_and_columns, schema_change, settle_indexes_and_columns

if TYPE_CHECKING:
    from app.loading import Loaded

_SCHEMA_STATEMENT = re.compile(r"\s*(?:create|alter|drop)\b", re.IGNORECASE)


def first_apply(engine: Engine, loaded: Loaded, actor_name: str = "system:startup") -> AppliedRevision:
    """Applies a pack to an empty database. A database that has a revision is left as it is: that one is returned."""
    with switching(engine) as connection:
        upgrade_framework_on(connection)
        found = find_revision(connection)
        return found or _switch(connection, None, loaded, actor_name)


def _switch(
    connection: Connection, before: AppliedRevision | None, loaded: Loaded, actor_name: str
) -> AppliedRevision:
    from app.loading import snapshot_of

    assert loaded.catalog is not None, "a pack with errors has no catalog"
    old = build_models(before.catalog, before.names) if before else None
    new = build_models(loaded.catalog, before.names if before else None)
    change = schema_change(old, new)
    with _schema_statements(connection) as sql:
        create_tables_and_columns(connection, change)
        settle_indexes_and_columns(connection, change)
    write_mirror(connection, before.catalog if before else None, loaded.catalog)
    number = before.number + 1 if before else 1
    applied = AppliedRevision(number, loaded.catalog, new.names, snapshot_of(loaded))
    write_revision(connection, applied, [], sql, actor_name)
    return applied


@contextmanager
def _schema_statements(connection: Connection) -> Iterator[list[str]]:
    """The statements on this connection that change tables, as they are sent."""
    seen: list[str] = []

    def note(_connection: Connection, _cursor: Any, statement: str, *_rest: Any) -> None:
        if _SCHEMA_STATEMENT.match(statement):
            seen.append(statement.strip())

    event.listen(connection, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(connection, "before_cursor_execute", note)

"""How long a statement of a reader may take: PostgreSQL counts itself, SQLite asks us every few thousand steps.

Limited are connections with the execution option SECONDS, which only the readers of the web have (`Store.statement_seconds`):
plans, jobs and what writes take as long as they take. A statement with the execution option HURRY has that time at most.
"""

from __future__ import annotations

import math
import time
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import OperationalError

SECONDS, HURRY = "statement_seconds", "statement_hurry"
_UNTIL, _IS_WATCHED = "statement_until", "statement_is_watched"
_STEPS = 20_000  # of SQLite's machine between two questions: about a millisecond


def heed_limits(engine: Engine) -> None:
    """Lets the statements of the engine's limited connections end in time, with an OperationalError (see `was_stopped`)."""
    if engine.dialect.name == "postgresql":
        event.listen(engine, "begin", _limit_postgresql)
        event.listen(engine, "before_cursor_execute", _hurry_postgresql)
        event.listen(engine, "after_cursor_execute", _as_before)
    else:
        event.listen(engine, "begin", _limit_nothing)
        event.listen(engine, "before_cursor_execute", _limit_sqlite)


def was_stopped(error: OperationalError) -> bool:
    """Whether a statement was stopped because it took too long."""
    return getattr(error.orig, "sqlstate", None) == "57014" or str(error.orig) == "interrupted"


def _limit_postgresql(connection: Connection) -> None:
    seconds = connection.get_execution_options().get(SECONDS)
    if seconds:
        _set_timeout(connection, seconds)


def _hurry_postgresql(
    connection: Connection, _cursor: Any, _statement: str, _values: Any, context: Any, _many: object
) -> None:
    if context.execution_options.get(HURRY):
        _set_timeout(connection, _seconds(connection, context))


def _as_before(
    connection: Connection, _cursor: Any, _statement: str, _values: Any, context: Any, _many: object
) -> None:
    """What was stopped has no transaction to go on with: only what went well is followed by others."""
    if context.execution_options.get(HURRY):
        _set_timeout(connection, connection.get_execution_options().get(SECONDS) or 0)


def _seconds(connection: Connection, context: Any) -> float:
    """How long a statement may take: in a hurry no longer than its connection lets it. 0: as long as it takes."""
    limits = (connection.get_execution_options().get(SECONDS), context.execution_options.get(HURRY))
    return min(filter(None, limits), default=0)


def _set_timeout(connection: Connection, seconds: float) -> None:
    """0: none."""
    cursor = connection.connection.cursor()  # past the engine's events: it is no question of anybody's
    cursor.execute(f"SET LOCAL statement_timeout = {int(seconds * 1_000)}")
    cursor.close()


def _limit_nothing(connection: Connection) -> None:
    connection.info[_UNTIL] = math.inf


def _limit_sqlite(
    connection: Connection, _cursor: Any, _statement: str, _values: Any, context: Any, _many: object
) -> None:
    """Rows are found while they are fetched, until the next statement begins."""
    seconds = _seconds(connection, context)
    if not seconds:
        return
    known = connection.info
    known[_UNTIL] = time.monotonic() + seconds
    if not known.get(_IS_WATCHED):
        known[_IS_WATCHED] = True
        driver: Any = connection.connection.driver_connection
        driver.set_progress_handler(lambda: time.monotonic() > known[_UNTIL], _STEPS)

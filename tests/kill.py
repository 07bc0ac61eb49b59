"""`kill -9` in the middle of an apply: in a forked child, before a chosen statement."""

import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Engine

from app.loading import Loaded
from app.orm.engine import open_engine
from app.plan import AppliedRevision, Plan, applied_revision, apply_plan, plan_for
from app.plan.drift import fingerprint
from app.plan.revision import reading

DONE, REFUSED = 0, 7


@dataclass(frozen=True)
class State:
    """What of a database is old or new: revision, tables, roles."""

    revision: int
    tables: str
    roles: tuple[str, ...]


def look(url: str) -> State:
    """The state of a database as seen by someone who comes anew."""
    engine = open_engine(url)
    try:
        with reading(engine) as connection:
            number, tables = applied_revision(connection), fingerprint(connection)
            present = sa.inspect(connection).has_table("ab_role")
            query = sa.text("SELECT name FROM ab_role ORDER BY name")
            roles = tuple(connection.execute(query).scalars()) if present else ()
        return State(number, tables, roles)
    finally:
        engine.dispose()


def plan_anew(url: str, loaded: Loaded) -> Plan:
    """The plan as someone who comes anew would make it."""
    engine = open_engine(url)
    try:
        return plan_for(engine, loaded)
    finally:
        engine.dispose()


def states_after_kills(url: str, loaded: Loaded) -> Iterator[State]:
    """The state after an apply that was killed before statement 1, 2, 3 … until one comes to its end: that one is last."""
    plan = plan_anew(url, loaded)
    return states_after_kills_of(url, lambda engine: apply_plan(engine, loaded, plan, "tester"))


def states_after_kills_of(url: str, act: Callable[[Engine], object]) -> Iterator[State]:
    """As `states_after_kills`, of whatever makes a revision."""
    number = 1
    while True:
        ended = _act_in_child(url, act, number)
        yield look(url)
        if ended == DONE:
            return
        assert ended == -signal.SIGKILL, f"the child ended with {ended}"
        number += 1


def _act_in_child(url: str, act: Callable[[Engine], object], kill_at: int) -> int:
    """Its exit code; minus the signal that ended it."""
    child = os.fork()
    if child == 0:
        code = 99
        try:
            code = _act(url, act, kill_at)
        finally:
            os._exit(code)  # never back into the test run
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def _act(url: str, act: Callable[[Engine], object], kill_at: int) -> int:
    engine = open_engine(url)
    seen = 0

    def count(*_arguments: Any) -> None:
        nonlocal seen
        seen += 1
        if seen == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(engine, "before_cursor_execute", count)
    event.listen(engine, "commit", count)  # called before the commit is sent
    return DONE if isinstance(act(engine), AppliedRevision) else REFUSED

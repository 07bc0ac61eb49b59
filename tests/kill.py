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


def states_after_kills(url: str, loaded: Loaded, every: int = 1) -> Iterator[State]:
    """The state after an apply that was killed before statement 1, 2, 3 … until one comes to its end: that one is last. With
    `every` only before each so many.
    """
    plan = plan_anew(url, loaded)
    return states_after_kills_of(url, lambda engine: apply_plan(engine, loaded, plan, "tester"), every)


def states_after_kills_of(url: str, act: Callable[[Engine], object], every: int = 1) -> Iterator[State]:
    """As `states_after_kills`, of whatever makes a revision. Who is killed when all was committed has come to the end, too."""
    number, before = 1, look(url).revision
    while True:
        ended = act_in_child(url, act, number)
        state = look(url)
        yield state
        if ended == DONE or state.revision != before:
            return
        assert ended == -signal.SIGKILL, f"the child ended with {ended}"
        number += every


def act_in_child(url: str, act: Callable[[Engine], object], kill_at: int) -> int:
    """Acts in a child that is killed before that statement. Its exit code; minus the signal that ended it."""
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

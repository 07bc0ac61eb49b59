"""The prepare phase of an apply: new columns of large tables are filled in batches, each in a transaction of its own.

People go on writing meanwhile. Whatever a batch leaves out the switch does, so that nothing here may hold an apply up. A
batch need not outlive a power failure: what is lost of it is worked out anew, and so it does not wait for the disk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import OperationalError

from app.orm.engine import PLAN, UNIT
from app.plan.lock import WAIT_SECONDS, is_busy, limit_waiting
from app.plan.prepare_rows import in_postgresql, in_sqlite
from app.plan.prepared import Prepared, drop_prepared, note_batch, read_prepared
from app.plan.preparing import Preparing
from app.plan.schema import add_column

BATCH = 20_000
FEWEST = 5_000
"""Rows of a table that are worth a prepare phase; the switch itself does smaller ones in a moment."""
_WAIT_FOR_ROWS = 2
_TRIES = 3
Tell = Callable[[str, int, int], None]
"""Is told of an entity how many rows, by their ids, were looked at of how many."""


def nobody(_entity: str, _done: int, _total: int) -> None:
    """Told of progress, says nothing."""


def prepare(engine: Engine, wanted: Sequence[Preparing], framework: str | None, tell: Tell = nobody) -> None:
    """Fills what is wanted, and drops what another change left behind. The caller holds the lock of the deployment."""
    with engine.connect() as connection:
        there = {each.table: each for each in read_prepared(connection, framework)}
    goes_on = {each.after.name for each in wanted if _is_for(there.get(each.after.name), each)}
    for name, left in there.items():
        if name not in goes_on:
            with _writing(engine, WAIT_SECONDS) as connection:
                drop_prepared(connection, left)
    for each in wanted:
        _fill(engine, each, there[each.after.name] if each.after.name in goes_on else _begun(engine, each), tell)


def is_large(connection: Connection, wanted: Preparing) -> bool:
    """Whether a table has so many rows that it is prepared."""
    place = wanted.before.c[wanted.identity[0]]
    return connection.execute(sa.select(place).order_by(place).offset(FEWEST).limit(1)).first() is not None


def _is_for(left: Prepared | None, wanted: Preparing) -> bool:
    return left is not None and left.signature == wanted.signature


def _begun(engine: Engine, wanted: Preparing) -> Prepared:
    """The new columns, in which nothing is yet."""
    names = tuple(each.name for each in wanted.columns)
    begun = Prepared(wanted.after.name, names, wanted.signature, 0)
    with _writing(engine, WAIT_SECONDS) as connection:
        for column in wanted.columns:
            add_column(connection, column)
        note_batch(connection, begun)
    return begun


def _fill(engine: Engine, wanted: Preparing, prepared: Prepared, tell: Tell) -> None:
    place = wanted.before.c[wanted.identity[0]]
    ends = sa.select(place).order_by(place).offset(BATCH - 1).limit(1)
    with engine.connect() as connection, connection.begin():
        last: int = connection.execute(sa.select(sa.func.max(place))).scalar() or 0
    writing = in_postgresql if engine.dialect.name == "postgresql" else in_sqlite
    with _connected(engine) as connection, writing(connection, wanted) as write:
        tries = 0
        while prepared.reached < last and tries < _TRIES:
            before, tries = prepared.reached, tries + 1
            with _leaving_busy(), connection.begin():
                limit_waiting(connection, _WAIT_FOR_ROWS)
                if connection.dialect.name == "postgresql":
                    connection.execute(sa.text("SET LOCAL synchronous_commit = off"))
                first = prepared.reached
                reached = connection.execute(ends.where(place > first)).scalar()
                if reached is None:  # fewer than a batch are left
                    reached = connection.execute(sa.select(sa.func.max(place))).scalar() or last
                prepared = replace(prepared, reached=reached)
                write(first, reached, note_batch(connection, prepared))
            if prepared.reached > before:
                tries = 0
            tell(wanted.entity, min(prepared.reached, last), last)


@contextmanager
def _leaving_busy() -> Iterator[None]:
    """What somebody else holds for long is left to the switch."""
    try:
        yield
    except OperationalError as error:
        if not is_busy(error):
            raise


def _connected(engine: Engine) -> AbstractContextManager[Connection]:
    return engine.connect().execution_options(**{UNIT: PLAN})


@contextmanager
def _writing(engine: Engine, seconds: int) -> Iterator[Connection]:
    """A transaction that waits so long for what others hold."""
    with _connected(engine) as connection, connection.begin():
        limit_waiting(connection, seconds)
        yield connection

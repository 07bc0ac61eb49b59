"""The database under one catalog, and the sessions in which it may be read and written.

`reading_session` carries the scope of its reader on every entity and cannot write. `writing_session` is a unit of work.
Both are opened through `access`, which computes the criteria; nothing above opens them without an actor.
"""

from __future__ import annotations

import datetime as dt
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property, partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import ORMExecuteState, Session
from sqlalchemy.orm.util import LoaderCriteriaOption
from sqlalchemy.sql.elements import ColumnElement

from app.definition import Catalog
from app.frozen import dataclass
from app.orm.engine import HOUSEKEEPING, READ, UNIT, WRITE
from app.orm.fixed import ONE
from app.orm.models import Models
from app.orm.reach import UnscopedRead, entities_named, entities_reached
from app.orm.time_limit import SECONDS
from app.orm.types import now

Criteria = Callable[[str], "ColumnElement[bool] | None"]
INCLUDE_DELETED = "include_deleted"
LED = "led_by_"
"""Begins the name of an alias of a class whose rows a condition of the statement finds. The scope is asked of each of them
as of any other, but in a form that no planner takes apart: it would find the rows by the scope instead, and take them for
few, for what stands in condition and scope alike it counts twice.
"""
_SCOPE = "scope"
_MOST_CRITERIA = 5_000
_MOST_LIMITED = 32  # forms of one statement that are kept: its readers of different scopes


class StaleRevision(RuntimeError):
    """Another revision than the one that the store was built for is applied: build anew and begin again."""


class ReadsOnly(RuntimeError):
    """A write on a store through which somebody only looks."""


class ScopedSession(Session):
    """A session whose statements carry the scope of its actor. Rows are read by SELECT, never from the identity map."""

    def get(self, *_args: Any, **_kwargs: Any) -> Any:
        """Refused: it may answer from the identity map."""
        raise UnscopedRead("read by select(), which carries the scope")

    get_one = get
    query = get

    def connection(self, *args: Any, **kwargs: Any) -> Connection:
        """The connection of a unit of work. Refused to a reader: no scope is put on what it executes."""
        if self.get_bind().get_execution_options().get(UNIT) == READ:
            raise UnscopedRead("a reader has no connection of its own")
        connection = super().connection(*args, **kwargs)
        if connection.get_execution_options().get(UNIT) == READ:
            raise UnscopedRead("this unit of work has ended its writing")
        return connection

    def end_writing(self) -> None:
        """From here on the unit of work only reads, as any reader does, until it is committed."""
        self.connection().execution_options(**{UNIT: READ})


@dataclass(frozen=True)
class _Scope:
    """What a session's statements are limited to; conditions are made once per session and entity."""

    models: Models
    criteria: Criteria
    made: dict[str, ColumnElement[bool] | None]

    def condition(self, entity: str) -> ColumnElement[bool] | None:
        if entity not in self.made:
            self.made[entity] = self.criteria(entity)
        return self.made[entity]


@dataclass(frozen=True)
class Store:
    """An engine with the models of the applied revision."""

    engine: Engine
    models: Models
    revision: int
    clock: Callable[[], dt.datetime] = now
    """The moment of a unit of work; a rehearsal plays at a time of its own."""
    reads_only: bool = False
    """Whether somebody looks through it at what another sees: it opens nothing in which one could write."""
    statement_seconds: float = 0
    """How long a reader's statement may take; 0: as long as it takes."""

    @property
    def catalog(self) -> Catalog:
        """The applied catalog."""
        return self.models.catalog

    @contextmanager
    def reading_session(self, criteria: Criteria, connection: Connection | None = None) -> Iterator[Session]:
        """A session that can't write; `criteria` gives the condition of each entity (None: every row).

        It may go on in the transaction of a connection that was opened by `system_reading`.
        """
        assert connection is None or connection.get_execution_options().get(UNIT) == READ
        with self._open(self._reading_engine if connection is None else connection, criteria) as session:
            yield session
            session.commit()  # at a rollback PostgreSQL's driver forgets the statements that it has prepared

    @contextmanager
    def writing_session(self, criteria: Criteria) -> Iterator[Session]:
        """A unit of work: commits at the end, rolls back on an exception. Raises ReadsOnly for who only looks."""
        self._may_write()
        with self._open(self._writing_engine, criteria) as session:
            yield session
            session.commit()

    @contextmanager
    def housekeeping(self) -> Iterator[Connection]:
        """A transaction on framework tables; statements that name an entity's table are refused. Raises as `writing_session`."""
        self._may_write()
        with self._housekeeping_engine.begin() as connection:
            yield connection

    def _may_write(self) -> None:
        if self.reads_only:
            raise ReadsOnly("who looks as another person writes nothing")

    @contextmanager
    def system_reading(self) -> Iterator[Connection]:
        """A connection that reads without a scope: to find the actor, and to plan. Can't write."""
        with self._reading_engine.begin() as connection:
            yield connection

    @contextmanager
    def _open(self, engine: Engine | Connection, criteria: Criteria) -> Iterator[Session]:
        session = ScopedSession(engine, autoflush=False, expire_on_commit=False)
        session.info[_SCOPE] = _Scope(self.models, criteria, {})
        with session:
            yield session

    @cached_property
    def _reading_engine(self) -> Engine:
        options: dict[str, Any] = {UNIT: READ, SECONDS: self.statement_seconds}
        if self.engine.dialect.name == "postgresql":
            options["postgresql_readonly"] = True
        return self.engine.execution_options(**options)

    @cached_property
    def _writing_engine(self) -> Engine:
        return self.engine.execution_options(**{UNIT: WRITE})

    @cached_property
    def _housekeeping_engine(self) -> Engine:
        return self.engine.execution_options(**{UNIT: HOUSEKEEPING})


@event.listens_for(ScopedSession, "do_orm_execute")
def _put_scope(state: ORMExecuteState) -> None:
    """Puts the actor's condition on every entity that the statement can reach."""
    if state.is_column_load:  # the ORM puts no criteria on what it refreshes
        raise UnscopedRead("an object is not loaded anew: read by select(), which carries the scope")
    scope: _Scope = state.session.info[_SCOPE]
    writes = state.is_insert or state.is_update or state.is_delete
    entities = (entities_named if writes else entities_reached)(state.statement, scope.models)
    if not entities:
        return
    if not state.is_orm_statement:
        if writes:
            return  # by Core: the engine's guard knows whether this is a unit of work
        raise UnscopedRead(f"not an ORM statement: {str(state.statement)[:120]}")
    deleted_too = state.execution_options.get(INCLUDE_DELETED, False)
    criteria = [_criteria(scope, key, deleted_too=deleted_too) for key in entities]
    if put := tuple(each for each in criteria if each is not None):
        state.statement = _limited(state.statement, put)


_made: weakref.WeakKeyDictionary[Any, dict[tuple[int, ...], tuple[Any, Any]]] = weakref.WeakKeyDictionary()


def _limited(statement: Any, put: tuple[_AliasedCriteria, ...]) -> Any:
    """The statement with criteria. One that lives long is limited once, and with it lives the key by which it is found
    compiled: to work that out takes longer than to read a row.
    """
    kept = _made.setdefault(statement, {})
    key = tuple(map(id, put))
    found = kept.get(key)
    if found is None:
        if len(kept) >= _MOST_LIMITED:
            kept.clear()
        # The criteria are kept, too: as long, no other has their id.
        found = kept[key] = (put, statement.options(*put))
    return found[1]


def _criteria(scope: _Scope, entity: str, *, deleted_too: bool) -> _AliasedCriteria | None:
    """What is put on one entity. Conditions live long (see `access`), and so does what is made of them."""
    condition = scope.condition(entity)
    kept = scope.models.metadata.info.setdefault("criteria", {})
    key = (entity, deleted_too, id(condition))
    found = kept.get(key)
    if found is not None and found[0] is condition:
        made: _AliasedCriteria | None = found[1]
        return made
    if len(kept) >= _MOST_CRITERIA:
        kept.clear()
    made = _make_criteria(scope.models, entity, condition, deleted_too=deleted_too)
    kept[key] = (condition, made)  # the condition too: while it is kept, no other has its id
    return made


def _make_criteria(
    models: Models, entity: str, condition: ColumnElement[bool] | None, *, deleted_too: bool
) -> _AliasedCriteria | None:
    a_class = models.classes[entity]
    if entity in models.many:
        conditions = list(_alive_around(models, entity, deleted_too=deleted_too))
    else:
        conditions = [] if deleted_too else [a_class.deleted_at.is_(None)]
    if condition is not None:
        conditions.append(condition)
    return _AliasedCriteria(a_class, sa.and_(*conditions), include_aliases=True) if conditions else None


def _alive_around(models: Models, key: str, *, deleted_too: bool) -> Iterator[ColumnElement[bool]]:
    """Values of a record in the bin are hidden with it, and links to one in the bin, which a restore brings back."""
    many, a_class = models.many[key], models.classes[key]
    if not deleted_too:
        yield _is_alive(models.tables[many.entity], a_class.record)
    if many.targets:
        there = (
            sa.and_(*many.leading_to(partial(getattr, a_class), each), _is_alive(models.tables[each], a_class.value))
            for each in many.targets
            if each in models.tables
        )
        yield sa.or_(sa.false(), *there)


def _is_alive(table: sa.Table, record: ColumnElement[int]) -> ColumnElement[bool]:
    other = table.alias()
    return sa.select(ONE).where(other.c.id == record, other.c.deleted_at.is_(None)).exists()


class _AliasedCriteria(LoaderCriteriaOption):
    """`with_loader_criteria` leaves a plain expression on the ON clause of a joined alias unadapted: adapt it."""

    _traverse_internals = LoaderCriteriaOption._traverse_internals  # noqa: SLF001 - the cache key is made of these

    def _resolve_where_criteria(self, ext_info: Any) -> ColumnElement[bool]:
        criterion = super()._resolve_where_criteria(ext_info)
        if not ext_info.is_aliased_class:
            return criterion
        adapted: ColumnElement[bool] = ext_info._adapter.traverse(criterion)  # noqa: SLF001 - as the ORM does for WHERE
        return sa.case((adapted, sa.true()), else_=sa.false()) if str(ext_info.name).startswith(LED) else adapted

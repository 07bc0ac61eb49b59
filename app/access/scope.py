"""Which rows: the scopes of an actor's grants as one condition that every statement on the entity carries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache, partial
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from app.access.actor import Actor
from app.access.context import context_of
from app.access.decision import VERBS_OF_WHOLE, grants_of
from app.definition import Catalog, PartLink, Scope, Verb, Where
from app.expression import BOOL, BadExpression, Context, get_expression
from app.frozen import dataclass
from app.orm.expression import NotInSql, alone, condition, facts_of
from app.orm.fixed import ONE, fixed_text
from app.orm.framework import record_team
from app.orm.models import Models
from app.orm.reach import PART_OF_SCOPE
from app.orm.tuples import among_selected
from app.orm.types import BIG_ID, now

DEEPEST_PARENT = 5  # hops from a record to the one that decides; a chain or a loop that is longer grants nothing more

_OWN_TOO = frozenset({"own", "team", "subtree"})
_BY_WAYS = _OWN_TOO | {"none"}

Columns = Callable[[str], ColumnElement[Any]]
_clock: ContextVar[Callable[[], dt.datetime] | None] = ContextVar("clock", default=None)


@contextmanager
def as_of(clock: Callable[[], dt.datetime]) -> Iterator[None]:
    """Within it conditions about the time are asked by that clock, and not by the machine's: what is rehearsed has its own.

    The conditions of an actor are made once and kept for every store of his models, so that no store can bring its clock.
    """
    before = _clock.set(clock)
    try:
        yield
    finally:
        _clock.reset(before)


def row_condition(models: Models, actor: Actor, verb: Verb, entity: str) -> ColumnElement[bool] | None:
    """The rows of an entity on which the actor may use a verb, as a condition on its mapped class; None means every row.

    Scopes of several roles add. A comparison with something that the actor does not have (no department, no team, a
    system actor's id) matches nothing. Other entities are reached through aliased Core tables, which no session scopes.
    """
    scopes = {grant.scope(verb) for _, grant in grants_of(models.catalog, actor, verb, entity)}
    return scopes_condition(models, actor, verb, entity, scopes)


def scopes_condition(
    models: Models, actor: Actor, verb: Verb, entity: str, scopes: Iterable[Scope]
) -> ColumnElement[bool] | None:
    """As `row_condition`, for scopes that are given. Those of a part are the scopes of its whole."""
    link = models.catalog.part_link(entity)
    if link is not None:
        return _Scopes(models, actor, VERBS_OF_WHOLE.get(verb, (verb,))[-1]).of_part(link, set(scopes))

    def columns(name: str) -> ColumnElement[Any]:
        return models.attribute(entity, name)  # type: ignore[return-value]

    return _Scopes(models, actor, verb).union(entity, columns, set(scopes), DEEPEST_PARENT)


def table_condition(
    models: Models, actor: Actor, verb: Verb, entity: str, columns: Columns
) -> ColumnElement[bool] | None:
    """As `row_condition`, on a table whose `columns` are given. Not for parts: their wholes decide."""
    scopes = {grant.scope(verb) for _, grant in grants_of(models.catalog, actor, verb, entity)}
    return _Scopes(models, actor, verb).union(entity, columns, scopes, DEEPEST_PARENT)


def values_condition(models: Models, actor: Actor, entity: str) -> ColumnElement[bool] | None:
    """The rows of a list field (`entity` is its key among the models) that the actor may read: those of records that he
    may read and, of links, those to records that he may read. None means every row.
    """
    many, a_class = models.many[entity], models.classes[entity]
    conditions = [_readable(models, actor, many.entity, a_class.record)]
    leading = {each: _readable(models, actor, each, a_class.value) for each in many.targets}
    if any(each is not None for each in leading.values()):
        conditions.append(
            sa.or_(
                *(
                    sa.and_(*many.leading_to(partial(getattr, a_class), each), sa.true() if seen is None else seen)
                    for each, seen in leading.items()
                )
            )
        )
    found = [each for each in conditions if each is not None]
    return sa.and_(*found) if found else None


def _readable(models: Models, actor: Actor, entity: str, ids: ColumnElement[int]) -> ColumnElement[bool] | None:
    """That the actor may read the record of this id; None where he reads them all."""
    link = models.catalog.part_link(entity)  # who reads a whole reads its parts
    decides = entity if link is None else link.whole
    record = models.tables[decides].alias()
    scopes = {grant.scope("read") for _, grant in grants_of(models.catalog, actor, "read", entity)}
    readable = _Scopes(models, actor, "read").union(decides, lambda name: record.c[name], scopes, DEEPEST_PARENT)
    if readable is None:
        return None
    there = [record.c.id == ids]
    if link is not None:
        part = models.tables[entity].alias()
        there = [part.c.id == ids, part.c[link.field] == record.c.id]
    return sa.select(ONE).where(*there, readable).exists()


@dataclass(frozen=True)
class Way:
    """How some rows of a scope are found: they have one of the ids in a column. Where there are `places`, the column is `id`,
    and they are the records on whose team one of these people has one of them.
    """

    column: str
    ids: tuple[int, ...]
    places: tuple[str, ...] = ()


def ways_of_reader(models: Models, actor: Actor, entity: str) -> tuple[Way, ...]:
    """The ways that lead to every row of an entity that the actor may read, and to no other. Empty where he reads all rows
    or none, and where something else decides on some: a whole, a parent, an expression.
    """
    scopes = {grant.scope("read") for _, grant in grants_of(models.catalog, actor, "read", entity)}
    if models.catalog.part_link(entity) is not None or not scopes <= _BY_WAYS:
        return ()
    return tuple(_Scopes(models, actor, "read").ways(entity, scopes))


def counting_places(catalog: Catalog, actor: Actor, verb: Verb, entity: str) -> list[str]:
    """The places, of those that the actor has on some records of the entity, by which one counts as his own for a verb."""
    counting = catalog.entities[entity].places_for(verb)
    return sorted({place for of, place in actor.places if of == entity and place in counting})


def reads_of_scopes(models: Models, entity: str, scopes: Iterable[Scope]) -> frozenset[str] | None:
    """The record's own fields that the expressions among the scopes read; None where they read other records, too."""
    found: set[str] = set()
    for each in scopes:
        if isinstance(each, Where):
            checked = get_expression(models.catalog, entity, each.where, BOOL, "filter")
            if checked.paths or checked.aggregates:
                return None
            found |= checked.fields
    return frozenset(found)


class _Own(sa.BindParameter[Any]):
    """An id of the actor's, or all of several, in a condition that the ORM puts on what is read.

    It is found among the parameters of a statement whenever that is executed. The ORM would mark it, as it does every part of
    such a condition, and two marks are compared by making a SQL expression of them: that took longer than many a statement.
    """

    inherit_cache = True

    def __init__(self, value: int | tuple[int, ...]) -> None:
        super().__init__(None, value, type_=BIG_ID, unique=True, expanding=isinstance(value, tuple))

    def _annotate(self, values: Mapping[str, Any]) -> Self:
        del values
        return self


@lru_cache(maxsize=1_000)
def _own(value: int | tuple[int, ...]) -> _Own:
    """One for all conditions of an actor, so that a statement has it once however many entities it reads."""
    return _Own(value)


def placed_records(entity: str, places: Iterable[str], people: sa.BindParameter[Any]) -> sa.Select[Any]:
    """The ids of the records on whose team one of the people has one of the places."""
    return sa.select(record_team.c.record).where(
        record_team.c.user_id.in_(people),
        record_team.c.entity == fixed_text(entity),
        record_team.c.position.in_([fixed_text(each) for each in places]),
    )


def _led(entity: str, columns: Columns, way: Way) -> ColumnElement[bool]:
    """That a row is found on a way."""
    column = columns(way.column)
    if way.places:
        return among_selected(column, placed_records(entity, way.places, _own(way.ids)))
    if way.column == "owner" and len(way.ids) == 1:
        return column == _own(way.ids[0])
    return column.in_(_own(way.ids))


class _Scopes:
    """Makes the conditions of one actor, on what he may use the verb."""

    def __init__(self, models: Models, actor: Actor, verb: Verb) -> None:
        self.models = models
        self.actor = actor
        self.verb = verb

    def union(self, entity: str, columns: Columns, scopes: set[Scope], hops: int) -> ColumnElement[bool] | None:
        """What any of the scopes allows: None for every row, FALSE for none."""
        if "all" in scopes:
            return None
        parts: list[ColumnElement[bool]] = []
        if scopes & _OWN_TOO and self.actor.user_id is not None:
            parts.append(self._owned(entity, columns))
        parts.extend(_led(entity, columns, way) for way in self._shared_ways(scopes))
        if "parent" in scopes:
            parts.extend(self._through_parent(entity, columns, hops))
        wheres = sorted((each for each in scopes if isinstance(each, Where)), key=str)
        found = [self._where(entity, columns, each) for each in wheres]
        parts.extend(each for each in found if not isinstance(each, sa.False_))
        return sa.or_(*parts) if parts else sa.false()

    def ways(self, entity: str, scopes: AbstractSet[Scope]) -> Iterator[Way]:
        """The ways to what is his own, of his teams and of his departments, as far as the scopes say so."""
        if scopes & _OWN_TOO and self.actor.user_id is not None:
            yield from self._own_ways(entity)
        yield from self._shared_ways(scopes)

    def _own_ways(self, entity: str) -> Iterator[Way]:
        yield Way("owner", self.actor.owning)
        held = counting_places(self.models.catalog, self.actor, self.verb, entity)
        if held:
            yield Way("id", self.actor.owning, tuple(held))

    def _shared_ways(self, scopes: AbstractSet[Scope]) -> Iterator[Way]:
        if "team" in scopes and self.actor.teams:
            yield Way("team", self.actor.teams)
        if "subtree" in scopes and self.actor.subtree:
            yield Way("department", self.actor.subtree)

    def _owned(self, entity: str, columns: Columns) -> ColumnElement[bool]:
        """Rows that are his own, or of those for whom he stands in; and those on whose team a place names the verb.

        Who has no such place anywhere has the bare condition on the owner, which one index answers with the list's order.
        """
        return sa.or_(*(_led(entity, columns, way) for way in self._own_ways(entity)))

    def _where(self, entity: str, columns: Columns, scope: Where) -> ColumnElement[bool]:
        """The rows that an expression selects, from all there are. One that can't be answered selects none."""
        try:
            checked = get_expression(self.models.catalog, entity, scope.where, BOOL, "filter")
            source = facts_of(self.models, entity, columns)
            return alone(source, condition(source, checked.root, self._context, strict=True))
        except (BadExpression, NotInSql):
            return sa.false()

    def _context(self) -> Context:
        """Asked whenever a statement is executed: conditions outlive the moment in which they were made."""
        clock = _clock.get()
        return context_of(self.models.catalog, self.actor, now() if clock is None else clock())

    def of_part(self, link: PartLink, scopes: set[Scope]) -> ColumnElement[bool] | None:
        """Parts whose whole is inside the scopes. A whole in the bin counts: its parts lie there with it."""
        whole = self.models.tables[link.whole].alias()
        inside = self.union(link.whole, lambda name: whole.c[name], scopes, DEEPEST_PARENT)
        if inside is None or isinstance(inside, sa.False_):
            return inside
        ids = sa.select(whole.c.id).where(inside).execution_options(**{PART_OF_SCOPE: True})
        return self.models.attribute(link.entity, link.field).in_(ids)

    def _through_parent(self, entity: str, columns: Columns, hops: int) -> list[ColumnElement[bool]]:
        """Rows whose parent record the actor may read, and his own rows without a parent."""
        field = self.models.catalog.entities[entity].parent_field
        if field is None:
            return []
        pointer = columns(field)
        parts: list[ColumnElement[bool]] = []
        if self.actor.user_id is not None:
            parts.append(sa.and_(pointer.is_(None), self._owned(entity, columns)))
        target = self.models.catalog.get_field(entity, field).target
        if target is None or hops == 0:
            return parts
        # A parent in the bin still decides: what was deleted with it is listed beside it, and restored with it.
        parent = self.models.tables[target].alias()
        scopes = {grant.scope("read") for _, grant in grants_of(self.models.catalog, self.actor, "read", target)}
        reading = _Scopes(self.models, self.actor, "read")
        readable = reading.union(target, lambda name: parent.c[name], scopes, hops - 1)
        if readable is None:
            parts.append(pointer.is_not(None))
        elif not isinstance(readable, sa.False_):
            readable_ids = sa.select(parent.c.id).where(readable).execution_options(**{PART_OF_SCOPE: True})
            parts.append(pointer.in_(readable_ids))
        return parts

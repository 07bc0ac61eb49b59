"""Where an expression reads the fields of a record, of the records behind its lookups, and of those that point to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlalchemy.sql.elements import ColumnElement

from app.expression.steps import chosen_target, lookup_of, target_of
from app.orm.many import Many, many_key
from app.orm.models import ENTITY_SUFFIX, Models
from app.orm.reach import PART_OF_SCOPE


@dataclass
class Source:
    """Rows of one entity under a name, and what is joined to them: one outer join for each path of lookups.

    `root` has the columns as attributes (a mapped class or an alias of one) or in `c` (a table or an alias of one).
    """

    models: Models
    entity: str
    root: Any
    scoped: bool
    joins: dict[str, Source] = field(default_factory=dict)

    def column(self, key: str) -> ColumnElement[Any]:
        """The column of a field, a companion column or a storage column of the record itself."""
        found: ColumnElement[Any] = getattr(self.root, key) if self.scoped else self.root.c[key]
        return found

    def behind(self, way: Sequence[str]) -> Source:
        """The records behind lookups, `account`, `owner`: joined where they are first asked for. No lookup: these rows."""
        if not way:
            return self
        path = ".".join(way)
        if path not in self.joins:
            holder = self.behind(way[:-1])
            target = target_of(self.models.catalog.entities[holder.entity], way[-1])
            assert target is not None
            self.joins[path] = self.new(target)
        return self.joins[path]

    def new(self, entity: str) -> Source:
        """Other rows of an entity, read in the same manner."""
        if self.scoped:
            return Source(self.models, entity, aliased(self.models.classes[entity]), scoped=True)
        return Source(self.models, entity, self.models.tables[entity].alias(), scoped=False)

    def joined(self, statement: sa.Select[Any], start: Any = None) -> sa.Select[Any]:
        """The statement with all joins. A record that is in the bin or out of the reader's sight reads as blank: it hides
        nothing, for the session puts its scope into the ON clause.
        """
        if start is not None or self.joins:
            statement = statement.select_from(self.root if start is None else start)
        # By the statement's own method: the session knows what was joined so, and limits it.
        for way, other in self.joins.items():
            *before, last = way.split(".")
            holder = self.joins[".".join(before)] if before else self
            there = sa.and_(*holder.points(last, other), *other.alive())
            statement = statement.outerjoin(other.root, there)
        return statement

    def points(self, step: str, other: Source) -> Iterator[ColumnElement[bool]]:
        """That a step leads to a row of `other`."""
        yield other.column("id") == self.column(lookup_of(step))
        if chosen_target(step) is not None:
            yield self.column(lookup_of(step) + ENTITY_SUFFIX) == other.entity

    def alive(self) -> tuple[ColumnElement[bool], ...]:
        """That a row is not in the bin; where the session says so itself, nothing."""
        return () if self.scoped else (self.column("deleted_at").is_(None),)

    def below(self, statement: sa.Select[Any], *own: Any) -> sa.Select[Any]:
        """A subquery of rows that are read in the same manner: of tables it says that no session scopes it. All but its
        `own` rows are those of the statements around it, however far out.
        """
        found = statement.correlate_except(*own)
        return found if self.scoped else part(found)

    def subquery(self, select: sa.Select[Any], *conditions: ColumnElement[bool]) -> sa.Select[Any]:
        """A subquery over these rows with all that is joined to them."""
        statement = self.joined(select, self.root).where(*conditions)
        return self.below(statement, self.root, *(each.root for each in self.joins.values()))

    def values_of(self, a_list: str) -> tuple[Source, ColumnElement[bool]]:
        """The values of a list field of the record, and that a value belongs to the record."""
        return self.list_of(self.models.many[many_key(self.entity, a_list)], self.column("id"))

    def list_of(self, many: Many, record: ColumnElement[int]) -> tuple[Source, ColumnElement[bool]]:
        """As `values_of`, of any list and record."""
        values = self.list_rows(many)
        belongs = values.column("record") == record
        if not self.scoped and many.targets:  # links to what lies in the bin are none
            belongs = sa.and_(belongs, sa.or_(*(self._leads(values, many, each) for each in many.targets)))
        return values, belongs

    def _leads(self, values: Source, many: Many, target: str) -> ColumnElement[bool]:
        """That a link leads to a record of the entity that is not in the bin."""
        other = self.models.tables[target].alias()
        there = sa.select(sa.literal(1)).where(other.c.id == values.column("value"), other.c.deleted_at.is_(None))
        return sa.and_(*many.leading_to(values.column, target), self.below(there, other).exists())

    def list_rows(self, many: Many) -> Source:
        """New rows of a list."""
        root = aliased(self.models.classes[many.key]) if self.scoped else many.table.alias()
        return Source(self.models, many.key, root, scoped=self.scoped)

    def children(self, entity: str, lookup: str) -> tuple[Source, tuple[ColumnElement[bool], ...]]:
        """The records of an entity whose field points to the record, and the conditions that say so."""
        child = self.new(entity)
        a_field = self.models.catalog.get_field(entity, lookup)
        mine = self.column("id")
        if a_field.holds == "references":
            many = self.models.many[many_key(entity, lookup)]
            links = self.list_rows(many)
            here = (links.column("value") == mine, *many.leading_to(links.column, self.entity))
            linked = sa.and_(*here, links.column("record") == child.column("id"))
            return child, (links.subquery(sa.select(sa.literal_column("1")), linked).exists(), *child.alive())
        if a_field.holds == "any":
            kind = child.column(lookup + ENTITY_SUFFIX) == self.entity
            return child, (child.column(lookup) == mine, kind, *child.alive())
        return child, (child.column(lookup) == mine, *child.alive())


def scoped(models: Models, entity: str, root: Any = None) -> Source:
    """Rows as a reading session shows them: for lists, views and filters. `root`: another name for the mapped class."""
    return Source(models, entity, models.classes[entity] if root is None else root, scoped=True)


def facts(models: Models, entity: str, root: Any = None) -> Source:
    """Rows as they are, those in the bin left out: for row scopes, plan checks, roll-ups. `root`: an alias of the table."""
    return Source(models, entity, models.tables[entity] if root is None else root, scoped=False)


@dataclass
class _Columns:
    """Columns of a record that stand outside of a condition."""

    column: Callable[[str], ColumnElement[Any]]

    def __getitem__(self, key: str) -> ColumnElement[Any]:
        return self.column(key)


@dataclass
class _Outside:
    """What `Source.root` is where the record is one of a statement that is not ours."""

    c: _Columns


def facts_of(models: Models, entity: str, columns: Callable[[str], ColumnElement[Any]]) -> Source:
    """As `facts`, about a record of another statement, whose columns are given. It can't be joined, see `alone`."""
    return Source(models, entity, _Outside(_Columns(columns)), scoped=False)


def alone(source: Source, found: ColumnElement[bool]) -> ColumnElement[bool]:
    """A condition over a source of facts that needs no joins around it: for where only a condition can stand."""
    if not source.joins:
        return found
    one = sa.select(sa.literal_column("1").label("one")).subquery()
    statement = source.joined(sa.select(sa.literal_column("1")), one).where(found)
    return source.below(statement, one, *(each.root for each in source.joins.values())).exists()


def part(statement: sa.Select[Any]) -> sa.Select[Any]:
    """A subquery of tables, which no session scopes."""
    return statement.execution_options(**{PART_OF_SCOPE: True})

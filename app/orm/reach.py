"""Which entities a statement can reach, and whether a scope can be put on all of them.

The ORM puts criteria on the mapped classes of a statement. A plain table beside them, a piece of text, or a subquery made of
tables would be read without: such statements are refused. A part of a scope itself is made of plain tables and says so.
"""

from __future__ import annotations

import re
import weakref
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import visitors
from sqlalchemy.sql.elements import ColumnClause, TextClause
from sqlalchemy.sql.selectable import FromClauseAlias, NamedFromClause, Select, Subquery, TableClause, TextualSelect

from app.orm.engine import ENTITY_PREFIX
from app.orm.models import Models

PART_OF_SCOPE = "part_of_scope"
"""Execution option of a subquery that belongs to a condition made by `access`: it reads more than its reader may."""

_NAMES_ENTITY = re.compile(rf"\b{ENTITY_PREFIX}[a-z]", re.IGNORECASE)
_ORM = "parententity"


class UnscopedRead(RuntimeError):
    """A statement read an entity's table in a way that no scope could be put on."""


@dataclass
class _Frame:
    """What one SELECT reads, as (name it goes by, table): what mapped classes stand for, and all of it."""

    mapped: set[tuple[str, str]] = field(default_factory=set)
    read: set[tuple[str, str]] = field(default_factory=set)


@dataclass
class _Reach:
    models: Models
    entities: set[str] = field(default_factory=set)
    done: set[int] = field(default_factory=set)

    def select(self, statement: Select[Any]) -> None:
        """One SELECT with all below it; a part of a scope is passed over."""
        if statement.get_execution_options().get(PART_OF_SCOPE):
            return
        if statement._prefixes or statement._suffixes or statement._statement_hints or statement._hints:  # noqa: SLF001
            raise UnscopedRead("a statement of a session has no textual parts")
        frame = _Frame()
        self.children(statement, frame)
        if plain := frame.read - frame.mapped:
            raise UnscopedRead(f"reads {', '.join(sorted(table for _, table in plain))} as plain tables")

    def children(self, element: visitors.ExternallyTraversible, frame: _Frame) -> None:
        for child in element.get_children():
            self.element(child, frame)

    def element(self, element: Any, frame: _Frame) -> None:
        if isinstance(element, ColumnClause):
            self.column(element, frame)
        elif isinstance(element, Select):
            self.select(element)
        elif isinstance(element, TableClause):
            self.table(element, element, frame)
        elif isinstance(element, FromClauseAlias) and isinstance(element.element, TableClause):
            self.table(element, element.element, frame)
        elif isinstance(element, TextClause):
            if _NAMES_ENTITY.search(element.text):
                raise UnscopedRead("text that names an entity's table")
        elif not isinstance(element, NamedFromClause) or self.is_new(element):
            self.children(element, frame)

    def is_new(self, subquery: NamedFromClause) -> bool:
        """A subquery or CTE is met once for each of its columns, and need be looked into once."""
        known = id(subquery) in self.done
        self.done.add(id(subquery))
        return not known

    def table(self, read: NamedFromClause, table: TableClause, frame: _Frame) -> None:
        if not table.name.lower().startswith(ENTITY_PREFIX):
            return
        entity = self.models.entity_of_table.get(table.name)
        ours = entity is not None and table.metadata is self.models.metadata if isinstance(table, sa.Table) else False
        if entity is None or not ours:
            raise UnscopedRead(f"{table.name} is no table of these models")
        self.entities.add(entity)
        frame.read.add(_named(read))
        if _ORM in read._annotations:  # noqa: SLF001 - how the ORM tells its own
            frame.mapped.add(_named(read))

    def column(self, column: ColumnClause[Any], frame: _Frame) -> None:
        if column.is_literal and _NAMES_ENTITY.search(column.name):
            raise UnscopedRead("text that names an entity's table")
        if _ORM in column._annotations and column.table is not None:  # noqa: SLF001 - as above
            frame.mapped.add(_named(column.table))


def _named(read: Any) -> tuple[str, str]:
    """A table or an alias of one: the name that it goes by in the statement, and the table's."""
    return str(getattr(read, "name", "")), str(getattr(getattr(read, "element", read), "name", ""))


_known: weakref.WeakKeyDictionary[Any, tuple[Models, tuple[str, ...]]] = weakref.WeakKeyDictionary()


def entities_reached(statement: Any, models: Models) -> tuple[str, ...]:
    """The entities that a SELECT of a session can reach, sorted. Raises UnscopedRead where a scope would not hold.

    The answer is kept as long as the statement lives: a statement that is made once is looked at once.
    """
    kept = _known.get(statement)
    if kept is not None and kept[0] is models:
        return kept[1]
    reach = _Reach(models)
    reach.element(statement, _Frame())
    if isinstance(statement, TextualSelect | Subquery):
        raise UnscopedRead("a statement of a session is no text")
    found = tuple(sorted(reach.entities))
    _known[statement] = (models, found)
    return found


def entities_named(statement: Any, models: Models) -> tuple[str, ...]:
    """The entities whose tables occur in a statement that writes, sorted."""
    tables = (element for element in visitors.iterate(statement) if isinstance(element, sa.Table))
    return tuple(sorted({models.entity_of_table[each.name] for each in tables if each.name in models.entity_of_table}))

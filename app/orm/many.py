"""Where fields that hold lists keep their values: a table for each field, a row for each value.

A row belongs to its record (`record`) and stands at a `position`. `value` is an option, a tag or the id that a link points
to; a tag has its folded form beside it, a link the columns of its own fields, and the entity of what it leads to
where that may be one of several. A session puts the scope of the record on
such rows, and on links that of what they point to: see `store`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from app.definition import Field
from app.frozen import dataclass
from app.orm.names import constraint_name
from app.orm.types import BIG_ID, BINARY_TEXT, AnyId

RECORD, VALUE, FOLD, POSITION = "record", "value", "fold", "position"
KIND = "value__entity"  # the entity of what a link leads to, where it may be one of several
OWN_PREFIX = "own_"


@dataclass(frozen=True, eq=False)
class Many:
    """The values of one field of an entity. `key` is its name among the models: `opportunity.contacts`."""

    entity: str
    field: Field
    table: sa.Table

    @property
    def key(self) -> str:
        """Its name among the models."""
        return many_key(self.entity, self.field.key)

    @property
    def targets(self) -> tuple[str, ...]:
        """The entities that its values may point to; none where they are options or tags."""
        return self.field.targets

    @property
    def several(self) -> bool:
        """Whether each link says of which entity is what it leads to."""
        return self.field.of_several

    @property
    def identity(self) -> tuple[str, ...]:
        """The columns that tell a value from the others of its record."""
        return (self.compared, KIND) if self.several else (self.compared,)

    @property
    def held(self) -> tuple[str, ...]:
        """The columns of a value: itself, the entity of what it leads to where that may be several, a link's own fields."""
        return (VALUE, *((KIND,) if self.several else ()), *self.own)

    def leading_to(self, column: Callable[[str], ColumnElement[Any]], target: str) -> tuple[ColumnElement[bool], ...]:
        """That links lead to one of these entities; nothing where they lead to no other. `column` gives theirs."""
        return (column(KIND) == target,) if self.several else ()

    def told(self, held: Sequence[Any]) -> tuple[Any, ...]:
        """A value as `held` was read, with its own fields behind it: where it may be of several entities, it is an AnyId."""
        return (AnyId(held[1], held[0]), *held[2:]) if self.several else tuple(held)

    @property
    def compared(self) -> str:
        """The column by which a value is found: tags are found whatever the case of their letters."""
        return FOLD if self.field.holds == "tags" else VALUE

    @property
    def own(self) -> tuple[str, ...]:
        """The columns of a link's own fields, in the order of the text."""
        return tuple(OWN_PREFIX + key for key in self.field.link_fields)


def many_key(entity: str, field: str) -> str:
    """The name of a field's values among the models."""
    return f"{entity}.{field}"


def own_column(names: Mapping[str, str], entity: str, field: str, own: str) -> str:
    """The physical name of an own field of links; revisions that know of no other say none."""
    return names.get(f"{entity}.{field}.{own}", OWN_PREFIX + own)


@dataclass(frozen=True)
class Place:
    """Where a table is made: among which others, with their names; `target` is the entity that its values point to. One that
    is `bound` has its foreign keys.
    """

    metadata: sa.MetaData
    names: Mapping[str, str]
    target: str | None
    bound: bool


def build_many(entity: str, a_field: Field, place: Place, own: Iterable[sa.Column[Any]]) -> Many:
    """The table of one field that holds a list; `own` are the columns of a link's own fields."""
    names = place.names
    name = names[many_key(entity, a_field.key)]
    table = sa.Table(name, place.metadata, *_columns(a_field), *own)
    for column, target in ((table.c.record, entity), (table.c.value, place.target)):
        if target is not None and place.bound:
            key = constraint_name("fk", name, column.name)
            table.append_constraint(sa.ForeignKeyConstraint([column], [f"{names[target]}.id"], name=key))
    many = Many(entity, a_field, table)
    found_by = [table.c[each] for each in reversed(many.identity)]
    sa.Index(constraint_name("ix", name, *many.identity), *found_by, table.c.record)
    sa.Index(constraint_name("ix", name, "changed_seq"), table.c.changed_seq)
    return many


def _columns(a_field: Field) -> Iterator[sa.Column[Any]]:
    """Each value once for a record: that is the key."""
    tags = a_field.holds == "tags"
    yield sa.Column(RECORD, BIG_ID, primary_key=True, autoincrement=False)
    value = BIG_ID if a_field.holds == "references" else sa.Text()
    yield sa.Column(VALUE, value, primary_key=not tags, nullable=False, autoincrement=False)
    if a_field.of_several:
        yield sa.Column(KIND, sa.Text(), primary_key=True)
    if tags:
        yield sa.Column(FOLD, BINARY_TEXT, primary_key=True)
    yield sa.Column(POSITION, sa.Integer(), nullable=False)
    yield sa.Column("changed_seq", sa.BigInteger(), nullable=False, server_default=sa.text("0"))

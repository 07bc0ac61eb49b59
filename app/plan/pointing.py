"""Values that came to point to nothing while they were hidden: found before they come back, and blanked when they do."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.sql.elements import ColumnElement

from app.frozen import dataclass
from app.orm.counters import next_changed_seq
from app.orm.former import Renames
from app.orm.many import KIND, RECORD, VALUE, many_key
from app.orm.models import ENTITY_SUFFIX, Models

_NONE = Renames()


@dataclass(frozen=True)
class LostReferences:
    """Rows of a table whose value points to a record that is not there. Rows of lists go; other values become blank."""

    table: sa.Table
    condition: ColumnElement[bool]
    blanks: tuple[str, ...] = ()

    def count(self, connection: Connection) -> int:
        """How many there are."""
        return connection.execute(sa.select(sa.func.count()).select_from(self.table).where(self.condition)).scalar_one()

    def mend(self, connection: Connection) -> None:
        """Lets go of what is not there."""
        if not self.count(connection):
            return
        if not self.blanks:
            connection.execute(sa.delete(self.table).where(self.condition))
            return
        values: dict[sa.Column[Any], int | None] = {self.table.c[key]: None for key in self.blanks}
        values[self.table.c.changed_seq] = next_changed_seq(connection)
        connection.execute(sa.update(self.table).where(self.condition).values(values))


def lost_references(
    models: Models, entity: str, field: str | None = None, hidden: Collection[str] = (), renames: Renames = _NONE
) -> Iterator[LostReferences]:
    """What is to be looked for in a field, or in all fields of an entity and in what the system keeps beside them, but for
    those that are `hidden`. `renames` have not reached the rows yet.
    """
    described, table = models.catalog.entities[entity], models.tables[entity]
    keys = [each for each in described.fields if field in (None, each) and each not in hidden]
    for key in keys:
        a_field = described.fields[key]
        if a_field.is_list:
            yield from _of_list(models, entity, key, renames)
        elif a_field.target is not None:
            yield LostReferences(table, _is_lost(table.c[key], models.tables.get(a_field.target)), (key,))
        elif a_field.holds == "any":
            kind = table.c[key + ENTITY_SUFFIX]
            lost = _is_lost_of_several(models, table.c[key], kind, a_field.targets, renames)
            yield LostReferences(table, lost, (key, key + ENTITY_SUFFIX))
    if field is None:
        declared = {table.c[key].name for key in described.fields if not described.fields[key].is_list}
        for constraint in table.foreign_key_constraints:
            (column,) = constraint.columns
            if column.name not in declared:
                yield LostReferences(table, _is_lost(column, constraint.referred_table), (column.key,))


def _of_list(models: Models, entity: str, key: str, renames: Renames) -> Iterator[LostReferences]:
    links, many = models.many[many_key(entity, key)].table, models.many[many_key(entity, key)]
    lost = [_is_lost(links.c[RECORD], models.tables[entity])]
    if many.several:
        lost.append(_is_lost_of_several(models, links.c[VALUE], links.c[KIND], many.targets, renames))
    elif many.targets:
        lost.append(_is_lost(links.c[VALUE], models.tables.get(many.targets[0])))
    yield LostReferences(links, sa.or_(*lost))


def _is_lost(column: sa.Column[int], target: sa.Table | None) -> ColumnElement[bool]:
    if target is None:  # an entity that is new has no record yet
        return column.is_not(None)
    other = target.alias()
    return sa.and_(column.is_not(None), ~sa.exists().where(other.c.id == column))


def _is_lost_of_several(
    models: Models, column: sa.Column[int], kind: sa.Column[str], targets: tuple[str, ...], renames: Renames
) -> ColumnElement[bool]:
    there = []
    for target in (each for each in targets if each in models.tables):
        other = models.tables[target].alias()
        there.append(sa.and_(kind == renames.before(target), sa.exists().where(other.c.id == column)))
    return sa.and_(column.is_not(None), ~sa.or_(sa.false(), *there))

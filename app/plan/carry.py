"""Carries what holds names of renamed things: rows of the framework and of records. Set-wise, in the switch, before the rest.

Which columns of the framework hold names is said in `census`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.definition import Catalog
from app.orm.counters import next_changed_seq
from app.orm.former import Names, Renames
from app.orm.framework import ab_view_menu, counter, outbox, search_row, tombstone
from app.orm.models import Models
from app.orm.search import audiences
from app.plan.carry_hidden import hidden_names
from app.plan.carry_saved import carry_saved
from app.plan.carry_terms import carry_terms
from app.plan.census import OF_ENTITIES, OF_FIELDS, OF_STAGES
from app.plan.holders import entity_columns, value_columns
from app.plan.migrate import version
from app.plan.overwritten import rename_kept
from app.plan.renames import Renaming, users_of
from app.plan.tombstone import read_tombstones

_MARK = "changed_seq"
_BATCH = 1_000


def carry_names(connection: Connection, old: Models, renaming: Renaming) -> None:
    """Makes all rows speak in new words. `old` are the models of the applied revision in new words."""
    renames, applied = renaming.renames, renaming.applied
    carry = _Carry(connection)
    carry_terms(connection, applied.snapshot["tree"], renaming, carry.mark)
    carry_saved(connection, applied.snapshot["tree"], renaming)
    carry.entities(old, renames.entities)
    carry.fields(renames.fields)
    options = renames.picklists.items()  # also of fields that go, or become of another kind, with this very change
    shared = {place: names for picklist, names in options for place in users_of(old.catalog, picklist)}
    carry.values(old, {**shared, **renames.values})
    carry.audiences(applied.catalog, old.catalog, renames)
    carry.counters(renames)
    carry.events(renames)
    carry.tombstones(renaming)
    carry.hidden(renames)


class _Carry:
    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.mark = next_changed_seq(connection)

    def entities(self, old: Models, names: Names) -> None:
        for column in (*OF_ENTITIES, *entity_columns(old)) if names else ():
            self._rename(column, names)
        for column in entity_columns(old) if names else ():
            self.kept(column, names)
        self._views(names)

    def _views(self, names: Names) -> None:
        """Of the permission mirror. It keeps the name of what was removed, and each name once."""
        views = ab_view_menu.c.name
        there = set(self.connection.execute(sa.select(views).where(views.in_(list(names.values())))).scalars())
        free = {old: new for old, new in names.items() if new not in there}
        if free:
            self._rename(views, free)

    def fields(self, fields: Mapping[str, Names]) -> None:
        for entity, names in fields.items():
            for column in OF_FIELDS:
                self._rename(column, names, column.table.c.entity == entity)

    def values(self, old: Models, values: Mapping[str, Names]) -> None:
        for place, names in values.items():
            holder = tuple(place.split("."))
            for column in value_columns(old, holder):
                self._rename(column, names)
                self.kept(column, names)
            for column in OF_STAGES:
                of_field = sa.and_(column.table.c.entity == holder[0], column.table.c.field == holder[1])
                self._rename(column, names, of_field)

    def audiences(self, before: Catalog, after: Catalog, renames: Renames) -> None:
        """An audience is named by its fields."""
        for entity in after.entities:
            if renames.before(entity) not in before.entities:
                continue
            now = {frozenset(fields): name for name, fields in audiences(after, entity).items()}
            names = {}
            for name, fields in audiences(before, renames.before(entity)).items():
                new = now.get(frozenset(renames.field_of(entity, each) for each in fields), name)
                if new != name:
                    names[name] = new
            if names:
                self._rename(search_row.c.audience, names, search_row.c.entity == entity)

    def counters(self, renames: Renames) -> None:
        """Of business numbers: `sequence:entity.field:period`."""
        query = sa.select(counter.c.name).where(counter.c.name.like("sequence:%"))
        for name in self.connection.execute(query).scalars().all():
            kind, place, *period = name.split(":")
            entity, _, field = place.partition(".")
            entity = renames.entities.get(entity, entity)
            new = ":".join((kind, f"{entity}.{renames.field_of(entity, field)}", *period))
            if new != name:
                self.connection.execute(sa.delete(counter).where(counter.c.name == new))  # of what is no more
                self.connection.execute(sa.update(counter).where(counter.c.name == name).values(name=new))

    def events(self, renames: Renames) -> None:
        """Events name the fields that changed."""
        for entity, names in renames.fields.items():
            told = sa.or_(*(sa.cast(outbox.c.fields, sa.Text).contains(f'"{old}', autoescape=True) for old in names))
            here = sa.and_(outbox.c.entity == entity, told)

            def renamed(fields: list[str], entity: str = entity) -> list[str]:
                return [renames.field_of(entity, each) for each in fields]

            self._rewrite(outbox.c.fields, here, renamed)

    def tombstones(self, renaming: Renaming) -> None:
        """Removed fields follow their entity, and what a field was before it changed its kind follows the field."""
        every = read_tombstones(self.connection, version(self.connection))
        for was, now in zip(every, renaming.tombstones(every), strict=True):
            if was.name != now.name:
                here = tombstone.c.place == was.place
                self.connection.execute(sa.update(tombstone).where(here).values(name=now.name))

    def hidden(self, renames: Renames) -> None:
        """What is hidden names things, too."""
        every = read_tombstones(self.connection, version(self.connection))
        for column, names in hidden_names(self.connection, renames, every):
            self._rename(column, names)
            self.kept(column, names)

    def kept(self, column: sa.Column[Any], names: Names) -> None:
        """What was overwritten in a column, and may be given back."""
        rename_kept(self.connection, column, names)

    def _rename(self, column: sa.Column[Any], names: Names, where: sa.ColumnElement[bool] | None = None) -> None:
        """Every old name in a column becomes the new one, at once: one may have been the other's."""
        table = column.table
        values: dict[sa.Column[Any], Any] = {column: sa.case(dict(names), value=column)}
        if _MARK in table.c:
            values[table.c[_MARK]] = sa.literal(self.mark)
        here = column.in_(list(names)) if where is None else sa.and_(where, column.in_(list(names)))
        self.connection.execute(sa.update(table).where(here).values(values))

    def _rewrite(self, column: sa.Column[Any], where: sa.ColumnElement[bool], change: Callable[[Any], Any]) -> None:
        """What a column of JSON holds becomes something else, in the rows in which it does."""
        table = column.table
        update = sa.update(table).where(table.c.id == sa.bindparam("row")).values({column: sa.bindparam("new")})
        for rows in self._batches(sa.select(table.c.id, column).where(where), table.c.id):
            changed = [{"row": row[0], "new": change(row[1])} for row in rows if change(row[1]) != row[1]]
            if changed:
                self.connection.execute(update, changed)

    def _batches(self, query: sa.Select[Any], key: sa.Column[Any]) -> Iterator[Any]:
        last = 0
        while rows := self.connection.execute(query.where(key > last).order_by(key).limit(_BATCH)).all():
            yield rows
            last = rows[-1][0]

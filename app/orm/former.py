"""What things were called before: every rename that was ever applied, and what it makes of what was written under old names.

Rows that address a thing by its key are carried along when it is renamed. Lines of the audit are not: they prove by a digest
what was written then, so that whoever reads them asks for all names of an entity and reads the line in the words of today.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from app.frozen import dataclass

Names = Mapping[str, str]
"""Old name and new one."""


@dataclass(frozen=True)
class Renames:
    """The renames of one apply, each from an old name to a new one; places are said in new names.

    `fields` are by entity, `own` fields of links by `entity.field`; `values`, the options and stages that records hold, by
    `entity.field` or, of a link's own field, `entity.field.own`; `picklists` are the options of shared ones, which are among
    the values of each field that holds them. `begun` are the fields, `entity.field` or of links `entity.field.own`, that began
    with this apply, each with the moment until which files of its name were another's (blank: there were none).
    """

    entities: Names = field(default_factory=dict)
    fields: Mapping[str, Names] = field(default_factory=dict)
    own: Mapping[str, Names] = field(default_factory=dict)
    values: Mapping[str, Names] = field(default_factory=dict)
    picklists: Mapping[str, Names] = field(default_factory=dict)
    begun: Names = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether anything was renamed."""
        return bool(self.entities or self.fields or self.own or self.values)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "entities": dict(self.entities),
            **{
                name: {place: dict(names) for place, names in getattr(self, name).items()}
                for name in ("fields", "own", "values", "picklists")
            },
            "begun": dict(self.begun),
        }

    def field_of(self, entity: str, key: str) -> str:
        """A field, or a column beside one, of an entity (by its new name) as it is called now."""
        name, mark, suffix = key.partition("__")
        names = self.fields.get(entity, {})
        return names.get(key) or names.get(name, name) + mark + suffix

    def called(self, name: str) -> str:
        """What `entity`, `entity.field` or, of links, `entity.field.own` is called now."""
        entity, *rest = name.split(".")
        found = self.entities.get(entity, entity)
        for names in (self.fields, self.own):
            if rest:
                found = f"{found}.{names.get(found, {}).get(rest[0], rest.pop(0))}"
        return found

    def before(self, entity: str) -> str:
        """What an entity was called before."""
        return next((old for old, new in self.entities.items() if new == entity), entity)

    def changes(self, entity: str, changes: Mapping[str, Any]) -> dict[str, Any]:
        """What a line of the audit says of an entity (by its new name), in new words."""
        found = {}
        given = set(self.fields.get(entity, {}).values())
        for key, pair in changes.items():
            new = self.field_of(entity, key)
            if new == key and key in given:
                continue  # of another field, which was removed and had the name before
            if f"{entity}.{new.partition('__')[0]}" in self.begun:
                continue  # of a field that was removed: who may see this one need not have seen that
            place = f"{entity}.{new}"
            told = isinstance(pair, list) and (self.entities or place in self.values or place in self._places_of_own)
            found[new] = [self._value(place, each) for each in pair] if told else pair
        return found

    @property
    def _places_of_own(self) -> set[str]:
        places = (each.rpartition(".")[0] for each in (*self.values, *self.begun) if each.count(".") > 1)
        return {*self.own, *places}

    def _value(self, place: str, value: Any) -> Any:
        if isinstance(value, list):
            return [self._value(place, each) for each in value]
        if isinstance(value, str):
            return self.values.get(place, {}).get(value, value)
        if isinstance(value, dict) and "id" in value:
            return dict(self._of_link(place, value))
        return value

    def _of_link(self, place: str, link: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        for key, each in link.items():
            if key == "entity":
                yield key, self.entities.get(each, each)
            elif key == "id":
                yield key, each
            else:
                names = self.own.get(place, {})
                own = names.get(key, key)
                if f"{place}.{own}" in self.begun or (own == key and key in names.values()):
                    continue  # of another one, which was removed and had the name before
                yield own, self.values.get(f"{place}.{own}", {}).get(each, each) if isinstance(each, str) else each


@dataclass(frozen=True)
class Former:
    """All renames of a database, the oldest first, each with the revision from which on the new names hold."""

    steps: Sequence[tuple[int, Renames]] = ()

    def written_of(self, table: sa.FromClause, entity: str) -> ColumnElement[bool]:
        """The condition that a row of a table with the columns `entity` and `revision` was written of this entity."""
        periods = list(self._periods(entity))
        if len(periods) == 1 and periods[0][1:] == (None, None):
            return table.c.entity == entity
        return sa.or_(*(_within(table, *each) for each in periods))

    def _periods(self, entity: str) -> Iterator[tuple[str, int | None, int | None]]:
        """The names of an entity, each with the first revision in which it held and the first one after it; None: no end."""
        name, until = entity, None
        for revision, renames in reversed(self.steps):
            if (old := renames.before(name)) != name:
                yield name, revision, until
                name, until = old, revision
            elif name in renames.entities:  # another one was called so before
                yield name, revision, until
                return
        yield name, None, until

    def entity_today(self, name: str, revision: int) -> str | None:
        """What an entity that was called so in a revision is called now; None where that name is another's by now."""
        now = name
        for number, renames in self.steps:
            if number > revision:
                now = renames.entities.get(now, now)
        for each, since, until in self._periods(now):
            if each == name and (since is None or revision >= since) and (until is None or revision < until):
                return now
        return None

    def today(self, entity: str, revision: int, changes: Mapping[str, Any]) -> Mapping[str, Any]:
        """What a line of the audit of a revision says of an entity (as it is called now), in the words of today."""
        chain: list[tuple[str, Renames]] = []
        name = entity
        for _, renames in reversed([each for each in self.steps if each[0] > revision]):
            chain.append((name, renames))
            name = renames.before(name)
        for name, renames in reversed(chain):
            changes = renames.changes(name, changes)
        return changes

    def files_until(self, entity: str, key: str) -> dt.datetime | None:
        """Until when files of that field's name were those of another field; None where they are all its own."""
        for _, renames in reversed(self.steps):
            if until := renames.begun.get(f"{entity}.{key}"):
                return dt.datetime.fromisoformat(until)
            key = next((old for old, new in renames.fields.get(entity, {}).items() if new == key), key)
            entity = renames.before(entity)
        return None

    def to_json(self) -> list[Any]:
        """Plain values."""
        return [[revision, renames.to_json()] for revision, renames in self.steps]


NOTHING_RENAMED = Former()


def former_of(plain: Sequence[Any]) -> Former:
    """What `to_json` made."""
    return Former(tuple((revision, Renames(**renames)) for revision, renames in plain))


def _within(table: sa.FromClause, name: str, since: int | None, until: int | None) -> ColumnElement[bool]:
    conditions = [table.c.entity == name]
    if since is not None:
        conditions.append(table.c.revision >= since)
    if until is not None:
        conditions.append(table.c.revision < until)
    return sa.and_(*conditions)

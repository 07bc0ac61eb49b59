"""Tombstones: what was removed from the configuration and is kept where it was, hidden, until it may be purged.

They are rows of the database, written by the switch that removes something: no edit of the YAML can do away with them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from app.definition import Catalog
from app.frozen import dataclass
from app.orm.framework import tombstone
from app.orm.many import OWN_PREFIX, own_column
from app.orm.models import Models
from app.orm.types import now
from app.plan.migrate import version
from app.plan.revision import reading
from app.plan.schema import is_derived

FIRST_VERSION = "0007"
"""The revision of the framework's tables from which on there are any."""


@dataclass(frozen=True)
class Tombstone:
    """A removed field or entity. `place` is where its values are: a table, or `table.column`; `parts` are all tables and
    columns that are hidden with it. `rows` and `filled` are those of the moment at which it went, with those in the bin.
    `became` is where the values of the field are since it changed its kind; None for what was removed.
    """

    name: str
    place: str
    parts: tuple[str, ...]
    since: int
    at: dt.datetime
    kept_until: dt.date
    rows: int
    filled: int
    became: str | None = None

    @property
    def is_entity(self) -> bool:
        """Whether it is a whole entity."""
        return "." not in self.name


def kept_until(kept_for: str, day: dt.date) -> dt.date:
    """The day from which on what is removed on that day may be purged; `kept_for` is `tombstones:` of the pack."""
    return day + dt.timedelta(days=int(kept_for.split()[0]))


def read_tombstones(connection: Connection, framework: str | None) -> tuple[Tombstone, ...]:
    """All of them, the newest first; `framework` is the version of its tables."""
    if framework is None or framework < FIRST_VERSION:
        return ()
    c = tombstone.c
    columns = (c.name, c.place, c.parts, c.since, c.at, c.kept_until, c.rows, c.filled, c.became)
    rows = connection.execute(sa.select(*columns).order_by(c.since.desc(), c.name, c.place))
    return tuple(Tombstone(**{**row, "parts": tuple(row["parts"])}) for row in rows.mappings())


def every_tombstone(engine: Engine) -> tuple[Tombstone, ...]:
    """As `read_tombstones`, of a database."""
    with reading(engine) as connection:
        return read_tombstones(connection, version(connection))


def place_of(catalog: Catalog, names: Mapping[str, str], entity: str, key: str) -> str:
    """Where the values of a field are, under the physical names of a revision."""
    name = names[f"{entity}.{key}"]
    return name if catalog.get_field(entity, key).is_list else f"{names[entity]}.{name}"


def place_of_own(names: Mapping[str, str], entity: str, key: str, own: str) -> str:
    """Where what links say is, under the physical names of a revision."""
    return f"{names[f'{entity}.{key}']}.{own_column(names, entity, key, own)}"


def earlier_forms(place: str, tombstones: Iterable[Tombstone]) -> list[Tombstone]:
    """What the field whose values are at `place` was before it changed its kind. All the newest first."""
    found, places = [], {place}
    for each in tombstones:
        if each.became in places:
            found.append(each)
            places.add(each.place)
    return found


def hidden_parts(tombstones: Iterable[Tombstone]) -> frozenset[str]:
    """The tables and `table.column`s that belong to no catalog, but to a tombstone."""
    return frozenset(part for each in tombstones for part in each.parts)


@dataclass(frozen=True)
class Gone:
    """What a change takes away: its name, where its values are, and by which column a row of them is known to be filled
    (None: every row is). `became` is as in its tombstone.
    """

    name: str
    place: str
    parts: tuple[str, ...]
    table: sa.Table
    column: sa.Column[Any] | None = None
    became: str | None = None


def gone_between(old: Models, new: Models) -> Iterator[Gone]:
    """The entities and fields that are in the tables of `old` and not in those of `new`."""
    kept = {new.names[key] for key in new.tables}
    for key, table in old.tables.items():
        if table.name not in kept:
            lists = [each.table.name for each in old.many_of(key)]
            yield Gone(key, table.name, (table.name, *lists), table)
        elif (now_called := new.entity_of_table[table.name]) in new.tables:
            yield from _gone_fields(old, key, new, now_called)


def _gone_fields(old: Models, entity: str, new: Models, now_called: str) -> Iterator[Gone]:
    table, present = old.tables[entity], {column.name for column in new.tables[now_called].columns}
    lists = {each.table.name: each.table for each in new.many_of(now_called)}
    for key, a_field in old.catalog.entities[entity].fields.items():
        name = f"{entity}.{key}"
        stays = key in new.catalog.entities[now_called].fields
        became = place_of(new.catalog, new.names, now_called, key) if stays else None
        if a_field.is_list:
            its = old.many[name].table
            if its.name not in lists:
                yield Gone(name, its.name, (its.name,), its, became=became)
                continue
            there = {column.name for column in lists[its.name].columns}
            left = (own for own in a_field.link_fields if its.c[OWN_PREFIX + own].name not in there)
            now = new.catalog.get_field(now_called, key).link_fields
            for own in left:
                converted = place_of_own(new.names, now_called, key, own) if own in now else None
                yield replace(gone_of_links(old, name, own), became=converted)
        elif table.c[key].name not in present:
            beside = (each for each in table.columns if each.key.startswith(f"{key}__") and not is_derived(each))
            columns = [each for each in (table.c[key], *beside) if each.name not in present]
            place = f"{table.name}.{table.c[key].name}"
            parts = tuple(f"{table.name}.{each.name}" for each in columns)
            yield Gone(name, place, parts, table, table.c[key], became)


def gone_of_links(models: Models, name: str, own: str) -> Gone:
    """An own field of the links of a field, `entity.field`, that stays itself."""
    table = models.many[name].table
    column = table.c[OWN_PREFIX + own]
    place = f"{table.name}.{column.name}"
    return Gone(f"{name}.{own}", place, (place,), table, column)


def counts_of(connection: Connection, gone: Gone) -> tuple[int, int]:
    """Rows, and those that are filled; rows in the bin count."""
    filled = sa.func.count() if gone.column is None else sa.func.count(gone.column)
    rows, full = connection.execute(sa.select(sa.func.count(), filled).select_from(gone.table)).one()
    return rows, full


def write_tombstones(connection: Connection, gone: Sequence[Gone], catalog: Catalog, revision: int) -> None:
    """Marks what goes with this revision."""
    at = now()
    for each in gone:
        rows, filled = counts_of(connection, each)
        row = {"place": each.place, "name": each.name, "parts": list(each.parts), "since": revision, "at": at}
        kept = kept_until(catalog.pack.tombstones, at.date())
        connection.execute(
            sa.insert(tombstone).values(**row, kept_until=kept, rows=rows, filled=filled, became=each.became)
        )


def forget_tombstones(connection: Connection, places: Iterable[str]) -> None:
    """Takes marks away: what they stood for is back, or gone for good."""
    wanted = sorted(places)
    if wanted:
        connection.execute(sa.delete(tombstone).where(tombstone.c.place.in_(wanted)))

"""Of whom it is, and which records are his, about him, or kept by law.

A person is a record whose entity marks a field as `identity` or `contact`. **His** are that record, its parts, and others that
the asker names besides. **About him** are the records that point to one of his. Those of an entity that is itself of people
are about others. What an entity `kept_by_law` holds of him stays.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.definition import Catalog, Entity, Field
from app.frozen import dataclass
from app.orm.framework import audit
from app.orm.many import many_key
from app.orm.models import BLIND_SUFFIX, ENTITY_SUFFIX, Models
from app.orm.sealed import UNREADABLE, SealedText
from app.record.blueprint import blueprint_of
from app.record.forget import personal_fields
from app.record.history import told_today
from app.record.pointers import Pointer, pointers_to
from app.record.scrub import Words

NAMING = frozenset({"identity", "contact"})
"""The kinds of data by which an entity is known to be of people."""
STAFF = frozenset({"user", "department", "team"})
"""Who works here: their data is of the employment, and goes with the account."""
_ADDRESS = re.compile(r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+|\+[0-9]{8,15}")
_SHORTEST_SIGN = 6
_SOME = 500
Records = Mapping[str, tuple[int, ...]]
"""Ids by entity."""
Hidden = Mapping[str, tuple[str, ...]]
"""By table the columns that belong to no field any more; none: the whole table."""
NOTHING_HIDDEN: Hidden = {}


@dataclass(frozen=True)
class Holding:
    """What there is of a person. `addresses` are his alone, `shared` ones others have too; `names` what he is called."""

    own: Records
    about: Records
    kept: Records
    addresses: tuple[str, ...]
    shared: tuple[str, ...]
    names: tuple[str, ...]

    @property
    def words(self) -> Words:
        """By which rows are found that tell of him, wherever they are."""
        return Words(self.addresses, self.names)

    @cached_property
    def only_addresses(self) -> re.Pattern[str]:
        """His addresses, as they stand in texts; there is one."""
        return Words(self.addresses).pattern

    @property
    def near(self) -> Words:
        """What is looked for in records that are his or about him."""
        every = tuple(dict.fromkeys((*self.addresses, *self.shared, *self.names)))
        return Words(every)

    @property
    def named(self) -> Iterator[tuple[str, int]]:
        """All records that are his or about him."""
        for records in (self.own, self.about):
            for entity, ids in records.items():
                yield from ((entity, each) for each in ids)


def is_of_people(entity: Entity) -> bool:
    """Whether its records are people."""
    return entity.key not in STAFF and any(
        each.personal is not None and each.personal.category in NAMING for each in personal_fields(entity)
    )


def find_holding(
    connection: Connection,
    models: Models,
    persons: Iterable[tuple[str, int]],
    hidden: Hidden = NOTHING_HIDDEN,
    *,
    gone_too: bool = False,
) -> Holding:
    """What there is of a person, who is known by one record or several. Raises LookupError for one that is not there, unless
    those that are `gone_too` are meant: what is left of them elsewhere.
    """
    catalog = models.catalog
    own: dict[str, set[int]] = {}
    for entity, record in persons:
        if entity not in catalog.entities or not (gone_too or is_of_people(catalog.entities[entity])):
            raise LookupError(f"{entity} holds no people: none of its fields is marked as identity or contact")
        table = models.tables[entity]
        if not gone_too and connection.execute(sa.select(table.c.id).where(table.c.id == record)).first() is None:
            raise LookupError(f"there is no {entity} {record}")
        own.setdefault(entity, set()).add(record)
    _add_parts(connection, models, own)
    about: dict[str, set[int]] = {}
    kept: dict[str, set[int]] = {}
    for entity, ids in own.items():
        for pointer in pointers_to(catalog, entity):
            described = catalog.entities[pointer.entity]
            if is_of_people(described) or pointer.entity in STAFF or pointer.entity in own:
                continue
            where = kept if described.kept_by_law else about
            where.setdefault(pointer.entity, set()).update(pointing(connection, models, pointer, ids))
    names, addresses = _words_of(connection, models, own, hidden)
    shared = _shared(connection, models, addresses, own, about, kept)
    return Holding(
        _sorted(own), _sorted(about), _sorted(kept),
        tuple(sorted(addresses - shared)), tuple(sorted(shared)), tuple(sorted(names - addresses)),
    )  # fmt: skip


def same_address(connection: Connection, models: Models, held: Holding) -> list[tuple[str, int]]:
    """Other records of people with one of his addresses: perhaps he, perhaps somebody at the same telephone."""
    found = people_with(connection, models, (*held.addresses, *held.shared))
    return [(entity, each) for entity, each in found if each not in held.own.get(entity, ())]


def people_with(connection: Connection, models: Models, addresses: Collection[str]) -> list[tuple[str, int]]:
    """The records of people with one of these addresses, those in the bin too. A number may lack its country."""
    wanted = {each.strip().lower() for each in addresses}
    wanted |= {f"+86{each}" for each in wanted if each.isdecimal()}
    found = []
    for entity in filter(is_of_people, models.catalog.entities.values()):
        table = models.tables[entity.key]
        columns = address_columns(table, entity)
        if columns and wanted:
            condition = sa.or_(*(each.in_(sorted(wanted)) for each in columns))
            ids = connection.execute(sa.select(table.c.id).where(condition).order_by(table.c.id)).scalars()
            found += [(entity.key, each) for each in ids]
    return found


def address_columns(table: sa.Table, entity: Entity) -> list[sa.Column[Any]]:
    """Its columns by which records are found by mail address or telephone number: of encrypted ones the digest, if there is
    one.
    """
    fields = {
        key: each for key, each in entity.fields.items() if each.type in {"email", "phone"} and not each.is_computed
    }
    keys = (key + BLIND_SUFFIX if each.encrypted else key for key, each in fields.items())
    return [table.c[key] for key in keys if key in table.c]


def about_nobody_else(connection: Connection, models: Models, held: Holding) -> dict[str, list[int]]:
    """Of the records about him those that point to no other person."""
    found = {}
    for entity, ids in held.about.items():
        others: set[int] = set()
        for person in (each.key for each in models.catalog.entities.values() if is_of_people(each)):
            for pointer in pointers_to(models.catalog, person):
                if pointer.entity == entity:
                    others |= _to_others(connection, models, pointer, ids, held.own.get(person, ()))
        found[entity] = [each for each in ids if each not in others]
    return found


def _to_others(
    connection: Connection, models: Models, pointer: Pointer, ids: Sequence[int], his: Sequence[int]
) -> set[int]:
    """Of these records those whose field points to somebody who is not he."""
    found: set[int] = set()
    for at in range(0, len(ids), _SOME):
        some = ids[at : at + _SOME]
        if pointer.holds == "references":
            many = models.many[many_key(pointer.entity, pointer.field)]
            leading = many.leading_to(many.table.c.__getitem__, pointer.target)
            links = many.table.c
            query = sa.select(links.record).where(links.record.in_(some), links.value.not_in(his), *leading)
        else:
            table = models.tables[pointer.entity]
            column = table.c[pointer.field]
            query = sa.select(table.c.id).where(table.c.id.in_(some), column.is_not(None), column.not_in(his))
            if pointer.holds == "any":
                query = query.where(table.c[pointer.field + ENTITY_SUFFIX] == pointer.target)
        found.update(connection.execute(query).scalars())
    return found


def pointing(connection: Connection, models: Models, pointer: Pointer, ids: Collection[int]) -> set[int]:
    """The records that point to these, those in the bin among them."""
    found: set[int] = set()
    ordered = sorted(ids)
    for at in range(0, len(ordered), _SOME):
        some = ordered[at : at + _SOME]
        if pointer.holds == "references":
            many = models.many[many_key(pointer.entity, pointer.field)]
            leading = many.leading_to(many.table.c.__getitem__, pointer.target)
            query = sa.select(many.table.c.record).where(many.table.c.value.in_(some), *leading)
        else:
            table = models.tables[pointer.entity]
            query = sa.select(table.c.id).where(table.c[pointer.field].in_(some))
            if pointer.holds == "any":
                query = query.where(table.c[pointer.field + ENTITY_SUFFIX] == pointer.target)
        found.update(connection.execute(query).scalars())
    return found


def _add_parts(connection: Connection, models: Models, own: dict[str, set[int]]) -> None:
    waiting = list(own)
    while waiting:
        whole = waiting.pop()
        for link in models.catalog.parts_of(whole).values():
            pointer = Pointer(link.entity, link.field, "cascade", whole)
            parts = pointing(connection, models, pointer, own[whole])
            if parts:
                own.setdefault(link.entity, set()).update(parts)
                waiting.append(link.entity)


def _words_of(
    connection: Connection, models: Models, own: Mapping[str, set[int]], hidden: Hidden
) -> tuple[set[str], set[str]]:
    """What he is and was called, and how he is and was reached."""
    names: set[str] = set()
    addresses: set[str] = set()
    for entity, ids in own.items():
        described = models.catalog.entities[entity]
        naming = _naming(models.catalog, described)
        for values in (
            *_stored(connection, models, entity, ids),
            *_past(connection, models, entity, ids),
            *read_hidden(connection, models, hidden, entity, ids),
        ):
            for key, value in values.items():
                for text in _texts(value):
                    if _is_address(naming, key, text, known=key in described.fields):
                        addresses.add(text)
                    elif (
                        key in naming["names"]
                        and len(text) >= (3 if text.isascii() else 2)
                        and not text.startswith("#")
                    ):
                        names.add(text)
    # A number is written with its country or without.
    addresses |= {each[3:] for each in addresses if re.fullmatch(r"\+86[0-9]{8,}", each)}
    return names, addresses


def _is_address(naming: Mapping[str, Collection[str]], key: str, text: str, *, known: bool) -> bool:
    if key in naming["signs"]:
        return len(text) >= _SHORTEST_SIGN and re.search(r"[0-9@_]", text) is not None
    return key in naming["addresses"] or (not known and _ADDRESS.fullmatch(text) is not None)


def _naming(catalog: Catalog, entity: Entity) -> dict[str, set[str]]:
    marked = personal_fields(entity)
    addresses = {each.key for each in marked if each.type in {"email", "phone"}}
    signs = {each.key for each in marked if _is_sign(each)}
    name = {entity.name_field} if is_of_people(entity) else set()
    blueprint = blueprint_of(catalog, entity.key)
    names = {column for key in name for column in (blueprint.compounds[key].columns if key in blueprint.compounds else (key,))}  # fmt: skip
    return {"addresses": addresses, "signs": signs - names, "names": names}


def _is_sign(a_field: Field) -> bool:
    """Whether it may hold something else than an address by which somebody is reached or known: an account, a number."""
    personal = a_field.personal
    return a_field.type in {"text", "url"} and personal is not None and personal.category in {"contact", "document"}


def _stored(connection: Connection, models: Models, entity: str, ids: Collection[int]) -> Iterator[dict[str, Any]]:
    table = models.tables[entity]
    for row in connection.execute(sa.select(table).where(table.c.id.in_(sorted(ids)))).mappings():
        yield {column.key: row[column] for column in table.columns}


def read_hidden(
    connection: Connection, models: Models, hidden: Hidden, entity: str, ids: Collection[int]
) -> Iterator[dict[str, Any]]:
    """What these records hold in columns of fields that were removed, with their `id`."""
    name = models.tables[entity].name
    columns = hidden.get(name, ())
    if columns:
        table = sa.table(name, sa.column("id"), *map(sa.column, columns))
        for row in connection.execute(sa.select(table).where(table.c.id.in_(sorted(ids)))).mappings():
            yield dict(row)


def _past(connection: Connection, models: Models, entity: str, ids: Collection[int]) -> Iterator[dict[str, Any]]:
    """What the audit tells of earlier values, under the names of today."""
    here = (models.former.written_of(audit, entity), audit.c.record.in_(sorted(ids)), audit.c.changes.is_not(None))
    rows = connection.execute(sa.select(audit).where(*here)).mappings()
    for row in told_today(models, entity, rows):
        yield {key: value for key, value in (row["changes"] or {}).items() if isinstance(value, list)}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from () if value == UNREADABLE else (value,)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)


def _shared(
    connection: Connection, models: Models, addresses: Collection[str], *his: Mapping[str, Collection[int]]
) -> set[str]:
    """Those that somebody or something else has as its own address or sign, in whatever case of letters."""
    found: set[str] = set()
    wanted = sorted({each.lower() for each in addresses})
    for entity in models.catalog.entities.values() if wanted else ():
        table = models.tables[entity.key]
        ids = {each for records in his for each in records.get(entity.key, ())}
        keys = [
            key
            for key, each in entity.fields.items()
            if key in table.c and not each.is_computed and (each.type in {"email", "phone"} or _is_sign(each))
        ]
        for column in map(table.c.__getitem__, keys):
            query = sa.select(table.c.id, column).where(column.is_not(None))
            if not isinstance(column.type, SealedText):  # what is sealed is opened
                query = query.where(sa.func.lower(column).in_(wanted))
            found.update(text.lower() for record, text in connection.execute(query) if record not in ids)
    return {each for each in addresses if each.lower() in found or f"+86{each}" in found}


def _sorted(records: Mapping[str, Collection[int]]) -> dict[str, tuple[int, ...]]:
    return {entity: tuple(sorted(ids)) for entity, ids in records.items() if ids}

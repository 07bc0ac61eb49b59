"""Search rows: what a record is found by, kept apart for each audience, so that a hidden field is never matched.

An audience is a set of searchable fields with the same readers. Each record has one row per audience with words in it.
SQLite indexes the rows by FTS5, PostgreSQL by a tsvector; the words are ours on both.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.functions import FunctionElement

from app.definition import Catalog, Entity, Field
from app.definition.composite import Address, Html
from app.expression.sources import classified_sources
from app.orm.bulk import Insert, insert_together
from app.orm.companions import text_columns
from app.orm.framework import search_row
from app.orm.models import Models
from app.orm.tokens import Word, tokens_of, words_of_query

_MOST_WORDS = 12
_CHUNK = 500
_LONGEST_TEXT = 50_000  # characters of a field that are searched; PostgreSQL takes at most 1 MB of words for a record
_LEARN = (
    "INSERT INTO tenon_search_index (rowid, tokens) SELECT id, tokens FROM tenon_search_row "
    "WHERE entity = ? AND record IN (SELECT value FROM json_each(?))"
)


def searchable_fields(entity: Entity) -> tuple[str, ...]:
    """The fields that the search reads: the name field, business numbers, and those marked `searchable`."""
    return tuple(
        key
        for key, field in entity.fields.items()
        if field.holds in {"text", "address"}
        and not field.encrypted
        and (key == entity.name_field or field.searchable or field.type == "sequence")
    )


def audiences(catalog: Catalog, entity: str) -> Mapping[str, tuple[str, ...]]:
    """The audiences of an entity: name to its fields. The name follows from the fields alone. Parts are not searched for."""
    if catalog.entities[entity].is_part:
        return {}
    groups: dict[tuple[object, ...], list[str]] = {}
    for key in searchable_fields(catalog.entities[entity]):
        readers = _readers(catalog, entity, catalog.entities[entity].fields[key])
        groups.setdefault(readers, []).append(key)
    return {_audience_name(fields): tuple(fields) for fields in groups.values()}


def searched_columns(catalog: Catalog, entity: str) -> Mapping[str, tuple[str, ...]]:
    """As `audiences`, with the columns of a translated field in all languages: whoever reads it reads them all."""
    fields = catalog.entities[entity].fields
    return {
        name: tuple(column for key in keys for column in (text_columns(catalog, fields[key]).values() or (key,)))
        for name, keys in audiences(catalog, entity).items()
    }


def _readers(catalog: Catalog, entity: str, field: Field) -> tuple[object, ...]:
    """What decides who reads a field, and all that it is worked out from."""
    own = _named_readers(catalog, entity, field)
    sources = {
        ("" if place[0] == entity else place[0], _named_readers(catalog, place[0], catalog.get_field(*place)))
        for place in classified_sources(catalog, (entity, field.key))
    }
    return (*own, *sorted(sources - {("", own)}, key=repr))


def _named_readers(catalog: Catalog, entity: str, field: Field) -> tuple[object, ...]:
    """The roles that say something of it by name, and whether it is restricted."""
    said = []
    for role in catalog.roles.values():
        grant = role.grant(entity)
        own = grant.fields.get(field.key) if grant else None
        if own is not None:
            said.append((role.key, own.access, own.mask))
    return (field.restricted, field.sensitive.mask if field.sensitive else None, *said)


def _audience_name(fields: Sequence[str]) -> str:
    return hashlib.sha256(" ".join(sorted(fields)).encode()).hexdigest()[:10]


def search_rows(
    entity: str, record_id: int, values: Mapping[str, object], fields_by_audience: Mapping[str, tuple[str, ...]]
) -> list[dict[str, object]]:
    """The rows of one record, for `write_search_rows`. `values` are the record's by field."""
    rows = []
    for audience, fields in fields_by_audience.items():
        words: set[str] = set()
        for key in fields:
            value = values.get(key)
            text = value.plain if isinstance(value, Html | Address) else value
            if isinstance(text, str):
                words |= tokens_of(text[:_LONGEST_TEXT])
        if words:
            tokens = " ".join(sorted(words))
            rows.append({"entity": entity, "record": record_id, "audience": audience, "tokens": tokens})
    return rows


def write_search_rows(
    connection: Connection, rows: Sequence[Mapping[str, object]], beside: Sequence[Insert] = ()
) -> None:
    """Adds rows; those that the records had before are deleted first by `delete_search_rows`.

    What is to be inserted into other tables `beside` goes the same way, in the same statement where that is possible.
    """
    insert_together(connection, [(search_row, rows), *beside])
    if connection.dialect.name == "sqlite":
        _learn(connection, rows)


def _learn(connection: Connection, rows: Sequence[Mapping[str, object]]) -> None:
    """Tells FTS5 of new rows, all at once: in a trigger it would write itself out for every single one."""
    for entity in sorted({str(row["entity"]) for row in rows}):
        records = json.dumps([row["record"] for row in rows if row["entity"] == entity])
        connection.exec_driver_sql(_LEARN, (entity, records))


def delete_search_rows(connection: Connection, entity: str, record_ids: Iterable[int]) -> None:
    """Takes records out of the index."""
    ids = list(record_ids)
    for start in range(0, len(ids), _CHUNK):
        here = search_row.c.record.in_(ids[start : start + _CHUNK])
        connection.execute(sa.delete(search_row).where(search_row.c.entity == entity, here))


def match(models: Models, entity: str, readable_audiences: Sequence[str], query: str) -> ColumnElement[bool]:
    """The condition that a record of `entity` has every word of `query` in an audience that the reader belongs to.

    A query without any letter or digit finds nothing.
    """
    words = words_of_query(query)[:_MOST_WORDS]
    if not words or not readable_audiences:
        return sa.false()
    record_id = models.classes[entity].id
    return sa.and_(*(record_id.in_(_records_with(entity, readable_audiences, word)) for word in words))


def _records_with(entity: str, readable_audiences: Sequence[str], word: Word) -> sa.Select[Any]:
    found = sa.select(search_row.c.record).where(
        search_row.c.entity == entity, search_row.c.audience.in_(readable_audiences)
    )
    return found.where(_HasWord(word))


class _HasWord(FunctionElement[bool]):
    """That a search row has a word: FTS5's MATCH or a tsquery. Its arguments are the word in both notations."""

    inherit_cache = True
    type = sa.Boolean()
    name = "has_word"

    def __init__(self, word: Word) -> None:
        # Words are letters and digits only (see tokens.py), so that they can be quoted without escaping.
        fts5 = f'"{word.text}" *' if word.prefix else f'"{word.text}"'
        tsquery = f"'{word.text}':*" if word.prefix else f"'{word.text}'"
        super().__init__(sa.literal(fts5), sa.literal(tsquery))

    def self_group(self, against: Any = None) -> _HasWord:
        """Itself: SQLAlchemy would write `… IN (…) = 1`, for which SQLite tries every row instead of asking the index."""
        del against
        return self


@compiles(_HasWord, "sqlite")
def _by_fts5(element: _HasWord, compiler: SQLCompiler, **options: Any) -> str:
    wanted = compiler.process(next(iter(element.clauses)), **options)
    return f"tenon_search_row.id IN (SELECT rowid FROM tenon_search_index WHERE tenon_search_index MATCH {wanted})"  # noqa: S608


@compiles(_HasWord, "postgresql")
def _by_tsvector(element: _HasWord, compiler: SQLCompiler, **options: Any) -> str:
    wanted = compiler.process(list(element.clauses)[1], **options)
    return f"tenon_search_row.vector @@ CAST({wanted} AS tsquery)"

"""The tables of entities as the database has them: a fingerprint for saved plans, and what is missing or foreign."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from app.frozen import dataclass
from app.orm.engine import ENTITY_PREFIX
from app.orm.models import Models
from app.plan.migrate import version
from app.plan.revision import reading
from app.plan.tombstone import hidden_parts, read_tombstones

_TABLES = ENTITY_PREFIX.replace("_", r"\_") + "%"
_SQLITE = {
    "columns": r"""
        SELECT m.name, p.name, p.type || CASE p."notnull" WHEN 1 THEN ' not null' ELSE '' END
        FROM sqlite_master m, pragma_table_info(m.name) p WHERE m.type = 'table' AND m.name LIKE :tables ESCAPE '\'
    """,
    "indexes": r"""
        SELECT tbl_name, name, sql FROM sqlite_master
        WHERE type = 'index' AND sql IS NOT NULL AND tbl_name LIKE :tables ESCAPE '\'
    """,
    "references": r"""
        SELECT m.name, p."from", p."table" || '.' || p."to"
        FROM sqlite_master m, pragma_foreign_key_list(m.name) p WHERE m.type = 'table' AND m.name LIKE :tables ESCAPE '\'
    """,
}
_POSTGRESQL = {
    "columns": r"""
        SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace AND c.relname LIKE :tables
        AND a.attnum > 0 AND NOT a.attisdropped
    """,
    "indexes": r"""
        SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() AND tablename LIKE :tables
        AND indexname NOT LIKE '%\_pkey'
    """,
    "references": r"""
        SELECT c.relname, k.conname, pg_get_constraintdef(k.oid)
        FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
        WHERE k.contype = 'f' AND c.relnamespace = current_schema()::regnamespace AND c.relname LIKE :tables
    """,
}
Shape = Mapping[str, frozenset[tuple[str, str, str]]]


@dataclass(frozen=True)
class Drift:
    """A part of the schema that is missing from the database, or that is in it and belongs to nothing."""

    state: Literal["missing", "foreign"]
    what: Literal["table", "column", "index"]
    name: str

    def __str__(self) -> str:
        return f"{self.state} {self.what} {self.name}"


def read_schema(connection: Connection) -> Shape:
    """Columns, indexes and references of the entities' tables as (table, name, definition)."""
    queries = _SQLITE if connection.dialect.name == "sqlite" else _POSTGRESQL
    found: dict[str, frozenset[tuple[str, str, str]]] = {}
    for kind, query in queries.items():
        rows = connection.execute(sa.text(query), {"tables": _TABLES})
        found[kind] = frozenset((table, name, " ".join(definition.split())) for table, name, definition in rows)
    return found


def fingerprint(connection: Connection) -> str:
    """A hash of the entities' tables and of the version of the framework's; equal for equal schemas."""
    return fingerprint_of(read_schema(connection), version(connection))


def fingerprint_of(shape: Shape, framework: str | None) -> str:
    """As `fingerprint`, of what was read already."""
    lines = [f"{kind} {' '.join(each)}" for kind in sorted(shape) for each in sorted(shape[kind])]
    return hashlib.sha256("\n".join([framework or "", *lines]).encode()).hexdigest()


def compare_schema(engine: Engine, models: Models) -> list[Drift]:
    """Where the database's tables differ by name from those of the applied catalog. A foreign index is no drift, nor is what
    a tombstone stands for, as long as it is there.
    """
    with reading(engine) as connection:
        shape = read_schema(connection)
        hidden = hidden_parts(read_tombstones(connection, version(connection)))
    lost = (Drift("missing", "column" if "." in each else "table", each) for each in hidden - _present(shape))
    return sorted([*differences(shape, models.every_table(), hidden), *lost], key=str)


def _present(shape: Shape) -> frozenset[str]:
    """The tables and `table.column`s that there are."""
    return frozenset(each for table, name, _ in shape["columns"] for each in (table, f"{table}.{name}"))


def obstacles(shape: Shape, old: Models | None, new: Models, hidden: Collection[str] = ()) -> list[Drift]:
    """What keeps the tables of `old` from becoming those of `new`: what is missing, and what stands where new things go.
    What is `hidden` stands in nobody's way.
    """
    found = list(differences(shape, old.every_table() if old else (), hidden))
    coming = {table.name for table in new.every_table()}
    coming |= {f"{table.name}.{column.name}" for table in new.every_table() for column in table.columns}
    return [each for each in found if each.state == "missing" or each.name in coming]


def differences(shape: Shape, tables: Collection[sa.Table], hidden: Collection[str] = ()) -> Iterator[Drift]:
    """By name: what tables lack, and what is beside them in the database and not `hidden`."""
    present = {table for table, _, _ in shape["columns"]}
    wanted = {table.name for table in tables}
    yield from (Drift("missing", "table", name) for name in wanted - present)
    yield from (Drift("foreign", "table", name) for name in present - wanted if name not in hidden)
    columns = {f"{table}.{name}" for table, name, _ in shape["columns"] if table in wanted}
    indexes = {name for _, name, _ in shape["indexes"]}
    for table in tables:
        if table.name not in present:
            continue
        own = {f"{table.name}.{column.name}" for column in table.columns}
        yield from (Drift("missing", "column", name) for name in own - columns)
        beside = (name for name in columns - own if name.startswith(f"{table.name}.") and name not in hidden)
        yield from (Drift("foreign", "column", name) for name in beside)
        names = {str(index.name) for index in table.indexes}
        yield from (Drift("missing", "index", name) for name in names - indexes)

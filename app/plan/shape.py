"""The tables of entities as the database has them, and how what a catalog wants is said in the same words."""

from __future__ import annotations

import re
from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.schema import CreateIndex

from app.frozen import dataclass
from app.orm.engine import ENTITY_PREFIX
from app.plan.migrate import version
from app.plan.prepared import parts_of, read_prepared

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
_INDEX = re.compile(
    r"create (?P<unique>unique )?index \S+ on \S+ (?:using btree )?\((?P<columns>[^)]*)\)(?: where (?P<where>.*))?$"
)
Part = tuple[str, str, str]
"""Its table, its name, its definition."""


@dataclass(frozen=True)
class Shape:
    """Columns, indexes and references of the entities' tables; without a `dialect` that of no database."""

    columns: frozenset[Part] = frozenset()
    indexes: frozenset[Part] = frozenset()
    references: frozenset[Part] = frozenset()
    dialect: Dialect | None = None

    def lines(self) -> Iterator[str]:
        """All of it in one order."""
        for kind, parts in (("columns", self.columns), ("indexes", self.indexes), ("references", self.references)):
            yield from (f"{kind} {' '.join(each)}" for each in sorted(parts))

    def words_of_column(self, column: sa.Column[object]) -> str:
        """How a column would be described here."""
        assert self.dialect is not None
        return plain_type(column.type.compile(self.dialect) + ("" if column.nullable else " not null"))

    def words_of_index(self, index: sa.Index) -> str:
        """How an index would be described here."""
        return plain_index(str(CreateIndex(index).compile(dialect=self.dialect)))

    def has_reference(self, constraint: sa.ForeignKeyConstraint) -> bool:
        """Whether there is this foreign key."""
        table, (column,), target = constraint.table.name, constraint.columns, constraint.referred_table.name
        assert self.dialect is not None
        if self.dialect.name == "sqlite":
            return (table, column.name, f"{target}.id") in self.references
        words = f"FOREIGN KEY ({column.name}) REFERENCES {target}(id)"
        return (table, str(constraint.name), words) in self.references


def read_schema(connection: Connection) -> Shape:
    """What is there. What is being prepared is no part of it yet."""
    queries = _SQLITE if connection.dialect.name == "sqlite" else _POSTGRESQL
    found: dict[str, frozenset[Part]] = {}
    for kind, query in queries.items():
        rows = connection.execute(sa.text(query), {"tables": _TABLES})
        found[kind] = frozenset((table, name, " ".join(definition.split())) for table, name, definition in rows)
    # Which words are quoted the database decides, and not as SQLAlchemy does.
    found["references"] = frozenset((table, name, words.replace('"', "")) for table, name, words in found["references"])
    coming = parts_of(read_prepared(connection, version(connection)))
    found["columns"] = frozenset(each for each in found["columns"] if f"{each[0]}.{each[1]}" not in coming)
    return Shape(**found, dialect=connection.dialect)


def plain_type(definition: str) -> str:
    """A type as one would read it, whoever wrote it; revisions gave the column of a moment digits that catalogs do not."""
    return re.sub(r' collate "\w+"|(?<=timestamp)\(3\)', "", definition.lower().replace(", ", ","))


def plain_index(statement: str) -> str:
    """What an index is made of, in the same words for both databases: `unique (code) where deleted_at is null`."""
    text = " ".join(statement.split()).replace('"', "").lower()
    found = _INDEX.match(text)
    if found is None:
        return text
    where = (found["where"] or "").strip("()")
    return f"{found['unique'] or ''}({found['columns']}){f' where {where}' if where else ''}"

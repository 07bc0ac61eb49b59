"""Foreign keys of tables that exist: taken away and put back without copying a row.

SQLite can't alter them. Copying the table instead is what its documentation proposes for other changes; for those that do
not touch what is stored it names the way that is taken here: the text of the table is changed in its schema. No row is
written, so that none can be lost, and a transaction that is rolled back takes it back.
"""

from __future__ import annotations

import re

import sqlalchemy as sa
from sqlalchemy.engine import Connection


def drop_reference(connection: Connection, constraint: sa.ForeignKeyConstraint) -> None:
    """Takes a foreign key away."""
    table, name = constraint.table.name, str(constraint.name)
    if connection.dialect.name != "sqlite":
        connection.exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        return
    clause = rf'CONSTRAINT "?{re.escape(name)}"?\s+(?:FOREIGN KEY\s*\([^)]*\)\s*)?REFERENCES\s+"?\w+"?\s*\([^)]*\)'
    text = _text_of(connection, table)
    changed, found = re.subn(rf",?\s*{clause}(?=\s*[,)])", "", text)
    if found != 1:
        raise ValueError(f"{table} has {found} foreign keys named {name}")
    _set_text(connection, table, changed)


def add_reference(connection: Connection, constraint: sa.ForeignKeyConstraint) -> None:
    """Puts a foreign key on a column whose values fit."""
    table, name = constraint.table.name, str(constraint.name)
    quote = connection.dialect.identifier_preparer.quote
    (column,) = constraint.columns
    clause = f"CONSTRAINT {name} FOREIGN KEY({quote(column.name)}) REFERENCES {constraint.referred_table.name} (id)"
    if connection.dialect.name != "sqlite":
        connection.exec_driver_sql(f"ALTER TABLE {table} ADD {clause}")
        return
    text = _text_of(connection, table).rstrip()
    if not text.endswith(")"):
        raise ValueError(f"{table} is not described as this program describes tables")
    _set_text(connection, table, f"{text[:-1].rstrip()}, \n\t{clause}\n)")


def _text_of(connection: Connection, table: str) -> str:
    query = "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?"
    return str(connection.exec_driver_sql(query, (table,)).scalar_one())


def _set_text(connection: Connection, table: str, text: str) -> None:
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    try:
        query = "UPDATE sqlite_master SET sql = ? WHERE type = 'table' AND name = ?"
        connection.exec_driver_sql(query, (text, table))
        connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    finally:
        connection.exec_driver_sql("PRAGMA writable_schema = RESET")

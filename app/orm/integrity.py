"""Asks the database itself whether it is whole."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from app.orm.engine import READ, UNIT
from app.orm.models import Models

_MOST_FAULTS = 20  # of one kind: more say nothing new


def broken_storage(engine: Engine) -> list[str]:
    """What the database finds wrong with its own files, keys and indexes; empty when it is whole."""
    with engine.connect().execution_options(**{UNIT: READ}) as connection:
        if engine.dialect.name == "sqlite":
            answers = [row[0] for row in connection.exec_driver_sql("PRAGMA integrity_check")]
            found = [f"integrity: {answer}" for answer in answers if answer != "ok"]
            orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            found += [f"{table} row {row} points to no row of {target}" for table, row, target, _key in orphans]
            return found[:_MOST_FAULTS]
        invalid = (
            "SELECT 'index ' || c.relname || ' is not valid' FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
            "WHERE NOT i.indisvalid UNION ALL "
            "SELECT 'constraint ' || conname || ' was never checked' FROM pg_constraint WHERE NOT convalidated"
        )
        return [row[0] for row in connection.execute(sa.text(invalid))][:_MOST_FAULTS]


def differences(engine: Engine, models: Models) -> list[str]:
    """Tables and columns of the catalog that the database lacks; empty when it has them all."""
    found: list[str] = []
    inspector = sa.inspect(engine)
    existing = set(inspector.get_table_names())
    for table in models.every_table():
        if table.name not in existing:
            found.append(f"table {table.name} is missing")
            continue
        columns = {column["name"] for column in inspector.get_columns(table.name)}
        indexes = {index["name"] for index in inspector.get_indexes(table.name)}
        found += [f"column {table.name}.{each.name} is missing" for each in table.columns if each.name not in columns]
        found += [f"index {each.name} is missing" for each in table.indexes if each.name not in indexes]
    return found

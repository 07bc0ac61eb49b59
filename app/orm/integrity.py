"""Asks the database itself whether it is whole."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from app.orm.engine import READ, UNIT

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

"""What was deleted leaves the files of the database, too, not only its tables."""

from __future__ import annotations

import sqlite3

from sqlalchemy.engine import Engine


def clear_deleted(engine: Engine) -> bool:
    """Rewrites the database without what was deleted: pages of SQLite and words of its index, dead rows of PostgreSQL's tables.
    False where others are at work: then it is to be done again.

    PostgreSQL gives the room of dead rows to new ones; its write-ahead log goes on by its own rules.
    """
    raw = engine.raw_connection()
    try:
        driver = raw.driver_connection
        assert driver is not None
        if engine.dialect.name == "postgresql":
            driver.rollback()
            driver.autocommit = True
            try:
                driver.execute("VACUUM")
            finally:
                driver.autocommit = False
            return True
        try:
            driver.execute("INSERT INTO tenon_search_index(tenon_search_index) VALUES ('optimize')")
            driver.execute("VACUUM")
            busy, *_ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.OperationalError:
            return False
        return not busy
    finally:
        raw.close()

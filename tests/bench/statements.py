"""Counts the statements that a request sends, from the log of PostgreSQL itself: no application counts for itself."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench import loading

_STATEMENT = re.compile(r"^\S+ \S+ \S+ \[\d+\] LOG:  (?:statement|execute [^:]+): *(.*)", re.MULTILINE)
_NO_QUERY = re.compile(r"(?:BEGIN|COMMIT|ROLLBACK|SET|SHOW|SAVEPOINT|RELEASE|DEALLOCATE|;|$)", re.IGNORECASE)


@dataclass(frozen=True)
class StatementLog:
    """The log of a cluster."""

    path: Path

    def position(self) -> int:
        """Where the log ends now."""
        time.sleep(0.05)  # a server may still be ending its transaction
        return self.path.stat().st_size

    def since(self, position: int) -> list[str]:
        """The statements that read or write rows since then; transactions and settings are not counted."""
        end = self.position()
        with self.path.open("rb") as file:
            file.seek(position)
            text = file.read(end - position).decode(errors="replace")
        return [found for found in _STATEMENT.findall(text) if not _NO_QUERY.match(found)]


@contextmanager
def logged(cluster: Any) -> Iterator[StatementLog]:
    """Every statement is logged for as long."""
    url = cluster.url("postgres")
    _set(url, "log_statement", "all")
    try:
        yield StatementLog(Path(cluster.folder) / "log")
    finally:
        _set(url, "log_statement", "none")


def _set(url: str, name: str, value: str) -> None:
    with loading.connect(url) as connection:
        connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
        connection.execute("SELECT pg_reload_conf()")
    time.sleep(0.3)  # every backend takes up the setting before its next statement

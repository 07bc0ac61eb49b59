"""The small company behind the web, and what its database is asked."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from tests.unit.website import *  # noqa: F403 - its fixtures
from tests.unit.website import Website


class Asked:
    """Counts the statements that the database is asked; `BEGIN` is none."""

    def __init__(self, website: Website) -> None:
        self.website = website

    @contextmanager
    def at_most(self, limit: int) -> Iterator[list[str]]:
        """Fails when more statements than the limit are asked inside."""
        seen: list[str] = []

        def note(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
            if not statement.startswith("BEGIN"):
                seen.append(statement)

        sa.event.listen(self.website.store.engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            sa.event.remove(self.website.store.engine, "before_cursor_execute", note)
        assert len(seen) <= limit, "\n".join(seen)


@pytest.fixture
def asked(website: Website) -> Asked:
    return Asked(website)

"""Search rows made anew: all that there is is found again, in parts that can be gone on with."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from app.access import reading, system_actor
from app.insight import list_records
from app.insight.query import ListQuery
from app.orm.engine import PLAN, UNIT
from app.orm.framework import search_row
from app.orm.search import write_search_rows
from app.orm.store import StaleRevision
from app.orm.types import now
from app.plan import open_store
from app.plan import reindex as making
from app.plan.reindex import rebuild_search
from tests.unit.plan.conftest import applied, insert, tree


def found(engine: Engine, word: str) -> list[int]:
    store = open_store(engine)
    with reading(store, system_actor("system:seed")) as session:
        page = list_records(session, system_actor("system:seed"), ListQuery("account", search=word, limit=50))
    return sorted(row.id for row in page.rows)


def spoil(engine: Engine) -> None:
    """Rows of a record that is not there, and wrong ones of one that is."""
    wrong: dict[str, Any] = {"entity": "account", "audience": "", "tokens": "gibberish"}
    with engine.execution_options(**{UNIT: PLAN}).begin() as connection:
        write_search_rows(connection, [{**wrong, "record": 2}, {**wrong, "record": 999}])


def test_what_was_lost_is_found_and_what_was_wrong_is_not(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "BATCH", 2)
    gone = {"deleted_at": now()}
    insert(engine, "account", *({"name": f"阿里 {word}"} for word in ("one", "two", "three")), {"name": "four", **gone})
    spoil(engine)
    told: list[tuple[str, int, int]] = []
    assert rebuild_search(open_store(engine), "account", lambda *each: told.append(each)) == 4
    assert told == [("account", 2, 2), ("account", 4, 4)]
    assert found(engine, "ali") == [1, 2, 3]
    assert found(engine, "two") == [2]
    assert found(engine, "gibberish") == found(engine, "four") == []
    with engine.connect() as connection:
        assert sorted(connection.execute(sa.select(search_row.c.record)).scalars()) == [1, 2, 3]


def test_who_was_cut_off_goes_on(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "BATCH", 1)
    insert(engine, "account", {"name": "one"}, {"name": "two"}, {"name": "three"})
    store = open_store(engine)

    def stop(_entity: str, _done: int, last: int) -> None:
        if last == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuild_search(store, "account", stop)
    assert [found(engine, word) for word in ("one", "two", "three")] == [[1], [2], []]
    assert rebuild_search(store, "account", lambda *_: None, after=2) == 1
    assert found(engine, "three") == [3]


def test_under_another_configuration_nothing_is_made(engine: Engine) -> None:
    insert(engine, "account", {"name": "one"})
    store = open_store(engine)
    applied(engine, tree(entities__account__fields__size__max=5))
    with pytest.raises(StaleRevision):
        rebuild_search(store, "account", lambda *_: None)
    assert found(engine, "one") == []

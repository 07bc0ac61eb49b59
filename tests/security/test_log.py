"""What stands in the log: no password, no hash, no token, nothing of a person, whatever fails."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from app.orm.framework import login_guard
from app.orm.types import now
from app.web.security import links
from tests.unit.website import *  # noqa: F403 - its fixtures
from tests.unit.website import PASSWORD, Website

NEXT = "Quite another one 5"


@pytest.fixture
def full(website: Website) -> Iterator[Callable[[str], None]]:
    """Lets statements that begin so fail as they do on a full disk."""
    begins: list[str] = []

    def fail(connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if begins and statement.startswith(begins[0]):
            raise DBAPIError.instance(
                statement,
                parameters,
                sqlite3.OperationalError("disk I/O error"),
                sqlite3.Error,
                hide_parameters=connection.engine.hide_parameters,
            )

    sa.event.listen(website.store.engine, "before_cursor_execute", fail)
    yield begins.append
    sa.event.remove(website.store.engine, "before_cursor_execute", fail)


def test_a_password_that_could_not_be_stored(
    website: Website, full: Callable[[str], None], caplog: pytest.LogCaptureFixture
) -> None:
    rep = website.browser("rep")
    full("UPDATE ab_user")
    answer = rep.post("/password/", data={"old": PASSWORD, "password": NEXT, "password_again": NEXT})
    assert answer.status_code == 503
    assert "disk I/O error" in caplog.text
    assert "$argon2" not in caplog.text
    assert NEXT not in caplog.text


def test_a_clash_tells_no_value(website: Website) -> None:
    row = {"login": "someone@private.example", "failures": 1, "changed_at": now()}
    with pytest.raises(IntegrityError) as raised, website.store.housekeeping() as connection:
        connection.execute(sa.insert(login_guard), [row, row])
    assert "private.example" not in str(raised.value) + str(raised.value.orig)


def test_a_link_that_lets_in_is_in_no_log(
    website: Website, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    token = links.make_link(website.store, website.ids["rep"], now())

    def fail(*_given: object) -> None:
        raise OperationalError("select", {}, Exception("database is locked"))

    monkeypatch.setattr(links, "find_link", fail)
    assert website.browser().get(f"/setup/{token}").status_code == 503
    assert "/setup/<" in caplog.text
    assert token not in caplog.text

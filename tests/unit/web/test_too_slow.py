"""What is asked of the database and takes too long is stopped, and the answer says so; what writes takes its time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from app.orm.time_limit import HURRY, was_stopped
from app.orm.types import now
from app.web.app import create_app
from app.web.security import sessions
from tests.unit.website import Website

SECONDS = 0.2
ENDLESS = {
    "sqlite": "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n",
    "postgresql": "SELECT pg_sleep(20)",
}
LONG = {  # for a while
    "sqlite": "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 3000000) SELECT count(*) FROM n",
    "postgresql": "SELECT pg_sleep(0.5)",
}


@pytest.fixture
def limited(website: Website) -> Website:
    """The same company with a limit of its own."""
    settings = replace(website.settings, statement_seconds=SECONDS)
    return replace(website, app=create_app(website.store, settings))


@pytest.fixture
def slow(limited: Website) -> Iterator[None]:
    """Accounts take forever to find."""
    engine = limited.store.engine

    def never(connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> tuple[str, Any]:
        if "FROM crm_account" in statement:
            return ENDLESS[connection.dialect.name], ()
        return statement, parameters

    event.listen(engine, "before_cursor_execute", never, retval=True)
    yield
    event.remove(engine, "before_cursor_execute", never)


@pytest.mark.usefixtures("slow")
def test_what_takes_too_long_is_stopped_and_said(limited: Website) -> None:
    begun = time.monotonic()
    page = limited.browser("rep").get("/account/")
    assert page.status_code == 504
    assert "This takes too long" in page.text
    assert "查询耗时过长" in limited.browser("colleague").get("/account/").text
    rep = limited.browser("rep")
    for path in ("/account/csv", "/account/lookup?q=a"):
        assert rep.get(path).status_code == 504, path
    assert time.monotonic() - begun < 10
    assert rep.get("/product/").status_code == 200  # the connection is as good as before


@pytest.mark.usefixtures("slow")
def test_figures_of_a_list_are_given_up_early(website: Website, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.insight.lists.ADDING_SECONDS", SECONDS)
    begun = time.monotonic()
    rep = website.browser("rep")  # whose pages have half a minute
    assert rep.get("/account/totals").json == {"totals": [], "said": "not added up: too many rows"}
    assert time.monotonic() - begun < 10
    with website.store.engine.begin() as connection:
        connection.execute(sa.text(LONG[connection.dialect.name]))  # of another transaction nothing is taken


def test_who_hurries_has_no_more_time_than_others(website: Website) -> None:
    store = replace(website.store, statement_seconds=SECONDS)
    endless, begun = sa.text(ENDLESS[store.engine.dialect.name]), time.monotonic()
    with pytest.raises(OperationalError) as stopped, store.system_reading() as connection:
        connection.execute(endless, execution_options={HURRY: 60})
    assert was_stopped(stopped.value)
    assert time.monotonic() - begun < 10


@pytest.mark.usefixtures("slow")
def test_a_program_hears_a_code(limited: Website) -> None:
    program = limited.app.test_client()
    with limited.store.housekeeping() as connection:
        visitor = sessions.Visitor(None, None)
        policy = limited.store.catalog.pack.security.session
        token = sessions.start(connection, policy, sessions.NewSession(limited.ids["rep"], "token", visitor), now())
    for path in ("/api/v1/account/", "/api/v1/account/?count=exact"):
        answer = program.get(path, headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.get_json()["code"]) == (504, "request.too_slow")
        assert "SELECT" not in answer.text


def test_each_statement_has_the_time_and_writers_have_all(website: Website) -> None:
    store, name = replace(website.store, statement_seconds=SECONDS), website.store.engine.dialect.name
    endless, long = sa.text(ENDLESS[name]), sa.text(LONG[name])
    with pytest.raises(OperationalError) as stopped, store.system_reading() as connection:
        connection.execute(endless)
    assert was_stopped(stopped.value)
    with store.housekeeping() as connection:
        connection.execute(long).all()
    with website.store.system_reading() as connection:  # no limit
        connection.execute(long).all()
    with pytest.raises(OperationalError), store.system_reading() as connection:
        connection.execute(endless)
    with store.system_reading() as connection:
        for _ in range(3):
            time.sleep(SECONDS / 2)
            assert connection.execute(sa.text("SELECT 1")).scalar_one() == 1

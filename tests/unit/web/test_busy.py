"""While a change holds the tables: who writes waits for a while, then hears so, and what was entered is kept."""

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Engine

from app.orm import engine as opened
from app.orm.engine import PLAN, UNIT, open_engine
from tests.unit.website import Browser, Website

_HIDDEN = re.compile(r'<textarea name="([^"]+)" hidden>\n(.*?)</textarea>', re.DOTALL)


@pytest.fixture
def impatient(website: Website, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """The engine of the application, which waits for a moment only."""
    engine = website.store.engine
    monkeypatch.setattr(opened, "_BUSY_TIMEOUT_MS", 100)
    if engine.dialect.name == "postgresql":

        def wait_less(connection: Any, _entry: Any) -> None:
            connection.execute("SET lock_timeout = '100ms'")
            connection.commit()

        event.listen(engine, "connect", wait_less)
    engine.dispose()
    return engine


@contextmanager
def held(url: sa.URL) -> Iterator[None]:
    """As a switch that takes long."""
    engine = open_engine(url.render_as_string(hide_password=False))
    with engine.connect().execution_options(**{UNIT: PLAN}) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.execute(sa.text("LOCK TABLE crm_account IN ACCESS EXCLUSIVE MODE"))
        yield
    engine.dispose()


def test_a_form_is_kept_and_sent_again(impatient: Engine, rep: Browser) -> None:
    typed = {"name": "Acme", "notes": '\nfirst line\n<b>second</b> "line"', "version": ""}
    with held(impatient.url):
        answer = rep.post("/account/new", data=typed)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert "What you entered is kept" in answer.text
    kept = {name: html.unescape(value) for name, value in _HIDDEN.findall(answer.text)}
    assert kept == typed
    assert rep.post("/account/new", data=kept).status_code == 303
    assert "Acme" in rep.get("/account/").text


def test_a_program_hears_a_code(impatient: Engine, program: Browser) -> None:
    with held(impatient.url):
        answer = program.post("/api/v1/account/", json={"name": "Acme"})
    assert answer.status_code == 503
    assert answer.get_json()["code"] == "service.busy"
    assert program.post("/api/v1/account/", json={"name": "Acme"}).status_code == 201


def test_a_password_is_not_shown_again(impatient: Engine, rep: Browser) -> None:
    with held(impatient.url):
        answer = rep.post("/password/", data={"password": "a secret", "new_password": "a secret"})
    assert answer.status_code >= 400
    assert "a secret" not in answer.text

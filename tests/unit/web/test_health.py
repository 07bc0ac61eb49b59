"""Alive, and ready."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.orm.engine import open_engine
from app.orm.store import Store
from app.web import health
from app.web.app import create_app
from tests.unit.website import Browser, Website


def test_a_website_that_serves_is_alive_and_ready(stranger: Browser) -> None:
    assert (stranger.get("/healthz").status_code, stranger.get("/readyz").text) == (200, "ready\n")


def test_without_a_database_it_is_alive_and_not_ready(website: Website, tmp_path: Path) -> None:
    away = Store(open_engine(f"sqlite:///{tmp_path / 'no' / 'such' / 'folder.db'}"), website.store.models, 1)
    client = create_app(away, website.settings).test_client()
    assert client.get("/healthz").status_code == 200
    assert (client.get("/readyz").status_code, client.get("/readyz").text) == (503, "database away\n")


def test_an_empty_database_is_not_ready(website: Website, tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'empty.db'}")
    client = create_app(Store(engine, website.store.models, 1), website.settings).test_client()
    assert (client.get("/readyz").status_code, client.get("/readyz").text) == (503, "no revision\n")
    engine.dispose()


def test_a_flood_of_questions_is_one_statement_a_second(website: Website, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(health, "applied_revision", lambda _connection: asked.append(1) or 1)
    client = create_app(website.store, website.settings).test_client()
    monkeypatch.setattr(health.time, "monotonic", lambda: 1_000.0)
    assert [client.get("/readyz").status_code for _ in range(5)] == [200] * 5
    assert len(asked) == 1

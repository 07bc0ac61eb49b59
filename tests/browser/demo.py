"""The standard pack with its demonstration data, served to the browser once in a test process.

`from tests.browser.demo import *` gives `demo`: its address, its people, and browsers' contexts that are logged in already. Tests
share it, so each makes the records that it changes and leaves those of others.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, BrowserContext
from werkzeug.serving import make_server

from app.access import system_actor
from app.cli.demonstration import write_demo
from app.files import FolderContents
from app.loading import load_pack
from app.orm.engine import open_engine
from app.plan import first_apply, open_store
from app.record import Change, Saved, people, update
from app.settings import Settings, default_config
from app.web.app import create_app
from app.web.security import sessions
from tests.browser.live import Site
from tests.unit.website import KEYS, Website

__all__ = ["Demo", "demo"]

SCALE = 0.1  # some fifty accounts: enough for two pages of a list


@dataclass
class Demo(Site):
    """The demonstration behind a server; `who` are the logins of each role, in the order of the data."""

    who: Mapping[str, list[str]]

    def context(
        self, browser: Browser, login: str = "", language: str = "en", width: int = 1280, height: int = 800
    ) -> BrowserContext:
        """A context in which that person is logged in, or nobody; his language is the one given."""
        context = browser.new_context(
            viewport={"width": width, "height": height},
            locale="zh-CN" if language == "zh" else "en-US",
            reduced_motion="reduce",
            service_workers="block",
        )
        context.set_default_timeout(15_000)
        if login:
            self.speak(login, language)
            self.let_in(context, login)
        return context

    def let_in(self, context: BrowserContext, login: str) -> None:
        """Give a context the session of a person."""
        cookie = self.website.browser(login).get_cookie(sessions.COOKIE)
        assert cookie is not None
        context.add_cookies([{"name": sessions.COOKIE, "value": cookie.value, "url": self.address}])

    def speak(self, login: str, language: str) -> None:
        """Let a person read pages in that language."""
        store, ident = self.website.store, self.website.ids[login]
        saved = update(store, system_actor("system:seed"), "user", [Change(ident, {"locale": language})], door="seed")
        assert isinstance(saved, Saved), saved

    def give(self, login: str, *roles: str) -> None:
        """Let a person have these roles and no others."""
        people.set_roles(self.website.store, system_actor("system:seed"), self.website.ids[login], list(roles))

    def one(self, query: str, **values: object) -> int:
        """The number that a query answers."""
        with self.website.store.system_reading() as connection:
            return int(connection.execute(sa.text(query), values).scalar_one())


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("demo")
    settings = Settings(
        config=default_config(), database_url=f"sqlite:///{folder / 'crm.db'}", data_dir=folder, design_page=True
    )
    store = open_store(_written(settings))
    with store.system_reading() as connection:
        ids = {row.username: row.id for row in connection.execute(sa.text("SELECT id, username FROM ab_user"))}
    app = create_app(store, settings)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    found = Website(app, store, settings, ids)
    yield Demo(f"http://127.0.0.1:{server.server_port}", found, _roles(folder / "crm.db"))
    server.shutdown()
    thread.join()
    server.server_close()
    store.engine.dispose()


def _written(settings: Settings) -> sa.Engine:
    """The pack applied to an empty database, and the demonstration in it."""
    loaded = load_pack(settings.config)
    assert not loaded.errors, loaded.diagnostics
    engine = open_engine(settings.database_url, KEYS)
    first_apply(engine, loaded)
    write_demo(open_store(engine), FolderContents(settings.files_dir), SCALE)
    return engine


def _roles(path: Path) -> dict[str, list[str]]:
    """The logins of the people who have a role, by its key."""
    query = "SELECT r.name, u.username FROM ab_user u JOIN ab_user_role ur ON ur.user_id = u.id JOIN ab_role r ON r.id = ur.role_id"
    found: dict[str, list[str]] = {}
    with closing(sqlite3.connect(path)) as connection:
        for role, login in connection.execute(f"{query} ORDER BY u.id"):
            found.setdefault(role, []).append(login)
    return found

"""A small company served to the browser.

`from tests.browser.live import *` gives `site`: the small company of the unit tests behind a real server, and how a person
logs in to it. `WIDTHS` are those of a laptop and of a phone.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from werkzeug.serving import make_server

from tests.unit.website import PASSWORD, Prepared, Website, prepared_website, served_on_sqlite

__all__ = ["WIDTHS", "Site", "prepared_website", "site", "website"]

WIDTHS = {"laptop": (1280, 800), "phone": (390, 844)}
PHONE = 768


@dataclass
class Site:
    """The server's address, and what is behind it."""

    address: str
    website: Website

    def add(self, entity: str, owner: str | None = None, **values: Any) -> int:
        return self.website.add(entity, owner, **values)

    def tell(self, login: str, kind: str, **more: Any) -> None:
        """A notice to the person of that login."""
        from app.automation.notices import Notice, tell
        from app.orm.types import now

        moment = now()
        each = Notice(user=self.website.ids[login], kind=kind, mark=f"{kind}:{moment.isoformat()}", **more)
        with self.website.store.housekeeping() as connection:
            tell(connection, [each], moment, self.website.store.catalog)

    def log_in(self, page: Page, name: str, width: str = "laptop", path: str = "/") -> None:
        """Fill in the login page and wait for the page that was wanted."""
        wide, high = WIDTHS[width]
        page.set_viewport_size({"width": wide, "height": high})
        page.goto(f"{self.address}{path}")
        page.locator("#username").fill(name)
        page.locator("#password").fill(PASSWORD)
        page.locator("form button.btn--main").click()
        ready(page)

    def open(self, page: Page, path: str) -> None:
        """Go to a page and wait until its scripts have begun."""
        page.goto(f"{self.address}{path}")
        ready(page)

    def end_sessions(self) -> None:
        """Log everyone out, as time would."""
        import sqlalchemy as sa

        from app.orm.framework import web_session

        with self.website.store.housekeeping() as connection:
            connection.execute(sa.delete(web_session))


def ready(page: Page) -> None:
    """Wait until the scripts of another page than the last one that was waited for have begun.

    What is left is seen for a while yet: a script sends a form once the server has said that it is there.
    """
    expect(page.locator("html[data-ready]:not([data-awaited])")).to_be_attached()
    page.wait_for_load_state("domcontentloaded")  # the scripts of this page alone have begun, too
    page.evaluate("document.documentElement.dataset.awaited = 'true'")


@pytest.fixture
def website(prepared_website: Prepared) -> Iterator[Website]:
    """On SQLite alone: what a browser does with a page does not hang on the database."""
    with served_on_sqlite(prepared_website) as found:
        yield found


@pytest.fixture
def site(website: Website) -> Iterator[Site]:
    with served(website) as found:
        yield found


@contextmanager
def served(website: Website) -> Iterator[Site]:
    """The website behind a server."""
    server = make_server("127.0.0.1", 0, website.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Site(f"http://127.0.0.1:{server.server_port}", website)
    server.shutdown()
    thread.join()
    server.server_close()

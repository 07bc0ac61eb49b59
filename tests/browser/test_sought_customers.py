"""Customers of East China, level A, internet, who enquired within six months and have not bought: built by clicking in the
standard pack, shared, and opened by a representative with his own rows.
"""

import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from werkzeug.serving import make_server

from app.cli import demonstration
from app.factory import build_app
from app.settings import Settings
from tests.browser.live import ready

ROWS = "tbody a.name"


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """The standard pack with its demonstration data behind a real server: its address, and its people."""
    folder = tmp_path / "demo"
    folder.mkdir()
    found = Settings.from_environment({}, folder)
    own = replace(found, database_url=f"sqlite:///{folder / 'crm.db'}", data_dir=folder)
    users = demonstration.ensure_demo(own, folder)
    server = make_server("127.0.0.1", 0, build_app(own), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", users
    server.shutdown()
    thread.join()
    server.server_close()


def log_in(page: Page, address: str, user: dict[str, str]) -> None:
    page.context.clear_cookies()
    page.goto(f"{address}/account/")
    page.locator("#username").fill(user["name"])
    page.locator("#password").fill(user["password"])
    page.locator("form button.btn--main").click()
    ready(page)


def pick(page: Page, part: str, value: str) -> None:
    page.locator(f".pill:has([name='{part}.v'][value='{value}'])").click()


def choose(page: Page, part: str, field: str, then: str = ".op") -> None:
    page.locator(f"[name='{part}.field']").select_option(field)
    expect(page.locator(f"[name='{part}{then}']")).to_be_visible()


def add(page: Page, group: str, part: str) -> None:
    page.locator(f"button[value='add:{group}']").click()
    expect(page.locator(f"[name='{part}.field']")).to_be_focused()


@pytest.mark.deep
def test_sought_customers_are_found_shared_and_opened_with_own_rows(
    page: Page, demo: tuple[str, list[dict[str, str]]]
) -> None:
    address, users = demo
    manager = next(each for each in users if each["roles"] == ["sales_manager"])
    log_in(page, address, manager)
    page.locator(".chip--open").click()
    choose(page, "c.1", "region")
    pick(page, "c.1", "east")
    add(page, "c", "c.2")
    choose(page, "c.2", "level")
    pick(page, "c.2", "a")
    add(page, "c", "c.3")
    choose(page, "c.3", "industry")
    pick(page, "c.3", "internet")
    add(page, "c", "c.4")
    choose(page, "c.4", "@opportunities", ".1.field")
    choose(page, "c.4.1", "created_at")
    page.locator("[name='c.4.1.v']").fill("6")
    add(page, "c.4", "c.4.2")
    choose(page, "c.4.2", "stage.category")
    page.locator("[name='c.4.2.op']").select_option("none_of")
    pick(page, "c.4.2", "won")
    page.locator("#filter-dialog .dialog__foot .btn--main").click()
    page.wait_for_url(re.compile("filter="))
    ready(page)
    sought = set(page.locator(ROWS).all_inner_texts())
    assert sought
    page.locator(".tabs__tab--do").click()
    page.locator("#saved-name").fill("华东A级互联网")
    page.locator("#saved-share").select_option("role:sales_rep")
    page.locator(".saved-form__main").click()
    page.wait_for_url(re.compile(r"view=\d+$"))

    seen = {}
    for rep in (each for each in users if each["roles"] == ["sales_rep"]):
        log_in(page, address, rep)
        page.locator(".tabs__tab", has_text="华东A级互联网").click()
        page.wait_for_url(re.compile(r"view=\d+$"))
        ready(page)
        seen[rep["name"]] = set(page.locator(ROWS).all_inner_texts())
    assert any(each and each <= sought for each in seen.values())
    mine = [names for names in seen.values() if names]
    assert sum(map(len, mine)) == len(set().union(*mine)), "nobody sees the customers of another"

"""The timeline of a record in the browser: a call is logged, seen, and found again; what was typed is not lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.live import *  # noqa: F403 - its fixtures
from tests.browser.live import Site, ready
from tests.browser.looking import check
from tests.unit.web_pages.test_short_forms import SHORT
from tests.unit.website import prepare


@pytest.fixture(scope="module")
def prepared_website(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int]]:
    return prepare(tmp_path_factory.mktemp("timeline"), SHORT)


def test_a_call_is_logged_on_a_phone_seen_and_found_again(page: Page, site: Site) -> None:
    account = site.add("account", "rep", name="Acme")
    for number in range(25):
        site.add("errand", "rep", name=f"Errand {number}", account=account)
    site.log_in(page, "rep", "phone", f"/account/{account}")

    page.get_by_role("link", name="Log").click()  # the first tap
    text = page.get_by_label("Content")
    expect(text).to_be_focused()
    text.fill("Wants 30 / 60 / 10")
    expect(page.locator('[data-compose="chat"] [data-draft-kept]')).to_be_visible()
    page.reload()
    ready(page)
    expect(text).to_have_value("Wants 30 / 60 / 10")  # nothing typed is lost
    text.press("Control+Enter")  # or the second tap
    ready(page)

    names = page.locator(".line__name")
    expect(page.get_by_text("Added: call.")).to_be_visible()
    expect(names.first).to_have_text("Wants 30 / 60 / 10")
    expect(text).to_have_value("")

    page.get_by_role("link", name="Show older").click()
    expect(names).to_have_count(26)
    page.get_by_label("Show in the timeline").select_option("Call")
    expect(names).to_have_text(["Wants 30 / 60 / 10"])

    page.locator(".composer__kinds").get_by_text("Errand").click()
    page.locator("#c-errand-name").fill("Send the offer")
    page.locator('[data-compose="errand"]').get_by_role("button", name="Save").click()
    ready(page)
    expect(names.first).to_have_text("Send the offer")
    site.open(page, f"/account/{account}")
    check(page, "the record with its timeline")


def test_the_composer_follows_what_is_typed(page: Page, site: Site) -> None:
    account = site.add("account", "rep", name="Acme", level="a")
    site.log_in(page, "rep", path=f"/account/{account}")
    wish = page.locator("#c-chat-wish")
    expect(wish).to_be_hidden()
    page.locator("#c-chat-mood").fill("4")
    expect(wish).to_be_visible()
    expect(wish).to_have_attribute("aria-required", "true")
    expect(page.locator("[data-live-said]")).to_have_text("Shown: Wish.")
    page.locator(".composer__kinds").get_by_text("Note").click()
    expect(wish).to_be_hidden()

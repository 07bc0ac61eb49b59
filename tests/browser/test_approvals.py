"""A representative asks, her manager agrees from the inbox, the stage moves."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.live import *  # noqa: F403 - its fixtures
from tests.browser.live import Site, ready
from tests.browser.looking import check
from tests.unit.approved_site import OFFERED
from tests.unit.website import Prepared, prepare


@pytest.fixture(scope="session")
def prepared_website(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepare(tmp_path_factory.mktemp("approvals"), OFFERED)


def test_a_move_is_asked_for_agreed_to_and_made(page: Page, site: Site) -> None:
    team = site.website.ids["first"]
    first = site.add("offer", "rep", name="Cranes", amount=900, terms="30 days", team=team)
    second = site.add("offer", "rep", name="Ferry", amount=800, team=team)

    # Rita moves one that lacks nothing, and one that lacks its terms
    site.log_in(page, "rep", path=f"/offer/{first}")
    page.get_by_role("button", name="Sent").click()
    ready(page)
    expect(page.get_by_label("Comment for those who decide")).to_be_focused()
    page.keyboard.type("They wait for it")
    page.get_by_role("button", name="Ask for approval").click()
    ready(page)
    expect(page.get_by_role("heading", name="Waiting for approval")).to_be_visible()
    site.open(page, f"/offer/{second}")
    page.get_by_role("button", name="Sent", exact=True).click()
    ready(page)
    page.locator("#moving").get_by_label("Terms").fill("Cash")
    page.locator("#moving").get_by_role("button", name="Move to Sent").click()
    ready(page)
    page.get_by_role("button", name="Ask for approval").click()
    ready(page)
    site.end_sessions()
    page.context.clear_cookies()

    # Mona decides on both without leaving her inbox, by the keyboard
    site.log_in(page, "manager", path="/approvals/")
    expect(page.locator("[data-count='/approvals/count']")).to_have_text("2")
    card = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Ferry"))
    expect(card).to_contain_text("¥800")
    card.get_by_role("button", name="Reject: Ferry").click()
    expect(card.get_by_label("Comment")).to_be_focused()  # the browser itself asks for the comment
    page.keyboard.type("Not in winter")
    card.get_by_role("button", name="Reject: Ferry").press("Enter")
    expect(page.get_by_role("status").filter(has_text="You rejected: Ferry.")).to_be_visible()
    expect(card).to_have_count(0)
    expect(page.get_by_role("link", name="Cranes")).to_be_focused()
    expect(page.locator("[data-count='/approvals/count']")).to_have_text("1")
    expect(page.get_by_text("They wait for it")).to_be_visible()
    page.get_by_role("button", name="Agree: Cranes").press("Enter")
    ready(page)
    expect(page.get_by_text("Nothing waits for you")).to_be_visible()
    site.open(page, f"/offer/{first}")
    expect(page.locator("[aria-current=step]")).to_contain_text("Sent")
    expect(page.get_by_text("Agreed, done")).to_be_visible()


@pytest.mark.deep
@pytest.mark.parametrize(("width", "theme"), [("laptop", "light"), ("phone", "dark")])
def test_the_pages_are_for_everyone(page: Page, site: Site, width: str, theme: str) -> None:
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    offer = site.add("offer", "rep", name="Cranes", amount=5_000, terms="30 days", team=site.website.ids["first"])
    site.log_in(page, "rep", width, f"/offer/{offer}/approval?field=stage&to=sent")
    check(page, "asking")
    page.get_by_role("button", name="Ask for approval").click()
    ready(page)
    check(page, "a record that waits, for who asked")
    for path in ("/approvals/", "/approvals/?tab=asked", "/profile/"):
        site.open(page, path)
        check(page, path)
    page.context.clear_cookies()
    site.log_in(page, "manager", width, "/approvals/")
    check(page, "the inbox of who is asked")
    site.open(page, f"/offer/{offer}")
    check(page, "a record that waits, for who is asked")
    page.get_by_label("Comment").fill("Too cheap")
    page.get_by_role("button", name="Reject: Cranes").click()
    ready(page)
    check(page, "a record after it was rejected")

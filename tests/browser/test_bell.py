"""The bell: its number follows, what is new is said aloud once, and what is followed is read."""

from playwright.sync_api import Page, expect

from tests.browser.live import *  # noqa: F403 - its fixtures
from tests.browser.live import Site


def test_the_bell_tells_once_and_forgets_what_was_followed(page: Page, site: Site) -> None:
    record = site.add("account", "rep", name="Aster & Sons <b>")
    site.log_in(page, "rep")
    bell = page.locator("[data-bell]")
    # What was there before is known to this browser, and is not told
    page.wait_for_function("() => Object.keys(localStorage).some((key) => key.startsWith('tenon.bell.'))")
    expect(bell).to_have_attribute("aria-label", "Notices")
    site.tell("rep", "approval.agreed", entity="account", record=record)
    page.reload()
    toast = page.locator(".toast a")
    expect(toast).to_have_text("Approved: Aster & Sons <b>")
    expect(bell).to_have_attribute("aria-label", "Notices: 1 unread")
    with page.expect_response("**/notices/count"):
        page.reload()
    expect(page.locator(".bell__count")).to_have_text("1")
    expect(toast).to_have_count(0)
    site.open(page, "/notices/")
    page.get_by_role("link", name="Approved: Aster & Sons <b>").click()
    expect(page).to_have_url(f"{site.address}/account/{record}")
    # That it was read is told beside the way to the record, and may come after it
    page.wait_for_function("async () => (await (await fetch('/notices/count')).json()).count === 0")
    page.reload()
    expect(bell).to_have_attribute("aria-label", "Notices")

"""The pages of every day, and what opens on them, pass axe (WCAG 2.2 AA), and nothing runs out of the window."""

from playwright.sync_api import Page

from tests.browser.live import *  # noqa: F403 - its fixtures
from tests.browser.live import WIDTHS, Site
from tests.browser.looking import check

OFTEN = ("/account/", "/account/{record}", "/account/new", "/profile/")


# The other tests look at wide and light pages on their way, and the sweep at all pages.
def test_pages_are_for_everyone(page: Page, site: Site) -> None:
    page.emulate_media(color_scheme="dark")
    record = site.add(
        "account", "rep", name="海纳精工", level="a", phone="13812345678", revenue="1860000", since="2026-01-31"
    )
    site.add("contact", None, name="Kim", account=record, email="kim@example.com")
    for number in range(3):
        site.add("account", "rep", name=f"Nordwind Logistics and Trading Company {number}", level="b")
    wide, high = WIDTHS["phone"]
    page.set_viewport_size({"width": wide, "height": high})
    page.goto(f"{site.address}/login/")
    check(page, "login")
    site.log_in(page, "rep", "phone")
    check(page, "home")
    for path in OFTEN:
        site.open(page, path.format(record=record))
        check(page, path)


def test_menus_dialogs_and_errors_are_for_everyone(page: Page, site: Site) -> None:
    site.add("account", "manager", name="海纳精工", level="a")
    site.log_in(page, "manager", path="/account/")
    page.locator("input[name=id]").first.click()
    check(page, "selected")
    page.locator(".chipdrop summary").first.click()
    check(page, "filter")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Assign").click()
    check(page, "dialog")
    page.keyboard.press("Escape")
    page.locator("td[data-edit]").first.dblclick()
    page.locator(".inline").wait_for()
    check(page, "inline")
    site.open(page, "/account/new")
    page.get_by_role("button", name="Save", exact=True).click()
    page.locator("[data-ready] [role=alert]").first.wait_for()
    check(page, "errors")

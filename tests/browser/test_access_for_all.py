"""Every kind of page passes axe (WCAG 2.2 AA), in light and dark, wide and narrow, and nothing runs out of the window."""

import pytest
from playwright.sync_api import Page

from tests.browser.live import *  # noqa: F403 - its fixtures
from tests.browser.live import WIDTHS, Site
from tests.browser.looking import check

OFTEN = ("/account/", "/account/{record}", "/account/new", "/profile/")
ALL = (
    *OFTEN, "/account/?f.level=a&q=zzz", "/account/{record}?tab=people", "/account/{record}/edit", "/account/bin/",
    "/search/?q=hn", "/notices/", "/profile/security/", "/profile/security/factor", "/profile/keys/", "/help/", "/help/entity/account",
)  # fmt: skip


# The other tests look at wide and light pages on their way.
@pytest.mark.parametrize(
    ("width", "theme", "paths"),
    [
        ("phone", "dark", OFTEN),
        pytest.param("phone", "dark", ALL, marks=pytest.mark.deep),
        pytest.param("laptop", "light", ALL, marks=pytest.mark.deep),
    ],
    ids=["often", "dark", "light"],
)
def test_pages_are_for_everyone(page: Page, site: Site, width: str, theme: str, paths: tuple[str, ...]) -> None:
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    record = site.add(
        "account", "rep", name="海纳精工", level="a", phone="13812345678", revenue="1860000", since="2026-01-31"
    )
    site.add("contact", None, name="Kim", account=record, email="kim@example.com")
    for number in range(3):
        site.add("account", "rep", name=f"Nordwind Logistics and Trading Company {number}", level="b")
    site.tell("rep", "approval.asked", entity="account", record=record)
    site.tell("rep", "reminder", params={"text": "Call them"})
    wide, high = WIDTHS[width]
    page.set_viewport_size({"width": wide, "height": high})
    page.goto(f"{site.address}/login/")
    check(page, "login")
    site.log_in(page, "rep", width)
    check(page, "home")
    for path in paths:
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

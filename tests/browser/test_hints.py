"""What a page tells while somebody works in it: records that look like the one he types."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.live import *  # noqa: F403 - its fixtures
from tests.browser.live import Site
from tests.browser.looking import check
from tests.unit.web_pages.test_duplicates import VALUES, prepared_website  # noqa: F401 - its shops

TOLD = {"rep": "Possibly the same customer, please check.", "colleague": "疑似重复客户,请核对"}


@pytest.mark.parametrize("login", ["rep", pytest.param("colleague", marks=pytest.mark.deep)])
def test_what_looks_alike_is_hinted_at_while_one_types(page: Page, site: Site, login: str) -> None:
    found = site.add("shop", login, **VALUES)
    site.log_in(page, login, path="/shop/new")
    hint, said = page.locator(".hint"), page.locator("[data-alike-said]")
    page.locator("#i-name").fill("Acme Limited")
    page.locator("#i-name").fill("<Acme> Limitd")
    page.locator("#i-phone").fill(VALUES["phone"])
    expect(page.locator(".field[data-name=phone] .hint p")).to_have_text(TOLD[login])
    expect(said).to_have_text(f"{TOLD[login]} <Acme> Limited")
    check(page, "a form with a hint")
    page.keyboard.press("Tab")
    link = hint.get_by_role("link", name="<Acme> Limited")
    expect(link).to_be_focused()
    with page.expect_popup() as opened:
        page.keyboard.press("Enter")
    expect(opened.value).to_have_url(re.compile(f"/shop/{found}$"))
    opened.value.close()
    page.locator("#i-phone").fill("")
    expect(hint).to_have_count(0)
    expect(said).to_be_empty()

    # In the drawer, too, where what was not found is made
    site.open(page, "/stand/new")
    page.locator("#i-shop").press_sequentially("Akme")
    page.get_by_role("option").last.click()
    drawer = page.locator("#quick")
    drawer.locator("[data-draft-drop]").click()
    expect(drawer.locator("[data-draft-note]")).to_be_hidden()
    drawer.locator("[name=name]").fill(VALUES["name"])
    drawer.locator("[name=phone]").fill(VALUES["phone"])
    expect(drawer.locator(".hint")).to_contain_text(TOLD[login])
    check(page, "a drawer with a hint")


def test_a_card_beside_a_link_comes_with_mouse_and_keys_and_goes_with_escape(page: Page, site: Site) -> None:
    for name in ("Acme", "Zeta"):
        account = site.add("account", "rep", name=name, revenue=1200)
    site.add("contact", "rep", name="Kim", account=account)
    site.log_in(page, "rep", path="/account/")
    card, names = page.locator("#peek"), page.locator("a.name")
    expect(page.locator(".foot__sums")).to_contain_text("¥2,400")  # of all rows, at the foot
    names.first.hover()
    expect(card).to_be_visible()
    expect(card).to_contain_text("¥1,200")
    card.hover()  # one may go on it, and read
    page.wait_for_timeout(250)
    expect(card).to_be_visible()
    check(page, "a card beside a link")
    page.mouse.move(2, 2)
    expect(card).to_be_hidden()
    names.first.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    expect(card).to_be_visible()
    expect(names.first).to_have_attribute("aria-describedby", "peek")
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    expect(names.first).to_be_focused()
    expect(names.first).not_to_have_attribute("aria-describedby", "peek")

    # Of what a lookup offers, where arrow keys go; Escape closes the card first, then the list
    site.open(page, "/contact/new")
    box = page.locator("#i-account")
    box.click()
    expect(page.get_by_role("option").first).to_be_visible()
    expect(card).to_be_hidden()
    page.keyboard.press("ArrowDown")
    expect(card).to_contain_text("Zeta")
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    expect(page.get_by_role("option").first).to_be_visible()

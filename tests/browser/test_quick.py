"""Quick create: something new in a drawer beside what one is doing, and in the place where it was looked for."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from app.web.i18n import text_in
from tests.browser.live import *  # noqa: F403 - its fixtures
from tests.browser.live import Site, ready
from tests.browser.looking import check
from tests.unit.website import PASSWORD

PEOPLE = {"en": "rep", "zh": "colleague"}


def drawer(page: Page) -> Locator:
    return page.locator("#quick")


def begin(page: Page, entity: str = "account") -> None:
    page.locator("summary.btn--main").click()
    page.locator(f".drop__menu a[href='/{entity}/new']").click()
    expect(drawer(page)).to_be_visible()


def save(page: Page, language: str = "en") -> None:
    drawer(page).get_by_role("button", name=text_in(language, "common.save"), exact=True).click()


@pytest.mark.parametrize("language", ["en", pytest.param("zh", marks=pytest.mark.deep)])
def test_something_new_is_made_beside_what_one_is_doing(page: Page, site: Site, language: str) -> None:
    site.log_in(page, PEOPLE[language], path="/contact/")
    begin(page)
    name = drawer(page).locator("[name=name]")
    expect(name).to_be_focused()
    check(page, "quick create")

    # Escape closes it and gives the focus back; what was typed is offered the next time
    name.fill("海纳精工")
    page.keyboard.press("Escape")
    expect(drawer(page)).to_be_hidden()
    expect(page.locator("summary.btn--main")).to_be_focused()
    begin(page)
    drawer(page).get_by_role("button", name=text_in(language, "form.draft_restore")).click()
    expect(name).to_have_value("海纳精工")

    # What is refused stands at its field; fields that are not asked for come forth by a button
    revenue = drawer(page).locator("[name=revenue]")
    expect(revenue).to_be_hidden()
    drawer(page).get_by_role("button", name=text_in(language, "quick.all")).click()
    revenue.fill("lots")
    save(page, language)
    expect(revenue).to_be_focused()
    expect(revenue).to_have_attribute("aria-invalid", "true")
    expect(name).to_have_value("海纳精工")
    revenue.fill("1,860")
    save(page, language)
    expect(drawer(page)).to_be_hidden()
    expect(page).to_have_url(re.compile("/contact/$"))
    toast = page.locator(".toast")
    expect(toast).to_contain_text(text_in(language, "record.created", name="海纳精工"))
    toast.get_by_role("link").click()
    ready(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("海纳精工")


def test_what_is_not_found_is_created_where_it_was_looked_for(page: Page, site: Site) -> None:
    site.log_in(page, "rep", path="/contact/new")
    page.locator("#i-name").fill("Erika")
    box = page.get_by_role("combobox", name="Account")
    box.press_sequentially("Nordwind")
    option = page.get_by_role("option", name="New account “Nordwind”")
    expect(option).to_have_attribute("aria-selected", "false")
    box.press("ArrowDown")
    box.press("Enter")
    expect(drawer(page).locator("[name=name]")).to_have_value("Nordwind")
    save(page)
    expect(drawer(page)).to_be_hidden()
    expect(box).to_have_value("Nordwind")
    expect(box).to_be_focused()
    expect(page.locator("#i-name")).to_have_value("Erika")
    page.get_by_role("button", name="Save", exact=True).click()
    ready(page)
    expect(page.get_by_role("link", name="Nordwind").first).to_be_visible()


@pytest.mark.deep
def test_a_drawer_outlives_a_lost_connection_and_the_login(page: Page, site: Site) -> None:
    site.log_in(page, "rep", path="/contact/")
    begin(page)
    drawer(page).locator("[name=name]").fill("海纳精工")
    page.context.set_offline(True)
    save(page)
    expect(drawer(page).get_by_role("alert")).to_contain_text("No connection")
    page.context.set_offline(False)
    site.end_sessions()
    save(page)
    page.locator("#username").fill("rep")
    page.locator("#password").fill(PASSWORD)
    page.locator("form button.btn--main").click()
    ready(page)
    expect(page.locator("[name=name]")).to_have_value("海纳精工")
    expect(page.get_by_text(text_in("en", "form.draft_back"))).to_be_visible()


def test_before_one_types_the_search_offers_where_one_was(page: Page, site: Site) -> None:
    account = site.add("account", "rep", name="Acme")
    site.log_in(page, "rep", path=f"/account/{account}")
    site.open(page, "/contact/")
    page.keyboard.press("Control+k")
    options = page.locator("#find-list [role=option]")
    expect(options.first).to_contain_text("Acme")
    expect(options).to_contain_text(["Account · seen lately", "Accounts"])
    check(page, "search")
    page.keyboard.type("qqqq")
    expect(page.locator(".find .lookup__none")).to_have_text(text_in("en", "form.lookup_none"))
    page.locator("#find").fill("")
    expect(options.first).to_contain_text("Acme")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/account/{account}")
    ready(page)
    page.locator('form[action="/logout/"]').evaluate("(form) => form.requestSubmit()")
    page.wait_for_url("**/login/**")
    assert page.evaluate("Object.keys(localStorage).filter((name) => name.startsWith('visited'))") == []

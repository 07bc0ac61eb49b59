"""A day's work on the pages, as people do it: on a laptop and on a phone, in English and in Chinese."""

import re

import pytest
from playwright.sync_api import Page, expect

from app.web.i18n import text_in
from tests.browser.live import *  # noqa: F403 - its fixtures
from tests.browser.live import Site, ready

PEOPLE = {"en": "rep", "zh": "colleague"}


@pytest.mark.parametrize(("language", "width"), [("en", "laptop"), pytest.param("zh", "phone", marks=pytest.mark.deep)])
def test_an_account_from_its_first_line_to_the_bin_and_back(page: Page, site: Site, language: str, width: str) -> None:
    def t(key: str, **params: object) -> str:
        return text_in(language, key, **params)

    site.log_in(page, PEOPLE[language], width)
    assert page.locator("html").get_attribute("lang") == language

    # Create with an error, repair it: nothing typed is lost
    site.open(page, "/account/new")
    page.locator("[name=name]").fill("海纳精工")
    page.locator("[name=revenue]").fill("lots")
    page.get_by_role("button", name=t("common.save"), exact=True).click()
    ready(page)
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text(t("form.errors_one"))
    alert.get_by_role("link").click()
    expect(page.locator("[name=revenue]")).to_be_in_viewport()
    expect(page.locator("[name=name]")).to_have_value("海纳精工")
    page.locator("[name=revenue]").fill("1,860,000")
    page.get_by_role("button", name=t("common.save"), exact=True).click()
    ready(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("海纳精工")
    expect(page.locator("dd", has_text="¥1,860,000").first).to_be_visible()
    expect(page.get_by_role("status")).to_contain_text(t("record.created", name="海纳精工"))

    # Find it by part of its name and by pinyin initials
    for words in ("纳精", "hnjg"):
        site.open(page, "/account/")
        page.locator("#list-q").fill(words)
        page.locator("#list-q").press("Enter")
        ready(page)
        expect(page.locator("a.name")).to_have_count(1)
    page.locator("a.name").click()
    ready(page)

    # Delete, and bring it back from the bin
    page.get_by_role("button", name=t("common.delete")).click()
    page.get_by_role("dialog").get_by_role("button", name=t("common.delete"), exact=True).click()
    ready(page)
    expect(page.locator("a.name")).to_have_count(0)
    site.open(page, "/account/bin/")
    page.get_by_role("button", name=t("bin.restore")).click()
    ready(page)
    expect(page.locator("a.name")).to_have_text("海纳精工")


def test_a_cell_is_edited_in_its_place(page: Page, site: Site) -> None:
    site.add("account", "rep", name="海纳精工", revenue="5")
    site.log_in(page, "rep", path="/account/")
    cell = page.locator("td.is-num").first
    cell.dblclick()
    field = cell.locator("input[name=revenue]")
    expect(field).to_be_focused()
    field.fill("lots")
    field.press("Enter")
    expect(cell.get_by_role("alert")).to_contain_text("number")
    field.press("Escape")
    expect(cell).to_have_text("¥5")
    cell.hover()
    cell.get_by_role("button", name="Edit Revenue").click()
    cell.locator("input[name=revenue]").fill("7.5")
    cell.locator("input[name=revenue]").press("Enter")
    expect(cell).to_have_text("¥7.50")
    cell.dblclick()
    site.website.browser("administrator").post("/account/1/edit", data={"revenue": "9"})
    cell.locator("input[name=revenue]").fill("8")
    cell.locator("input[name=revenue]").press("Enter")
    expect(cell.get_by_role("alert")).to_contain_text("Ada Admin")


@pytest.mark.parametrize("width", ["laptop", pytest.param("phone", marks=pytest.mark.deep)])
def test_many_rows_are_changed_and_the_refused_are_named(page: Page, site: Site, width: str) -> None:
    for number in range(4):
        site.add("account", "manager", name=f"Account {number}")
    site.log_in(page, "manager", width, path="/account/")
    boxes = page.locator("input[name=id]")
    boxes.nth(0).click()
    boxes.nth(2).click(modifiers=["Shift"])
    bar = page.get_by_role("region", name="Selected rows")
    expect(bar).to_contain_text("3 selected")
    bar.get_by_role("button", name="Edit").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Field").select_option("level")
    dialog.get_by_label("Level").select_option("a")
    dialog.get_by_role("button", name="Change").click()
    ready(page)
    expect(page.get_by_role("status")).to_contain_text("3 changed.")
    expect(page.locator(".badge--5")).to_have_count(3)
    page.locator("[data-pick-all]").evaluate("box => box.click()")
    bar.get_by_role("button", name="Edit").click()
    dialog.get_by_label("Field").select_option("revenue")
    dialog.get_by_label("Revenue").fill("lots")
    dialog.get_by_role("button", name="Change").click()
    ready(page)
    expect(page.get_by_role("alert")).to_contain_text("4 could not be changed")
    expect(page.get_by_role("rowheader")).to_have_count(4)


def test_a_lookup_is_used_without_a_mouse(page: Page, site: Site) -> None:
    site.add("account", "rep", name="海纳精工")
    site.add("account", "rep", name="Nordwind")
    site.add("account", "colleague", name="海外公司")
    site.log_in(page, "rep", path="/contact/new")
    box = page.get_by_role("combobox", name="Account")
    box.fill("hn")
    option = page.get_by_role("option").and_(page.locator(":not(.lookup__act)"))
    expect(option).to_have_count(1)
    box.press("Enter")
    expect(box).to_have_value("海纳精工")
    expect(page.locator("input[name=account]")).to_have_value("1")
    box.fill("zzz")
    expect(page.get_by_role("form", name="New contact").get_by_text("Nothing found")).to_be_visible()
    box.press("Escape")
    expect(box).to_have_value("海纳精工")
    box.press("ArrowDown")
    expect(option).to_have_count(2)


def test_what_was_typed_outlives_the_login(page: Page, site: Site) -> None:
    site.log_in(page, "rep", path="/account/new")
    page.locator("[name=name]").fill("海纳精工")
    page.locator("[name=notes]").fill("two\nlines")
    site.end_sessions()
    page.get_by_role("button", name="Save", exact=True).click()
    page.locator("#username").fill("rep")
    page.locator("#password").fill("Made up-4 tests")
    page.locator("form button").click()
    ready(page)
    expect(page.locator("[name=name]")).to_have_value("海纳精工")
    expect(page.locator("[name=notes]")).to_have_value("two\nlines")
    expect(page.get_by_text("What you typed before is filled in again.")).to_be_visible()
    page.get_by_role("button", name="Save", exact=True).click()
    ready(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("海纳精工")
    site.open(page, "/account/new")
    expect(page.locator("[name=name]")).to_have_value("")
    expect(page.locator("[data-draft-note]")).to_be_hidden()


def test_a_draft_is_offered_after_leaving(page: Page, site: Site) -> None:
    site.log_in(page, "rep", path="/account/new")
    page.locator("[name=name]").fill("海纳精工")
    site.open(page, "/account/")
    site.open(page, "/account/new")
    expect(page.locator("[name=name]")).to_have_value("")
    page.get_by_role("button", name="Fill it in").click()
    expect(page.locator("[name=name]")).to_have_value("海纳精工")


def test_two_people_and_one_record(page: Page, site: Site) -> None:
    record = site.add("account", "rep", name="Before", notes="before")
    site.log_in(page, "rep", path=f"/account/{record}/edit")
    site.website.browser("administrator").post(f"/account/{record}/edit", data={"name": "Theirs", "level": "a"})
    page.locator("[name=name]").fill("Mine")
    page.locator("[name=notes]").fill("mine")
    page.get_by_role("button", name="Save", exact=True).click()
    ready(page)
    expect(page.get_by_text("Ada Admin changed this while you were typing")).to_be_visible()
    page.get_by_role("radio", name="Theirs").check()
    expect(page.locator("[name=name]")).to_have_value("Theirs")
    expect(page.locator("[name=notes]")).to_have_value("mine")
    page.get_by_role("button", name="Save", exact=True).click()
    ready(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Theirs")
    expect(page.locator("dd", has_text="mine")).to_be_visible()


def test_the_phone_has_a_drawer_and_a_menu_of_new_things(page: Page, site: Site) -> None:
    site.log_in(page, "rep", "phone")
    more = page.get_by_role("button", name="More")
    more.click()
    drawer = page.get_by_role("navigation", name="Main")
    expect(drawer).to_be_visible()
    page.keyboard.press("Shift+Tab")
    assert drawer.evaluate("node => node.contains(document.activeElement)")
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect(more).to_be_focused()
    page.get_by_role("button", name="New").click()
    page.get_by_role("dialog").get_by_role("link", name="Contact").click()
    expect(page).to_have_url(re.compile("/contact/new$"))


def test_language_and_theme_are_switched_from_every_page(page: Page, site: Site) -> None:
    site.log_in(page, "rep", path="/account/")
    page.get_by_label("Rita Rep: language, theme, log out").click()
    page.get_by_role("button", name="Dark").click()
    ready(page)
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.get_by_label("Rita Rep: language, theme, log out").click()
    page.get_by_role("button", name="中文").click()
    ready(page)
    expect(page).to_have_url(re.compile("/account/$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("客户")


def test_values_that_a_browser_has_no_input_for(page: Page, site: Site) -> None:
    """Rich text is typed, stars are chosen by keys, a color is picked or left blank, an address has parts."""
    site.log_in(page, "administrator")
    site.open(page, "/visit/new")
    page.locator("[name=name]").fill("V")
    editor = page.get_by_role("textbox", name="Report")
    editor.click()
    page.keyboard.type("Well ")
    page.get_by_role("button", name="Bold").click()
    page.keyboard.type("done")
    page.locator("[name=mood][value='']").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.locator("input[type=color]").fill("#0b5fff")
    expect(page.locator("[name=color]")).to_have_value("#0b5fff")
    page.locator("[name='address.city']").fill("杭州市")
    page.get_by_role("button", name="Save", exact=True).click()
    ready(page)
    expect(page.locator(".rich b")).to_have_text("done")
    expect(page.get_by_role("img", name="3 of 5 stars")).to_be_visible()
    expect(page.locator("dd", has_text="#0b5fff")).to_be_visible()
    expect(page.locator("dd", has_text="杭州市").first).to_be_visible()

    page.get_by_role("link", name="Edit").click()
    ready(page)
    expect(page.get_by_role("textbox", name="Report")).to_have_text("Well done")
    page.locator("[name=color]").fill("")
    page.locator("[name=mood][value='5']").check(force=True)
    page.get_by_role("button", name="Save", exact=True).click()
    ready(page)
    expect(page.get_by_role("img", name="5 of 5 stars")).to_be_visible()
    expect(page.locator("dd", has_text="#0b5fff")).to_have_count(0)

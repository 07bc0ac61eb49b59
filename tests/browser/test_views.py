"""A filter is built by clicking, kept, shared, and opened by a colleague with his own rows."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.live import *  # noqa: F403 - its fixtures
from tests.browser.live import Site, ready


def open_builder(page: Page) -> Locator:
    page.locator(".chip--open").click()
    dialog = page.locator("#filter-dialog")
    expect(dialog).to_be_visible()
    return dialog


def choose(dialog: Locator, name: str, field: str) -> None:
    """Choose a field, and wait for its comparisons."""
    dialog.locator(f"[name='{name}.field']").select_option(field)
    after = f"[name='{name}.1.field']" if field.startswith("@") else f"[name='{name}.op'], [name='{name}.related']"
    expect(dialog.locator(after).first).to_be_attached()


def names(page: Page) -> list[str]:
    return page.locator("tbody a.name").all_inner_texts()


@pytest.mark.parametrize("width", ["laptop", pytest.param("phone", marks=pytest.mark.deep)])
def test_a_filter_is_built_kept_shared_and_opened(page: Page, site: Site, width: str) -> None:
    for owner in ("rep", "colleague"):
        for level in ("a", "b"):
            account = site.add("account", owner, name=f"{owner} {level}", level=level)
            site.add("contact", owner, name="Li", account=account)
        site.add("account", owner, name=f"{owner} alone", level="a")
    site.log_in(page, "administrator", width, "/account/")
    dialog = open_builder(page)
    choose(dialog, "c.1", "level")
    dialog.locator(".pill", has_text="Top").click()
    dialog.get_by_role("button", name="Add condition").press("Enter")
    expect(dialog.locator("[name='c.2.field']")).to_be_focused()
    choose(dialog, "c.2", "@contacts")
    choose(dialog, "c.2.1", "name")
    dialog.locator("[name='c.2.1.v']").fill("li")
    dialog.locator("[name='c.2.1.v']").press("Enter")
    page.wait_for_url(re.compile(r"filter="))
    ready(page)
    assert sorted(names(page)) == ["colleague a", "rep a"]
    expect(page.locator(".chip--set")).to_have_text(
        [re.compile("Level.*Top"), re.compile("Contacts.*Name contains “li”")]
    )
    page.locator(".tabs__tab--do").click()
    expect(page.locator("#saved-name")).to_be_focused()
    page.locator("#saved-name").press("Enter")
    expect(page.locator("#saved-wrong")).to_be_visible()
    page.locator("#saved-name").fill("Top with people")
    page.locator("#saved-share").select_option("all")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url(re.compile(r"view=\d+$"))
    ready(page)
    expect(page.locator(".tabs [aria-current]")).to_have_text("Top with people")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    page.context.clear_cookies()
    site.log_in(page, "rep", width, "/account/")
    page.locator(".tabs__tab", has_text="Top with people").click()
    ready(page)
    assert names(page) == ["rep a"]


def test_without_scripts_the_builder_is_a_page(page: Page, site: Site) -> None:
    site.add("account", "rep", name="海纳精工", level="a")
    site.add("account", "rep", name="Other", level="b")
    site.log_in(page, "rep", path="/account/")
    page.route("**/*.js", lambda route: route.abort())
    page.goto(f"{site.address}/account/filter")
    page.locator("[name='c.1.field']").select_option("level")
    page.get_by_role("button", name="Update").click()
    page.locator(".pill", has_text="Top").click()
    page.get_by_role("button", name="Show").last.click()
    page.wait_for_url(re.compile("filter=level"))
    assert names(page) == ["海纳精工"]


def test_columns_are_ordered_by_keys_and_records_turned_over_in_the_list(page: Page, site: Site) -> None:
    for name in ("Anton", "Berta", "Caesar", "Emil"):
        site.add("account", "rep", name=name, level="b" if name == "Emil" else "a")
    site.log_in(page, "rep", path="/account/?f.level=a&sort=-name")
    page.locator(".tools [data-filter-open]", has_text="Columns").click()
    dialog = page.locator("#filter-dialog")
    first, second = page.locator("thead [data-field]").nth(1), page.locator("thead [data-field]").nth(2)
    keys = [first.get_attribute("data-field"), second.get_attribute("data-field")]
    dialog.locator(f"[value='down:{keys[0]}']").press("Enter")
    expect(dialog.locator("[name=column]").nth(1)).to_have_value(keys[1] or "")
    expect(dialog.locator(f"[value='down:{keys[0]}']")).to_be_focused()
    dialog.locator(".pill", has_text="Compact").click()
    dialog.get_by_role("button", name="Save").click()
    ready(page)
    expect(page.locator("[data-density=compact]")).to_be_visible()
    assert [first.get_attribute("data-field"), second.get_attribute("data-field")] == [keys[1], keys[0]]
    page.locator("a.name", has_text="Berta").click()
    expect(page.get_by_role("link", name="Previous: Caesar")).to_be_visible()
    page.keyboard.press("Alt+ArrowDown")
    expect(page.locator("h1")).to_have_text("Anton")
    expect(page.get_by_role("link", name="Next: –")).to_have_attribute("aria-disabled", "true")
    page.get_by_role("link", name="Previous: Berta").click()
    expect(page.locator("h1")).to_have_text("Berta")

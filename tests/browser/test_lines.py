"""A record with lines, as people enter it: with the mouse and the keyboard, wide and narrow, in both languages."""

import pytest
from playwright.sync_api import Locator, Page, expect

from app.web.i18n import text_in
from tests.browser.live import *  # noqa: F403 - its fixtures
from tests.browser.live import Site, ready
from tests.browser.looking import check

PEOPLE = {"en": "rep", "zh": "colleague"}


def rows(page: Page) -> Locator:
    return page.locator("tr[data-line]")


def cell(row: Locator, field: str) -> Locator:
    """The input that a person uses: that of a lookup is its combobox."""
    return row.locator(f"[data-name$='.{field}']").locator("input:not([type=hidden])")


def choose(page: Page, row: Locator, name: str) -> None:
    box = cell(row, "product")
    box.click()
    box.press_sequentially(name)
    page.get_by_role("option", name=name).click()


def descriptions(page: Page) -> list[str]:
    return [cell(row, "name").input_value() for row in rows(page).all()]


def correct(page: Page, box: Locator, text: str) -> None:
    """Puts in what is right: what was said of the wrong value is taken back."""
    box.fill("")
    expect(box).to_have_attribute("aria-invalid", "true")  # nothing else is put in yet
    box.fill(text)
    expect(box).not_to_have_attribute("aria-invalid", "true")
    expect(page.locator("tr .field__error")).to_have_count(0)
    expect(page.get_by_role("alert")).to_be_hidden()
    assert box.evaluate("each => each.scrollWidth <= each.clientWidth")  # it is read to its last digit


@pytest.mark.parametrize(("language", "width"), [pytest.param("en", "laptop", marks=pytest.mark.deep), ("zh", "phone")])
def test_a_record_with_lines_from_the_first_to_the_last(page: Page, site: Site, language: str, width: str) -> None:
    def t(key: str, **params: object) -> str:
        return text_in(language, key, **params)

    def save() -> None:
        page.get_by_role("button", name=t("common.save"), exact=True).click()
        ready(page)

    site.add("product", name="Lamp", price="12.5", cost="8")
    site.log_in(page, PEOPLE[language], width)
    site.open(page, "/order/new")
    page.locator("[name=name]").fill("Order")

    # A product fills in its line; a second line, by the button, has a fault
    choose(page, rows(page).nth(0), "Lamp")
    expect(cell(rows(page).nth(0), "name")).to_have_value("Lamp")
    expect(cell(rows(page).nth(0), "price")).to_have_value("12.5")
    page.get_by_role("button", name=t("lines.add")).click()
    expect(cell(rows(page).nth(1), "product")).to_be_focused()
    cell(rows(page).nth(1), "name").fill("Chair")
    cell(rows(page).nth(1), "price").fill("much")
    check(page, "lines")
    save()
    expect(page.get_by_role("alert")).to_contain_text(t("form.errors_one"))
    expect(cell(rows(page).nth(1), "price")).to_have_attribute("aria-invalid", "true")
    assert descriptions(page) == ["Lamp", "Chair"]
    expect(cell(rows(page).nth(0), "product")).to_have_value("Lamp")
    page.get_by_role("alert").get_by_role("link").click()
    expect(cell(rows(page).nth(1), "price")).to_be_in_viewport()
    check(page, "errors of lines")
    correct(page, cell(rows(page).nth(1), "price"), "985,999.85")
    cell(rows(page).nth(1), "price").fill("40")
    save()
    expect(page.get_by_role("heading", level=1)).to_have_text("Order")
    expect(page.locator(".table--lines tbody tr")).to_have_count(2)
    expect(page.locator(".table--lines")).to_contain_text("¥12.50")
    check(page, "a record with lines")

    # Moved, added by Enter, taken away
    page.get_by_role("link", name=t("common.edit")).click()
    ready(page)
    page.get_by_role("button", name=t("lines.down", number=1)).click()
    assert descriptions(page) == ["Chair", "Lamp"]
    cell(rows(page).nth(1), "quantity").press("Enter")
    cell(rows(page).nth(2), "name").fill("Table")
    cell(rows(page).nth(2), "name").press("Alt+ArrowUp")
    expect(cell(rows(page).nth(1), "name")).to_be_focused()
    assert descriptions(page) == ["Chair", "Table", "Lamp"]
    page.get_by_role("button", name=t("lines.remove", number=1)).click()
    save()
    expect(page.locator(".table--lines tbody tr td:nth-child(2)")).to_have_text(["Table", "Lamp"])


def test_a_draft_has_its_lines_again(page: Page, site: Site) -> None:
    record = site.add("order", "rep", name="Order", lines=[{"name": "a"}, {"name": "b"}])
    site.log_in(page, "rep", path=f"/order/{record}/edit")
    page.get_by_role("button", name="Remove line 1").click()
    page.get_by_role("button", name="Add a line").click()
    cell(rows(page).nth(1), "name").fill("new")
    expect(page.locator("[data-draft-kept]")).to_be_visible()
    site.open(page, f"/order/{record}/edit")
    assert descriptions(page) == ["a", "b"]
    page.get_by_role("button", name="Fill it in").click()
    assert descriptions(page) == ["b", "new"]
    page.get_by_role("button", name="Save", exact=True).click()
    ready(page)
    expect(page.locator(".table--lines tbody tr")).to_have_count(2)


def test_lines_work_without_scripts(page: Page, site: Site) -> None:
    site.log_in(page, "rep", path="/order/new")
    plain = page.context.browser.new_context(java_script_enabled=False, storage_state=page.context.storage_state())  # type: ignore[union-attr]
    still = plain.new_page()
    still.goto(f"{site.address}/order/new")
    still.locator("[name=name]").fill("Order")
    cell(rows(still).nth(0), "name").fill("a")
    still.get_by_role("button", name="Add a line").click()
    cell(rows(still).nth(1), "name").fill("b")
    still.get_by_role("button", name="Move line 2 up").click()
    expect(cell(rows(still).nth(0), "name")).to_have_value("b")
    assert descriptions(still) == ["b", "a"]
    still.locator("[name=name]").press("Enter")  # saves, and moves nothing
    expect(still.get_by_role("heading", level=1)).to_have_text("Order")
    expect(still.locator(".table--lines tbody tr td:nth-child(2)")).to_have_text(["b", "a"])
    plain.close()

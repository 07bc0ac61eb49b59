"""A form that follows what is typed, as people meet it: by mouse and keyboard, wide and narrow, in both languages."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from app.web.i18n import text_in
from tests.browser.live import *  # noqa: F403 - its fixtures
from tests.browser.live import Site, ready
from tests.browser.looking import check
from tests.unit.conditional import *  # noqa: F403 - its pack

PEOPLE = {"en": "rep", "zh": "colleague"}


def place(page: Page, name: str) -> Locator:
    return page.locator(f".field[data-name='{name}']")


def box(page: Page, name: str) -> Locator:
    return page.locator(f"#i-{name}")


@pytest.mark.parametrize(("language", "width"), [pytest.param("en", "laptop", marks=pytest.mark.deep), ("zh", "phone")])
def test_losing_asks_for_the_reason_and_a_rival_for_its_name(page: Page, site: Site, language: str, width: str) -> None:
    site.log_in(page, PEOPLE[language], width, "/claim/new")
    expect(place(page, "reason")).to_be_hidden()
    box(page, "name").fill("Claim")
    box(page, "stage").focus()
    for _ in range(3):  # open, review, won, lost
        page.keyboard.press("ArrowDown")
    expect(box(page, "stage")).to_have_value("lost")
    expect(place(page, "reason")).to_be_visible()
    expect(box(page, "reason")).to_have_attribute("aria-required", "true")
    expect(place(page, "reason").locator(".req")).to_have_count(1)
    label = {"en": "Reason", "zh": "原因"}[language]
    expect(page.locator("#live-said")).to_contain_text(text_in(language, "live.required", what=label))
    page.keyboard.press("Tab")
    expect(box(page, "reason")).to_be_focused()
    expect(box(page, "rival")).not_to_have_attribute("aria-required", "true")
    box(page, "reason").select_option("rival")
    expect(box(page, "rival")).to_have_attribute("aria-required", "true")
    check(page, "live form")

    # The save says the same, and what is seen stays so
    page.get_by_role("button", name=text_in(language, "common.save"), exact=True).click()
    ready(page)
    expect(page.get_by_role("alert")).to_contain_text(text_in(language, "form.errors_one"))
    expect(box(page, "rival")).to_have_attribute("aria-invalid", "true")
    expect(place(page, "reason")).to_be_visible()
    box(page, "rival").fill("Acme")
    page.get_by_role("button", name=text_in(language, "common.save"), exact=True).click()
    ready(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Claim")


def test_sections_options_and_figures_follow_while_typing(page: Page, site: Site) -> None:
    site.log_in(page, "rep", path="/claim/new")
    expect(page.locator("#s-hurry")).to_be_hidden()
    box(page, "urgent").check()
    expect(page.locator("#s-hurry")).to_be_visible()
    expect(box(page, "follow")).to_have_value("2026-02-01")
    box(page, "follow").fill("2026-05-05")
    box(page, "urgent").uncheck()
    expect(page.locator("#s-hurry")).to_be_hidden()
    expect(box(page, "follow")).to_have_value("2026-05-05")

    # What hides a field that is cleared then empties it
    box(page, "kind").select_option("company")
    box(page, "code").fill("91350100M000100Y43")
    box(page, "kind").select_option("person")
    expect(place(page, "code")).to_be_hidden()
    box(page, "kind").select_option("company")
    expect(box(page, "code")).to_have_value("")

    # A city goes with its region, and comes back with it
    offered = "e => [...e.options].filter(o => o.value && !o.disabled).map(o => o.value)"
    box(page, "region").select_option("north")
    assert box(page, "city").evaluate(offered) == ["beijing", "tianjin"]
    box(page, "city").select_option("tianjin")
    box(page, "region").select_option("south")
    expect(box(page, "city")).to_have_value("")
    assert box(page, "city").evaluate(offered) == ["shenzhen"]
    box(page, "region").select_option("north")
    expect(box(page, "city")).to_have_value("tianjin")

    # Figures
    box(page, "amount").fill("1,000.50")
    box(page, "rate").fill("13%")
    expect(box(page, "total")).to_have_value("¥1,130.57")
    box(page, "stage").select_option("lost")
    assert box(page, "reason").evaluate(offered) == ["price", "rival", "large"]
    box(page, "amount").fill("999")
    assert box(page, "reason").evaluate(offered) == ["price", "rival"]
    expect(box(page, "total")).to_have_value("¥1,128.87")


def test_the_server_is_asked_for_what_the_browser_may_not_know(page: Page, site: Site) -> None:
    top = site.add("account", "rep", name="Top", level="a")
    site.add("account", "rep", name="Plain", level="b")
    claim = site.add("claim", "rep", name="One", account=top, ceiling=10_000)
    site.log_in(page, "rep", path=f"/claim/{claim}/edit")
    assert "ceiling" not in page.content()
    expect(place(page, "favour")).to_be_visible()
    expect(place(page, "consent")).to_be_hidden()
    box(page, "amount").fill("10001")
    expect(place(page, "consent")).to_be_visible()
    box(page, "amount").fill("10000")
    expect(place(page, "consent")).to_be_hidden()

    # Behind another account there may be something else
    box(page, "account").click()
    box(page, "account").fill("")
    box(page, "account").press_sequentially("Plain")
    page.get_by_role("option", name="Plain").click()
    expect(place(page, "favour")).to_be_hidden()
    place(page, "account").locator("[data-lookup-clear]").click()
    expect(place(page, "favour")).to_be_hidden()


def test_lines_and_their_sum_follow_while_typing(page: Page, site: Site) -> None:
    site.log_in(page, "rep", path="/claim/new")
    row = page.locator("tr[data-line]").nth(0)
    row.locator("[data-name$='.name'] input").first.fill("Chair")
    row.locator("[data-name$='.quantity'] input").first.fill("3")
    row.locator("[data-name$='.price'] input").first.fill("12.5")
    expect(row.locator("[data-name$='.amount'] input")).to_have_value("37.5")
    expect(row.locator("[data-name$='.price'] input").first).to_have_attribute("aria-required", "true")
    expect(box(page, "sum")).to_have_value("¥37.50")
    page.get_by_role("button", name=text_in("en", "lines.add")).click()
    second = page.locator("tr[data-line]").nth(1)
    second.locator("[data-name$='.name'] input").first.fill("Table")
    second.locator("[data-name$='.price'] input").first.fill("1000")
    expect(second.locator("[data-name$='.amount'] input")).to_have_value("1,000")
    expect(box(page, "sum")).to_have_value("¥1,037.50")


def test_a_cell_that_is_kept_says_why_it_can_not_be_changed(page: Page, site: Site) -> None:
    site.add("claim", "rep", name="One", stage="review", amount=10, fixed="as said")
    site.log_in(page, "rep", path="/claim/")
    page.locator("td[data-edit]", has_text="as said").dblclick()
    expect(page.locator(".toast")).to_contain_text("“Agreed” can't be changed in this record now.")


def test_without_scripts_all_that_could_be_asked_for_is_there(site: Site, page: Page) -> None:
    browser = page.context.browser
    assert browser is not None
    site.log_in(page, "rep", path="/claim/new")
    context = browser.new_context(java_script_enabled=False, storage_state=page.context.storage_state())
    plain = context.new_page()
    plain.goto(f"{site.address}/claim/new")
    expect(plain.locator(".field[data-name=reason]")).to_be_visible()
    expect(plain.locator("#s-hurry")).to_be_visible()
    context.close()


def test_what_a_move_asks_for_follows_what_is_chosen(page: Page, site: Site) -> None:
    claim = site.add("claim", "rep", name="One", stage="open")
    site.log_in(page, "rep", path=f"/claim/{claim}")
    page.locator(".path button[value=lost]").click()
    ready(page)
    form = page.locator("#moving")
    expect(form.locator("[data-name=rival]")).to_be_hidden()
    form.locator("[name=reason]").select_option("rival")
    expect(form.locator("[name=rival]")).to_be_visible()
    expect(form.locator("[name=rival]")).to_have_attribute("aria-required", "true")
    check(page, "what a move asks for")
    form.locator("[name=reason]").select_option("price")
    expect(form.locator("[data-name=rival]")).to_be_hidden()
    expect(form.locator("[name=reason]")).to_have_attribute("aria-required", "true")
    form.locator("button").last.click()
    ready(page)
    expect(page.locator(".path [aria-current=step]")).to_contain_text("Lost")

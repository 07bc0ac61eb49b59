"""The start page: its cards come one by one, lead to their lists, are arranged without a mouse, and are for everyone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.live import *  # noqa: F403 - its fixtures
from tests.browser.live import Site
from tests.browser.test_access_for_all import check
from tests.security.test_figures import CARDS, REPORTS
from tests.unit.website import Prepared, prepare


@pytest.fixture(scope="module")
def prepared_website(tmp_path_factory: pytest.TempPathFactory) -> Prepared:  # type: ignore[no-redef]
    return prepare(tmp_path_factory.mktemp("home"), REPORTS)


@pytest.mark.parametrize("width", ["laptop", pytest.param("phone", marks=pytest.mark.deep)])
def test_cards_are_loaded_opened_and_arranged(page: Page, site: Site, width: str) -> None:
    for number, level in enumerate(("a", "a", "b")):
        site.add("account", "rep", name=f"Nordwind {number}", level=level, revenue="120000", since="2026-02-01")
    site.log_in(page, "rep", width)
    expect(page.locator('[data-card="total"] .kpi__figure')).to_have_text("¥360K")
    expect(page.locator('[data-card="levels"] svg.chart:visible a').first).to_have_attribute(
        "aria-label", "Top: ¥240,000"
    )
    check(page, "home")
    page.get_by_role("button", name="Arrange").click()
    page.get_by_role("button", name="Earlier: Many").focus()
    for _ in range(2):
        with page.expect_response("**/arrange") as answer:
            page.keyboard.press("Enter")
        assert answer.value.status == 204
    expect(page.locator("#cards-said")).to_have_text("Many: place 3 of 5")
    expect(page.get_by_role("button", name="Earlier: Many")).to_be_focused()
    check(page, "arranging")
    page.reload()
    placed = page.locator("[data-card]").evaluate_all("each => each.map((card) => card.dataset.card)")
    assert placed == ["total", "quarter", "many", "levels", "linked"]
    page.get_by_role("button", name="Reset").click()
    expect(page.locator("[data-card]").nth(2)).to_have_attribute("data-card", CARDS[2])
    page.locator('[data-card="levels"] svg.chart:visible a').first.click()
    expect(page.locator("a.name")).to_have_text(["Nordwind 0", "Nordwind 1"])


def test_a_chart_is_saved_as_a_picture(page: Page, site: Site) -> None:
    site.add("account", "rep", name="Nordwind", level="a", revenue="120000")
    site.log_in(page, "rep", path="/reports/revenue")
    check(page, "report")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save as picture").click()
    assert saved.value.suggested_filename == "Revenue by level.png"
    assert saved.value.path().read_bytes().startswith(b"\x89PNG")

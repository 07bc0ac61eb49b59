"""Events of a calendar go to other times by mouse and by keys; what is refused says why and stays; a free hour begins a record."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.live import *  # noqa: F403 - its fixtures
from tests.browser.live import Site
from tests.browser.test_access_for_all import check
from tests.unit.calendars_site import *  # noqa: F403 - its pack
from tests.unit.website import Website

WEEK = "/meeting/calendar/?on=2026-11-25"


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_an_event_is_moved_and_what_is_refused_says_why(page: Page, site: Site, meetings: dict[str, int]) -> None:
    site.log_in(page, "rep", "laptop", WEEK)
    check(page, "calendar")
    early = page.locator(f'.ev[data-id="{meetings["early"]}"]')
    link = early.locator(".ev__link")
    link.focus()
    press(page, "Space", "ArrowRight", "Escape")
    expect(page.locator("#calendar-said")).to_have_text("Put back.")
    press(page, "Space", "ArrowRight", "ArrowDown", "Space")
    expect(early).to_have_attribute("data-at", "2026-11-24T09:15")
    expect(link).to_be_focused()
    press(page, "Space", "Shift+ArrowDown", "Space")
    expect(early).to_have_attribute("data-minutes", "105")
    early.drag_to(page.locator('[data-day="2026-11-26"] .cal__time'), source_position={"x": 20, "y": 8})
    expect(early).to_have_attribute("data-at", re.compile("2026-11-26T"))
    there = early.get_attribute("data-at")
    page.evaluate("id => document.querySelector(`.ev[data-id='${id}']`).dataset.version = 1", meetings["early"])
    link.focus()
    press(page, "Space", "ArrowLeft", "Space")
    expect(page.locator(".toast--danger")).to_contain_text("“Early” stays as it was.")
    expect(early).to_have_attribute("data-at", there or "")
    page.locator('[data-day="2026-11-25"] .cal__time').click(position={"x": 30, "y": 100})
    page.wait_for_url("**/meeting/new?*")
    expect(page.locator('[name="at"]')).to_have_value(re.compile("2026-11-25T"))


@pytest.mark.deep
def test_crowded_lanes_of_a_week_keep_times_whole_and_words_unbroken(page: Page, site: Site, website: Website) -> None:
    for minutes in (30, 60, 60):
        website.add("meeting", "rep", name="Requirements", at="2026-11-25T02:00:00Z", takes=f"PT{minutes}M")
    site.log_in(page, "rep", "laptop", WEEK)
    expect(page.get_by_role("link", name="10:00 Requirements")).to_have_count(3)
    times = page.locator(".cal__time .w4 .ev__when")
    expect(times).to_have_count(3)
    cut = "each => each.getBoundingClientRect().right > each.closest('.ev').getBoundingClientRect().right"
    assert not any(
        each.evaluate(cut) or each.evaluate("e => e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0")
        for each in times.all()
    )
    lines = "each => each.getBoundingClientRect().height / parseFloat(getComputedStyle(each).lineHeight)"
    names = page.locator(".cal__time .w4:not(.ev--short) .ev__name").all()
    assert [round(each.evaluate(lines)) for each in names] == [1, 1]


@pytest.mark.deep
def test_on_a_phone_it_is_a_list_by_day(page: Page, site: Site, meetings: dict[str, int]) -> None:
    site.log_in(page, "rep", "phone", WEEK)
    check(page, "calendar")
    early = page.locator(f'.ev[data-id="{meetings["early"]}"]')
    move = page.get_by_role("button", name="Another time for Early")
    move.click()
    check(page, "calendar")
    when = page.get_by_label("At", exact=True)
    expect(when).to_have_value("2026-11-23T09:00")
    when.fill("2026-11-25T16:15")
    page.get_by_role("button", name="Move", exact=True).click()
    expect(page.locator(".toast")).to_contain_text("Moved to 2026-11-25 16:15.")
    expect(page.locator('[data-day="2026-11-25"]').filter(has=early)).to_be_visible()
    page.evaluate("id => document.querySelector(`.ev[data-id='${id}']`).dataset.version = 1", meetings["early"])
    move.click()
    when.fill("2026-11-24T16:15")
    page.keyboard.press("Enter")
    expect(page.locator(".toast--danger")).to_contain_text("“Early” stays as it was.")
    expect(early).to_have_attribute("data-at", "2026-11-25T16:15")
    site.open(page, "/meeting/calendar/?view=trips&on=2026-11-25")
    check(page, "month")
    expect(page.locator('[data-day="2026-11-24"]')).to_be_visible()
    expect(page.locator('[data-day="2026-11-26"]')).to_be_hidden()

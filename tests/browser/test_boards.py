"""Cards of a board go to other columns by mouse, by keys and by a dialog; what is refused says why and offers what it needs."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.live import *  # noqa: F403 - its fixtures
from tests.browser.live import Site, ready
from tests.browser.looking import check
from tests.unit.boards_site import *  # noqa: F403 - its pack


def mover(page: Page, record: int) -> Locator:
    return page.locator(f'.deal[data-id="{record}"] [data-move]')


@pytest.mark.parametrize("width", ["laptop", pytest.param("phone", marks=pytest.mark.deep)])
def test_a_card_is_moved_and_what_is_refused_says_why(
    page: Page, site: Site, bargains: dict[str, int], width: str
) -> None:
    site.log_in(page, "rep", width, "/bargain/board/?view=kinds")
    check(page, "board")
    if width == "laptop":
        card = page.locator(f'.deal[data-id="{bargains["Crisp"]}"]')
        card.drag_to(page.locator('[data-value="gift"]'))
        expect(page.locator(".toast--danger")).to_contain_text("“Crisp” does not go to “Gift”.")
        card.drag_to(page.locator('[data-value="usual"]'))
        expect(page.locator('[data-value="usual"] .deal')).to_have_count(3)
    before = page.locator('[data-value="usual"] .deal').count()
    mover(page, bargains["Brief"]).click()
    page.select_option("#move-to", "gift")
    page.locator("#move .btn--main").click()
    expect(page.locator(".toast--danger").last).to_contain_text("“Brief” does not go to “Gift”.")
    mover(page, bargains["Brief"]).click()
    page.select_option("#move-to", "")
    page.locator("#move .btn--main").click()
    expect(page.locator('[data-value="usual"] .deal')).to_have_count(before - 1)
    expect(mover(page, bargains["Brief"])).to_be_focused()


def test_keys_lift_a_card_and_what_a_stage_asks_is_filled_in(page: Page, site: Site, bargains: dict[str, int]) -> None:
    site.log_in(page, "rep", "laptop", "/bargain/board/")
    mover(page, bargains["Ample"]).focus()
    for key in ("Space", "ArrowRight", "Escape"):
        page.keyboard.press(key)
    expect(page.locator("#board-said")).to_have_text("Put back.")
    for key in ("Space", "ArrowRight", "Space"):
        page.keyboard.press(key)
    expect(page.locator(".toast--danger")).to_contain_text("Please fill in Lost reason.")
    page.get_by_role("button", name="Fill in and move on").click()
    ready(page)
    page.fill("#moving [name=reason]", "too dear")
    page.locator("#moving .btn--main").click()
    ready(page)
    site.open(page, "/bargain/board/")
    expect(page.locator('[data-value="lost"] .deal')).to_have_count(2)


def test_the_dialog_of_a_move_holds_the_keys_and_gives_the_focus_back(
    page: Page, site: Site, bargains: dict[str, int]
) -> None:
    site.log_in(page, "rep", "laptop", "/bargain/board/")
    opener, dialog = mover(page, bargains["Ample"]), page.locator("#move")
    opener.focus()
    page.keyboard.press("Enter")
    check(page, "move")
    expect(page.locator("#move-to")).to_be_focused()  # where the work begins, not the button that closes
    for key in ("Tab", "Tab", "Tab", "Tab", "Tab", "Shift+Tab", "Shift+Tab", "Shift+Tab"):
        page.keyboard.press(key)
        assert page.evaluate("document.activeElement.closest('#move') !== null"), key
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()
    opener.click()
    expect(dialog).to_be_visible()
    page.mouse.click(5, 5)
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()

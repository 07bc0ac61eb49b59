"""The browser that the other tests in this folder stand on."""

from playwright.sync_api import Page, expect


def test_a_page_is_drawn_in_both_languages(page: Page) -> None:
    page.set_content("<h1>客户 Accounts</h1>")
    expect(page.get_by_role("heading")).to_have_text("客户 Accounts")


def test_the_browser_reaches_no_network(page: Page) -> None:
    page.set_content("<img src='http://example.org/x.png' onerror='document.title = \"refused\"'>")
    expect(page).to_have_title("refused")

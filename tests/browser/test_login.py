"""The login in a browser: a second factor from its picture to a lost phone, and a password that throws others out."""

from __future__ import annotations

from playwright.sync_api import Browser, Page, expect

from app.orm.types import now
from app.web.security import second_factor as factors
from tests.browser.live import *  # noqa: F403 - its fixtures
from tests.browser.live import Site, ready
from tests.unit.website import PASSWORD

NEXT = "Quite another one 5"


def show_password(page: Page, site: Site) -> None:
    page.goto(f"{site.address}/login/")
    page.locator("#username").fill("rep")
    page.locator("#password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()


def test_a_second_factor_from_its_picture_to_a_lost_phone(page: Page, site: Site) -> None:
    site.log_in(page, "rep", path="/profile/security/")
    page.get_by_role("link", name="Set it up").click()
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    secret = page.locator(".link-box").inner_text().replace(" ", "")
    page.get_by_label("The code that the app shows").fill(factors.code_at(secret, factors.step_at(now())))
    page.get_by_label("Present password").fill(PASSWORD)
    page.get_by_role("button", name="Switch it on").click()
    expect(page.locator(".codes code")).to_have_count(10)
    codes = page.locator(".codes code").all_inner_texts()
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_text("10 recovery codes are left")).to_be_visible()
    page.locator(".topbar details summary").last.click()
    page.get_by_role("button", name="Log out").click()
    for shown in (factors.code_at(secret, factors.step_at(now()) + 1), codes[0]):
        page.context.clear_cookies()
        show_password(page, site)
        page.get_by_label("Code of your app").fill(shown)
        page.get_by_role("button", name="Go on").click()
        ready(page)
    site.open(page, "/profile/security/")
    expect(page.get_by_text("9 recovery codes are left")).to_be_visible()


def test_a_password_changed_here_ends_the_session_there(page: Page, browser: Browser, site: Site) -> None:
    there = browser.new_context(locale="en-US").new_page()
    site.log_in(there, "rep")
    site.log_in(page, "rep", path="/profile/")
    page.locator("#pw-old").fill(PASSWORD)
    page.locator("#pw-password").fill(NEXT)
    page.locator("#pw-password_again").fill(NEXT)
    page.get_by_role("button", name="Change password").click()
    ready(page)
    there.goto(f"{site.address}/profile/")
    expect(there.locator("#username")).to_be_visible()
    there.context.close()
    site.open(page, "/profile/")
    expect(page.locator("#username")).to_have_count(0)

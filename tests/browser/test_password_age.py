"""A login as time goes by: six wrong passwords and the delay, and the last days of a password."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from app.orm.framework import login_state
from app.orm.types import now
from app.web import context
from tests.browser.live import *  # noqa: F403 - its fixtures
from tests.browser.live import Site, ready
from tests.browser.looking import check
from tests.unit.website import PACK, PASSWORD, prepare

SECURITY = "\nsecurity: {password: {max_age: 90 days, history: 3}}\n"
NEXT = "Quite another one 5"
pytestmark = pytest.mark.deep


@pytest.fixture(scope="module")
def prepared_website(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int]]:
    return prepare(tmp_path_factory.mktemp("aging"), {**PACK, "pack.yaml": PACK["pack.yaml"] + SECURITY})


def show_password(page: Page, site: Site, password: str = PASSWORD) -> None:
    page.context.clear_cookies()
    page.goto(f"{site.address}/login/")
    page.locator("#username").fill("rep")
    page.locator("#password").fill(password)
    page.get_by_role("button", name="Log in").click()


def test_after_six_wrong_passwords_the_right_one_waits(page: Page, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = page.get_by_role("alert").filter(has_text="locked for a while")
    for _ in range(6):
        show_password(page, site, "wrong")
        expect(wrong).to_be_visible()
    show_password(page, site)
    expect(wrong).to_be_visible()
    check(page, "locked")
    begun = now()
    monkeypatch.setattr(context, "now", lambda: begun + dt.timedelta(minutes=14))
    show_password(page, site)
    expect(wrong).to_be_visible()
    monkeypatch.setattr(context, "now", lambda: begun + dt.timedelta(minutes=16))
    show_password(page, site)
    ready(page)


def test_the_last_days_of_a_password(page: Page, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = now().replace(hour=4)  # noon of the company: a test takes no day
    with site.website.store.housekeeping() as connection:
        mine = login_state.c.user_id == site.website.ids["rep"]
        connection.execute(sa.update(login_state).where(mine).values(password_at=chosen))

    def on_day(day: int) -> None:
        monkeypatch.setattr(context, "now", lambda: chosen + dt.timedelta(days=day))
        show_password(page, site)

    on_day(60)
    ready(page)
    expect(page.get_by_text("Your password must be changed")).to_have_count(0)
    on_day(89)
    ready(page)
    expect(page.get_by_text("Your password must be changed by tomorrow.")).to_be_visible()
    on_day(90)
    ready(page)
    expect(page.get_by_text("This is the last day of your password")).to_be_visible()
    check(page, "the last day")
    on_day(91)
    expect(page.get_by_role("heading", name="Choose a new password")).to_be_visible()
    check(page, "too old")
    page.goto(f"{site.address}/account/")
    expect(page.locator("#username")).to_be_visible()  # nothing else is open
    on_day(91)
    expect(page.get_by_role("heading", name="Choose a new password")).to_be_visible()
    monkeypatch.undo()  # the day on which it is changed is the day of the rest of the program
    page.locator("#password").fill(NEXT)
    page.locator("#password_again").fill(NEXT)
    page.get_by_role("button", name="Change and log in").click()
    ready(page)

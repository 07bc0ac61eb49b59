"""A mail to many, from its draft to what became of it, is for everyone."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.live import *  # noqa: F403 - its fixtures
from tests.browser.live import Site, ready
from tests.browser.looking import check
from tests.unit.web_pages.test_bulk_mails import MAILING
from tests.unit.website import prepare


@pytest.fixture(scope="module")
def prepared_website(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int]]:
    return prepare(tmp_path_factory.mktemp("operated"), MAILING)


def test_a_mail_to_many_and_its_way_out_are_for_everyone(page: Page, site: Site) -> None:
    account = site.add("account", "rep", name="海纳精工", level="a")
    for n in (1, 2):
        site.add("contact", "rep", name=f"Kim {n}", account=account, email=f"kim{n}@example.com")
    site.log_in(page, "rep", path="/contact/")
    for box in page.locator("tbody input[name=id]").all():
        box.check()
    page.locator("button").filter(has_text="Send mail").last.click()
    page.locator("dialog[open] button.btn--main").click()
    ready(page)
    check(page, "draft")
    page.locator("form[action$='/send'] button").click()
    ready(page)
    check(page, "sent")

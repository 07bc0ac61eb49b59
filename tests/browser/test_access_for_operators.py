"""The pages of what happens by itself, and of mails to many, pass axe like the others."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.live import *  # noqa: F403 - its fixtures
from tests.browser.live import WIDTHS, Site
from tests.browser.looking import check
from tests.unit.web_pages.test_automations import AUTOMATED, run
from tests.unit.web_pages.test_bulk_mails import MAILING
from tests.unit.web_pages.test_deliveries import queue
from tests.unit.website import prepare


@pytest.fixture(scope="module")
def prepared_website(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int]]:
    return prepare(tmp_path_factory.mktemp("operated"), AUTOMATED | MAILING)


def fill(site: Site) -> None:
    """A run of each kind, deliveries that ended in each way, and two people with addresses."""
    refused = {"mark": {"done": 0, "refused": [[8, {"en": "The budget is missing.", "zh": "缺少预算。"}]]}}
    run(site.website, 7)
    run(site.website, 8, state="failed", result=refused)
    run(site.website, 9, state="stopped", result=None, chain=["a", "b"])
    queue(site.website, "one", state="done", attempts=1, answer="200 OK")
    queue(site.website, "two", attempts=3, answer="503 Service Unavailable")
    queue(site.website, "three", state="dead", attempts=9, answer="410 Gone")
    account = site.add("account", "rep", name="海纳精工", level="a")
    for n in (1, 2):
        site.add("contact", "rep", name=f"Kim {n}", account=account, email=f"kim{n}@example.com")


@pytest.mark.deep
@pytest.mark.parametrize(("width", "theme"), [("laptop", "light"), ("phone", "dark")])
def test_pages_of_operators_are_for_everyone(page: Page, site: Site, width: str, theme: str) -> None:
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    fill(site)
    site.log_in(page, "administrator", width, "/automations/")
    check(page, "automations")
    for path in (
        "/automations/visits",
        "/deliveries/",
        "/deliveries/?state=dead",
        "/service-levels/",
        "/mail-stops/",
        "/bulk-mails/",
        "/audit/",
        "/roles/",
        "/help/expressions",
        "/settings/",
        "/privacy/",
        "/settings/entity/account",
        "/settings/history/",
        "/settings/history/1",
    ):
        site.open(page, path)
        check(page, path)


@pytest.mark.parametrize(
    ("width", "theme"), [("laptop", "light"), pytest.param("phone", "dark", marks=pytest.mark.deep)]
)
def test_a_mail_to_many_and_its_way_out_are_for_everyone(page: Page, site: Site, width: str, theme: str) -> None:
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    fill(site)
    site.log_in(page, "rep", width, "/contact/")
    page.set_viewport_size({"width": WIDTHS["laptop"][0], "height": WIDTHS["laptop"][1]})
    for box in page.locator("tbody input[name=id]").all():
        box.check()
    page.locator("button").filter(has_text="Send mail").last.click()
    page.locator("dialog[open] button.btn--main").click()
    page.locator("form[action$='/send'] button").wait_for()
    page.set_viewport_size(dict(zip(("width", "height"), WIDTHS[width], strict=True)))
    check(page, "draft")
    page.locator("form[action$='/send'] button").click()
    page.locator("h1").wait_for()
    check(page, "sent")

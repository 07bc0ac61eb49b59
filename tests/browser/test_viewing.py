"""An administrator views the application as another person: a reason, the banner, a refusal, and the end."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.live import *  # noqa: F403 - its fixtures
from tests.browser.live import Site
from tests.browser.looking import check


@pytest.mark.parametrize("width", ["phone", pytest.param("laptop", marks=pytest.mark.deep)])
def test_one_sees_what_a_colleague_sees_and_changes_nothing(page: Page, site: Site, width: str) -> None:
    mine = site.add("account", "rep", name="海纳精工", level="a")
    site.add("account", "colleague", name="Somebody else's", level="a")
    site.log_in(page, "administrator", width, f"/roles/person/{site.website.ids['rep']}")
    page.get_by_label("Reason").fill("She does not find a customer")
    page.get_by_role("button", name="View as Rita Rep").click()
    banner = page.locator(".banner")
    expect(banner).to_contain_text("You see what Rita Rep sees")
    site.open(page, "/account/")
    expect(page.get_by_role("main")).to_contain_text("海纳精工")
    expect(page.get_by_role("main")).not_to_contain_text("Somebody else's")
    check(page, "/account/")
    expect(banner).to_be_in_viewport()
    site.open(page, f"/account/{mine}/edit")
    page.locator("input[name=name]").fill("Another")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("nothing can be changed meanwhile")).to_be_visible()
    expect(banner).to_be_visible()
    banner.get_by_role("button", name="End").click()
    expect(page.get_by_text("You are yourself again.")).to_be_visible()
    expect(banner).to_have_count(0)

"""The connection is lost: it is said beside what was typed, pages say so, and nothing of the company stays on the device."""

from playwright.sync_api import Page, expect

from app.web.i18n import text_in
from tests.browser.live import *  # noqa: F403 - its fixtures
from tests.browser.live import Site, ready
from tests.browser.test_access_for_all import check

KEPT = """async () => {
    const paths = [];
    for (const name of await caches.keys())
        for (const each of await (await caches.open(name)).keys()) paths.push(new URL(each.url).pathname);
    return paths;
}"""


def test_a_form_that_can_not_be_sent_says_so_where_it_stands(page: Page, site: Site) -> None:
    record = site.add("account", "rep", name="Nordwind")
    site.log_in(page, "rep", path=f"/account/{record}/edit")
    page.locator("[name=name]").fill("海纳精工")
    page.context.set_offline(True)
    expect(page.locator("[data-offline-bar]")).to_be_visible()
    save = page.get_by_role("button", name="Save", exact=True)
    save.click()
    alert = page.locator("[data-unsaved][role=alert]")
    expect(alert).to_contain_text(text_in("en", "quick.offline"))
    expect(page.locator("[name=name]")).to_have_value("海纳精工")
    check(page, "offline form")
    page.context.set_offline(False)
    expect(page.locator("[data-offline-bar]")).to_be_hidden()
    save.click()
    ready(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("海纳精工")


def test_the_worker_keeps_no_page_of_work(page: Page, site: Site) -> None:
    browser = page.context.browser
    assert browser is not None
    record = site.add("account", "rep", name="Nordwind")
    context = browser.new_context(locale="en-US", viewport={"width": 390, "height": 844})
    own = context.new_page()
    site.log_in(own, "rep", "phone", path=f"/account/{record}")
    own.evaluate("() => navigator.serviceWorker.ready")
    own.wait_for_function("() => navigator.serviceWorker.controller")
    site.open(own, "/account/new")
    own.locator("[name=name]").fill("海纳精工")
    site.open(own, "/account/")
    assert all(path.startswith("/static/") or path in {"/offline", "/brand.css"} for path in own.evaluate(KEPT))
    assert "/offline" in own.evaluate(KEPT)

    context.set_offline(True)
    own.goto(f"{site.address}/account/{record}")
    expect(own.get_by_role("heading", level=1)).to_have_text("You are offline")
    expect(own.get_by_role("link", name="/account/new")).to_be_visible()
    expect(own.get_by_text("Nordwind")).to_have_count(0)
    check(own, "offline page")
    context.set_offline(False)
    expect(own.get_by_role("heading", level=1)).to_have_text("Nordwind", timeout=20_000)  # it goes on by itself
    ready(own)

    # Drafts of who used this browser before are not shown, nor dropped as one's own
    own.evaluate(
        "localStorage.setItem('draft:99:/account/5/edit', JSON.stringify({values: {}, shown: {}, at: Date.now(), sent: true}))"
    )
    site.open(own, "/account/")
    context.set_offline(True)
    own.goto(f"{site.address}/account/{record}")
    expect(own.get_by_role("link", name="/account/new")).to_be_visible()
    expect(own.get_by_role("link", name="/account/5/edit")).to_have_count(0)
    context.set_offline(False)
    expect(own.get_by_role("heading", level=1)).to_have_text("Nordwind", timeout=20_000)
    ready(own)
    assert own.evaluate("localStorage.getItem('draft:99:/account/5/edit') !== null")

    # A logout without a network happens when it is back
    context.set_offline(True)
    own.get_by_label("Rita Rep: language, theme, log out").click()
    own.get_by_role("button", name="Log out").click()
    expect(own.get_by_role("heading", level=1)).to_have_text("You are offline")
    context.set_offline(False)
    expect(own.locator("#username")).to_be_visible(timeout=20_000)
    site.log_in(own, "rep", "phone", path="/account/")
    site.open(own, "/account/")  # once
    own.evaluate("localStorage.setItem('draft:99:/account/5/edit', '{}')")

    # Logging out takes drafts along
    own.get_by_label("Rita Rep: language, theme, log out").click()
    own.get_by_role("button", name="Log out").click()
    expect(own.locator("#username")).to_be_visible()
    assert own.evaluate("Object.keys(localStorage).filter(name => name.startsWith('draft:'))") == []
    context.close()

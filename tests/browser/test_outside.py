"""A login by a provider in a browser: there and back, in both languages and widths."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Request, expect

from app.identity.provider import provider_of
from app.identity.stated import OidcSettings, PasswordLogins
from app.orm.framework import outside_login
from app.orm.types import now
from app.web.security import outside
from tests.browser.live import *  # noqa: F403 - its fixtures
from tests.browser.live import WIDTHS, Site, ready
from tests.security.test_outside import link
from tests.unit.oidc_provider import CLIENT, SECRET, OidcProvider, oidc_provider
from tests.unit.saml_provider import ENTITY, provider_for, served_idp


@pytest.fixture
def provider(site: Site) -> Iterator[OidcProvider]:
    before = site.website.app.extensions[outside.EXTENSION]
    with oidc_provider() as found:
        settings = OidcSettings(
            issuer=found.url, client_id=CLIENT, client_secret=SECRET, home=f"{site.address}/login/", logout=True
        )
        named = PasswordLogins(everyone=False, logins=frozenset({"administrator"}))
        site.website.app.extensions[outside.EXTENSION] = outside.Doors(provider_of(settings, ()), named)
        row = {"issuer": found.url, "subject": "u-1", "user_id": site.website.ids["rep"], "since": now()}
        with site.website.store.housekeeping() as connection:
            connection.execute(sa.insert(outside_login).values(row))
        yield found
    site.website.app.extensions[outside.EXTENSION] = before


def test_there_and_back_and_out(page: Page, site: Site, provider: OidcProvider) -> None:
    page.goto(f"{site.address}/account/")
    expect(page.get_by_label("Password")).to_be_hidden()
    page.get_by_role("link", name="Log in with the company account").click()
    ready(page)
    expect(page).to_have_url(f"{site.address}/account/")
    page.locator(".topbar details summary").last.click()
    page.get_by_role("button", name="Log out").click()
    page.get_by_role("link", name="Log out of the company account, too").click()
    expect(page.get_by_text("out", exact=True)).to_be_visible()
    provider.claims["sub"] = "nobody"
    page.goto(f"{site.address}/login/")
    page.get_by_role("link", name="Log in with").click()
    expect(page.get_by_role("alert")).to_contain_text("nobody here has that account")
    page.get_by_text("With a password").click()
    expect(page.get_by_label("Password")).to_be_visible()


def test_by_saml_from_another_site(page: Page, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The provider's page posts the answer from `localhost`, which is another site than `127.0.0.1`: our cookies stay away."""
    with served_idp() as idp:
        idp.url, idp.home = idp.url.replace("127.0.0.1", "localhost"), f"{site.address}/login/saml"
        ways = outside.Doors(saml=provider_for(idp, tmp_path))
        monkeypatch.setitem(site.website.app.extensions, outside.EXTENSION, ways)
        link(site.website, "rep", f"saml:{ENTITY}")
        posted: list[Request] = []
        page.on("request", lambda sent: posted.append(sent) if sent.url.endswith("/acs") else None)
        page.goto(f"{site.address}/account/")
        page.get_by_role("link", name="Log in with the company account").click()
        ready(page)
        expect(page).to_have_url(f"{site.address}/account/")
        assert [(each.method, "cookie" in each.all_headers()) for each in posted] == [("POST", False)]
        idp.name_id = "nobody"
        page.context.clear_cookies()
        page.goto(f"{site.address}/login/")
        page.get_by_role("link", name="Log in with the company account").click()
        expect(page.get_by_role("alert")).to_contain_text("nobody here has that account")


@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_is_for_everyone(page: Page, site: Site, provider: OidcProvider, width: str) -> None:
    wide, high = WIDTHS[width]
    page.set_viewport_size({"width": wide, "height": high})
    page.goto(f"{site.address}/login/?out=1")
    assert provider.url in (page.get_by_role("link", name="Log out of").get_attribute("href") or "")
    assert Axe().run(page).response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= wide

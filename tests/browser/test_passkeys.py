"""Passkeys in Chromium, by its virtual authenticator: from adding one to logging in with nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.browser.live import *  # noqa: F403 - its fixtures
from tests.browser.live import Site, ready
from tests.browser.looking import check
from tests.unit.website import PASSWORD

DEVICE = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True,
    "automaticPresenceSimulation": True,
}  # fmt: skip


@pytest.fixture
def device(page: Page) -> Iterator[tuple[CDPSession, str]]:
    """An authenticator of the page, and its number."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    yield session, session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})["authenticatorId"]
    session.detach()


def at_its_name(site: Site) -> Site:
    """Numbers for an address have no passkeys."""
    return Site(site.address.replace("127.0.0.1", "localhost"), site.website)


def leave(page: Page) -> None:
    page.locator(".topbar details summary").last.click()
    page.get_by_role("button", name="Log out").click()
    expect(page.locator("#username")).to_be_visible()


def show_password(page: Page) -> None:
    page.locator("#username").fill("rep")
    page.locator("#password").fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()


@pytest.mark.deep
def test_a_passkey_from_its_making_to_its_removal(page: Page, site: Site, device: tuple[CDPSession, str]) -> None:
    session, number = device
    here = at_its_name(site)
    here.log_in(page, "rep", path="/profile/security/")
    page.get_by_label("Name of the passkey").fill("This laptop")
    page.locator("#passkey-proof").fill("wrong")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_text("The present password is wrong.")).to_be_visible()
    page.locator("#passkey-proof").fill(PASSWORD)
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.locator(".codes code")).to_have_count(10)
    code = page.locator(".codes code").first.inner_text()
    page.get_by_role("link", name="I have kept them").click()
    ready(page)
    expect(page.get_by_text("This laptop", exact=True)).to_be_visible()
    check(page, "own login")
    leave(page)
    # With nothing else.
    check(page, "login")
    page.get_by_role("button", name="Log in with a passkey").click()
    ready(page)
    leave(page)
    # As the second factor.
    show_password(page)
    expect(page.get_by_role("button", name="Use a passkey")).to_be_visible()
    check(page, "code")
    page.get_by_role("button", name="Use a passkey").click()
    ready(page)
    leave(page)
    # A device on which nobody proves to be its owner is not enough alone.
    session.send("WebAuthn.setUserVerified", {"authenticatorId": number, "isUserVerified": False})
    page.get_by_role("button", name="Log in with a passkey").click()
    expect(page.get_by_text("It was not finished. Try again.")).to_be_visible()
    session.send("WebAuthn.setUserVerified", {"authenticatorId": number, "isUserVerified": True})
    page.get_by_role("button", name="Log in with a passkey").click()
    ready(page)  # of the page of work: that of the login has no such scripts
    here.open(page, "/profile/security/")
    page.get_by_role("link", name="Remove This laptop").click()
    ready(page)
    page.get_by_label("Present password").fill(PASSWORD)
    page.get_by_label("Code of your app, or a recovery code").fill(code)
    check(page, "removal")
    page.get_by_role("button", name="Remove").click()
    ready(page)
    expect(page.get_by_text("This laptop", exact=True)).to_have_count(0)
    leave(page)
    page.get_by_role("button", name="Log in with a passkey").click()
    expect(page.get_by_text("This passkey lets nobody in.")).to_be_visible()


@pytest.mark.deep
def test_a_copy_of_a_device_is_refused(page: Page, site: Site, device: tuple[CDPSession, str]) -> None:
    session, number = device
    here = at_its_name(site)
    here.log_in(page, "rep", path="/profile/security/")
    page.locator("#passkey-proof").fill(PASSWORD)
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_role("link", name="I have kept them").click()
    (kept,) = session.send("WebAuthn.getCredentials", {"authenticatorId": number})["credentials"]
    for _ in range(2):
        leave(page)
        page.get_by_role("button", name="Log in with a passkey").click()
        ready(page)
    leave(page)
    session.send("WebAuthn.removeCredential", {"authenticatorId": number, "credentialId": kept["credentialId"]})
    session.send("WebAuthn.addCredential", {"authenticatorId": number, "credential": kept})  # as it was then
    page.get_by_role("button", name="Log in with a passkey").click()
    expect(page.get_by_text("This passkey lets nobody in.")).to_be_visible()


@pytest.mark.deep
def test_without_scripts_the_code_and_the_password_remain(page: Page, site: Site) -> None:
    browser = page.context.browser
    assert browser is not None
    context = browser.new_context(java_script_enabled=False, locale="en-US")
    plain = context.new_page()
    here = at_its_name(site)
    plain.goto(f"{here.address}/login/")
    assert "/login/passkey" in plain.content()
    expect(plain.get_by_role("button", name="Log in with a passkey")).to_be_hidden()
    show_password(plain)
    plain.goto(f"{here.address}/profile/security/")
    expect(plain.locator("#passkeys")).to_be_visible()
    expect(plain.get_by_role("button", name="Add a passkey")).to_be_hidden()
    context.close()

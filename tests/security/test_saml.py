"""Logins by SAML: there and back in a browser, with which roles, and who does not come in. What a response must be to be believed is
asked in `unit/identity/test_saml.py`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests
import sqlalchemy as sa
from lxml import etree
from werkzeug.test import TestResponse

from app.access import system_actor
from app.identity.stated import PasswordLogins
from app.orm.framework import audit, outside_login, saml_answer, web_session
from app.orm.store import StaleRevision
from app.orm.types import now
from app.record import Change, Saved, update
from app.web.pages.people import roles_of
from app.web.security import audited, login, outside
from app.web.security.lockout import Bucket
from tests.security.test_outside import is_in, link, rows, why
from tests.security.test_outside import prepared_grouped as prepared_grouped  # noqa: PLC0414 - a fixture
from tests.unit.saml_provider import ENTITY, HOME, Idp, P, provider_for, read_request, served_idp
from tests.unit.website import DATABASES, Browser, Prepared, Website, served_on

SYSTEM = system_actor("system:command")
ISSUER = f"saml:{ENTITY}"


@pytest.fixture(scope="module")
def real() -> Iterator[Idp]:
    with served_idp() as found:
        yield found


@pytest.fixture
def idp(real: Idp) -> Idp:
    """As it begins: it vouches for `u-1`, who is the representative."""
    vars(real).update(vars(Idp(real.url)))
    return real


@pytest.fixture(params=DATABASES)
def website(
    request: pytest.FixtureRequest,
    prepared_grouped: Prepared,
    idp: Idp,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Website]:
    for bucket in ("OF_ONE", "OF_ALL"):
        monkeypatch.setattr(audited, bucket, Bucket(100, 1.0))
    with served_on(request, prepared_grouped) as found:
        before = found.app.extensions[outside.EXTENSION]
        found.app.extensions[outside.EXTENSION] = outside.Doors(saml=provider_for(idp, tmp_path))
        link(found, "rep", ISSUER)
        yield found
        found.app.extensions[outside.EXTENSION] = before


@pytest.fixture
def stranger(website: Website) -> Browser:
    return website.browser()


def state(website: Website, **more: Any) -> None:
    """Other settings of the provider."""
    ways = website.app.extensions[outside.EXTENSION]
    changed = replace(ways.saml, settings=replace(ways.saml.settings, **more))
    website.app.extensions[outside.EXTENSION] = replace(ways, saml=changed)


def leave(browser: Browser, path: str = "/login/saml") -> dict[str, str]:
    """To the provider, whose page has a form: what the browser is to post."""
    gone = browser.get(path)
    assert gone.status_code == 303, gone.text
    page = requests.get(gone.location, timeout=10).text
    assert f'action="{HOME}/acs"' in page
    return {name: html.unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', page)}


def post(browser: Browser, form: dict[str, str]) -> TestResponse:
    """What the provider's page has a browser do: our cookies, which are of our pages alone, do not come with it."""
    return browser.application.test_client().post(
        "/login/saml/acs", data=form, headers={"Origin": "https://id.example.com", "Sec-Fetch-Site": "cross-site"}
    )


def come(browser: Browser, path: str = "/login/saml") -> TestResponse:
    return follow(browser, post(browser, leave(browser, path)))


def follow(browser: Browser, taken: TestResponse) -> TestResponse:
    """Where the answer to what was posted sends the browser, which then has its cookies again."""
    assert taken.status_code == 303
    assert taken.location.partition("?")[0] == "/login/saml/back"
    return browser.get(taken.location)


# Who comes in


def test_who_is_known_there_comes_in_and_goes_on_to_where_he_wanted(website: Website, stranger: Browser) -> None:
    assert 'href="/login/saml?next=/account/"' in stranger.get("/login/?next=/account/").text
    answer = come(stranger, "/login/saml?next=/account/%3Fview%3Dlinked")
    assert (answer.status_code, answer.location) == (303, "/account/?view=linked")
    assert is_in(stranger)
    (session,) = rows(website, web_session)
    assert (session["user_id"], session["kind"], session["means"]) == (website.ids["rep"], "page", "saml")
    told = [row for row in rows(website, audit) if row["action"] == "login"]
    assert told[-1]["changes"]["act."][1]["by"] == "saml"
    kept = {each.partition("=")[0]: each for each in answer.headers.getlist("Set-Cookie")}
    assert "Max-Age=0" in kept["tenon_saml"]


def test_what_is_kept_in_between_tells_nobody(website: Website, stranger: Browser) -> None:
    assert post(stranger, leave(stranger)).status_code == 303
    (row,) = rows(website, saml_answer)
    assert "u-1" not in row["arrival"]
    assert stranger.get("/login/saml/back").status_code == 303
    assert [row["arrival"] for row in rows(website, saml_answer)] == [""]


@pytest.mark.parametrize("target", ["//evil.example/", "https://evil.example/", "/login/saml"])
def test_nobody_is_sent_elsewhere_afterwards(stranger: Browser, target: str) -> None:
    """Nor by what the provider sends beside its answer: our own cookie tells where."""
    sent = leave(stranger, f"/login/saml?next={target}")
    assert sent["RelayState"] == "https://evil.example/"
    assert post(stranger, sent).location == "/login/saml/back"
    assert stranger.get("/login/saml/back").location == "/"


def test_its_operator_is_told_who_we_are(stranger: Browser) -> None:
    answer = stranger.get("/login/saml/metadata")
    assert answer.content_type.startswith("application/samlmetadata+xml")
    told = etree.fromstring(answer.data)
    assert told.get("entityID") == f"{HOME}/metadata"
    (place,) = told.iter("{urn:oasis:names:tc:SAML:2.0:metadata}AssertionConsumerService")
    assert place.get("Location") == f"{HOME}/acs"
    assert told[0].get("protocolSupportEnumeration") == P


def test_two_providers_have_a_button_each(website: Website, stranger: Browser) -> None:
    from app.identity.provider import provider_of
    from app.identity.stated import OidcSettings

    other = OidcSettings(issuer="http://127.0.0.1:1", client_id="crm", home="http://localhost/login/", label="Other")
    ways = website.app.extensions[outside.EXTENSION]
    website.app.extensions[outside.EXTENSION] = replace(
        ways, oidc=provider_of(other, ()), passwords=PasswordLogins(everyone=False)
    )
    shown = stranger.get("/login/").text
    assert re.findall(r'class="btn( btn--main)?" href="(/login/\w+)">([^<]+)', shown) == [
        (" btn--main", "/login/oidc", "Log in with Other"), ("", "/login/saml", "Log in with the company account"),
    ]  # fmt: skip


def test_without_a_provider_there_is_no_such_page(website: Website, stranger: Browser) -> None:
    website.app.extensions[outside.EXTENSION] = outside.Doors()
    for path in ("", "/back", "/metadata"):
        assert stranger.get(f"/login/saml{path}").status_code == 404
    assert stranger.post("/login/saml/acs").status_code == 404


# Who is whom, and with which roles


def test_a_login_links_once_and_the_name_stays(website: Website, idp: Idp) -> None:
    idp.name_id, idp.attributes = "u-2", {"uid": ["Colleague"], "mail": ["boss@example.com"]}
    state(website, link="none")
    assert (come(website.browser()).status_code, why(website)) == (403, "unknown")
    state(website, link="login")
    assert come(website.browser()).status_code == 303
    assert website.browser().log_in("colleague").status_code == 401, "there is no other way in any more"
    idp.attributes = {}
    assert come(website.browser()).status_code == 303, "he is known by his name there now"
    idp.name_id, idp.attributes = "u-3", {"uid": ["colleague"]}
    assert come(website.browser()).status_code == 403, "that login was given to somebody else"


def test_the_same_name_at_another_issuer_is_nobody(website: Website, idp: Idp) -> None:
    link(website, "administrator", ENTITY, "u-9")
    idp.name_id = "u-9"
    assert come(website.browser()).status_code == 403


def test_who_has_left_stays_out_and_is_told_no_more_than_others(website: Website, idp: Idp) -> None:
    saved = update(website.store, SYSTEM, "user", [Change(website.ids["rep"], {"active": False})], door="command")
    assert isinstance(saved, Saved)
    browser = website.browser()
    left = come(browser)
    assert (left.status_code, why(website), is_in(browser)) == (403, "unknown: inactive", False)
    idp.name_id = "nobody"
    assert re.search(r'role="alert">([^<]+)', come(website.browser()).text)[1] in left.text  # type: ignore[index]


def test_groups_give_roles_and_take_them(website: Website, idp: Idp) -> None:
    user = website.ids["colleague"]
    link(website, "colleague", ISSUER, "u-2")
    before = roles_of(website.store, user)
    idp.name_id, idp.attributes = "u-2", {"groups": ["admins", "all"]}
    first = website.browser()
    assert come(first).status_code == 303
    assert roles_of(website.store, user) == before | {"administrator"}
    idp.attributes = {}
    assert come(website.browser()).status_code == 303
    assert roles_of(website.store, user) == before
    assert not is_in(first)
    idp.attributes = {"http://schemas.microsoft.com/claims/groups.link": ["https://graph.example/"]}
    assert (come(website.browser()).status_code, why(website)) == (403, "groups: too_many")


def test_new_people_come_with_a_role(website: Website, idp: Idp) -> None:
    state(website, create=True)
    idp.name_id, idp.attributes = "n-1", {"uid": ["newcomer"], "displayName": ["New Comer"], "groups": ["sales"]}
    assert come(website.browser()).status_code == 303
    (made,) = [row for row in rows(website, outside_login) if row["subject"] == "n-1"]
    assert roles_of(website.store, made["user_id"]) == {"rep"}


def test_a_second_factor_of_ours_is_asked_for_unless_the_provider_has_seen_one(website: Website, idp: Idp) -> None:
    idp.attributes = {"groups": ["leads"]}
    browser = website.browser()
    assert come(browser, "/login/saml?next=/account/").location == "/login/enrol?next=/account/"
    assert not is_in(browser)
    state(website, factor=frozenset({"https://refeds.org/profile/mfa"}))
    assert come(website.browser()).location == "/login/enrol"
    idp.says["context"] = "https://refeds.org/profile/mfa"
    assert come(browser).location == "/"
    assert is_in(browser), "the session knows that one was shown there"


def test_who_is_refused_tries_again_from_where_he_was(website: Website, idp: Idp, stranger: Browser) -> None:
    idp.key_name = "thief"
    refused = come(stranger, "/login/saml?next=/account/%3Fview%3Dlinked")
    assert (refused.status_code, why(website)) == (401, "failed: signature")
    assert 'href="/login/saml?next=/account/%3Fview%3Dlinked"' in refused.text
    assert 'name="next" value="/account/?view=linked"' in refused.text
    idp.key_name = Idp(idp.url).key_name
    assert come(stranger, "/login/saml?next=/account/").location == "/account/"


# Attacks


def test_nobody_else_says_why_somebody_was_refused(website: Website, stranger: Browser) -> None:
    """What the login page says comes from us; what does not is as if it were not there, and uses nothing up."""
    assert post(stranger, leave(stranger)).status_code == 303
    told = post(website.browser(), {}).location
    assert stranger.get(told).status_code == 401, "the worst of it: what we said to others"
    for forged in ("", "unknown", "x" * 60, told.partition("why=")[2][:-4]):
        assert website.browser().get(f"/login/saml/back?why={forged}").status_code == 401
        assert why(website) == "late: cookie"
    assert stranger.get("/login/saml/back").status_code == 303, "his own answer is still there"


def test_an_answer_belongs_to_the_browser_that_set_out(website: Website, stranger: Browser) -> None:
    assert post(stranger, leave(stranger)).status_code == 303
    victim = website.browser()
    assert victim.get("/login/saml/back").status_code == 401
    assert why(website) == "late: cookie"
    leave(victim)
    assert victim.get("/login/saml/back").status_code == 401, "his own request has no answer"
    assert why(website) == "late: answer"
    assert rows(website, web_session) == []
    assert stranger.get("/login/saml/back").status_code == 303


def test_an_answer_is_good_once(website: Website, stranger: Browser) -> None:
    sent = leave(stranger)
    cookie = stranger.get_cookie("tenon_saml")
    assert cookie is not None
    assert post(stranger, sent).status_code == 303
    assert (follow(stranger, post(stranger, sent)).status_code, why(website)) == (401, "failed: replay")
    assert stranger.get("/login/saml/back").status_code == 303
    assert follow(stranger, post(stranger, sent)).status_code == 401
    again = website.browser()
    again.set_cookie("tenon_saml", cookie.value)
    assert again.get("/login/saml/back").status_code == 401
    assert why(website) == "late: answer"
    assert len(rows(website, web_session)) == 1


def test_what_nobody_asked_for_is_refused(website: Website, idp: Idp, stranger: Browser) -> None:
    """An answer to no request, or to somebody else's; a stranger's; a page of nothing."""
    idp.says = {"request": "", "outer": ""}
    assert (come(stranger).status_code, why(website)) == (401, "failed: unasked")
    idp.says = {"request": "_another"}
    assert come(stranger).status_code == 401
    idp.says = {"request": "_another", "outer": "_another"}
    assert (come(stranger).status_code, why(website)) == (401, "late: answer")
    idp.says, idp.key_name = {}, "thief"
    refused = come(stranger)
    assert (refused.status_code, why(website)) == (401, "failed: signature")
    assert "does not show who you are" in refused.text
    for form in ({}, {"SAMLResponse": "%00"}, {"SAMLResponse": "x" * 400_000}):
        assert follow(stranger, post(stranger, form)).status_code == 401
    assert post(stranger, {"SAMLResponse": "x" * 600_000}).status_code == 413
    assert rows(website, web_session) == []
    assert [row["arrival"] != "" for row in rows(website, saml_answer)] == [True], "of what is signed alone"


def test_an_apply_between_uses_nothing_up(website: Website, stranger: Browser) -> None:
    """The layer above asks again under the new revision; the answer must be there then."""
    store = website.app.extensions["tenon"]
    served = store.revision
    assert post(stranger, leave(stranger)).status_code == 303
    object.__setattr__(store, "revision", 0)
    try:
        with pytest.raises(StaleRevision):
            stranger.get("/login/saml/back")
    finally:
        object.__setattr__(store, "revision", served)
    assert stranger.get("/login/saml/back").status_code == 303
    assert is_in(stranger)


def test_a_login_begun_too_long_ago_is_over(website: Website, stranger: Browser) -> None:
    assert post(stranger, leave(stranger)).status_code == 303
    with website.store.housekeeping() as connection:
        connection.execute(sa.update(saml_answer).values(expires_at=now()))
    assert (stranger.get("/login/saml/back").status_code, why(website)) == (401, "late: answer")
    other = website.browser()
    assert come(other).status_code == 303
    assert len(rows(website, saml_answer)) == 1, "what is over is cleared away"


def test_tries_count_as_at_the_other_doors(stranger: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(login, "BY_ADDRESS", Bucket(3, 0.0))
    assert [follow(stranger, post(stranger, {})).status_code for _ in range(4)] == [401, 401, 401, 429]
    assert stranger.get("/login/saml").status_code == 429


def test_the_request_tells_the_provider_no_place_to_go_to(stranger: Browser) -> None:
    address = stranger.get("/login/saml?next=/account/").location
    assert "account" not in etree.tostring(read_request(address.partition("?")[2])).decode()

"""Logins by an outside provider: who comes in, with which roles, and who does not, whatever is sent."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any, get_args
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests
import sqlalchemy as sa
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import RSAAlgorithm
from werkzeug.test import TestResponse

from app.access import system_actor
from app.identity.arrival import Why
from app.identity.provider import provider_of
from app.identity.stated import OidcSettings, PasswordLogins, read_outside
from app.orm.framework import api_key, audit, group_role, outside_login, passkey, web_session
from app.orm.store import StaleRevision
from app.orm.types import now
from app.record import Change, Saved, set_roles, update
from app.settings import SettingRefused, Settings
from app.web.pages.people import roles_of
from app.web.security import audited, outside
from app.web.security.lockout import Bucket
from app.web.texts.audit import AUDIT
from tests.security.test_own_login import make_key, told_by_mail, with_key
from tests.unit.oidc_provider import CLIENT, SECRET, OidcProvider, oidc_provider, rsa_key
from tests.unit.website import DATABASES, PACK, PASSWORD, Browser, Prepared, Website, find_csrf, prepare, served_on

SYSTEM = system_actor("system:command")
HOME = "http://localhost/login/"
EVERYONE = PasswordLogins()


@pytest.fixture(scope="module")
def prepared_grouped(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """A company whose groups at the provider give roles; managers must have a second factor."""
    files = {**PACK, "pack.yaml": PACK["pack.yaml"] + "security: {two_factor: {roles: [manager]}}\n"}
    for role, groups in {"rep": "[sales, everyone]", "manager": "[leads]", "administrator": "[admins]"}.items():
        files[f"roles/{role}.yaml"] = f"groups: {groups}\n" + files[f"roles/{role}.yaml"].lstrip()
    own = files["roles/employee.yaml"].replace("user: {read: all}", "user: {read: all, update: own}")
    assert own != files["roles/employee.yaml"]
    files["roles/employee.yaml"] = own
    return prepare(tmp_path_factory.mktemp("grouped"), files)


@pytest.fixture(scope="module")
def real() -> Iterator[OidcProvider]:
    with oidc_provider() as found:
        yield found


@pytest.fixture
def provider(real: OidcProvider) -> OidcProvider:
    """As it begins: it vouches for `u-1`, who is the representative."""
    vars(real).update(vars(OidcProvider(real.url)))
    return real


def stated(provider: OidcProvider, **more: Any) -> OidcSettings:
    return OidcSettings(
        **{"issuer": provider.url, "client_id": CLIENT, "home": HOME, "client_secret": SECRET, "link": "email", **more}
    )


def use(website: Website, settings: OidcSettings, passwords: PasswordLogins = EVERYONE) -> None:
    website.app.extensions[outside.EXTENSION] = outside.Doors(provider_of(settings, ()), passwords)


@pytest.fixture(params=DATABASES)
def website(
    request: pytest.FixtureRequest,
    prepared_grouped: Prepared,
    provider: OidcProvider,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Website]:
    monkeypatch.setattr(audited, "OF_ONE", Bucket(100, 1.0))
    monkeypatch.setattr(audited, "OF_ALL", Bucket(100, 1.0))
    with served_on(request, prepared_grouped) as found:
        before = found.app.extensions[outside.EXTENSION]
        use(found, stated(provider))
        link(found, "rep", provider.url)
        yield found
        found.app.extensions[outside.EXTENSION] = before


@pytest.fixture
def stranger(website: Website) -> Browser:
    return website.browser()


@pytest.fixture
def rep(website: Website) -> Browser:
    return website.browser("rep")


def link(website: Website, name: str, issuer: str, subject: str = "u-1") -> None:
    row = {"issuer": issuer, "subject": subject, "user_id": website.ids[name], "since": now()}
    with website.store.housekeeping() as connection:
        connection.execute(sa.insert(outside_login).values(row))


def rows(website: Website, table: sa.Table) -> list[dict[str, Any]]:
    with website.store.system_reading() as connection:
        return [dict(row) for row in connection.execute(sa.select(table)).mappings()]


def why(website: Website) -> str:
    """What the audit says of the last login in vain."""
    with website.store.system_reading() as connection:
        query = sa.select(audit.c.changes).where(audit.c.action == "login_failed").order_by(audit.c.id.desc()).limit(1)
        return str(connection.execute(query).scalar_one()["act."][1]["why"])


def leave(browser: Browser, path: str = "/login/oidc") -> str:
    """To the provider, which sends one back: the address that the browser is to open."""
    gone = browser.get(path)
    assert gone.status_code == 303, gone.text
    return requests.get(gone.location, allow_redirects=False, timeout=10).headers["Location"]


def come(browser: Browser, path: str = "/login/oidc") -> TestResponse:
    address = urlsplit(leave(browser, path))
    assert f"{address.scheme}://{address.netloc}{address.path}" == f"{HOME}oidc/back"
    return browser.get(f"{address.path}?{address.query}")


def is_in(browser: Browser) -> bool:
    return browser.get("/password/").status_code == 200


# Who comes in


def test_who_is_known_there_comes_in_and_goes_on_to_where_he_wanted(website: Website, stranger: Browser) -> None:
    assert "Log in with the company account" in stranger.get("/login/").text
    answer = come(stranger, "/login/oidc?next=/account/%3Fview%3Dlinked")
    assert (answer.status_code, answer.location) == (303, "/account/?view=linked")
    assert is_in(stranger)
    (session,) = rows(website, web_session)
    assert (session["user_id"], session["kind"], session["means"]) == (website.ids["rep"], "page", "oidc")
    told = [row for row in rows(website, audit) if row["action"] == "login"]
    assert told[-1]["changes"]["act."][1]["by"] == "oidc"
    kept = {each.partition("=")[0]: each for each in answer.headers.getlist("Set-Cookie")}
    assert "Max-Age=0" in kept["tenon_oidc"]


def test_both_languages_and_what_the_operator_calls_it(website: Website, provider: OidcProvider) -> None:
    use(website, stated(provider, label="Example 5"))
    chinese = website.browser()
    assert "使用Example 5登录" in chinese.get("/login/", headers={"Accept-Language": "zh"}).text


@pytest.mark.parametrize(
    "target", ["//evil.example/", "https://evil.example/", "/\\evil.example", "/login/oidc", "/logout/"]
)
def test_nobody_is_sent_elsewhere_afterwards(stranger: Browser, target: str) -> None:
    assert come(stranger, f"/login/oidc?next={target}").location == "/"


def test_an_ec_key_and_a_new_key_are_taken(website: Website, provider: OidcProvider, stranger: Browser) -> None:
    provider.algorithm, provider.key_name = "ES256", "curve"
    assert come(stranger).status_code == 303
    clock = [0.0]
    website.app.extensions[outside.EXTENSION].oidc._clock = lambda: clock[0]
    provider.algorithm, provider.key_name = "RS256", "second"
    assert come(website.browser()).status_code == 401, "keys were asked for just now"
    clock[0] = time.monotonic() + 120
    provider.calls.clear()
    assert come(website.browser()).status_code == 303
    assert come(website.browser()).status_code == 303
    assert provider.calls.count("/keys") == 1, "the keys are kept"


def test_the_session_that_was_shown_ends(website: Website, rep: Browser) -> None:
    assert come(rep).status_code == 303
    assert len(rows(website, web_session)) == 1


# Who is whom


def test_a_verified_address_links_once_and_the_subject_stays(website: Website, provider: OidcProvider) -> None:
    saved = update(
        website.store, SYSTEM, "user", [Change(website.ids["colleague"], {"email": "c@example.com"})], door="command"
    )
    assert isinstance(saved, Saved)
    provider.claims = {"sub": "u-2", "email": "C@example.com", "email_verified": False}
    assert (come(website.browser()).status_code, why(website)) == (403, "unknown")
    provider.claims["email_verified"] = "true"
    assert come(website.browser()).status_code == 403, "a word is no proof"
    provider.claims["email_verified"] = True
    assert come(website.browser()).status_code == 303
    provider.claims = {"sub": "u-2", "email": "another@example.com"}
    assert come(website.browser()).status_code == 303, "he is known by his subject now"
    provider.claims = {"sub": "u-3", "email": "c@example.com", "email_verified": True}
    assert come(website.browser()).status_code == 403, "the address was given to somebody else"
    assert len(rows(website, outside_login)) == 2


def give_address(website: Website, name: str, email: str) -> None:
    saved = update(website.store, SYSTEM, "user", [Change(website.ids[name], {"email": email})], door="command")
    assert isinstance(saved, Saved)


def give_passkey(website: Website, name: str) -> None:
    row = {"user_id": website.ids[name], "credential": "one", "public_key": "", "sign_count": 0, "name": "one"}
    with website.store.housekeeping() as connection:
        connection.execute(sa.insert(passkey).values(**row, transports="", created_at=now()))


def acted(website: Website, action: str) -> dict[str, Any]:
    with website.store.system_reading() as connection:
        query = sa.select(audit.c.changes).where(audit.c.action == action).order_by(audit.c.id.desc()).limit(1)
        return dict(connection.execute(query).scalar_one()["act."][1])


def test_an_address_that_somebody_gave_himself_links_nobody(website: Website, provider: OidcProvider) -> None:
    squatter = website.browser("colleague")
    before = roles_of(website.store, website.ids["colleague"])
    sent = {"email": "newboss@example.com", "password": PASSWORD}
    assert squatter.post("/profile/security/email", data=sent).status_code == 303
    provider.claims = {"sub": "boss", "email": "newboss@example.com", "email_verified": True, "groups": ["admins"]}
    assert (come(website.browser()).status_code, why(website)) == (403, "unknown")
    assert roles_of(website.store, website.ids["colleague"]) == before
    give_address(website, "colleague", "c@example.com")
    give_address(website, "colleague", "newboss@example.com")
    assert come(website.browser()).status_code == 303, "who may configure gave it to him"


def test_who_is_linked_by_his_address_has_no_other_way_in_any_more(website: Website, provider: OidcProvider) -> None:
    give_address(website, "colleague", "c@example.com")
    before = website.browser("colleague")
    make_key(before)
    give_passkey(website, "colleague")
    told_by_mail(website)
    provider.claims = {"sub": "u-2", "email": "c@example.com", "email_verified": True}
    after = website.browser()
    assert come(after).status_code == 303
    assert is_in(after)
    assert not is_in(before)
    assert not rows(website, api_key)
    assert not rows(website, passkey)
    assert website.browser().log_in("colleague").status_code == 401
    told = acted(website, "outside_linked")
    assert (told["keys"], told["passkeys"]) == (1, 1)
    (mail,) = told_by_mail(website)
    assert mail["To"] == "c@example.com"
    assert "通行密钥均已失效" in mail.get_content()
    for asked in ("colleague", "rep"):
        browser = website.browser()
        browser.csrf = find_csrf(browser.get("/login/forgotten").text)
        assert browser.post("/login/forgotten", data={"asked": asked}).status_code == 200
    assert [each["To"] for each in told_by_mail(website)] == ["rep@example.com"], (
        "an administrator lets him choose another"
    )


def test_whom_the_operator_has_named_keeps_his_password(website: Website, provider: OidcProvider) -> None:
    use(website, stated(provider), PasswordLogins(everyone=False, logins=frozenset({"colleague"})))
    give_address(website, "colleague", "c@example.com")
    give_passkey(website, "colleague")
    provider.claims = {"sub": "u-2", "email": "c@example.com", "email_verified": True}
    assert come(website.browser()).status_code == 303
    assert website.browser().log_in("colleague").status_code == 303
    assert not rows(website, passkey)


def test_unlinking_ends_what_was_made_by_the_link(website: Website, stranger: Browser) -> None:
    come(stranger)
    make_key(website.browser("rep"))
    give_passkey(website, "rep")
    assert outside.unlink_person(website.store, website.ids["rep"]) == 1
    assert not is_in(stranger)
    assert not [*rows(website, api_key), *rows(website, passkey), *rows(website, outside_login)]


def test_keys_of_who_only_comes_from_there_rest_when_he_stays_away(
    website: Website, provider: OidcProvider, stranger: Browser
) -> None:
    come(stranger)
    rep = website.browser("rep")
    program = with_key(website, make_key(rep))
    alone = PasswordLogins(everyone=False, logins=frozenset({"administrator"}))
    use(website, stated(provider), alone)

    def asked() -> tuple[int, str]:
        answer = program.get("/api/v1/account/")
        return answer.status_code, answer.get_json().get("code", "")

    def was_seen(days: int) -> None:
        with website.store.housekeeping() as connection:
            connection.execute(sa.update(outside_login).values(seen_at=now() - dt.timedelta(days=days)))

    assert (asked(), "Rests" in rep.get("/profile/keys/").text) == ((200, ""), False)
    was_seen(29)
    assert asked() == (200, "")
    was_seen(31)
    assert asked() == (401, "auth.key_rests")
    shown = rep.get("/profile/keys/").text
    assert ("Rests" in shown, "over 30 days ago" in shown) == (True, True)
    use(website, stated(provider))  # he may use his password again: he is not of the provider's alone
    assert asked() == (200, "")
    use(website, stated(provider), alone)
    with website.store.housekeeping() as connection:  # as after a link by his address
        connection.execute(sa.update(outside_login).values(seen_at=None, since=now() - dt.timedelta(days=400)))
    assert asked() == (401, "auth.key_rests")
    website.app.extensions[outside.EXTENSION] = replace(outside.Doors(passwords=alone), key_days=0)
    assert asked() == (200, "")
    use(website, stated(provider), alone)
    assert come(website.browser()).status_code == 303
    assert asked() == (200, "")


def test_no_address_links_unless_the_operator_says_so(website: Website, provider: OidcProvider) -> None:
    use(website, stated(provider, link="none"))
    update(
        website.store, SYSTEM, "user", [Change(website.ids["colleague"], {"email": "c@example.com"})], door="command"
    )
    provider.claims = {"sub": "u-2", "email": "c@example.com", "email_verified": True}
    answer = come(website.browser())
    assert answer.status_code == 403
    assert "nobody here has that account" in answer.text


def test_the_subject_of_another_issuer_is_nobody(website: Website, provider: OidcProvider) -> None:
    link(website, "administrator", "https://other.example", "u-9")
    provider.claims = {"sub": "u-9"}
    assert come(website.browser()).status_code == 403


def test_who_has_left_stays_out(website: Website, provider: OidcProvider) -> None:
    saved = update(website.store, SYSTEM, "user", [Change(website.ids["rep"], {"active": False})], door="command")
    assert isinstance(saved, Saved)
    provider.claims["groups"] = ["admins"]
    browser = website.browser()
    assert (come(browser).status_code, why(website)) == (403, "unknown: inactive")
    assert not is_in(browser)
    assert roles_of(website.store, website.ids["rep"]) == {"rep"}, "his roles stay as they were"


def test_new_people_come_with_a_role_and_take_nobody_over(website: Website, provider: OidcProvider) -> None:
    provider.claims = {"sub": "n-1", "preferred_username": "newcomer", "name": "New Comer", "groups": ["sales"]}
    assert come(website.browser()).status_code == 403, "nobody is made unless the operator says so"
    use(website, stated(provider, create=True))
    provider.claims["groups"] = ["unheard of"]
    assert come(website.browser()).status_code == 403
    provider.claims |= {"groups": ["sales"], "preferred_username": "Administrator"}
    answer = come(website.browser())
    assert (answer.status_code, why(website)) == (403, "taken")
    assert "already" in answer.text
    provider.claims["preferred_username"] = "newcomer"
    assert come(website.browser()).status_code == 303
    (made,) = [row for row in rows(website, outside_login) if row["subject"] == "n-1"]
    assert roles_of(website.store, made["user_id"]) == {"rep"}


# Groups give roles and take them


def test_groups_give_roles_and_take_them(website: Website, provider: OidcProvider) -> None:
    user = website.ids["rep"]
    set_roles(website.store, SYSTEM, user, [])
    provider.claims["groups"] = ["sales", "Leads"]
    first = website.browser()
    assert come(first).status_code == 303
    assert roles_of(website.store, user) == {"rep"}, "letter case counts"
    with website.store.housekeeping() as connection:
        connection.execute(
            sa.insert(api_key).values(
                digest="d", user_id=user, name="k", hint="h", scope="all", created_at=now(), expires_at=now()
            )
        )
    assert come(website.browser()).status_code == 303
    assert is_in(first), "the same groups end no session"
    provider.claims["groups"] = []
    assert come(website.browser()).status_code == 303
    assert roles_of(website.store, user) == set()
    assert not is_in(first)
    assert rows(website, api_key) == rows(website, group_role) == []


def test_who_is_told_to_have_no_groups_has_none(website: Website, provider: OidcProvider) -> None:
    user = website.ids["rep"]
    set_roles(website.store, SYSTEM, user, ["employee"])
    provider.claims["groups"] = "everyone"
    come(website.browser())
    assert roles_of(website.store, user) == {"employee", "rep"}
    del provider.claims["groups"]
    come(website.browser())
    assert roles_of(website.store, user) == {"employee"}, "what was given by hand stays"


def test_a_role_by_hand_stays_when_its_group_goes(website: Website, provider: OidcProvider) -> None:
    provider.claims["groups"] = ["sales"]
    come(website.browser())
    assert rows(website, group_role) == []
    provider.claims["groups"] = []
    come(website.browser())
    assert roles_of(website.store, website.ids["rep"]) == {"rep"}


def test_a_role_taken_by_hand_is_of_no_group_any_more(website: Website, provider: OidcProvider) -> None:
    user = website.ids["rep"]
    set_roles(website.store, SYSTEM, user, [])
    provider.claims["groups"] = ["sales"]
    come(website.browser())
    assert [row["group_name"] for row in rows(website, group_role)] == ["sales"]
    set_roles(website.store, SYSTEM, user, ["employee"])
    assert rows(website, group_role) == []


def test_the_last_administrator_stays_one(website: Website, provider: OidcProvider) -> None:
    rep, administrator = website.ids["rep"], website.ids["administrator"]
    provider.claims |= {"groups": ["admins"], "amr": ["otp"]}
    come(website.browser())
    assert "administrator" in roles_of(website.store, rep)
    set_roles(website.store, SYSTEM, administrator, ["rep"])
    provider.claims["groups"] = []
    assert come(website.browser()).status_code == 303
    assert "administrator" in roles_of(website.store, rep)
    set_roles(website.store, SYSTEM, administrator, ["administrator"])
    come(website.browser())
    assert roles_of(website.store, rep) == {"rep"}, "it goes as soon as there is another one"


@pytest.mark.parametrize("told", [{"_claim_names": {"groups": "src1"}}, {"groups": {"a": 1}}, {"groups": ["sales", 5]}])
def test_groups_that_are_not_told_in_full_let_nobody_in(
    website: Website, provider: OidcProvider, told: dict[str, Any]
) -> None:
    provider.claims |= told
    assert come(website.browser()).status_code == 403
    assert why(website).startswith("groups: ")


# The second factor


def test_ours_is_asked_for_unless_the_provider_has_seen_one(website: Website, provider: OidcProvider) -> None:
    provider.claims["groups"] = ["leads"]
    provider.claims["amr"] = ["pwd", "otp"]
    browser = website.browser()
    assert come(browser, "/login/oidc?next=/account/").location == "/login/enrol?next=/account/"
    assert not is_in(browser)
    use(website, stated(provider, factor=frozenset({("amr", "otp")})))
    assert come(browser).location == "/"
    assert is_in(browser), "the session knows that one was shown there"
    provider.claims["amr"] = ["pwd"]
    assert come(website.browser()).location == "/login/enrol"
    use(website, stated(provider, factor=frozenset({("acr", "high")})))
    provider.claims |= {"amr": ["high"], "acr": "low"}
    assert come(website.browser()).location == "/login/enrol"
    provider.claims["acr"] = "high"
    assert come(website.browser()).location == "/"


# Attacks


def test_what_comes_back_belongs_to_the_browser_that_set_out(website: Website, stranger: Browser) -> None:
    address = leave(stranger)
    victim = website.browser()
    assert victim.get(address).status_code == 401
    assert why(website) == "late: cookie"
    leave(victim)
    assert victim.get(address).status_code == 401, "the state of another browser"
    assert why(website) == "late: state"
    assert not is_in(victim)
    assert rows(website, web_session) == []


def test_an_apply_between_uses_no_code_up(website: Website, stranger: Browser) -> None:
    store = website.app.extensions["tenon"]
    served, address = store.revision, leave(stranger)
    object.__setattr__(store, "revision", 0)
    try:
        with pytest.raises(StaleRevision):
            stranger.get(address)
    finally:
        object.__setattr__(store, "revision", served)
    assert stranger.get(address).status_code == 303


def test_a_code_is_good_once(website: Website, stranger: Browser) -> None:
    address = leave(stranger)
    cookie = stranger.get_cookie("tenon_oidc")
    assert cookie is not None
    assert stranger.get(address).status_code == 303
    again = website.browser()
    assert again.get(address).status_code == 401
    again.set_cookie("tenon_oidc", cookie.value)
    assert again.get(address).status_code == 401
    assert why(website) == "failed: code"


@pytest.mark.parametrize(
    "query", ["", "?state=", "?code=x", "?error=access_denied", "?state=%00&code=%00", "?state=" + "x" * 9_000]
)
def test_what_nobody_asked_for_is_refused(website: Website, stranger: Browser, query: str) -> None:
    assert stranger.get(f"/login/oidc/back{query}").status_code == 401
    leave(stranger)
    assert stranger.get(f"/login/oidc/back{query}").status_code == 401
    assert rows(website, web_session) == []


def test_another_issuer_in_the_answer_is_a_mix_up(website: Website, provider: OidcProvider, stranger: Browser) -> None:
    address = leave(stranger)
    assert stranger.get(address.replace("iss=http", "iss=https")).status_code == 401
    assert why(website) == "failed: mixed_up"
    address = leave(stranger)
    assert stranger.get(address.partition("&iss=")[0]).status_code == 401, "a provider that tells it always tells it"
    assert provider.calls.count("/token") == 0


def test_who_breaks_it_off_is_told_so(provider: OidcProvider, stranger: Browser) -> None:
    provider.denies = "access_denied"
    answer = come(stranger)
    assert answer.status_code == 401
    assert "You broke the login off" in answer.text


def test_the_audit_tells_why_in_the_readers_language(
    website: Website, provider: OidcProvider, stranger: Browser
) -> None:
    stranger.get("/login/oidc/back?state=x&code=y")
    provider.claims = {"sub": "u-1", "_claim_names": {"groups": "elsewhere"}}
    come(stranger)
    page = website.browser("administrator")
    shown = page.get("/audit/?act=login_failed").text
    for each in ("it took too long, or began in another browser · no cookie", "the groups were not told in full · "):
        assert each in shown
    for why_not in (*get_args(Why), "no_passwords"):
        assert f"audit.why.{why_not}" in AUDIT


def unsigned(claims: dict[str, Any]) -> str:
    return jwt.encode(claims, "", "none", {"kid": "first"})


def compact(header: dict[str, str], claims: dict[str, Any], sign: Callable[[bytes], bytes]) -> str:
    """A token that a careful library would not make."""
    signed = b".".join(base64.urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=") for each in (header, claims))
    return (signed + b"." + base64.urlsafe_b64encode(sign(signed)).rstrip(b"=")).decode()


def sign_by(key: rsa.RSAPrivateKey, signed: bytes) -> bytes:
    return key.sign(signed, padding.PKCS1v15(), hashes.SHA256())


def of_public_key(claims: dict[str, Any]) -> str:
    """Signed with what everyone knows, as if it were a secret."""
    pem = rsa_key("first").public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return compact({"alg": "HS256", "kid": "first"}, claims, lambda signed: hmac.digest(pem, signed, hashlib.sha256))


def by_secret(claims: dict[str, Any]) -> str:
    return jwt.encode(claims, SECRET * 2, "HS256", {"kid": "first"})


def by_another(claims: dict[str, Any]) -> str:
    return jwt.encode(claims, rsa_key("thief"), "RS256", {"kid": "first"})


def with_key_inside(claims: dict[str, Any]) -> str:
    own = json.loads(RSAAlgorithm.to_jwk(rsa_key("thief").public_key()))
    return jwt.encode(claims, rsa_key("thief"), "RS256", {"kid": "first", "jwk": own, "jku": "http://127.0.0.1:1/"})


def critical(claims: dict[str, Any]) -> str:
    return jwt.encode(claims, rsa_key("first"), "RS256", {"kid": "first", "crit": ["exp"]})


FORGED = {
    "none": (unsigned, "algorithm"), "public key as secret": (of_public_key, "algorithm"),
    "secret": (by_secret, "algorithm"), "another key": (by_another, "signature"),
    "a key of its own": (with_key_inside, "signature"), "critical": (critical, "token"),
    "no token": (lambda _claims: "a.b.c", "token"), "long": (lambda _claims: "x" * 20_000, "token"),
    "unknown key": (lambda claims: jwt.encode(claims, rsa_key("thief"), "RS256", {"kid": "thief"}), "key"),
}  # fmt: skip


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_token_lets_nobody_in(website: Website, provider: OidcProvider, stranger: Browser, name: str) -> None:
    provider.sign, detail = FORGED[name]
    assert come(stranger).status_code == 401
    assert why(website) == f"failed: {detail}"
    assert not is_in(stranger)


CLAIMED: dict[str, tuple[dict[str, Any], str]] = {
    "other issuer": ({"iss": "https://other.example"}, "issuer"), "no issuer": ({"iss": None}, "issuer"),
    "other audience": ({"aud": "other"}, "audience"), "no audience": ({"aud": None}, "audience"),
    "for another": ({"aud": [CLIENT, "other"], "azp": "other"}, "audience"),
    "for several": ({"aud": [CLIENT, "other"]}, "audience"), "other party": ({"azp": "other"}, "audience"),
    "other nonce": ({"nonce": "x" * 43}, "nonce"), "no nonce": ({"nonce": None}, "nonce"),
    "no end": ({"exp": None}, "expired"), "no beginning": ({"iat": None}, "expired"),
    "a word for an end": ({"exp": "tomorrow"}, "time"), "a truth for an end": ({"exp": True}, "time"),
    "no subject": ({"sub": None}, "subject"), "empty subject": ({"sub": ""}, "subject"),
    "long subject": ({"sub": "x" * 256}, "subject"), "a number": ({"sub": 5}, "subject"),
}  # fmt: skip


@pytest.mark.parametrize("name", CLAIMED)
def test_a_token_of_other_claims_lets_nobody_in(
    website: Website, provider: OidcProvider, stranger: Browser, name: str
) -> None:
    claims, detail = CLAIMED[name]
    provider.claims |= claims
    assert come(stranger).status_code == 401
    assert why(website) == f"failed: {detail}"


@pytest.mark.parametrize(
    ("claim", "seconds", "detail"),
    [
        ("exp", -61, "expired"),
        ("exp", -20, ""),
        ("iat", -700, "expired"),
        ("iat", 90, "early"),
        ("iat", 40, ""),
        ("nbf", 90, "early"),
    ],
)
def test_clocks_may_differ_by_a_minute(
    website: Website, provider: OidcProvider, stranger: Browser, claim: str, seconds: int, detail: str
) -> None:
    provider.claims[claim] = int(time.time()) + seconds
    assert come(stranger).status_code == (401 if detail else 303)
    if detail:
        assert why(website) == f"failed: {detail}"


def test_a_short_key_or_none_of_a_kind_is_none(website: Website, provider: OidcProvider) -> None:
    short = rsa_key("short", 1024)
    provider.keys = [{**json.loads(RSAAlgorithm.to_jwk(short.public_key())), "kid": "short"}]
    provider.sign = lambda claims: compact({"alg": "RS256", "kid": "short"}, claims, partial(sign_by, short))
    assert come(website.browser()).status_code == 401
    assert why(website) == "failed: key"


def test_a_provider_that_says_it_is_another_or_is_not_there_is_not_used(
    website: Website, provider: OidcProvider, stranger: Browser
) -> None:
    provider.said = {"issuer": "https://other.example"}
    answer = stranger.get("/login/oidc")
    assert (answer.status_code, why(website)) == (503, "unreachable: issuer")
    assert "does not answer as it should" in answer.text
    use(website, stated(replace(provider, url="http://127.0.0.1:9")))
    assert stranger.get("/login/oidc").status_code == 503


@pytest.mark.parametrize(
    "where", ["http://169.254.169.254/latest", "https://10.0.0.1/", "file:///etc/passwd", "http://localhost:22/"]
)
def test_what_a_provider_names_is_called_by_the_guarded_client(
    website: Website, provider: OidcProvider, stranger: Browser, where: str
) -> None:
    provider.said = {"token_endpoint": where, "jwks_uri": where}
    if where.startswith("file:"):
        assert stranger.get("/login/oidc").status_code == 503
    else:
        assert come(stranger).status_code == 503
    assert why(website).startswith("unreachable: ")


# Passwords off


def test_passwords_are_for_those_who_are_named(website: Website, provider: OidcProvider) -> None:
    use(website, stated(provider), PasswordLogins(everyone=False, logins=frozenset({"administrator"})))
    refused = website.browser().log_in("rep")
    assert refused.status_code == 401
    assert "The user name or the password is wrong" in refused.text
    assert why(website) == "no_passwords"
    program = website.app.test_client()
    sent = {"username": "rep", "password": PASSWORD}
    assert program.post("/api/v1/security/login", json=sent).status_code == 401
    assert website.browser().log_in("ADMINISTRATOR").status_code == 303
    assert come(website.browser()).status_code == 303


def test_a_passkey_in_vain_shows_the_same_ways_in_as_before(website: Website) -> None:
    browser = website.browser()
    browser.csrf = find_csrf(browser.get("/login/").text)
    answer = browser.post("/login/passkey", data={"credential": "nothing"})
    assert answer.status_code == 401
    assert 'href="/login/oidc' in answer.text
    assert "<details" not in answer.text, "passwords are for everyone"


def test_one_logs_out_there_too(website: Website, provider: OidcProvider, stranger: Browser) -> None:
    use(website, stated(provider, logout=True))
    come(stranger)
    gone = website.browser("rep").post("/logout/")
    assert gone.location == "/login/?out=1"
    shown = stranger.get("/login/?out=1").text
    (address,) = [part.partition('"')[0] for part in shown.split('href="') if part.startswith(f"{provider.url}/out")]
    asked = parse_qs(urlsplit(address.replace("&amp;", "&")).query)
    assert asked == {"client_id": [CLIENT], "post_logout_redirect_uri": [HOME]}


def test_without_a_provider_there_is_no_such_page(website: Website, stranger: Browser) -> None:
    website.app.extensions[outside.EXTENSION] = outside.Doors()
    assert stranger.get("/login/oidc").status_code == 404
    assert stranger.get("/login/oidc/back?code=x&state=y").status_code == 404


# What the environment says

RIGHT = {"CRM_OIDC_ISSUER": "https://id.example.com", "CRM_OIDC_CLIENT_ID": "crm"}


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"CRM_OIDC_CLIENTID": "x"}, "CRM_OIDC_CLIENTID is no setting"), ({"CRM_OIDC_LABEL": "x"}, "CRM_OIDC_ISSUER"),
        ({**RIGHT, "CRM_OIDC_ISSUER": "http://id.example.com"}, "https"), ({**RIGHT, "CRM_OIDC_LINK": "login"}, "none or email"),
        ({**RIGHT, "CRM_OIDC_CREATE": "true"}, "yes or no"), ({**RIGHT, "CRM_OIDC_FACTOR": "mfa"}, "amr:mfa"),
        ({**RIGHT, "CRM_OIDC_SCOPES": "email"}, "openid"), ({"CRM_OIDC_ISSUER": "https://id.example.com"}, "CLIENT_ID"),
        ({"CRM_OUTSIDE_KEY_DAYS": "-1"}, "a number of days"), ({"CRM_OUTSIDE_DAYS": "1"}, "no setting"),
        ({"CRM_PASSWORD_LOGIN": "root"}, "no other way in"), ({**RIGHT, "CRM_PASSWORD_LOGIN": " , "}, "names nobody"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_told(said: dict[str, str], words: str) -> None:
    with pytest.raises(SettingRefused, match=words):
        read_outside(Settings(outside=said, base_url="https://crm.example.com"))


def test_right_settings_are_read() -> None:
    said = {
        **RIGHT,
        "CRM_OIDC_FACTOR": "amr:mfa, acr:high",
        "CRM_PASSWORD_LOGIN": "Root, boss",
        "CRM_OIDC_CREATE": "yes",
    }
    found = read_outside(Settings.from_environment({**said, "CRM_BASE_URL": "https://crm.example.com/"}))
    assert found.oidc is not None
    assert found.oidc.back == "https://crm.example.com/login/oidc/back"
    assert found.oidc.factor == {("amr", "mfa"), ("acr", "high")}
    assert found.passwords.logins == {"root", "boss"}
    assert (found.key_days, read_outside(Settings(outside={"CRM_OUTSIDE_KEY_DAYS": "0"})).key_days) == (30, 0)
    with pytest.raises(SettingRefused, match="CRM_BASE_URL"):
        read_outside(Settings(outside=RIGHT))

"""Passkeys at every door, by a device in software: what it signs lets its person in here, once, and nobody else anywhere."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from werkzeug.test import TestResponse

from app.access import system_actor
from app.orm.framework import api_key, audit, passkey, passkey_challenge, recovery_code
from app.orm.types import now
from app.record import Change, Saved, drop_second_factor, update
from app.web.pages.own_login import OwnLogin
from app.web.security import audited, login, sessions
from app.web.security import second_factor as factors
from app.web.security.lockout import Bucket
from tests.security.test_login import give_factor, prepared_strict, set_age, show_password, token  # noqa: F401 - a fixture
from tests.security.test_own_login import administrator, make_key, told_by_mail
from tests.unit.website import DATABASES, PASSWORD, Browser, Prepared, Website, find_csrf, served_on

ORIGIN = "http://localhost"
PRESENT, VERIFIED, MADE = 1, 4, 64  # of what a device says: touched, by its owner, with a new key
NEW = "/profile/security/passkeys"


@pytest.fixture(params=DATABASES)
def website(
    request: pytest.FixtureRequest,
    prepared_strict: Prepared,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Website]:
    monkeypatch.setattr(audited, "OF_ONE", Bucket(100, 1.0))  # whatever other tests have made of it
    monkeypatch.setattr(audited, "OF_ALL", Bucket(100, 1.0))
    with served_on(request, prepared_strict) as found:
        yield found


def pack(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def cbor_of(content: dict[Any, Any]) -> bytes:
    import cbor2

    return bytes(cbor2.dumps(content))


@dataclass
class Device:
    """An authenticator. What it says of itself may be told to lie."""

    id: bytes = b"device one"
    origin: str = ORIGIN
    party: str = "localhost"
    flags: int = PRESENT | VERIFIED
    count: int = 0
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def _said(self, kind: str, challenge: str) -> bytes:
        told = {"type": f"webauthn.{kind}", "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(told).encode()

    def _about(self, flags: int) -> bytes:
        return hashlib.sha256(self.party.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def make(self, options: dict[str, Any]) -> str:
        numbers = self.key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        told = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cbor_of(public)
        about = self._about(self.flags | MADE) + told
        response = {
            "clientDataJSON": pack(self._said("create", options["challenge"])),
            "attestationObject": pack(cbor_of({"fmt": "none", "attStmt": {}, "authData": about})),
            "transports": ["internal", "made up"],
        }
        return json.dumps({"id": pack(self.id), "rawId": pack(self.id), "type": "public-key", "response": response})

    def sign(self, options: dict[str, Any]) -> str:
        self.count += 1
        said, about = self._said("get", options["challenge"]), self._about(self.flags)
        signature = self.key.sign(about + hashlib.sha256(said).digest(), ec.ECDSA(hashes.SHA256()))
        response = {"clientDataJSON": pack(said), "authenticatorData": pack(about), "signature": pack(signature)}
        return json.dumps({"id": pack(self.id), "rawId": pack(self.id), "type": "public-key", "response": response})


def add(browser: Browser, device: Device, proof: str = PASSWORD, name: str = "My laptop") -> TestResponse:
    asked = browser.post(f"{NEW}/options", data={"name": name, "proof": proof})
    if asked.status_code != 200:
        return asked
    answer = browser.post(NEW, data={"credential": device.make(asked.get_json())})
    if answer.status_code in {200, 303}:
        browser.csrf = find_csrf(browser.get("/password/").text)
    return answer


def held(website: Website, name: str = "rep") -> Device:
    """A device that the person has registered."""
    device = Device()
    assert add(website.browser(name), device).status_code == 200
    return device


def visitor_of(website: Website) -> Browser:
    browser = website.browser()
    browser.csrf = find_csrf(browser.get("/login/").text)
    return browser


def log_in(website: Website, device: Device) -> tuple[Browser, TestResponse]:
    browser = visitor_of(website)
    options = browser.post("/login/passkey/options").get_json()
    return browser, browser.post("/login/passkey", data={"credential": device.sign(options)})


def at_the_code(website: Website, name: str = "rep") -> Browser:
    browser = website.browser()
    assert show_password(browser, name).location == "/login/code"
    return browser


def is_in(browser: Browser) -> bool:
    return browser.get("/password/").status_code == 200


def rows(website: Website, table: sa.Table) -> list[Any]:
    with website.store.system_reading() as connection:
        return list(connection.execute(sa.select(table)).mappings())


def told(website: Website, action: str) -> list[dict[str, Any]]:
    with website.store.system_reading() as connection:
        query = sa.select(audit.c.changes).where(audit.c.action == action).order_by(audit.c.id)
        return [changes["act."][1] for changes in connection.execute(query).scalars()]


# Adding and removing


def test_a_passkey_is_added_with_the_password_and_ends_what_was_given_without_it(website: Website) -> None:
    here, there = website.browser("rep"), website.browser("rep")
    make_key(here)
    assert add(here, Device(), "wrong").status_code == 422
    assert add(here, Device(), name=" ").status_code == 422
    assert not rows(website, passkey)
    told_by_mail(website)
    answer = add(here, Device())
    codes = re.findall(r"<code>([a-z2-7-]{19})</code>", answer.text)
    assert len(set(codes)) == 10
    assert is_in(here)
    assert not is_in(there)
    assert not rows(website, api_key)
    page = here.get("/profile/security/").text
    assert "My laptop" in page
    assert "10 recovery codes are left" in page
    assert [each["name"] for each in told(website, "passkey_added")] == ["My laptop"]
    (mail,) = told_by_mail(website)
    assert mail["To"] == "rep@example.com"
    assert "My laptop" in mail.get_content()
    (row,) = rows(website, passkey)
    assert (row["user_id"], row["transports"]) == (website.ids["rep"], "internal")


def test_a_second_passkey_asks_for_a_code_and_the_same_device_is_not_taken_twice(website: Website) -> None:
    here, device = website.browser("rep"), Device()
    codes = re.findall(r"<code>([a-z2-7-]{19})</code>", add(here, device).text)
    assert add(here, Device(b"another")).status_code == 422, "the password is no proof any more"
    assert add(here, device, codes[0]).status_code == 422
    assert add(here, Device(b"another"), codes[1]).location == "/profile/security/"
    assert len(rows(website, passkey)) == 2
    assert add(website.browser("colleague"), device).status_code == 422, "nor by another person"


def test_the_last_second_factor_is_removed_with_itself(website: Website) -> None:
    first, device = website.browser("rep"), Device()
    codes = re.findall(r"<code>([a-z2-7-]{19})</code>", add(first, device).text)
    (row,) = rows(website, passkey)
    path, browser = f"{NEW}/{row['id']}/remove", website.browser("rep")
    assert 'name="code"' in browser.get(path).text
    for code in ("", "000000", PASSWORD):
        assert browser.post(path, data={"password": PASSWORD, "code": code}).status_code == 422
    assert browser.post(path, data={"password": "wrong", "code": codes[0]}).status_code == 422
    assert len(rows(website, passkey)) == 1
    assert browser.post(path, data={"password": PASSWORD, "code": codes[0]}).status_code == 303
    assert rows(website, passkey) == []


def test_with_a_second_factor_the_password_proves_nothing_even_when_no_code_is_left(website: Website) -> None:
    device = held(website)
    with website.store.housekeeping() as connection:
        connection.execute(sa.delete(recovery_code))
    browser = website.browser("rep")
    assert add(browser, Device(b"another")).status_code == 422
    assert browser.post("/profile/security/codes", data={"code": PASSWORD}).status_code == 422
    (row,) = rows(website, passkey)
    assert browser.post(f"{NEW}/{row['id']}/remove", data={"password": PASSWORD, "code": PASSWORD}).status_code == 422
    assert is_in(log_in(website, device)[0])


def test_a_passkey_is_removed_with_the_password_by_its_person(website: Website) -> None:
    device = Device()
    added = add(website.browser("rep"), device)
    codes = re.findall(r"<code>([a-z2-7-]{19})</code>", added.text)
    (row,) = rows(website, passkey)
    path, here, there = f"{NEW}/{row['id']}/remove", website.browser("rep"), website.browser("rep")
    other = website.browser("colleague")
    assert other.get(path).status_code == other.post(path, data={"password": PASSWORD}).status_code == 404
    assert "My laptop" in here.get(path).text
    assert here.post(path, data={"password": "wrong"}).status_code == 422
    told_by_mail(website)
    assert here.post(path, data={"password": PASSWORD, "code": codes[0]}).status_code == 303
    assert is_in(here)
    assert not is_in(there)
    assert "was removed" in told_by_mail(website)[0].get_content()
    assert log_in(website, device)[1].status_code == 401
    assert not rows(website, recovery_code), "they were for that factor"
    assert show_password(website.browser(), "rep").location == "/"


# Logging in


def test_a_passkey_alone_logs_in_where_its_owner_was_verified(website: Website) -> None:
    device = held(website)
    browser, answer = log_in(website, device)
    assert (answer.status_code, answer.location) == (303, "/")
    assert is_in(browser)
    assert told(website, "login")[-1]["by"] == "passkey"
    assert rows(website, passkey)[0]["used_at"] is not None
    device.flags = PRESENT
    browser, answer = log_in(website, device)
    assert answer.status_code == 401
    assert not is_in(browser)


def test_a_passkey_is_the_second_factor_after_the_password(website: Website) -> None:
    device = held(website)
    assert token(website, username="rep").get_json()["step"] == "code"
    browser = at_the_code(website)
    assert "/login/code/passkey/options" in browser.get("/login/code").text
    device.flags = PRESENT  # the password says who it is
    options = browser.post("/login/code/passkey/options").get_json()
    assert [each["id"] for each in options["allowCredentials"]] == [pack(device.id)]
    assert browser.post("/login/code/passkey", data={"credential": device.sign(options)}).location == "/"
    assert is_in(browser)


def test_a_recovery_code_lets_in_where_the_device_is_lost(website: Website) -> None:
    codes = re.findall(r"<code>([a-z2-7-]{19})</code>", add(website.browser("rep"), Device()).text)
    browser = at_the_code(website)
    assert browser.post("/login/code", data={"code": codes[0]}).location == "/"
    assert is_in(browser)


def test_a_passkey_does_where_a_role_asks_for_a_second_factor(website: Website) -> None:
    browser, device = website.browser(), Device()
    assert show_password(browser, "manager").location == "/login/enrol"
    assert "/login/enrol/passkey" in browser.get("/login/enrol").text
    options = browser.post("/login/enrol/passkey/options").get_json()
    answer = browser.post("/login/enrol/passkey", data={"credential": device.make(options)})
    assert len(set(re.findall(r"<code>([a-z2-7-]{19})</code>", answer.text))) == 10
    assert is_in(browser)
    (row,) = rows(website, passkey)
    browser.csrf = find_csrf(browser.get("/password/").text)
    refused = browser.post(f"{NEW}/{row['id']}/remove", data={"password": PASSWORD})
    assert refused.status_code == 422
    assert "set up another one first" in refused.text
    assert is_in(log_in(website, device)[0])


def test_a_password_that_is_too_old_is_changed_after_a_passkey_too(website: Website) -> None:
    device = held(website)
    set_age(website, "rep", 91)
    browser, answer = log_in(website, device)
    assert answer.location == "/login/renew"
    assert not is_in(browser)


def test_who_has_left_is_let_in_by_no_device(website: Website) -> None:
    device = held(website)
    left = Change(website.ids["rep"], {"active": False})
    assert isinstance(update(website.store, system_actor("system:command"), "user", [left], door="command"), Saved)
    assert log_in(website, device)[1].status_code == 401


# What is refused


LIES = {
    "of another site": {"origin": "https://evil.example"},
    "for another site": {"party": "evil.example"},
    "by nobody's touch": {"flags": VERIFIED},
    "by another key": {"key": ec.generate_private_key(ec.SECP256R1())},
    "of no such device": {"id": b"unknown"},
}


@pytest.mark.parametrize("lie", LIES)
def test_what_was_signed_for_another_or_by_another_lets_nobody_in(website: Website, lie: str) -> None:
    device = held(website)
    for name, value in LIES[lie].items():
        setattr(device, name, value)
    browser, answer = log_in(website, device)
    assert answer.status_code == 401
    assert not is_in(browser)
    assert told(website, "second_factor_failed")[-1]["why"] == "passkey"


def test_a_device_that_counts_less_than_before_is_a_copy(website: Website) -> None:
    device = held(website)
    assert is_in(log_in(website, device)[0])
    assert is_in(log_in(website, device)[0])
    device.count = 1  # it signs with 2, as the one before did
    assert log_in(website, device)[1].status_code == 401
    assert told(website, "second_factor_failed")[-1]["why"] == "copied"
    device.count = 5
    assert is_in(log_in(website, device)[0])


def test_a_device_that_does_not_count_is_no_copy(website: Website) -> None:
    device = held(website)
    for _ in range(2):
        device.count = -1
        assert is_in(log_in(website, device)[0])


def test_a_challenge_is_answered_once_by_who_was_asked_in_time(website: Website) -> None:
    device = held(website)
    browser, other = visitor_of(website), visitor_of(website)
    sent = {"credential": device.sign(browser.post("/login/passkey/options").get_json())}
    other.post("/login/passkey/options")
    assert other.post("/login/passkey", data=sent).status_code == 401, "it was another visit's"
    assert browser.post("/login/passkey", data=sent).status_code == 303
    again = visitor_of(website)
    again.set_cookie("tenon_visit", browser.get_cookie("tenon_visit").value)  # type: ignore[union-attr]
    device.count = 9
    again.csrf = find_csrf(again.get("/login/").text)
    assert again.post("/login/passkey", data=sent).status_code == 401, "it was answered"
    late = {"credential": device.sign(again.post("/login/passkey/options").get_json())}
    with website.store.housekeeping() as connection:
        connection.execute(sa.update(passkey_challenge).values(expires_at=now() - dt.timedelta(seconds=1)))
    assert again.post("/login/passkey", data=late).status_code == 401, "it was asked for too long ago"
    older = again.post("/login/passkey/options").get_json()
    again.post("/login/passkey/options")
    assert again.post("/login/passkey", data={"credential": device.sign(older)}).status_code == 401, "another was asked"


def test_what_was_signed_for_one_purpose_is_worth_nothing_for_another(website: Website) -> None:
    device = held(website)
    waiting = at_the_code(website)
    alone = waiting.post("/login/passkey/options")
    waiting.post("/login/code/passkey/options")
    signed = {"credential": device.sign(alone.get_json())} if alone.status_code == 200 else {"credential": "{}"}
    assert waiting.post("/login/code/passkey", data=signed).status_code == 401
    assert not is_in(waiting)


def test_a_device_of_another_person_is_no_second_factor(website: Website) -> None:
    theirs = Device(b"theirs")
    assert add(website.browser("colleague"), theirs).status_code == 200
    held(website)
    browser = at_the_code(website)
    options = browser.post("/login/code/passkey/options").get_json()
    assert browser.post("/login/code/passkey", data={"credential": theirs.sign(options)}).status_code == 401
    assert not is_in(browser)


def test_steps_are_for_who_has_shown_his_password(website: Website) -> None:
    device = held(website)
    browser = visitor_of(website)
    for step in ("code", "enrol"):
        assert browser.post(f"/login/{step}/passkey/options").status_code == 422
        assert (
            browser.post(f"/login/{step}/passkey", data={"credential": device.sign({"challenge": "x"})}).location
            == "/login/"
        )
    assert not is_in(browser)


SENT = (
    "",
    "{}",
    "[" * 5_000,
    "null",
    "\0",
    '{"id": 1}',
    "x" * 30_000,
    '{"id":"a","rawId":"a","type":"public-key","response":{}}',
)


def test_what_no_browser_sends_is_no_fault(website: Website, monkeypatch: pytest.MonkeyPatch) -> None:
    device, here = held(website), website.browser("rep")
    browser = visitor_of(website)
    monkeypatch.setattr(OwnLogin, "is_proven", lambda *_: True)  # there are not as many codes

    def enter(credential: str) -> int:
        login.BY_ADDRESS.empty()
        return browser.post("/login/passkey", data={"credential": credential}).status_code

    def keep(credential: str) -> int:
        login.BY_LOGIN.empty()
        assert here.post(f"{NEW}/options", data={"name": "x", "proof": PASSWORD}).status_code == 200
        return here.post(NEW, data={"credential": credential}).status_code

    whole = json.loads(device.sign(browser.post("/login/passkey/options").get_json()))
    for sent in SENT:
        browser.post("/login/passkey/options")
        assert enter(sent) == 401
        assert keep(sent) == 422
    for sent in SENT[:3]:
        for key in whole["response"]:
            browser.post("/login/passkey/options")
            assert enter(json.dumps({**whole, "response": {**whole["response"], key: sent[:100]}})) == 401
        made = json.loads(Device(b"y").make({"challenge": "x"}))
        made["response"]["attestationObject"] = sent[:100]
        assert keep(json.dumps(made)) == 422


def test_an_administrator_takes_all_of_a_persons_factors_away(website: Website) -> None:
    device = held(website)
    boss, rep = website.browser("administrator"), website.browser("rep")
    assert "Passkeys: 1." in boss.get(f"/user/{website.ids['rep']}").text
    assert boss.post(f"/user/{website.ids['rep']}/second-factor").status_code == 303
    assert not is_in(rep)
    assert not rows(website, passkey)
    assert not rows(website, recovery_code)
    assert log_in(website, device)[1].status_code == 401
    assert show_password(website.browser(), "rep").location == "/"


def test_who_switches_his_phone_off_keeps_his_passkey_and_its_codes(website: Website) -> None:
    held(website)
    give_factor(website, "rep")
    actor = administrator(website)
    mine = actor.__class__(
        **{**{each: getattr(actor, each) for each in actor.__dataclass_fields__}, "user_id": website.ids["rep"]}
    )
    assert isinstance(drop_second_factor(website.store, mine, website.ids["rep"]), Saved)
    assert len(rows(website, passkey)) == 1
    assert len(rows(website, recovery_code)) == factors.RECOVERY_CODES
    assert show_password(website.browser(), "rep").location == "/login/code"


def test_tries_without_a_name_are_counted_by_address(website: Website) -> None:
    browser = visitor_of(website)
    asked = [browser.post("/login/passkey/options").status_code for _ in range(60)]
    assert asked[0] == 200
    assert asked[-1] == 429
    login.BY_ADDRESS.empty()


def test_where_no_browser_has_passkeys_none_is_asked_for(website: Website) -> None:
    browser = Browser(website.app)
    elsewhere = {"Host": "127.0.0.1"}
    browser.csrf = find_csrf(browser.get("/login/", headers=elsewhere).text)
    answer = browser.post("/login/passkey/options", headers=elsewhere, base_url="http://127.0.0.1")
    assert answer.status_code == 422
    assert website.browser().get_cookie(sessions.COOKIE) is None

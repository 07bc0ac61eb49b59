"""A forgotten password (threat A38): the link goes by mail alone, works once and soon, and tells nobody who is here."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import re
from dataclasses import replace
from html import unescape

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from app.access import system_actor
from app.automation.deliveries import deliver_next
from app.automation.senders import SENDERS
from app.orm.framework import delivery, login_guard, passkey, setup_token, web_session
from app.orm.types import now
from app.record import Change, Saved, reset_key, update
from app.settings import Settings
from app.web.security import lockout
from app.web.security.forgotten import LONGEST_WAIT, MAILS
from tests.unit.website import *  # noqa: F403 - its fixtures
from tests.unit.website import PASSWORD, Browser, Website, find_csrf

NEXT = {"password": "Quite another one 5", "password_again": "Quite another one 5"}
SYSTEM = system_actor("system:command")


@pytest.fixture
def settings(website: Website) -> Settings:
    return replace(website.settings, base_url="https://crm.example.com")


def ask(website: Website, asked: str, **headers: str) -> TestResponse:
    browser = website.browser()
    browser.csrf = find_csrf(browser.get("/login/forgotten").text)
    return browser.post("/login/forgotten", data={"asked": asked}, headers=headers)


def mails(website: Website, settings: Settings) -> list[email.message.EmailMessage]:
    """Sends what waits; all mails that were sent so far, by their age."""
    while deliver_next(website.store, settings, "test", SENDERS):
        pass
    paths = sorted(settings.mail_dir.glob("*.eml"), key=lambda each: int(each.name.partition(".")[0]))
    return [email.message_from_bytes(each.read_bytes(), policy=email.policy.default) for each in paths]


def link_in(mail: email.message.EmailMessage) -> str:
    found = re.search(r"https://crm\.example\.com(/setup/[\w-]{43})\s", mail.get_content())
    assert found, mail.get_content()
    return found[1]


def use(browser: Browser, link: str) -> TestResponse:
    browser.csrf = find_csrf(browser.get(link).text)
    return browser.post(link, data=NEXT)


@pytest.mark.parametrize("asked", ["rep", " REP ", "rep@example.com", "Rep@Example.com"])
def test_a_link_comes_by_mail_and_sets_a_password_once(website: Website, settings: Settings, asked: str) -> None:
    elsewhere = website.browser("rep")
    assert ask(website, asked).status_code == 200
    (mail,) = mails(website, settings)
    assert mail["To"] == "rep@example.com"
    link = link_in(mail)
    browser = website.browser()
    assert use(browser, link).location == "/"
    (told,) = mails(website, settings)[1:]
    assert "These passkeys" not in told.get_content()
    assert browser.get("/password/").status_code == 200
    assert elsewhere.get("/password/").status_code == 303, "every session from before is over"
    assert website.browser().get(link).status_code == 404
    assert website.browser().log_in("rep", PASSWORD).status_code == 401
    assert website.browser().log_in("rep", NEXT["password"]).status_code == 303


def test_who_chose_anew_is_told_which_passkeys_still_let_in(website: Website, settings: Settings) -> None:
    key = {
        "user_id": website.ids["rep"],
        "credential": "c",
        "public_key": "k",
        "sign_count": 0,
        "transports": "",
        "created_at": now(),
    }
    with website.store.housekeeping() as connection:
        connection.execute(
            sa.insert(passkey), [{**key, "name": "Laptop"}, {**key, "credential": "d", "name": "Odd {one}"}]
        )
    ask(website, "rep")
    use(website.browser(), link_in(*mails(website, settings)))
    told = mails(website, settings)[1].get_content()
    assert "let in whoever holds them: “Laptop”, “Odd {one}”." in told


def test_nothing_that_is_kept_tells_the_link(website: Website, settings: Settings) -> None:
    ask(website, "rep")
    (mail,) = mails(website, settings)
    token = link_in(mail).removeprefix("/setup/")
    with website.store.system_reading() as connection:
        for table in (setup_token, delivery):
            for row in connection.execute(sa.select(table)):
                assert token not in repr(row)
        row = connection.execute(sa.select(setup_token)).one()
    assert row.purpose == "reset"
    assert row.expires_at - row.created_at == dt.timedelta(minutes=30)


@pytest.mark.parametrize("asked", ["nobody", "nobody@example.com", "rep'--", "北京", "gone"])
def test_who_is_not_here_gets_the_same_answer_and_no_mail(website: Website, settings: Settings, asked: str) -> None:
    if asked == "gone":
        changed = Change(website.ids["colleague"], {"active": False, "login": "gone"})
        assert isinstance(update(website.store, SYSTEM, "user", [changed], door="command"), Saved)
    blind = re.compile(r'name="csrf_token" value="[^"]*"')
    known, unknown = ask(website, "rep"), ask(website, asked)
    assert known.status_code == unknown.status_code == 200
    said = [unescape(blind.sub("", each.text)) for each in (known, unknown)]
    assert said[0].replace("If rep is", "If X is") == said[1].replace(f"If {asked} is", "If X is")
    assert len(mails(website, settings)) == 1


def test_the_address_in_a_mail_is_that_of_the_settings(website: Website, settings: Settings) -> None:
    assert ask(website, "rep", Host="evil.example").status_code == 400
    ask(website, "rep", Host="localhost", **{"X-Forwarded-Host": "evil.example"})
    (mail,) = mails(website, settings)
    assert "evil" not in mail.as_string()


def test_a_link_is_good_for_half_an_hour(website: Website, settings: Settings) -> None:
    ask(website, "rep")
    link = link_in(mails(website, settings)[0])
    assert website.browser().get(link).status_code == 200
    with website.store.housekeeping() as connection:
        connection.execute(sa.update(setup_token).values(expires_at=now()))
    assert website.browser().get(link).status_code == 404


def test_a_newer_link_and_another_new_password_end_a_link(website: Website, settings: Settings) -> None:
    ask(website, "rep")
    first = link_in(mails(website, settings)[0])
    ask(website, "rep")
    second = link_in(mails(website, settings)[1])
    assert website.browser().get(first).status_code == 404
    form = {"old": PASSWORD, "password": "A third good one 7", "password_again": "A third good one 7"}
    assert website.browser("rep").post("/password/", data=form).status_code == 303
    assert website.browser().get(second).status_code == 404


@pytest.mark.parametrize("token", ["null", "None", "undefined", "0", "%00", "x" * 43, "' OR 1=1 --"])
def test_what_is_no_token_is_the_same_page(website: Website, token: str) -> None:
    answer = website.browser().get(f"/setup/{token}")
    assert answer.status_code == 404
    assert "out of date" in answer.text


def test_who_left_meanwhile_gets_no_mail_and_no_way_in(website: Website, settings: Settings) -> None:
    ask(website, "rep")
    ask(website, "colleague")
    links = {mail["To"]: link_in(mail) for mail in mails(website, settings)}
    ask(website, "rep")
    gone = [Change(website.ids[each], {"active": False}) for each in ("rep", "colleague")]
    assert isinstance(update(website.store, SYSTEM, "user", gone, door="command"), Saved)
    assert len(mails(website, settings)) == 2
    assert website.browser().get(links["colleague@example.com"]).status_code == 404


def test_who_asks_in_the_name_of_another_keeps_him_from_mails_for_a_quarter_of_an_hour(website: Website) -> None:
    moment, key = now(), reset_key("rep")
    for _ in range(30):
        assert lockout.claim(website.store, key, MAILS, moment, LONGEST_WAIT)
        moment += dt.timedelta(minutes=15, seconds=1)


def test_wrong_tries_of_before_do_not_count_after_a_link(website: Website, settings: Settings) -> None:
    for _ in range(MAILS.after):
        ask(website, "rep")
    for _ in range(5):
        website.browser().log_in("rep", "wrong")
    use(website.browser(), link_in(mails(website, settings)[-1]))
    assert website.browser().log_in("rep", NEXT["password"]).status_code == 303
    ask(website, "rep")
    assert len(mails(website, settings)) == MAILS.after + 2  # one tells that the password is another


def test_a_mail_that_waits_for_an_address_of_before_is_not_sent(website: Website, settings: Settings) -> None:
    ask(website, "rep")
    changed = Change(website.ids["rep"], {"email": "new@example.com"})
    assert isinstance(update(website.store, SYSTEM, "user", [changed], door="command"), Saved)
    assert mails(website, settings) == []


def test_nobody_is_flooded_with_mails(website: Website, settings: Settings) -> None:
    texts = {ask(website, "rep").status_code for _ in range(8)}
    assert texts == {200}
    assert len(mails(website, settings)) == MAILS.after
    with website.store.system_reading() as connection:
        keys = set(connection.execute(sa.select(login_guard.c.login)).scalars())
        assert connection.execute(sa.select(sa.func.count()).select_from(web_session)).scalar() == 0
    assert keys == {" reset rep"}, "an attempt to log in is not counted"

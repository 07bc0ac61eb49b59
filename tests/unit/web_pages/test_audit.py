"""The page of the audit: for those whose role has the right, in both languages, searched, with no more than one may see."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from app.access import system_actor
from app.access.system_roles import SYSTEM_ROLES
from app.automation.deputies import company_day
from app.orm.framework import audit
from app.orm.types import now
from app.record import Act, Change, Saved, update
from app.record import people as written
from app.record.acts import ACTS
from app.web.languages import LANGUAGES
from app.web.pages.actors import actor_in_words, actor_of_words
from app.web.pages.audit import ACTS as SHOWN
from app.web.security.audited import note
from tests.unit.web_pages.conftest import Asked
from tests.unit.website import Browser, Website


def test_every_act_has_its_words() -> None:
    assert set(SHOWN) >= ACTS


def change(website: Website, record: int, **values: object) -> None:
    actor = system_actor("system:seed")
    assert isinstance(update(website.store, actor, "account", [Change(record, values)], door="form"), Saved)


def test_the_page_tells_who_did_what_in_both_languages(website: Website, administrator: Browser) -> None:
    account = website.add("account", "rep", name="Acme <b>", level="a")
    change(website, account, level="b")
    website.browser("rep").get(f"/account/{account}/csv")
    page = administrator.get("/audit/").text
    assert "Account · Acme &lt;b&gt;" in page
    assert f'href="/account/{account}"' in page
    assert "<del>Top</del>" in page
    assert "<ins>Plain</ins>" in page
    assert 'href="/audit/"' in administrator.get("/").text
    administrator.post("/language/", data={"language": "zh"})
    page = administrator.get("/audit/").text
    assert "审计日志" in page
    assert "<del>重点</del>" in page


def test_it_is_searched(website: Website, administrator: Browser) -> None:
    first, second = (website.add("account", "rep", name=name) for name in ("Acme", "Other"))
    change(website, first, level="a")
    found = administrator.get(f"/audit/?entity=account&record={first}&act=update").text
    assert "Account · Acme" in found
    assert "Account · Other" not in found
    assert "No such person." in administrator.get("/audit/?person=nobody").text
    assert "Rita Rep" in administrator.get("/audit/?entity=user&since=2020-01-01&until=2999-01-01").text
    assert "Nothing was found." in administrator.get(f"/audit/?record={second}&entity=account&act=delete").text
    for wrong in ("entity=no_such", "act=x", "door=x", "record=x", "before=-1", "since=yesterday"):
        assert administrator.get(f"/audit/?{wrong}").status_code == 400


def test_what_no_person_did_is_told_in_words_and_found_by_them(website: Website, administrator: Browser) -> None:
    account = website.add("account", "rep", name="Acme")
    change(website, account, level="b")
    found = administrator.get("/audit/?person=demonstration data&act=update").text
    assert "Demonstration data</td>" in found
    assert "system:" not in administrator.get("/audit/").text
    assert found.count("<tr>") == administrator.get("/audit/?person=system:seed&act=update").text.count("<tr>") > 1
    assert "First start</td>" in administrator.get("/settings/history/").text
    administrator.post("/language/", data={"language": "zh"})
    assert "演示数据</td>" in administrator.get("/audit/?person=演示数据").text
    assert "首次启动</td>" in administrator.get("/settings/history/").text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_system_actor_has_words(language: str) -> None:
    said = {name: actor_in_words(name, language) for name in (*SYSTEM_ROLES, "system:apply", "system:hook.orders")}
    assert not [words for words in said.values() if words.startswith("system:")]
    assert len(set(said.values())) == len(said)
    assert "orders" in said["system:hook.orders"]
    assert actor_in_words("Rita Rep", language) == "Rita Rep"
    assert all(actor_of_words(said[name].upper(), language) == name for name in SYSTEM_ROLES)
    assert actor_of_words("Rita Rep", language) is None


def test_logins_roles_and_denials_are_told(website: Website, administrator: Browser, stranger: Browser) -> None:
    stranger.log_in("rep", "wrong")
    stranger.log_in("rep")
    stranger.get("/account/4711")
    written.set_roles(website.store, system_actor("system:seed"), website.ids["rep"], ["rep", "manager"])
    page = administrator.get("/audit/").text
    for told in (
        "logged in",
        "login failed",
        "wrong password",
        "was denied",
        "<ins>Manager, Representative</ins>",
        "GET /account/4711",
    ):
        assert told in page
    mine = administrator.get("/audit/?person=REP").text
    assert '<span class="badge badge--danger">was denied' in mine
    assert '<span class="badge badge--danger">login failed' not in mine  # nobody has shown who it was


def test_why_somebody_is_not_taken_in_is_told_in_the_readers_language(website: Website, administrator: Browser) -> None:
    for why in (
        "failed: certificate",
        "unreachable: status 503",
        "unreachable: bind: 51",
        "unreachable: Connection refused",
    ):
        note(website.store, Act("login_failed", "page", facts={"why": why, "by": "saml"}), now(), tried_by="-")
    administrator.post("/language/", data={"language": "zh"})
    page = administrator.get("/audit/?act=login_failed").text
    away = "登录服务或目录服务未正常响应"
    for told in (
        "返回的信息无法确认身份 · 登录服务的证书无效",
        f"{away} · 应答不正确，状态码 503",
        f"{away} · 目录服务返回代码 51",
        f"{away} · Connection refused",  # in the words of the system
    ):
        assert told in page


def test_deputies_are_told_on_the_page_and_in_the_history_of_who_named_them(
    website: Website, administrator: Browser
) -> None:
    rep, manager = website.ids["rep"], website.ids["manager"]
    first, last = (company_day(website.store) + dt.timedelta(days=days) for days in (1, 9))
    data = {"deputy": manager, "first_day": first, "last_day": last}
    assert website.browser("rep").post("/profile/deputy", data=data).status_code == 303
    page = administrator.get("/audit/?act=deputy").text
    assert "changed the deputies" in page
    assert f" · {first} – {last}</ins>" in page
    assert f"<ins>#{manager}" not in page  # by name
    assert "changed the deputies" in administrator.get(f"/user/{rep}").text


def test_who_has_not_the_right_finds_no_page(website: Website) -> None:
    for login in ("rep", "manager"):
        browser = website.browser(login)
        assert browser.get("/audit/").status_code == 404
        assert browser.post("/audit/").status_code in {404, 405}
        assert 'href="/audit/"' not in browser.get("/").text


def test_the_number_of_statements_does_not_grow(website: Website, administrator: Browser, asked: Asked) -> None:
    for number in range(60):
        record = website.add("account", "rep", name=f"A{number}")
        change(website, record, owner=website.ids["colleague"])
    administrator.get("/audit/")
    with asked.at_most(6):
        page = administrator.get("/audit/").text
    assert page.count("<tr><th") == 51
    assert "Older ones" in page
    with website.store.system_reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(audit)).scalar_one() > 120

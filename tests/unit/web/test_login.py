"""Who comes in, how, and for how long."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.access import system_actor
from app.orm.framework import ab_user, login_guard, web_session
from app.orm.types import now
from app.record import Change, Saved, update
from app.record import people as written
from app.web.security import login, passwords, sessions
from app.web.security.lockout import Bucket
from tests.unit.website import PASSWORD, Browser, Website, find_csrf


def rows(website: Website, table: sa.Table) -> list[dict[str, Any]]:
    with website.store.system_reading() as connection:
        return [dict(row) for row in connection.execute(sa.select(table)).mappings()]


def is_in(browser: FlaskClient) -> bool:
    return browser.get("/password/").status_code == 200


def test_the_right_password_leads_home(stranger: Browser) -> None:
    answer = stranger.log_in("rep")
    assert (answer.status_code, answer.location) == (303, "/")
    assert is_in(stranger)


def test_the_login_is_found_whatever_its_case_and_spaces(stranger: Browser) -> None:
    assert stranger.log_in("  REP ").status_code == 303


def test_the_cookie_is_for_this_server_alone_and_no_script(stranger: Browser) -> None:
    cookies = stranger.log_in("rep").headers.getlist("Set-Cookie")
    (own,) = [cookie for cookie in cookies if cookie.startswith(f"{sessions.COOKIE}=")]
    assert "HttpOnly" in own
    assert "SameSite=Lax" in own
    assert "Expires" not in own


def test_the_table_holds_no_token(website: Website, stranger: Browser) -> None:
    stranger.log_in("rep")
    cookie = stranger.get_cookie(sessions.COOKIE)
    assert cookie is not None
    (row,) = rows(website, web_session)
    assert row["id"] == sessions.digest(cookie.value)
    assert cookie.value not in map(str, row.values())


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("rep", "wrong"), ("rep", ""), ("", ""), ("nobody", PASSWORD), ("rep\0", "wrong"), ("x" * 100_000, PASSWORD),
        ("rep' OR '1'='1", PASSWORD), ("rep", PASSWORD + "x" * 10_000),
    ],
)  # fmt: skip
def test_a_wrong_login_always_gets_the_same_answer(stranger: Browser, name: str, password: str) -> None:
    answer = stranger.log_in(name, password)
    assert answer.status_code == 401
    assert "The user name or the password is wrong" in answer.text
    assert not is_in(stranger)


def test_unknown_and_known_logins_get_the_same_body_and_the_same_work(
    stranger: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, hashed = passwords._HASHER, list[str]()

    class Counted:
        def verify(self, stored: str, password: str) -> bool:
            hashed.append(stored)
            return real.verify(stored, password)

    passwords._nobody()  # made once in a process
    monkeypatch.setattr(passwords, "_HASHER", Counted())
    known, unknown = stranger.log_in("rep", "wrong").text, stranger.log_in("not", "wrong").text
    blind = re.compile(r'name="(csrf_token|username)"[^>]*value="[^"]*"')
    assert blind.sub("", known) == blind.sub("", unknown)
    assert len(hashed) == 2, "a password is hashed for the unknown login, too"
    assert len({each.rpartition("$")[0].rpartition("$")[0] for each in hashed}) == 1, "with the same parameters"


def test_a_login_is_locked_after_five_wrong_passwords_and_answers_the_same(website: Website, stranger: Browser) -> None:
    texts = {stranger.log_in("rep", "wrong").status_code for _ in range(5)}
    assert texts == {401}
    assert stranger.log_in("rep").status_code == 401, "the right password comes too late"
    guards = {row["login"]: row["failures"] for row in rows(website, login_guard)}
    assert guards == {"rep": 5, " address 127.0.0.1": 5}
    with website.store.housekeeping() as connection:
        connection.execute(sa.update(login_guard).values(locked_until=now() - dt.timedelta(seconds=1)))
    assert stranger.log_in("rep").status_code == 303
    guards = {row["login"]: row["failures"] for row in rows(website, login_guard)}
    assert guards == {" address 127.0.0.1": 2}, "the right password begins the count anew, and speaks for the address"


def test_too_many_attempts_are_told_to_wait(
    website: Website, stranger: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(login, "BY_LOGIN", Bucket(10, 1 / 6, clock=lambda: 0.0))  # however long the attempts take
    answers = [stranger.log_in("nobody", "wrong").status_code for _ in range(11)]
    assert answers == [401] * 10 + [429]
    assert stranger.log_in("rep").status_code == 303, "other logins are not held up"
    assert website.browser().post("/api/v1/security/login", json={}).status_code == 400


def test_a_session_planted_before_the_login_is_worth_nothing(website: Website, stranger: Browser) -> None:
    stranger.set_cookie(sessions.COOKIE, "planted")
    stranger.log_in("rep")
    cookie = stranger.get_cookie(sessions.COOKIE)
    assert cookie is not None
    assert cookie.value != "planted"
    assert len(rows(website, web_session)) == 1


def test_a_copied_cookie_dies_with_the_logout(website: Website, rep: Browser) -> None:
    cookie = rep.get_cookie(sessions.COOKIE)
    assert cookie is not None
    thief = website.browser()
    thief.set_cookie(sessions.COOKIE, cookie.value)
    assert is_in(thief)
    answer = rep.post("/logout/")
    assert (answer.status_code, answer.location) == (303, "/login/")
    assert not is_in(thief)
    assert not is_in(rep)


def test_a_session_ends_with_the_deactivation(website: Website, rep: Browser, program: FlaskClient) -> None:
    actor = system_actor("system:command")
    saved = update(website.store, actor, "user", [Change(website.ids["rep"], {"active": False})], door="command")
    assert isinstance(saved, Saved)
    assert not is_in(rep)
    assert program.get("/api/v1/account/").status_code == 401
    assert website.browser().log_in("rep").status_code == 401


def test_a_session_ends_with_a_change_of_roles(website: Website, rep: Browser) -> None:
    written.set_roles(website.store, system_actor("system:command"), website.ids["rep"], ["manager"])
    assert not is_in(rep)


def test_a_new_password_ends_all_sessions_but_the_one_that_set_it(
    website: Website, rep: Browser, program: FlaskClient
) -> None:
    elsewhere = website.browser("rep")
    form = {"old": PASSWORD, "password": "A much better one 2", "password_again": "A much better one 2"}
    assert rep.post("/password/", data=form).status_code == 303
    assert is_in(rep)
    assert not is_in(elsewhere)
    assert program.get("/api/v1/account/").status_code == 401
    assert website.browser().log_in("rep").status_code == 401
    assert website.browser().log_in("rep", "A much better one 2").status_code == 303


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ({"old": "wrong", "password": "A much better one", "password_again": "A much better one"}, "present password"),
        ({"old": PASSWORD, "password": "short", "password_again": "short"}, "At least 10 characters"),
        ({"old": PASSWORD, "password": "A much better one", "password_again": "another"}, "differ"),
        ({"old": PASSWORD, "password": PASSWORD, "password_again": PASSWORD}, "same as before"),
        ({}, "present password"),
    ],
)
def test_a_password_that_will_not_do_changes_nothing(rep: Browser, form: dict[str, str], text: str) -> None:
    answer = rep.post("/password/", data=form)
    assert answer.status_code == 422
    assert text in answer.text
    assert is_in(rep)


def test_an_idle_session_and_an_old_one_are_over(website: Website, rep: Browser, manager: Browser) -> None:
    moment = now()
    with website.store.housekeeping() as connection:
        mine = web_session.c.user_id == website.ids["rep"]
        connection.execute(sa.update(web_session).where(mine).values(seen_at=moment - dt.timedelta(hours=9)))
        connection.execute(sa.update(web_session).where(~mine).values(expires_at=moment))
    assert not is_in(rep)
    assert not is_in(manager)


def test_the_use_of_a_session_is_noted_every_five_minutes_at_most(website: Website, rep: Browser) -> None:
    (before,) = rows(website, web_session)
    is_in(rep)
    assert rows(website, web_session) == [before]
    past = now() - dt.timedelta(minutes=6)
    with website.store.housekeeping() as connection:
        connection.execute(sa.update(web_session).values(seen_at=past))
    is_in(rep)
    (after,) = rows(website, web_session)
    assert after["seen_at"] > past


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example", "///evil.example", "/\\evil.example", "https://evil.example/", "javascript:alert(1)",
        "/ok\r\nLocation: https://evil.example", "http:evil.example", "\t//evil.example", "/\t/evil.example", "evil.example",
        "/login/", "/logout/", "", "/api/v1/account/",
    ],
)  # fmt: skip
def test_the_login_leads_to_no_other_server(stranger: Browser, target: str) -> None:
    assert stranger.log_in("rep", next=target).location == "/"


@pytest.mark.parametrize("target", ["/account/?q=1&sort=-name", "/account/12", "/search/?q=%E4%B8%AD"])
def test_the_login_leads_back_to_where_one_was(stranger: Browser, target: str) -> None:
    asked = stranger.get(target)
    assert asked.status_code == 303
    page = stranger.get(asked.location).text
    found = re.search(r'name="next" value="([^"]*)"', page)
    assert found
    assert stranger.log_in("rep", next=found[1].replace("&amp;", "&")).location == target


def test_a_part_of_a_page_sends_the_whole_browser_to_the_login(stranger: Browser) -> None:
    answer = stranger.get("/account/", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"].startswith("/login/")


def test_a_token_is_a_row_that_can_be_ended(website: Website, program: FlaskClient) -> None:
    (row,) = rows(website, web_session)
    assert row["kind"] == "token"
    assert program.post("/api/v1/security/logout").status_code == 204
    assert program.post("/api/v1/security/logout").status_code == 401


@pytest.mark.parametrize("body", [None, [], "x", {"username": "rep"}, {"username": ["rep"], "password": PASSWORD}])
def test_a_malformed_token_request_is_a_problem(stranger: Browser, body: object) -> None:
    answer = stranger.post("/api/v1/security/login", json=body)
    assert answer.status_code == 400
    assert answer.get_json()["code"] == "request.malformed"


def test_a_token_request_that_lies_too_deep_in_itself_is_a_problem(stranger: Browser) -> None:
    for body in ("[" * 50_000, '{"username":' * 50_000):
        answer = stranger.post("/api/v1/security/login", data=body, content_type="application/json")
        assert (answer.status_code, answer.get_json()["code"]) == (400, "request.malformed")


def test_a_wrong_password_gets_no_token(stranger: Browser) -> None:
    answer = stranger.post("/api/v1/security/login", json={"username": "rep", "password": "x", "provider": "db"})
    assert answer.status_code == 401
    assert answer.content_type == "application/problem+json"


def test_doors_do_not_take_each_others_keys(website: Website, rep: Browser, program: FlaskClient) -> None:
    cookie = rep.get_cookie(sessions.COOKIE)
    assert cookie is not None
    assert rep.post("/api/v1/security/logout").status_code == 401, "the API takes no cookie"
    as_bearer = {"Authorization": f"Bearer {cookie.value}"}
    assert rep.post("/api/v1/security/logout", headers=as_bearer).status_code == 401
    token = program.environ_base["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
    thief = website.browser()
    thief.set_cookie(sessions.COOKIE, token)
    assert not is_in(thief)


@pytest.mark.parametrize("accepted", ["en", "zh-CN,zh;q=0.9"])
def test_a_stranger_is_spoken_to_in_his_browsers_language(stranger: Browser, accepted: str) -> None:
    page = stranger.get("/login/", headers={"Accept-Language": accepted}).text
    assert ("登录" in page) == accepted.startswith("zh")


def test_a_person_chooses_a_language_and_keeps_it(website: Website, rep: Browser) -> None:
    assert "Change password" in rep.get("/password/").text
    answer = rep.post("/language/", data={"language": "zh", "next": "/password/"})
    assert (answer.status_code, answer.location) == (303, "/password/")
    assert "修改密码" in rep.get("/password/").text
    assert "修改密码" in website.browser("rep").get("/password/").text
    assert rep.post("/language/", data={"language": "xx"}).status_code == 400


def test_the_form_of_the_login_keeps_the_name_but_not_the_password(stranger: Browser) -> None:
    page = stranger.log_in("li.wen", "wrong one").text
    assert 'value="li.wen"' in page
    assert "wrong one" not in page
    assert find_csrf(page)


def test_a_login_without_a_password_lets_nobody_in(website: Website, stranger: Browser) -> None:
    with website.store.housekeeping() as connection:
        connection.execute(sa.update(ab_user).values(password=None))
    assert stranger.log_in("rep", "").status_code == 401
    assert stranger.log_in("rep", "None").status_code == 401


def test_a_row_that_a_login_reads_names_no_password(website: Website) -> None:
    with website.store.system_reading() as connection:
        assert "argon2" not in repr(login.find_login(connection, "rep"))

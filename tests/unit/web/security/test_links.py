"""One-time links."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from app.orm.framework import ab_user, setup_token
from app.orm.types import now
from app.web.security import links
from tests.unit.website import Browser, Website, find_csrf

GOOD = {"password": "A good one 4 me", "password_again": "A good one 4 me"}


@pytest.fixture
def empty(website: Website) -> Website:
    """A website in which nobody can log in yet."""
    with website.store.housekeeping() as connection:
        connection.execute(sa.update(ab_user).values(password=None))
    return website


def use(browser: Browser, token: str, **form: str) -> int:
    browser.csrf = find_csrf(browser.get(f"/setup/{token}").text)
    return browser.post(f"/setup/{token}", data=form).status_code


def test_the_first_administrator_sets_himself_up_once(empty: Website) -> None:
    token = links.make_link(empty.store, None, now())
    browser = empty.browser()
    assert use(browser, token, name="Founder", login="founder", email="founder@example.com", **GOOD) == 303
    assert browser.get("/password/").status_code == 200, "he is logged in"
    assert 'lang="en"' in browser.get("/").text, "he goes on in the language of the form"
    assert empty.browser().log_in("founder", GOOD["password"]).status_code == 303
    assert empty.browser().get(f"/setup/{token}").status_code == 404


def test_the_first_person_is_an_administrator(empty: Website) -> None:
    from app.web.security.people import every_login

    use(empty.browser(), links.make_link(empty.store, None, now()), name="F", login="founder", **GOOD)
    (founder,) = [each for each in every_login(empty.store) if each.login == "founder"]
    assert founder.roles == ("administrator",)


@pytest.mark.parametrize(
    "form",
    [
        {"name": "F", "login": "founder", "password": "short", "password_again": "short"},
        {"name": "F", "login": "founder", "password": GOOD["password"], "password_again": "other"},
        {"name": "", "login": "founder", **GOOD},
        {"name": "F", "login": "", **GOOD},
        {"name": "F", "login": "rep", **GOOD},
    ],
)
def test_what_will_not_do_leaves_the_link_usable(empty: Website, form: dict[str, str]) -> None:
    token = links.make_link(empty.store, None, now())
    assert use(empty.browser(), token, **form) == 422
    assert use(empty.browser(), token, name="F", login="founder", **GOOD) == 303


def test_a_link_for_the_first_administrator_ends_when_anyone_can_log_in(website: Website) -> None:
    token = links.make_link(website.store, None, now())
    assert website.browser().get(f"/setup/{token}").status_code == 404


def test_a_person_chooses_a_password_and_old_sessions_end(website: Website, rep: Browser) -> None:
    token = links.make_link(website.store, website.ids["rep"], now())
    assert use(website.browser(), token, **GOOD) == 303
    assert rep.get("/password/").status_code == 303
    assert website.browser().log_in("rep", GOOD["password"]).status_code == 303


def test_a_new_link_ends_the_one_before(website: Website, stranger: Browser) -> None:
    first = links.make_link(website.store, website.ids["rep"], now())
    other = links.make_link(website.store, website.ids["manager"], now())
    links.make_link(website.store, website.ids["rep"], now())
    assert stranger.get(f"/setup/{first}").status_code == 404
    assert stranger.get(f"/setup/{other}").status_code == 200


def test_a_link_is_over_after_a_day(website: Website, stranger: Browser) -> None:
    token = links.make_link(website.store, website.ids["rep"], now() - dt.timedelta(hours=25))
    assert stranger.get(f"/setup/{token}").status_code == 404


@pytest.mark.parametrize("token", ["x", "null", "None", "0", "%00", "x" * 5_000])
def test_what_is_no_link_gets_the_page_of_one_that_is_gone(website: Website, stranger: Browser, token: str) -> None:
    links.make_link(website.store, website.ids["rep"], now())
    answer = stranger.get(f"/setup/{token}")
    assert answer.status_code == 404
    assert "out of date" in answer.text


def test_the_table_holds_no_token(website: Website) -> None:
    token = links.make_link(website.store, website.ids["rep"], now())
    with website.store.system_reading() as connection:
        (row,) = connection.execute(sa.select(setup_token)).all()
    assert token not in map(str, row)


def test_of_two_who_use_a_link_at_once_one_wins(website: Website) -> None:
    moment = now()
    token = links.make_link(website.store, website.ids["rep"], moment)
    with website.store.system_reading() as connection:
        link = links.find_link(connection, token, moment)
    assert link is not None
    with website.store.housekeeping() as connection:
        assert [links.use_link(connection, link, moment) for _ in range(2)] == [True, False]

"""Who comes in, and who stays in: threats A37 to A40 and A45 at every door that asks for a password, a code or a key."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.access import system_actor
from app.orm.framework import ab_role, ab_user_role, audit, login_state, second_factor, web_session
from app.orm.types import now
from app.record import Change, Saved, set_password, set_roles, set_second_factor, update
from app.web.app import create_app
from app.web.security import links, lockout, login, passwords, people, sessions, steps
from app.web.security import second_factor as factors
from tests.unit.website import DATABASES, PACK, PASSWORD, Browser, Prepared, Website, find_csrf, prepare, served_on

SECURITY = """
security:
  password: {max_age: 90 days, history: 3}
  two_factor: {roles: [manager]}
"""
SYSTEM = system_actor("system:command")
NEXT = "Quite another one 5"


@pytest.fixture(scope="module")
def prepared_strict(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """A company whose managers must have a second factor."""
    files = {**PACK, "pack.yaml": PACK["pack.yaml"] + SECURITY}
    return prepare(tmp_path_factory.mktemp("strict"), files)


@pytest.fixture(params=DATABASES)
def website(request: pytest.FixtureRequest, prepared_strict: Prepared) -> Iterator[Website]:
    with served_on(request, prepared_strict) as found:
        yield found


def key_of(website: Website) -> str:
    return str(website.app.config["SECRET_KEY"])


def give_factor(website: Website, name: str) -> tuple[str, tuple[str, ...]]:
    """A second factor for a person: its secret and recovery codes."""
    secret, codes = factors.new_secret(), factors.new_codes()
    made = factors.made_of(key_of(website), website.ids[name], secret, 0, codes)
    assert isinstance(set_second_factor(website.store, SYSTEM, website.ids[name], made), Saved)
    return secret, codes


def code_of(secret: str, steps: int = 0) -> str:
    """The code of this half minute, or of one some steps on."""
    return factors.code_at(secret, factors.step_at(now()) + steps)


def show_password(browser: Browser, name: str, password: str = PASSWORD) -> TestResponse:
    browser.csrf = find_csrf(browser.get("/login/").text)
    return browser.post("/login/", data={"username": name, "password": password})


def is_in(browser: FlaskClient) -> bool:
    return browser.get("/password/").status_code == 200


def token(website: Website, **sent: str) -> TestResponse:
    return website.app.test_client().post("/api/v1/security/login", json={"password": PASSWORD, **sent})


def set_age(website: Website, name: str, days: int) -> None:
    """The password of a person was set so many days ago."""
    mine = login_state.c.user_id == website.ids[name]
    with website.store.housekeeping() as connection:
        connection.execute(sa.update(login_state).where(mine).values(password_at=now() - dt.timedelta(days=days)))


# A37: what ends a session ends it in every process, with the next request


ENDS = {
    "password": lambda w: set_password(w.store, SYSTEM, w.ids["rep"], passwords.hashed(NEXT)),
    "roles": lambda w: set_roles(w.store, SYSTEM, w.ids["rep"], ["rep", "employee"]),
    "second factor": lambda w: give_factor(w, "rep"),
    "deactivation": lambda w: update(
        w.store, SYSTEM, "user", [Change(w.ids["rep"], {"active": False})], door="command"
    ),
}


@pytest.mark.parametrize("cause", ENDS)
def test_a_session_ends_at_once_in_every_process(website: Website, cause: str) -> None:
    other = create_app(website.store, website.settings)  # as another process has it
    page, program = website.browser("rep"), other.test_client()
    elsewhere = Browser(other)
    cookie = page.get_cookie(sessions.COOKIE)
    assert cookie is not None
    elsewhere.set_cookie(sessions.COOKIE, cookie.value)
    bearer = {"Authorization": f"Bearer {token(website, username='rep').get_json()['access_token']}"}
    assert is_in(page)
    assert is_in(elsewhere)
    assert program.get("/api/v1/account/", headers=bearer).status_code == 200
    ENDS[cause](website)
    assert not is_in(page)
    assert not is_in(elsewhere)
    assert program.get("/api/v1/account/", headers=bearer).status_code == 401


def test_a_logout_ends_the_session_in_every_process(website: Website) -> None:
    page, elsewhere = website.browser("rep"), Browser(create_app(website.store, website.settings))
    cookie = page.get_cookie(sessions.COOKIE)
    assert cookie is not None
    elsewhere.set_cookie(sessions.COOKIE, cookie.value)
    assert is_in(elsewhere)
    page.post("/logout/")
    assert not is_in(elsewhere)


def test_who_is_logged_in_when_a_role_asks_for_a_second_factor_is_asked_at_once(website: Website) -> None:
    """He logged in before it did: neither page nor program goes on without one."""
    before, other = website.browser("manager"), website.browser("rep")
    with website.store.housekeeping() as connection:
        policy, visitor = website.store.catalog.pack.security.session, sessions.Visitor("127.0.0.1", None)
        new = sessions.NewSession(website.ids["manager"], "token", visitor)
        held = sessions.start(connection, policy, new, now())
    assert not is_in(before)
    assert (
        website.app.test_client().get("/api/v1/account/", headers={"Authorization": f"Bearer {held}"}).status_code
        == 401
    )
    assert is_in(other)
    with website.store.system_reading() as connection:
        assert set(connection.execute(sa.select(web_session.c.user_id)).scalars()) == {website.ids["rep"]}
    assert show_password(before, "manager").location == "/login/enrol"
    give_factor(website, "manager")
    assert is_in(website.browser("manager"))


def test_a_login_gives_a_new_session_each_time(website: Website) -> None:
    browser = website.browser("rep")
    before = browser.get_cookie(sessions.COOKIE)
    assert show_password(browser, "rep").status_code == 303
    after = browser.get_cookie(sessions.COOKIE)
    assert before is not None
    assert after is not None
    assert before.value != after.value
    thief = website.browser()
    thief.set_cookie(sessions.COOKIE, before.value)
    assert not is_in(thief), "the one that was shown is over"


# A39, A40: the second factor


def test_a_password_alone_opens_nothing_where_there_is_a_second_factor(website: Website) -> None:
    secret, _codes = give_factor(website, "rep")
    browser = website.browser()
    answer = show_password(browser, "rep")
    assert (answer.status_code, answer.location) == (303, "/login/code")
    assert not is_in(browser)
    waiting = browser.get_cookie(sessions.STEP_COOKIE)
    assert waiting is not None
    browser.set_cookie(sessions.COOKIE, waiting.value)
    assert not is_in(browser), "the session that waits is none"
    bearer = {"Authorization": f"Bearer {waiting.value}"}
    assert website.app.test_client().get("/api/v1/account/", headers=bearer).status_code == 401
    browser.delete_cookie(sessions.COOKIE)
    assert browser.post("/login/code", data={"code": "000000"}).status_code == 401
    assert browser.post("/login/code", data={"code": code_of(secret)}).location == "/"
    assert is_in(browser)
    assert browser.post("/login/code", data={"code": code_of(secret, 1)}).location == "/login/", "it waits no more"


def test_a_code_is_taken_once_at_whichever_door(website: Website) -> None:
    secret, _codes = give_factor(website, "rep")
    code = code_of(secret)
    assert token(website, username="rep", code=code).status_code == 200
    assert token(website, username="rep", code=code).status_code == 401
    browser = website.browser()
    show_password(browser, "rep")
    assert browser.post("/login/code", data={"code": code}).status_code == 401
    assert browser.post("/login/code", data={"code": code_of(secret, -1)}).status_code == 401, "nor one before it"
    assert browser.post("/login/code", data={"code": code_of(secret, 1)}).status_code == 303


def test_a_recovery_code_is_taken_once_and_kept_as_a_digest(website: Website) -> None:
    _secret, codes = give_factor(website, "rep")
    for expected in (303, 401):
        browser = website.browser()
        show_password(browser, "rep")
        assert browser.post("/login/code", data={"code": codes[0].upper()}).status_code == expected
    with website.store.system_reading() as connection:
        kept = connection.execute(sa.text("select id from tenon_recovery_code")).scalars().all()
    assert len(kept) == 9
    assert not {code.replace("-", "") for code in codes} & set(kept)


def test_the_token_of_a_program_asks_for_the_code_too(website: Website) -> None:
    secret, _codes = give_factor(website, "rep")
    refused = token(website, username="rep")
    assert (refused.status_code, refused.get_json()["step"]) == (401, "code")
    assert "access_token" not in refused.get_json()
    assert token(website, username="rep", password="wrong", code=code_of(secret)).status_code == 401
    assert token(website, username="rep", code=code_of(secret)).status_code == 200


def test_of_a_thousand_guesses_at_most_ten_are_evaluated(website: Website, monkeypatch: pytest.MonkeyPatch) -> None:
    secret, codes = give_factor(website, "rep")
    looked_at: list[str] = []
    real = factors.step_of

    def counted(known: str, code: str, moment: dt.datetime) -> int | None:
        looked_at.append(code)
        return real(known, code, moment)

    monkeypatch.setattr(factors, "step_of", counted)
    key, rep = key_of(website), website.ids["rep"]
    verdicts = [factors.check(website.store, key, factors.Guess(rep, f"{number:06}"), now()) for number in range(1_000)]
    assert len(looked_at) <= 10
    assert verdicts.count("right") == 0
    assert factors.check(website.store, key, factors.Guess(rep, code_of(secret)), now()) == "locked", (
        "nor the right one now"
    )
    assert factors.check(website.store, key, factors.Guess(rep, codes[0]), now()) == "locked"
    later = now() + dt.timedelta(minutes=16)
    right = factors.code_at(secret, factors.step_at(later))
    assert factors.check(website.store, key, factors.Guess(rep, right), later) == "right"


def test_a_new_password_does_not_unlock_the_second_factor(website: Website) -> None:
    secret, _codes = give_factor(website, "rep")
    browser = website.browser()
    show_password(browser, "rep")
    for _ in range(5):
        browser.post("/login/code", data={"code": "x"})
    show_password(browser, "rep")
    assert browser.post("/login/code", data={"code": code_of(secret)}).status_code == 429


def test_the_secret_is_sealed_for_its_person_by_the_key_of_the_settings(website: Website) -> None:
    secret, codes = give_factor(website, "rep")
    give_factor(website, "colleague")
    with website.store.housekeeping() as connection:
        query = sa.select(second_factor.c.secret).where(second_factor.c.user_id == website.ids["rep"])
        sealed = connection.execute(query).scalar_one()
        other = second_factor.c.user_id == website.ids["colleague"]
        connection.execute(sa.update(second_factor).where(other).values(secret=sealed))
    assert secret not in sealed
    key = key_of(website)
    assert factors.check(website.store, key, factors.Guess(website.ids["colleague"], code_of(secret)), now()) == "wrong"
    assert (
        factors.check(
            website.store, "another key of the settings" * 2, factors.Guess(website.ids["rep"], code_of(secret)), now()
        )
        == "wrong"
    )
    assert (
        factors.check(
            website.store, "another key of the settings" * 2, factors.Guess(website.ids["rep"], codes[0]), now()
        )
        == "right"
    )


def test_who_must_have_a_second_factor_is_led_to_it(website: Website) -> None:
    assert token(website, username="manager").get_json()["step"] == "enrol"
    browser = website.browser()
    assert show_password(browser, "manager").location == "/login/enrol"
    assert not is_in(browser)
    page = browser.get("/login/enrol").text
    assert "<svg" in page
    assert "https://" not in page.replace("https://www.w3.org", ""), "the picture is drawn here"
    secret = re.search(r'class="link-box">([A-Z2-7 ]+)<', page)
    sealed = re.search(r'name="sealed" value="([^"]+)"', page)
    assert secret
    assert sealed
    plain = secret[1].replace(" ", "")
    wrong = browser.post("/login/enrol", data={"sealed": sealed[1], "code": "123"})
    assert wrong.status_code == 422
    assert sealed[1] in wrong.text, "the picture stays the same"
    assert not is_in(browser)
    code = code_of(plain)
    done = browser.post("/login/enrol", data={"sealed": sealed[1], "code": code})
    assert done.status_code == 200
    assert len(re.findall(r"<code>[a-z2-7]{4}(?:-[a-z2-7]{4}){3}</code>", done.text)) == 10
    assert is_in(browser)
    again = website.browser()
    assert show_password(again, "manager").location == "/login/code"
    assert again.post("/login/code", data={"code": code}).status_code == 401, "the code that proved it is used up"
    assert again.post("/login/code", data={"code": code_of(plain, 1)}).status_code == 303
    with website.store.system_reading() as connection:
        told = connection.execute(sa.select(audit.c.record).where(audit.c.action == "second_factor_on")).scalars().all()
    assert told == [website.ids["manager"]]


def test_nobody_enrols_with_the_secret_of_another(website: Website) -> None:
    browser = website.browser()
    show_password(browser, "manager")
    secret = factors.new_secret()
    foreign = factors.seal(key_of(website), website.ids["rep"], secret)
    assert browser.post("/login/enrol", data={"sealed": foreign, "code": code_of(secret)}).status_code == 422
    assert not is_in(browser)


@pytest.mark.parametrize("step", ["code", "enrol", "renew"])
def test_a_step_is_for_who_has_shown_his_password(website: Website, step: str) -> None:
    browser = website.browser()
    browser.csrf = find_csrf(browser.get("/login/").text)
    for cookie in ("", "made up"):
        browser.set_cookie(sessions.STEP_COOKIE, cookie)
        assert browser.get(f"/login/{step}").location == "/login/"
        assert browser.post(f"/login/{step}", data={"code": "123456", "password": NEXT}).location == "/login/"


def test_one_step_is_no_other(website: Website) -> None:
    give_factor(website, "rep")
    browser = website.browser()
    show_password(browser, "rep")
    assert browser.get("/login/enrol").location == "/login/"
    form = {"password": NEXT, "password_again": NEXT}
    assert browser.post("/login/renew", data=form).location == "/login/"
    assert show_password(website.browser(), "rep", NEXT).status_code == 401


def test_a_step_waits_for_ten_minutes(website: Website) -> None:
    secret, _codes = give_factor(website, "rep")
    browser = website.browser()
    show_password(browser, "rep")
    with website.store.housekeeping() as connection:
        connection.execute(sa.update(web_session).values(expires_at=now()))
    assert browser.post("/login/code", data={"code": code_of(secret)}).location == "/login/"


# The age of a password


@pytest.mark.parametrize(
    ("days", "word"),
    [(0, ""), (82, ""), (83, "within 7 days"), (89, "by tomorrow"), (90, "the last day")],
)
def test_a_password_that_will_be_too_old_says_so_at_the_login(website: Website, days: int, word: str) -> None:
    set_age(website, "rep", days)
    browser = website.browser()
    assert show_password(browser, "rep").location == "/"
    page = browser.get("/profile/").text
    assert ("password must be changed" in page or "last day of your password" in page) == bool(word)
    assert word in page


def test_a_password_that_is_too_old_must_be_changed(website: Website) -> None:
    set_age(website, "rep", 91)
    refused = token(website, username="rep")
    assert (refused.status_code, refused.get_json()["step"]) == (401, "renew")
    browser = website.browser()
    assert show_password(browser, "rep").location == "/login/renew"
    assert not is_in(browser)
    same = {"password": PASSWORD, "password_again": PASSWORD}
    assert browser.post("/login/renew", data=same).status_code == 422
    assert browser.post("/login/renew", data={"password": NEXT, "password_again": NEXT}).location == "/"
    assert is_in(browser)
    assert token(website, username="rep", password=NEXT).status_code == 200


def test_the_last_three_passwords_are_not_used_again(website: Website) -> None:
    browser = website.browser("rep")
    old = PASSWORD

    def change(password: str) -> int:
        login.BY_LOGIN.empty()
        answer = browser.post("/password/", data={"old": old, "password": password, "password_again": password})
        if answer.status_code == 303:
            browser.csrf = find_csrf(browser.get("/password/").text)
        return answer.status_code

    for number in (1, 2):
        assert change(f"Another good one {number}") == 303
        old = f"Another good one {number}"
        assert change(PASSWORD) == 422
    assert change("Another good one 3") == 303
    old = "Another good one 3"
    assert change("Another good one 2") == 422
    assert change(PASSWORD) == 303, "three others came after it"


# A38: a link is no way past the second factor


def test_a_link_for_a_new_password_does_not_skip_the_second_factor(website: Website) -> None:
    secret, _codes = give_factor(website, "rep")
    link = links.make_link(website.store, website.ids["rep"], now())
    browser = website.browser()
    browser.csrf = find_csrf(browser.get(f"/setup/{link}").text)
    answer = browser.post(f"/setup/{link}", data={"password": NEXT, "password_again": NEXT})
    assert answer.location == "/login/code"
    assert not is_in(browser)
    assert browser.post("/login/code", data={"code": code_of(secret)}).status_code == 303
    assert is_in(browser)


# A39: passwords, by login and by address; A45: what a header says of an address


def test_many_at_once_get_no_further_than_one_after_the_other(
    website: Website, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each attempt is counted before its password is looked at."""
    claims: list[bool] = []
    real = passwords.verify

    def checked(stored: str | None, password: str) -> bool:
        with website.store.system_reading() as connection:
            claims.append(lockout.is_locked(connection, "rep", now()))
        return real(stored, password)

    monkeypatch.setattr(passwords, "verify", checked)
    for _ in range(5):
        show_password(website.browser(), "rep", "wrong")
    assert claims == [False] * 4 + [True]


def test_a_lock_holds_at_every_door(website: Website) -> None:
    for _ in range(5):
        token(website, username="rep", password="wrong")
    assert show_password(website.browser(), "rep").status_code == 401
    assert token(website, username="rep").status_code == 401


def test_an_address_that_guesses_is_locked_whatever_logins_it_tries(website: Website) -> None:
    policy = lockout.of_addresses(website.store.catalog.pack.security.lockout)
    for _ in range(policy.after - 1):
        assert lockout.claim(website.store, lockout.address_key("127.0.0.1"), policy, now())
    assert token(website, username="nobody", password="wrong").status_code == 401
    assert token(website, username="rep").status_code == 401, "the right password from there"
    elsewhere = website.app.test_client()
    there = {"REMOTE_ADDR": "192.0.2.7"}
    sent = {"username": "rep", "password": PASSWORD}
    assert elsewhere.post("/api/v1/security/login", json=sent, environ_overrides=there).status_code == 200


def test_who_has_a_network_of_addresses_guesses_no_more_than_who_has_one(website: Website) -> None:
    client, policy = website.app.test_client(), lockout.of_addresses(website.store.catalog.pack.security.lockout)

    def status(address: str, password: str) -> int:
        sent, there = {"username": "rep", "password": password}, {"REMOTE_ADDR": address}
        return client.post("/api/v1/security/login", json=sent, environ_overrides=there).status_code

    for number in range(policy.after - 1):
        assert lockout.claim(website.store, lockout.address_key(f"2001:db8:0:1::{number:x}"), policy, now())
    assert status("2001:db8:0:1:a::1", "wrong") == 401
    assert status("2001:db8:0:1:b::1", PASSWORD) == 401, "the right password from there"
    assert status("2001:db8:0:2::1", PASSWORD) == 200
    login.BY_ADDRESS.empty()
    tries = [login.may_try(sessions.Visitor(f"2001:db8:0:3::{number:x}", None)) for number in range(60)]
    assert tries.count(True) < 60


def test_a_forged_header_names_no_address(website: Website) -> None:
    client = website.app.test_client()
    sent = {"username": "rep", "password": PASSWORD}
    for remote in ("192.0.2.7", "127.0.0.1"):
        client.post(
            "/api/v1/security/login", json=sent, headers={"X-Forwarded-For": "203.0.113.9"},
            environ_overrides={"REMOTE_ADDR": remote},
        )  # fmt: skip
    with website.store.system_reading() as connection:
        addresses = set(connection.execute(sa.select(web_session.c.address)).scalars())
    assert addresses == {"192.0.2.7", "127.0.0.1"}


def test_an_attempt_that_is_logged_names_neither_password_nor_code() -> None:
    attempt = login.Attempt("rep", "my secret word", "page", sessions.Visitor(None, None), "123456")
    assert "my secret word" not in repr(attempt)
    assert "123456" not in repr(attempt)


# Keys of programs are as good as a login would be


@pytest.mark.parametrize(("cause", "step"), [("role", "enrol"), ("age", "renew")])
def test_a_key_rests_while_a_login_would_wait_for_a_step(website: Website, cause: str, step: str) -> None:
    client = website.app.test_client()
    person = website.browser("rep")
    form = {"name": "The shop", "scope": "all", "days": "30", "password": PASSWORD}
    found = re.search(r"tnk_[\w-]{43}", person.post("/profile/keys/", data=form).text)
    assert found
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {found[0]}"
    assert client.get("/api/v1/account/").status_code == 200
    if cause == "age":
        set_age(website, "rep", 400)
    else:  # as when the pack asks of the role from now on
        with website.store.housekeeping() as connection:
            role = sa.select(ab_role.c.id).where(ab_role.c.name == "manager").scalar_subquery()
            mine = ab_user_role.c.user_id == website.ids["rep"]
            connection.execute(sa.update(ab_user_role).where(mine).values(role_id=role))
    answer = client.get("/api/v1/account/")
    assert (answer.status_code, answer.get_json()["step"]) == (401, step)
    if cause == "age":
        set_age(website, "rep", 90)
        assert client.get("/api/v1/account/").status_code == 200, "on its last day"


@pytest.mark.parametrize("ends", [False, True])
def test_a_password_in_the_place_of_one_that_is_too_old_leaves_programs_unless_one_ends_them(
    website: Website, *, ends: bool
) -> None:
    form = {"name": "The shop", "scope": "all", "days": "30", "password": PASSWORD}
    key = re.search(r"tnk_[\w-]{43}", website.browser("rep").post("/profile/keys/", data=form).text)
    assert key
    program = website.app.test_client()
    program.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key[0]}"
    set_age(website, "rep", 91)
    browser = website.browser()
    show_password(browser, "rep")
    assert "API keys: 1, calendar addresses: 0." in browser.get("/login/renew").text
    anew = {"password": NEXT, "password_again": NEXT, **({"with_keys": "true"} if ends else {})}
    assert browser.post("/login/renew", data=anew).location == "/"
    assert program.get("/api/v1/account/").status_code == (401 if ends else 200)


def test_the_secret_that_is_kept_is_not_taken_for_one_that_is_shown(website: Website) -> None:
    secret, _codes = give_factor(website, "rep")
    with website.store.system_reading() as connection:
        kept = connection.execute(sa.select(second_factor.c.secret)).scalar_one()
    with website.app.test_request_context():
        assert steps.enrol(website.store, website.ids["rep"], kept, code_of(secret)) is None


# What was checked must still hold when the session begins


@pytest.mark.parametrize("cause", ["password", "deactivation"])
def test_nobody_comes_in_by_what_was_changed_while_it_was_looked_at(
    website: Website, monkeypatch: pytest.MonkeyPatch, cause: str
) -> None:
    admit = login.admit

    def late(*given: Any) -> object:
        ENDS[cause](website)
        return admit(*given)

    browser = website.browser()
    monkeypatch.setattr(login, "admit", late)
    assert show_password(browser, "rep").status_code == 401
    assert token(website, username="rep").status_code == 401
    with website.store.system_reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(web_session)).scalar() == 0


def test_a_step_is_done_once_and_by_a_login_that_goes_on(website: Website, monkeypatch: pytest.MonkeyPatch) -> None:
    secret, _codes = give_factor(website, "rep")
    browser = website.browser()
    assert show_password(browser, "rep").location.startswith("/login/code")
    admit = login.admit

    def late(*given: Any) -> object:
        ENDS["password"](website)
        return admit(*given)

    monkeypatch.setattr(login, "admit", late)
    assert browser.post("/login/code", data={"code": code_of(secret)}).location == "/login/"
    assert not is_in(browser)


def test_a_link_that_somebody_else_uses_meanwhile_sets_nothing(
    website: Website, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/setup/{links.make_link(website.store, website.ids['rep'], now())}"
    change = people.change_password

    def late(*given: Any, **how: Any) -> str:
        ENDS["password"](website)
        return change(*given, **how)

    monkeypatch.setattr(people, "change_password", late)
    browser = website.browser()
    browser.csrf = find_csrf(browser.get(path).text)
    sent = {"password": "A third good one 7", "password_again": "A third good one 7"}
    assert browser.post(path, data=sent).status_code == 404
    assert website.browser().log_in("rep", NEXT).status_code == 303


def test_who_made_a_link_for_somebodys_password_is_told(website: Website) -> None:
    boss = website.browser("administrator")
    assert "/setup/" in boss.post(f"/user/{website.ids['rep']}/link").text
    own = boss.post(f"/user/{website.ids['administrator']}/link")
    assert own.status_code == 303, "a session that was left open would become a password"
    assert "Make a link" not in boss.get(f"/user/{website.ids['administrator']}").text
    made = sa.select(audit.c.actor_id, audit.c.record).where(audit.c.action == "link_made")
    with website.store.system_reading() as connection:
        told = [tuple(row) for row in connection.execute(made)]
    assert told == [(website.ids["administrator"], website.ids["rep"])]


def browser_at(website: Website, address: str) -> Browser:
    browser = website.browser()
    browser.environ_base["REMOTE_ADDR"] = address
    return browser


def test_strangers_who_try_all_the_time_hold_nobody_up_where_he_logs_in(
    website: Website, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a login may be tried in a moment is theirs, but not what it may be tried from there."""
    monkeypatch.setattr(login, "BY_LOGIN", lockout.Bucket(10, 1 / 6, clock=lambda: 0.0))
    assert browser_at(website, "192.0.2.7").log_in("rep").status_code == 303
    tried = [browser_at(website, f"198.51.100.{n}").log_in("rep", "wrong").status_code for n in range(12)]
    assert tried == [401] * 9 + [429] * 3
    assert browser_at(website, "198.51.100.99").log_in("rep").status_code == 429
    home = [browser_at(website, "192.0.2.7").log_in("rep").status_code for _ in range(12)]
    assert home == [303] * 10 + [429] * 2, "nor is more tried from there"
    assert browser_at(website, "192.0.2.7").log_in("nobody").status_code == 401


def test_a_stranger_locks_nobody_out_from_where_he_logs_in(website: Website) -> None:
    def at(address: str) -> Browser:
        login.BY_LOGIN.empty()
        return browser_at(website, address)

    assert at("192.0.2.7").log_in("rep").status_code == 303
    for _ in range(6):
        assert at("198.51.100.1").log_in("rep", "wrong").status_code == 401
    assert at("198.51.100.2").log_in("rep").status_code == 401, "it is locked"
    assert at("192.0.2.7").log_in("rep").status_code == 303
    assert at("198.51.100.2").log_in("rep").status_code == 401, "still"
    for _ in range(5):
        assert at("192.0.2.7").log_in("rep", "wrong").status_code == 401
    assert at("192.0.2.7").log_in("rep").status_code == 401, "nor does one guess from there"

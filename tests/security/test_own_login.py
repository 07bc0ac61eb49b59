"""One's own sessions, second factor and keys of programs: nobody else's, and never more than the person may."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.access import Actor, PersonalRight, actor_of_user, system_actor
from app.automation.deliveries import deliver_next
from app.automation.senders import SENDERS
from app.orm.framework import api_key, audit, calendar_feed, second_factor, web_session
from app.orm.types import now
from app.record import Change, Saved, drop_second_factor, set_password, set_roles, set_second_factor, update
from app.record.personal_rights import Wanted, add_exception
from app.web.app import create_app
from app.web.security import keys, lockout, login, passwords, sessions, tokens
from app.web.security import second_factor as factors
from tests.unit.website import *  # noqa: F403 - its fixtures
from tests.unit.website import PASSWORD, Browser, Website, find_csrf

SYSTEM = system_actor("system:command")
NEXT = "Quite another one 5"


def is_in(browser: FlaskClient) -> bool:
    return browser.get("/password/").status_code == 200


def administrator(website: Website) -> Actor:
    with website.store.system_reading() as connection:
        found = actor_of_user(connection, website.store.models, website.ids["administrator"])
    assert found is not None
    return found


def sessions_on(page: str) -> list[str]:
    return re.findall(r'name="session" value="([0-9a-f]{64})"', page)


def acts(website: Website, *actions: str) -> list[tuple[str, int | None]]:
    query = sa.select(audit.c.action, audit.c.record).where(audit.c.action.in_(actions)).order_by(audit.c.id)
    with website.store.system_reading() as connection:
        return [(row.action, row.record) for row in connection.execute(query)]


# Sessions


def test_one_sees_and_ends_ones_own_sessions_alone(website: Website) -> None:
    here, there, other = website.browser("rep"), website.browser("rep"), website.browser("colleague")
    page = here.get("/profile/security/").text
    (shown,) = sessions_on(page)
    assert "127.0.0.1" in page
    assert "This one" in page
    assert len(sessions_on(other.get("/profile/security/").text)) == 0
    for name in (shown, "", "x", sessions.digest("made up")):
        assert other.post("/profile/security/session", data={"session": name}).status_code == 404
    assert is_in(there)
    assert here.post("/profile/security/session", data={"session": shown}).status_code == 303
    assert not is_in(there)
    assert is_in(here)
    assert acts(website, "session_ended") == [("session_ended", website.ids["rep"])]


def test_all_others_end_programs_too(website: Website, program: FlaskClient) -> None:
    here, there, other = website.browser("rep"), website.browser("rep"), website.browser("colleague")
    assert len(sessions_on(here.get("/profile/security/").text)) == 2
    assert here.post("/profile/security/others").location == "/profile/security/"
    assert is_in(here)
    assert not is_in(there)
    assert program.get("/api/v1/account/").status_code == 401
    assert is_in(other)


def test_what_is_over_is_not_listed(website: Website, rep: Browser) -> None:
    for kind in ("page", "code"):
        with website.store.housekeeping() as connection:
            policy = website.store.catalog.pack.security.session
            visitor = sessions.Visitor("192.0.2.99", None)
            long_ago = now() - dt.timedelta(hours=9)
            begun = long_ago if kind == "page" else now()
            new = sessions.NewSession(website.ids["rep"], kind, visitor)  # type: ignore[arg-type]
            sessions.start(connection, policy, new, begun)
    assert "192.0.2.99" not in rep.get("/profile/security/").text
    with website.store.housekeeping() as connection:
        connection.execute(sa.update(web_session).values(seen_at=now()))
    assert rep.get("/profile/security/").text.count("192.0.2.99") >= 1, "that one is still used"


# The second factor


def enrol(browser: Browser, proof: str = PASSWORD) -> tuple[TestResponse, str]:
    page = browser.get("/profile/security/factor").text
    secret = re.search(r'class="link-box">([A-Z2-7 ]+)<', page)
    sealed = re.search(r'name="sealed" value="([^"]+)"', page)
    assert secret
    assert sealed
    plain = secret[1].replace(" ", "")
    code = factors.code_at(plain, factors.step_at(now()))
    answer = browser.post("/profile/security/factor", data={"sealed": sealed[1], "code": code, "proof": proof})
    if answer.status_code == 200:
        browser.csrf = find_csrf(browser.get("/password/").text)
    return answer, plain


def test_a_second_factor_is_set_up_with_the_password_and_ends_other_sessions(website: Website) -> None:
    here, there = website.browser("rep"), website.browser("rep")
    assert enrol(here, "wrong")[0].status_code == 422
    assert is_in(there)
    before = here.get_cookie(sessions.COOKIE)
    answer, secret = enrol(here)
    codes = re.findall(r"<code>([a-z2-7-]{19})</code>", answer.text)
    assert len(set(codes)) == 10
    assert is_in(here)
    assert before is not None
    assert here.get_cookie(sessions.COOKIE).value != before.value  # type: ignore[union-attr]
    assert not is_in(there)
    page = here.get("/profile/security/").text
    assert "10 recovery codes are left" in page
    assert secret not in page
    assert here.post("/profile/security/codes", data={"code": "000000"}).status_code == 422
    renewed = here.post("/profile/security/codes", data={"code": codes[0]})
    assert renewed.status_code == 200
    assert not set(codes) & set(re.findall(r"<code>([a-z2-7-]{19})</code>", renewed.text))
    assert here.post("/profile/security/off", data={"code": codes[1]}).status_code == 422, (
        "those before are worth nothing"
    )
    next_code = factors.code_at(secret, factors.step_at(now()) + 1)  # the first was used to switch it on
    assert here.post("/profile/security/off", data={"code": next_code}).status_code == 303
    assert is_in(here)
    told = [action for action, _record in acts(website, "second_factor_on", "second_factor_off", "recovery_code")]
    assert told == ["second_factor_on", "recovery_code", "second_factor_on", "second_factor_off"]


def test_another_phone_needs_a_code_of_the_first_one(website: Website) -> None:
    here = website.browser("rep")
    answer, _secret = enrol(here)
    codes = re.findall(r"<code>([a-z2-7-]{19})</code>", answer.text)
    assert enrol(here)[0].status_code == 422, "the password is no proof any more"
    assert enrol(here, codes[0])[0].status_code == 200


def test_an_administrator_takes_a_lost_factor_away_and_nobody_else(website: Website) -> None:
    rep = website.browser("rep")
    enrol(rep)
    path = f"/user/{website.ids['rep']}/second-factor"
    for name in ("colleague", "manager"):
        assert website.browser(name).post(path).status_code == 403
    assert rep.post(path).status_code == 403, "one does that with a code"
    administrator = website.browser("administrator")
    assert path in administrator.get(f"/user/{website.ids['rep']}").text
    assert administrator.post(path).status_code == 303
    assert not is_in(rep)
    with website.store.system_reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(second_factor)).scalar() == 0
    assert acts(website, "second_factor_off") == [("second_factor_off", website.ids["rep"])]
    assert website.browser().log_in("rep").location == "/"
    assert administrator.post("/user/999999/second-factor").status_code == 404


def test_wrong_codes_of_a_factor_that_was_taken_away_do_not_lock_the_next(website: Website) -> None:
    secret_key, user = website.app.config["SECRET_KEY"], website.ids["rep"]
    secret = factors.new_secret()
    made = factors.made_of(secret_key, user, secret, 0, ("a",))
    assert isinstance(set_second_factor(website.store, SYSTEM, user, made), Saved)
    for _ in range(factors.MOST_GUESSES):
        factors.check(website.store, secret_key, factors.Guess(user, "000000"), now())
    right = factors.Guess(user, factors.code_at(secret, factors.step_at(now())))
    assert factors.check(website.store, secret_key, right, now()) == "locked"
    assert isinstance(drop_second_factor(website.store, administrator(website), user), Saved)
    assert isinstance(set_second_factor(website.store, SYSTEM, user, made), Saved)
    assert factors.check(website.store, secret_key, right, now()) == "right"


def test_who_sees_no_people_still_changes_his_own_password(website: Website) -> None:
    blind = Wanted(PersonalRight("user", None, "read", False), now().date() + dt.timedelta(days=7), "x")
    assert add_exception(website.store, administrator(website), website.ids["rep"], blind) is None
    form = {"old": PASSWORD, "password": "Quite another one 5", "password_again": "Quite another one 5"}
    assert website.browser("rep").post("/password/", data=form).status_code == 303


# Keys of programs


def make_key(browser: Browser, scope: str = "all", **sent: str) -> str:
    form = {"name": "The shop", "scope": scope, "days": "30", "password": PASSWORD, **sent}
    answer = browser.post("/profile/keys/", data=form)
    assert answer.status_code == 200, answer.status_code
    found = re.search(r'class="link-box">(tnk_[\w-]{43})<', answer.text)
    assert found
    return found[1]


def with_key(website: Website, key: str) -> FlaskClient:
    client = website.app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    return client


def test_a_key_is_shown_once_and_kept_as_a_digest(website: Website, rep: Browser) -> None:
    key = make_key(rep)
    page = rep.get("/profile/keys/").text
    assert key not in page
    assert f"…{key[-4:]}" in page
    with website.store.system_reading() as connection:
        row = connection.execute(sa.select(api_key)).one()
    assert row.digest == tokens.digest(key)
    assert key[:-4] not in repr(row)
    assert row.expires_at - row.created_at == dt.timedelta(days=30)


def test_a_key_acts_as_its_person_and_no_more(website: Website, rep: Browser) -> None:
    mine, theirs = website.add("account", "rep", name="Mine"), website.add("account", "colleague", name="Theirs")
    program = with_key(website, make_key(rep))
    assert [row["id"] for row in program.get("/api/v1/account/").get_json()["result"]] == [str(mine)]
    assert program.get(f"/api/v1/account/{theirs}").status_code == 404
    assert program.post("/api/v1/account/", json={"name": "New"}).status_code == 201
    assert program.get("/profile/keys/").status_code == 303, "it opens no page"
    assert program.post("/api/v1/security/logout").status_code == 403
    assert program.get("/api/v1/account/").status_code == 200
    assert "last used" in rep.get("/profile/keys/").text


def test_a_key_that_may_only_read_only_reads(website: Website, rep: Browser) -> None:
    mine = website.add("account", "rep", name="Mine")
    program = with_key(website, make_key(rep, "read"))
    one = f"/api/v1/account/{mine}"
    assert program.get(one).status_code == 200
    match = {"If-Match": "*"}
    for method, path in (
        ("POST", "/api/v1/account/"),
        ("PATCH", one),
        ("PUT", one),
        ("DELETE", one),
        ("POST", f"{one}/restore"),
    ):
        answer = program.open(path, method=method, json={"name": "Changed"}, headers=match)
        assert answer.status_code == 403, method
        assert answer.get_json()["code"] == "access.denied"
    assert program.get(one).get_json()["result"]["name"] == "Mine"


def test_a_key_says_which_version_it_has_read(website: Website, rep: Browser, program: FlaskClient) -> None:
    mine = website.add("account", "rep", name="Mine")
    one, keyed = f"/api/v1/account/{mine}", with_key(website, make_key(rep))
    for method in ("PUT", "PATCH", "DELETE"):
        answer = keyed.open(one, method=method, json={"name": "Changed"})
        assert (answer.status_code, answer.get_json()["code"]) == (428, "request.precondition")
    etag = keyed.get(one).headers["ETag"]
    assert keyed.patch(one, json={"name": "Changed"}, headers={"If-Match": etag}).status_code == 200
    assert keyed.patch(one, json={"name": "Again"}, headers={"If-Match": etag}).status_code == 409
    assert keyed.delete(one, headers={"If-Match": etag}).status_code == 409
    assert program.patch(one, json={"name": "As a token"}).status_code == 200, "others need not say"
    etag = keyed.get(one).headers["ETag"]
    assert keyed.delete(one, headers={"If-Match": etag}).status_code == 204


@pytest.mark.parametrize(
    "end", ["revoked", "expired", "deactivated", "forgotten", "roles", "factor", "by another", "by command"]
)
def test_a_key_ends_at_once_in_every_process(website: Website, rep: Browser, end: str) -> None:
    key = make_key(rep)
    other = create_app(website.store, website.settings).test_client()
    other.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    assert other.get("/api/v1/account/").status_code == 200
    if end == "revoked":
        found = re.search(r"/profile/keys/(\d+)/end", rep.get("/profile/keys/").text)
        assert found
        assert website.browser("colleague").post(found[0]).status_code == 404
        assert other.get("/api/v1/account/").status_code == 200
        assert rep.post(found[0]).status_code == 303
        assert [action for action, _ in acts(website, "key_made", "key_ended")] == ["key_made", "key_ended"]
    elif end == "expired":
        with website.store.housekeeping() as connection:
            connection.execute(sa.update(api_key).values(expires_at=now()))
    elif end == "deactivated":
        for active in (False, True):
            change = Change(website.ids["rep"], {"active": active})
            assert isinstance(update(website.store, SYSTEM, "user", [change], door="command"), Saved)
    elif end == "roles":
        assert isinstance(set_roles(website.store, SYSTEM, website.ids["rep"], ["manager"]), Saved)
    elif end == "factor":
        made = factors.made_of(website.app.config["SECRET_KEY"], website.ids["rep"], factors.new_secret(), 0, ("a",))
        assert isinstance(set_second_factor(website.store, SYSTEM, website.ids["rep"], made), Saved)
    else:
        by = administrator(website) if end == "by another" else SYSTEM
        hashed = passwords.hashed("Quite another one 5")
        done = set_password(
            website.store,
            by,
            website.ids["rep"],
            hashed,
            also=(lambda _unit: None) if end == "forgotten" else None,
        )
        assert isinstance(done, Saved)
    assert other.get("/api/v1/account/").status_code == 401


def to_programs(website: Website) -> tuple[FlaskClient, str]:
    """A key and the address of a calendar that the representative has given."""
    rep = website.browser("rep")
    key, me = with_key(website, make_key(rep)), website.ids["rep"]
    with website.store.housekeeping() as connection:
        until = {"created_at": now(), "expires_at": now() + dt.timedelta(days=30)}
        row = {
            "digest": "x",
            "user_id": me,
            "name": "Phone",
            "hint": "abcd",
            "entity": "account",
            "view": "days",
            **until,
        }
        connection.execute(sa.insert(calendar_feed).values(row))
    return key, "API keys: 1, calendar addresses: 1."


@pytest.mark.parametrize("ends", [False, True])
def test_ones_own_new_password_leaves_programs_unless_one_ends_them(website: Website, *, ends: bool) -> None:
    key, words = to_programs(website)
    rep = website.browser("rep")
    assert words in rep.get("/password/").text
    assert "with_keys" not in website.browser("manager").get("/password/").text, "he has given none"
    form = {"old": "wrong", "password": NEXT, "password_again": NEXT, **({"with_keys": "true"} if ends else {})}
    again = rep.post("/password/", data=form)
    assert again.status_code == 422
    assert (' name="with_keys" value="true" aria-describedby="with-keys-help" checked' in again.text) == ends
    assert key.get("/api/v1/account/").status_code == 200
    assert rep.post("/password/", data={**form, "old": PASSWORD}).status_code == 303
    assert key.get("/api/v1/account/").status_code == (401 if ends else 200)
    with website.store.system_reading() as connection:
        told = connection.execute(sa.select(audit.c.changes).where(audit.c.action == "key_ended")).scalars().all()
        left = connection.execute(sa.select(sa.func.count()).select_from(calendar_feed)).scalar()
    assert [each["act."][1] for each in told] == ([{"keys": 1, "feeds": 1}] if ends else [])
    assert left == (0 if ends else 1)


@pytest.mark.parametrize(
    "sent", [{"password": "wrong"}, {"name": " "}, {"name": "x" * 61}, {"scope": "everything"}, {"days": "100000"}]
)
def test_a_key_is_made_with_the_password_for_something_until_a_day(rep: Browser, sent: dict[str, str]) -> None:
    form = {"name": "The shop", "scope": "all", "days": "30", "password": PASSWORD, **sent}
    assert rep.post("/profile/keys/", data=form).status_code in {404, 422}
    assert "No keys" in rep.get("/profile/keys/").text


def test_nobody_has_more_keys_than_he_can_see_over(website: Website, rep: Browser) -> None:
    make_key(rep)
    with website.store.housekeeping() as connection:
        row = dict(connection.execute(sa.select(api_key)).mappings().one())
        del row["id"]
        rows = [{**row, "digest": str(number)} for number in range(tokens.MOST - 1)]
        connection.execute(sa.insert(api_key), rows)
    form = {"name": "One more", "scope": "all", "days": "30", "password": PASSWORD}
    assert rep.post("/profile/keys/", data=form).status_code == 422


def test_keys_are_not_guessed(website: Website, rep: Browser) -> None:
    right = with_key(website, make_key(rep))
    for _ in range(keys.WRONG.after - 1):
        lockout.claim(website.store, lockout.keys_key("127.0.0.1"), keys.WRONG, now())
    answers = [with_key(website, f"tnk_{number}").get("/api/v1/account/").status_code for number in range(3)]
    assert answers == [401, 429, 429]
    assert right.get("/api/v1/account/").status_code == 200, "who has one is not kept out"
    assert website.browser().log_in("rep").status_code == 303, "nor is who logs in from there"


def test_a_session_that_was_left_open_is_no_way_to_guess_the_password(website: Website, rep: Browser) -> None:
    form = {"name": "The shop", "scope": "all", "days": "30", "password": "wrong"}
    for _ in range(5):
        assert rep.post("/profile/keys/", data=form).status_code == 422
    assert rep.post("/profile/keys/", data={**form, "password": PASSWORD}).status_code == 422
    assert not login.is_own_password(website.store, website.ids["rep"], PASSWORD, now())


# One's own e-mail


def told_by_mail(website: Website) -> list[EmailMessage]:
    """The mails that are sent now."""
    settings = replace(website.settings, base_url="https://crm.example.com")
    known = set(settings.mail_dir.glob("*.eml"))
    while deliver_next(website.store, settings, "test", SENDERS):
        pass
    paths = sorted(set(settings.mail_dir.glob("*.eml")) - known, key=lambda each: int(each.name.partition(".")[0]))
    read = (message_from_bytes(each.read_bytes(), policy=policy.default) for each in paths)
    return [each for each in read if isinstance(each, EmailMessage)]


def email_of(website: Website, name: str) -> str | None:
    person = website.store.models.tables["user"].c
    with website.store.system_reading() as connection:
        return connection.execute(sa.select(person.email).where(person.id == website.ids[name])).scalar()


def test_ones_own_address_is_changed_with_the_password_and_the_one_before_is_told(website: Website) -> None:
    boss, before = website.browser("administrator"), email_of(website, "administrator")
    own = f"/user/{website.ids['administrator']}"
    assert boss.post(f"{own}/edit", data={"email": "thief@example.com", "email:was": before or ""}).status_code == 422
    for sent in ({}, {"password": "wrong"}):
        assert boss.post("/profile/security/email", data={"email": "thief@example.com", **sent}).status_code == 422
    assert boss.post("/profile/security/email", data={"email": "no address", "password": PASSWORD}).status_code == 422
    assert email_of(website, "administrator") == before
    assert told_by_mail(website) == []
    sent = {"email": "Ada@New.example.com", "password": PASSWORD}
    assert boss.post("/profile/security/email", data=sent).location == "/profile/security/"
    assert email_of(website, "administrator") == "ada@new.example.com"
    (mail,) = told_by_mail(website)
    assert mail["To"] == before
    assert "your e-mail was changed" in mail.get_content()
    assert "new.example.com" not in mail.as_string(), "a thief's address is none of the mail's readers'"


def test_where_there_is_a_second_factor_another_address_asks_for_it_too(website: Website) -> None:
    boss = website.browser("administrator")
    answer, _secret = enrol(boss)
    codes = re.findall(r"<code>([a-z2-7-]{19})</code>", answer.text)
    sent = {"email": "ada@new.example.com", "password": PASSWORD}
    for code in ({}, {"code": "000000"}):
        assert boss.post("/profile/security/email", data={**sent, **code}).status_code == 422
    assert boss.post("/profile/security/email", data={**sent, "code": codes[0]}).status_code == 303
    assert email_of(website, "administrator") == "ada@new.example.com"


def test_who_may_not_change_himself_has_no_form_for_it(website: Website, rep: Browser) -> None:
    assert "/profile/security/email" not in rep.get("/profile/security/").text
    sent = {"email": "rita@new.example.com", "password": PASSWORD}
    assert rep.post("/profile/security/email", data=sent).status_code == 422
    assert email_of(website, "rep") == "rep@example.com"


def test_pages_of_ones_own_login_are_in_both_languages(website: Website, colleague: Browser) -> None:
    made = factors.made_of(website.app.config["SECRET_KEY"], website.ids["colleague"], factors.new_secret(), 0, ("a",))
    set_second_factor(website.store, SYSTEM, website.ids["colleague"], made)
    colleague = website.browser("colleague")
    make_key(colleague)
    assert "API 密钥 1 个，日历订阅地址 0 个" in colleague.get("/password/").text
    assert "剩余 1 个恢复码" in colleague.get("/profile/security/").text
    assert "生成密钥" in colleague.get("/profile/keys/").text
    assert "二维码" in colleague.get("/profile/security/factor").text

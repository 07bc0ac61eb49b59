"""Private addresses of calendars: they show what their person sees at that moment, to whoever holds them, as long as they last."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.access import PersonalRight, actor_of_user, system_actor
from app.orm.framework import ab_user_role, audit, calendar_feed, web_session
from app.orm.types import now
from app.record import Change, Saved, set_password, set_roles, update
from app.record.personal_rights import Wanted, add_exception
from app.web.app import create_app
from app.web.pages import calendar_feeds
from app.web.security import feeds, keys, lockout, passwords, tokens
from tests.unit.calendars_site import CALENDARS
from tests.unit.web_pages.conftest import Asked
from tests.unit.website import *  # noqa: F403 - its fixtures
from tests.unit.website import PASSWORD, Browser, Website, prepare

HERE = "/profile/calendars/"
FORM = {"calendar": "meeting/agenda", "name": "Phone", "days": "90", "password": PASSWORD}
SYSTEM = system_actor("system:command")
TODAY = now()  # for all of a run, whatever midnight it goes past


def make(browser: Browser, **form: str) -> str:
    """The path of a new address."""
    page = browser.post(HERE, data={**FORM, **form}).text
    found = re.search(r"http://localhost(/calendar/tnc_[\w-]{43}\.ics)<", page)
    assert found, page
    return found[1]


def summaries(website: Website, path: str) -> list[str]:
    answer = website.app.test_client().get(path)
    assert answer.status_code == 200
    return re.findall(r"SUMMARY:(.*)\r\n", answer.text)


def days_on(count: int) -> str:
    return (TODAY + dt.timedelta(days=count)).strftime("%Y-%m-%dT02:00:00Z")


@pytest.fixture(scope="module")
def prepared_website(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int]]:
    return prepare(tmp_path_factory.mktemp("feeds"), CALENDARS)


@pytest.fixture
def talks(website: Website) -> dict[str, int]:
    def add(who: str, name: str, **values: object) -> int:
        return website.add("meeting", who, name=name, **values)

    return {
        "soon": add("rep", "Soon; 很快", at=days_on(2), takes="PT1H30M", kind="customer"),
        "past": add("rep", "Past", at=days_on(-20)),
        "long ago": add("rep", "Long ago", at=days_on(-100)),
        "far": add("rep", "Far", at=days_on(400)),
        "theirs": add("colleague", "Theirs qzcanary", at=days_on(2)),
        "trip": add("rep", "Trip", **{"from": days_on(-1)[:10], "until": days_on(3)[:10]}),
    }


def test_it_tells_what_its_person_sees_of_the_time_around_today(
    website: Website, rep: Browser, talks: dict[str, int]
) -> None:
    path = make(rep)
    program = website.app.test_client()
    with website.store.system_reading() as connection:
        sessions = connection.execute(sa.select(sa.func.count()).select_from(web_session)).scalar()
    with Asked(website).at_most(
        8
    ):  # who it is; the events to come and of before, each with the names; the use of the address
        answer = program.get(path)
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert "Set-Cookie" not in answer.headers
    assert re.findall(r"SUMMARY:(.*)\r\n", answer.text) == ["Past", "Soon\\; 很快"]
    assert "qzcanary" not in answer.text
    assert "METHOD" not in answer.text
    begin = days_on(2).replace("-", "").replace(":", "")
    assert f"DTSTART:{begin}\r\nDTEND:{begin[:9]}033000Z\r\n" in answer.text
    assert f"UID:crm_meeting-{talks['soon']}@localhost" in answer.text
    assert f"URL:http://localhost/meeting/{talks['soon']}\r\n" in answer.text
    assert "DESCRIPTION:Customer\\nRita Rep\r\nCATEGORIES:Customer\r\n" in answer.text
    assert program.get(path, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    website.add("meeting", "rep", name="New", at=days_on(5))
    assert program.get(path, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 200
    with website.store.system_reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(web_session)).scalar() == sessions
    assert program.get("/account/").status_code == 303, "it opens no page"
    trip = program.get(make(rep, calendar="meeting/trips")).text
    ends = days_on(4)[:10].replace("-", "")
    assert f"DTSTART;VALUE=DATE:{days_on(-1)[:10].replace('-', '')}\r\nDTEND;VALUE=DATE:{ends}\r\n" in trip


def test_of_too_much_it_tells_what_comes_first(
    website: Website, rep: Browser, talks: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert talks
    monkeypatch.setattr(calendar_feeds, "MOST", 1)
    assert summaries(website, make(rep)) == ["Soon\\; 很快"]


def test_it_is_shown_once_and_kept_as_a_digest(website: Website, rep: Browser, colleague: Browser) -> None:
    path = make(rep)
    token = path[len("/calendar/") : -len(".ics")]
    page = rep.get(HERE).text
    assert token not in page
    assert f"…{token[-4:]}" in page
    assert "never used" in page
    website.app.test_client().get(path)
    assert "last used" in rep.get(HERE).text
    with website.store.system_reading() as connection:
        row = connection.execute(sa.select(calendar_feed)).one()
        told = connection.execute(sa.select(audit).where(audit.c.action == "feed_made")).one()
    assert row.digest == tokens.digest(token)
    assert token[:-4] not in repr(row) + repr(told)
    assert row.expires_at - row.created_at == dt.timedelta(days=90)
    assert told.record == website.ids["rep"]
    assert "Phone" not in colleague.get(HERE).text


@pytest.mark.parametrize("end", ["revoked", "expired", "deactivated", "password", "roles", "role gone"])
def test_it_ends_at_once_in_every_process(website: Website, rep: Browser, end: str) -> None:
    path = make(rep)
    other = create_app(website.store, website.settings).test_client()
    assert other.get(path).status_code == 200
    me = website.ids["rep"]
    if end == "revoked":
        found = re.search(rf"{HERE}\d+/end", rep.get(HERE).text)
        assert found
        assert website.browser("colleague").post(found[0]).status_code == 404
        assert other.get(path).status_code == 200
        assert rep.post(found[0]).status_code == 303
        with website.store.system_reading() as connection:
            assert connection.execute(sa.select(audit.c.id).where(audit.c.action == "feed_ended")).all()
    elif end == "expired":
        with website.store.housekeeping() as connection:
            connection.execute(sa.update(calendar_feed).values(expires_at=now()))
    elif end == "deactivated":
        for active in (False, True):
            assert isinstance(
                update(website.store, SYSTEM, "user", [Change(me, {"active": active})], door="command"), Saved
            )
    elif end == "password":
        new = passwords.hashed("Quite another one 5")
        assert isinstance(set_password(website.store, SYSTEM, me, new), Saved)
    elif end == "roles":
        assert isinstance(set_roles(website.store, SYSTEM, me, ["manager"]), Saved)
    else:  # by whatever way: what the address opens is asked each time
        with website.store.housekeeping() as connection:
            connection.execute(sa.delete(ab_user_role).where(ab_user_role.c.user_id == me))
    answer = other.get(path)
    assert (answer.status_code, answer.mimetype) == (404, "text/plain")


def test_what_its_person_sees_no_more_is_not_in_it(website: Website, rep: Browser, talks: dict[str, int]) -> None:
    path = make(rep)
    given = [Change(talks["soon"], {"owner": website.ids["colleague"]})]
    assert isinstance(update(website.store, SYSTEM, "meeting", given, door="command"), Saved)
    assert summaries(website, path) == ["Past"]
    with website.store.system_reading() as connection:
        boss = actor_of_user(connection, website.store.models, website.ids["administrator"])
    assert boss is not None
    for field, status in (("name", 200), ("at", 404)):
        wish = Wanted(PersonalRight("meeting", field, "read", False), now().date() + dt.timedelta(days=9), "x")
        assert add_exception(website.store, boss, website.ids["rep"], wish) is None
        answer = website.app.test_client().get(path)
        assert answer.status_code == status
        assert "Past" not in answer.text


def test_a_step_of_the_login_that_is_missing_stops_it(
    website: Website, rep: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make(rep)
    monkeypatch.setattr(calendar_feeds, "missing_step", lambda *_: "renew")
    assert website.app.test_client().get(path).status_code == 403


def test_it_is_no_key_and_no_key_is_one(website: Website, rep: Browser) -> None:
    path = make(rep)
    token = path[len("/calendar/") : -len(".ics")]
    program = website.app.test_client()
    bearer = {"Authorization": f"Bearer {token}"}
    assert program.get("/api/v1/meeting/", headers=bearer).status_code == 401
    sent = {"name": "The shop", "scope": "all", "days": "30", "password": PASSWORD}
    found = re.search(r"tnk_[\w-]{43}", rep.post("/profile/keys/", data=sent).text)
    assert found
    assert program.get(f"/calendar/{found[0]}.ics").status_code == 404


def test_addresses_are_neither_guessed_nor_asked_without_end(
    website: Website, rep: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, program = make(rep), website.app.test_client()
    for _ in range(keys.WRONG.after - 1):
        lockout.claim(website.store, lockout.keys_key("127.0.0.1"), keys.WRONG, now())
    assert [program.get(f"/calendar/tnc_{number}.ics").status_code for number in range(3)] == [404, 429, 429]
    monkeypatch.setattr(feeds, "CALLS", lockout.Bucket(size=2, per_second=0))
    assert [program.get(path).status_code for _ in range(3)] == [200, 200, 429]


@pytest.mark.parametrize(
    "sent",
    [{"password": "wrong"}, {"name": " "}, {"name": "x" * 61}, {"days": "9999"}, {"calendar": "meeting/secrets"}],
)
def test_one_is_made_with_the_password_of_a_calendar_that_is_open(rep: Browser, sent: dict[str, str]) -> None:
    assert rep.post(HERE, data={**FORM, **sent}).status_code in {404, 422}
    assert "No addresses" in rep.get(HERE).text


def test_nobody_has_more_than_he_can_see_over(website: Website, rep: Browser) -> None:
    make(rep)
    with website.store.housekeeping() as connection:
        row = dict(connection.execute(sa.select(calendar_feed)).mappings().one())
        del row["id"]
        rows = [{**row, "digest": str(number)} for number in range(tokens.MOST - 1)]
        connection.execute(sa.insert(calendar_feed), rows)
    assert rep.post(HERE, data=FORM).status_code == 422


def test_the_calendar_leads_to_its_address(rep: Browser) -> None:
    page = rep.get("/meeting/calendar/?view=trips").text
    assert 'href="/profile/calendars/?of=meeting/trips"' in page
    assert '<option value="meeting/trips" selected' in rep.get(f"{HERE}?of=meeting/trips").text

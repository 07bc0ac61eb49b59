"""Viewing as another person: all that he sees, nothing that he does, and nobody who sees more than oneself."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from app.access import system_actor
from app.orm.framework import audit, notice, personal_right, web_session
from app.orm.types import now
from app.record import Change, Saved, set_roles, update
from app.record.acts import FACTS
from app.settings import Settings
from app.web.app import create_app
from app.web.security import sessions
from tests.security.company import ASKING
from tests.security.doors import DOORS, Cell, normal
from tests.security.matrix import cells, difference, position_of
from tests.security.site import Heard, Site, let_in
from tests.unit.website import Browser

SYSTEM = system_actor("system:command")
VIEWED = [each for each in ASKING if each != "administrator"]
STRIDE = 11  # cells of a person are asked in leaps: neighbours are much alike
IN_SHORT = ("rep", "marketing")
SOME = [each if each in IN_SHORT else pytest.param(each, marks=pytest.mark.deep) for each in VIEWED]
CLOSED = ("page.csv", "page.bulk_csv", "page.file")
_OF_NOW = re.compile(r'data-csrf="[^"]+"|"now":\d+')
_BANNER = re.compile(r'<aside class="banner".*?</aside>\n', re.DOTALL)


def begin(
    site: Site, person: str, reason: str = "He says that a customer is missing", by: str = "administrator"
) -> Browser:
    """A browser in which the administrator views as a person; as himself, where that was refused."""
    token, secret = let_in(site.store, site.company.people[by], "page")
    browser = Browser(site.app)
    browser.set_cookie(sessions.COOKIE, token)
    browser.csrf = secret
    answer = browser.post(f"/roles/person/{site.company.people[person]}/view", data={"reason": reason})
    browser.environ_base["begun"] = str(answer.status_code)
    browser.csrf = row_of(site, token).csrf
    return browser


def row_of(site: Site, token: str) -> sa.Row[tuple[object, ...]]:
    with site.store.system_reading() as connection:
        query = sa.select(web_session).where(web_session.c.id == sessions.digest(token))
        return connection.execute(query).one()


def row_in(site: Site, browser: Browser) -> sa.Row[tuple[object, ...]]:
    cookie = browser.get_cookie(sessions.COOKIE)
    assert cookie is not None
    return row_of(site, cookie.value)


def told(site: Site, *actions: str) -> list[tuple[str, int, int, dict[str, object]]]:
    query = sa.select(audit).where(audit.c.action.in_(actions)).order_by(audit.c.id)
    with site.store.system_reading() as connection:
        return [(row.action, row.actor_id, row.record, row.changes[FACTS][1]) for row in connection.execute(query)]


def plain(cell: Cell, heard: Heard) -> tuple[int, str]:
    """An answer without what is about who looks."""
    body = _OF_NOW.sub("", _BANNER.sub("", heard.body).replace("<body data-viewing", "<body"))
    return normal(cell, Heard(heard.status, body, heard.headers))


def sample(site: Site, asker: str, *, changes: bool) -> Iterator[tuple[object, Cell]]:
    """Of each door of a page some cells of a person: every entity, each in another position."""
    asked = [(a_try, cell) for a_try, cell in cells(site) if cell.asker == asker and a_try.name.startswith("page.")]
    wanted = [each for each in asked if (each[0].changes or each[0].name == "page.form_state") is changes]
    yield from wanted[VIEWED.index(asker) % STRIDE :: STRIDE]


@pytest.mark.parametrize("asker", SOME)
def test_every_page_shows_what_the_person_sees(site: Site, asker: str) -> None:
    own = {}
    for a_try, cell in sample(site, asker, changes=False):
        own[a_try.name, cell.entity, position_of(cell)] = plain(cell, a_try.send(cell))
    kept, site.pages[asker] = site.pages[asker], begin(site, asker)
    wrong = []
    try:
        for a_try, cell in sample(site, asker, changes=False):
            heard = a_try.send(cell)
            key = (a_try.name, cell.entity, position_of(cell))
            if a_try.name in CLOSED:
                wrong += [] if heard.status == 403 else [key]
            elif plain(cell, heard) != own[key]:
                wrong.append((key, difference(plain(cell, heard)[1], own[key][1])))
    finally:
        site.pages[asker] = kept
    assert own
    assert wrong == []


@pytest.mark.parametrize("asker", SOME)
def test_nothing_is_changed_meanwhile(site: Site, asker: str) -> None:
    kept, site.pages[asker] = site.pages[asker], begin(site, asker)
    before, wrong, asked = site.keeper.look(), [], 0
    try:
        for a_try, cell in sample(site, asker, changes=True):
            asked += 1
            wrong += [] if a_try.send(cell).status == 403 else [(a_try.name, cell.entity)]
    finally:
        site.pages[asker] = kept
    assert asked
    assert wrong == []
    assert site.keeper.look() == before


def test_every_route_that_changes_is_refused(site: Site) -> None:
    """Also those that no cell of the matrix asks: whatever it is, it is refused before any view."""
    browser = begin(site, "rep")
    before = site.keeper.look()
    routes = [(rule, method) for rule, method in DOORS if method != "GET" and not rule.startswith(("/api/", "/hooks/"))]
    for rule, method in routes:
        if rule in {"/viewing/end", "/logout/", "/login/saml/acs"} or rule.startswith("/mail-links/"):
            continue
        path = re.sub(r"<[^>]*entity>", "account", rule)
        answer = browser.open(re.sub(r"<[^>]+>", "1", path), method=method, headers={"X-CSRF-Token": browser.csrf})
        assert answer.status_code == 403, rule
        assert "nothing can be changed" in answer.text, rule
    assert site.keeper.look() == before


def test_ones_own_login_is_closed(site: Site) -> None:
    browser = begin(site, "rep")
    for rule, method in DOORS:
        if method == "GET" and rule.startswith(("/profile/", "/password/", "/files/")):
            answer = browser.get(re.sub(r"<[^>]+>", "1", rule))
            assert answer.status_code == 403, rule
            assert "closed while you view" in answer.text, rule
    assert "Nothing can be changed" in browser.get("/").text


def test_what_is_saved_as_a_file_is_refused_wherever_it_comes_from(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.web.security.viewing.CLOSED", ("/nothing/",))
    browser = begin(site, "director")
    assert browser.get("/account/csv").status_code == 403


def test_a_write_that_a_view_makes_is_refused_by_the_store(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were the gate to let it pass: the write path has no session to write in."""
    monkeypatch.setattr("app.web.security.gate.READING", frozenset({"GET", "POST"}))
    browser = begin(site, "rep")
    mine = site.company.thing("account", "mine", "rep").id
    before = site.keeper.look()
    assert browser.post(f"/account/{mine}/edit", data={"name": "Another"}).status_code == 403
    assert browser.post("/profile/theme", data={"theme": "dark"}).status_code == 403
    assert site.keeper.look() == before


def test_who_may_not_configure_views_as_nobody(site: Site) -> None:
    for by in VIEWED:
        browser = begin(site, "rep", by=by)
        assert browser.environ_base["begun"] == "403", by
        assert row_in(site, browser).viewed_id is None
    assert told(site, "view_as") == []


def test_a_reason_is_asked_for(site: Site) -> None:
    for reason in ("", "  ", "x" * 501):
        browser = begin(site, "rep", reason)
        assert browser.environ_base["begun"] == "422"
        assert row_in(site, browser).viewed_id is None
    assert begin(site, "administrator").environ_base["begun"] == "422", "that is he himself"


def test_it_is_told_to_the_audit_and_to_the_person(site: Site) -> None:
    browser, people = begin(site, "rep"), site.company.people
    ((action, by, whom, facts),) = told(site, "view_as")
    assert (action, by, whom) == ("view_as", people["administrator"], people["rep"])
    assert facts["reason"] == "He says that a customer is missing"
    with site.store.system_reading() as connection:
        query = sa.select(notice.c.kind).where(notice.c.user_id == people["rep"])
        assert list(connection.execute(query).scalars()) == ["viewed"]
    assert "He says that a customer is missing" in site.page("rep").get("/notices/").text
    assert browser.post("/viewing/end").location == f"/roles/person/{people['rep']}"
    assert [(each[0], each[3]) for each in told(site, "view_as_ended")] == [("view_as_ended", {"why": "asked"})]
    assert row_in(site, browser).viewed_id is None
    assert browser.get("/roles/").status_code == 200


def test_a_page_from_before_does_nothing_afterwards(site: Site) -> None:
    """What was drawn for the person can't be sent in the name of the administrator once it is over."""
    browser = begin(site, "rep")
    mine = site.company.thing("account", "mine", "rep").id
    browser.post("/viewing/end")
    assert browser.post(f"/account/{mine}/edit", data={"name": "Another"}).status_code == 400
    assert "Another" not in site.page("rep").get(f"/account/{mine}").text


def test_it_ends_by_itself(site: Site) -> None:
    browser = begin(site, "rep")
    row = row_in(site, browser)
    assert row.viewed_until - now() <= dt.timedelta(minutes=15)
    with site.store.housekeeping() as connection:
        mine = sa.update(web_session).where(web_session.c.id == row.id)
        connection.execute(mine.values(viewed_until=now() - dt.timedelta(seconds=1)))
    answer = browser.get("/account/")
    assert (answer.status_code, answer.location) == (303, "/")
    assert told(site, "view_as_ended")[0][3] == {"why": "time"}
    home = browser.get("/")
    assert "has ended" in home.text
    assert "data-viewing" not in home.text


def leave(site: Site) -> None:
    change = Change(site.company.people["rep"], {"active": False})
    assert isinstance(update(site.store, SYSTEM, "user", [change], door="command"), Saved)


def see_less(site: Site) -> None:
    """Somebody takes from the administrator what the person may see."""
    values = {
        "user_id": site.company.people["administrator"], "entity": "account", "verb": "read", "adds": False, "reason": "",
        "ends_at": now() + dt.timedelta(days=1), "given_by": 1, "given_at": now(), "changed_seq": 1,
    }  # fmt: skip
    with site.store.housekeeping() as connection:
        connection.execute(sa.insert(personal_right).values(values))


def lose_the_role(site: Site) -> None:
    assert isinstance(set_roles(site.store, SYSTEM, site.company.people["director"], ["administrator"]), Saved)
    assert isinstance(set_roles(site.store, SYSTEM, site.company.people["administrator"], ["rep"]), Saved)


@pytest.mark.parametrize(("change", "why"), [(leave, "gone"), (see_less, "more"), (lose_the_role, None)])
def test_it_ends_at_once_in_every_process(site: Site, change: Callable[[Site], None], why: str | None) -> None:
    here = begin(site, "rep")
    there = Browser(create_app(site.store, Settings(database_url=site.url, data_dir=site.keeper.store.parent)))
    there.set_cookie(sessions.COOKIE, here.get_cookie(sessions.COOKIE).value)  # type: ignore[union-attr]
    there.csrf = here.csrf
    assert "data-viewing" in there.get("/account/").text
    assert there.post("/profile/theme", data={"theme": "dark"}).status_code == 403
    change(site)
    answer = there.get("/account/")
    assert answer.status_code == 303
    assert answer.location == "/" if why else answer.location.startswith("/login/")
    assert "data-viewing" not in here.get("/account/").text
    assert [each[3] for each in told(site, "view_as_ended")] == ([{"why": why}] if why else [])


def test_a_logout_ends_it_and_the_session(site: Site) -> None:
    browser = begin(site, "rep")
    assert browser.post("/logout/").status_code == 303
    assert browser.get("/").status_code == 303
    acts = told(site, "view_as_ended", "logout")
    assert [(each[0], each[1]) for each in acts] == [
        ("view_as_ended", site.company.people["administrator"]), ("logout", site.company.people["administrator"])
    ]  # fmt: skip


def test_nobody_views_as_who_sees_more(site: Site) -> None:
    see_less(site)
    browser = begin(site, "rep")
    assert browser.environ_base["begun"] == "422"
    page = browser.get(f"/roles/person/{site.company.people['rep']}").text
    assert "nobody views as who has more" in page
    assert '/view"' not in page
    assert begin(site, "nobody").environ_base["begun"] == "303"

"""Saved views: kept, shared, opened by a colleague with his own rows, changed and deleted by whose they are alone."""

from __future__ import annotations

import html
import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import sqlalchemy as sa

from app.access import Actor
from app.insight.saved import SavedView, answerable, drop_view, keep_view, saved_views
from app.orm.framework import audit, saved_view
from tests.unit.web_pages.conftest import Asked
from tests.unit.web_pages.test_built_filters import chips_in
from tests.unit.web_pages.test_views import accounts, heads_of, names_in
from tests.unit.website import Browser, Website

__all__ = ["accounts"]
LEVEL_A = 'level in ["a"]'
ODD = f"not is_blank(secret) and {LEVEL_A} and gone == 1"
LONG = " and ".join(["id > 1"] * 74 + ["is_blank(level)"])  # with a quick filter it is more than is read


@pytest.fixture(autouse=True)
def swept(website: Website) -> None:
    """No view of an earlier test."""
    with website.store.housekeeping() as connection:
        connection.execute(sa.delete(saved_view))


def keep(browser: Browser, query: dict[str, str], **form: str) -> str:
    """The id of the view that the list of this query becomes."""
    answer = browser.post(f"/account/views?{urlencode(query)}", data={"name": "Top", "share": "mine", **form})
    assert answer.status_code == 303, answer.text
    return parse_qs(urlsplit(answer.headers["Location"]).query)["view"][0]


def put(website: Website, **values: object) -> str:
    """The id of a view of the manager's, shared with all, as it stands in the table: it may ask for what nobody may."""
    row = {"user_id": website.ids["manager"], "entity": "account", "name": "Odd", "condition": "", "share": "all"}
    row |= {"columns": [], "sort": [], "opens_first": False, "changed_at": website.store.clock(), **values}
    with website.store.housekeeping() as connection:
        return str(connection.execute(sa.insert(saved_view).values(row).returning(saved_view.c.id)).scalar_one())


def actor_of(website: Website, login: str) -> Actor:
    return Actor(website.ids[login], login, website.store.catalog.role_closure(frozenset({login})))


def tabs_in(page: str) -> list[str]:
    found = re.findall(r'class="tabs__tab" href="[^"]*"(?: aria-current="page")?>(?:<svg.*?</svg>)?([^<]*)</a>', page)
    return [html.unescape(each) for each in found]


@pytest.mark.usefixtures("accounts")
def test_what_a_list_asks_is_kept_with_its_order_and_opened_again(rep: Browser) -> None:
    view = keep(rep, {"filter": LEVEL_A, "f.name": "o", "sort": "-name"})
    page = rep.get(f"/account/?view={view}").text
    assert names_in(page) == ["One", "Alone"]
    assert chips_in(page) == ["Level Top", "Name contains “o”"]
    assert tabs_in(page)[-1] == "Top"
    # A filter in the address stands for that of the view; and it is kept when the view is changed.
    other = {"view": view, "filter": 'level == "b"'}
    assert names_in(rep.get("/account/", query_string=other).text) == ["Three"]
    assert keep(rep, other, do="keep", name="Second") == view
    assert names_in(rep.get(f"/account/?view={view}").text) == ["Three"]
    assert tabs_in(rep.get("/account/").text)[-1] == "Second"


@pytest.mark.usefixtures("accounts")
def test_a_colleague_opens_a_shared_view_with_his_own_rows(rep: Browser, colleague: Browser, manager: Browser) -> None:
    view = keep(manager, {"filter": "exists(contacts)"}, share="all")
    assert names_in(rep.get(f"/account/?view={view}").text) == ["One", "Three", "Two"]
    assert names_in(colleague.get(f"/account/?view={view}").text) == ["Foreign Ltd"]
    assert "Foreign" in colleague.get(f"/account/csv?view={view}").text
    assert "保存为视图" in colleague.get(f"/account/?view={view}").text
    own = keep(manager, {"filter": "exists(contacts)"}, name="Own")
    assert rep.get(f"/account/?view={own}").status_code == 404
    assert colleague.get(f"/account/csv?view={own}").status_code == 404


def test_a_view_for_some_is_not_there_for_others(website: Website, rep: Browser) -> None:
    for share, role, team in (("mine", None, None), ("role", "manager", None), ("team", None, 4_711)):
        view = put(website, condition=LEVEL_A, share=share, role=role, team=team)
        for where in ("", "csv", "totals", "views"):
            assert rep.get(f"/account/{where}?view={view}").status_code == 404, (share, where)
        assert rep.post(f"/account/bulk/delete?view={view}", data={"all": "1"}).status_code == 404
        assert "level ==" not in rep.get(f"/account/filter?view={view}").text
    assert "Odd" not in rep.get("/account/").text


def test_nobody_changes_or_deletes_the_view_of_another(rep: Browser, manager: Browser) -> None:
    view = keep(manager, {"filter": LEVEL_A}, share="all")
    assert rep.post(f"/account/views?view={view}", data={"do": "drop"}).status_code == 404
    made = keep(rep, {"view": view, "filter": 'level == "b"'}, do="keep", name="Mine now")
    assert made != view
    assert "Top" in tabs_in(manager.get(f"/account/?view={view}").text)
    assert manager.post(f"/account/views?view={view}", data={"do": "drop"}).status_code == 303
    assert manager.get(f"/account/?view={view}").status_code == 404


def test_sharing_is_for_who_has_the_right_and_is_told_in_the_audit(
    website: Website, rep: Browser, manager: Browser
) -> None:
    answer = rep.post("/account/views", data={"name": "Ours", "share": "all"})
    assert answer.status_code == 422
    assert 'share="all"' not in rep.get("/account/views").text

    def told() -> list[object]:
        with website.store.system_reading() as connection:
            query = sa.select(audit.c.changes).where(audit.c.action == "saved_view").order_by(audit.c.id)
            return [each["saved_view"] for each in connection.execute(query).scalars()]

    before = len(told())
    keep(manager, {}, name="Own")
    assert len(told()) == before
    view = keep(manager, {}, name="Ours", share="role:rep")
    line = "Ours (account: role rep)"
    assert told()[before:] == [[None, line]]
    manager.post(f"/account/views?view={view}", data={"do": "drop"})
    assert told()[before + 1 :] == [[line, None]]
    page = website.browser("administrator").get("/audit/").text
    assert page.count(line) >= 2
    assert "Shared view" in page
    assert "changed a shared view" in website.browser("administrator").get(f"/user/{website.ids['manager']}").text


@pytest.mark.usefixtures("accounts")
def test_the_view_that_opens_first(rep: Browser) -> None:
    view = keep(rep, {"filter": LEVEL_A}, opens_first="true")
    assert rep.get("/account/").headers["Location"] == f"/account/?view={view}"
    assert len(names_in(rep.get("/account/?view=all").text)) == 4
    second = keep(rep, {"filter": "is_blank(level)"}, opens_first="true", name="Second")
    assert rep.get("/account/").headers["Location"] == f"/account/?view={second}"


@pytest.mark.usefixtures("accounts")
def test_what_its_reader_may_not_ask_is_left_out_with_a_note(website: Website, rep: Browser) -> None:
    view = put(website, condition=ODD, columns=["name", "secret", "level", "gone"], sort=["-secret", "name"])
    page = rep.get(f"/account/?view={view}").text
    assert names_in(page) == ["Alone", "One"]
    assert heads_of(page) == ["name", "level"]
    assert "Conditions that do not apply for you: 2." in page
    assert "Columns and orders of this view that are left out: 3." in page
    assert "secret" not in page


@pytest.mark.usefixtures("accounts")
def test_of_a_view_in_part_there_is_no_file(website: Website, rep: Browser, colleague: Browser) -> None:
    view = put(website, condition='secret == "yes"')
    for browser, why in ((rep, "some conditions of this view do not apply"), (colleague, "不能对全部记录整体操作")):
        answer = browser.get(f"/account/csv?view={view}")
        assert (answer.status_code, answer.headers["Location"]) == (303, f"/account/?view={view}")
        assert why in browser.get(answer.headers["Location"]).text
    assert "/account/csv" not in rep.get(f"/account/?view={view}").text
    narrow = put(website, condition=LEVEL_A, columns=["name", "secret"], sort=["-secret"])
    assert "/account/csv" in rep.get(f"/account/?view={narrow}").text
    assert len(rep.get(f"/account/csv?view={narrow}").text.splitlines()) == 3


@pytest.mark.usefixtures("accounts")
def test_a_list_that_can_not_be_asked_offers_nothing_for_all(rep: Browser) -> None:
    page = rep.get("/account/?filter=is_blank(zzz)").text
    assert "There is no field" in page
    assert "/account/csv" not in page
    assert rep.get("/account/csv?filter=is_blank(zzz)").status_code == 400


@pytest.mark.usefixtures("accounts")
def test_renaming_keeps_what_its_owner_may_not_ask_today(website: Website, rep: Browser) -> None:
    odd = {"condition": ODD, "columns": ["name", "secret"], "sort": ["-secret", "name"]}
    view = put(website, user_id=website.ids["rep"], share="mine", **odd)

    def stored() -> dict[str, object]:
        with website.store.system_reading() as connection:
            return dict(connection.execute(sa.select(saved_view).where(saved_view.c.id == int(view))).mappings().one())

    keep(rep, {"view": view}, do="keep", name="Renamed")
    assert stored() | odd | {"name": "Renamed"} == stored()
    keep(rep, {"view": view, "filter": 'level == "b"', "sort": "level"}, do="keep")
    assert stored()["condition"] == 'level == "b" and not is_blank(secret) and gone == 1'
    assert (stored()["sort"], stored()["columns"]) == (["level"], odd["columns"])


@pytest.mark.usefixtures("accounts")
def test_what_is_kept_asks_what_the_list_did(rep: Browser) -> None:
    query = {"filter": 'level == "b" or\nlevel == "a"', "f.name": "Alone"}
    assert names_in(rep.get("/account/", query_string=query).text) == ["Alone"]
    view = keep(rep, query)
    assert names_in(rep.get(f"/account/?view={view}").text) == ["Alone"]
    answer = rep.post("/account/views", query_string=query | {"filter": LONG}, data={"name": "Long", "share": "mine"})
    assert (answer.status_code, "too long" in answer.text) == (422, True)


def test_who_configures_drops_what_others_shared(website: Website, rep: Browser, administrator: Browser) -> None:
    view, own = put(website), put(website, share="mine")
    assert 'value="drop"' not in rep.get(f"/account/views?view={view}").text
    assert 'value="drop"' in administrator.get(f"/account/views?view={view}").text
    assert drop_view(website.store, actor_of(website, "rep"), int(view)) is False
    assert drop_view(website.store, actor_of(website, "administrator"), int(own)) is False
    assert administrator.post(f"/account/views?view={view}", data={"do": "drop"}).status_code == 303
    assert administrator.get(f"/account/?view={view}").status_code == 404
    with website.store.system_reading() as connection:
        told = sa.select(audit.c.record, audit.c.actor_id).where(audit.c.action == "saved_view")
        last = connection.execute(told.order_by(audit.c.id.desc()).limit(1)).one()
    assert tuple(last) == (website.ids["manager"], website.ids["administrator"])


@pytest.mark.parametrize(
    "form", [{"name": " "}, {"name": "x" * 61}, {"share": "nobody"}, {"share": "team:99999"}, {"share": "role:none"}]
)
def test_what_can_not_be_kept_is_told_at_its_place(manager: Browser, form: dict[str, str]) -> None:
    answer = manager.post("/account/views", data={"name": "Kept", "share": "mine", **form})
    assert answer.status_code == 422
    assert 'id="saved-wrong" role="alert"' in answer.text


def test_its_text_for_the_pack_is_shown_to_who_configures(website: Website, rep: Browser) -> None:
    admin = website.browser("administrator")
    query = {"filter": f'{LEVEL_A} and name != "it\'s"', "sort": "-name"}
    page = html.unescape(admin.get("/account/views", query_string=query).text)
    assert "where: '" + f"{LEVEL_A} and name != \"it''s\"" + "'" in page
    assert "sort: [-name]" in page
    assert "where: '" not in html.unescape(rep.get("/account/views", query_string=query).text)


@pytest.mark.usefixtures("accounts")
def test_the_list_with_a_view_stays_within_its_queries(rep: Browser, manager: Browser, asked: Asked) -> None:
    view = keep(manager, {"filter": f"{LEVEL_A} and owner != user.id"}, share="all")
    for path in ("/account/", f"/account/?view={view}"):
        rep.get(path)
        with asked.at_most(6):
            assert rep.get(path).status_code == 200


def test_one_person_has_so_many_and_no_more(website: Website, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.insight.saved.MOST", 2)
    actor = actor_of(website, "manager")
    kept = [keep_view(website.store, actor, SavedView(entity="account", name=f"View {each}")) for each in range(3)]
    assert kept[2] == "many"
    with website.store.system_reading() as connection:
        assert [each.name for each in saved_views(connection.execute, actor, "account")] == ["View 0", "View 1"]


def test_a_condition_that_is_none_any_more_asks_nothing(website: Website) -> None:
    assert answerable(website.store.catalog, actor_of(website, "rep"), "account", "level = = 1") == (
        "",
        ("level = = 1",),
    )


def test_who_configures_takes_nothing_of_what_he_may_not_read(
    website: Website, administrator: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs, odd = put(website, name="Theirs"), put(website, entity="gone")
    with monkeypatch.context() as patched:
        patched.setattr("app.insight.saved.is_allowed", lambda _catalog, _actor, _verb, entity: entity != "account")
        for view in (theirs, odd):
            for verb in ("take", "drop"):
                assert administrator.post(f"/settings/views/{view}/{verb}").status_code == 404
    with website.store.system_reading() as connection:
        owners = set(connection.execute(sa.select(saved_view.c.user_id)).scalars())
    assert owners == {website.ids["manager"]}
    assert administrator.post(f"/settings/views/{theirs}/take").status_code == 303


def test_who_configures_sees_all_that_is_shared_and_takes_it_over(
    website: Website, rep: Browser, administrator: Browser, asked: Asked
) -> None:
    with website.store.system_reading() as connection:
        team = connection.execute(sa.text("SELECT min(id) FROM crm_team")).scalar_one()
    theirs = put(website, name="Theirs", share="team", team=team, condition=LEVEL_A)
    put(website, name="Private", share="mine")
    ours = put(website, name="Ours", share="role", role="rep")
    with asked.at_most(4):
        page = administrator.get("/settings/views/").text
    assert re.findall(r'<th scope="row">(?:<a [^>]*>|<span [^>]*>)([^<]*)<', page) == ["Ours", "Theirs"]
    assert "Mona Manager" in page
    assert "/settings/views/" in administrator.get("/settings/").text
    assert administrator.get(f"/account/?view={theirs}").status_code == 404
    assert rep.post(f"/settings/views/{theirs}/take").status_code == 403
    assert administrator.post(f"/settings/views/{theirs}/take").status_code == 303
    assert administrator.get(f"/account/?view={theirs}").status_code == 200
    assert administrator.post(f"/settings/views/{theirs}/take").status_code == 404, "it is his"
    with website.store.system_reading() as connection:
        row = connection.execute(sa.select(saved_view).where(saved_view.c.id == int(theirs))).one()
        told = sa.select(audit.c.record).where(audit.c.action == "saved_view").order_by(audit.c.id.desc()).limit(2)
        people = set(connection.execute(told).scalars())
    assert (row.user_id, row.share, row.team, row.condition) == (website.ids["administrator"], "team", team, LEVEL_A)
    assert people == {website.ids["manager"], website.ids["administrator"]}
    assert administrator.post(f"/settings/views/{ours}/drop").status_code == 303
    assert administrator.get(f"/account/views?view={ours}").status_code == 404

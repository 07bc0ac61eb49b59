"""Views of the pack on the list page, over REST and in the menu."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from app.access import Actor
from app.insight import views_of
from tests.unit.web_pages.conftest import Asked
from tests.unit.website import Browser, Website


@pytest.fixture
def accounts(website: Website) -> dict[str, int]:
    """Three with people at them, and one without."""
    found = {}
    for name, level, revenue in (
        ("One", "a", "500"),
        ("Two", None, "2000"),
        ("Three", "b", None),
        ("Alone", "a", "9000"),
    ):
        found[name] = website.add("account", "rep", name=name, level=level, revenue=revenue, secret="x")
        if name != "Alone":
            website.add("contact", "rep", name=f"{name} person", account=found[name])
    website.add("contact", "colleague", name="Foreign", account=website.add("account", "colleague", name="Foreign Ltd"))
    return found


def names_in(page: str) -> list[str]:
    return re.findall(r'<a class="cut name"[^>]*>([^<]*)</a>', page)


def heads_of(page: str) -> list[str]:
    return re.findall(r'<th scope="col" data-field="(\w+)"', page)


def test_a_view_is_for_whom_it_is_shared_with_and_who_may_read_its_condition(website: Website) -> None:
    keys = {}
    for role in ("rep", "manager", "administrator"):
        actor = Actor(website.ids["rep"], role, website.store.catalog.role_closure(frozenset({role})))
        keys[role] = set(views_of(website.store.catalog, actor, "account"))
    assert keys == {"rep": {"linked"}, "manager": {"linked", "bosses"}, "administrator": {"linked", "secret_ones"}}


@pytest.mark.usefixtures("accounts")
def test_the_list_shows_the_records_of_the_view_its_columns_and_its_order(rep: Browser) -> None:
    page = rep.get("/account/?view=linked").text
    assert names_in(page) == ["Two", "One", "Three"]
    assert heads_of(page) == ["name", "level", "revenue"]
    assert "1–3 of 3" in page
    assert names_in(rep.get("/account/?view=linked&sort=name").text) == ["One", "Three", "Two"]
    assert names_in(rep.get("/account/?view=linked&f.level=a&q=One").text) == ["One"]
    assert names_in(rep.get("/account/?view=linked&f.level=a&q=Alone").text) == []


@pytest.mark.usefixtures("accounts")
def test_what_hangs_on_the_list_stays_in_the_view(rep: Browser) -> None:
    page = rep.get("/account/?view=linked").text
    assert '<input type="hidden" name="view" value="linked">' in page
    assert 'name="f.since.from"' in page
    assert "/account/csv?view=linked" in page
    assert rep.get("/account/csv?view=linked").text.splitlines()[1:] == ["Two,,2000", "One,Top,500", "Three,Plain,"]


@pytest.mark.usefixtures("accounts")
def test_the_views_are_offered_in_the_readers_language(rep: Browser, colleague: Browser) -> None:
    page = rep.get("/account/").text
    assert '<a class="tabs__tab" href="/account/" aria-current="page">All accounts</a>' in page
    assert '<a class="tabs__tab" href="/account/?view=linked">With people</a>' in page
    assert "For managers" not in page
    assert "Secret ones" not in page
    assert "有联系人" in colleague.get("/account/?view=linked").text
    assert 'class="tabs"' not in rep.get("/contact/").text


@pytest.mark.usefixtures("accounts")
@pytest.mark.parametrize("view", ["secret_ones", "bosses", "nothing", "board", "' or 1"])
def test_a_view_that_is_not_for_the_reader_is_none(rep: Browser, program: FlaskClient, view: str) -> None:
    assert names_in(rep.get("/account/", query_string={"view": view}).text) == ["Alone", "One", "Three", "Two"]
    assert rep.get("/account/count", query_string={"view": view}).status_code == 404
    answer = program.get("/api/v1/account/", query_string={"view": view})
    assert (answer.status_code, answer.get_json()["code"]) == (400, "request.malformed")
    assert answer.text.replace(view.replace("'", "\\'"), "*").replace(view, "*") == program.get(
        "/api/v1/account/?view=sacret"
    ).text.replace("sacret", "*")


@pytest.mark.usefixtures("accounts")
def test_rest_lists_a_view(program: FlaskClient) -> None:
    found = program.get("/api/v1/account/?view=linked").get_json()
    assert [row["name"] for row in found["result"]] == ["Two", "One", "Three"]
    assert set(found["result"][0]) == {"id", "version", "name", "level", "revenue"}
    assert found["count"] == 3
    narrowed = program.get(
        "/api/v1/account/", query_string={"view": "linked", "filter": "revenue > 600", "columns": "id,since"}
    )
    assert [set(row) for row in narrowed.get_json()["result"]] == [{"id", "version", "since"}]


@pytest.mark.usefixtures("accounts")
def test_a_view_asks_no_more_of_the_database_than_the_list(rep: Browser, asked: Asked) -> None:
    with asked.at_most(5):  # who asks, saved views, what he likes, rows, count
        assert len(names_in(rep.get("/account/?view=linked&f.owner=me").text)) == 3


@pytest.mark.usefixtures("accounts")
def test_the_menu_counts_when_it_is_asked(rep: Browser, colleague: Browser, asked: Asked) -> None:
    assert 'data-count="/account/count?view=linked"' in rep.get("/contact/").text
    with asked.at_most(2):
        assert rep.get("/account/count?view=linked").get_json() == {"text": "3"}
    assert colleague.get("/account/count?view=linked").get_json() == {"text": "1"}


@pytest.mark.usefixtures("accounts")
def test_pages_of_a_view_follow_each_other(program: FlaskClient) -> None:
    first = program.get("/api/v1/account/?view=linked&limit=2").get_json()
    rest = program.get(
        "/api/v1/account/", query_string={"view": "linked", "limit": 2, "cursor": first["next"]}
    ).get_json()
    assert [row["name"] for row in (*first["result"], *rest["result"])] == ["Two", "One", "Three"]

"""Teams of records on the page and by REST: colleagues with their places, given and taken away."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from app.web.api.openapi import describe
from tests.unit.company import actor
from tests.unit.web_pages.conftest import Asked
from tests.unit.website import PACK, PASSWORD, Browser, Website, prepare, served_on

TEAM = """
record_team:
  partner: {may: update, label: {en: Partner, zh: 协作人}}
  guest:   {may: read, label: {en: Guest, zh: 旁观者}}
"""
SHARED = {
    **PACK,
    "entities/account.yaml": PACK["entities/account.yaml"] + TEAM,
    "roles/rep.yaml": PACK["roles/rep.yaml"].replace("account: {create: true,", "account: {create: true, share: own,"),
}


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.pg)])
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Website]:
    with served_on(request, prepare(tmp_path_factory.mktemp("shared"), SHARED)) as found:
        yield found


@pytest.fixture(scope="module")
def rita(site: Website) -> Browser:
    return site.browser("rep")


@pytest.fixture(scope="module")
def wang(site: Website) -> Browser:
    return site.browser("colleague")


@pytest.fixture
def account(site: Website) -> int:
    return site.add("account", "rep", name="Harbour", level="a")


def give(site: Website, browser: Browser, account: int, place: str = "partner") -> int:
    body = {"user": str(site.ids["colleague"]), "place": place}
    return browser.post(f"/account/{account}/team", data=body).status_code


def test_a_colleague_is_given_a_place_and_loses_it(site: Website, rita: Browser, wang: Browser, account: int) -> None:
    address, colleague = f"/account/{account}", site.ids["colleague"]
    page = rita.get(address).text
    assert f'action="{address}/team"' in page
    assert '<option value="guest"' in page
    assert wang.get(address).status_code == 404
    assert give(site, rita, account) == 303
    page = rita.get(address).text
    assert "王同事" in page
    assert "Partner" in page
    assert f'action="{address}/team/{colleague}/end"' in page
    assert "changed who works on this" in page  # its history
    theirs = wang.get(address).text
    assert "协作人" in theirs
    assert f'action="{address}/team"' not in theirs  # he may not share
    assert f'action="{address}/team/{colleague}/end"' in theirs  # but go
    assert f'href="{address}/edit"' in theirs
    assert "已与您共享：Harbour" in wang.get("/notices/").text
    assert rita.post(f"{address}/team/{colleague}/end").status_code == 303
    assert wang.get(address).status_code == 404


def test_who_may_read_alone_is_offered_no_more(site: Website, rita: Browser, wang: Browser, account: int) -> None:
    address = f"/account/{account}"
    assert give(site, rita, account, "guest") == 303
    page = wang.get(address).text
    assert f'href="{address}/edit"' not in page
    assert 'data-open="delete"' not in page
    assert wang.get(f"{address}/edit").status_code in {403, 404}
    assert wang.post(f"{address}/team/{site.ids['colleague']}/end").headers["Location"] == "/account/"
    assert wang.get(address).status_code == 404


def test_what_is_refused_is_said(site: Website, rita: Browser, wang: Browser, account: int) -> None:
    address = f"/account/{account}"
    assert wang.post(f"{address}/team", data={"user": str(site.ids["rep"]), "place": "guest"}).status_code == 404
    answer = rita.post(f"{address}/team", data={"user": str(site.ids["rep"]), "place": "guest"}, follow_redirects=True)
    assert "Nobody gives a place to themselves." in answer.text
    answer = rita.post(f"{address}/team", data={"user": "", "place": "guest"}, follow_redirects=True)
    assert "Please choose an active colleague." in answer.text


def test_a_record_that_has_no_team_has_no_card(site: Website, rita: Browser) -> None:
    deal = site.add("deal", "rep", name="Cranes")
    assert "team-title" not in rita.get(f"/deal/{deal}").text
    assert rita.post(f"/deal/{deal}/team", data={"user": "1", "place": "guest"}).status_code == 404


def test_a_page_asks_no_more_however_many_there_are(site: Website, rita: Browser, account: int) -> None:
    address, counted = f"/account/{account}", []
    for login, place in (("colleague", "guest"), ("manager", "partner")):
        assert rita.post(f"{address}/team", data={"user": str(site.ids[login]), "place": place}).status_code == 303
        rita.get(address)
        with Asked(site).at_most(40) as statements:
            assert "team-title" in rita.get(address).text
        counted.append(len(statements))
    assert counted[0] == counted[1]


def program(site: Website, login: str) -> FlaskClient:
    client = site.app.test_client()
    answer = client.post("/api/v1/security/login", json={"username": login, "password": PASSWORD})
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {answer.json['access_token']}"
    return client


def test_by_rest(site: Website, account: int) -> None:
    rita, wang = program(site, "rep"), program(site, "colleague")
    address, colleague = f"/api/v1/account/{account}/team/", str(site.ids["colleague"])
    assert rita.get(address).json == {"result": [], "count": 0}
    assert wang.get(address).status_code == 404
    answer = rita.post(address, json={"user": colleague, "place": "partner"})
    assert (answer.status_code, answer.json["id"]) == (201, colleague)
    assert answer.json["result"]["user"] == {"id": colleague, "label": "王同事"}
    (held,) = wang.get(address).json["result"]
    assert (held["place"], held["given_by"]["label"]) == ("partner", "Rita Rep")
    assert wang.patch(f"/api/v1/account/{account}", json={"level": "b"}).status_code == 200
    refused = wang.post(address, json={"user": str(site.ids["manager"]), "place": "guest"})
    assert (refused.status_code, refused.json["code"]) == (403, "access.denied")
    wrong = rita.post(address, json={"user": colleague, "place": "owner"})
    assert (wrong.status_code, wrong.json["errors"][0]["field"]) == (422, "place")
    assert rita.post(address, json={"user": colleague}).status_code == 400
    assert rita.delete(f"{address}{colleague}").status_code == 204
    assert rita.delete(f"{address}{colleague}").status_code == 422
    for nowhere in ("/api/v1/deal/1/team/", "/api/v1/account/999999/team/", "/api/v1/account/x/team/"):
        assert rita.get(nowhere).status_code == 404
        assert rita.post(nowhere, json={"user": colleague, "place": "guest"}).status_code == 404


def test_open_api_tells_of_it_to_whom_it_concerns(site: Website) -> None:
    paths = describe(site.store.catalog, actor(site.store, site.ids["rep"]))["paths"]
    assert set(paths["/api/v1/account/{id}/team/"]) == {"parameters", "get", "post"}
    assert "/api/v1/deal/{id}/team/" not in paths
    paths = describe(site.store.catalog, actor(site.store, site.ids["manager"]))["paths"]
    assert set(paths["/api/v1/account/{id}/team/"]) == {"parameters", "get"}

"""The clock of a service level is seen by whoever reads its record, and all that the clock follows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.orm.framework import sla_clock
from tests import pgtemp
from tests.unit.website import PACK, PASSWORD, Prepared, Website, prepare, served_on_postgresql, served_on_sqlite

PATH = "/api/v1/service-levels/"
LEVELS = {
    **PACK,
    "slas/open.yaml": """
label: {en: First answer, zh: 首次响应}
entity: account
start: is_new()
stop: not is_blank(notes)
targets: {all: {within: 8 working hours}}
""",
    "slas/hidden.yaml": """
label: {en: Confidential matter, zh: 机密事项}
entity: account
start: is_new()
stop: is_blank(secret)
targets: {all: {within: 8 working hours}}
""",
}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepare(tmp_path_factory.mktemp("levels"), LEVELS)


@pytest.fixture
def website(prepared: Prepared) -> Iterator[Website]:
    """Two clocks for an account of the representative and one of his colleague, which is late."""
    with served_on_sqlite(prepared) as found:
        run(found)
        yield found


def run(website: Website) -> None:
    now = website.store.clock()
    ids = [website.add("account", each, name=f"Account of {each}") for each in ("rep", "colleague")]
    rows = [
        {
            "sla": sla, "record": record, "target": "all", "started_at": now, "changed_seq": 1,
            "due": now + dt.timedelta(days=1), "breached_at": now if record == ids[1] else None,
        }
        for record in ids
        for sla in ("open", "hidden")
    ]  # fmt: skip
    with website.store.housekeeping() as connection:
        connection.execute(sa.insert(sla_clock), rows)


def program(website: Website, name: str) -> FlaskClient:
    """A client that sends the token of that person."""
    client = website.app.test_client()
    answer = client.post("/api/v1/security/login", json={"username": name, "password": PASSWORD})
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {answer.get_json()['access_token']}"
    return client


def records(website: Website, name: str, query: str = "") -> list[tuple[str, str, str]]:
    """Level, record and state of the clocks that a program of that person is told."""
    found = program(website, name).get(f"{PATH}{query}").get_json()["result"]
    return [(each["level"], each["record"]["id"], each["state"]) for each in found]


def test_the_board_tells_of_ones_own_records_alone(website: Website) -> None:
    rep, colleague = (website.browser(each).get("/service-levels/").text for each in ("rep", "colleague"))
    assert "Account of rep" in rep
    assert "Account of colleague" not in rep
    assert "已超时" in colleague
    assert "Account of rep" not in colleague
    assert '<td data-label="Late" class="is-num">0</td>' in rep
    assert '<a class="out" href="/service-levels/?level=open&amp;target=all&amp;state=runs">1</a>' in rep
    assert '<a class="out" href="/service-levels/?level=open&amp;target=all&amp;state=late">1</a>' in colleague
    assert "state=runs" not in colleague


def test_the_list_of_the_board_is_narrowed(website: Website) -> None:
    browser = website.browser("administrator")
    late = browser.get("/service-levels/?level=open&target=all&state=late").text
    assert "Account of colleague" in late
    assert "Account of rep" not in late
    assert "Account of rep" in browser.get("/service-levels/?level=open&state=runs").text
    assert "Account of" not in browser.get("/service-levels/?target=none").text
    assert "Account of rep" in browser.get("/service-levels/?state=nonsense&level=open").text


def test_programs_are_told_of_clocks_in_sight_alone(website: Website) -> None:
    assert records(website, "rep") == [("open", "1", "runs")]
    assert records(website, "rep", "?entity=account&record=2&state=all") == []
    assert records(website, "rep", "?level=hidden") == []
    assert records(website, "colleague", "?state=late") == [("open", "2", "late")]
    boss = program(website, "administrator")
    first = boss.get(f"{PATH}?limit=3").get_json()
    rest = boss.get(f"{PATH}?limit=3&cursor={first['next']}").get_json()
    assert len({(each["level"], each["record"]["id"]) for each in first["result"] + rest["result"]}) == 4
    assert (len(rest["result"]), rest["next"]) == (1, None)
    assert len(records(website, "administrator", "?entity=account&record=1")) == 2
    for wrong in ("state=x", "limit=x", "cursor=x", "record=1", "record=x&entity=account"):
        assert boss.get(f"{PATH}?{wrong}").status_code == 400
    assert "Confidential" not in program(website, "rep").get(PATH).text
    assert PATH in program(website, "rep").get("/api/v1/openapi.json").get_json()["paths"]
    assert website.app.test_client().get(PATH).status_code == 401


def test_what_follows_a_field_that_is_hidden_is_hidden_with_it(website: Website) -> None:
    for path in ("/service-levels/", "/account/1"):
        page = website.browser("rep").get(path).text
        assert "First answer" in page
        assert "Confidential matter" not in page
        assert "Confidential matter" in website.browser("administrator").get(path).text


def test_without_service_levels_there_is_no_board(tmp_path_factory: pytest.TempPathFactory) -> None:
    with served_on_sqlite(prepare(tmp_path_factory.mktemp("none"), PACK)) as found:
        browser = found.browser("administrator")
        assert browser.get("/service-levels/").status_code == 404
        assert "/service-levels/" not in browser.get("/account/").text


def test_the_board_is_read_on_postgresql(prepared: Prepared, pg_cluster: pgtemp.Cluster) -> None:
    with served_on_postgresql(prepared, pg_cluster) as found:
        run(found)
        browser = found.browser("administrator")
        assert "Account of colleague" in browser.get("/service-levels/").text
        assert "First answer" in browser.get("/account/1").text
        assert records(found, "rep") == [("open", "1", "runs")]

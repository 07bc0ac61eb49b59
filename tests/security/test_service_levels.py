"""The clock of a service level is seen by whoever reads its record, and all that the clock follows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from app.orm.framework import sla_clock
from tests import pgtemp
from tests.unit.website import PACK, Prepared, Website, prepare, served_on_postgresql, served_on_sqlite

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


def test_the_board_tells_of_ones_own_records_alone(website: Website) -> None:
    rep, colleague = (website.browser(each).get("/service-levels/").text for each in ("rep", "colleague"))
    assert "Account of rep" in rep
    assert "Account of colleague" not in rep
    assert "已超时" in colleague
    assert "Account of rep" not in colleague
    assert '<td data-label="Late" class="is-num">0</td>' in rep
    assert '<td data-label="超时" class="is-num danger">1</td>' in colleague


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

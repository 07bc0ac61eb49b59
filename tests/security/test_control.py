"""Can these tests fail at all? Eight probes find eight leaks in stock Flask-AppBuilder over the same rows, and none in the program."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.engine import Engine

from tests.security import tally
from tests.security.site import Site, hear
from tests.security.stock import MARK, Stock, make_stock

pytestmark = pytest.mark.deep
ASKER = "rep"


@dataclass(frozen=True)
class Ground:
    """An application that is probed: the same people and rows, at addresses of its own."""

    site: Site
    engine: Engine
    page: Any
    program: FlaskClient
    addresses: dict[str, str]

    def path(self, name: str, **more: object) -> str:
        return self.addresses[name].format(**more)


STOCK = {
    "bulk": "/accountview/action_post", "new": "/dealview/add", "description": "/api/v1/stock_deal/_info",
    "edit": "/dealview/edit/{id}", "api": "/api/v1/stock_deal/{id}", "list": "/accountview/list/?_flt_0_quagga={word}",
    "sorted": "/accountview/list/?_oc_AccountView=quagga&_od_AccountView={order}",
    "filtered": "/api/v1/stock_account/?q=(filters:!((col:quagga,opr:sw,value:{word})))",
}  # fmt: skip
OURS = {
    "bulk": "/account/bulk/edit", "new": "/opportunity/new", "description": "/api/v1/opportunity/_info",
    "edit": "/opportunity/{id}/edit", "api": "/api/v1/opportunity/{id}", "list": "/account/?f.quagga={word}",
    "sorted": "/account/?sort={order}quagga",
    "filtered": "/api/v1/account/?q=(filters:!((col:quagga,opr:sw,value:{word})))",
}  # fmt: skip
ORDERS = {"/accountview/list/": ("asc", "desc"), "/account/": ("", "-")}


@pytest.fixture
def stock(site: Site, tmp_path: Path) -> Iterator[Ground]:
    database = Path(str(site.store.engine.url.database))
    made: Stock = make_stock(database, tmp_path / "stock", site.company.people[ASKER])
    yield Ground(site, made.engine, made.page, made.program, STOCK)
    made.engine.dispose()


@pytest.fixture
def ours(site: Site) -> Ground:
    return Ground(site, site.store.engine, site.page(ASKER), site.program(ASKER), OURS)


def stored(ground: Ground, table: str, column: str, record: int) -> Any:
    with ground.engine.connect() as connection:
        query = f"SELECT {column} FROM crm_{table} WHERE id = :id"  # noqa: S608 - both are words of this module
        return connection.execute(sa.text(query), {"id": record}).scalar_one()


def tells_names(ground: Ground, body: str) -> bool:
    """Whether names of accounts are told that the oracle forbids."""
    foreign = {
        text for text, (entity, record, field) in ground.site.company.canary_of.items()
        if (entity, field) == ("account", "name")
        and not ground.site.oracle.may_be_told(ground.site.people[ASKER], entity, record, field)
    }  # fmt: skip
    return any(each in body for each in foreign)


def own_names(ground: Ground, body: str) -> list[str]:
    """The names of accounts in the order in which a list has them."""
    names = {
        text for text, place in ground.site.company.canary_of.items() if place[0] == "account" and place[2] == "name"
    }
    rows = re.sub(r"(?s)<head>.*?</head>", "", body)
    return [each for each in re.findall(r"zq[a-z]{14}", rows) if each in names]


def by_bulk(ground: Ground) -> bool:
    other = ground.site.thing("account", "other", ASKER)
    form = {"action": "rename", "rowid": other.id, "id": other.id, "field": "name", "value": MARK}
    ground.page.post(ground.path("bulk"), data=form)
    return bool(stored(ground, "account", "name", other.id) == MARK)


def by_dropdown(ground: Ground) -> bool:
    return tells_names(ground, hear(ground.page.get(ground.path("new"))).body)


def by_description(ground: Ground) -> bool:
    return tells_names(ground, hear(ground.program.get(ground.path("description"))).body)


def by_form(ground: Ground) -> bool:
    mine, other = ground.site.thing("opportunity", "mine", ASKER), ground.site.thing("account", "other", ASKER)
    address = ground.path("edit", id=mine.id)
    token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', ground.page.get(address).text)
    form = {"name": mine.canaries["name"], "account": other.id, "customer": other.id}
    ground.page.post(address, data={**form, **({"csrf_token": token[1]} if token else {})})
    return bool(stored(ground, "opportunity", "account", mine.id) == other.id)


def by_program(ground: Ground) -> bool:
    mine, other = ground.site.thing("opportunity", "mine", ASKER), ground.site.thing("account", "other", ASKER)
    ground.program.put(
        ground.path("api", id=mine.id), json={"name": mine.canaries["name"], "account": other.id, "customer": other.id}
    )
    return bool(stored(ground, "opportunity", "account", mine.id) == other.id)


def by_filter_of_a_page(ground: Ground) -> bool:
    """The first letters of a hidden value find its record, others do not."""
    secret = ground.site.thing("account", "mine", ASKER).canaries["quagga"]
    found = [
        own_names(ground, hear(ground.page.get(ground.path("list", word=word))).body) for word in (secret[:6], "zzz")
    ]
    return found[0] != found[1]


def by_sort_of_a_page(ground: Ground) -> bool:
    orders = next(words for start, words in ORDERS.items() if ground.path("sorted", order="").startswith(start))
    found = [own_names(ground, hear(ground.page.get(ground.path("sorted", order=each))).body) for each in orders]
    return found[0] != found[1]


def by_filter_of_the_api(ground: Ground) -> bool:
    secret = ground.site.thing("account", "mine", ASKER).canaries["quagga"]
    answers = [ground.program.get(ground.path("filtered", word=word)) for word in (secret[:6], "zzz")]
    return [each.status_code for each in answers] == [200, 200] and answers[0].text != answers[1].text


PROBES: dict[str, Callable[[Ground], bool]] = {
    "bulk action": by_bulk,
    "dropdown of a form": by_dropdown,
    "_info": by_description,
    "foreign parent by form": by_form,
    "foreign parent by API": by_program,
    "filter of a page": by_filter_of_a_page,
    "sort of a page": by_sort_of_a_page,
    "filter of the API": by_filter_of_the_api,
}


@pytest.mark.filterwarnings("ignore")  # what the library does with its own is its affair
def test_stock_flask_appbuilder_has_all_eight_leaks(
    stock: Ground, record_property: Callable[[str, object], None]
) -> None:
    found = [name for name, probe in PROBES.items() if probe(stock)]
    for key, count in tally.properties(Counter({"stock probes": len(PROBES), "stock leaks": len(found)})):
        record_property(key, count)
    assert found == list(PROBES)


def test_the_program_has_none(site: Site, ours: Ground) -> None:
    assert [name for name, probe in PROBES.items() if probe(ours)] == []
    assert not site.wrote()

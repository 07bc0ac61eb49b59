"""The small card beside a link to a record: what it tells, to whom, and what it costs."""

from __future__ import annotations

import re

from tests.unit.web_pages.conftest import Asked
from tests.unit.website import Browser, Website


def facts(page: str) -> dict[str, str]:
    """Label and value of each line, as they are read."""
    found = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page, re.DOTALL)
    return {label: re.sub(r"<[^>]+>", "", value).strip() for label, value in found}


def test_a_card_tells_what_matters_of_a_record_as_far_as_the_reader_sees_it(
    website: Website, rep: Browser, asked: Asked
) -> None:
    values = {"level": "a", "phone": "+8613812345678", "revenue": 1200, "secret": "hush", "notes": "long"}
    account = website.add("account", "rep", name="<Acme>", **values)
    with asked.at_most(3):  # who asks; the record, and the name of its owner
        answer = rep.get(f"/account/{account}/peek")
    assert answer.status_code == 200
    assert "&lt;Acme&gt;" in answer.text
    assert "<a " not in answer.text  # nothing in it can be pressed
    told = facts(answer.text)
    assert told["Revenue"] == "¥1,200"
    assert told["Level"] == "Top"
    assert "1381234" not in answer.text  # masked
    assert "Since" not in told  # blank
    assert "hush" not in answer.text
    assert len(told) <= 6


def test_there_is_no_card_of_what_is_out_of_sight(website: Website, rep: Browser) -> None:
    account = website.add("account", "colleague", name="Theirs")
    for path in (f"/account/{account}/peek", "/account/999/peek", "/account/x/peek", "/team_secret/1/peek"):
        assert rep.get(path).status_code == 404, path
    assert website.browser("administrator").get(f"/account/{account}/peek").status_code == 200


def test_a_page_names_the_entities_that_have_cards(rep: Browser) -> None:
    found = re.search(r'data-peek="([^"]*)"', rep.get("/account/").text)
    assert found is not None
    assert {"account", "contact", "user"} <= set(found[1].split())
    assert {"visit", "order_line"}.isdisjoint(found[1].split())  # not for him; a part of an order

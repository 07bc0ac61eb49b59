"""The filter builder: a form that the server draws, the expression that comes of it, and the list that is asked it."""

from __future__ import annotations

import html
import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from tests.unit.web_pages.conftest import Asked
from tests.unit.web_pages.test_views import accounts, names_in
from tests.unit.website import Browser

__all__ = ["accounts"]
LEVEL_A = 'level in ["a"]'


def build(browser: Browser, path: str = "/account/filter", **form: object) -> str:
    """The address to which the builder leads."""
    answer = browser.post(path, data={key.replace("_", "."): value for key, value in form.items()})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def filter_in(address: str) -> str:
    return parse_qs(urlsplit(address).query).get("filter", [""])[0]


def chips_in(page: str) -> list[str]:
    found = re.findall(r'class="chip__say"[^>]*title="([^"]*)"', page)
    return [html.unescape(each) for each in found]


@pytest.mark.usefixtures("accounts")
def test_rows_become_an_expression_that_the_list_is_asked(rep: Browser) -> None:
    address = build(
        rep, c_1_field="level", c_1_op="any_of", c_1_v=["a"], c_2_field="name", c_2_op="lacks", c_2_v="alone", do="show"
    )
    assert filter_in(address) == 'level in ["a"] and not icontains(name, "alone")'
    page = rep.get(address).text
    assert names_in(page) == ["One"]
    assert chips_in(page) == ["Level Top", "Name without “alone”"]
    assert "1–1 of 1" in page


@pytest.mark.usefixtures("accounts")
def test_related_records_and_groups_are_asked_for(rep: Browser) -> None:
    form = {
        "c.join": "any",
        "c.1.related": "contacts", "c.1.some": "none", "c.1.join": "all",
        "c.2.join": "not_all", "c.2.1.field": "level", "c.2.1.op": "filled",
        "do": "show",
    }  # fmt: skip
    address = rep.post("/account/filter", data=form).headers["Location"]
    assert filter_in(address) == "not exists(contacts) or not not is_blank(level)"
    assert sorted(names_in(rep.get(address).text)) == ["Alone", "Two"]


@pytest.mark.usefixtures("accounts")
def test_a_chip_leads_to_the_list_without_it(rep: Browser) -> None:
    page = rep.get("/account/", query_string={"filter": f'{LEVEL_A} and name != "One"', "sort": "name"}).text
    assert names_in(page) == ["Alone"]
    without = [html.unescape(each) for each in re.findall(r'class="chip__x" href="([^"]*)"', page)]
    assert [filter_in(each) for each in without] == ['name != "One"', LEVEL_A]
    assert all("sort=name" in each for each in without)
    assert names_in(rep.get(without[1]).text) == ["Alone", "One"]


@pytest.mark.usefixtures("accounts")
def test_the_builder_shows_an_expression_and_keeps_what_it_can_not_show(rep: Browser) -> None:
    page = rep.get("/account/filter", query_string={"filter": f"{LEVEL_A} and revenue * 2 > 3000"}).text
    assert re.search(r'name="c.1.v" value="a" checked', page)
    assert "revenue * 2 &gt; 3000</textarea>" in page
    address = build(rep, c_1_field="level", c_1_op="any_of", c_1_v="a", c_2_text="revenue * 2 > 3000", do="show")
    assert names_in(rep.get(address).text) == ["Alone"]


def test_each_button_changes_the_form_and_nothing_else(rep: Browser) -> None:
    def after(**form: object) -> str:
        answer = rep.post(
            "/account/filter?inside=1", data={key.replace("_", "."): value for key, value in form.items()}
        )
        return str(answer.get_json()["html"])

    rows = {"c_1_field": "name", "c_1_op": "contains", "c_1_v": "kept", "c_2_field": "level", "c_2_op": "filled"}
    assert after(**rows, do="add:c").count('class="select cond__what"') == 3
    assert 'name="c.3.1.field"' in after(**rows, do="group:c")
    dropped = after(**rows, do="drop:c.1")
    assert "kept" not in dropped
    assert 'name="c.1.was" value="level"' in dropped
    assert 'name="c.1.related" value="contacts"' in after(c_1_field="@contacts")
    changed = after(c_1_field="level", c_1_was="name", c_1_op="contains", c_1_v="kept")
    assert "kept" not in changed
    assert 'value="any_of" selected' in changed


@pytest.mark.usefixtures("accounts")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("level ==", "list can.{1,6}t be asked this"),
        ("secret == 1", "There is no field “secret”"),
        ("nothing == 1", "There is no field “nothing”"),
        ("x" * 2_100, "too much at once"),
    ],
)
def test_what_can_not_be_asked_is_told_and_never_a_longer_file(rep: Browser, text: str, said: str) -> None:
    answer = rep.get("/account/", query_string={"filter": text})
    assert answer.status_code == 200
    assert re.search(said, answer.text)
    assert rep.get("/account/csv", query_string={"filter": text}).status_code == 400
    assert rep.get("/account/filter", query_string={"filter": text}).status_code == 200


def test_a_wrong_text_is_told_with_its_reason(rep: Browser) -> None:
    answer = rep.post("/account/filter", data={"do": "text", "text": "level = = 3"})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert "level = = 3</textarea>" in answer.text


@pytest.mark.usefixtures("accounts")
def test_the_list_asks_no_more_for_a_filter(rep: Browser, asked: Asked) -> None:
    address = {"filter": f"{LEVEL_A} and owner == user.id"}
    rep.get("/account/", query_string=address)
    with asked.at_most(6):
        assert rep.get("/account/", query_string=address).status_code == 200


def test_names_of_records_stand_in_chips_and_in_the_builder(rep: Browser, accounts: dict[str, int]) -> None:
    text = f"account in [{accounts['One']}]"
    assert chips_in(rep.get("/contact/", query_string={"filter": text}).text) == ["Account One"]
    page = html.unescape(rep.get("/contact/filter", query_string={"filter": text}).text)
    assert json.dumps({str(accounts["One"]): "One"}) in page


def test_digits_that_are_no_number_are_shown_as_they_are(rep: Browser) -> None:
    for field, value in (("owner", "²"), ("owner", "9" * 5_000), ("revenue", "²")):
        form = {"c.1.field": field, "c.1.op": "any_of", "c.1.v": json.dumps([value]), "do": "add:c"}
        assert rep.post("/account/filter", data=form).status_code == 200


def test_pages_and_rest_allow_as_many_aggregates(rep: Browser, program: FlaskClient) -> None:
    few, many = (" or ".join(["exists(contacts)"] * each) for each in (10, 11))
    assert "aggregates" not in rep.get("/account/", query_string={"filter": few}).text
    assert "At most 10 aggregates" in rep.get("/account/", query_string={"filter": many}).text
    assert rep.get("/account/csv", query_string={"filter": many}).status_code == 400
    assert program.get("/api/v1/account/", query_string={"filter": few}).status_code == 200
    for asked in ({"filter": many}, {"filter": [few, "exists(contacts)"]}):
        assert program.get("/api/v1/account/", query_string=asked).status_code == 400

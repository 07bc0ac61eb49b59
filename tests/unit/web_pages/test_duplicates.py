"""Records that look alike at each door of the web: the prompt, links to those that may be read, and nothing of others."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any

import pytest

from app.web.pages import alike
from app.web.security.lockout import Bucket
from tests.unit.web_pages.conftest import Asked
from tests.unit.web_pages.test_rules import program_of
from tests.unit.website import PACK, Browser, Website, prepare

ALIKE = {
    **PACK,
    "entities/shop.yaml": """
label: {en: Shop, zh: 门店}
plural: {en: Shops, zh: 门店}
fields:
  name:  {type: text, required: true, label: {en: Name, zh: 名称}}
  phone: {type: phone, label: {en: Phone, zh: 电话}}
  tax:   {type: text, label: {en: Tax number, zh: 税号}}
duplicates:
  same_customer:
    match: {name: {field: name, similar: 0.85}, phone: {field: phone}}
    message: {en: "Possibly the same customer, please check.", zh: "疑似重复客户,请核对"}
  same_tax: {match: {tax: {field: tax}}, action: block, message: {en: That number is taken., zh: 该税号已存在。}}
list: {columns: [name, phone], sort: [name]}
layout:
  tabs: {overview: {sections: {base: {label: {en: Basics, zh: 基本信息}, fields: [name, phone, tax]}}}}
""",
}
ALIKE["entities/stand.yaml"] = """
label: {en: Stand, zh: 展位}
fields:
  name: {type: text, required: true, label: {en: Name, zh: 名称}}
  shop: {type: lookup, to: shop, inverse: stands, label: {en: Shop, zh: 门店}}
"""
for _role in ("rep", "administrator"):
    ALIKE[f"roles/{_role}.yaml"] = ALIKE[f"roles/{_role}.yaml"].replace(
        "grants:\n", "grants:\n  shop: {create: true, read: own, update: own, delete: own, restore: own}\n"
    )
for _role, _name in (("rep", ""), ("manager", "  shop: {create: true, read: own, fields: {name: read}}\n")):
    ALIKE[f"roles/{_role}.yaml"] = ALIKE[f"roles/{_role}.yaml"].replace(
        "grants:\n", f"grants:\n{_name}  stand: {{create: true, read: own}}\n"
    )
ALIKE["roles/rep.yaml"] += "rights: [bulk_edit]\n"
VALUES = {"name": "<Acme> Limited", "phone": "13912345678"}
CODE = "duplicate.same_customer"
PROMPT = "疑似重复客户,请核对"


@pytest.fixture(scope="module")
def prepared_website(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int]]:
    return prepare(tmp_path_factory.mktemp("alike"), ALIKE)


def test_a_program_is_told_which_records_look_alike_and_confirms(website: Website) -> None:
    mine = website.add("shop", "rep", **VALUES)
    program = program_of(website, "rep")
    answer = program.post("/api/v1/shop/", json=VALUES)
    assert (answer.status_code, answer.json["code"], answer.json["confirmable"]) == (422, CODE, True)
    message = "Possibly the same customer, please check."
    assert answer.json["detail"] == message
    assert answer.json["errors"] == [
        {
            "field": None,
            "code": CODE,
            "message": message,
            "index": 0,
            "confirmable": True,
            "records": [{"id": str(mine), "label": "<Acme> Limited"}],
        }
    ]
    several = program.post("/api/v1/shop/", json=[{"name": "Other"}, VALUES])
    assert [each["index"] for each in several.json["errors"]] == [1]
    assert program.post("/api/v1/shop/", json={**VALUES, "confirm": {CODE: " "}}).status_code == 422
    made = program.post("/api/v1/shop/", json={**VALUES, "confirm": {CODE: "another branch"}})
    assert made.status_code == 201
    address = f"/api/v1/shop/{made.json['id']}"
    assert program.patch(address, json={"name": "<ACME> Limited"}).json["code"] == CODE
    assert program.patch(address, json={"name": "<ACME> Limited", "confirm": {CODE: "x"}}).status_code == 200


def test_others_are_told_nothing_but_the_prompt(website: Website) -> None:
    website.add("shop", "rep", **VALUES, tax="91X")
    program = program_of(website, "colleague")
    answer = program.post("/api/v1/shop/", json=VALUES)
    assert answer.json["errors"] == [{"field": None, "code": CODE, "message": PROMPT, "index": 0, "confirmable": True}]
    page = website.browser("colleague").post("/shop/new", data=VALUES)
    assert page.status_code == 422
    assert PROMPT in page.text
    assert 'class="alike"' not in page.text
    blocked = program.post("/api/v1/shop/", json={"name": "Else", "tax": "91x", "confirm": {"duplicate.same_tax": "x"}})
    assert (blocked.status_code, blocked.json["code"], blocked.json["detail"]) == (
        422,
        "duplicate.same_tax",
        "该税号已存在。",
    )
    assert "confirmable" not in blocked.json
    assert "records" not in blocked.json["errors"][0]


def test_a_form_warns_links_to_the_records_and_saves_with_a_reason(website: Website) -> None:
    mine = website.add("shop", "rep", **VALUES)
    rep = website.browser("rep")
    page = rep.post("/shop/new", data=VALUES)
    assert page.status_code == 422
    assert f'name="confirm:{CODE}"' in page.text
    panel = re.search(r'<ul class="alike">(.*?)</ul>', page.text)
    assert panel is not None
    assert f'href="/shop/{mine}"' in panel[1]
    assert "&lt;Acme&gt; Limited" in panel[1]
    saved = rep.post("/shop/new", data={**VALUES, f"confirm:{CODE}": "another branch"})
    assert saved.status_code == 303
    record = html.unescape(rep.get(saved.headers["Location"]).text)
    assert "Confirmed “Possibly the same customer, please check.” because:" in record
    assert "another branch" in record
    website.add("shop", "rep", name="Taken", tax="91X")
    page = rep.post("/shop/new", data={"name": "Else", "tax": "91X", "confirm:duplicate.same_tax": "x"})
    assert page.status_code == 422
    assert 'data-code="duplicate.same_tax"' in page.text
    assert "That number is taken." in page.text


def test_cells_and_changes_of_many_tell_where_to_confirm(website: Website) -> None:
    website.add("shop", "rep", **VALUES)
    other = website.add("shop", "rep", name="<Acme> Limited")
    rep = website.browser("rep")
    cell = rep.post(f"/shop/{other}/cell?field=phone", data={"phone": VALUES["phone"], "version": "1"})
    assert (cell.status_code, cell.json["code"]) == (422, CODE)
    report = rep.post("/shop/bulk/edit", data={"id": [str(other)], "field": "phone", "value": VALUES["phone"]})
    assert report.status_code == 422
    assert "Possibly the same customer, please check. Open the form to confirm" in html.unescape(report.text)


def hints(browser: Browser, **typed: str) -> list[dict[str, Any]]:
    answer = browser.post("/shop/form/alike", data=typed)
    assert answer.status_code == 200
    found: list[dict[str, Any]] = answer.json["hints"]
    return found


def test_a_new_form_hints_at_what_looks_alike_while_one_types(website: Website, asked: Asked) -> None:
    mine = website.add("shop", "rep", **VALUES)
    website.add("shop", "rep", name="Taken", tax="91X")
    rep, before = website.browser("rep"), website.browser("colleague")
    plan = re.search(r'data-alike="([^"]*)"', rep.get("/shop/new").text)
    assert plan is not None
    assert json.loads(html.unescape(plan[1])) == {
        "ask": "/shop/form/alike",
        "rules": [["phone", "name"], ["tax"]],
        "wide": False,
    }
    with asked.at_most(5):  # who asks, by each rule what is there and what of it may be named; two names
        (hint,) = hints(rep, **VALUES)
    assert hint == {
        "text": "Possibly the same customer, please check.",
        "fields": ["phone", "name"],
        "records": [{"label": "<Acme> Limited", "href": f"/shop/{mine}"}],
    }
    assert hints(rep, name="<acme> limited.", phone="139 1234 5678") == [hint]
    assert [each["text"] for each in hints(rep, name="", tax=" 91x ")] == ["That number is taken."]
    assert hints(rep, **{**VALUES, "phone": "13912345679"}) == []
    assert hints(rep, name=VALUES["name"]) == []
    assert hints(before, **VALUES) == []  # that there is one at all is for the save to say
    assert "data-alike" not in rep.get(f"/shop/{mine}/edit").text


def test_who_may_not_read_or_make_what_is_compared_gets_no_hints(website: Website) -> None:
    website.add("shop", "manager", **VALUES)
    manager = website.browser("manager")
    assert "data-alike" not in website.browser("rep").get("/stand/new").text
    assert website.browser("rep").post("/department/form/alike", data={"name": "x"}).status_code == 403
    assert hints(manager, **VALUES) == []  # he may not give a name


def test_hints_are_not_had_without_end(website: Website, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alike, "ASKED", Bucket(size=2, per_second=0))
    rep = website.browser("rep")
    asked = [rep.post("/shop/form/alike", data=VALUES).status_code for _ in range(3)]
    assert asked == [200, 200, 429]
    assert website.browser("colleague").post("/shop/form/alike", data=VALUES).status_code == 200


def test_nothing_is_offered_to_be_made_whose_name_one_may_not_give(website: Website) -> None:
    for login, offered in (("rep", True), ("manager", False)):
        page = website.browser(login).get("/stand/new").text
        assert 'data-lookup="/shop/lookup"' in page
        assert ('data-create="/shop/new?name="' in page) is offered


def test_the_description_of_the_api_tells_of_the_records(website: Website) -> None:
    described = program_of(website, "rep").get("/api/v1/openapi.json").json
    error = described["components"]["schemas"]["Problem"]["properties"]["errors"]["items"]["properties"]
    assert error["records"]["items"] == {"$ref": "#/components/schemas/Reference"}

"""Rules and conditions at each door of the web: the same code, in the language of whoever is there."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.unit.web_pages.judging import JUDGED
from tests.unit.website import PASSWORD, Website, prepare


@pytest.fixture(scope="module")
def prepared_website(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int]]:
    return prepare(tmp_path_factory.mktemp("judged"), JUDGED)


def program_of(website: Website, login: str) -> FlaskClient:
    client = website.app.test_client()
    answer = client.post("/api/v1/security/login", json={"username": login, "password": PASSWORD})
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {answer.get_json()['access_token']}"
    return client


def codes(problem: Any) -> list[tuple[str | None, str, int]]:
    return [(each["field"], each["code"], each["index"]) for each in problem["errors"]]


RULES = [
    ({"amount": "1000000", "approver": "x"}, "amount", "rule.sober", "Nobody pays that much.", "金额过大。"),
    ({"amount": "10000"}, "approver", "field.required", "Please fill in Approver.", "请填写审批人"),
    ({"stage": "lost"}, "reason", "field.required", "Please fill in Lost reason.", "请填写输单原因"),
    (
        {"kind": "gift", "amount": "5"},
        "kind",
        "field.option",
        "“Gift” can't be chosen for Kind here.",
        "此处类型不能选择“赠送”。",
    ),
]


@pytest.mark.parametrize(("values", "field", "code", "english", "chinese"), RULES)
def test_a_program_is_told_what_a_person_is(
    website: Website, values: dict[str, str], field: str, code: str, english: str, chinese: str
) -> None:
    for login, message in (("rep", english), ("colleague", chinese)):
        program = program_of(website, login)
        answer = program.post("/api/v1/bargain/", json={"name": "D", **values})
        assert (answer.status_code, answer.json["code"], answer.json["detail"]) == (422, code, message)
        assert codes(answer.json) == [(field, code, 0)]
        assert "confirmable" not in answer.json
        answer = program.post("/api/v1/bargain/", json=[{"name": "D"}, {"name": "E", **values}])
        assert codes(answer.json) == [(field, code, 1)]
        deal = website.add("bargain", name="D")
        answer = program.patch(f"/api/v1/bargain/{deal}", json=values)
        assert codes(answer.json) == [(field, code, 0)]
        browser = website.browser(login)
        page = browser.post("/bargain/new", data={"name": "D", **values})
        assert page.status_code == 422
        assert f'data-code="{code}"' in page.text
        assert message in html.unescape(page.text)
        if len(values) == 1:
            (key, value), *_ = values.items()
            cell = browser.post(f"/bargain/{deal}/cell?field={key}", data={key: value, "version": "1"})
            assert (cell.status_code, cell.json) == (422, {"error": message, "code": code})


def test_a_program_confirms_a_warning_with_a_reason(website: Website) -> None:
    program = program_of(website, "rep")
    values = {"name": "D", "discount": "30"}
    answer = program.post("/api/v1/bargain/", json=values)
    assert (answer.status_code, answer.json["code"], answer.json["confirmable"]) == (422, "rule.big_discount", True)
    assert answer.json["errors"][0]["confirmable"] is True
    confirm = {"rule.big_discount": "an old friend"}
    assert program.post("/api/v1/bargain/", json={**values, "confirm": {"rule.big_discount": ""}}).status_code == 422
    assert program.post("/api/v1/bargain/", json={**values, "confirm": "yes"}).status_code == 400
    made = program.post("/api/v1/bargain/", json={**values, "confirm": confirm})
    assert made.status_code == 201
    address = f"/api/v1/bargain/{made.json['id']}"
    assert program.patch(address, json={"discount": "40"}).json["confirmable"] is True
    assert program.patch(address, json={"discount": "40", "confirm": confirm}).status_code == 200
    assert program.put(address, json={"name": "D", "discount": "50", "confirm": confirm}).status_code == 200
    several = program.post("/api/v1/bargain/", json=[{**values, "confirm": confirm}, values])
    assert codes(several.json) == [("discount", "rule.big_discount", 1)]
    several = program.post("/api/v1/bargain/", json=[{**values, "discount": "5"}, {**values, "confirm": confirm}])
    assert several.status_code == 201
    several = program.post("/api/v1/bargain/", json=[{"discount": "99"}])
    assert codes(several.json) == [("name", "field.required", 0), ("discount", "rule.big_discount", 0)]
    assert "confirmable" not in several.json


def test_the_description_of_the_api_tells_of_confirming(website: Website) -> None:
    described = program_of(website, "rep").get("/api/v1/openapi.json").json
    values = described["components"]["schemas"]["BargainValues"]["properties"]
    assert values["confirm"]["additionalProperties"] == {"type": "string"}
    move = described["paths"]["/api/v1/bargain/{id}/transition"]["post"]["requestBody"]
    assert "confirm" in move["content"]["application/json"]["schema"]["properties"]
    assert "confirmable" in described["components"]["schemas"]["Problem"]["properties"]


def box_of(page: str) -> str | None:
    found = re.search(r'<input[^>]* name="confirm:rule.big_discount" value="([^"]*)"', page)
    return html.unescape(found[1]) if found else None


def test_a_form_shows_a_warning_and_saves_it_with_a_reason(website: Website) -> None:
    rep = website.browser("rep")
    typed = {"name": "<D>", "discount": "30", "code": "kept"}
    page = rep.post("/bargain/new", data=typed)
    assert page.status_code == 422
    assert box_of(page.text) == ""
    assert "That is a big discount." in page.text
    assert 'value="kept"' in page.text
    again = rep.post("/bargain/new", data={**typed, "confirm:rule.big_discount": " "})
    assert (again.status_code, box_of(again.text)) == (422, "")
    wrong = {**typed, "amount": "9999999", "approver": "x", "confirm:rule.big_discount": 'an "old" friend'}
    page = rep.post("/bargain/new", data=wrong)
    assert page.status_code == 422
    assert "Nobody pays that much." in page.text
    assert box_of(page.text) == 'an "old" friend'
    saved = rep.post(
        "/bargain/new", data={**typed, "confirm:rule.big_discount": "an <i>old</i> friend", "confirm:x": "y"}
    )
    assert saved.status_code == 303
    record = rep.get(saved.headers["Location"]).text
    assert "Confirmed “That is a big discount.” because:</span> <ins>an &lt;i&gt;old&lt;/i&gt; friend</ins>" in record


def test_a_reason_that_can_not_be_kept_is_told_at_every_door(website: Website) -> None:
    deal = website.add("bargain", name="D")
    for login, said in (
        ("rep", "The reason holds characters that can't be kept."),
        ("colleague", "原因含有无法保存的字符。"),
    ):
        for reason in ("a\ud800b", "a\x00b"):
            body = {"discount": "30", "confirm": {"rule.big_discount": reason}}
            answer = program_of(website, login).patch(f"/api/v1/bargain/{deal}", json=body)
            assert (answer.status_code, answer.json["code"]) == (422, "field.format")
            assert codes(answer.json)[0] == ("confirm", "field.format", 0)
            assert answer.json["errors"][0]["message"] == said
        page = website.browser(login).post(
            "/bargain/new", data={"name": "D", "discount": "30", "confirm:rule.big_discount": "a\x00b"}
        )
        assert page.status_code == 422
        assert said in html.unescape(page.text)
        assert box_of(page.text) is not None


def test_a_stored_record_is_confirmed_in_its_form_and_said_so_elsewhere(website: Website) -> None:
    deal = website.add("bargain", name="D")
    colleague = website.browser("colleague")
    cell = colleague.post(f"/bargain/{deal}/cell?field=discount", data={"discount": "30", "version": "1"})
    assert cell.status_code == 422
    assert cell.json == {"error": "折扣较大。 如需继续，请打开编辑表单并填写理由确认。", "code": "rule.big_discount"}
    form = {"discount": "30", "discount:was": "", "version": "1"}
    page = colleague.post(f"/bargain/{deal}/edit", data=form)
    assert (page.status_code, box_of(page.text)) == (422, "")
    saved = colleague.post(f"/bargain/{deal}/edit", data={**form, "confirm:rule.big_discount": "老客户"})
    assert saved.status_code == 303
    assert "已确认“折扣较大。”，理由：</span> <ins>老客户</ins>" in colleague.get(f"/bargain/{deal}").text


def agreed(website: Website) -> int:
    """A record, in its second version, whose class should not change any more."""
    deal = website.add("bargain", name="D")
    program_of(website, "rep").patch(f"/api/v1/bargain/{deal}", json={"code": "agreed"})
    return deal


def test_a_warning_of_an_overruled_value_is_confirmed_where_it_is_overruled(website: Website) -> None:
    deal = agreed(website)
    rep = website.browser("rep")
    posted = {":field": "class", ":version": "2", "class": "high", ":reason": 'An "old" friend'}
    page = rep.post(f"/bargain/{deal}/overrule", data=posted)
    assert page.status_code == 422
    assert "The class was agreed on." in page.text
    sent = {
        name: html.unescape(text) for name, text in re.findall(r'hidden" name="([^"]+)" value="([^"]*)"', page.text)
    }
    assert {
        name: text for name, text in sent.items() if name not in {"csrf_token", "next"}
    } == posted  # nothing that was typed is gone
    assert 'name="confirm:rule.other_class"' in page.text
    wrong = rep.post(f"/bargain/{deal}/overrule", data={**posted, "confirm:rule.other_class": "a\x00b"})
    assert wrong.status_code == 422
    assert "The reason holds characters that can't be kept." in html.unescape(wrong.text)
    missing = rep.post(f"/bargain/{deal}/overrule", data={**posted, ":reason": ""}, follow_redirects=True)
    assert "Please say why." in missing.text
    assert "The class was agreed on." not in missing.text
    done = rep.post(f"/bargain/{deal}/overrule", data={**posted, "confirm:rule.other_class": "agreed anew"})
    assert done.status_code == 303
    withdrawn = {":field": "class", ":version": "3", ":withdraw": "1"}
    assert rep.post(f"/bargain/{deal}/overrule", data=withdrawn).status_code == 422
    withdrawn["confirm:rule.other_class"] = "an error"
    done = rep.post(f"/bargain/{deal}/overrule", data=withdrawn, follow_redirects=True)
    assert "Class is computed again." in done.text
    assert "<ins>an error</ins>" in done.text


def test_a_program_confirms_a_warning_of_an_overruled_value(website: Website) -> None:
    deal, program = agreed(website), program_of(website, "rep")
    address = f"/api/v1/bargain/{deal}/overrides/class"
    body = {"value": "high", "reason": "An old friend"}
    assert program.put(address, json=body).json["confirmable"] is True
    confirm = {"rule.other_class": "agreed anew"}
    assert program.put(address, json={**body, "confirm": confirm}).status_code == 200
    assert program.delete(address).json["confirmable"] is True
    assert program.delete(address, json={"confirm": confirm, "version": 2}).status_code == 409
    assert program.delete(address, json={"confirm": confirm, "value": "x"}).status_code == 400
    assert program.delete(address, json=[]).status_code == 400
    withdrawn = program.delete(address, json={"confirm": confirm, "version": 3})
    assert (withdrawn.status_code, withdrawn.json["result"]["class"]) == (200, "low")
    path = program.get("/api/v1/openapi.json").json["paths"]["/api/v1/bargain/{id}/overrides/class"]
    for verb in ("put", "delete"):
        schema = path[verb]["requestBody"]["content"]["application/json"]["schema"]
        assert {"version", "confirm"} <= set(schema["properties"])
    assert path["delete"]["requestBody"]["required"] is False


def test_a_change_of_many_tells_who_was_refused_and_where_to_confirm(website: Website) -> None:
    good, bad = website.add("bargain", name="Good"), website.add("bargain", name="Bad", stage="lost", reason="x")
    rep = website.browser("rep")
    report = rep.post("/bargain/bulk/edit", data={"id": [str(good), str(bad)], "field": "discount", "value": "30"})
    assert report.status_code == 422
    assert report.text.count("Open the form to confirm it with a reason.") == 2
    report = rep.post("/bargain/bulk/edit", data={"id": [str(good), str(bad)], "field": "code", "value": "7"})
    assert report.status_code == 200
    assert "Code can't be changed as things are." in html.unescape(report.text)
    report = rep.post("/bargain/bulk/edit", data={"id": [str(good)], "field": "amount", "value": "10000"})
    assert "Please fill in Approver." in report.text


def test_a_stage_is_not_reached_without_what_it_asks(website: Website) -> None:
    deal = website.add("bargain", name="D")
    rep = website.browser("rep")
    answer = program_of(website, "rep").post(f"/api/v1/bargain/{deal}/transition", json={"to": "lost"})
    assert (answer.status_code, codes(answer.json)) == (422, [("reason", "field.required", 0)])
    move = {"field": "stage", "to": "lost", "version": "1"}
    asked = rep.post(f"/bargain/{deal}/stage", data=move)
    assert asked.status_code == 422
    form = asked.text[asked.text.index('id="moving"') :]
    assert "Move to " in form
    names = re.findall(r'name="([a-z]+)"', form[: form.index("</form>")])
    assert list(dict.fromkeys(names)) == ["field", "to", "version", "reason"]
    asked = rep.post(f"/bargain/{deal}/stage", data={**move, "reason": "x" * 10_000})
    assert asked.status_code == 422
    assert "x" * 10_000 in asked.text
    moved = rep.post(f"/bargain/{deal}/stage", data={**move, "reason": "too dear"})
    assert moved.status_code == 303
    page = rep.get(f"/bargain/{deal}").text
    assert "too dear" in page
    assert "since today." in page


def test_a_new_form_shows_what_its_defaults_give(website: Website) -> None:
    page = website.browser("rep").get("/bargain/new").text
    found = re.search(r'name="due"[^>]*value="([^"]*)"', page)
    assert found
    assert found[1] > "2020"

"""Forms that follow what is typed: how they begin, what they tell the browser, and what the server answers."""

from __future__ import annotations

import html
import json
import re
from typing import Any

from tests.unit.conditional import *  # noqa: F403 - its pack
from tests.unit.web_pages.conftest import Asked
from tests.unit.website import Browser, Website


def given(page: str) -> dict[str, Any]:
    """What the page tells its script."""
    found = re.search(r'<template id="live">(.*?)</template>', page, re.DOTALL)
    assert found
    block: dict[str, Any] = json.loads(html.unescape(found[1]))
    return block


def is_hidden(page: str, name: str) -> bool:
    found = re.search(rf'<div class="field[^"]*" data-name="{name}"( hidden)?>', page)
    assert found, name
    return found[1] is not None


def rules(block: dict[str, Any], kind: str) -> dict[str, Any]:
    return {each["f"]: each for each in block["rules"] if each["k"] == kind}


def state(browser: Browser, record: int | None = None, **typed: object) -> dict[str, Any]:
    query = f"?record={record}" if record else ""
    answer = browser.post(f"/claim/form/state{query}", data={"name": "Claim", **typed})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def test_a_new_form_begins_in_the_right_state(rep: Browser) -> None:
    page = rep.get("/claim/new").text
    assert is_hidden(page, "reason")
    assert is_hidden(page, "code")
    assert is_hidden(page, "favour")
    assert not is_hidden(page, "rival")
    assert re.search(r'<fieldset class="section" id="s-hurry" data-off="off" hidden>', page)
    assert '<input class="input" type="date" id="i-follow" name="follow" value="2026-02-07"' in page


def test_a_stored_record_begins_as_its_conditions_say(website: Website, rep: Browser) -> None:
    claim = website.add(
        "claim", "rep", name="One", stage="lost", reason="rival", rival="Acme", urgent=True, haste="now"
    )
    page = rep.get(f"/claim/{claim}/edit").text
    assert not is_hidden(page, "reason")
    assert re.search(r'<select class="select" id="i-reason" name="reason" required aria-required="true">', page)
    assert re.search(r'id="i-rival" name="rival" required aria-required="true"', page)
    assert '<fieldset class="section" id="s-hurry">' in page


def test_what_was_refused_comes_back_in_the_state_that_was_typed(rep: Browser) -> None:
    answer = rep.post("/claim/new", data={"name": "", "stage": "lost", "reason": "rival", "kind": "company"})
    assert answer.status_code == 422
    assert not is_hidden(answer.text, "reason")
    assert not is_hidden(answer.text, "code")
    assert {"field.required"} == set(re.findall(r'<li data-code="([^"]*)">', answer.text))


def test_an_expression_about_a_field_that_is_hidden_from_the_person_stays_on_the_server(
    rep: Browser, administrator: Browser
) -> None:
    for browser in (rep, administrator):  # to neither the ceiling is granted
        page = browser.get("/claim/new").text
        assert "ceiling" not in page
        assert rules(given(page), "visible")["consent"]["e"] == 0


def test_the_server_tells_outcomes_alone(website: Website, rep: Browser) -> None:
    claim = website.add("claim", "rep", name="One", amount=10, ceiling=777)
    below, above = (state(rep, claim, amount=amount) for amount in ("777", "778"))
    assert (below["visible"]["consent"], above["visible"]["consent"]) == (False, True)
    assert "777" not in json.dumps({key: each for key, each in below.items() if key != "value"})
    assert "ceiling" not in json.dumps(below)


def test_the_answer_says_all_that_follows(website: Website, rep: Browser) -> None:
    account = website.add("account", "rep", name="Top", level="a")
    found = state(
        rep,
        stage="lost",
        reason="rival",
        account=str(account),
        urgent="true",
        kind="person",
        amount="1,000",
        rate="13%",
    )
    assert found["visible"] == {"reason": True, "favour": True, "code": False, "consent": False}
    assert found["section"] == {"hurry": True}
    assert found["required"] == {"reason": True, "rival": True, "code": False}
    assert found["option"] == {"reason": ["large"]}
    assert found["value"]["total"] == {"value": "1130.0000", "text": "¥1,130"}


def test_an_account_out_of_sight_is_as_one_that_is_not_there(website: Website, rep: Browser) -> None:
    hidden = website.add("account", "colleague", name="Theirs", level="a")
    assert state(rep, account=str(hidden)) == state(rep, account="4711")
    assert not state(rep, account=str(hidden))["visible"]["favour"]


def test_what_stands_behind_a_lookup_that_is_out_of_sight_is_not_told(website: Website, rep: Browser) -> None:
    mine, theirs = (website.add("account", owner, name=owner, level="a") for owner in ("rep", "colleague"))
    seen, unseen = (website.add("claim", "rep", name="Claim", account=each) for each in (mine, theirs))
    blocks = [given(rep.get(f"/claim/{each}/edit").text) for each in (seen, unseen)]
    assert blocks[0]["ways"] == {"account": {"at": str(mine), "values": {"account.level": "a"}}}
    assert blocks[1]["ways"] == {}


def test_who_may_not_save_is_not_answered(website: Website, rep: Browser, colleague: Browser, manager: Browser) -> None:
    claim = website.add("claim", "rep", name="One")
    path = f"/claim/form/state?record={claim}"
    assert colleague.post(path, data={"name": "x"}).status_code == 404
    assert manager.post(path, data={"name": "x"}).status_code == 404
    assert rep.post("/product/form/state", data={"name": "x"}).status_code == 403
    assert colleague.get(path).status_code in {404, 405}
    assert colleague.post("/claim/form/state?record=x", data={}).status_code == 400


def test_nothing_is_saved_by_asking(website: Website, rep: Browser) -> None:
    claim = website.add("claim", "rep", name="One", amount=10)
    state(rep, claim, name="Two", amount="20")
    assert ">One<" in rep.get(f"/claim/{claim}").text


def test_lines_are_worked_out_with_their_whole(rep: Browser) -> None:
    typed = {"lines:rows": "", "lines.n0.name": "Chair", "lines.n0.quantity": "3", "lines.n0.price": "12.5"}
    found = state(rep, **typed)
    assert found["lines"]["lines"]["n0"]["value"]["amount"] == {"value": "37.5000", "text": "37.5"}
    assert found["lines"]["lines"]["n0"]["required"] == {"price": True}
    assert found["value"]["sum"] == {"value": "37.5000", "text": "¥37.50"}


def test_a_form_with_conditions_asks_one_statement_more(website: Website, rep: Browser, asked: Asked) -> None:
    account = website.add("account", "rep", name="Top", level="a")
    claim = website.add("claim", "rep", name="One", stage="lost", reason="price", account=account)
    rep.get(f"/claim/{claim}/edit")
    rep.get("/claim/new")
    with asked.at_most(6):
        rep.get(f"/claim/{claim}/edit")
    with asked.at_most(2):
        rep.get("/claim/new")


def test_a_record_hides_what_its_conditions_hide(website: Website, rep: Browser, asked: Asked) -> None:
    plain = website.add("claim", "rep", name="Plain", haste="why", kind="person")
    hasty = website.add("claim", "rep", name="Hasty", haste="why", urgent=True, kind="company", code="T1")
    rep.get(f"/claim/{plain}")
    with asked.at_most(10):
        shown = rep.get(f"/claim/{plain}").text
    assert "Why the haste" not in shown
    assert "Tax code" not in shown
    shown = rep.get(f"/claim/{hasty}").text
    assert "Why the haste" in shown
    assert "Tax code" in shown


def test_moves_that_are_not_allowed_are_not_offered(website: Website, rep: Browser) -> None:
    lost = website.add("claim", "rep", name="One", stage="lost", reason="price")
    assert not re.findall(r'name="to" value="(\w+)"', rep.get(f"/claim/{lost}").text)
    select = re.search(r'<select[^>]* name="stage".*?</select>', rep.get(f"/claim/{lost}/edit").text, re.DOTALL)
    assert select
    assert re.findall(r'<option value="(\w+)"', select[0]) == ["lost"]


def test_a_cell_that_is_hidden_or_kept_is_not_offered(website: Website, rep: Browser) -> None:
    claim = website.add("claim", "rep", name="One", stage="review", amount=10, fixed="as said")
    for key, reason in (("reason", "is not asked for in this record"), ("fixed", "be changed in this record now")):
        answer = rep.get(f"/claim/{claim}/cell?field={key}")
        assert answer.status_code == 409
        assert reason in answer.json["error"]
    assert rep.get(f"/claim/{claim}/cell?field=amount").status_code == 200
    assert '<input class="input" id="i-fixed" value="as said" readonly' in rep.get(f"/claim/{claim}/edit").text


def test_fields_that_the_next_stage_asks_for_are_required_with_it(website: Website, rep: Browser) -> None:
    claim = website.add("claim", "rep", name="One")
    rule = rules(given(rep.get(f"/claim/{claim}/edit").text), "stage")["stage"]
    assert rule["t"] == {"review": ["amount"], "won": ["amount"]}

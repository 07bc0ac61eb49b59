"""Short forms that follow what is typed: the composer of a timeline, and what a move asks for."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.unit.chatty_site import CHATTY
from tests.unit.conditional import CONDITIONAL
from tests.unit.web_pages.conftest import Asked
from tests.unit.web_pages.test_live import given, is_hidden, rules
from tests.unit.website import PACK, Browser, Website, prepare

SHORT = {
    **CHATTY,
    "entities/claim.yaml": CONDITIONAL["entities/claim.yaml"],
    "entities/claim_line.yaml": CONDITIONAL["entities/claim_line.yaml"],
    "entities/chat.yaml": CHATTY["entities/chat.yaml"]
    .replace("fields: [content, contact, mood]", "fields: [content, contact, mood, wish]")
    .replace(
        "  mood: ",
        '  wish: {type: text, visible_when: kind == "call" and mood > 3, required_when: account.level == "a", '
        "label: {en: Wish, zh: 愿望}}\n  mood: ",
    ),
    "roles/rep.yaml": CHATTY["roles/rep.yaml"] + CONDITIONAL["roles/rep.yaml"].removeprefix(PACK["roles/rep.yaml"]),
}


@pytest.fixture(scope="module")
def prepared_website(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int]]:
    return prepare(tmp_path_factory.mktemp("short"), SHORT)


def outcomes(browser: Browser, address: str, **typed: str) -> dict[str, Any]:
    answer = browser.post(address, data=typed)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def test_a_composer_begins_and_goes_on_as_the_conditions_of_its_fields_say(
    website: Website, rep: Browser, asked: Asked
) -> None:
    top, plain = (website.add("account", "rep", name=name, level=name) for name in ("a", "b"))
    with asked.at_most(12):
        page = rep.get(f"/account/{top}").text
    assert is_hidden(page, "wish")
    assert re.search(r'id="c-chat-wish" name="wish" required aria-required="true"', page)
    assert 'id="c-chat-wish" name="wish"' in rep.get(f"/account/{plain}").text
    assert 'id="c-chat-wish" name="wish" required' not in rep.get(f"/account/{plain}").text
    (block,) = re.findall(r"<template data-live>(.*?)</template>", page)  # an errand has no conditions
    plan = json.loads(html.unescape(block))
    assert plan["ask"] == f"/chat/form/state?about=account%2F{top}"
    assert {key: set(each["r"]) for key, each in rules(plan, "visible").items()} == {"wish": {"kind", "mood"}}
    found = outcomes(rep, plan["ask"], kind="call", mood="4")
    assert (found["visible"], found["required"]) == ({"wish": True}, {"wish": True})
    assert outcomes(rep, plan["ask"], kind="note", mood="4")["visible"] == {"wish": False}
    assert outcomes(rep, f"/chat/form/state?about=account/{plain}", mood="1")["required"] == {"wish": False}


def test_a_composer_answers_about_nothing_that_is_out_of_sight(website: Website, rep: Browser) -> None:
    account = website.add("account", "rep", name="Mine", level="a")
    colleague = website.browser("colleague")
    for browser, about, status in (
        (colleague, f"account/{account}", 404),
        (rep, "account/999", 404),
        (rep, "nothing/1", 404),
        (rep, "order_line/1", 404),
        (rep, "account/x", 404),
        (rep, f"user/{website.ids['rep']}", 403),
    ):
        assert browser.post(f"/chat/form/state?about={about}", data={"mood": "4"}).status_code == status, about


def test_what_a_move_asks_for_follows_what_is_typed_in_it(website: Website, rep: Browser) -> None:
    claim = website.add("claim", "rep", name="One", stage="open")
    sent = {"field": "stage", "to": "lost", "version": "1"}
    page = rep.post(f"/claim/{claim}/stage", data=sent)
    assert page.status_code == 422
    form = page.text[page.text.index('id="moving"') :]
    assert [is_hidden(form, key) for key in ("reason", "rival")] == [False, True]
    plan = given(form)
    assert rules(plan, "visible").keys() == {"reason", "rival"}
    assert outcomes(rep, plan["ask"], **sent, reason="price", rival="")["required"] == {"reason": True, "rival": False}
    found = outcomes(rep, plan["ask"], **sent, reason="rival", rival="")
    assert (found["visible"]["rival"], found["required"]["rival"]) == (True, True)
    assert found["option"] == {"reason": ["large"]}

    # Without a script the save asks for it next
    page = rep.post(f"/claim/{claim}/stage", data={**sent, "reason": "rival", "rival": ""})
    form = page.text[page.text.index('id="moving"') :]
    assert (page.status_code, is_hidden(form, "rival")) == (422, False)
    assert 'id="move-rival" name="rival" required' in form
    saved = rep.post(f"/claim/{claim}/stage", data={**sent, "reason": "price", "rival": ""})
    assert saved.status_code == 303
    for query, status in ((f"record={claim}&move=name", 400), ("move=stage", 400), ("record=999&move=stage", 404)):
        assert rep.post(f"/claim/form/state?{query}", data=sent).status_code == status, query
    colleague = website.browser("colleague")
    assert colleague.post(f"/claim/form/state?record={claim}&move=stage", data=sent).status_code == 404


def test_what_a_stage_asks_for_stays_required_whatever_conditions_say(website: Website, rep: Browser) -> None:
    claim = website.add("claim", "rep", name="One", stage="open")
    page = rep.post(f"/claim/{claim}/stage", data={"field": "stage", "to": "review", "version": "1"}).text
    form = page[page.index('id="moving"') :]
    assert re.search(r'id="move-amount" name="amount" required aria-required="true"', form)

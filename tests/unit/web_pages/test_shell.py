"""The frame around a page: whom an entry of the menu is for."""

from dataclasses import replace

from app.access import Actor
from app.loading import catalog_of_tree
from app.web.pages.shell import build_frame
from tests.unit.web_pages.conftest import Asked
from tests.unit.website import Browser, Website

ENTITY = {"name_field": "name", "fields": {"name": {"type": "text"}}}
CATALOG = catalog_of_tree(
    {
        "entities": {"deal": ENTITY, "cost": ENTITY},
        "roles": {key: {"grants": {"*": {"read": "all"}}} for key in ("rep", "boss")},
        "menu": {"groups": {"all": {"items": {"deal": {}, "cost": {"roles": ["boss"]}}}}},
    }
)


def entries(role: str) -> list[str]:
    frame = build_frame(CATALOG, Actor(user_id=1, name="someone", roles=frozenset({role})), "en")
    return [link.entity for block in frame.menu for link in block.links]


def test_an_item_for_a_role_is_shown_to_those_who_have_it() -> None:
    assert entries("boss") == ["deal", "cost"]
    assert entries("rep") == ["deal"]


def test_the_search_offers_pages_forms_and_records_while_one_types(
    rep: Browser, colleague: Browser, website: Website
) -> None:
    account = website.add("account", "rep", name="Accord Works")
    found = rep.get("/search/options?q=acco").get_json()["options"]
    assert [(each["label"], each["href"]) for each in found] == [
        ("Accounts", "/account/"),
        ("New: Account", "/account/new"),
        ("Accord Works", f"/account/{account}"),
    ]
    assert found[2]["detail"].startswith("Account")
    assert colleague.get("/search/options?q=accord").get_json() == {"options": []}
    assert "/account/" in [each["href"] for each in colleague.get("/search/options?q=kh").get_json()["options"]]


def test_without_words_the_search_offers_what_was_seen_the_first_pages_and_forms(
    rep: Browser, colleague: Browser, website: Website, asked: Asked
) -> None:
    one, gone = (website.add("account", "rep", name=name) for name in ("Accord Works", "Gone"))
    contact = website.add("contact", "rep", name="Ada", account=one)
    rep.post(f"/account/{gone}/delete")
    seen = f"contact/{contact},account/{one},account/{gone},account/0,secret/1,account/x,user,,account/{one}"
    with asked.at_most(3):
        found = rep.get(f"/search/options?seen={seen}").get_json()["options"]
    assert [(each["label"], each["href"]) for each in found[:3]] == [
        ("Ada", f"/contact/{contact}"), ("Accord Works", f"/account/{one}"), ("Accounts", "/account/"),
    ]  # fmt: skip
    assert found[0]["detail"] == "Contact · seen lately"
    assert ("New: Account", "/account/new") in [(each["label"], each["href"]) for each in found]
    others = colleague.get(f"/search/options?seen={seen}").get_json()["options"]
    assert [each["href"] for each in others] == [each["href"] for each in found[2:]]


def test_the_page_of_parts_is_there_for_who_works_on_them_alone(
    website: Website, rep: Browser, colleague: Browser
) -> None:
    assert rep.get("/_design").status_code == 404
    before = website.app.extensions["tenon.settings"]
    website.app.extensions["tenon.settings"] = replace(before, design_page=True)
    answers = [browser.get("/_design") for browser in (rep, colleague)]
    website.app.extensions["tenon.settings"] = before
    for each in answers:
        assert each.status_code == 200
        assert each.text.count('class="design__column ') == 2

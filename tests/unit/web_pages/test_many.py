"""Lists of values and references to several entities: forms, cells, filters, files, history."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.unit.web_pages.conftest import Asked
from tests.unit.website import PACK, PASSWORD, Browser, Website, prepare

GUILD = {
    **PACK,
    "entities/guild.yaml": """
label: {en: Guild, zh: 行会}
plural: {en: Guilds, zh: 行会}
fields:
  name:    {type: text, required: true, label: {en: Name, zh: 名称}}
  tags:    {type: tags, label: {en: Tags, zh: 标签}}
  crafts:
    type: picklist
    many: true
    options: {wood: {label: {en: Wood, zh: 木}}, iron: {label: {en: Iron, zh: 铁}}}
    label: {en: Crafts, zh: 手艺}
  allies:
    type: lookup
    to: hall
    many: true
    inverse: guilds
    on_delete: clear
    link_fields: {since: {type: integer, label: {en: Since, zh: 起}}}
    label: {en: Allies, zh: 盟友}
  friends:
    type: lookup
    to: [hall, contact]
    many: true
    inverse: friend_of
    on_delete: clear
    link_fields: {since: {type: integer, label: {en: Since, zh: 起}}}
    label: {en: Friends, zh: 友}
  patron:  {type: lookup, to: [hall, contact], inverse: patron_of, on_delete: clear, label: {en: Patron, zh: 赞助}}
  home:
    type: lookup
    to: hall
    inverse: homes
    on_delete: clear
    fills: {name: name, keeper: keeper, dues: dues}
    label: {en: Home, zh: 驻地}
  keeper:  {type: lookup, to: contact, inverse: keeps, on_delete: clear, label: {en: Keeper, zh: 管理员}}
  dues:    {type: integer, label: {en: Dues, zh: 会费}}
list: {columns: [name, tags, crafts, allies, patron, friends], sort: [name], filters: [tags, crafts, allies, patron, friends]}
""",
    "entities/hall.yaml": """
label: {en: Hall, zh: 会馆}
plural: {en: Halls, zh: 会馆}
fields:
  name:   {type: text, required: true, label: {en: Name, zh: 名称}}
  keeper: {type: lookup, to: contact, inverse: keeper_of, on_delete: clear, label: {en: Keeper, zh: 管理员}}
  dues:   {type: integer, restricted: true, label: {en: Dues, zh: 会费}}
""",
}


@pytest.fixture(scope="module")
def prepared_website(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int]]:
    return prepare(tmp_path_factory.mktemp("guild"), GUILD)


@pytest.fixture
def hall(website: Website) -> int:
    return website.add("hall", name="Acme")


@pytest.fixture
def guild(website: Website, hall: int) -> int:
    return website.add(
        "guild",
        name="Smiths",
        tags=["=old", "loud"],
        crafts=["iron"],
        allies=[{"id": hall, "since": 1900}],
        patron=f"hall/{hall}",
        friends=[{"entity": "hall", "id": hall, "since": 1800}],
    )


def value_of(page: str, name: str) -> str:
    found = re.search(rf'<input type="hidden" name="{re.escape(name)}" value="([^"]*)"', page)
    assert found, name
    return html.unescape(found[1])


def test_a_form_holds_lists_as_texts_that_are_saved_when_they_differ(
    administrator: Browser, guild: int, hall: int, website: Website
) -> None:
    page = administrator.get(f"/guild/{guild}/edit").text
    assert json.loads(value_of(page, "tags")) == ["=old", "loud"]
    assert json.loads(value_of(page, "allies")) == [{"id": str(hall), "since": "1,900"}]
    assert json.loads(value_of(page, "allies:shown")) == {str(hall): "Acme"}
    assert value_of(page, "patron") == f"hall/{hall}"
    assert json.loads(value_of(page, "friends")) == [{"id": f"hall/{hall}", "since": "1,800"}]
    assert json.loads(value_of(page, "friends:shown")) == {f"hall/{hall}": "Acme"}
    assert "data-many-kind" in page
    names = ("tags", "crafts", "allies", "patron", "friends")
    same = {name: value_of(page, name) for name in names} | {
        f"{name}:was": value_of(page, f"{name}:was") for name in names
    }
    form = {"name": "Smiths", "name:was": "Smiths", "version": "1", **same}
    assert administrator.post(f"/guild/{guild}/edit", data=form).status_code == 303
    assert administrator.get(f"/api/v1/guild/{guild}").status_code == 401  # by the token of a program alone
    other, contact = website.add("hall", name="Other"), website.add("contact", name="Ann")
    changed = {
        "tags": json.dumps(["new"]),
        "crafts": json.dumps(["wood", "iron"]),
        "allies": json.dumps([{"id": str(hall), "since": "1,901"}, {"id": str(other), "since": ""}]),
        "patron": "",
        "friends": json.dumps([{"id": f"contact/{contact}", "since": ""}, {"id": f"hall/{hall}", "since": "1,801"}]),
    }
    assert administrator.post(f"/guild/{guild}/edit", data={**form, **changed}).status_code == 303
    shown = administrator.get(f"/guild/{guild}").text
    for text in ("new", "Wood", "Iron", "Acme", "1,901", "Other", "1,801", "Ann"):
        assert text in shown, text
    assert "loud" in shown  # in the history


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("tags", json.dumps(["x" * 61]), "61 characters"),
        ("tags", "no list", "needs a list"),
        ("tags", '{"a": 1}', "needs a list"),
        ("crafts", '["gold"]', "not one of the choices"),
        ("allies", '["987654"]', "there is no such"),
        ("patron", "user/1", "not one of the choices"),
        ("friends", '["user/1"]', "not one of the choices"),
        ("friends", '["987654"]', "needs a record as entity and id"),
        ("friends", '["hall/987654"]', "there is no such"),
    ],
)
def test_what_is_refused_comes_back_as_it_was_typed(
    administrator: Browser, guild: int, field: str, value: str, said: str
) -> None:
    answer = administrator.post(f"/guild/{guild}/edit", data={"name": "Smiths", "version": "1", field: value})
    assert answer.status_code == 422
    assert said in html.unescape(answer.text)
    assert value_of(answer.text, field) == value


def test_a_new_record_takes_what_the_other_side_fills_in(administrator: Browser, hall: int) -> None:
    page = administrator.get(f"/guild/new?allies={hall}").text
    assert json.loads(value_of(page, "allies")) == [{"id": str(hall), "since": ""}]
    assert json.loads(value_of(page, "allies:shown")) == {str(hall): "Acme"}
    page = administrator.get(f"/guild/new?patron=hall/{hall}").text
    assert (value_of(page, "patron"), value_of(page, "patron:shown")) == (f"hall/{hall}", "Acme")
    page = administrator.get(f"/guild/new?friends=hall/{hall}").text
    assert json.loads(value_of(page, "friends")) == [{"id": f"hall/{hall}", "since": ""}]
    for nonsense in ("friends=user/1", "friends=12", "patron=user/1", "patron=12", "allies=x", "allies=987654"):
        page = administrator.get(f"/guild/new?{nonsense}").text
        assert value_of(page, nonsense.split("=")[0]) == ""


def typed_in(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]* value="([^"]*)"', page)
    assert found, name
    return html.unescape(found[1])


def test_a_form_that_begins_with_a_record_has_what_choosing_it_fills_in(
    administrator: Browser, website: Website, asked: Asked
) -> None:
    keeper = website.add("contact", name="Kim")
    hall = website.add("hall", name="Old hall", keeper=keeper, dues=7)
    with asked.at_most(8):
        page = administrator.get(f"/guild/new?home={hall}").text
    filled = {"name": "Old hall", "keeper": str(keeper), "dues": ""}  # the hall's dues are restricted
    assert {key: typed_in(page, key) for key in filled} == filled
    assert 'value="Kim"' in page
    page = administrator.get(f"/guild/new?home={hall}&name=Smiths").text
    assert (typed_in(page, "name"), typed_in(page, "keeper")) == ("Smiths", str(keeper)), "what is stated stays"
    page = administrator.get("/guild/new?home=987654").text
    assert typed_in(page, "name") == typed_in(page, "keeper") == ""


def test_a_cell_and_many_rows_are_changed(administrator: Browser, guild: int) -> None:
    cell = administrator.get(f"/guild/{guild}/cell?field=tags").get_json()
    assert "data-many" in cell["html"]
    answer = administrator.post(f"/guild/{guild}/cell?field=tags", data={"tags": '["one"]', "version": "1"}).get_json()
    assert "one" in answer["html"]
    drawn = administrator.get("/guild/input?field=crafts").get_json()["html"]
    assert 'name="value"' in drawn
    data = {"id": str(guild), "field": "crafts", "value": '["wood"]'}
    assert administrator.post("/guild/bulk/edit", data=data).status_code == 303
    assert "Wood" in administrator.get("/guild/").text


def test_many_records_are_tagged_and_keep_what_else_they_have(administrator: Browser, website: Website) -> None:
    first = website.add("guild", name="Smiths", tags=["Old", "loud"])
    second = website.add("guild", name="Weavers", tags=["quiet"])
    assert 'data-open="bulk-tags"' in administrator.get("/guild/").text
    data = {"id": [str(first), str(second)], "add": '["Loud", "north"]', "remove": '["old"]'}
    assert administrator.post("/guild/bulk/tags", data=data).status_code == 303
    assert tags_of(administrator, first, second) == [["loud", "north"], ["quiet", "Loud", "north"]]
    assert administrator.post("/guild/bulk/tags?q=Weavers", data={"all": "1", "remove": '["NORTH"]'}).status_code == 303
    assert tags_of(administrator, first, second) == [["loud", "north"], ["quiet", "Loud"]]


def test_who_can_not_be_tagged_is_named_and_others_are(administrator: Browser, website: Website) -> None:
    record = website.add("guild", name="Smiths")
    full = website.add("guild", name="Weavers", tags=[f"tag {at}" for at in range(50)])
    data = {"id": [str(record), str(full), "987654"], "add": '["new"]'}
    report = administrator.post("/guild/bulk/tags", data=data)
    assert "1 changed." in report.text
    assert "2 could not be changed" in report.text
    assert "Weavers" in report.text
    assert tags_of(administrator, record) == [["new"]]


def test_tagging_takes_words_for_records_that_have_tags(administrator: Browser, guild: int) -> None:
    for data in ({"add": "[1]"}, {"add": "{}"}, {"add": "x"}, {"remove": f"[{', '.join(['1'] * 99)}]"}):
        assert administrator.post("/guild/bulk/tags", data={"id": str(guild), **data}).status_code == 400
    assert administrator.post("/account/bulk/tags", data={"id": "1", "add": '["x"]'}).status_code == 400
    nothing = administrator.post("/guild/bulk/tags", data={"id": str(guild), "add": ""}, follow_redirects=True)
    assert "No tags were named" in nothing.text


def tags_of(administrator: Browser, *records: int) -> list[list[str]]:
    pages = [administrator.get(f"/guild/{record}/edit").text for record in records]
    return [json.loads(value_of(page, "tags")) for page in pages]


def test_a_list_is_filtered_by_what_lists_hold(administrator: Browser, guild: int, hall: int, website: Website) -> None:
    website.add("guild", name="Weavers")
    asked = {
        "tags": ("LOUD", "none"),
        "crafts": ("iron", "wood"),
        "allies": (str(hall), "987654"),
        "patron": (f"hall/{hall}", f"contact/{hall}"),
        "friends": (f"hall/{hall}", f"contact/{hall}"),
    }
    for field, (right, wrong) in asked.items():
        page = administrator.get(f"/guild/?f.{field}={quote(right)}").text
        assert (f'data-id="{guild}"' in page, "Weavers" in page) == (True, False), field
        assert f'data-id="{guild}"' not in administrator.get(f"/guild/?f.{field}={quote(wrong)}").text, field
        blank = administrator.get(f"/guild/?f.{field}=-").text
        assert ("Weavers" in blank, f'data-id="{guild}"' in blank) == (True, False), field


def test_the_other_sides_stand_on_the_target(administrator: Browser, guild: int, hall: int) -> None:
    page = administrator.get(f"/hall/{hall}?tab=related").text
    assert page.count(f'href="/guild/{guild}"') >= 3
    assert f"patron=hall%2F{hall}" in page
    assert f"friends=hall%2F{hall}" in page


def test_a_file_holds_lists_in_words_and_no_formula(administrator: Browser, guild: int) -> None:
    del guild
    line = administrator.get("/guild/csv").text.splitlines()[1]
    assert line.split(",") == ["Smiths", "'=old; loud", "Iron", "Acme", "Acme", "Acme"]


def test_a_list_takes_a_statement_for_each_column_that_holds_many(
    administrator: Browser, guild: int, website: Website, asked: Asked
) -> None:
    del guild
    for number in range(6):
        website.add("guild", name=f"No. {number}", tags=[str(number)], crafts=["wood"])
    administrator.get("/guild/")
    with asked.at_most(9):
        assert administrator.get("/guild/").status_code == 200


def test_tags_are_offered_while_one_is_typed(administrator: Browser, guild: int, rep: Browser) -> None:
    del guild
    found = administrator.get("/guild/tags?field=tags&q=LO").get_json()["options"]
    assert [each["id"] for each in found] == ["loud"]
    assert administrator.get("/guild/tags?field=name&q=").get_json() == {"options": []}
    assert rep.get("/guild/tags?field=tags&q=lo").status_code in {200, 404}
    assert "loud" not in rep.get("/guild/tags?field=tags&q=lo").text


def test_programs_read_write_and_ask_for_links_to_several_entities(website: Website, guild: int, hall: int) -> None:
    client = website.app.test_client()
    known = client.post("/api/v1/security/login", json={"username": "administrator", "password": PASSWORD})
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {known.get_json()['access_token']}"
    here = {"entity": "hall", "id": str(hall), "label": "Acme", "since": 1800}
    assert client.get(f"/api/v1/guild/{guild}").get_json()["result"]["friends"] == [here]
    saved = client.patch(f"/api/v1/guild/{guild}", json={"friends": [{**here, "since": 5}]})
    assert saved.get_json()["result"]["friends"] == [{**here, "since": 5}]
    other = website.add("guild", name="Weavers")
    for asked, found in (
        (f'friends has "hall/{hall}"', [guild]),
        (f'has_any(friends, ["hall/{hall}", "contact/1"]) and name != "x"', [guild]),
        (f'has_all(friends, ["hall/{hall}", "contact/1"])', []),
        ("is_blank(friends)", [other]),
        ("count(friends) == 1", [guild]),
    ):
        answer = client.get("/api/v1/guild/", query_string={"filter": asked})
        assert [int(row["id"]) for row in answer.get_json()["result"]] == found, asked
    for wrong in ('friends has "user/1"', "friends has 1", 'friends has "hall/x"'):
        assert client.get("/api/v1/guild/", query_string={"filter": wrong}).status_code == 400
    schemas = client.get("/api/v1/openapi.json").get_json()["components"]["schemas"]
    assert schemas["Guild"]["properties"]["friends"]["items"]["required"] == ["entity", "id"]
    (about,) = (each for each in client.get("/api/v1/guild/_info").get_json()["fields"] if each["name"] == "friends")
    assert (about["to"], about["many"]) == (["hall", "contact"], True)

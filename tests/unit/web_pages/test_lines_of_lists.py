"""Lines whose cells hold lists, links, references to one of several entities and texts in several languages."""

from __future__ import annotations

import html
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.unit.files import samples
from tests.unit.website import PACK, PASSWORD, Browser, Website, prepare

FAIR = {
    **PACK,
    "entities/fair.yaml": """
label: {en: Fair, zh: 集市}
plural: {en: Fairs}
fields: {name: {type: text, required: true, label: {en: Name, zh: 名称}}}
layout:
  tabs:
    overview:
      sections:
        base: {label: {en: Basics, zh: 基本信息}, fields: [name]}
        stalls: {label: {en: Stalls, zh: 摊位}, related: stalls, columns: [name, motto, tags, wares, guests, host, photo, papers]}
""",
    "entities/stall.yaml": """
label: {en: Stall, zh: 摊位}
plural: {en: Stalls}
parent: {field: fair, part: true}
fields:
  fair:   {type: lookup, to: fair, required: true, inverse: stalls, label: {en: Fair, zh: 集市}}
  name:   {type: text, required: true, label: {en: Name, zh: 名称}}
  motto:  {type: text, translated: true, required: true, default: Hi, label: {en: Motto, zh: 口号}}
  tags:   {type: tags, label: {en: Tags, zh: 标签}}
  wares:  {type: picklist, many: true, options: level, label: {en: Wares, zh: 货品}}
  guests:
    type: lookup
    to: contact
    many: true
    inverse: stalls
    link_fields: {seat: {type: integer, label: {en: Seat, zh: 座位}}}
    label: {en: Guests, zh: 来宾}
  host:   {type: lookup, to: [account, contact], inverse: hosted, label: {en: Host, zh: 主办}}
  photo:  {type: image, label: {en: Photo, zh: 照片}}
  papers: {type: file, many: true, accept: [text], max_size: 1 KB, label: {en: Papers, zh: 附件}}
""",
}


@pytest.fixture(scope="module")
def prepared_website(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int]]:
    return prepare(tmp_path_factory.mktemp("fair"), FAIR)


def held(page: str, field: str) -> list[str]:
    """What the inputs of a column hold, line by line."""
    body = page.split("<template data-line-blank>", 1)[0]
    found = re.findall(rf'name="stalls\.[in]\d+\.{re.escape(field)}"[^>]*? value="([^"]*)"', body)
    return [html.unescape(each) for each in found]


def posted(*lines: dict[str, Any], read: str = "", **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"name": "Fair", "stalls:rows": read, **more}
    for number, line in enumerate(lines):
        token = line.get("token", f"n{number}")
        found |= {f"stalls.{token}.{key}": value for key, value in line.items() if key != "token"}
    return found


def line_of(account: int, contact: int) -> dict[str, Any]:
    return {
        "name": "Stall",
        "motto:en": "Hello",
        "motto:zh": "你好",
        "tags": '["new","loud"]',
        "wares": '["b"]',
        "guests": json.dumps([{"id": str(contact), "seat": "7"}]),
        "guests:shown": json.dumps({str(contact): "Ann"}),
        "host": f"account/{account}",
        "host:shown": "Acme",
    }


@pytest.fixture
def account(website: Website) -> int:
    return website.add("account", name="Acme")


@pytest.fixture
def contact(website: Website) -> int:
    return website.add("contact", name="Ann")


def test_lines_of_lists_are_entered_and_shown(administrator: Browser, account: int, contact: int) -> None:
    page = administrator.get("/fair/new").text
    assert [held(page, f"motto:{each}") for each in ("en", "zh")] == [["Hi"], [""]]
    assert 'data-many="/fair/tags?field=stalls.tags"' in page
    answer = administrator.post("/fair/new", data=posted(line_of(account, contact)))
    assert answer.status_code == 303, answer.text
    where = answer.headers["Location"]
    page = administrator.get(f"{where}/edit").text
    assert (held(page, "motto:en"), held(page, "motto:zh")) == (["Hello"], ["你好"])
    assert json.loads(held(page, "tags")[0]) == ["new", "loud"]
    assert json.loads(held(page, "guests")[0]) == [{"id": str(contact), "seat": "7"}]
    assert held(page, "host") == [f"account/{account}"]
    assert json.loads(held(page, "guests:shown")[0]) == {str(contact): "Ann"}
    shown = administrator.get(where).text
    table = shown[shown.index("table--lines") :]
    for text in ("Hello", "loud", "Plain", "Ann", "Acme"):
        assert text in table
    assert "你好" not in table


def test_one_cell_of_a_line_changes_alone(administrator: Browser, website: Website, contact: int) -> None:
    stall = {"name": "A", "motto": {"en": "Hello", "zh": "好"}, "tags": ["x"], "guests": [contact]}
    record = website.add("fair", name="Fair", stalls=[stall])
    page = administrator.get(f"/fair/{record}/edit").text
    (token,) = re.findall(r'data-line="(i\d+)"', page)
    was = {key: held(page, key)[0] for key in ("name", "motto:en", "motto:zh", "tags", "wares", "guests", "host")}
    line = {"token": token, **was, **{f"{key}:was": value for key, value in was.items()}}
    sent = posted(
        line | {"tags": '["y"]', "motto:zh": "您好", "motto:en": "Hey"}, read=token, version="1", **{"name:was": "Fair"}
    )
    assert administrator.post(f"/fair/{record}/edit", data=sent).status_code == 303
    page = administrator.get(f"/fair/{record}/edit").text
    assert (held(page, "tags"), held(page, "motto:en"), held(page, "motto:zh")) == (['["y"]'], ["Hey"], ["您好"])
    assert json.loads(held(page, "guests")[0])[0]["id"] == str(contact)
    told = administrator.get(f"/fair/{record}").text
    assert "Hey" in told[told.index("table--lines") :]


def test_what_is_wrong_is_told_at_its_cell(administrator: Browser) -> None:
    lines = ({"name": "A", "motto:en": "", "tags": "[[1]]"}, {"name": "B", "motto:en": "x", "host": "fair/1"})
    answer = administrator.post("/fair/new", data=posted(*lines))
    assert answer.status_code == 422
    found = re.findall(r'href="#(i-stalls-[^"]+)"', answer.text)
    assert found == ["i-stalls-n0-motto-en", "i-stalls-n0-tags", "i-stalls-n1-host"]
    for each in found:
        assert f'id="{each}"' in answer.text
        assert f'id="{each}-error"' in answer.text
    assert held(answer.text, "name") == ["A", "B"]


def test_tags_of_lines_are_offered_to_who_reads_them(website: Website, administrator: Browser, rep: Browser) -> None:
    website.add("fair", name="Fair", stalls=[{"name": "A", "motto": "x", "tags": ["quiet"]}])
    found = administrator.get("/fair/tags?field=stalls.tags&q=qu").json
    assert [each["id"] for each in found["options"]] == ["quiet"]
    assert rep.get("/fair/tags?field=stalls.tags&q=qu").status_code == 404
    for wrong in ("stalls.name", "stalls.", "stalls.fair", "other.tags", "stalls.tags.x"):
        assert administrator.get(f"/fair/tags?field={wrong}").json == {"options": []}
    assert administrator.get("/stall/tags?field=tags").status_code == 404


def test_what_others_saved_meanwhile_is_told_in_words(administrator: Browser, website: Website, contact: int) -> None:
    record = website.add("fair", name="Fair", stalls=[{"name": "A", "motto": "x", "wares": ["a"]}])
    page = administrator.get(f"/fair/{record}/edit").text
    (token,) = re.findall(r'data-line="(i\d+)"', page)
    line = {"token": token, "wares": '["a"]', "wares:was": '["a"]', "guests": "", "guests:was": ""}
    theirs = posted(
        line | {"wares": '["b"]', "guests": json.dumps([{"id": str(contact), "seat": ""}])}, read=token, version="1"
    )
    assert administrator.post(f"/fair/{record}/edit", data=theirs).status_code == 303
    mine = posted(line | {"wares": "", "guests": "[]"}, read=token, version="1")
    answer = administrator.post(f"/fair/{record}/edit", data=mine)
    assert answer.status_code == 409
    notes = re.findall(r'<p class="help help--theirs"[^>]*>([^<]*)<', answer.text)
    assert any("Plain" in each for each in notes)
    assert any("Ann" in each for each in notes)


def sent(browser: Browser, path: str, data: dict[str, Any]) -> TestResponse:
    return browser.post(path, data=data, content_type="multipart/form-data")


def upload(content: bytes, name: str) -> tuple[io.BytesIO, str]:
    return io.BytesIO(content), name


def test_files_of_lines_are_chosen_kept_and_taken_away(administrator: Browser, rep: Browser) -> None:
    line = {"name": "A", "motto:en": "x", "papers:file": [upload(b"one", "one.txt"), upload(b"two", "two.txt")]}
    picture = {"name": "B", "motto:en": "x", "photo:file": upload(samples.picture(), "b.png")}
    answer = sent(administrator, "/fair/new", posted(line, picture))
    assert answer.status_code == 303, answer.text
    where = answer.headers["Location"]
    table = administrator.get(where).text.partition("table--lines")[2]
    links = list(dict.fromkeys(re.findall(r'href="(/files/[^"/]+)"', table)))
    assert len(links) == 2  # of several files a cell shows the first
    assert administrator.get(links[0], buffered=True).data == b"one"
    assert rep.get(links[0]).status_code == 404
    page = administrator.get(f"{where}/edit").text
    assert 'enctype="multipart/form-data"' in page
    first, second = re.findall(r'data-line="(i\d+)"', page)
    one, two = held(page, "papers:ids")[0].split(",")
    lines = (
        {"token": first, "papers:ids": f"{one},{two}", "papers:was": f"{one},{two}", "papers:drop": one},
        {"token": second, "photo:ids": held(page, "photo:ids")[1], "photo:was": held(page, "photo:ids")[1]},
    )
    assert sent(administrator, f"{where}/edit", posted(*lines, read=f"{first},{second}")).status_code == 303
    page = administrator.get(f"{where}/edit").text
    assert held(page, "papers:ids")[0] == two
    assert held(page, "photo:ids")[1] == lines[1]["photo:ids"]


def test_a_refused_form_still_has_the_files_of_its_lines(administrator: Browser) -> None:
    line = {"name": "A", "motto:en": "", "papers:file": upload(b"one", "one.txt")}
    alone = {"name": "", "name:was": "", "motto:en": "Hi", "motto:en:was": "Hi", "papers:ids": "", "papers:was": ""}
    large = {**alone, "papers:file": upload(b"x" * 1_100, "large.txt")}
    answer = sent(administrator, "/fair/new", posted(line, alone, large))
    assert answer.status_code == 422
    assert re.findall(r'href="#(i-stalls-[^"]+)"', answer.text) == ["i-stalls-n2-papers"]
    assert "one.txt" in answer.text
    (kept,) = (each for each in held(answer.text, "papers:ids") if each)
    again = sent(administrator, "/fair/new", posted({"name": "A", "motto:en": "x", "papers:ids": kept}))
    assert again.status_code == 303, again.text
    assert "one.txt" in administrator.get(again.headers["Location"]).text
    stolen = sent(administrator, "/fair/new", posted({"name": "A", "motto:en": "x", "papers:ids": kept}))
    assert stolen.status_code == 422


def test_a_line_gets_files_by_rest(website: Website) -> None:
    client = website.app.test_client()
    known = client.post("/api/v1/security/login", json={"username": "administrator", "password": PASSWORD})
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {known.get_json()['access_token']}"
    made = client.post("/api/v1/stall/_files/papers", data={"file": upload(b"one", "one.txt")})
    assert made.status_code == 201, made.text
    stall = {"name": "A", "motto": "x", "papers": [made.get_json()["id"]]}
    saved = client.post("/api/v1/fair/", json={"name": "Fair", "stalls": [stall]})
    assert saved.status_code == 201, saved.text
    (kept,) = saved.get_json()["result"]["stalls"]
    assert [each["name"] for each in kept["papers"]] == ["one.txt"]
    described = client.get("/api/v1/openapi.json").get_json()
    assert "/api/v1/stall/_files/{field}" in described["paths"]

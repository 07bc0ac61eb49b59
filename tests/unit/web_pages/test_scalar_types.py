"""Rich text, times, durations, ratings, colours, places, addresses and JSON on the screens and behind the API."""

from __future__ import annotations

import csv
import datetime as dt
import html
import io
import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from app.definition.composite import ADDRESS_PARTS, Address
from app.definition.written import read_duration, write_duration
from app.web.pages import composed
from app.web.pages.cells import Cell
from app.web.pages.drawing import shown
from app.web.pages.formats import formats_for
from app.web.pages.places import address_line, address_lines
from tests.unit.website import PASSWORD, Browser, Website

VALUES: dict[str, Any] = {
    "name": "V",
    "report": "<p>Well <b>done</b></p>",
    "starts": "09:30",
    "lasts": "2:30",
    "mood": "3",
    "color": "#0B5FFF",
    "place": "31.230416, 121.473701",
    "address": {"province": "浙江省", "city": "杭州市", "street": "西湖大道1号"},
    "more": {"b": [1], "a": "<i>"},
}
AS_POSTED = {
    **{key: VALUES[key] for key in ("name", "report", "starts", "lasts", "mood", "color")},
    "place.latitude": "31.230416",
    "place.longitude": "121.473701",
    "address.country": "",
    "address.province": "浙江省",
    "address.city": "杭州市",
    "address.district": "",
    "address.street": "西湖大道1号",
    "address.postal_code": "",
    "more": '{"b": [1], "a": "<i>"}',
}
WIRE = {
    **{key: VALUES[key] for key in ("name", "report", "starts")},
    "lasts": "PT2H30M",
    "mood": 3,
    "color": "#0b5fff",
    "place": {"latitude": "31.230416", "longitude": "121.473701"},
    "address": {"country": "CN", "province": "浙江省", "city": "杭州市", "street": "西湖大道1号"},
    "more": {"a": "<i>", "b": [1]},
}


@pytest.fixture
def program(website: Website) -> FlaskClient:
    """A program with the token of the administrator."""
    client = website.app.test_client()
    answer = client.post("/api/v1/security/login", json={"username": "administrator", "password": PASSWORD})
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {answer.get_json()['access_token']}"
    return client


@pytest.fixture
def visit(administrator: Browser) -> str:
    answer = administrator.post("/visit/new", data=AS_POSTED)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def test_a_form_saves_what_a_program_reads(program: FlaskClient, visit: str) -> None:
    record = visit.rsplit("/", 1)[1]
    found = program.get(f"/api/v1/visit/{record}").get_json()["result"]
    assert {key: found[key] for key in WIRE} == WIRE


def test_the_record_and_the_list_show_each_in_its_way(administrator: Browser, visit: str) -> None:
    page = administrator.get(visit).text
    assert '<div class="rich"><p>Well <b>done</b></p></div>' in page
    assert 'aria-label="3 of 5 stars"' in page
    assert "2 h 30 min" in page
    assert 'fill="#0b5fff"' in page
    assert 'href="https://www.openstreetmap.org/?mlat=31.230416&amp;mlon=121.473701' in page
    assert 'rel="noreferrer noopener"' in page
    assert "浙江省杭州市\n西湖大道1号" in page
    assert "&lt;i&gt;" in page
    listed = administrator.get("/visit/").text
    assert "Well done" in listed
    assert "浙江省杭州市西湖大道1号" in listed


def test_the_form_reads_back_what_it_shows(administrator: Browser, program: FlaskClient, visit: str) -> None:
    """Posting the page as it is changes nothing, in either language."""
    page = administrator.get(f"{visit}/edit")
    posted = fields_of(page.text)
    assert posted["lasts"] == "2 h 30 min"
    assert posted["address.country"] == "CN"
    assert administrator.post(f"{visit}/edit", data=posted).status_code == 303
    everything = {key: value for key, value in posted.items() if not key.endswith(":was")}
    assert administrator.post(f"{visit}/edit", data=everything).status_code == 303
    assert program.get(f"/api/v1/visit/{visit.rsplit('/', 1)[1]}").get_json()["result"]["version"] == 1


def test_what_is_wrong_stands_at_its_field(administrator: Browser) -> None:
    wrong = {
        "name": "V",
        "lasts": "90",
        "starts": "25:00",
        "color": "red",
        "mood": "9",
        "more": "{",
        "place.latitude": "1",
    }
    page = administrator.post("/visit/new", data=wrong | {"address.country": "Atlantis", "report": "<b>" * 300})
    assert page.status_code == 422
    for code in ("format", "range"):
        assert f'data-code="field.{code}"' in page.text
    assert page.text.count('class="field__error"') == 8
    assert 'value="90"' in page.text


def test_markup_that_was_posted_is_cleaned_before_an_editor_draws_it(administrator: Browser) -> None:
    page = administrator.post("/visit/new", data={"report": "<img src=x onerror=alert(1)>x<script>y</script>"}).text
    assert "onerror" not in page
    assert "&lt;p&gt;x&lt;/p&gt;" in page
    prefilled = administrator.get("/visit/new?report=%3Cimg%20src=x%20onerror=alert(1)%3E").text
    assert "onerror" not in prefilled.split("data-rich")[1]


def test_markup_is_not_trusted_when_it_is_drawn() -> None:
    evil = '<p onclick="x()">a<script>alert(1)</script><a href="javascript:x">b</a></p>'
    assert "script" not in shown(Cell("rich", "a", evil), cut=False)
    assert "onclick" not in shown(Cell("rich", "a", evil), cut=False)
    assert "<p" not in shown(Cell("rich", "<p>", evil))


def test_filters_fit_their_types(administrator: Browser, visit: str) -> None:
    hits = (
        "f.lasts.from=2:00", "f.starts.from=09:30&f.starts.to=10:00", "f.report=true", "f.address=西湖", "f.color=0b5fff",
        "q=done",
    )  # fmt: skip
    misses = ("f.lasts.to=PT2H", "f.more=false", "f.address=street", "f.mood.from=4", "q=strong")
    for query in (*hits, *misses):
        page = administrator.get(f"/visit/?{query}")
        assert page.status_code == 200
        assert (visit in page.text) is (query in hits), query


def test_a_cell_is_edited_where_it_stands(administrator: Browser, visit: str) -> None:
    asked = administrator.get(f"{visit}/cell?field=mood").get_json()
    assert 'role="radiogroup"' in asked["html"]
    answer = administrator.post(f"{visit}/cell?field=mood", data={"mood": "5", "version": asked["version"]})
    assert "★★★★★" in answer.get_json()["html"]
    refused = administrator.post(f"{visit}/cell?field=lasts", data={"lasts": "9:00", "version": "2"})
    assert refused.get_json()["code"] == "field.range"


def test_many_get_an_address_at_once(administrator: Browser, program: FlaskClient, visit: str) -> None:
    record = visit.rsplit("/", 1)[1]
    assert 'name="value.street"' in administrator.get("/visit/input?field=address").get_json()["html"]
    data = {"id": record, "field": "address", "value.city": "Berlin", "value.country": "DE"}
    administrator.post("/visit/bulk/edit", data=data)
    found = program.get(f"/api/v1/visit/{record}").get_json()["result"]
    assert found["address"] == {"country": "DE", "city": "Berlin"}


def test_the_export_is_plain(administrator: Browser, visit: str) -> None:
    del visit
    rows = list(csv.DictReader(io.StringIO(administrator.get("/visit/csv").get_data().decode("utf-8-sig"))))
    assert {key: rows[0][key] for key in ("Report", "Starts", "Lasts", "Mood", "Color", "Address")} == {
        "Report": "Well done",
        "Starts": "09:30",
        "Lasts": "PT2H30M",
        "Mood": "3",
        "Color": "#0b5fff",
        "Address": "浙江省杭州市西湖大道1号",
    }


def test_the_history_says_it_in_words(administrator: Browser, program: FlaskClient, visit: str) -> None:
    change = {
        "lasts": "45 min",
        "address": {"city": "Köln", "country": "DE"},
        "mood": 1,
        "more": None,
        "report": "<p>Hm</p>",
    }
    record = visit.rsplit("/", 1)[1]
    assert program.patch(f"/api/v1/visit/{record}", json=change).status_code == 200
    page = administrator.get(visit).text
    for said in ("45 min", "Köln, Germany", "★☆☆☆☆", "Well done", "Hm"):
        assert said in page


def test_a_body_in_which_a_key_stands_twice_is_refused(program: FlaskClient) -> None:
    answer = program.post("/api/v1/visit/", data='{"name": "a", "name": "b"}', content_type="application/json")
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("address", "lines", "line"),
    [
        (
            Address("CN", "上海市", "上海市", "浦东新区", "世纪大道100号", "200120"),
            ("上海市浦东新区", "世纪大道100号", "200120"),
            "上海市浦东新区世纪大道100号 200120",
        ),
        (
            Address("DE", "", "Köln", "", "Domplatz 1", "50667"),
            ("Domplatz 1", "50667 Köln", "Germany"),
            "Domplatz 1, 50667 Köln, Germany",
        ),
        (Address("CN", postal_code="200120"), ("200120",), "200120"),
        (Address("CN"), (), ""),
    ],
)
def test_addresses_follow_the_order_of_their_country(address: Address, lines: tuple[str, ...], line: str) -> None:
    assert address_lines(address, "en", "CN") == lines
    assert address_line(address, "en", "CN") == line


@given(st.integers(-(10**6), 10**6), st.sampled_from(["en", "zh"]))
def test_a_duration_is_read_as_it_is_said(seconds: int, language: str) -> None:
    value = dt.timedelta(seconds=seconds)
    assert read_duration(formats_for(language, "UTC", "CNY").duration(value)) == value
    assert read_duration(write_duration(value)) == value


@given(st.dictionaries(st.sampled_from(ADDRESS_PARTS), st.text(max_size=10)))
def test_parts_and_their_text_are_the_same(parts: dict[str, str]) -> None:
    form: MultiDict[str, str] = MultiDict({f"address.{key}": part for key, part in parts.items()})
    filled = {key: parts[key].strip() for key in ADDRESS_PARTS if parts.get(key, "").strip()}
    whole = composed.posted(form, "address", "address")
    assert whole is None if not parts else composed.split(str(whole)) == (filled or "")


def fields_of(page: str) -> dict[str, str]:
    """What a browser would post of the page's form."""
    found: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", page):
        attributes = {key: html.unescape(value) for key, value in re.findall(r'([\w-]+)="([^"]*)"', tag)}
        name = attributes.get("name", "")
        if not name or (attributes.get("type") in {"radio", "checkbox"} and " checked" not in tag):
            continue
        found[name] = attributes.get("value", "")
    for name, text in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>([^<]*)</textarea>', page):
        found[name] = html.unescape(text)
    for name, body in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', body)
        found[name] = html.unescape(chosen[1]) if chosen else ""
    return {key: value for key, value in found.items() if key not in {"q", "csrf_token"}}

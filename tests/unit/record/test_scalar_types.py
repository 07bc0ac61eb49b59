"""Rich text, times, durations, ratings, colours, places, addresses and JSON: to the database and back on both."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.access import reading
from app.definition.composite import ADDRESS_PARTS, Address, Html, Json, Location, UnreadJson
from app.insight import Filter, ListQuery, get_record, list_records
from app.insight.wire import to_wire
from app.record import Change, create, update
from app.record.blueprint import blueprint_of
from app.record.messages import MESSAGES
from app.record.values import Bad
from tests.unit.record.conftest import CATALOG, Company, codes, done

PARSERS = blueprint_of(CATALOG, "visit").parsers
FIELDS = sorted(set(CATALOG.entities["visit"].fields) - {"name"})
CODES = {key.partition(":")[0] for key in MESSAGES}
OPEN = Location.of(Decimal("31.230416"), Decimal("121.473701"))

STORED: dict[str, list[tuple[Any, Any]]] = {
    "report": [
        ("<p>Well</p><script>alert(1)</script>", Html("<p>Well</p>")),
        ("a < b\nc", Html("<p>a &lt; b</p><p>c</p>")),
        ('<a href="javascript:alert(1)" onclick="x()">x</a>', Html('<a rel="noopener noreferrer nofollow">x</a>')),
        ('<a href="/logout/">x</a>', Html('<a rel="noopener noreferrer nofollow">x</a>')),
        ("<h1>Top</h1><img src=x onerror=alert(1)>", Html("<h2>Top</h2>")),
        ("<pre>\n\n\nx</pre>", Html("<pre>x</pre>")),
        ("<p> </p><br>", None),
        ("", None),
    ],
    "starts": [
        ("9:30", dt.time(9, 30)),
        ("09:30:15", dt.time(9, 30, 15)),
        ("9:30 pm", dt.time(21, 30)),
        ("12:00 PM", dt.time(12)),
        ("０９：３０", dt.time(9, 30)),
        (dt.time(8, 5, 1, 999), dt.time(8, 5, 1)),
        (" ", None),
    ],
    "lasts": [
        ("PT2H30M", dt.timedelta(hours=2.5)),
        ("2:30", dt.timedelta(hours=2.5)),
        ("2 h 30 min", dt.timedelta(hours=2.5)),
        ("2.5 hours", dt.timedelta(hours=2.5)),
        ("2 小时 30 分", dt.timedelta(hours=2.5)),
        ("2小时30分钟", dt.timedelta(hours=2.5)),
        ("45min", dt.timedelta(minutes=45)),
        ("PT0S", dt.timedelta()),
        (0, dt.timedelta()),
        ("90 s", dt.timedelta(seconds=90)),
        ("", None),
    ],
    "mood": [(5, 5), ("1", 1), ("", None)],
    "grade": [(10, 10)],
    "color": [("#0B5FFF", "#0b5fff"), ("0b5", "#00bb55"), ("", None)],
    "place": [
        ("31.230416, 121.473701", OPEN),
        ("31.230416，121.473701", OPEN),
        ({"latitude": "31.2304160", "longitude": 121.473701}, OPEN),
        ({"latitude": 90, "longitude": -180}, Location.of(Decimal(90), Decimal(-180))),
        ({"latitude": "-0", "longitude": "0.0000001"}, Location.of(Decimal(0), Decimal(0))),
        ({"latitude": "", "longitude": ""}, None),
        ({}, None),
    ],
    "address": [
        ({"city": " 杭州市 ", "street": ""}, Address("CN", city="杭州市")),
        ({"country": "德国", "city": "Berlin"}, Address("DE", city="Berlin")),
        ({"country": "de"}, Address("DE")),
        ("Century Avenue 100", Address("CN", street="Century Avenue 100")),
        ({"street": None}, None),
        ({}, None),
        ("", None),
    ],
    "more": [
        ({"b": [1, 2.5, None, True], "a": "x"}, Json('{"a":"x","b":[1,2.5,null,true]}')),
        ([], Json("[]")),
        (False, Json("false")),
        (Decimal("1.50"), Json("1.5")),
        (UnreadJson('{"a": 1e3}'), Json('{"a":1000.0}')),
        (UnreadJson('"text"'), Json('"text"')),
        ("text", Json('"text"')),
        (UnreadJson(" null "), None),
        (UnreadJson(""), None),
        (None, None),
    ],
}
REFUSED: dict[str, list[tuple[Any, str]]] = {
    "report": [
        (["x"], "field.type"),
        (7, "field.type"),
        ("x\x00", "field.format"),
        ("&#1;", "field.format"),
        ("<b>" * 201 + "x", "field.format"),
        ("<p>" + "x" * 600, "field.length"),
    ],
    "starts": [
        ("6:59", "field.range"),
        ("22:00:01", "field.range"),
        ("24:00", "field.format"),
        ("9:60", "field.format"),
        ("13:00 pm", "field.format"),
        ("09:30Z", "field.format"),
        ("1" * 200, "field.length"),
        (34200, "field.type"),
        (True, "field.type"),
    ],
    "lasts": [
        (90, "field.type"),
        (1.5, "field.type"),
        (True, "field.type"),
        ("90", "field.format"),
        ("P1M", "field.format"),
        ("P1Y", "field.format"),
        ("PT", "field.format"),
        ("P", "field.format"),
        ("1:75", "field.format"),
        ("2 parsecs", "field.format"),
        ("0.5 s", "field.format"),
        ("-1 min", "field.range"),
        ("8:00:01", "field.range"),
        ("999999999 weeks", "field.range"),
    ],
    "mood": [(0, "field.range"), (6, "field.range"), (2.5, "field.type"), ("★", "field.type"), (True, "field.type")],
    "grade": [(11, "field.range")],
    "color": [("red", "field.format"), ("#12345", "field.format"), (0x0B5FFF, "field.type"), ("#0b5fff;x", "field.format")],
    "place": [
        ("31.2", "field.format"),
        ("31.2, 1, 2", "field.format"),
        ("north, east", "field.format"),
        ({"latitude": "31.2"}, "field.format"),
        ({"lat": 1, "lng": 2}, "field.format"),
        ({"latitude": "90.0000001", "longitude": "0"}, "field.range"),
        ({"latitude": "0", "longitude": "-181"}, "field.range"),
        ({"latitude": [], "longitude": 1}, "field.format"),
        ({"latitude": "1e400", "longitude": 1}, "field.range"),
        ([31, 121], "field.type"),
        (31.2, "field.type"),
    ],
    "address": [
        (["x"], "field.type"),
        (5, "field.type"),
        ({"planet": "Mars"}, "field.format"),
        ({"country": "Atlantis"}, "field.format"),
        ({"city": ["x"]}, "field.type"),
        ({"city": "x\x00"}, "field.format"),
        ({"street": "x" * 201}, "field.length"),
    ],
    "more": [
        (UnreadJson("{"), "field.format"),
        (UnreadJson('{"a": 1, "a": 2}'), "field.format"),
        (UnreadJson("NaN"), "field.format"),
        (UnreadJson('"\\u0000"'), "field.format"),
        (UnreadJson('"\\ud800"'), "field.format"),
        ({"a\x00": 1}, "field.format"),
        (["\ud800"], "field.format"),
        (UnreadJson("[" * 33 + "]" * 33), "field.range"),
        (UnreadJson("[" * 100_000), "field.format"),
        (UnreadJson("1e400"), "field.range"),
        (2**63, "field.range"),
        ("x" * 65_535, "field.length"),
        (UnreadJson(" " * 300_000), "field.range"),
        (object(), "field.format"),
    ],
}  # fmt: skip


def parse(field: str, raw: object) -> Any:
    return PARSERS[field](raw)


@pytest.mark.parametrize("field", FIELDS)
def test_a_value_has_one_stored_form(field: str) -> None:
    for raw, stored in STORED[field]:
        assert parse(field, raw) == stored, raw
        assert parse(field, stored) == stored


@pytest.mark.parametrize("field", FIELDS)
def test_what_does_not_fit_is_refused_with_its_code(field: str) -> None:
    for raw, code in REFUSED[field]:
        found = parse(field, raw)
        assert isinstance(found, Bad), f"{raw!r} became {found!r}"
        assert found.code == code, raw


def test_bad_values_never_reach_the_database(company: Company) -> None:
    for field in FIELDS:
        for raw, code in REFUSED[field]:
            outcome = create(company.store, company.boss, "visit", [{"name": "V", field: raw}], door="api")
            assert codes(outcome) == [(field, code)]
            for refusal in outcome.refusals:  # type: ignore[union-attr]
                assert all(refusal.text(language, CATALOG) for language in ("en", "zh"))
    assert company.count("visit") == 0


def test_what_is_written_is_read(company: Company) -> None:
    values = {field: next(raw for raw, stored in STORED[field] if stored is not None) for field in FIELDS}
    record = company.add("visit", name="V", **values)
    assert {key: each for key, each in company.stored("visit", record).items() if key in FIELDS} == {
        field: parse(field, raw) for field, raw in values.items()
    }
    assert wire(company, record) == {
        "report": "<p>Well</p>",
        "starts": "09:30",
        "lasts": "PT2H30M",
        "mood": 5,
        "grade": 10,
        "color": "#0b5fff",
        "place": {"latitude": "31.230416", "longitude": "121.473701"},
        "address": {"country": "CN", "city": "杭州市"},
        "more": {"a": "x", "b": [1, 2.5, None, True]},
    }


def test_a_default_is_what_its_text_says(company: Company) -> None:
    record = company.add("visit", name="V")
    assert company.stored("visit", record)["lasts"] == dt.timedelta(minutes=30)


def test_colours_are_unique_in_their_stored_form(company: Company) -> None:
    company.add("visit", name="V", color="#ABCDEF")
    outcome = create(company.store, company.boss, "visit", [{"name": "W", "color": "abcdef"}], door="api")
    assert codes(outcome) == [("color", "field.unique")]


def test_the_history_keeps_values_in_wire_form(company: Company) -> None:
    record = company.add("visit", name="V", place="1, 2", more={"a": 1}, address={"city": "X"})
    values = {"place": None, "more": [1], "lasts": "1 h", "starts": "9:00", "report": "Hm", "address": "Y"}
    done(update(company.store, company.boss, "visit", [Change(record, values)], door="api"))
    assert company.audited("visit", record)[-1]["changes"] == {
        "address": [{"country": "CN", "city": "X"}, {"country": "CN", "street": "Y"}],
        "lasts": ["PT30M", "PT1H"],
        "more": [{"a": 1}, [1]],
        "place": [{"latitude": "1", "longitude": "2"}, None],
        "report": [None, "<p>Hm</p>"],
        "starts": [None, "09:00"],
    }


def test_lists_order_and_compare_times_and_durations(company: Company) -> None:
    texts = [("10:00", "2 h"), ("9:00", "7 h"), ("9:00:01", "90 min"), (None, None)]
    ids = [company.add("visit", name="V", starts=starts, lasts=lasts) for starts, lasts in texts]

    def found(**query: Any) -> list[int]:
        with reading(company.store, company.boss) as session:
            page = list_records(session, company.boss, ListQuery("visit", **query))
            rows = [row.id for row in page.rows]
            if page.next:
                rows += found(**{**query, "cursor": page.next})
            return rows

    assert found(sort=(("starts", False),), limit=1) == [ids[1], ids[2], ids[0], ids[3]]
    assert found(sort=(("lasts", True),), limit=1) == [ids[1], ids[0], ids[2], ids[3]]
    assert found(filters=(Filter("lasts", "at_least", ("2:00",)),), sort=(("lasts", False),)) == [ids[0], ids[1]]
    assert found(filters=(Filter("starts", "between", ("9:00", "09:30")),), sort=(("starts", False),)) == ids[1:3]
    assert found(filters=(Filter("lasts", "is_blank"),)) == [ids[3]]


def test_words_of_reports_and_addresses_are_found(company: Company) -> None:
    place = {"city": "杭州市", "district": "西湖区", "street": 'Road "7"'}
    record = company.add("visit", name="V", report="<p>Great <b>mee</b>ting</p>", address=place)

    def hits(text: str = "", *filters: Filter) -> list[int]:
        with reading(company.store, company.boss) as session:
            page = list_records(session, company.boss, ListQuery("visit", search=text, filters=filters))
            return [row.id for row in page.rows]

    assert hits("meeting") == hits("西湖") == [record]
    assert hits("strong") == hits("street") == []
    assert hits("", Filter("address", "contains", ('Road "7"',))) == [record]
    assert hits("", Filter("address", "contains", ("street",))) == []


def wire(company: Company, record: int) -> dict[str, Any]:
    with reading(company.store, company.boss) as session:
        row = get_record(session, company.boss, "visit", record, FIELDS)
        assert row is not None
        found: dict[str, Any] = json.loads(json.dumps(to_wire(CATALOG, row)))
    return {key: value for key, value in found.items() if key in FIELDS}


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**62), 2**62) | FLOATS | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
MARKUP = st.lists(
    st.sampled_from(
        [*"""<p> </p> <b> </b> <ul> <li> </ul> <table> <td> </table> <a href="http://x"> </a> <pre> </pre> <script> </script>
        <svg> <style> <!-- --> &lt; &amp;lt; <h1> <div> </div> <math> <br> <img> " ' < > 李 a""".split(), "\n", " "]
    ),
    max_size=12,
).map("".join)  # fmt: skip
DEGREES = st.decimals(-90, 90, places=7)
ROWS = st.fixed_dictionaries(
    {},
    optional={
        "report": MARKUP | TEXT,
        "starts": st.times(dt.time(7), dt.time(22)),
        "lasts": st.integers(0, 8 * 3600).map(lambda seconds: dt.timedelta(seconds=seconds)),
        "mood": st.integers(1, 5),
        "place": st.builds(lambda x, y: {"latitude": str(x), "longitude": str(y)}, DEGREES, DEGREES),
        "address": st.dictionaries(st.sampled_from(ADDRESS_PARTS[1:]), TEXT),
        "more": VALUES,
    },
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(rows=st.lists(ROWS, min_size=1, max_size=8))
def test_writing_what_was_read_changes_nothing(prepared_store: Company, rows: list[dict[str, Any]]) -> None:
    rows = [{key: raw for key, raw in row.items() if not isinstance(parse(key, raw), Bad)} for row in rows]
    saved = done(
        create(prepared_store.store, prepared_store.boss, "visit", [{"name": "V", **row} for row in rows], door="api")
    )
    read = [wire(prepared_store, record) for record in saved.ids]
    again = [Change(record, values) for record, values in zip(saved.ids, read, strict=True)]
    after = done(update(prepared_store.store, prepared_store.boss, "visit", again, door="api"))
    assert after.versions == saved.versions, "nothing was changed, so no version was made"
    assert [wire(prepared_store, record) for record in saved.ids] == read


@given(raw=st.from_type(object) | VALUES | MARKUP, field=st.sampled_from(FIELDS))
def test_no_value_raises_and_what_is_stored_stays(raw: object, field: str) -> None:
    found = parse(field, raw)
    if isinstance(found, Bad):
        assert found.code in CODES
    else:
        assert parse(field, found) == found

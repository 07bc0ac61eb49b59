"""From one type of field to another: what converts keeps its meaning, and nothing raises."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.loading import catalog_of_tree
from app.record.convert import Convert, Cut, Side, find_conversion
from app.record.values import Bad

ZONES = ("Asia/Shanghai", "Europe/Berlin", "UTC")
OPTIONS = {"options": {"a": {"label": {"en": "First", "zh": "第一"}}, "b": {"label": {"en": "Second", "zh": "第二"}}}}
VALUES: dict[str, tuple[dict[str, Any], st.SearchStrategy[Any]]] = {
    "integer": ({}, st.integers(-(10**12), 10**12)),
    "decimal": ({"scale": 3}, st.decimals(-(10**9), 10**9, places=3).map(lambda each: each or Decimal("0.000"))),
    "money": ({}, st.decimals(0, 10**9, places=4)),
    "percent": ({}, st.decimals(0, 100, places=2)),
    "boolean": ({}, st.booleans()),
    "date": ({}, st.dates(dt.date(1900, 1, 1), dt.date(2200, 1, 1))),
    "datetime": (
        {},
        st.datetimes(dt.datetime(1950, 1, 1), dt.datetime(2200, 1, 1)).map(  # noqa: DTZ001 - they get their zone next
            lambda each: each.replace(microsecond=each.microsecond // 1000 * 1000, tzinfo=dt.UTC)
        ),
    ),
    "time": ({}, st.times().map(lambda each: each.replace(microsecond=0))),
    "duration": ({}, st.integers(0, 10**6).map(lambda each: dt.timedelta(seconds=each))),
    "picklist": (OPTIONS, st.sampled_from("ab")),
}
TEXTS = ("text", "long_text", "email", "phone", "url")


def side(kind: str, zone: str = "UTC", **more: Any) -> Side:
    own = {**VALUES.get(kind, ({}, None))[0], **more}
    fields = {"name": {"type": "text"}, "x": {"type": kind, **own}}
    tree = {"pack": {"time_zone": zone}, "entities": {"thing": {"name_field": "name", "fields": fields}}}
    catalog = catalog_of_tree(tree)
    return Side(catalog, catalog.entities["thing"], catalog.get_field("thing", "x"))


def way(was: Side, now: Side) -> Convert:
    found = find_conversion(was, now)
    assert found is not None
    return found


@pytest.mark.parametrize("kind", VALUES)
@settings(max_examples=30)
@given(data=st.data(), zone=st.sampled_from(ZONES))
def test_what_becomes_a_text_is_read_as_itself_again(kind: str, data: st.DataObject, zone: str) -> None:
    value = data.draw(VALUES[kind][1])
    one, text = side(kind, zone), side("text", zone)
    written = way(one, text)(value)
    assert isinstance(written, str)
    assert way(text, one)(written) == value


@pytest.mark.parametrize("kind", sorted({*VALUES, *TEXTS}))
@settings(max_examples=30)
@given(text=st.text(min_size=1, max_size=40))
def test_a_text_becomes_a_value_or_is_refused(kind: str, text: str) -> None:
    found = way(side("text"), side(kind))(text)
    assert found is None or isinstance(found, Bad | str | int | Decimal | dt.date | dt.time | dt.timedelta)


@given(st.integers(-(10**9), 10**9))
def test_numbers_keep_their_value(number: int) -> None:
    whole, exact, money = side("integer"), side("decimal", scale=3), side("money")
    assert way(exact, whole)(way(whole, exact)(number)) == number
    assert way(money, exact)(way(whole, money)(number)) == number


@given(st.decimals(-(10**6), 10**6, places=4))
def test_digits_that_are_rounded_away_are_told(number: Decimal) -> None:
    found = way(side("money"), side("decimal", scale=2))(number)
    rounded = found.value if isinstance(found, Cut) else found
    assert abs(rounded - number) <= Decimal("0.005")
    assert isinstance(found, Cut) == (rounded != number)


@given(st.dates(dt.date(1900, 1, 1), dt.date(2200, 1, 1)), st.sampled_from(ZONES))
def test_a_day_is_its_beginning_in_the_companys_zone(day: dt.date, zone: str) -> None:
    days, moments = side("date", zone), side("datetime", zone)
    begins = way(days, moments)(day)
    back = way(moments, days)(begins)
    assert (back.value if isinstance(back, Cut) else back) == day


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("1,204", "integer", 1204),
        ("１２", "integer", 12),
        ("2026-06-30T18:00:00Z", "date", dt.date(2026, 7, 1)),
        ("2026-06-30", "datetime", dt.datetime(2026, 6, 29, 16, tzinfo=dt.UTC)),
        ("second", "picklist", "b"),
        ("第一", "picklist", "a"),
        ("A@B.TEST", "email", "a@b.test"),
        ("138 0013 8000", "phone", "+8613800138000"),
        ("是", "boolean", True),
        ("15%", "percent", Decimal(15)),
    ],
)
def test_texts_are_read_as_people_write_them(text: str, kind: str, value: object) -> None:
    found = way(side("text", "Asia/Shanghai"), side(kind, "Asia/Shanghai"))(text)
    assert found == value


@pytest.mark.parametrize(
    ("was", "now"),
    [("text", "address"), ("boolean", "decimal"), ("date", "integer"), ("picklist", "integer")],
)
def test_where_nothing_means_the_same_there_is_no_way(was: str, now: str) -> None:
    assert find_conversion(side(was), side(now)) is None

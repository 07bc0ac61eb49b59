"""Parts have the currency and the rate of their whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from app.access import field_rights, reading
from app.insight import parts_to_wire
from app.record import Refused, Saved
from tests.unit.abroad import BOTH, Abroad, on_database


@pytest.fixture(scope="module", params=BOTH)
def abroad(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Abroad]:
    with on_database(request, tmp_path_factory.mktemp("abroad")) as found:
        yield found


def quote(abroad: Abroad, *lines: dict[str, Any], **values: Any) -> int:
    return abroad.save("quote", **{"name": "Q", "currency": "USD", "day": "2026-06-15", "lines": list(lines), **values})


def lines_of(abroad: Abroad, record: int) -> list[dict[str, Any]]:
    with reading(abroad.store, abroad.boss) as session:
        return parts_to_wire(session, abroad.boss, "quote", [record])[record]["lines"]


def prices(abroad: Abroad, record: int) -> list[tuple[str, str, str]]:
    lines = lines_of(abroad, record)
    return [
        (abroad.stored("line", int(each["id"]))["currency"], each["price"], each["price_company"]) for each in lines
    ]


def test_lines_are_in_the_currency_of_the_quote(abroad: Abroad) -> None:
    record = quote(abroad, {"name": "a", "price": "10"}, {"name": "b", "price": "2.5"})
    assert prices(abroad, record) == [("USD", "10.0000", "80.0000"), ("USD", "2.5000", "20.0000")]


def test_a_currency_is_not_written_at_a_line(abroad: Abroad) -> None:
    assert "currency" not in field_rights(abroad.store.catalog, abroad.boss, "line").creatable
    outcome = abroad.change("quote", quote(abroad), lines=[{"name": "a", "price": "1", "currency": "CNY"}])
    assert isinstance(outcome, Refused)
    assert [each.code for each in outcome.refusals] == ["field.read_only"]


def test_a_line_that_is_added_or_changed_has_the_rate_of_the_quote(abroad: Abroad) -> None:
    record = quote(abroad, {"name": "a", "price": "10"})
    line = lines_of(abroad, record)[0]
    abroad.changed("quote", record, lines=[{"id": line["id"], "price": "20"}, {"name": "b", "price": "1"}])
    assert prices(abroad, record) == [("USD", "20.0000", "160.0000"), ("USD", "1.0000", "8.0000")]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"day": "2026-06-02"}, ("USD", "10.0000", "70.0000")),
        ({"currency": "CNY"}, ("CNY", "10.0000", "10.0000")),
        ({"note": "Called."}, ("USD", "10.0000", "80.0000")),
    ],
)
def test_lines_that_are_not_sent_follow_their_quote(
    abroad: Abroad, values: dict[str, str], expected: tuple[str, str, str]
) -> None:
    record = quote(abroad, {"name": "a", "price": "10"}, {"name": "b"})
    other = quote(abroad, {"name": "c", "price": "10"})
    abroad.changed("quote", record, **values)
    assert [line.get("price_company") for line in lines_of(abroad, record)] == [expected[2], None]
    assert prices(abroad, other) == [("USD", "10.0000", "80.0000")]
    assert abroad.stored("line", int(lines_of(abroad, record)[1]["id"]))["currency"] == expected[0]


def test_lines_that_are_sent_with_another_currency_are_in_it(abroad: Abroad) -> None:
    record = quote(abroad, {"name": "a", "price": "10"}, {"name": "b", "price": "1"})
    line = lines_of(abroad, record)[0]
    abroad.changed("quote", record, currency="CNY", lines=[{"id": line["id"]}, {"name": "c", "price": "3"}])
    assert prices(abroad, record) == [("CNY", "10.0000", "10.0000"), ("CNY", "3.0000", "3.0000")]


def test_a_quote_whose_lines_have_amounts_needs_a_rate(abroad: Abroad) -> None:
    outcome = abroad.change("quote", quote(abroad, {"name": "a", "price": "1"}), day="2026-05-01")
    assert isinstance(outcome, Refused)
    assert [(each.field, each.code) for each in outcome.refusals] == [("currency", "field.rate_missing")]


def test_limits_of_a_line_are_refused_at_the_line(abroad: Abroad) -> None:
    outcome = abroad.change("quote", quote(abroad), lines=[{"name": "a"}, {"name": "b", "price": "-1"}])
    assert isinstance(outcome, Refused)
    assert [(each.path, each.code) for each in outcome.refusals] == [("lines.1.price", "field.range")]


def test_a_price_that_is_filled_in_is_worth_the_same(abroad: Abroad) -> None:
    product = abroad.save("product", name={"zh": "水泵", "en": "Pump"}, price="400")
    record = quote(abroad, {"name": "a", "product": str(product)})
    assert prices(abroad, record) == [("USD", "50.0000", "400.0000")]


def test_what_is_read_of_lines_may_be_written_back(abroad: Abroad) -> None:
    record = quote(abroad, {"name": "a", "price": "10", "about": {"zh": "一", "en": "one"}})
    before, version = lines_of(abroad, record), abroad.stored("quote", record)["version"]
    assert isinstance(abroad.change("quote", record, lines=before), Saved)
    assert lines_of(abroad, record) == before
    assert abroad.stored("quote", record)["version"] == version

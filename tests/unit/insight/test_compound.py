"""Reading money in several currencies: the company's value orders and filters, what was entered goes out and comes back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.access import reading
from app.insight import BadQuery, ListQuery, get_record, list_records, to_wire
from app.insight.compound import Money
from app.record import history
from tests.unit.abroad import BOTH, Abroad, on_database


@pytest.fixture(scope="module", params=BOTH)
def abroad(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Abroad]:
    with on_database(request, tmp_path_factory.mktemp("abroad")) as found:
        for name, currency, amount in (
            ("a", "USD", "100"),
            ("b", "CNY", "750"),
            ("c", "CNY", "900"),
            ("d", "USD", None),
        ):
            found.save("deal", name=name, currency=currency, amount=amount, closes="2026-06-15")
        yield found


def names(abroad: Abroad, **asked: object) -> str:
    return "".join(str(row.values["name"]) for row in abroad.listed("deal", **asked).rows)  # type: ignore[arg-type]


def test_lists_sort_by_the_value_in_the_currency_of_the_company(abroad: Abroad) -> None:
    assert names(abroad, sort="amount") == "bacd"
    assert names(abroad, sort="-amount") == "cabd"


def test_lists_filter_by_it(abroad: Abroad) -> None:
    assert names(abroad, sort="name", filters=[("amount", "at_least", "800")]) == "ac"
    assert names(abroad, sort="name", filters=[("amount", "is_blank")]) == "d"
    assert names(abroad, sort="name", filters=[("currency", "equals", "USD")]) == "ad"


def test_a_row_has_both_values_whichever_columns_are_asked_for(abroad: Abroad) -> None:
    for columns in (("amount",), ("name", "amount", "currency"), ("currency", "amount", "closes", "discount")):
        row = abroad.listed("deal", sort="name", columns=columns).rows[0]
        value = row.values["amount"]
        assert isinstance(value, Money)
        assert (value, value.original, value.currency) == (800, 100, "USD")
        assert set(row.values) == set(columns)


def test_pages_follow_each_other(abroad: Abroad) -> None:
    found = ""
    query = ListQuery("deal", sort=(("amount", True),), limit=1)
    with reading(abroad.store, abroad.boss) as session:
        while True:
            one = list_records(session, abroad.boss, query)
            found += str(one.rows[0].values["name"])
            if one.next is None:
                break
            query = replace(query, cursor=one.next)
    assert found == "cabd"


def test_readers_of_different_columns_share_no_statement(abroad: Abroad) -> None:
    """The fields are the same, the columns behind them are not: whoever comes second gets his own, pages included."""
    for reader in (abroad.boss, abroad.rep, abroad.boss):
        query, found = ListQuery("deal", ("name", "amount"), sort=(("name", False),), limit=1), []
        with reading(abroad.store, reader) as session:
            for _ in range(6):  # four, and no endless walk where a cursor goes wrong
                one = list_records(session, reader, query)
                (value,) = (row.values["amount"] for row in one.rows)
                found.append((one.rows[0].values["name"], value and value.currency))
                if one.next is None:
                    break
                query = replace(query, cursor=one.next)
            record = get_record(session, reader, "deal", one.rows[0].id - 3, ("name", "amount"))
        told = "USD" if reader is abroad.boss else ""
        assert found == [("a", told), ("b", told and "CNY"), ("c", told and "CNY"), ("d", None)]
        assert record is not None
        assert record.values["amount"].currency == told


def test_who_may_not_see_the_currency_is_not_told_it(abroad: Abroad) -> None:
    value = abroad.listed("deal", abroad.rep, sort="name").rows[0].values["amount"]
    assert isinstance(value, Money)
    assert value.currency == ""


def test_who_may_not_see_an_amount_sees_it_in_no_form(abroad: Abroad) -> None:
    record = abroad.save("deal", name="x", currency="USD", amount="100", discount="5", closes="2026-06-15")
    abroad.changed("deal", record, amount="120")
    abroad.changed("deal", record, abroad.blind, currency="CNY")
    wire = to_wire(abroad.store.catalog, abroad.read("deal", record, abroad.blind))
    assert not [key for key in wire if key.startswith("amount")]
    with reading(abroad.store, abroad.blind) as session:
        entries = history(session, abroad.store.catalog, abroad.blind, "deal", record)
    assert {change.field for entry in entries for change in entry.changes} == {"currency", "discount"}
    for column in ("amount", "amount__original", "amount_company", "currency__rate"):
        for asked in ({"columns": (column,)}, {"sort": column}, {"filters": [(column, "at_least", "1")]}):
            with pytest.raises(BadQuery):
                abroad.listed("deal", abroad.blind, **asked)


@given(st.decimals(0, 10**5, places=4), st.sampled_from(["USD", "CNY"]))
def test_what_is_read_may_be_written_back_and_changes_nothing(abroad: Abroad, amount: Decimal, currency: str) -> None:
    record = abroad.save("deal", name="x", currency=currency, amount=amount, closes="2026-06-15", discount="1.5")
    wire = to_wire(abroad.store.catalog, abroad.read("deal", record))
    assert Decimal(wire["amount"]) == amount
    before = abroad.stored("deal", record)
    same = {key: wire[key] for key in ("name", "currency", "amount", "discount", "closes")}
    assert abroad.changed("deal", record, **same) == before
    assert wire["amount_company"] == f"{before['amount']:f}"

"""Money in several currencies: kept as entered, converted by the rate of the day, fixed when the record closes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from app.record import Refused, Saved, create, delete
from tests.unit.abroad import BOTH, Abroad, on_database

CENT = Decimal("0.0001")


@pytest.fixture(scope="module", params=BOTH)
def abroad(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Abroad]:
    with on_database(request, tmp_path_factory.mktemp("abroad")) as found:
        yield found


def amounts(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[key] for key in ("currency", "amount__original", "amount", "currency__rate"))


def refusals(outcome: Saved | Refused) -> list[tuple[str | None, str]]:
    assert isinstance(outcome, Refused), outcome
    return [(each.field, each.code) for each in outcome.refusals]


def deal(abroad: Abroad, **values: Any) -> int:
    return abroad.save(
        "deal", **{"name": "Pumps", "currency": "USD", "amount": "100", "closes": "2026-06-15", **values}
    )


def test_an_amount_is_kept_as_entered_and_in_the_currency_of_the_company(abroad: Abroad) -> None:
    assert amounts(abroad.stored("deal", deal(abroad))) == ("USD", 100, 800, 8)


def test_without_a_currency_it_is_the_companys(abroad: Abroad) -> None:
    record = abroad.save("deal", name="Home", amount="12.3456")
    assert amounts(abroad.stored("deal", record)) == ("CNY", Decimal("12.3456"), Decimal("12.3456"), 1)


@pytest.mark.parametrize(("day", "rate"), [("2026-06-01", 7), ("2026-06-09", 7), ("2026-06-10", 8), ("2030-01-01", 8)])
def test_the_latest_rate_that_is_not_after_the_rate_date_counts(abroad: Abroad, day: str, rate: int) -> None:
    assert abroad.stored("deal", deal(abroad, closes=day))["currency__rate"] == rate


def test_a_blank_rate_date_means_today(abroad: Abroad) -> None:
    assert abroad.stored("deal", deal(abroad, closes=None))["currency__rate"] == 8


def test_without_a_rate_the_record_is_refused_and_told_why(abroad: Abroad) -> None:
    values = {"name": "Early", "currency": "USD", "amount": "1", "closes": "2026-05-31"}
    outcome = create(abroad.store, abroad.boss, "deal", [values], door="api")
    assert refusals(outcome) == [("currency", "field.rate_missing")]
    assert isinstance(outcome, Refused)
    for language in ("en", "zh"):
        text = outcome.refusals[0].text(language, abroad.store.catalog)
        assert "USD" in text
        assert "2026-05-31" in text


def test_a_record_without_amounts_needs_no_rate(abroad: Abroad) -> None:
    record = deal(abroad, amount=None, closes="2026-05-31")
    assert amounts(abroad.stored("deal", record)) == ("USD", None, None, None)
    assert refusals(abroad.change("deal", record, amount="5")) == [("currency", "field.rate_missing")]


def test_a_currency_that_is_not_allowed_is_no_choice(abroad: Abroad) -> None:
    values = {"name": "Yen", "currency": "JPY", "amount": "1"}
    assert refusals(create(abroad.store, abroad.boss, "deal", [values], door="api")) == [("currency", "field.option")]


def test_where_none_are_named_all_currencies_of_the_company_are_allowed(abroad: Abroad) -> None:
    assert tuple(abroad.store.catalog.choices("offer", "currency")) == ("CNY", "USD", "JPY")


@pytest.mark.parametrize(
    "values",
    [{"note": "Called."}, {"stage": "second"}, {"name": "Valves"}, {"amount": "100.0000"}, {"currency": "USD"}],
)
def test_a_change_of_something_else_leaves_the_amounts(abroad: Abroad, values: dict[str, str]) -> None:
    record = deal(abroad)
    before = amounts(abroad.stored("deal", record))
    _with_another_rate(abroad, "2026-06-12", "9", lambda: abroad.changed("deal", record, **values))
    assert amounts(abroad.stored("deal", record)) == before


def test_a_new_amount_converts_all_amounts_of_the_record_at_the_rate_of_the_day(abroad: Abroad) -> None:
    record = deal(abroad, discount="10")
    row = _with_another_rate(abroad, "2026-06-12", "9", lambda: abroad.changed("deal", record, amount="200"))
    assert amounts(row) == ("USD", 200, 1800, 9)
    assert (row["discount__original"], row["discount"]) == (10, 90)


def test_a_new_rate_date_converts_anew(abroad: Abroad) -> None:
    record = deal(abroad)
    assert amounts(abroad.changed("deal", record, closes="2026-06-02")) == ("USD", 100, 700, 7)


def test_another_currency_alone_reads_what_was_entered_as_that_currency(abroad: Abroad) -> None:
    record = deal(abroad)
    assert amounts(abroad.changed("deal", record, currency="CNY")) == ("CNY", 100, 100, 1)
    assert amounts(abroad.changed("deal", record, currency="USD")) == ("USD", 100, 800, 8)


def test_closing_converts_a_last_time_and_then_the_rate_stays(abroad: Abroad) -> None:
    record = deal(abroad)

    def close() -> None:
        assert amounts(abroad.changed("deal", record, stage="won")) == ("USD", 100, 900, 9)

    _with_another_rate(abroad, "2026-06-12", "9", close)
    assert amounts(abroad.changed("deal", record, closes="2026-06-02")) == ("USD", 100, 900, 9)
    assert amounts(abroad.changed("deal", record, amount="50")) == ("USD", 50, 450, 9)
    assert amounts(abroad.changed("deal", record, stage="second")) == ("USD", 50, 450, 9)
    assert amounts(abroad.changed("deal", record, amount="60")) == ("USD", 60, 420, 7)


def test_limits_are_in_the_currency_of_the_company(abroad: Abroad) -> None:
    values = {"name": "Large", "currency": "USD", "amount": "200000", "closes": "2026-06-15"}
    assert refusals(create(abroad.store, abroad.boss, "deal", [values], door="api")) == [("amount", "field.range")]
    deal(abroad, amount="125000")
    assert refusals(abroad.change("deal", deal(abroad), amount="-1")) == [("amount", "field.range")]


def test_what_does_not_fit_after_the_conversion_is_refused(abroad: Abroad) -> None:
    values = {"name": "Huge", "currency": "USD", "discount": "99999999999999", "closes": "2026-06-15"}
    assert refusals(create(abroad.store, abroad.boss, "deal", [values], door="api")) == [("discount", "field.range")]


@pytest.mark.parametrize("amount", ["abc", "1\x00", [1], {"a": 1}, "9" * 400, "NaN", True])
def test_what_is_no_amount_is_refused_at_its_field(abroad: Abroad, amount: object) -> None:
    record = deal(abroad)
    before = abroad.stored("deal", record)
    assert refusals(abroad.change("deal", record, amount=amount))[0][0] == "amount"
    assert abroad.stored("deal", record) == before


def test_the_columns_beside_a_field_can_not_be_written(abroad: Abroad) -> None:
    for name in ("amount__original", "currency__rate", "amount_company"):
        assert refusals(abroad.change("deal", deal(abroad), **{name: "1"})) == [(name, "field.read_only")]


def test_history_keeps_what_was_entered_with_its_currency(abroad: Abroad) -> None:
    record = deal(abroad)
    abroad.changed("deal", record, amount="120")
    old = {"original": "100.0000", "currency": "USD", "company": "800.0000"}
    new = {"original": "120.0000", "currency": "USD", "company": "960.0000"}
    assert abroad.audited("deal", record)[-1] == {"amount": [old, new]}
    assert abroad.last_event("deal")["fields"] == ["amount"]


def test_a_whole_batch_finds_its_rates_in_one_statement(abroad: Abroad) -> None:
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if "exchange_rate" in statement:
            seen.append(statement)

    rows = [
        {"name": f"{day}", "currency": ("USD", "CNY")[day % 2], "amount": day, "closes": dt.date(2026, 6, day)}
        for day in range(1, 30)
    ] * 20
    sa.event.listen(abroad.store.engine, "before_cursor_execute", note)
    try:
        saved = create(abroad.store, abroad.boss, "deal", rows, door="import")
    finally:
        sa.event.remove(abroad.store.engine, "before_cursor_execute", note)
    assert isinstance(saved, Saved)
    assert len(seen) == 1
    stored = abroad.stored("deal", saved.ids[7])
    assert amounts(stored) == ("USD", 8, 56, 7)


def test_who_may_not_read_rates_or_currencies_saves_all_the_same(abroad: Abroad) -> None:
    record = abroad.save("deal", abroad.rep, name="Rep", amount="5")
    abroad.changed("deal", record, currency="USD")
    assert amounts(abroad.changed("deal", record, abroad.rep, amount="6"))[:3] == ("USD", 6, 48)


def test_what_a_lookup_fills_in_is_worth_the_same_in_the_currency_of_the_record(abroad: Abroad) -> None:
    product = abroad.save("product", name={"zh": "水泵", "en": "Pump"}, price="400")
    row = abroad.stored("deal", deal(abroad, amount=None, product=str(product)))
    assert (row["discount"], row["discount__original"], row["note"]) == (400, 50, "水泵")
    changed = abroad.changed("deal", deal(abroad), product=product)
    assert (changed["discount"], changed["discount__original"], changed["amount"]) == (400, 50, 800)


@given(
    amount=st.decimals(-(10**9), 10**9, places=4),
    rate=st.decimals(Decimal("0.00000001"), Decimal(100), places=8),
)
def test_conversion_is_exact_half_up_and_mirrors_its_sign(abroad: Abroad, amount: Decimal, rate: Decimal) -> None:
    def both() -> tuple[Decimal, Decimal]:
        ids = [deal(abroad, amount=None, discount=each, closes="2026-07-02") for each in (amount, -amount)]
        rows = [abroad.stored("deal", each) for each in ids]
        assert [row["discount__original"] for row in rows] == [amount, -amount]
        return rows[0]["discount"], rows[1]["discount"]

    plus, minus = _with_another_rate(abroad, "2026-07-01", str(rate), both)
    assert plus == (amount * rate).quantize(CENT, ROUND_HALF_UP)
    assert minus == -plus


def _with_another_rate(abroad: Abroad, day: str, rate: str, work: Any) -> Any:
    """Does the work while there is another rate from that day on."""
    record = abroad.save("exchange_rate", currency="USD", valid_from=day, rate=rate)
    try:
        return work()
    finally:
        assert isinstance(delete(abroad.store, abroad.boss, "exchange_rate", [record], door="api"), Saved)

"""Totals of a whole over its parts, and what parts follow from: in memory, before anything is stored."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.record import Refused
from tests.unit.reckoning import BOTH, Abroad, on_database
from tests.unit.record.test_unit import statements


@pytest.fixture(params=BOTH, scope="module")
def company(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Abroad]:
    folder: Path = tmp_path_factory.mktemp("reckoning")
    with on_database(request, folder) as found:
        yield found


def lines(company: Abroad, quote: int) -> list[dict[str, Any]]:
    table = company.store.models.tables["line"]
    alive = table.c.deleted_at.is_(None)
    query = sa.select(table).where(table.c.quote == quote, alive).order_by(table.c.part__position)
    with company.store.system_reading() as connection:
        return [{column.key: row._mapping[column] for column in table.columns} for row in connection.execute(query)]


def test_a_total_is_that_of_the_lines_as_they_will_be(company: Abroad) -> None:
    sent = [{"quantity": 2, "price": "100"}, {"quantity": "1.5", "price": "10", "discount": "50"}]
    record = company.save("quote", name="Q", lines=sent)
    stored = company.stored("quote", record)
    assert (stored["subtotal"], stored["total"], stored["count"]) == (Decimal("207.5"), Decimal("207.5"), 2)
    first, second = lines(company, record)
    assert (first["amount"], second["amount"]) == (200, Decimal("7.5"))
    stored = company.changed("quote", record, discount="10")
    assert (stored["subtotal"], stored["total"]) == (Decimal("207.5"), Decimal("186.75"))
    stored = company.changed("quote", record, lines=[{"id": str(first["id"])}, {"price": "1"}])
    assert (stored["subtotal"], stored["total"], stored["version"]) == (201, Decimal("180.9"), 3)
    stored = company.changed("quote", record, lines=[{"id": str(first["id"]), "quantity": 3}])
    assert (stored["subtotal"], stored["count"]) == (300, 1)
    stored = company.changed("quote", record, lines=[])
    assert (stored["subtotal"], stored["total"], stored["count"]) == (0, 0, 0)


def test_a_limit_of_a_total_is_held(company: Abroad) -> None:
    outcome = company.change("quote", company.save("quote", name="Four"), lines=[{"price": 1}] * 4)
    assert isinstance(outcome, Refused)
    assert [(each.path, each.code) for each in outcome.refusals] == [("count", "field.range")]


def test_a_line_follows_from_the_whole_that_is_saved_with_it(company: Abroad) -> None:
    record = company.save("quote", name="Q", discount="20", lines=[{"price": "50"}])
    assert lines(company, record)[0]["after"] == 40
    company.changed("quote", record, discount="10", lines=[{"id": str(lines(company, record)[0]["id"])}])
    assert lines(company, record)[0]["after"] == 45


def test_amounts_of_another_currency_have_their_original(company: Abroad) -> None:
    sent = [{"quantity": 3, "price": "100"}, {"price": "0.33"}]
    record = company.save("quote", name="Q", currency="USD", day="2026-06-05", lines=sent)
    stored = company.stored("quote", record)
    assert (stored["total"], stored["total__original"]) == (Decimal("2102.31"), Decimal("300.33"))
    assert [(each["amount"], each["amount__original"]) for each in lines(company, record)] == [
        (2100, 300), (Decimal("2.31"), Decimal("0.33")),
    ]  # fmt: skip
    stored = company.changed("quote", record, currency="CNY")
    assert (stored["total"], stored["total__original"]) == (Decimal("300.33"), Decimal("300.33"))
    assert company.read("quote", record).values["total"] == Decimal("300.33")


def test_history_has_the_total_as_it_has_every_amount(company: Abroad) -> None:
    record = company.save("quote", name="Q", lines=[{"price": "10"}])
    company.changed("quote", record, lines=[])
    changes: Any = company.audited("quote", record)[-1]
    assert changes["total"][0] == {"original": "10.0000", "currency": "CNY", "company": "10.0000"}


def test_the_number_of_statements_does_not_grow_with_the_lines(company: Abroad) -> None:
    def cost(count: int) -> int:
        with statements(company) as seen:
            company.save("quote", name="Q", lines=[{"price": 1}] * count)
        return len(seen)

    assert cost(1) == cost(3)

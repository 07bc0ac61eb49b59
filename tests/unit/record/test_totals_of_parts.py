"""Totals over parts, chosen by what their whole holds: as it will be once it is saved."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.record.recompute import computed_places, find_drift
from tests.unit.rolling import BOTH, LEVELS, TREE, Rolling, formula, lookup, on_database


def tree() -> dict[str, Any]:
    found = copy.deepcopy(TREE)
    quote = found["entities"]["quote"]["fields"]
    quote["account"] = lookup("account", "quotes")
    quote["total"] = formula("money", "sum_of(lines.amount where quote.discount > 5)")
    quote["owed"] = formula("money", "sum_of(lines.amount where quote.account.region.weight > 5)")
    quote["kinds"] = {"type": "picklist", "many": True, "options": LEVELS}
    quote["liked"] = formula("money", 'sum_of(lines.amount where has_any(quote.kinds, ["a"]) and quote.discount > 5)')
    found["entities"]["line"]["fields"]["good"] = formula("boolean", 'has_any(quote.kinds, ["a"]) and amount > 5')
    return found


@pytest.fixture(params=BOTH, scope="module")
def company(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rolling]:
    folder: Path = tmp_path_factory.mktemp("totals")
    with on_database(request, folder, tree()) as found:
        yield found


def total(company: Rolling, quote: int, field: str = "total") -> Any:
    assert find_drift(company.store, computed_places(company.store.catalog)) == []
    return company.stored("quote", quote)[field]


def test_a_new_whole_is_read_as_it_will_be(company: Rolling) -> None:
    lines = [{"name": "l", "amount": 100}, {"name": "m", "amount": 20}]
    over, under = company.save_all(
        "quote", [{"name": "q", "discount": 10, "lines": lines}, {"name": "r", "discount": 1, "lines": lines}]
    )
    assert total(company, over) == 120
    assert total(company, under) == 0


def test_a_whole_that_changes_with_its_parts_is_read_as_it_will_be(company: Rolling) -> None:
    quote = company.save("quote", name="q", discount=0, lines=[{"name": "l", "amount": 100}])
    company.change("quote", quote, discount=10, lines=[{"name": "m", "amount": 200}])
    assert total(company, quote) == 200
    company.change("quote", quote, discount=1)
    assert total(company, quote) == 0


def test_what_the_whole_points_to_is_followed(company: Rolling) -> None:
    region = company.save("region", name="North", weight=9)
    account = company.save("account", name="Acme", region=region)
    quote = company.save("quote", name="q", account=account, lines=[{"name": "l", "amount": 100}])
    assert total(company, quote, "owed") == 100
    company.change("quote", quote, account=None, lines=[{"name": "m", "amount": 30}])
    assert total(company, quote, "owed") == 0


def test_a_list_of_the_whole_is_read_where_it_was_not_sent(company: Rolling) -> None:
    quote = company.save("quote", name="q", discount=9, kinds=["a"], lines=[{"name": "l", "amount": 100}])
    assert total(company, quote, "liked") == 100
    company.change("quote", quote, lines=[{"name": "m", "amount": 30}])
    assert total(company, quote, "liked") == 30
    company.change("quote", quote, kinds=["b"], lines=[{"name": "n", "amount": 40}])
    assert total(company, quote, "liked") == 0

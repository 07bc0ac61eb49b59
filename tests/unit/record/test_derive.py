"""Computed fields of a record: their order, their limits, nobody posts them, and what sees that they changed."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.record import Refused
from tests.unit.reckoning import BOTH, Abroad, on_database


@pytest.fixture(params=BOTH, scope="module")
def company(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Abroad]:
    folder: Path = tmp_path_factory.mktemp("reckoning")
    with on_database(request, folder) as found:
        yield found


def wrong(outcome: object) -> list[tuple[str | None, str]]:
    assert isinstance(outcome, Refused), outcome
    return [(each.path, each.code) for each in outcome.refusals]


def test_formulas_follow_what_is_saved_one_after_the_other(company: Abroad) -> None:
    record = company.save("account", name="Acme", country="DE", revenue="600000", cost="500000")
    stored = company.stored("account", record)
    assert (stored["called"], stored["code"]) == ("ACME / DE", "acme")
    assert (stored["margin"], stored["margin_share"], stored["band"]) == (100_000, Decimal("16.67"), "high")
    assert (stored["level"], stored["level_text"], stored["health"], stored["full"]) == ("a", "best", 65, 100)
    stored = company.changed("account", record, revenue="100500", cost="100000.5", country=None)
    assert (stored["margin"], stored["margin_share"], stored["band"]) == (Decimal("499.5"), Decimal("0.5"), "low")
    assert (stored["level"], stored["level_text"], stored["called"], stored["full"]) == ("b", "other", "ACME /", 50)


def test_what_follows_from_blanks_is_blank(company: Abroad) -> None:
    stored = company.stored("account", company.save("account", name="Blank"))
    assert (stored["margin"], stored["margin_share"], stored["level"], stored["full"]) == (None, 0, "c", 30)


def test_nobody_posts_a_computed_value(company: Abroad) -> None:
    record = company.save("account", name="Mine")
    assert wrong(company.change("account", record, margin="5")) == [("margin", "field.read_only")]
    assert wrong(company.change("account", record, level="a")) == [("level", "field.read_only")]


def test_a_value_outside_of_the_limits_is_refused_at_its_field(company: Abroad) -> None:
    record = company.save("account", name="Limit", revenue="10", cost="1")
    assert wrong(company.change("account", record, cost="11")) == [("margin", "field.range")]
    outcome = company.change("account", record, name="n" * 28, country="c" * 40)
    assert wrong(outcome) == [("called", "field.length")]


def test_a_limit_of_a_hidden_field_does_not_name_it(company: Abroad) -> None:
    record = company.save("account", name="Hidden limit", revenue="10", cost="1")
    outcome = company.change("account", record, company.rep, revenue="0.5")
    assert wrong(outcome) == [(None, "field.range")]
    assert isinstance(outcome, Refused)
    text = outcome.refusals[0].text("en", company.store.catalog)
    assert text == "A value that is computed from these would not fit its field."


def test_a_computed_value_may_be_unique(company: Abroad) -> None:
    company.save("account", name="Only")
    other = company.save("account", name="Other")
    assert wrong(company.change("account", other, name="ONLY")) == [("code", "field.unique")]


def test_history_names_computed_fields_and_search_finds_them(company: Abroad) -> None:
    record = company.save("account", name="Found", country="Ruritania")
    company.changed("account", record, country="Graustark")
    changes: Any = company.audited("account", record)[-1]
    assert changes["called"] == ["FOUND / Ruritania", "FOUND / Graustark"]
    assert "level" not in changes
    assert [row.id for row in company.listed("account", search="graustark").rows] == [record]
    assert company.listed("account", search="ruritania").rows == ()
    assert {"country", "called"} <= set(company.last_event("account")["fields"])


def test_nothing_changes_where_nothing_is_changed(company: Abroad) -> None:
    record = company.save("account", name="Same", revenue="5")
    before = company.stored("account", record)
    assert company.changed("account", record, revenue="5.00") == before

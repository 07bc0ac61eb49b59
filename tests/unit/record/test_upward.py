"""Computed fields of other records follow what is saved, deleted and restored, in the same transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import event

from app.record import Change, Refused, Saved, create, update
from tests.unit.record.conftest import at_once
from tests.unit.rolling import BOSS, BOTH, Rolling, on_database


@pytest.fixture(params=BOTH, scope="module")
def company(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rolling]:
    folder: Path = tmp_path_factory.mktemp("rolling")
    with on_database(request, folder) as found:
        yield found


def test_winning_a_deal_makes_the_level_a_at_once(company: Rolling) -> None:
    account = company.save("account", name="Acme")
    assert company.stored("account", account)["level"] == "c"
    deal = company.save("opportunity", name="Pumps", account=account, amount="600000")
    assert company.stored("account", account)["level"] == "c"
    before = company.stored("account", account)
    company.change("opportunity", deal, stage="won")
    after = company.stored("account", account)
    assert (after["total_won"], after["level"], after["deals_won"], after["busy"]) == (600_000, "a", 1, False)
    assert after["title"] == "Acme A"
    assert after["version"] == before["version"]
    assert after["changed_seq"] > before["changed_seq"]
    changes = company.audited("account", account)[-1]
    assert changes["level"] == ["c", "a"]
    assert changes["total_won"] == ["0.0000", "600000.0000"]
    event = company.events("account")[-1]
    assert (event["kind"], event["records"]) == ("update", [account])
    assert set(event["fields"]) == set(changes)


def test_what_follows_from_a_parent_follows_to_its_children(company: Rolling) -> None:
    region = company.save("region", name="North", weight=1)
    account = company.save("account", name="Acme", region=region)
    deal = company.save("opportunity", name="Pumps", account=account, amount="600000")
    assert company.stored("opportunity", deal)["rank"] == "Pumps/c/North"
    company.change("opportunity", deal, stage="won")
    assert company.stored("opportunity", deal)["rank"] == "Pumps/a/North"
    assert company.stored("region", region)["heads"] == 1
    company.change("region", region, name="East", weight=6)
    assert company.stored("opportunity", deal)["rank"] == "Pumps/a/East"
    assert company.stored("account", account)["heavy"] == 1
    company.change("account", account, region=None)
    assert company.stored("opportunity", deal)["rank"] == "Pumps/a/"
    assert company.stored("account", account)["heavy"] == 0
    assert company.stored("region", region)["heads"] == 0


def test_a_child_that_moves_leaves_one_parent_and_joins_another(company: Rolling) -> None:
    one, other = company.save_all("account", [{"name": "One"}, {"name": "Other"}])
    rows = [{"name": name, "account": one, "amount": amount, "closed": day} for name, amount, day in (
        ("a", "300", "2026-01-01"), ("b", "200", "2026-03-01"), ("c", "100", None))]  # fmt: skip
    deals = company.save_all("opportunity", rows)
    found = company.stored("account", one)
    assert (found["least"], found["last_close"], found["newest"], found["score"]) == (100, dt.date(2026, 3, 1), "c", 11)
    company.change("opportunity", deals[2], account=other)
    found = company.stored("account", one)
    assert (found["least"], found["last_close"], found["newest"]) == (200, dt.date(2026, 3, 1), "b")
    found = company.stored("account", other)
    assert (found["least"], found["last_close"], found["newest"], found["score"]) == (100, None, "c", 1)
    company.change("opportunity", deals[2], account=None)
    found = company.stored("account", other)
    assert (found["least"], found["newest"], found["busy"]) == (None, None, False)


def test_what_goes_to_the_bin_counts_no_more_until_it_is_back(company: Rolling) -> None:
    account = company.save("account", name="Acme")
    deals = company.save_all(
        "opportunity", [{"name": name, "account": account, "amount": "5", "stage": "won"} for name in "ab"]
    )
    company.delete("opportunity", deals[0])
    assert company.stored("account", account)["total_won"] == 5
    company.restore("opportunity", deals[0])
    assert company.stored("account", account)["total_won"] == 10
    company.delete("account", account)
    company.restore("account", account)
    assert company.stored("account", account)["total_won"] == 10


def test_what_is_cleared_is_worked_out_anew(company: Rolling) -> None:
    region = company.save("region", name="North", weight=9)
    account = company.save("account", name="Acme", region=region)
    deal = company.save("opportunity", name="Pumps", account=account)
    assert company.stored("account", account)["heavy"] == 1
    company.delete("region", region)
    assert company.stored("account", account)["heavy"] == 0
    assert company.stored("opportunity", deal)["rank"] == "Pumps/c/"


def test_links_count(company: Rolling) -> None:
    ann, bob = company.save_all("contact", [{"name": "Ann"}, {"name": "Bob"}])
    deal = company.save("opportunity", name="Pumps", amount="7", people=[ann, bob])
    assert [company.stored("contact", each)["worth"] for each in (ann, bob)] == [7, 7]
    company.change("opportunity", deal, amount="6")
    assert [company.stored("contact", each)["worth"] for each in (ann, bob)] == [6, 6]
    company.change("opportunity", deal, people=[bob], amount="8")
    assert [company.stored("contact", each)["worth"] for each in (ann, bob)] == [0, 8]
    company.delete("opportunity", deal)
    assert company.stored("contact", bob)["deals_count"] == 0
    company.restore("opportunity", deal)
    assert company.stored("contact", bob)["deals_count"] == 1


def test_totals_over_parts_and_shares_of_them(company: Rolling) -> None:
    quote = company.save("quote", name="Q", lines=[{"name": "a", "amount": "30"}, {"name": "b", "amount": "10"}])
    found = company.stored("quote", quote)
    assert (found["total"], found["greatest"]) == (40, 75)
    company.change("quote", quote, lines=[{"name": "c", "amount": "5"}, {"name": "d", "amount": "5"}])
    found = company.stored("quote", quote)
    assert (found["total"], found["greatest"]) == (10, 50)


def test_search_finds_a_derived_text(company: Rolling) -> None:
    account = company.save("account", name="Zebra")
    company.save("opportunity", name="Pumps", account=account, amount="600000", stage="won")
    assert company.stored("account", account)["title"] == "Zebra A"
    assert company.stored("account", account)["total_won"] == Decimal(600_000)


@contextmanager
def counted(company: Rolling) -> Iterator[list[str]]:
    """The statements that are sent meanwhile."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(" ".join(statement.split()))

    event.listen(company.store.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(company.store.engine, "before_cursor_execute", note)


def test_what_nothing_depends_on_costs_no_statement(company: Rolling) -> None:
    account = company.save("account", name="Acme")
    deal = company.save("opportunity", name="Pumps", account=account, amount="5")
    memo = company.save("memo", name="m")
    with counted(company) as sent:
        company.change("memo", memo, text="x")
    plain = len(sent)
    with counted(company) as sent:
        company.change("opportunity", deal, note="x")
    asked = [each for each in sent if "crm_account" in each]
    assert all(each.startswith("SELECT") and " JOIN " not in each for each in asked)  # the lookup's own
    with counted(company) as sent:
        company.change("account", account, region=None)
    assert len(sent) <= plain


@pytest.mark.parametrize("door", ["create", "update", "delete"])
def test_the_number_of_statements_does_not_depend_on_the_number_of_records(company: Rolling, door: str) -> None:
    taken = []
    for parents, children in ((25, 50), (100, 1_000)):
        accounts = company.save_all("account", [{"name": f"A{number}"} for number in range(parents)])
        rows = [{"name": "d", "account": accounts[each % parents], "amount": "600000"} for each in range(children)]
        with counted(company) as sent:
            deals = company.save_all("opportunity", rows)
        if door == "update":
            with counted(company) as sent:
                company.change_all("opportunity", deals, stage="won")
            assert company.stored("account", accounts[-1])["level"] == "a"
        elif door == "delete":
            with counted(company) as sent:
                company.delete("opportunity", *deals)
            assert company.stored("account", accounts[-1])["least"] is None
        taken.append(sent)
    assert len(taken[1]) <= len(taken[0]) + 1, "\n".join(taken[1])  # search rows go by five hundred


def test_deals_that_are_won_at_the_same_moment_all_count(company: Rolling) -> None:
    account = company.save("account", name="Acme")
    deals = company.save_all("opportunity", [{"name": "d", "account": account, "amount": "5"} for _ in range(6)])

    def win(number: int) -> Saved | Refused:
        return update(company.store, BOSS, "opportunity", [Change(deals[number], {"stage": "won"})], door="api")

    outcomes = at_once(6, win)
    assert all(isinstance(each, Saved) for each in outcomes)
    found = company.stored("account", account)
    assert (found["total_won"], found["deals_won"]) == (30, 6)


def test_a_parent_that_changes_while_children_join_it_is_known_to_all_of_them(company: Rolling) -> None:
    region = company.save("region", name="North", weight=1)
    account = company.save("account", name="Acme", region=region)

    def work(number: int) -> Saved | Refused:
        if number == 0:
            return update(company.store, BOSS, "region", [Change(region, {"name": "South"})], door="api")
        return create(company.store, BOSS, "opportunity", [{"name": "d", "account": account}], door="api")

    outcomes = at_once(5, work)
    for each in outcomes[1:]:
        assert isinstance(each, Saved)
        assert company.stored("opportunity", each.ids[0])["rank"] == "d/c/South"

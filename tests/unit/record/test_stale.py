"""Many dependants are marked in the transaction, and worked out right after it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Thread

import pytest
import sqlalchemy as sa

from app.orm.framework import stale
from app.record import upward
from app.record.recompute import computed_places, find_drift, work_off
from app.record.unit import Unit
from tests.databases import until_it_waits
from tests.unit.rolling import BOTH, Rolling, on_database


@pytest.fixture(params=BOTH, scope="module")
def company(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rolling]:
    folder: Path = tmp_path_factory.mktemp("stale")
    with on_database(request, folder) as found:
        yield found


def marked(company: Rolling) -> list[tuple[str, int]]:
    with company.store.system_reading() as connection:
        return [(entity, record) for entity, record, _ in connection.execute(sa.select(stale).order_by(stale.c.record))]


def a_region(company: Rolling) -> tuple[int, int, tuple[int, ...]]:
    region = company.save("region", name="North", weight=1)
    account = company.save("account", name="Acme", region=region)
    deals = company.save_all("opportunity", [{"name": f"d{number}", "account": account} for number in range(7)])
    return region, account, deals


@pytest.mark.usefixtures("few")
def test_many_dependants_are_right_after_the_commit(company: Rolling) -> None:
    region, account, deals = a_region(company)
    company.change("region", region, name="South", weight=9)
    assert marked(company) == []
    assert [company.stored("opportunity", each)["rank"] for each in deals] == [f"d{n}/c/South" for n in range(7)]
    assert company.stored("account", account)["heavy"] == 7
    assert find_drift(company.store, computed_places(company.store.catalog)) == []


@pytest.mark.usefixtures("few")
def test_what_nobody_worked_out_stays_marked(company: Rolling, monkeypatch: pytest.MonkeyPatch) -> None:
    region, _, deals = a_region(company)
    with monkeypatch.context() as patched:
        patched.setattr(upward, "_work_off_now", lambda _store: None)  # killed right after the commit
        company.change("region", region, name="South")
    assert marked(company) == [("opportunity", each) for each in deals]
    company.delete("opportunity", deals[0])
    told: list[tuple[str, int]] = []
    assert work_off(company.store, lambda *chunk: told.append(chunk))
    assert told == [("opportunity", 4), ("opportunity", 3)]
    assert marked(company) == []
    assert [company.stored("opportunity", each)["rank"] for each in deals[1:]] == [f"d{n}/c/South" for n in range(1, 7)]


@pytest.mark.usefixtures("few")
def test_a_mark_that_stands_is_not_worked_off_before_what_marks_it_anew_is_committed(
    company: Rolling, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts = company.save_all("account", [{"name": f"a{number}"} for number in range(7)])
    with monkeypatch.context() as patched:
        patched.setattr(upward, "_work_off_now", lambda _store: None)
        rows = [{"name": "d", "account": each, "amount": 100, "stage": "won"} for each in accounts]
        deals = company.save_all("opportunity", rows)
    assert marked(company) == [("account", each) for each in accounts]
    mark = upward._mark_stale
    others: list[Thread] = []

    def mark_while_another_works_off(unit: Unit, entity: str, ids: Sequence[int]) -> None:
        mark(unit, entity, ids)
        if not others:
            others.append(Thread(target=work_off, args=(company.store,)))
            others[0].start()
            until_it_waits(company.store, others[0])

    monkeypatch.setattr(upward, "_mark_stale", mark_while_another_works_off)
    company.change_all("opportunity", deals, amount=900)
    others[0].join()
    assert work_off(company.store)
    assert {company.stored("account", each)["total_won"] for each in accounts} == {900}
    assert marked(company) == []


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few are many."""
    monkeypatch.setattr(upward, "MOST_AT_ONCE", 5)
    monkeypatch.setattr(upward, "CHUNK", 4)

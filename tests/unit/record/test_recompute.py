"""Computed fields of stored records: drift is found, and repaired."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.orm.engine import PLAN, UNIT
from app.record.recompute import Drift, Unknown, computed_places, find_drift, repair
from tests.unit.rolling import BOSS, BOTH, Rolling, on_database


@pytest.fixture(params=BOTH, scope="module")
def company(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rolling]:
    folder: Path = tmp_path_factory.mktemp("rolling")
    with on_database(request, folder) as found:
        yield found


def spoil(company: Rolling, entity: str, record: int, **values: object) -> None:
    table = company.store.models.tables[entity]
    with company.store.engine.execution_options(**{UNIT: PLAN}).begin() as connection:
        connection.execute(sa.update(table).where(table.c.id == record).values(values))


def test_drift_is_told_and_repaired(company: Rolling) -> None:
    places = computed_places(company.store.catalog)
    account = company.save("account", name="Acme")
    deal = company.save("opportunity", name="Pumps", account=account, amount="600000", stage="won")
    assert find_drift(company.store, places) == []
    version = company.stored("account", account)["version"]
    spoil(company, "account", account, total_won=1, level="b")
    spoil(company, "opportunity", deal, rank="?")
    drift = find_drift(company.store, places)
    assert set(drift) == {
        Drift("account", "total_won", (account,)),
        Drift("account", "level", (account,)),
        Drift("opportunity", "rank", (deal,)),
    }
    assert find_drift(company.store, places, sample=100) == drift
    told: list[tuple[str, int, int]] = []
    assert repair(company.store, BOSS, places, lambda *chunk: told.append(chunk)) == 2
    assert ("opportunity", 1, 1) in told
    assert find_drift(company.store, places) == []
    assert company.stored("account", account)["version"] == version
    assert company.audited("account", account)[-1]["level"] == ["b", "a"]


def test_one_field_is_repaired_with_what_follows_from_it(company: Rolling) -> None:
    account = company.save("account", name="Acme")
    deal = company.save("opportunity", name="Pumps", account=account, amount="600000", stage="won")
    spoil(company, "account", account, total_won=1, level="c", title="Acme C")
    spoil(company, "opportunity", deal, rank="Pumps/c/")
    assert repair(company.store, BOSS, computed_places(company.store.catalog, "account", "total_won")) == 1
    assert company.stored("account", account)["level"] == "a"
    assert company.stored("opportunity", deal)["rank"] == "Pumps/a/"


def test_only_computed_fields_are_named(company: Rolling) -> None:
    with pytest.raises(Unknown, match="nothing"):
        computed_places(company.store.catalog, "nothing")
    with pytest.raises(Unknown, match="name"):
        computed_places(company.store.catalog, "account", "name")

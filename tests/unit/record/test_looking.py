"""Who only looks locks nothing: a reading transaction of PostgreSQL refuses locks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.access import reading
from app.record.preview import foresee, looking
from app.record.worked_out import worked_out
from tests.unit.rolling import BOSS, BOTH, Rolling, on_database


@pytest.fixture(params=BOTH, scope="module")
def company(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rolling]:
    folder: Path = tmp_path_factory.mktemp("looking")
    with on_database(request, folder) as found:
        yield found


def test_how_a_value_came_about_reads_through_lookups(company: Rolling) -> None:
    region = company.save("region", name="North")
    account = company.save("account", name="Acme", region=region)
    deal = company.save("opportunity", name="Pumps", account=account)
    found = worked_out(company.store, BOSS, "opportunity", deal, ["rank"])
    assert found["rank"].inputs == {"name": "Pumps", "account.level": "c", "account.region.name": "North"}


@pytest.mark.parametrize("new", [True, False])
def test_a_form_foresees_what_is_read_through_lookups(company: Rolling, *, new: bool) -> None:
    account = company.save("account", name="Acme")
    other = company.save("account", name="Other")
    deal = None if new else company.save("opportunity", name="Pumps", account=other)
    with company.store.system_reading() as connection, reading(company.store, BOSS) as session:
        unit = looking(company.store, BOSS, session, connection)
        found = foresee(unit, "opportunity", {"name": "Valves", "account": account}, deal)
    assert found is not None
    assert found.values["rank"] == "Valves/c/"

"""A record whose computed fields wait to be worked out says so, where it is shown."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from app.orm.framework import stale
from app.orm.types import now
from tests.unit.website import PACK, Browser, Website, prepare

FIELD = "  notes:    {type: long_text"
COUNTED = "  people:   {type: integer, formula: count_of(contacts), label: {en: People, zh: 人数}}\n"


@pytest.fixture(scope="module")
def prepared_website(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int]]:
    files = {**PACK, "entities/account.yaml": PACK["entities/account.yaml"].replace(FIELD, COUNTED + FIELD)}
    return prepare(tmp_path_factory.mktemp("stale"), files)


def test_a_stale_record_says_that_it_is_being_recalculated(rep: Browser, website: Website) -> None:
    account = website.add("account", "rep", name="Acme")
    assert "being recalculated" not in rep.get(f"/account/{account}").text
    with website.store.housekeeping() as connection:
        connection.execute(sa.insert(stale).values(entity="account", record=account, since=now()))
    assert "Values of this record are being recalculated." in rep.get(f"/account/{account}").text
    assert "1 of them are being recalculated" in rep.get("/account/").text
    contact = website.add("contact", "rep", name="Ann", account=account)
    assert "being recalculated" not in rep.get(f"/contact/{contact}").text

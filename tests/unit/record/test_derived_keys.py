"""A key over a computed value: what follows from other records may be taken, too."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.record import Change, Refused, delete, restore, update
from tests.unit.rolling import BOSS, BOTH, TREE, Rolling, formula, on_database


def tree() -> dict[str, Any]:
    found = copy.deepcopy(TREE)
    account = found["entities"]["account"]["fields"]
    account["mark"] = formula("text", 'concat(name, " of ", region.name)', unique=True, ignore_case=True)
    return found


@pytest.fixture(params=BOTH, scope="module")
def company(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rolling]:
    folder: Path = tmp_path_factory.mktemp("derived_keys")
    with on_database(request, folder, tree()) as found:
        yield found


def test_what_follows_for_another_record_and_is_taken_refuses_the_save(company: Rolling) -> None:
    north, south = company.save("region", name="North"), company.save("region", name="South")
    company.save("account", name="Acme", region=north)
    other = company.save("account", name="Acme", region=south)
    refused = update(company.store, BOSS, "region", [Change(south, {"name": "NORTH"})], door="api")
    assert isinstance(refused, Refused)
    assert refused.status == "invalid"
    (told,) = refused.refusals
    assert (told.code, told.field, told.text("en", company.store.catalog)) == (
        "field.unique",
        None,
        "What follows from this for a Account is already that of another one.",
    )
    assert company.stored("region", south)["name"] == "South"
    company.change("region", south, name="East")
    assert company.stored("account", other)["mark"] == "Acme of East"


def test_what_follows_and_is_free_is_saved(company: Rolling) -> None:
    west = company.save("region", name="West")
    one, two = (company.save("account", name=name, region=west) for name in ("One", "Two"))
    company.change("region", west, name="Far West")
    assert [company.stored("account", each)["mark"] for each in (one, two)] == ["One of Far West", "Two of Far West"]
    assert not isinstance(delete(company.store, BOSS, "account", [one], door="api"), Refused)
    assert not isinstance(restore(company.store, BOSS, "account", [one], door="bin"), Refused)

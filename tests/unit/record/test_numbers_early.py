"""Ids and business numbers of new records, as formulas read them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.access import system_actor
from app.record import Saved, create
from app.record.recompute import computed_places, find_drift
from tests.unit.rolling import BOTH, Rolling, on_database

SEED = system_actor("system:seed")
TREE: dict[str, Any] = {
    "pack": {"languages": ["en"]},
    "entities": {
        "order": {
            "fields": {
                "name": {"type": "text"},
                "number": {"type": "sequence", "pattern": "O-{seq:03}"},
                "called": {"type": "text", "formula": 'concat(number, " ", name)'},
                "twice": {"type": "integer", "formula": "id * 2"},
            }
        },
        "line": {
            "fields": {
                "name": {"type": "text"},
                "order": {"type": "lookup", "to": "order", "inverse": "lines", "required": True},
                "of": {"type": "text", "formula": "order.number"},
            },
            "parent": {"field": "order", "part": True},
        },
    },
}


@pytest.fixture(params=BOTH)
def company(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rolling]:
    with on_database(request, tmp_path, TREE) as found:
        yield found


def test_a_formula_reads_the_id_and_the_number_of_a_new_record(company: Rolling) -> None:
    rows = [{"name": "a", "lines": [{"name": "x"}]}, {"name": "b"}]
    assert isinstance(create(company.store, SEED, "order", rows, door="seed"), Saved)
    found = [company.stored("order", each) for each in (1, 2)]
    assert [(each["called"], each["twice"]) for each in found] == [("O-001 a", 2), ("O-002 b", 4)]
    assert company.stored("line", 1)["of"] == "O-001"
    assert find_drift(company.store, computed_places(company.store.catalog)) == []

"""`crm recompute`, and what `crm doctor` tells of computed fields."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from app.access import system_actor
from app.factory import open_database
from app.orm.engine import PLAN, UNIT
from app.plan import open_store
from app.record import Saved, create
from app.settings import Settings
from tests.unit.cli.conftest import Crm

PACK = {
    "pack.yaml": "label: Sums\n",
    "roles/administrator.yaml": "label: Administrator\nrights: [configure]\ngrants: {'*': {create: true, read: all}}\n",
    "entities/box.yaml": """
label: Box
name_field: name
fields:
  name: {type: text, label: Name}
  weight: {type: integer, label: Weight, formula: sum_of(things.weight)}
  heavy: {type: boolean, label: Heavy, formula: weight > 10}
""",
    "entities/thing.yaml": """
label: Thing
name_field: name
fields:
  name: {type: text, label: Name}
  weight: {type: integer, label: Weight}
  box: {type: lookup, to: box, label: Box, inverse: things}
""",
}


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    for name, text in PACK.items():
        path = tmp_path / "pack" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return tmp_path / "pack"


def test_drift_is_told_with_its_ids_and_repaired(crm: Crm, settings: Settings) -> None:
    done = crm("apply", "--yes")
    assert done.exit_code == 0, done.output
    store = open_store(open_database(settings))
    boss = system_actor("system:seed")
    box = create(store, boss, "box", [{"name": "A"}, {"name": "B"}], door="seed")
    assert isinstance(box, Saved)
    create(store, boss, "thing", [{"name": "x", "weight": 7, "box": str(box.ids[1])}], door="seed")
    done = crm("doctor", "--all")
    assert done.exit_code == 0, done.output
    table = store.models.tables["box"]
    with store.engine.execution_options(**{UNIT: PLAN}).begin() as connection:
        connection.execute(sa.update(table).where(table.c.id == box.ids[1]).values(weight=70))
    done = crm("doctor")
    assert done.exit_code == 1
    assert f"box.weight of 1 records is not what it follows from: ids {box.ids[1]} " in done.output
    assert "box.heavy" not in done.output
    done = crm("recompute", "box.weight")
    assert done.exit_code == 0, done.output
    assert "1 computed fields, 1 records changed" in done.output
    assert "0 records changed" in crm("recompute").output
    assert crm("doctor").exit_code == 0
    store.engine.dispose()


def test_what_is_not_computed_is_refused(crm: Crm) -> None:
    crm("apply", "--yes")
    done = crm("recompute", "box.name")
    assert done.exit_code == 1
    assert "'box' has no computed field 'name'" in done.output

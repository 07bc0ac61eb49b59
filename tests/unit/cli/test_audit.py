"""`crm audit verify`, and the jobs that seal and anchor."""

from __future__ import annotations

import json
from pathlib import Path

import sqlalchemy as sa

from app.factory import open_database
from app.orm.engine import PLAN, UNIT
from app.orm.framework import audit
from app.record.seals import ANCHORS, NEWEST
from app.settings import Settings
from tests.unit.cli.conftest import Crm


def test_one_byte_changed_by_hand_is_named(crm: Crm, settings: Settings, tmp_path: Path) -> None:
    assert crm("apply", "--yes").exit_code == 0
    assert (
        crm("user", "add", "ann", "--role", "administrator", "--password-stdin", typed="Long-Enough-4711").exit_code
        == 0
    )
    well = crm("audit", "verify")
    assert (well.exit_code, well.stdout.strip().endswith(", 1 seals, 0 anchors, 0 not sealed yet: all well")) == (
        0,
        True,
    )
    assert crm("jobs", "once", "audit_seals").exit_code == 0
    assert (tmp_path / "var" / NEWEST).exists()
    assert crm("jobs", "once", "audit_anchor").exit_code == 0
    assert len((tmp_path / "var" / ANCHORS).read_text().splitlines()) == 1
    engine = open_database(settings)
    with engine.execution_options(**{UNIT: PLAN}).begin() as connection:
        line = connection.execute(sa.select(sa.func.min(audit.c.id))).scalar_one()
        connection.execute(sa.update(audit).where(audit.c.id == line).values(actor="somebody else"))
    engine.dispose()
    wrong = crm("audit", "verify")
    assert wrong.exit_code == 1
    assert f"line {line} (-, apply, " in wrong.stdout
    told = json.loads(crm("audit", "verify", "--format", "json").stdout)
    assert (told["wrong"], told["seals"], told["anchors"]) == (1, 1, 1)
    assert crm("audit", "verify", "--recent").exit_code == 0

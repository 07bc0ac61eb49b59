"""`crm backup`, as it is called: made, listed, verified, and restored where there is nothing but the files and the key."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli import main
from tests.unit.website import prepared_website as prepared_website  # noqa: PLC0414 - a fixture


@pytest.fixture
def place(prepared_website: tuple[Path, dict[str, int]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(prepared_website[0], tmp_path / "site")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CRM_DATA_DIR", str(tmp_path / "site"))
    monkeypatch.setenv("CRM_CONFIG", str(tmp_path / "site" / "pack"))
    monkeypatch.setenv("CRM_BACKUP_DIR", str(tmp_path / "kept"))
    return tmp_path / "site"


def crm(*words: str) -> Result:
    return CliRunner().invoke(main, words)


def listed() -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(crm("backup", "list", "--format", "json").output)
    return found


def test_from_the_first_backup_to_the_restored_company(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert listed() == []
    refused = crm("backup", "run")
    assert refused.exit_code == 1
    assert "crm backup key" in refused.output
    key = crm("backup", "key")
    assert (key.exit_code, key.stdout.strip()) == (0, (place / "backup_key").read_text())
    assert crm("backup", "key").stdout == key.stdout
    assert crm("backup", "run", "full").exit_code == 0
    assert crm("backup", "run", "incremental").output.startswith("incremental backup ")
    rows = listed()
    assert [list(row) for row in rows] == [["id", "kind", "created", "size", "verified"]] * 2
    assert [(row["kind"], row["verified"]) for row in rows] == [("full", None), ("incremental", None)]
    assert rows[0]["size"] == next((tmp_path / "kept").glob("*.full.tenon")).stat().st_size
    verified = crm("backup", "verify")
    assert verified.exit_code == 0, verified.output
    assert "tables with" in verified.output
    assert dt.datetime.fromisoformat(str(listed()[1]["verified"])).tzinfo is not None
    told = crm("doctor").output
    assert "backups    0 h old, verified 0 h ago" in told
    half = tmp_path / "kept" / "20200101-000000-abcdef.full.tenon"
    half.write_bytes(b"half")
    damaged = crm("doctor")
    assert (damaged.exit_code, "1 files or folders are damaged" in damaged.output) == (1, True)
    half.unlink()
    monkeypatch.setenv("CRM_BACKUP_KEY", key.stdout.strip())
    shutil.rmtree(place)
    assert [row["id"] for row in listed()] == [row["id"] for row in rows], "without a database"
    assert not place.exists(), "looking makes nothing"
    restored = crm("backup", "restore", str(rows[1]["id"]), "--to", str(tmp_path / "new"))
    assert restored.exit_code == 0, restored.output
    again = crm("backup", "restore", "latest", "--to", str(tmp_path / "new"))
    assert (again.exit_code, "not empty" in again.output) == (1, True)
    monkeypatch.setenv("CRM_DATA_DIR", str(tmp_path / "new"))
    healthy = crm("doctor")
    assert healthy.exit_code == 0, healthy.output
    assert "administrator" in crm("user", "list").output


@pytest.mark.usefixtures("place")
def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    assert "there is no backup in" in crm("backup", "verify").output
    crm("backup", "key")
    crm("backup", "run")
    unknown = crm("backup", "restore", "20200101-000000-abcdef", "--to", str(tmp_path / "new"))
    assert (unknown.exit_code, "the newest is" in unknown.output) == (1, True)
    (tmp_path / "kept" / "20200101-000000-abcdef.full.tenon").write_bytes(b"half")
    found = crm("backup", "list")
    assert "is damaged" in found.stderr
    assert "20200101" not in found.stdout
    assert crm("backup", "run", "everything").exit_code == 2

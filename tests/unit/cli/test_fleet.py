"""A changed base against the packs of several companies."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app.cli import main

BASE = {
    "pack.yaml": "language: 1\nlabel: {en: Base, zh: 基础}\n",
    "entities/account.yaml": """\
label: {en: Account, zh: 客户}
name_field: name
fields:
  name: {type: text, required: true, label: {en: Name, zh: 名称}}
  level: {type: text, label: {en: Level, zh: 级别}}
  size: {type: integer, $locked: [max], max: 100, label: {en: Size, zh: 规模}}
  fax: {type: text, label: {en: Fax, zh: 传真}}
""",
}
COMPANIES = {
    "plain": {},
    "patches": {"entities/account.yaml": "fields:\n  level: {label: {en: Grade, zh: 等级}}\n"},
    "faxes": {"entities/account.yaml": "fields:\n  fax: {required: true}\n"},
    "limits": {"entities/account.yaml": "fields:\n  level: {max_length: 20}\n"},
}


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "packs/base", BASE)
    write(tmp_path / "next/base", BASE)
    for name, files in COMPANIES.items():
        pack = f"language: 1\nextends: base\nlabel: {{en: {name.title()}, zh: {name.title()}}}\n"
        write(tmp_path / "packs" / name, {"pack.yaml": pack, **files})
    return tmp_path


def change_base(fleet: Path, old: str, new: str) -> None:
    path = fleet / "next/base/entities/account.yaml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def crm(*words: str) -> Result:
    return CliRunner().invoke(main, words, catch_exceptions=False)


def planned(*companies: str, base: str | None = "next/base") -> tuple[int, dict[str, Any]]:
    words = ["fleet", "plan", *(f"packs/{each}" for each in companies), "--format", "json"]
    result = crm(*words, *(("--base", base) if base else ()))
    return result.exit_code, {each["company"]: each for each in json.loads(result.stdout)}


@pytest.mark.usefixtures("fleet")
def test_nothing_changes_for_anybody() -> None:
    code, found = planned(*COMPANIES)
    assert code == 0
    assert [(each["conflicts"], each["steps"]) for each in found.values()] == [([], [])] * len(COMPANIES)
    assert planned(*COMPANIES, base=None)[0] == 0


def test_a_change_that_nobody_contradicts(fleet: Path) -> None:
    change_base(fleet, "required: true, label: {en: Name", "required: true, max_length: 90, label: {en: Name")
    code, found = planned("plain", "patches")
    assert code == 3
    assert [step["detail"] for step in found["plain"]["steps"]] == ["max_length: 255 → 90"]
    text = crm("fleet", "plan", "packs/plain", "--base", "next/base").stdout
    assert "max_length: 255 → 90" in text


def test_a_patch_of_what_the_base_has_removed(fleet: Path) -> None:
    change_base(fleet, "  fax: {type: text, label: {en: Fax, zh: 传真}}\n", "")
    code, found = planned(*COMPANIES)
    assert code == 1
    assert {name: [each["code"] for each in company["conflicts"]] for name, company in found.items()} == {
        "plain": [],
        "patches": [],
        "faxes": ["CFG221"],
        "limits": [],
    }
    assert found["faxes"]["conflicts"][0]["file"].endswith("faxes/entities/account.yaml")
    assert found["faxes"]["conflicts"][0]["line"] == 2


def test_a_value_that_the_base_has_locked(fleet: Path) -> None:
    change_base(fleet, "level: {type: text,", "level: {type: text, $locked: [max_length], max_length: 30,")
    code, found = planned("plain", "limits")
    assert code == 1
    assert [each["code"] for each in found["limits"]["conflicts"]] == ["CFG224", "PLN531"]
    assert found["plain"]["conflicts"] == []


def test_a_meaning_that_changed(fleet: Path) -> None:
    change_base(fleet, "level: {type: text,", "level: {type: integer,")
    code, found = planned("plain", "patches", "faxes")
    assert code == 1
    [conflict] = found["patches"]["conflicts"]
    assert (conflict["code"], conflict["message"]) == (
        "PLN531",
        "account.fields.level means something else: `type`: text → integer",
    )
    assert found["faxes"]["conflicts"] == found["plain"]["conflicts"] == []


def test_with_a_database_its_rows_are_asked(fleet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{fleet / 'acme.db'}"
    monkeypatch.setenv("CRM_DATABASE_URL", url)
    monkeypatch.setenv("CRM_CONFIG", "packs/plain")
    assert crm("apply", "--yes").exit_code == 0
    monkeypatch.delenv("CRM_DATABASE_URL")
    write(fleet / "packs/plain", {".env": f"CRM_DATABASE_URL={url}\n"})
    change_base(fleet, "max: 100", "max: 50")
    before = (fleet / "acme.db").stat().st_mtime_ns
    code, found = planned("plain")
    assert code == 3
    assert [step["target"] for step in found["plain"]["steps"]] == ["account.size"]
    assert (fleet / "acme.db").stat().st_mtime_ns == before


def test_a_database_is_sought_from_the_folder_and_never_made(fleet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(fleet / "packs/plain", {".env": "CRM_DATABASE_URL=sqlite:///../acme.db\n"})
    missing = crm("fleet", "plan", "packs/plain", "--base", "next/base")
    assert missing.exit_code == 1
    assert "does not exist" in missing.output
    assert list(fleet.rglob("acme.db")) == []
    monkeypatch.setenv("CRM_DATABASE_URL", f"sqlite:///{fleet / 'packs/acme.db'}")
    monkeypatch.setenv("CRM_CONFIG", "packs/plain")
    assert crm("apply", "--yes").exit_code == 0
    monkeypatch.delenv("CRM_DATABASE_URL")
    change_base(fleet, "max: 100", "max: 50")
    code, found = planned("plain")
    assert (code, [step["target"] for step in found["plain"]["steps"]]) == (3, ["account.size"])
    assert list(fleet.rglob("acme.db")) == [fleet / "packs/acme.db"]


def test_a_pack_that_had_errors_before_is_not_said_to_be_unchanged(fleet: Path) -> None:
    write(fleet / "packs/plain", {"odd.db": ""})
    change_base(fleet, "max: 100", "max: 50")
    code, found = planned("plain")
    assert (code, [each["code"] for each in found["plain"]["conflicts"]]) == (1, ["CFG210"])

"""`crm export`: what the page of a list gives, without the page."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest
from click.testing import Result

from app.orm.engine import open_engine
from app.plan import open_store
from tests.unit.cli.conftest import Crm
from tests.unit.website import add
from tests.unit.website import prepared_website as prepared_website  # noqa: PLC0414 - a fixture


@pytest.fixture
def environment(prepared_website: tuple[Path, dict[str, int]], tmp_path: Path) -> dict[str, str]:
    folder, ids = prepared_website
    shutil.copytree(folder, tmp_path / "site")
    url = f"sqlite:///{tmp_path / 'site' / 'crm.db'}"
    engine = open_engine(url)
    store = open_store(engine)
    acme = add(
        store, "account", name="Acme", level="a", revenue="2000", phone="13800001234", secret="s", owner=ids["rep"]
    )
    add(store, "account", name="=Bolt", level="b", revenue="10.5", owner=ids["colleague"])
    add(store, "contact", name="Ann", account=acme)
    engine.dispose()
    return {"CRM_CONFIG": str(folder / "pack"), "CRM_DATABASE_URL": url, "CRM_DATA_DIR": str(tmp_path / "site")}


def rows(path: Path) -> list[list[str]]:
    return list(csv.reader(path.read_text("utf-8-sig").splitlines()))


def said(result: Result, code: int) -> str:
    assert result.exit_code == code, result.output
    return result.output


def test_a_list_is_written_with_its_columns(crm: Crm, tmp_path: Path) -> None:
    out = tmp_path / "accounts.csv"
    assert "2 records" in said(crm("export", "account", "--out", str(out)), 0)
    heads, *records = rows(out)
    bolt, acme = sorted(records)
    assert heads == ["Name", "Level", "Phone", "Revenue", "Since", "Owner"]
    assert acme == ["Acme", "Top", "'+8613800001234", "2000", "", "Rita Rep"]
    assert bolt[:4] == ["'=Bolt", "Plain", "", "10.5"]
    assert out.stat().st_mode & 0o077 == 0  # for whoever wrote it alone


def test_a_view_says_which_records_and_columns(crm: Crm, tmp_path: Path) -> None:
    out = tmp_path / "accounts.csv"
    assert "1 record." in said(crm("export", "account", "--view", "linked", "--out", str(out), "--language", "zh"), 0)
    assert rows(out) == [["名称", "级别", "机密", "营收"], ["Acme", "重点", "s", "2000"]]
    assert "1 record." in said(crm("export", "account", "--view", "bosses", "--out", str(out)), 0)


def test_a_person_gets_what_he_may_export(crm: Crm, tmp_path: Path) -> None:
    out = tmp_path / "accounts.csv"
    assert "1 record." in said(crm("export", "account", "--user", "rep", "--out", str(out)), 0)
    assert rows(out)[1][:3] == ["Acme", "Top", "138****1234"]
    assert "no view bosses" in said(crm("export", "account", "--user", "rep", "--view", "bosses", "--out", str(out)), 2)
    assert "may not export product" in said(crm("export", "product", "--user", "rep", "--out", str(out)), 1)
    assert "There is no active user" in said(crm("export", "account", "--user", "nobody", "--out", str(out)), 1)


def test_what_can_not_be_written_leaves_what_there_was(crm: Crm, tmp_path: Path) -> None:
    out = tmp_path / "accounts.csv"
    out.write_text("before")
    assert "no entity acount" in said(crm("export", "acount", "--out", str(out)), 2)
    assert "no view ringed of account; there are" in said(
        crm("export", "account", "--view", "ringed", "--out", str(out)), 2
    )
    assert "no language fr" in said(crm("export", "account", "--language", "fr", "--out", str(out)), 2)
    assert "can't be written" in said(crm("export", "account", "--out", str(tmp_path / "none" / "a.csv")), 1)
    assert out.read_text() == "before"
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".export")] == []

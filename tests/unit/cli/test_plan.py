"""`crm plan`, `apply`, `history`, `diff` as an admin runs them."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli import main

PACK = {
    "pack.yaml": "language: 1\nlabel: Acme\n",
    "entities/account.yaml": "label: Account\nname_field: name\nfields:\n  name: {type: text, max_length: 100}\n",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CRM_CONFIG", "pack")
    monkeypatch.setenv("CRM_DATA_DIR", "var")
    for name, text in PACK.items():
        path = tmp_path / "pack" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return tmp_path


def crm(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


def add_field(folder: Path, line: str) -> None:
    path = folder / "pack/entities/account.yaml"
    path.write_text(path.read_text("utf-8") + f"  {line}\n", "utf-8")


def test_a_plan_of_a_new_database_makes_no_file(folder: Path) -> None:
    result = crm("plan")
    assert result.exit_code == 3
    assert "+ add entity  account" in result.output
    assert "database sqlite:///var/crm.db" in result.output
    assert not (folder / "var").exists()


@pytest.mark.usefixtures("folder")
def test_nothing_is_left_to_do_after_apply() -> None:
    assert crm("apply", "--yes").exit_code == 0
    result = crm("plan")
    assert (result.exit_code, "Nothing to do" in result.output) == (0, True)
    assert crm("apply").exit_code == 0


def test_apply_asks_first(folder: Path) -> None:
    result = crm("apply")
    assert result.exit_code == 1
    assert "--yes" in result.output
    assert json.loads(crm("history", "--format", "json").output) == []
    assert folder.exists()


def test_a_saved_plan_is_applied_once(folder: Path) -> None:
    assert crm("plan", "--out", "plan.json").exit_code == 3
    result = crm("apply", "plan.json")
    assert (result.exit_code, result.output) == (0, "Revision 1 is applied.\n")
    again = crm("apply", "plan.json")
    assert again.exit_code == 1
    assert "PLN501" in again.output
    assert (folder / "var/crm.db").exists()


def test_a_saved_plan_is_refused_when_the_pack_has_moved(folder: Path) -> None:
    crm("plan", "--out", "plan.json")
    add_field(folder, "fax: {type: phone}")
    result = crm("apply", "plan.json")
    assert result.exit_code == 1
    assert "PLN501" in result.output


def test_another_file_is_no_plan(folder: Path) -> None:
    (folder / "plan.json").write_text("[]", "utf-8")
    result = crm("apply", "plan.json")
    assert (result.exit_code, "not a saved plan" in result.output) == (1, True)


def test_a_blocked_plan_says_so_and_is_not_applied(folder: Path) -> None:
    add_field(folder, "fax: {type: phone}")
    crm("apply", "--yes")
    path = folder / "pack/entities/account.yaml"
    path.write_text(path.read_text("utf-8").replace("fax: {type: phone}", "fax: {type: integer}"), "utf-8")
    assert crm("plan").exit_code == 1
    result = crm("apply", "--yes")
    assert result.exit_code == 1
    assert "PLN513" in result.output
    assert "Nothing was changed." in result.output
    plan = json.loads(crm("plan", "--format", "json").output)
    assert plan["blocked"]
    step = plan["steps"][0]
    assert (step["kind"], step["target"], step["blocks"]["code"]) == ("change_type", "account.fax", "PLN513")
    assert (step["origin"]["file"], step["origin"]["line"]) == ("pack/entities/account.yaml", 5)


@pytest.mark.parametrize("command", [("plan",), ("apply", "--yes")])
def test_a_pack_with_errors_is_not_planned(folder: Path, command: tuple[str, ...]) -> None:
    add_field(folder, "fax: {type: phnoe}")
    result = crm(*command)
    assert result.exit_code == 1
    assert "account.yaml:5" in result.output
    assert not (folder / "var/crm.db").exists()


def test_history_and_diff_tell_what_was_done(folder: Path) -> None:
    crm("apply", "--yes")
    add_field(folder, "fax: {type: phone}")
    crm("apply", "--yes")
    lines = crm("history").output.splitlines()
    assert [line.split()[0] for line in lines] == ["2", "1"]
    assert "+ add field  account.fax  phone" in crm("diff", "1").output
    assert "- remove field  account.fax" in crm("diff", "2", "1").output
    assert crm("diff", "1", "1").output.strip() == "no difference"
    assert crm("diff", "7").exit_code == 1


def test_a_file_that_is_no_database_is_named(folder: Path) -> None:
    (folder / "var").mkdir()
    (folder / "var/crm.db").write_text("not a database, whatever its name says " * 40, "utf-8")
    result = crm("plan")
    assert result.exit_code == 1
    assert "var/crm.db" in result.output
    assert "Traceback" not in result.output

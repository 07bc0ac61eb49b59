"""`crm plan`, `apply`, `history`, `diff` as an admin runs them."""

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result

from app.cli import applying, main

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


def test_what_only_looks_or_refuses_makes_no_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a database that is not there."""
    saved = crm("plan", "--out", "plan.json")
    assert saved.exit_code == 3
    add_field(folder, "fax: {type: phone}")
    for words in (
        ("apply",), ("apply", "plan.json"), ("rollback", "--yes"), ("rollback", "1"), ("purge", "account", "--yes", "account"),
        ("drift",), ("history",), ("history", "--tombstones"), ("diff", "1"), ("plan", "--against", "1"),
    ):  # fmt: skip
        result = crm(*words)
        assert result.exit_code == (0 if words[0] == "history" else 1), (words, result.output)
        assert result.exception is None or isinstance(result.exception, SystemExit), words
        assert not (folder / "var/crm.db").exists(), words
    terminal = SimpleNamespace(stdin=SimpleNamespace(isatty=lambda: True), stdout=sys.stdout)
    monkeypatch.setattr(applying, "sys", terminal)
    asked = CliRunner().invoke(main, ["apply"], input="n\n")
    assert (asked.exit_code, "Apply? [y/N]" in asked.output) == (1, True)
    assert not (folder / "var/crm.db").exists()
    assert CliRunner().invoke(main, ["apply"], input="y\n").exit_code == 0
    assert (folder / "var/crm.db").exists()


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
    path.write_text(path.read_text("utf-8").replace("fax: {type: phone}", "fax: {type: address}"), "utf-8")
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
    assert "- drop field  account.fax" in crm("diff", "2", "1").output
    assert crm("diff", "1", "1").output.strip() == "no difference"
    assert crm("diff", "7").exit_code == 1


def test_a_file_that_is_no_database_is_named(folder: Path) -> None:
    (folder / "var").mkdir()
    (folder / "var/crm.db").write_text("not a database, whatever its name says " * 40, "utf-8")
    result = crm("plan")
    assert result.exit_code == 1
    assert "var/crm.db" in result.output
    assert "Traceback" not in result.output


LEAD = "label: Lead\n"
BACKUPS = "full: {every: week, day: sunday, at: '03:00'}\n"


def lose_a_role(folder: Path, **more: str) -> None:
    """Applies a pack with a role that somebody has, and takes the role out of it."""
    for name, text in {"roles/lead.yaml": LEAD, **more}.items():
        path = folder / "pack" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    assert crm("apply", "--yes").exit_code == 0
    made = CliRunner().invoke(
        main, ["user", "add", "ann", "--role", "lead", "--password-stdin"], input="Made up-4 tests\n"
    )
    assert made.exit_code == 0, made.output
    (folder / "pack/roles/lead.yaml").unlink()


def test_a_plan_that_loses_something_is_preceded_by_a_backup(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lose_a_role(folder, **{"backups.yaml": BACKUPS})
    monkeypatch.setenv("CRM_BACKUP_KEY", crm("backup", "key").output.split()[0])
    name = crm("plan").output.split("--allow-destructive ")[1].split()[0]
    refused = crm("apply", "--yes")
    assert "PLN503" in refused.output
    assert not (folder / "var/backups").exists()
    assert crm("plan", "--out", "plan.json").exit_code == 3
    done = crm("apply", "plan.json", "--allow-destructive", name)
    assert done.exit_code == 0, done.output
    (made,) = (folder / "var/backups").iterdir()
    assert str(made.relative_to(folder)) in done.output
    assert done.output.index(made.name) < done.output.index("is applied")
    (row,) = json.loads(crm("backup", "list", "--format", "json").output)
    assert row["kind"] == "full"


def test_where_that_backup_fails_nothing_is_applied(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lose_a_role(folder, **{"backups.yaml": BACKUPS})
    monkeypatch.setenv("CRM_BACKUP_KEY", crm("backup", "key").output.split()[0])
    name = crm("plan").output.split("--allow-destructive ")[1].split()[0]
    (folder / "var/backups").write_text("a file, no folder", "utf-8")
    stopped = crm("apply", "--yes", "--allow-destructive", name)
    assert stopped.exit_code == 1
    assert "PLN508" in stopped.output
    assert "--no-backup" in stopped.output
    assert len(json.loads(crm("history", "--format", "json").output)) == 1
    assert crm("apply", "--yes", "--allow-destructive", name, "--no-backup").exit_code == 0
    assert len(json.loads(crm("history", "--format", "json").output)) == 2


@pytest.mark.parametrize("backups", ["", BACKUPS])
def test_who_makes_no_backups_is_told_and_goes_on(folder: Path, backups: str) -> None:
    lose_a_role(folder, **({"backups.yaml": backups} if backups else {}))
    name = crm("plan").output.split("--allow-destructive ")[1].split()[0]
    done = crm("apply", "--yes", "--allow-destructive", name)
    assert (done.exit_code, "No backup is made before it" in done.output) == (0, True)
    assert not (folder / "var/backups").exists()

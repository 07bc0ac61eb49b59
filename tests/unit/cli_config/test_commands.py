"""`crm check`, `show`, `init`, `schema` as a person or a pipeline calls them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli import main
from tests.unit.loading.broken_packs import BROKEN_PACKS, SOUND, Files
from tests.unit.loading.test_broken_packs import write_pack

ROOT = Path(__file__).parents[3]
CASES = ROOT / "tests" / "cases"


def crm(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments])


def test_a_sound_pack_passes(tmp_path: Path) -> None:
    result = crm("check", "--config", write_pack(tmp_path, {}))
    assert (result.exit_code, result.output) == (0, f"0 errors, 0 warnings in {len(SOUND)} files\n")


@pytest.mark.parametrize("files", [pytest.param(files, id=name) for name, _, files in BROKEN_PACKS])
def test_a_broken_pack_ends_with_1_and_without_a_traceback(files: Files, tmp_path: Path) -> None:
    result = crm("check", "--config", write_pack(tmp_path, files), "--format", "json")
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)
    assert "Traceback" not in result.output
    errors = [one for one in json.loads(result.output) if one["severity"] == "error"]
    assert errors
    assert all(one["file"] and one["line"] >= 1 for one in errors)


def test_the_program_itself_says_the_line_and_ends_with_1(tmp_path: Path) -> None:
    root = write_pack(tmp_path, {"entities/account.yaml": "label: [\n"})
    command = [sys.executable, "-m", "app.cli", "check", "--config", str(root)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert f"{root.as_posix()}/entities/account.yaml:1:" in result.stdout
    assert "Traceback" not in result.stdout + result.stderr


def test_warnings_do_not_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CASES / "CFG401")
    result = crm("check", "--config", "config/acme")
    assert result.exit_code == 0
    assert "warning CFG401" in result.output
    assert result.output.endswith("0 errors, 1 warning in 2 files\n")


def test_annotations_for_github(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CASES / "CFG301")
    result = crm("check", "--config", "config/acme", "--format", "github")
    assert result.exit_code == 1
    assert result.output.startswith("::error file=config/acme/entities/deal.yaml,line=14,col=14,")


@pytest.mark.parametrize("arguments", [("check", "--format", "xml"), ("check", "--nothing"), ("show",), ("nothing",)])
def test_wrong_usage_ends_with_2(arguments: tuple[str, ...]) -> None:
    assert crm(*arguments).exit_code == 2


def test_the_pack_of_the_environment_is_checked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CRM_CONFIG", str(CASES / "CFG301/config/acme"))
    monkeypatch.chdir(tmp_path)
    result = crm("check")
    assert result.exit_code == 1
    assert "CFG301" in result.output


def test_a_base_is_found_where_the_environment_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    packs = tmp_path / "packs"
    packs.mkdir()
    write_pack(packs, {}).rename(packs / "trade")
    company = tmp_path / "acme"
    company.mkdir()
    (company / "pack.yaml").write_text("language: 1\nextends: trade\n")
    assert crm("check", "--config", company).exit_code == 1
    monkeypatch.setenv("CRM_PACKS", str(packs))
    assert crm("check", "--config", company).exit_code == 0


def test_show_names_the_files_of_a_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    result = crm("show", "account.fields.level", "--origin", "--config", "config/it_services")
    assert result.exit_code == 0
    assert "config/it_services/entities/account.yaml:" in result.output
    assert "overrides config/standard/entities/account.yaml:" in result.output
    assert "label.en: Grade" in result.output


@pytest.mark.parametrize(
    ("path", "output"),
    [
        ("account.fields.level.type", "picklist\n"),
        ("account.fields.level.required", "false\n"),
        ("picklist.level.options.a", "label:\n  '*': A\n"),
        ("role.seller.grants.account.read", "own\n"),
        ("account.list.columns", "- name\n- level\n"),
        ("account.list.columns.1", "level\n"),
        ("pack.language", "1\n"),
        ("account.fields.revenue.min", "0\n"),
    ],
)
def test_show_prints_the_value_as_yaml(path: str, output: str, tmp_path: Path) -> None:
    result = crm("show", path, "--config", write_pack(tmp_path, {}))
    assert (result.exit_code, result.output) == (0, output)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("acount.fields", "there is no 'acount' in the pack; did you mean 'account'?\n"),
        ("account.fields.levle", "there is no 'levle' in account.fields; did you mean 'level'?\n"),
        ("account.label.en.x", "there is no 'en' in account.label\n"),
        ("account.list.columns.9", "there is no '9' in account.list.columns\n"),
        ("", "there is no '' in the pack\n"),
    ],
)
def test_show_says_what_there_is_not(path: str, message: str, tmp_path: Path) -> None:
    result = crm("show", path, "--config", write_pack(tmp_path, {}))
    assert (result.exit_code, result.output) == (1, message)


def test_show_still_answers_for_a_pack_with_errors(tmp_path: Path) -> None:
    root = write_pack(tmp_path, {"picklists/level.yaml": "label: L\noptions: {a: 5}\n"})
    result = crm("show", "account.fields.name.type", "--config", root)
    assert result.exit_code == 0
    assert result.stdout == "text\n"
    assert "see `crm check`" in result.stderr


def test_init_makes_a_pack_that_passes(tmp_path: Path) -> None:
    result = crm("init", tmp_path / "acme")
    assert result.exit_code == 0, result.output
    assert crm("check", "--config", tmp_path / "acme").exit_code == 0
    assert "extends: standard" in (tmp_path / "acme/pack.yaml").read_text()


def test_init_in_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "acme").mkdir()
    monkeypatch.chdir(tmp_path / "acme")
    assert crm("init", ".").exit_code == 0


@pytest.mark.parametrize(
    ("name", "extends", "message"),
    [
        ("Acme", "standard", "can't be the name of a pack"),
        ("acme", "standrad", "there is no pack 'standrad'; did you mean 'standard'?"),
        ("acme", "../x", "there is no pack '../x'"),
        ("full", "standard", "is not empty"),
    ],
)
def test_init_refuses_and_leaves_nothing(name: str, extends: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    result = crm("init", tmp_path / name, "--extends", extends)
    assert result.exit_code == 1
    assert message in result.output
    assert not (tmp_path / name / "pack.yaml").exists()


def test_schema_writes_the_committed_files(tmp_path: Path) -> None:
    assert crm("schema", "--out", tmp_path).exit_code == 0
    written = {path.name: path.read_text("utf-8") for path in tmp_path.iterdir()}
    assert written == {path.name: path.read_text("utf-8") for path in (ROOT / "schemas").iterdir()}


def test_a_file_is_formatted_once_and_kept_where_it_cannot_be_read(tmp_path: Path) -> None:
    untidy, broken = tmp_path / "a.yaml", tmp_path / "b.yaml"
    untidy.write_text("a:\n    b: {c: 1,d: 2} # why\n")
    broken.write_text("a: [\n")
    assert crm("fmt", "--check", untidy).exit_code == 1
    assert untidy.read_text().startswith("a:\n    b")
    assert crm("fmt", untidy).exit_code == 0
    assert untidy.read_text() == "a:\n  b: {c: 1, d: 2} # why\n"
    assert crm("fmt", "--check", untidy).exit_code == 0
    result = crm("fmt", tmp_path)
    assert result.exit_code == 1
    assert f"{broken}: " in result.output
    assert broken.read_text() == "a: [\n"

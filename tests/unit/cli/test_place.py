"""What settings, files and databases refuse is told in words: exit 1, no traceback, nothing made by the way."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli import main

from .test_plan import crm, folder  # noqa: F401 - a fixture

ROOT = Path(__file__).parents[3]


def told(result: Result) -> str:
    """The words of a refusal."""
    assert result.exit_code == 1, result.output
    assert isinstance(result.exception, SystemExit), result.exception
    return result.output


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("CRM_DATABASE_URL", "crm.db", "is no address of a database"),
        ("CRM_DATABASE_URL", "postgresql://ann:hunter2@db:port/crm", "is no address of a database"),
        ("CRM_DATABASE_URL", "mysql://ann:hunter2@db/crm", "begins with mysql://"),
        ("CRM_DATABASE_URL", "postgresql+psycopg2://ann:hunter2@db/crm", "begins with postgresql+psycopg2://"),
        ("CRM_DATABASE_URL", "sqlite://var/crm.db", "names a server where SQLite has a file"),
        ("CRM_DATABASE_URL", "postgresql://ann:hunter2@127.0.0.1:9/crm", "Connection refused"),
        ("CRM_DATABASE_URL", "sqlite:///pack/pack.yaml", "file is not a database"),
        ("CRM_DATABASE_URL", "sqlite:///pack", "unable to open database file"),
        ("CRM_STATEMENT_SECONDS", "soon", "CRM_STATEMENT_SECONDS is a number"),
    ],
)
@pytest.mark.parametrize("command", [("plan",), ("user", "list"), ("serve",)])
@pytest.mark.usefixtures("folder")
def test_a_setting_that_cannot_be_used_is_named(
    monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], name: str, value: str, words: str
) -> None:
    monkeypatch.setenv(name, value)
    said = told(crm(*command))
    assert words in said
    assert "hunter2" not in said


@pytest.mark.usefixtures("folder")
def test_where_a_backup_goes_is_an_address_or_a_folder() -> None:
    assert "--to is no address of a database" in told(crm("backup", "restore", "latest", "--to", "://"))
    assert "--to begins with mysql://" in told(crm("backup", "restore", "latest", "--to", "mysql://ann:hunter2@db/crm"))


def test_a_file_of_settings_that_is_no_text_is_named(folder: Path) -> None:  # noqa: F811
    (folder / ".env").write_bytes("CRM_MAIL_FROM=crm@榫卯.example\n".encode("gb18030"))
    assert ".env is no text in UTF-8" in told(crm("check"))
    (folder / ".env").write_bytes(b"\xef\xbb\xbfCRM_CONFIG=elsewhere\n")
    (folder / "elsewhere").mkdir()
    without = CliRunner().invoke(main, ["check"], env={"CRM_CONFIG": None})
    assert "elsewhere/pack.yaml" in without.output, "a mark of the encoding is no part of the first name"


@pytest.mark.parametrize(
    "words",
    [
        ("plan", "--out", "none/plan.json"),
        ("docs", "pack/pack.yaml/docs"),
        ("schema", "--out", "pack/pack.yaml/schemas"),
        ("apply", "--yes"),
        ("demo", "--no-serve", "--dir", "pack/pack.yaml/demo"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_a_file_that_cannot_be_written_is_named(monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]) -> None:
    # No mode of a folder, for whoever tests may be root.
    monkeypatch.setenv("CRM_DATA_DIR", "pack/pack.yaml/var")
    assert re.search(r"^Error: \S+: \w", told(crm(*words)), re.MULTILINE)


@pytest.mark.parametrize(
    "words", [("user", "list"), ("jobs", "list"), ("doctor",), ("audit", "verify"), ("backup", "run")]
)
def test_a_command_that_needs_a_database_makes_none(folder: Path, words: tuple[str, ...]) -> None:  # noqa: F811
    assert "holds no applied configuration: `crm apply`" in told(crm(*words))
    assert not (folder / "var").exists()


@pytest.mark.usefixtures("folder")
def test_a_list_of_nothing_says_so() -> None:
    assert "Nothing was applied yet" in crm("history").output
    crm("apply", "--yes")
    assert "There is nobody yet" in crm("user", "list").output
    assert "Nothing was removed" in crm("history", "--tombstones").output


def test_the_help_lists_every_setting() -> None:
    result = crm("--help")
    settings = set(re.findall(r"\bCRM_[A-Z_]+\b", (ROOT / "app/settings.py").read_text("utf-8")))
    assert settings
    assert {each for each in settings if each not in result.output} == set()
    assert max(len(line) for line in result.output.splitlines()) <= 80

"""What an apply refuses: each with a code, exit 1 and nothing changed."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from app.plan import lock

from .test_plan import add_field, crm, folder  # noqa: F401 - a fixture

ACCOUNT = "pack/entities/account.yaml"


def sql(folder: Path, *statements: str) -> None:  # noqa: F811
    with sqlite3.connect(folder / "var/crm.db") as connection:
        for each in statements:
            connection.execute(each)
    connection.close()


def everything(folder: Path) -> list[str]:  # noqa: F811
    connection = sqlite3.connect(folder / "var/crm.db")
    found = list(connection.iterdump())
    connection.close()
    return found


@pytest.fixture
def live(folder: Path) -> Path:  # noqa: F811
    """A database with a record, and a pack in which a field is a number from now on."""
    add_field(folder, "size: {type: text}")
    assert crm("apply", "--yes").exit_code == 0
    stamps = "changed_seq, created_at, updated_at"
    sql(folder, f"INSERT INTO crm_account (id, name, size, {stamps}) VALUES (1, 'A', 'many', 1, 1, 1)")  # noqa: S608 - no value of anybody's
    (folder / ACCOUNT).write_text(
        (folder / ACCOUNT).read_text("utf-8").replace("{type: text}", "{type: integer, existing: blank}"), "utf-8"
    )
    return folder


def is_stale(folder: Path) -> tuple[str, ...]:  # noqa: F811
    crm("plan", "--out", "plan.json")
    add_field(folder, "fax: {type: phone}")
    return "apply", "plan.json", "--allow-destructive", "account.size"


def is_edited(folder: Path) -> tuple[str, ...]:  # noqa: F811
    crm("plan", "--out", "plan.json")
    plan = json.loads((folder / "plan.json").read_text("utf-8"))
    plan["steps"][0]["impact"] = "nothing is lost"
    (folder / "plan.json").write_text(json.dumps(plan), "utf-8")
    return "apply", "plan.json", "--allow-destructive", "account.size"


def is_cut(folder: Path) -> tuple[str, ...]:  # noqa: F811
    crm("plan", "--out", "plan.json")
    text = (folder / "plan.json").read_text("utf-8")
    (folder / "plan.json").write_text(text[: len(text) // 2], "utf-8")
    return "apply", "plan.json"


def is_no_text(folder: Path) -> tuple[str, ...]:  # noqa: F811
    (folder / "plan.json").write_bytes(b"\xff\xfe\x00")
    return "apply", "plan.json"


def names_what_is_not_in_it(_folder: Path) -> tuple[str, ...]:
    return "apply", "--yes", "--allow-destructive", "account.size", "--allow-destructive", "account.siez"


def names_nothing(_folder: Path) -> tuple[str, ...]:
    return "apply", "--yes"


def meets_a_column_changed_by_hand(folder: Path) -> tuple[str, ...]:  # noqa: F811
    sql(folder, "ALTER TABLE crm_account RENAME COLUMN name TO title")
    path = folder / ACCOUNT
    path.write_text(path.read_text("utf-8").replace("  size: {type: integer, existing: blank}\n", ""), "utf-8")
    add_field(folder, "size: {type: text}\n  fax: {type: phone}")
    return "apply", "--yes"


def meets_a_value_that_does_not_convert(folder: Path) -> tuple[str, ...]:  # noqa: F811
    path = folder / ACCOUNT
    path.write_text(path.read_text("utf-8").replace(", existing: blank", ""), "utf-8")
    return "apply", "--yes"


@pytest.mark.parametrize(
    ("code", "bring_about"),
    [
        ("PLN501", is_stale),
        ("PLN510", is_edited),
        ("PLN510", is_cut),
        ("PLN510", is_no_text),
        ("PLN541", names_what_is_not_in_it),
        ("PLN503", names_nothing),
        ("PLN507", meets_a_column_changed_by_hand),
        ("PLN529", meets_a_value_that_does_not_convert),
    ],
)
def test_what_is_refused_changes_nothing(live: Path, code: str, bring_about: Callable[[Path], tuple[str, ...]]) -> None:
    words = bring_about(live)
    before = everything(live)
    result = crm(*words)
    assert (result.exit_code, code in result.output, "Nothing was changed" in result.output) == (1, True, True), (
        result.output
    )
    assert everything(live) == before


def test_so_does_an_apply_while_another_is_at_work(live: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "WAIT_SECONDS", 0)
    before = everything(live)
    with FileLock(live / "var/crm.db.apply-lock"):
        result = crm("apply", "--yes", "--allow-destructive", "account.size")
    assert (result.exit_code, "PLN502" in result.output) == (1, True), result.output
    assert everything(live) == before
    assert crm("apply", "--yes", "--allow-destructive", "account.size").exit_code == 0

"""`crm history --tombstones` and `crm purge` as an admin runs them."""

import datetime as dt
import json
from pathlib import Path

import pytest

from .test_plan import add_field, crm, folder  # noqa: F401 - a fixture

ACCOUNT = "pack/entities/account.yaml"


@pytest.fixture
def removed(folder: Path) -> Path:  # noqa: F811
    """A database whose account has lost its fax, for a day."""
    (folder / "pack/pack.yaml").write_text("language: 1\nlabel: Acme\ntombstones: 1 day\n", "utf-8")
    without = (folder / ACCOUNT).read_text("utf-8")
    add_field(folder, "fax: {type: phone}")
    assert crm("apply", "--yes").exit_code == 0
    (folder / ACCOUNT).write_text(without, "utf-8")
    assert crm("apply", "--yes").exit_code == 0
    return folder


@pytest.mark.usefixtures("removed")
def test_what_was_removed_is_listed() -> None:
    (only,) = json.loads(crm("history", "--tombstones", "--format", "json").output)
    assert (only["name"], only["place"], only["since"], only["rows"], only["may_be_purged"]) == (
        "account.fax", "crm_account.fax", 2, 0, False
    )  # fmt: skip
    assert (
        f"account.fax  revision    2  0 rows, 0 filled  kept until {only['kept_until']}"
        in crm("history", "--tombstones").output
    )


@pytest.mark.usefixtures("removed")
def test_it_is_purged_by_its_name_typed_twice_when_its_time_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "tombstones 1 kept\n" in crm("doctor").output
    early = crm("purge", "account.fax", "--yes", "account.fax")
    assert (early.exit_code, "PLN509 account.fax is kept until" in early.output) == (1, True)
    import app.orm.types

    in_a_year = app.orm.types.now() + dt.timedelta(days=366)
    monkeypatch.setattr(app.orm.types, "now", lambda: in_a_year)
    assert "tombstones 1 kept; may be purged (`crm purge NAME`): account.fax" in crm("doctor").output
    assert crm("purge", "account.fax").exit_code == 1
    assert crm("purge", "account.fax", "--yes", "account").exit_code == 1
    done = crm("purge", "account.fax", "--yes", "account.fax")
    assert (done.exit_code, "account.fax is gone for good (revision 3)." in done.output) == (0, True)
    assert "No backup is made before it: backups.yaml plans none." in done.output
    assert crm("history", "--tombstones").stdout == ""
    assert "purge" in json.loads(crm("history", "--format", "json").output)[0]["steps"][0]["kind"]

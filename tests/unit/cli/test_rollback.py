"""`crm rollback`, `crm drift` and `crm plan --against` as an admin runs them."""

import json
import sqlite3
from pathlib import Path

from .test_plan import add_field, crm, folder  # noqa: F401 - a fixture


def test_back_and_what_differs_from_then(folder: Path) -> None:  # noqa: F811
    assert crm("rollback").exit_code == 1
    assert crm("apply", "--yes").exit_code == 0
    assert "no earlier revision" in crm("rollback", "--yes").output
    add_field(folder, "fax: {type: phone}")
    against = crm("plan", "--against", "1")
    assert (against.exit_code, "+ add field  account.fax" in against.output) == (3, True)
    assert crm("plan", "--against", "7").exit_code == 1
    assert crm("plan", "--against", "1", "--out", "x.json").exit_code == 2
    assert crm("apply", "--yes").exit_code == 0
    assert crm("rollback").exit_code == 1  # nobody was asked
    back = crm("rollback", "--yes")
    assert (back.exit_code, "Revision 3 is applied: that of 1." in back.output) == (0, True)
    assert "- drop field  account.fax" in back.output
    assert "Nothing to do" in crm("rollback", "1").output
    assert crm("plan").exit_code == 3


def test_drift_names_what_was_changed_by_hand(folder: Path) -> None:  # noqa: F811
    assert crm("drift").exit_code == 1
    assert crm("apply", "--yes").exit_code == 0
    assert (crm("drift").exit_code, crm("drift", "--format", "json").output) == (0, "[]\n")
    with sqlite3.connect(folder / "var/crm.db") as connection:
        connection.execute("ALTER TABLE crm_account ADD COLUMN mine text")
    found = crm("drift", "--format", "json")
    assert found.exit_code == 1
    assert json.loads(found.output) == [
        {"state": "foreign", "what": "column", "name": "crm_account.mine", "detail": ""}
    ]
    assert "foreign column crm_account.mine" in crm("drift").output

"""What automations would have done to events of the past."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from app.automation.replay import replay
from app.cli import main
from app.definition import Catalog
from app.loading import catalog_of_tree
from app.orm.models import build_models
from tests.unit.approving import Office, opened
from tests.unit.automation.test_dispatch import CALL, change, deals, drain, later, runs, stored, tree_of
from tests.unit.website import prepared_website as prepared_website  # noqa: PLC0414 - a fixture

Open = Callable[..., Office]


@pytest.fixture
def open_with(new_url: str) -> Iterator[Open]:
    with ExitStack() as stack:
        yield lambda **automations: stack.enter_context(opened(new_url, tree_of(**automations)))


def changed(office: Office, **automations: Any) -> Office:
    """The same company with other automations."""
    catalog: Catalog = catalog_of_tree(tree_of(**automations))
    return Office(
        type(office.store)(office.store.engine, build_models(catalog), office.store.revision, office.store.clock),
        office.ids, office.moment,
    )  # fmt: skip


def test_a_new_automation_is_tried_on_what_was_before_it(open_with: Open) -> None:
    office = open_with()
    one, two = deals(office, {"name": "One", "amount": "5"}, {"name": "Two", "amount": "500"})
    change(office, one, amount="200", note="a")
    later(office)
    since = office.moment[0] - dt.timedelta(seconds=1)
    change(office, one, two, amount="300")
    change(office, two, stage="won", amount="1")
    shadow = {"mode": "shadow", "actions": CALL}
    office = changed(
        office,
        born={"trigger": "create", "when": "amount > 10", **shadow},
        grown={"trigger": {"becomes": "amount >= 100"}, **shadow},
        risen={"trigger": {"changed": "amount"}, "when": "amount > old.amount", **shadow},
        won={"trigger": {"stage": "won"}, **shadow},
    )
    start = office.moment[0] - dt.timedelta(days=1)
    found = [(each.automation.key, each.records) for each in replay(office.store, start)]
    assert found == [
        ("born", (two,)),
        ("grown", (two,)),
        ("grown", (one,)),
        ("risen", (one,)),
        ("risen", (one,)),
        ("won", (two,)),
    ]
    assert [each.automation.key for each in replay(office.store, since, {"won"})] == ["won"]
    assert (stored(office, "task"), runs(office)) == ([], [])
    assert drain(office) == 0


@pytest.fixture
def place(prepared_website: tuple[Path, dict[str, int]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import shutil

    shutil.copytree(prepared_website[0], tmp_path / "site")
    monkeypatch.setenv("CRM_DATA_DIR", str(tmp_path / "site"))
    monkeypatch.setenv("CRM_CONFIG", str(tmp_path / "site" / "pack"))


@pytest.mark.usefixtures("place")
def test_the_commands(tmp_path: Path) -> None:
    def run(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(main, ["automations", *words])
        return done.exit_code, done.output

    assert run("list") == (0, "")
    assert json.loads(run("list", "--format", "json")[1]) == []
    assert run("replay", "--since", "30 days", "--dry-run") == (0, "Nothing would have been done.\n")
    assert run("replay", "--since", "2026-01-31", "--dry-run", "--format", "json") == (0, "[]\n")
    assert "--dry-run" in run("replay", "--since", "30 days")[1]
    assert "is no day" in run("replay", "--since", "yesterday", "--dry-run")[1]
    code, said = run("replay", "--since", "30 days", "--automation", "won", "--dry-run")
    assert (code, "there is no automation 'won'" in said) == (1, True)
    assert tmp_path.exists()

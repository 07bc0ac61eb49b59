"""`crm jobs`, as it is called."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli import main
from app.orm.engine import open_engine
from tests.unit.website import prepared_website as prepared_website  # noqa: PLC0414 - a fixture


@pytest.fixture
def place(prepared_website: tuple[Path, dict[str, int]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    import shutil

    shutil.copytree(prepared_website[0], tmp_path / "site")
    monkeypatch.setenv("CRM_DATA_DIR", str(tmp_path / "site"))
    monkeypatch.setenv("CRM_CONFIG", str(tmp_path / "site" / "pack"))
    return tmp_path / "site"


@pytest.mark.usefixtures("place")
def test_a_job_is_run_once_and_listed() -> None:
    before = json.loads(CliRunner().invoke(main, ["jobs", "list", "--format", "json"]).output)
    own = ("purge", "stray_files", "audit_seals", "audit_anchor")
    assert [(row["name"], row["last"]) for row in before] == [(name, None) for name in own]
    once = CliRunner().invoke(main, ["jobs", "once", "stray_files"])
    assert (once.exit_code, once.output) == (0, "done: 0 files, 0 contents\n")
    after = json.loads(CliRunner().invoke(main, ["jobs", "list", "--format", "json"]).output)
    assert [(row["name"], row["state"], row["result"]) for row in after if row["last"]] == [
        ("stray_files", "done", "0 files, 0 contents")
    ]
    assert all(row["next"] for row in after)


@pytest.mark.usefixtures("place")
def test_an_unknown_job_is_told_with_what_was_meant() -> None:
    refused = CliRunner().invoke(main, ["jobs", "once", "purg"])
    assert refused.exit_code == 1
    assert "did you mean 'purge'?" in refused.output


def test_the_scheduler_ends_when_it_is_told_to_and_lets_another_lead(place: Path) -> None:
    from app.orm.framework import lease

    process = subprocess.Popen([sys.executable, "-m", "app.cli", "jobs", "run"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "The scheduler runs.\n"
    process.terminate()
    assert process.wait(60) == 0
    process.stdout.close()
    engine = open_engine(f"sqlite:///{place / 'crm.db'}")
    with engine.connect() as connection:
        held = connection.execute(lease.select()).all()
    engine.dispose()
    assert all(each.until is not None for each in held)


def test_what_the_scheduler_sets_apart_is_carried_out_once(place: Path) -> None:
    from app.automation.runs import begin_run, last_runs, take_lead
    from app.jobs.apart import ApartProcess
    from app.orm.types import now
    from app.plan import open_store
    from app.settings import Settings

    engine = open_engine(f"sqlite:///{place / 'crm.db'}")
    store = open_store(engine)
    token = take_lead(store, "a", now())
    assert token is not None
    run = begin_run(store, "stray_files", now(), token, now())
    assert run is not None
    apart = ApartProcess(Settings.from_environment(), now)
    apart.begin(run, dt.timedelta(hours=1))
    while not apart.is_free:
        apart.look(store)
    assert last_runs(store)["stray_files"].result.in_language("en") == "0 files, 0 contents"
    command = [*apart.command, str(run.id), "1", "--beside", str(os.getpid())]
    again = subprocess.run(command, capture_output=True, text=True, check=False, start_new_session=True)
    assert (again.returncode, again.stderr) == (1, f"Error: run {run.id} is not to be carried out any more\n")
    engine.dispose()


def test_the_scheduler_loads_nothing_of_the_web() -> None:
    code = "import app.jobs.scheduler, sys; print([m for m in ('flask', 'flask_appbuilder', 'app.web') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"

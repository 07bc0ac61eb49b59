"""First start, later starts, and the real server on both databases."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import pytest
import requests
import sqlalchemy as sa
from werkzeug.test import Client

from app.cli import demonstration
from app.cli.address import is_missing
from app.cli.serve import Place, default_workers, run_server
from app.cli.startup import bring_up, files_are_applied, setup_path
from app.factory import build_app, open_database
from app.orm.framework import sla_clock
from app.plan import load_revision, open_store
from app.settings import Settings
from app.web.app import LARGEST_BODY
from tests.earlier import back_to

FIELD = "  colour: {type: text, label: {en: Colour, zh: 颜色}}\n"


def add_field(pack: Path, line: str = FIELD) -> None:
    path = pack / "entities" / "account.yaml"
    path.write_text(path.read_text("utf-8").replace("list:\n", f"{line}list:\n", 1), "utf-8")


def start(settings: Settings, *, apply_safe: bool = False) -> int:
    """Bring the database up; the number of the revision that is served then."""
    engine = open_database(settings)
    bring_up(settings, engine, apply_safe=apply_safe)
    number = load_revision(engine).number
    engine.dispose()
    return number


def test_an_empty_database_gets_the_pack(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert start(settings) == 1
    assert re.search(r"\d entities, \d+ fields, \d picklists, 4 roles", capsys.readouterr().out)
    assert start(settings) == 1
    assert capsys.readouterr().out == "", "nothing to tell at the second start"


def test_a_link_is_made_until_somebody_can_log_in(settings: Settings) -> None:
    start(settings)
    engine = open_database(settings)
    store = open_store(engine)
    path = setup_path(store)
    assert path is not None
    assert path.startswith("/setup/")
    demonstration.seed_module("generate")
    from app.access import system_actor
    from app.web.security.people import NewPerson, add_person, change_password

    actor = system_actor("system:command")
    made = add_person(store, actor, NewPerson("ada", "Ada", None, ["administrator"]), door="command")
    assert isinstance(made, int)
    assert setup_path(store) is not None, "she has no password yet"
    change_password(store, actor, made, "A made up one 4 tests")
    assert setup_path(store) is None
    engine.dispose()


def test_a_pack_that_differs_is_pointed_out_and_not_applied(
    settings: Settings, pack: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    start(settings)
    add_field(pack)
    capsys.readouterr()
    assert start(settings) == 1
    said = capsys.readouterr().out
    assert "account.colour" in said
    assert "crm apply" in said


def test_safe_changes_are_applied_when_asked_for(
    settings: Settings, pack: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    start(settings)
    add_field(pack)
    assert start(settings, apply_safe=True) == 2
    assert "Applied." in capsys.readouterr().out


def test_a_database_of_an_earlier_program_gets_its_new_tables(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    import sqlalchemy as sa

    engine = open_database(settings)
    bring_up(settings, engine)
    with engine.connect().execution_options(unit="plan") as connection, connection.begin():
        assert "tenon_stale" in back_to(connection, "0003")
    capsys.readouterr()
    bring_up(settings, engine)
    assert "brought up to date" in capsys.readouterr().out
    assert sa.inspect(engine).has_table("tenon_stale")
    bring_up(settings, engine)
    assert capsys.readouterr().out == ""
    engine.dispose()


def test_a_broken_pack_stops_the_first_start_only(
    settings: Settings, pack: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = (pack / "entities" / "account.yaml").read_text("utf-8")
    add_field(pack, "  colour: {tpye: text}\n")
    with pytest.raises(click.ClickException, match="has errors"):
        start(settings)
    assert "account.yaml" in capsys.readouterr().err
    assert is_missing(settings), "nor does it leave an empty database"
    (pack / "entities" / "account.yaml").write_text(whole, "utf-8")
    assert start(settings) == 1
    add_field(pack, "  colour: {tpye: text}\n")
    assert start(settings, apply_safe=True) == 1
    assert "serving the applied revision" in capsys.readouterr().err


def test_a_missing_pack_does_not_matter_to_a_database_that_has_one(
    settings: Settings, pack: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    start(settings)
    pack.rename(pack.parent / "elsewhere")
    assert start(settings) == 1
    assert "missing" in capsys.readouterr().err


def test_unchanged_files_are_known_without_loading_them(settings: Settings, pack: Path) -> None:
    start(settings)
    engine = open_database(settings)
    assert files_are_applied(settings, load_revision(engine))
    (pack / "roles" / "new.yaml").write_text("label: {en: New}\n", "utf-8")
    assert not files_are_applied(settings, load_revision(engine)), "a new file counts"
    (pack / "roles" / "new.yaml").unlink()
    (pack / "menu.yaml").write_text("groups: {}\n", "utf-8")
    assert not files_are_applied(settings, load_revision(engine))
    engine.dispose()


def test_a_database_that_is_away_is_told_without_a_password(settings: Settings) -> None:
    from dataclasses import replace

    away = replace(settings, database_url="postgresql://crm:hunter2@127.0.0.1:1/none")
    with pytest.raises(click.ClickException) as caught:
        start(away)
    assert "cannot be used" in caught.value.message
    assert "hunter2" not in caught.value.message


def test_a_weak_key_stops_the_server(settings: Settings) -> None:
    from dataclasses import replace

    with pytest.raises(click.ClickException, match="CRM_SECRET_KEY"):
        run_server(replace(settings, secret_key="changeme"), Place("127.0.0.1", 0, 1))


def test_there_are_as_many_workers_as_cores_but_four_at_most() -> None:
    assert 1 <= default_workers() <= 4
    assert Place("::1", 8000, 1).bind == "[::1]:8000"
    assert Place("127.0.0.1", 8000, 1).bind == "127.0.0.1:8000"


@contextmanager
def served(environment: dict[str, str]) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """`crm serve` on a free port, as a user would start it; its address, and its process."""
    command = [sys.executable, "-m", "app.cli", "serve", "--port", "0", "--workers", "2"]
    everything = {**os.environ, **environment, "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(command, env=everything, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    said: list[str] = []
    try:
        for line in process.stdout:
            said.append(line)
            if line.startswith("Set up the first administrator: "):
                yield line.split()[-1], process
                break
        else:
            pytest.fail("".join(said))
    finally:
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate(timeout=30)
    assert process.returncode == 0, rest
    assert "Traceback" not in rest, rest


@pytest.mark.parametrize("database", ["sqlite_url", pytest.param("pg_url", marks=[pytest.mark.pg, pytest.mark.deep])])
def test_the_server_serves_on_both_databases(
    request: pytest.FixtureRequest, environment: dict[str, str], database: str
) -> None:
    database_url = request.getfixturevalue(database)
    with served({**environment, "CRM_DATABASE_URL": database_url}) as (link, _):
        root = link.split("/setup/")[0]
        browser = requests.Session()
        assert browser.get(f"{root}/healthz", timeout=20).text == "ok\n"
        assert browser.get(f"{root}/readyz", timeout=20).text.splitlines()[0] == "ready"
        (token,) = re.findall(r'name="csrf_token" value="([^"]+)"', browser.get(link, timeout=20).text)
        password = "A made up one 4 tests"
        form = {"name": "Ada", "login": "ada", "csrf_token": token, "password": password, "password_again": password}
        assert browser.post(link, data=form, timeout=20, allow_redirects=False).status_code == 303
        assert browser.get(f"{root}/password/", timeout=20, allow_redirects=False).status_code == 200
        body = {"username": "ada", "password": password}
        token = requests.post(f"{root}/api/v1/security/login", json=body, timeout=20).json()["access_token"]
        bearer = {"Authorization": f"Bearer {token}"}
        answers = [requests.get(f"{root}/api/v1/account/", headers=bearer, timeout=20) for _ in range(8)]
        assert {answer.status_code for answer in answers} == {200}, "every worker knows the token"
        large = requests.post(f"{root}/api/v1/account/", headers=bearer, data=b"x" * (LARGEST_BODY + 1), timeout=20)
        assert (large.status_code, large.json()["status"]) == (413, 413)
        assert requests.get(root, headers={"Host": "evil.example"}, timeout=20).status_code == 400


def test_a_scheduler_that_is_killed_is_followed_by_another(environment: dict[str, str]) -> None:
    with served(environment) as (_, process):
        found = re.findall(r"^\d+", children_of(process.pid, "--beside"), re.MULTILINE)
        assert len(found) == 1
        os.kill(int(found[0]), signal.SIGKILL)
        assert process.stdout is not None
        told = next(line for line in process.stdout if "has ended" in line)
        ended, follower = re.findall(r"process (\d+)", json.loads(told)["message"])
        assert ended == found[0]
        assert children_of(process.pid, "--beside").split()[0] == follower


def children_of(parent: int, word: str) -> str:
    """The processes that one has begun and whose command has the word, a line each: number and command."""
    everything = subprocess.run(["ps", "-eo", "pid,ppid,args"], check=True, capture_output=True, text=True).stdout
    rows = [line.split(maxsplit=2) for line in everything.splitlines()[1:]]
    return "\n".join(f"{pid} {args}" for pid, ppid, args in rows if ppid == str(parent) and word in args)


def test_the_demonstration_is_made_once_and_used_again(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    real = demonstration.write_demo
    monkeypatch.setattr(demonstration, "write_demo", lambda store, contents: real(store, contents, 0.02))
    folder = tmp_path / "demo"
    folder.mkdir()
    standard = Settings.from_environment({}, tmp_path / "none").config
    own = replace(settings, config=standard, database_url=f"sqlite:///{folder / 'crm.db'}", data_dir=folder)
    users = demonstration.ensure_demo(own, folder)
    engine = open_database(own)
    with engine.connect() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(sla_clock)), "the service levels run"
    engine.dispose()
    file = folder / "users.json"
    assert json.loads(file.read_text("utf-8")) == users
    assert file.stat().st_mode & 0o777 == 0o600
    assert {user["language"] for user in users} == {"en", "zh"}
    reps = [user for user in users if user["roles"] == ["sales_rep"]]
    assert len(reps) >= 2
    assert len({user["password"] for user in users}) == len(users)
    assert demonstration.ensure_demo(own, folder) == users
    client = build_app(own).inner.test_client()  # type: ignore[attr-defined]
    answer = client.post("/api/v1/security/login", json={"username": reps[0]["name"], "password": reps[0]["password"]})
    assert answer.status_code == 200


def test_any_server_may_run_the_application(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    import app.factory

    start(settings)
    monkeypatch.setattr(Settings, "from_environment", classmethod(lambda _cls: settings))
    application = app.factory.wsgi
    assert app.factory.wsgi is application, "it is built once"
    assert Client(application).get("/readyz").text.splitlines()[0] == "ready"
    application.store.engine.dispose()
    del app.factory.__dict__["wsgi"]
    with pytest.raises(AttributeError):
        _ = app.factory.other

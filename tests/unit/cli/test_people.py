"""`crm user` and `crm doctor`."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.access import find_actor_by_login, system_actor
from app.cli.doctor import CHECKS
from app.cli.startup import bring_up
from app.factory import open_database
from app.orm.engine import PLAN, UNIT
from app.orm.framework import ab_user, ab_user_role, group_role, outbox, run, search_row
from app.orm.store import Store
from app.orm.types import now
from app.plan import open_store
from app.record import Saved, set_second_factor
from app.settings import Settings
from app.web.app import create_app
from app.web.security import keys
from app.web.security import second_factor as factors
from tests.unit.cli.conftest import Crm
from tests.unit.saml_provider import ENTITY, certificate, metadata
from tests.unit.website import Browser, add, write_pack

STRONG = "A made up one 4 tests"


@pytest.fixture(scope="session")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with the pack and nobody in it; tests copy it."""
    folder = tmp_path_factory.mktemp("applied")
    settings = Settings(config=write_pack(folder / "pack"), database_url=f"sqlite:///{folder / 'crm.db'}")
    engine = open_database(settings)
    bring_up(settings, engine)
    engine.dispose()
    return folder / "crm.db"


@pytest.fixture
def store(settings: Settings, applied: Path, tmp_path: Path) -> Iterator[Store]:
    shutil.copy(applied, tmp_path / "crm.db")
    engine = open_database(settings)
    yield open_store(engine)
    engine.dispose()


def test_a_command_without_a_database_says_what_to_do(crm: Crm) -> None:
    result = crm("user", "list")
    assert result.exit_code == 1
    assert "crm apply" in result.output


def test_a_person_with_a_password_may_log_in(crm: Crm, store: Store, settings: Settings) -> None:
    result = crm("user", "add", "ada", "--role", "administrator", "--password-stdin", typed=f"{STRONG}\n")
    assert (result.exit_code, result.output) == (0, "ada may log in.\n")
    assert Browser(create_app(store, settings)).log_in("ada", STRONG).status_code == 303
    assert crm("user", "list").output.split() == ["ada", "active", "administrator"]


def test_a_person_without_one_gets_a_link_that_works(crm: Crm, store: Store, settings: Settings) -> None:
    result = crm("user", "add", "ada", "--role", "rep", "--role", "manager", "--email", "ada@example.com")
    (path,) = re.findall(r"http://127\.0\.0\.1:8000(/setup/\S+)", result.output)
    page = Browser(create_app(store, settings)).get(path)
    assert page.status_code == 200
    assert "ada" in page.text


@pytest.mark.parametrize(
    ("words", "typed", "text", "code"),
    [
        (("ada", "--role", "wizard"), None, "no role wizard", 2),
        (("ada",), None, "--role", 2),
        (("ada", "--role", "rep", "--password-stdin"), "short\n", "At least 10 characters", 1),
        (("ada", "--role", "rep", "--password-stdin"), "", "At least 10 characters", 1),
        (("", "--role", "rep"), None, "login", 1),
        (("ada", "--role", "rep", "--email", "no address"), None, "email", 1),
    ],
)
@pytest.mark.usefixtures("store")
def test_what_will_not_do_adds_nobody(
    crm: Crm, words: tuple[str, ...], typed: str | None, text: str, code: int
) -> None:
    result = crm("user", "add", *words, typed=typed)
    assert result.exit_code == code
    assert text in result.output
    assert crm("user", "list").stdout == ""


@pytest.mark.usefixtures("store")
def test_a_login_exists_once(crm: Crm) -> None:
    crm("user", "add", "ada", "--role", "rep")
    result = crm("user", "add", "ada", "--role", "rep")
    assert result.exit_code == 1
    assert "login" in result.output


def test_a_password_that_the_operator_sets_ends_sessions_and_keys(crm: Crm, store: Store, settings: Settings) -> None:
    crm("user", "add", "ada", "--role", "administrator", "--password-stdin", typed=f"{STRONG}\n")
    app = create_app(store, settings)
    browser = Browser(app)
    browser.log_in("ada", STRONG)
    with store.system_reading() as connection:
        ada = find_actor_by_login(connection, store.models, "ada")
    assert ada is not None
    key = keys.make_key(store, ada, keys.NewKey("The shop", "all", 30), now())
    program = app.test_client()
    program.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    assert crm("user", "password", "nobody").exit_code == 1
    for wrong in ("short", STRONG):
        assert crm("user", "password", "ada", "--password-stdin", typed=f"{wrong}\n").exit_code == 1
    link = re.search(r"/setup/[\w-]+", crm("user", "password", "ADA").output)
    assert link
    assert Browser(app).get(link[0]).status_code == 200
    assert program.get("/api/v1/account/").status_code == 200
    result = crm("user", "password", "ada", "--password-stdin", typed="Quite another one 5\n")
    assert result.output == "ada has a new password. Sessions, API keys and calendar addresses have ended.\n"
    assert browser.get("/password/").status_code == 303
    assert program.get("/api/v1/account/").status_code == 401
    assert Browser(app).get(link[0]).status_code == 404, "links of before have ended"
    assert Browser(app).log_in("ada", "Quite another one 5").status_code == 303


def test_whoever_may_not_use_a_password_gets_none(crm: Crm, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A link would lead nowhere, and a password that lets him in nowhere would end his keys."""
    for login in ("ada", "Bob"):
        crm("user", "add", login, "--role", "administrator", "--password-stdin", typed=f"{STRONG}\n")
    stated = {"OIDC_ISSUER": "http://127.0.0.1:9", "BASE_URL": "http://localhost", "OIDC_CLIENT_ID": "crm"}
    for name, value in {**stated, "PASSWORD_LOGIN": "bob"}.items():
        monkeypatch.setenv(f"CRM_{name}", value)

    def secrets() -> list[str]:
        with store.system_reading() as connection:
            return list(connection.execute(sa.select(ab_user.c.password).order_by(ab_user.c.id)).scalars())

    kept = secrets()
    for words in ((), ("--password-stdin",)):
        told = crm("user", "password", "ada", *words, typed="Quite another one 5\n")
        assert (told.exit_code, "CRM_PASSWORD_LOGIN does not name" in told.output) == (1, True)
    assert secrets() == kept
    told = crm("user", "add", "cy", "--role", "administrator", "--password-stdin", typed=f"{STRONG}\n")
    assert (told.exit_code, "CRM_PASSWORD_LOGIN does not name" in told.output) == (1, True)
    assert secrets() == kept, "nobody is added"
    told = crm("user", "add", "cy", "--role", "administrator")
    assert (told.exit_code, "/setup/" in told.output) == (0, False)
    assert "cy is added, and chooses no password here: CRM_PASSWORD_LOGIN does not name him." in told.output
    assert "/setup/" in crm("user", "password", "bob").output
    monkeypatch.delenv("CRM_BASE_URL")
    told = crm("user", "password", "bob")
    assert (told.exit_code, "CRM_OIDC_ISSUER needs CRM_BASE_URL" in told.output) == (1, True)


def test_whoever_is_disabled_is_out(crm: Crm, store: Store, settings: Settings) -> None:
    for login in ("ada", "bob"):
        crm("user", "add", login, "--role", "administrator", "--password-stdin", typed=f"{STRONG}\n")
    browser = Browser(create_app(store, settings))
    browser.log_in("bob", STRONG)
    assert crm("user", "disable", "BOB").output == "bob is disabled.\n"
    assert browser.get("/password/").status_code == 303
    assert "disabled" in crm("user", "list").output
    assert crm("user", "disable", "nobody").exit_code == 1


@pytest.mark.usefixtures("store")
def test_a_lost_factor_is_taken_away(crm: Crm, store: Store, settings: Settings) -> None:
    crm("user", "add", "ada", "--role", "administrator", "--password-stdin", typed=f"{STRONG}\n")
    made = factors.made_of(settings.get_secret(), 1, factors.new_secret(), 0, factors.new_codes())
    assert isinstance(set_second_factor(store, system_actor("system:command"), 1, made), Saved)
    assert crm("user", "reset-factor", "nobody").exit_code == 1
    result = crm("user", "reset-factor", "Ada")
    assert (result.exit_code, result.output) == (0, "ada has no second factor now.\n")
    assert Browser(create_app(store, settings)).log_in("ada", STRONG).location == "/"


def test_the_last_administrator_stays(crm: Crm) -> None:
    crm("user", "add", "ada", "--role", "administrator")
    assert crm("user", "disable", "ada").exit_code == 1


def test_a_sound_system_gets_a_clean_bill(crm: Crm, store: Store) -> None:
    crm("user", "add", "ada", "--role", "rep")
    add(store, "account", name="北京榫卯 Mortise")
    result = crm("doctor")
    assert result.exit_code == 0, result.output
    sound = [word for name in (*CHECKS, "files") for word in (name, "ok")]
    assert result.output.split() == [*sound, "backups", "none", "planned", "tombstones", "none"]


def test_a_login_without_a_person_and_a_role_that_is_gone_are_found(crm: Crm, store: Store) -> None:
    crm("user", "add", "ada", "--role", "rep")
    with store.housekeeping() as connection:
        stray = {"id": 77, "first_name": "", "last_name": "", "username": "stray", "email": "s@x", "active": True}
        connection.execute(sa.insert(ab_user).values(**stray))
        connection.execute(sa.insert(ab_user_role).values(id=9_000, user_id=77, role_id=1))
        connection.execute(sa.update(ab_user).where(ab_user.c.username == "ada").values(active=False))
    result = crm("doctor")
    assert result.exit_code == 1
    assert "login stray (id 77) is no person" in result.output
    assert "disagree" in result.output


def test_a_missing_column_and_index_and_a_lost_search_row_are_found(crm: Crm, store: Store) -> None:
    with store.engine.execution_options(**{UNIT: PLAN}).begin() as connection:
        connection.exec_driver_sql("ALTER TABLE crm_account DROP COLUMN notes")
        connection.exec_driver_sql("DROP INDEX ix_crm_contact__account")
        connection.execute(
            sa.insert(search_row).values(id=9_000, entity="account", record=12_345, audience="x", tokens="x")
        )
    result = crm("doctor")
    assert result.exit_code == 1
    assert "missing column crm_account.notes" in result.output
    assert "missing index ix_crm_contact__account" in result.output
    assert "1 search rows of account without a record" in result.output
    assert crm("reindex", "nothing").exit_code == 2
    assert crm("reindex", "--after", "3").exit_code == 2
    assert "can be found anew" in crm("reindex", "contact").output


def test_events_that_nobody_acts_upon_and_jobs_that_ended_badly_are_found(crm: Crm, store: Store) -> None:
    add(store, "account", name="北京榫卯 Mortise")
    add(store, "account", name="Tenon")
    long_ago = now() - dt.timedelta(days=2)
    with store.housekeeping() as connection:
        first = sa.select(sa.func.min(outbox.c.id)).scalar_subquery()
        given_up = {"failed": "no such host", "done_at": long_ago}
        connection.execute(sa.update(outbox).values(at=long_ago, done_at=None))
        connection.execute(sa.update(outbox).where(outbox.c.id == first).values(given_up))
        ran = {"due": long_ago, "started_at": long_ago, "attempts": 4, "result": '{"en": "no space left"}', "token": 1}
        connection.execute(sa.insert(run).values(**ran, job="purge", state="failed"))
        connection.execute(sa.insert(run).values(**ran, job="stray_files", state="running"))
    result = crm("doctor")
    assert result.exit_code == 1
    assert "(create account) was given up: no such host" in result.output
    assert "1 events wait since" in result.output
    assert f"purge of {long_ago:%Y-%m-%d %H:%M} failed: no space left" in result.output
    assert f"stray_files of {long_ago:%Y-%m-%d %H:%M} was cut off" in result.output


def test_a_login_elsewhere_is_given_and_taken(crm: Crm, store: Store) -> None:
    crm("user", "add", "ada", "--role", "rep")
    crm("user", "add", "bob", "--role", "rep")
    assert crm("user", "link", "ada", "s-1").exit_code == 1, "of which provider?"
    linked = crm("user", "link", "ada", "s-1", "--issuer", "https://id.example.com")
    assert linked.output == "ada logs in as s-1 of https://id.example.com.\n"
    assert crm("user", "link", "bob", "s-1", "--issuer", "https://id.example.com").exit_code == 1
    assert crm("user", "link", "ada", "s-2", "--issuer", "https://id.example.com").exit_code == 1
    with store.housekeeping() as connection:
        role = {"user_id": 1, "role": "rep", "group_name": "sales", "issuer": "https://id.example.com", "since": now()}
        connection.execute(sa.insert(group_role).values(role))
    assert "the role rep comes from the group sales" in crm("explain", "ada", "read", "account").output
    assert crm("user", "unlink", "ada").output == "ada had 1 logins elsewhere; there are none now.\n"
    assert crm("user", "list").output.splitlines()[0].split() == ["ada", "active"]
    assert crm("user", "unlink", "bob").exit_code == 0


@pytest.mark.usefixtures("store")
def test_people_of_a_saml_provider_are_linked_by_its_name(
    crm: Crm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crm("user", "add", "ada", "--role", "administrator")
    path = tmp_path / "idp.xml"
    path.write_text(metadata("https://id.example.com/sso", certificate("first", days=20)), "utf-8")
    monkeypatch.setenv("CRM_BASE_URL", "http://localhost")
    monkeypatch.setenv("CRM_SAML_METADATA", str(path))
    assert crm("user", "link", "ada", "s-1").output == f"ada logs in as s-1 of saml:{ENTITY}.\n"
    told = crm("doctor").output
    assert f"the certificate of {ENTITY} ends on" in told
    assert "no role has groups" in told
    monkeypatch.setenv("CRM_SAML_METADATA", f"{path}.none")
    assert "can't be read" in crm("user", "link", "ada", "s-2").output
    assert "can't be read" in crm("doctor").output


@pytest.mark.usefixtures("store")
def test_the_doctor_tells_what_keeps_people_out(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    crm("user", "add", "ada", "--role", "administrator")
    assert crm("doctor").exit_code == 0
    monkeypatch.setenv("CRM_OIDC_ISSUER", "http://127.0.0.1:9")
    told = crm("doctor")
    assert told.exit_code == 1
    assert "CRM_OIDC_ISSUER needs CRM_BASE_URL" in told.output
    for name, value in {"BASE_URL": "http://localhost", "OIDC_CLIENT_ID": "crm", "PASSWORD_LOGIN": "ada"}.items():
        monkeypatch.setenv(f"CRM_{name}", value)
    told = crm("doctor")
    assert "http://127.0.0.1:9 can't be used: Connection refused" in told.output
    assert "CRM_PASSWORD_LOGIN names ada, who has no password" in told.output
    assert "no role has groups" in told.output

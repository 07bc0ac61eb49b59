"""`crm keys rotate`: a new secret key, under which everything opens."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from click import ClickException
from click.testing import CliRunner, Result

from app.access import system_actor
from app.automation.mail_stops import stop_by_link, stopped_among
from app.cli import main
from app.cli.startup import bring_up
from app.factory import build_app, open_database
from app.orm.sealed import UNREADABLE
from app.plan import open_store
from app.plan.rotating import FormerlySealed
from app.record import Change, Refused, Saved, create, update
from app.settings import Settings
from tests.unit.secretive_site import MAIL, PASSPORT, PHONE, SCRIPT, SECRETIVE
from tests.unit.website import write_pack

ACTOR = system_actor("system:seed")
FIRST, SECOND = (f"{word} and a long one, that is used for tests" for word in ("the first", "another"))
VALUES = {"mobile": PHONE, "passport": PASSPORT, "illness": SCRIPT, "mail": MAIL}


@pytest.fixture
def environment(tmp_path: Path, database_url: str) -> dict[str, str]:
    pack = write_pack(tmp_path / "pack", SECRETIVE)
    return {"CRM_CONFIG": str(pack), "CRM_DATABASE_URL": database_url, "CRM_DATA_DIR": str(tmp_path / "var")}


def crm(environment: dict[str, str], *words: str) -> Result:
    return CliRunner().invoke(main, words, env=environment, catch_exceptions=False)


def values(environment: dict[str, str]) -> set[tuple[object, ...]]:
    engine = open_database(Settings.from_environment(environment, Path("none")))
    table = open_store(engine).models.tables["patient"]
    with engine.connect() as connection:
        found = connection.execute(sa.select(*(table.c[key] for key in VALUES))).all()
    engine.dispose()
    return {tuple(each) for each in found}


def test_a_new_key_opens_what_the_old_one_has_sealed(environment: dict[str, str]) -> None:
    old = {**environment, "CRM_SECRET_KEY": FIRST}
    assert crm(old, "apply", "--yes").exit_code == 0
    engine = open_database(Settings.from_environment(old, Path("none")))
    store = open_store(engine)
    assert isinstance(create(store, ACTOR, "patient", [{"name": "Wang", **VALUES}], door="seed"), Saved)
    stop_by_link(store, MAIL)
    engine.dispose()
    assert crm(old, "keys", "rotate").exit_code == 1  # it is not said which key there was
    new, both = ({**environment, "CRM_SECRET_KEY": SECOND, **more} for more in ({}, {"CRM_SECRET_KEY_OLD": FIRST}))
    whole = {tuple(VALUES.values())}
    assert values(new) == {(UNREADABLE,) * 4}
    lost = crm(new, "doctor")
    assert lost.exit_code == 1
    assert "1 values of crm_patient.mobile do not open" in lost.stdout
    assert "the secret mail-stops of this database does not open" in lost.stdout
    assert values(both) == whole
    rotated = crm(both, "keys", "rotate")
    assert (rotated.exit_code, "crm_patient.mobile: 1 sealed anew" in rotated.stdout) == (0, True)
    assert "crm_patient.mobile: 0 sealed anew" in crm(both, "keys", "rotate").stdout  # there is nothing left
    assert values(new) == whole
    assert "sealed     ok" in crm(new, "doctor").stdout
    engine = open_database(Settings.from_environment(new, Path("none")))
    store = open_store(engine)
    with store.system_reading() as connection:
        assert stopped_among(connection, (MAIL,), marketing=True) == {MAIL: "link"}
    taken = create(store, ACTOR, "patient", [{"name": "Li", "passport": PASSPORT.lower()}], door="seed")
    assert isinstance(taken, Refused)  # by the digest that follows from the new key
    assert isinstance(update(store, ACTOR, "patient", [Change(1, {"mail": "a@b.cn"})], door="seed"), Saved)
    engine.dispose()


def test_a_value_that_was_taken_twice_is_named_and_nothing_else_runs_before(environment: dict[str, str]) -> None:
    old, new = ({**environment, "CRM_SECRET_KEY": key} for key in (FIRST, SECOND))
    both = {**new, "CRM_SECRET_KEY_OLD": FIRST}
    assert crm(old, "apply", "--yes").exit_code == 0
    for one, name, mobile in ((old, "Wang", PHONE), (both, "Li", None)):  # the servers of before took it
        engine = open_database(Settings.from_environment(one, Path("none")))
        row = {"name": name, "passport": PASSPORT, "mobile": mobile}
        assert isinstance(create(open_store(engine), ACTOR, "patient", [row], door="seed"), Saved)
        engine.dispose()
    for words in (("user", "list"), ("apply", "--yes"), ("jobs", "once", "backups")):
        refused = crm(both, *words)
        assert (refused.exit_code, "PLN542" in refused.output, "crm keys rotate" in refused.output) == (1, True, True)
    settings = Settings.from_environment(both, Path("none"))
    with pytest.raises(FormerlySealed):
        build_app(settings)
    with pytest.raises(ClickException, match="PLN542"):
        bring_up(settings, open_database(settings))
    assert "PLN542" not in crm(both, "doctor").output
    clashed = crm(both, "keys", "rotate")
    assert clashed.exit_code == 1
    assert "crm_patient.passport: id 1 is not sealed anew, its value must be unique and ids 2 have it" in clashed.output
    assert "crm_patient.mobile: 1 sealed anew" in clashed.output
    assert "Error: PLN543" in clashed.output
    assert crm(new, "user", "list").exit_code == 0
    engine = open_database(Settings.from_environment(new, Path("none")))
    assert isinstance(update(open_store(engine), ACTOR, "patient", [Change(1, {"passport": "E2"})], door="seed"), Saved)
    engine.dispose()
    assert "All is sealed" in crm(both, "keys", "rotate").output
    assert crm(both, "user", "list").exit_code == 0

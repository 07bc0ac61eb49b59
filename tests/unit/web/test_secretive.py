"""A representative who sees masks: at every door the mask, at none the number, and no way to ask for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.orm.framework import audit, idempotency
from app.record.acts import FACTS
from tests.unit.secretive_site import MAIL, PASSPORT, PHONE, SCRIPT, SECRETIVE
from tests.unit.website import DATABASES, PASSWORD, Prepared, Website, prepare, served_on

SHOWN = "138****5678"
PLAIN = "+8613987654321"  # masked by a grant, and not encrypted


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepare(tmp_path_factory.mktemp("secretive"), SECRETIVE)


@pytest.fixture(params=DATABASES)
def site(request: pytest.FixtureRequest, prepared: Prepared) -> Iterator[Website]:
    with served_on(request, prepared) as found:
        yield found


def program_of(site: Website, name: str) -> FlaskClient:
    client = site.app.test_client()
    answer = client.post("/api/v1/security/login", json={"username": name, "password": PASSWORD})
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {answer.get_json()['access_token']}"
    return client


def test_a_representative_sees_the_mask_at_every_door(site: Website) -> None:
    given = {"mobile": PHONE, "passport": PASSPORT, "illness": SCRIPT, "mail": MAIL, "plain": PLAIN}
    record = site.add("patient", "rep", name="Wang", **given)
    rep, boss = site.browser("rep"), site.browser("administrator")
    page, edit, program = f"/patient/{record}", f"/patient/{record}/edit", f"/api/v1/patient/{record}"
    moved = {"mobile": "+8613811115678", "plain": "+8613922221111"}
    assert boss.post(edit, data=moved).status_code == 303
    pages = ("/patient/", page, edit, "/patient/csv")
    assert all("13811115678" in boss.get(each).text.replace(" ", "") for each in pages)
    secrets = ("12345678", "1111", "13987654", PASSPORT, SCRIPT)
    for address in (*pages, program, "/api/v1/patient/"):
        told = (program_of(site, "rep") if address.startswith("/api") else rep).get(address).text.replace(" ", "")
        assert (SHOWN in told, "139****1111" in told) == (True, True), address
        assert not [each for each in secrets if each in told.replace("****1111", "")], address
    history = rep.get(page).text
    assert "139****4321" in history  # what it was
    assert "****</del>" in history  # of what is sensitive not even the mask is kept


def test_a_representative_can_not_ask_for_it(site: Website) -> None:
    site.add("patient", "rep", name="Wang", mobile=PHONE, passport=PASSPORT, plain=PLAIN)
    rep, boss = site.browser("rep"), site.browser("administrator")
    theirs = program_of(site, "rep")
    for query in ("f.mobile=%2B8613812345678", "f.mobile=1", "f.plain.starts_with=139", "f.plain.starts_with=2"):
        assert "Wang" in rep.get(f"/patient/?{query}").text, query  # as if it was not asked
    for key in ("mobile", "plain", "passport"):
        assert f"sort={key}" not in rep.get("/patient/").text
    for asked in (f'mobile == "{PHONE}"', "not is_blank(mobile)", 'starts_with(plain, "+86139")'):
        assert theirs.get("/api/v1/patient/", query_string={"filter": asked}).status_code == 400, asked
    for key in ("mobile", "plain"):
        assert theirs.get(f"/api/v1/patient/?sort={key}").status_code == 400, key
    for word in (PHONE, "13812345678", "5678", PASSPORT, "13987654321"):
        assert "Wang" not in rep.get("/patient/", query_string={"q": word}).text, word
    assert "Wang" in rep.get("/patient/?q=wang").text
    for text, found in (
        ("138 1234 5678", True),
        ("+8613812345679", False),
        ("138 1234 5679", False),
    ):  # whole, or not at all
        assert ("Wang" in boss.get("/patient/", query_string={"f.mobile": text, "q": "wang"}).text) is found, text
    everything = program_of(site, "administrator")
    for asked, status in (("not is_blank(mobile)", 200), (f'mobile == "{PHONE}"', 400), ('contains(mobile, "8")', 400)):
        assert everything.get("/api/v1/patient/", query_string={"filter": asked}).status_code == status, asked


def test_the_audit_keeps_no_sensitive_value_that_an_export_was_filtered_by(site: Website) -> None:
    site.add("patient", "rep", name="Wang", mobile=PHONE, passport=PASSPORT)
    asked = {"f.mobile": PHONE, "f.passport": PASSPORT, "q": "wang"}
    assert "Wang" in site.browser("administrator").get("/patient/csv", query_string=asked).text
    with site.store.engine.connect() as connection:
        (told,) = connection.execute(sa.select(audit.c.changes).where(audit.c.action == "export")).scalars()
    assert told[FACTS][1]["filter"] == "mobile equals ****; passport equals ****; ~ wang"


def test_the_answer_that_is_kept_for_a_second_time_tells_nothing(site: Website) -> None:
    program, key = program_of(site, "administrator"), {"Idempotency-Key": "once"}
    answers = [
        program.post("/api/v1/patient/", json={"name": "Wang", "illness": SCRIPT}, headers=key).get_json() for _ in "12"
    ]
    assert answers[0] == answers[1]
    assert answers[0]["result"]["illness"] == SCRIPT
    with site.store.engine.connect() as connection:
        kept = connection.execute(sa.select(idempotency.c.answer)).scalar_one()
    assert kept
    assert SCRIPT not in kept


def test_what_is_saved_again_destroys_nothing(site: Website) -> None:
    record = site.add("patient", "rep", name="Wang", mobile=PHONE, passport=PASSPORT, illness=SCRIPT, plain=PLAIN)
    rep = site.browser("rep")
    program, theirs, all_of_it = f"/api/v1/patient/{record}", program_of(site, "rep"), program_of(site, "administrator")
    sent = {"name": "Wang Wu", "name:was": "Wang", "mobile": "", "mobile:was": "", "plain": SHOWN, "plain:was": ""}
    assert rep.post(f"/patient/{record}/edit", data=sent).status_code == 303
    shown = theirs.get(program).get_json()["result"]
    assert theirs.patch(program, json=shown_of(shown)).status_code == 200
    after = all_of_it.get(program).get_json()["result"]
    assert [after[key] for key in ("name", "mobile", "passport", "illness", "plain")] == [
        "Wang Wu", PHONE, PASSPORT, SCRIPT, PLAIN,
    ]  # fmt: skip
    assert theirs.patch(program, json={"mobile": "13600001111"}).status_code == 200
    assert all_of_it.get(program).get_json()["result"]["mobile"] == "+8613600001111"


def shown_of(result: dict[str, object]) -> dict[str, object]:
    return {key: result[key] for key in ("name", "mobile", "passport", "plain")}

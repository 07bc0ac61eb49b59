"""A masked value is shown once to who may ask for it, and the audit tells who did, and why."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from app.orm.framework import ab_user, audit
from tests.unit.secretive_site import PASSPORT, PHONE, SCRIPT, SECRETIVE
from tests.unit.website import DATABASES, PASSWORD, Prepared, Website, prepare, served_on

revealing = import_module("app.record.reveal")
BATCH = "LOT77"
WHY = "the patient asked to be called back"


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


def lines(site: Website) -> list[tuple[object, ...]]:
    with site.store.engine.connect() as connection:
        query = sa.select(audit.c.actor_id, audit.c.door, audit.c.record, audit.c.changes)
        rows = connection.execute(query.where(audit.c.action == "reveal").order_by(audit.c.id)).all()
        everything = str(connection.execute(sa.select(audit.c.changes)).all())
    assert not [each for each in (PHONE, PHONE[3:], PASSPORT, SCRIPT, BATCH) if each in everything]
    return [tuple(each) for each in rows]


def test_the_page_shows_the_value_once_and_the_audit_tells_it(site: Website) -> None:
    record = site.add("patient", "rep", name="Wang", mobile=PHONE, passport=PASSPORT, illness=SCRIPT)
    rep, boss = site.browser("rep"), site.browser("administrator")
    page = rep.get(f"/patient/{record}").text
    assert 'data-open="reveal-mobile"' in page
    assert 'data-open="reveal-passport"' not in page  # it is masked, and may not be asked for
    assert "reveal-mobile" not in boss.get(f"/patient/{record}").text  # who reads it needs not ask
    for sent in (
        {":field": "mobile"},
        {":field": "mobile", ":reason": "  "},
        {":field": "mobile", ":reason": "x" * 501},
    ):
        assert PHONE[3:] not in rep.post(f"/patient/{record}/reveal", data=sent, follow_redirects=True).text.replace(
            " ", ""
        )
    assert lines(site) == []
    shown = rep.post(f"/patient/{record}/reveal", data={":field": "mobile", ":reason": WHY})
    assert (shown.status_code, shown.headers["Cache-Control"]) == (200, "no-store")
    assert "138 1234 5678" in shown.text
    assert "Shown once" in shown.text
    assert "138 1234 5678" not in rep.get(f"/patient/{record}").text
    told = {"act.": [None, {"field": "mobile", "reason": WHY}]}
    assert lines(site) == [(site.ids["rep"], "form", record, told)]
    seen = boss.get("/audit/?act=reveal").text
    assert "revealed a value" in seen
    assert WHY in seen
    assert PHONE[3:] not in seen.replace(" ", "")


def test_values_of_parts_are_shown_in_their_line(site: Website) -> None:
    record, other = (
        site.add(
            "patient", "rep", name=name, doses=[{"name": "A", "batch": f"{batch}-1234", "price": "77"}, {"name": "B"}]
        )
        for name, batch in (("Wang", BATCH), ("Li", "OTHER"))
    )
    part, foreign = (_parts_of(site, each)[0] for each in (record, other))
    rep = site.browser("rep")
    page = rep.get(f"/patient/{record}").text
    assert page.count('data-open="reveal-doses-batch"') == 1  # the other line has none
    assert f'data-about="{part}"' in page
    assert 'aria-label="Reveal Batch, Dose 1"' in page
    assert "reveal-doses-price" not in page
    asked = {":parts": "doses", ":part": str(part), ":field": "batch", ":reason": WHY}
    wrong = [
        ({":part": str(foreign)}, 404), ({":part": "x"}, 404), ({":part": "999"}, 404), ({":parts": "order"}, 400),
        ({":field": "nothing"}, 400), ({":reason": " "}, 303), ({":field": "price"}, 303),
    ]  # fmt: skip
    for other_form, status in wrong:
        answer = rep.post(f"/patient/{record}/reveal", data=asked | other_form)
        assert (answer.status_code, BATCH in answer.text) == (status, False), other_form
    shown = rep.post(f"/patient/{record}/reveal", data=asked)
    assert (shown.status_code, f"{BATCH}-1234" in shown.text, "Shown once" in shown.text) == (200, True, True)
    assert BATCH not in rep.get(f"/patient/{record}").text
    program, base = program_of(site, "rep"), f"/api/v1/patient/{record}/doses"
    answer = program.post(f"{base}/{part}/reveal/batch", json={"reason": WHY})
    assert answer.get_json() == {"id": str(part), "field": "batch", "value": f"{BATCH}-1234"}
    for address, status in (
        (f"{base}/{foreign}/reveal/batch", 404), (f"{base}/{part}/reveal/name", 404), (f"{base}/{part}/reveal/price", 403),
        (f"/api/v1/dose/{part}/reveal/batch", 404), (f"/api/v1/patient/{record}/order/{part}/reveal/batch", 404),
    ):  # fmt: skip
        assert program.post(address, json={"reason": WHY}).status_code == status, address
    described = program.get("/api/v1/openapi.json").get_json()["paths"]
    assert "/api/v1/patient/{id}/doses/{part}/reveal/batch" in described
    told = {"act.": [None, {"field": "batch", "reason": WHY}]}
    assert lines(site) == [(site.ids["rep"], door, part, told) for door in ("form", "api")]
    assert program.post(f"/api/v1/patient/{record}/reveal/mobile", json={"reason": WHY}).status_code == 200
    assert (
        program.post(f"{base}/{part}/reveal/batch", json={"reason": WHY}).status_code == 403
    )  # the day's limit is one


def _parts_of(site: Website, record: int) -> list[int]:
    table = site.store.models.tables["dose"]
    with site.store.system_reading() as connection:
        return list(
            connection.execute(sa.select(table.c.id).where(table.c.patient == record).order_by(table.c.id)).scalars()
        )


def test_a_program_asks_in_the_same_way(site: Website) -> None:
    record = site.add("patient", "rep", name="Wang", mobile=PHONE, passport=PASSPORT, illness=SCRIPT)
    program, base = program_of(site, "rep"), f"/api/v1/patient/{record}/reveal"
    shown = program.post(f"{base}/mobile", json={"reason": WHY})
    assert shown.get_json() == {"id": str(record), "field": "mobile", "value": PHONE}
    described = program.get("/api/v1/openapi.json").get_json()["paths"]
    assert [each for each in described if "/reveal/" in each] == [
        "/api/v1/patient/{id}/reveal/mobile",
        "/api/v1/patient/{id}/doses/{part}/reveal/batch",
    ]
    refused = {
        "mobile": 422, "passport": 403, "illness": 404, "name": 404, "nothing": 404,
    }  # fmt: skip
    for field, status in refused.items():
        answer = program.post(f"{base}/{field}", json={"reason": "" if field == "mobile" else WHY})
        assert answer.status_code == status, field
        assert not [each for each in (PHONE, PASSPORT, SCRIPT) if each in answer.text]
    assert program.post("/api/v1/patient/999/reveal/mobile", json={"reason": WHY}).status_code == 404
    assert len(lines(site)) == 1


def test_no_more_are_shown_in_a_day_than_the_role_allows(site: Website) -> None:
    record = site.add("patient", "rep", name="Wang", mobile=PHONE)
    program, address = program_of(site, "rep"), f"/api/v1/patient/{record}/reveal/mobile"
    answers = [program.post(address, json={"reason": WHY}).status_code for _ in range(4)]
    assert answers == [200, 200, 200, 403]
    assert program_of(site, "colleague").post(address, json={"reason": WHY}).status_code == 200


def test_two_at_once_are_counted_one_after_the_other(site: Website, monkeypatch: pytest.MonkeyPatch) -> None:
    """While reveals are counted, no other request of that person can be."""
    record = site.add("patient", "rep", name="Wang", mobile=PHONE)
    counted, alone = revealing._revealed, list[bool]()
    url = site.store.engine.url
    options = {"timeout": 0} if url.get_backend_name() == "sqlite" else {"options": "-c lock_timeout=1"}
    other = sa.create_engine(url, connect_args=options)

    def watched(*asked: Any) -> int:
        with other.connect() as connection:  # which rolls back
            try:
                connection.execute(sa.update(ab_user).where(ab_user.c.id == site.ids["rep"]).values(active=True))
                alone.append(False)
            except OperationalError:
                alone.append(True)
        return counted(*asked)

    monkeypatch.setattr(revealing, "_revealed", watched)
    answer = program_of(site, "rep").post(f"/api/v1/patient/{record}/reveal/mobile", json={"reason": WHY})
    assert (answer.status_code, alone) == (200, [True])
    other.dispose()

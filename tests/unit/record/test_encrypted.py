"""Values that are kept encrypted: written and read as any, and nowhere in plain text."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from app.access import reading, system_actor
from app.orm.engine import PLAN, UNIT
from app.orm.framework import audit, outbox
from app.orm.sealed import UNREADABLE
from app.record import Change, Refused, Saved, create, update
from tests.unit.secretive_site import MAIL, PASSPORT, PHONE, SCRIPT, SECRETIVE
from tests.unit.website import DATABASES, Prepared, Website, prepare, served_on

ACTOR = system_actor("system:seed")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepare(tmp_path_factory.mktemp("secretive"), SECRETIVE)


@pytest.fixture(params=DATABASES)
def site(request: pytest.FixtureRequest, prepared: Prepared) -> Iterator[Website]:
    with served_on(request, prepared) as found:
        yield found


def patient(site: Website, name: str = "Wang", **values: object) -> int:
    given = {"mobile": PHONE, "passport": PASSPORT, "illness": SCRIPT, "mail": MAIL, **values}
    outcome = create(site.store, ACTOR, "patient", [{"name": name, **given}], door="seed")
    assert isinstance(outcome, Saved), outcome
    return outcome.ids[0]


def raw(site: Website, record: int) -> dict[str, object]:
    with site.store.engine.connect() as connection:
        row = connection.execute(sa.text("SELECT * FROM crm_patient WHERE id = :id"), {"id": record}).mappings().one()
        return dict(row)


def values(site: Website, record: int) -> tuple[object, ...]:
    a_class = site.store.models.classes["patient"]
    with reading(site.store, ACTOR) as session:
        query = sa.select(a_class.mobile, a_class.passport, a_class.illness, a_class.mail)
        return tuple(session.execute(query.where(a_class.id == record)).one())


def test_a_value_is_read_as_it_was_written_and_kept_otherwise(site: Website) -> None:
    record = patient(site)
    assert values(site, record) == (PHONE, PASSPORT, SCRIPT, MAIL)
    kept = raw(site, record)
    assert all(each not in str(kept) for each in (PHONE, PASSPORT, SCRIPT, MAIL, "12345678"))
    assert str(kept["mobile"]).startswith("1:")


def test_many_rows_at_once_are_kept_alike(site: Website) -> None:
    rows = [{"name": f"P{number}", "mobile": f"+86138123400{number}"} for number in range(10, 40)]
    saved = create(site.store, ACTOR, "patient", rows, door="seed")
    assert isinstance(saved, Saved)
    assert [values(site, each)[0] for each in saved.ids] == [each["mobile"] for each in rows]
    changes = [Change(each, {"mail": MAIL}) for each in saved.ids]
    assert isinstance(update(site.store, ACTOR, "patient", changes, door="seed"), Saved)
    assert {values(site, each)[3] for each in saved.ids} == {MAIL}


def test_equal_values_look_different_and_open_in_their_own_row_only(site: Website) -> None:
    one, other = patient(site), patient(site, passport=None)
    assert raw(site, one)["mobile"] != raw(site, other)["mobile"]
    with site.store.engine.execution_options(**{UNIT: PLAN}).begin() as connection:
        moved = sa.text("UPDATE crm_patient SET mobile = :value WHERE id = :id")
        connection.execute(moved, {"value": raw(site, one)["mobile"], "id": other})
    assert values(site, other)[0] == UNREADABLE
    assert values(site, one)[0] == PHONE


def test_what_is_unique_stays_so(site: Website) -> None:
    first = patient(site)
    outcome = create(site.store, ACTOR, "patient", [{"name": "Li", "passport": PASSPORT.lower()}], door="seed")
    assert isinstance(outcome, Refused)
    assert [(each.field, each.code) for each in outcome.refusals] == [("passport", "field.unique")]
    assert isinstance(update(site.store, ACTOR, "patient", [Change(first, {"passport": "X1"})], door="seed"), Saved)
    assert patient(site, "Li")


def test_nothing_beside_the_record_tells_the_value(site: Website) -> None:
    record = patient(site)
    changes = {"mobile": "+8613912345678", "illness": "another heart", "fee": "12.50"}
    assert isinstance(update(site.store, ACTOR, "patient", [Change(record, changes)], door="seed"), Saved)
    assert isinstance(update(site.store, ACTOR, "patient", [Change(record, {"mail": None})], door="seed"), Saved)
    with site.store.engine.connect() as connection:
        lines = connection.execute(sa.select(audit.c.changes).where(audit.c.entity == "patient")).scalars().all()
        told = connection.execute(sa.select(outbox)).mappings().all()
        words = connection.execute(sa.text("SELECT tokens FROM tenon_search_row")).scalars().all()
    assert lines[-2] == {"mobile": ["****"] * 2, "illness": ["****"] * 2, "fee": [None, "****"]}
    assert lines[-1] == {"mail": ["****", None]}
    for place in (lines, told, words):
        assert not [each for each in (PHONE, "13912345678", "heart", MAIL, "12.5") if each in str(place)]

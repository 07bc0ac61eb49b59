"""One record, its labels, and what a lookup offers."""

import datetime as dt

import pytest
import sqlalchemy as sa

from app.access import reading
from app.insight import BadQuery, LookupOption, Reference, get_record, labels, lookup_options, value_to_wire
from app.orm.store import Store
from tests.unit.company import ADMIN, DIRECTOR, NOW, OTHER, REP, actor
from tests.unit.insight.test_lists import counting


def test_a_record_takes_two_statements(store: Store) -> None:
    rep = actor(store, REP)
    with reading(store, rep) as session, counting(store) as statements:
        row = get_record(session, rep, "account", 1)
    assert len(statements) == 2
    assert row is not None
    assert (row.id, row.version) == (1, 1)
    assert "secret" not in row.values
    assert "credit" not in row.values
    assert row.values["mobile"] == "138****0001"
    assert row.values["owner"] == Reference("user", REP, "user 2")
    assert row.values["created_at"] == NOW


def test_a_record_out_of_sight_is_none(store: Store) -> None:
    rep, director = actor(store, REP), actor(store, DIRECTOR)
    with reading(store, rep) as session:
        assert get_record(session, rep, "account", 4) is None
        assert get_record(session, rep, "account", 99) is None
        assert get_record(session, rep, "account", 2**63 - 1) is None
        with pytest.raises(BadQuery):
            get_record(session, rep, "account", 1, ("secret",))
        with pytest.raises(KeyError):
            get_record(session, rep, "nonsense", 1)
    with reading(store, director) as session:
        assert get_record(session, director, "contact", 1) is None


def test_a_record_in_the_bin_is_found_when_asked_for(store: Store) -> None:
    table = store.models.tables["contact"]
    rep = actor(store, REP)

    def delete(at: dt.datetime | None) -> None:
        with store.writing_session(lambda _entity: None) as session:
            session.connection().execute(sa.update(table).where(table.c.id == 3).values(deleted_at=at))

    delete(NOW)
    try:
        with reading(store, rep) as session:
            assert get_record(session, rep, "contact", 3) is None
            row = get_record(session, rep, "contact", 3, ("name", "deleted_at"), include_deleted=True)
            assert row is not None
            assert row.values == {"name": "contact 3", "deleted_at": NOW}
            assert labels(session, {"contact": [1, 3]}) == {("contact", 1): "contact 1"}
    finally:
        delete(None)


def test_labels_of_several_entities_come_in_one_statement(store: Store) -> None:
    rep = actor(store, REP)
    wanted = {"account": [1, 4, 1], "contact": [1, 2], "user": [1], "team": []}
    with reading(store, rep) as session, counting(store) as statements:
        assert labels(session, wanted) == {
            ("account", 1): "account 1",
            ("contact", 1): "contact 1",
            ("user", 1): "user 1",
        }
        assert len(statements) == 1
        assert labels(session, {}) == {}
        assert len(statements) == 1
        assert len(labels(session, {"user": range(1, 1_200)})) == 7
        assert len(statements) == 4  # 500 at a time


def test_a_record_without_a_name_shows_its_number(store: Store) -> None:
    table = store.models.tables["note"]
    with store.writing_session(lambda _entity: None) as session:
        session.connection().execute(sa.update(table).where(table.c.id == 3).values(name=None))
    admin = actor(store, ADMIN)
    with reading(store, admin) as session:
        assert labels(session, {"note": [3]}) == {("note", 3): "#3"}
        assert LookupOption(3, "#3", "contact 3") in lookup_options(session, admin, "note")


def test_a_lookup_offers_what_is_in_scope(store: Store) -> None:
    rep, other, director = actor(store, REP), actor(store, OTHER), actor(store, DIRECTOR)
    with reading(store, rep) as session, counting(store) as statements:
        assert lookup_options(session, rep, "account") == [
            LookupOption(2, "account 2", "C2"),  # the last changed comes first
            LookupOption(1, "account 1", "C1"),
        ]
        assert len(statements) == 1
        assert lookup_options(session, rep, "account", "C2") == [(2, "account 2", "C2")]
        assert lookup_options(session, rep, "account", "c4") == []
        assert lookup_options(session, rep, "account", "", 1) == [(2, "account 2", "C2")]
    with reading(store, other) as session:
        assert [each.id for each in lookup_options(session, other, "account", "acc")] == [4]
    with reading(store, director) as session:
        assert lookup_options(session, director, "contact") == []


def test_an_offered_record_says_what_it_is_part_of(store: Store) -> None:
    admin = actor(store, ADMIN)
    with reading(store, admin) as session, counting(store) as statements:
        assert LookupOption(2, "note 2", "contact 2") in lookup_options(session, admin, "note")
        assert len(statements) == 2


def test_people_who_left_are_not_offered(store: Store) -> None:
    rep = actor(store, REP)
    with reading(store, rep) as session:
        assert [each.id for each in lookup_options(session, rep, "user")] == [6, 5, 4, 3, 2, 1]


def test_wire_forms() -> None:
    moment = dt.datetime(2026, 1, 2, 3, 4, 5, 678_000, dt.timezone(dt.timedelta(hours=8)))
    assert value_to_wire(moment) == "2026-01-01T19:04:05.678Z"
    assert value_to_wire(Reference("account", 2**53 + 1, None)) == {"id": "9007199254740993", "label": None}

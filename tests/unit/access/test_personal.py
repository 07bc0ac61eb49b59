"""Exceptions of a person: one verb more or less than his roles grant, on records or on one field."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa

from app.access import (
    Actor,
    Allowed,
    Denied,
    FieldRight,
    PersonalRight,
    actor_of_user,
    decide,
    explain,
    field_rights,
    find_actor_by_login,
    readable_audiences,
    reading,
)
from app.orm.framework import personal_right
from app.orm.store import Store
from app.orm.types import now
from tests.unit.company import ACCOUNTS, REP, build_catalog

CATALOG = build_catalog()
HOUR = dt.timedelta(hours=1)


def rep(*personal: PersonalRight) -> Actor:
    return Actor(REP, "wang", frozenset({"rep", "staff"}), personal=personal)


def more(entity: str, verb: str, scope: str = "", field: str | None = None) -> PersonalRight:
    return PersonalRight(entity, field, verb, True, scope)


def less(entity: str, verb: str, field: str | None = None) -> PersonalRight:
    return PersonalRight(entity, field, verb, False)


@pytest.fixture
def given(store: Store) -> Iterator[None]:
    """The representative may read all accounts for an hour, has lost to create contacts, and once could do more."""
    fixed = {
        "user_id": REP,
        "field": None,
        "scope": None,
        "reason": "",
        "given_by": 1,
        "given_at": now(),
        "changed_seq": 1,
    }
    rows = [
        {"entity": "account", "verb": "read", "adds": True, "scope": "all", "ends_at": now() + HOUR},
        {"entity": "contact", "verb": "create", "adds": False, "ends_at": now() + HOUR},
        {"entity": "note", "verb": "delete", "adds": True, "scope": "all", "ends_at": now() - HOUR},
        {"entity": "account", "field": "mobile", "verb": "read", "adds": True, "ends_at": now() + HOUR},
    ]
    with store.housekeeping() as write:
        write.execute(sa.insert(personal_right), [{**fixed, **row} for row in rows])
    yield
    with store.housekeeping() as write:
        write.execute(sa.delete(personal_right))


@pytest.mark.usefixtures("given")
def test_who_acts_is_found_with_the_exceptions_that_hold(store: Store) -> None:
    with store.system_reading() as connection:
        by_id = actor_of_user(connection, store.models, REP)
        by_login = find_actor_by_login(connection, store.models, f"u{REP}")
    assert by_id is not None
    assert by_id.personal == (
        more("account", "read", "all"),
        more("account", "read", field="mobile"),
        less("contact", "create"),
    )
    assert by_login == by_id


@pytest.mark.usefixtures("given")
def test_an_exception_shows_rows_and_no_more_of_their_fields_than_the_roles_do(store: Store) -> None:
    with store.system_reading() as connection:
        actor = actor_of_user(connection, store.models, REP)
    assert actor is not None
    account = store.models.classes["account"]
    with reading(store, actor) as session:
        assert set(session.scalars(sa.select(account.id))) == set(ACCOUNTS)
    with reading(store, replace(actor, personal=())) as session:
        assert set(session.scalars(sa.select(account.id))) == {1, 2}
    rights = field_rights(store.catalog, actor, "account")
    assert rights.right("secret") is FieldRight.HIDDEN


def test_a_verb_is_added_and_taken_away() -> None:
    assert isinstance(decide(CATALOG, rep(), "export", "account"), Denied)
    assert decide(CATALOG, rep(more("account", "export", "own")), "export", "account") == Allowed(
        (("exception:rep", "own"),)
    )
    denied = decide(CATALOG, rep(less("account", "read")), "read", "account")
    assert isinstance(denied, Denied)
    assert denied.reason == "an exception made for wang takes read on account away"
    both = rep(more("account", "delete", "all"), less("account", "delete"))
    assert isinstance(decide(CATALOG, both, "delete", "account"), Denied)


def test_a_verb_on_an_entity_that_no_role_names_is_added() -> None:
    assert decide(CATALOG, rep(more("team", "create")), "create", "team") == Allowed((("exception:staff", "all"),))
    nobody = Actor(1, "li", frozenset(), personal=(more("account", "read", "all"),))
    assert decide(CATALOG, nobody, "read", "account") == Allowed((("exception:", "all"),))
    assert field_rights(CATALOG, nobody, "account").right("credit") is FieldRight.HIDDEN  # restricted stays so


def test_a_field_is_shown_hidden_written_and_kept() -> None:
    plain = field_rights(CATALOG, rep(), "account")
    assert (plain.right("mobile"), plain.right("secret"), plain.right("name")) == (
        FieldRight.MASK, FieldRight.HIDDEN, FieldRight.WRITE,
    )  # fmt: skip
    actor = rep(
        more("account", "read", field="mobile"), more("account", "update", field="secret"),
        less("account", "update", field="name"), less("account", "read", field="code"),
    )  # fmt: skip
    rights = field_rights(CATALOG, actor, "account")
    assert rights.right("secret") is FieldRight.WRITE
    assert rights.right("mobile") > FieldRight.MASK
    assert rights.right("name") is FieldRight.READ
    assert not rights.sees("code")
    assert {"secret", "mobile"} <= rights.updatable
    assert not {"name", "code"} & (rights.updatable | rights.creatable)
    assert {"mobile", "secret"} <= rights.clear


def test_what_is_hidden_from_someone_is_in_no_group_of_words_that_he_searches() -> None:
    before = readable_audiences(CATALOG, rep(), "account")
    after = readable_audiences(CATALOG, rep(less("account", "read", field="code")), "account")
    assert set(after) < set(before)


def test_a_field_alone_lets_no_record_be_read_or_written() -> None:
    actor = Actor(1, "li", frozenset(), personal=(more("account", "update", field="name"),))
    rights = field_rights(CATALOG, actor, "account")
    assert not rights.visible
    assert not rights.updatable
    assert not rights.creatable


def test_what_the_system_gives_is_not_written_by_exception() -> None:
    actor = rep(more("account", "update", field="created_at"), more("account", "update", field="owner"))
    rights = field_rights(CATALOG, actor, "account")
    assert not {"created_at", "owner"} & rights.updatable


def test_exceptions_on_what_is_not_there_say_nothing() -> None:
    actor = rep(more("gone", "read", "all"), more("account", "read", field="gone"), less("account", "read", field="id"))
    assert field_rights(CATALOG, actor, "account").rights == field_rights(CATALOG, rep(), "account").rights
    assert isinstance(decide(CATALOG, actor, "read", "gone"), Denied)


def test_an_explanation_names_the_exception(store: Store) -> None:
    lines = explain(store, rep(more("account", "export", "all")), "export", "account", 4)
    assert lines[0].text.startswith("allowed: ")
    assert lines[1].text.startswith("an exception made for this person grants export all")

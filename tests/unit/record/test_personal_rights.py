"""Exceptions are made by who may configure, for a reason, until a day; the audit tells of them."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from app.access import PersonalRight, actor_of_user
from app.orm.engine import PLAN, UNIT
from app.orm.framework import audit, personal_right
from app.record import Change, update
from app.record.personal_rights import (
    LONGEST,
    MOST,
    Wanted,
    add_exception,
    end_orphans,
    exceptions_of,
    withdraw_exception,
)
from tests.unit.record.conftest import Company

EXPORT = PersonalRight("account", None, "export", True, "own")


@pytest.fixture
def person(company: Company) -> int:
    return company.add("user", company.boss, name="王芳", login="WangFang")


def wanted(right: PersonalRight = EXPORT, days: int = 7, reason: str = "Fair in May") -> Wanted:
    return Wanted(right, dt.date.today() + dt.timedelta(days=days), reason)  # noqa: DTZ011


def told(company: Company, person: int) -> list[Any]:
    query = sa.select(audit.c.changes).where(
        audit.c.entity == "user", audit.c.record == person, audit.c.action == "exception"
    )
    with company.store.system_reading() as connection:
        return list(connection.execute(query.order_by(audit.c.id)).scalars())


def personal(company: Company, person: int) -> tuple[PersonalRight, ...]:
    with company.store.system_reading() as connection:
        actor = actor_of_user(connection, company.store.models, person)
    assert actor is not None
    return actor.personal


def test_an_exception_holds_until_it_is_withdrawn_and_is_told(company: Company, person: int) -> None:
    wish = wanted()
    assert add_exception(company.store, company.boss, person, wish) is None
    assert personal(company, person) == (EXPORT,)
    with company.store.system_reading() as connection:
        (made,) = exceptions_of(connection, person, company.store.clock())
    assert (made.right, made.reason, made.given_by) == (EXPORT, "Fair in May", company.boss.user_id)
    assert not withdraw_exception(company.store, company.boss, person + 1, made.id)
    assert withdraw_exception(company.store, company.boss, person, made.id)
    assert not withdraw_exception(company.store, company.boss, person, made.id)
    assert personal(company, person) == ()
    until = wish.last_day.isoformat()
    assert told(company, person) == [
        {"exception": [None, f"may export account (own) until {until}: Fair in May"]},
        {"exception": ["may export account (own)", None]},
    ]


@pytest.mark.parametrize(
    ("right", "why"),
    [
        (PersonalRight("nothing", None, "read", True, "all"), "entity"),
        (PersonalRight("account", None, "fly", True, "all"), "verb"),
        (PersonalRight("account", None, "read", True, ""), "scope"),
        (PersonalRight("account", None, "read", True, "none"), "scope"),
        (PersonalRight("account", None, "read", True, "is_mine()"), "scope"),
        (PersonalRight("account", None, "create", True, "all"), "scope"),
        (PersonalRight("account", None, "read", False, "all"), "scope"),
        (PersonalRight("account", "nothing", "read", True), "field"),
        (PersonalRight("account", "id", "read", False), "field"),
        (PersonalRight("account", "phone", "delete", False), "verb"),
        (PersonalRight("account", "phone", "read", True, "own"), "scope"),
        (PersonalRight("account", "phone", "read", True, "\naccount::export:+:all"), "scope"),
    ],
)
def test_what_is_no_right_is_refused(company: Company, person: int, right: PersonalRight, why: str) -> None:
    assert add_exception(company.store, company.boss, person, wanted(right)) == why
    assert personal(company, person) == ()


def test_an_exception_needs_a_day_and_a_reason(company: Company, person: int) -> None:
    store, boss = company.store, company.boss
    assert add_exception(store, boss, person, wanted(days=-2)) == "day"
    assert add_exception(store, boss, person, wanted(days=LONGEST.days + 2)) == "day"
    assert add_exception(store, boss, person, wanted(reason="  ")) == "reason"
    assert add_exception(store, boss, person, wanted(reason="x" * 501)) == "reason"
    assert add_exception(store, boss, 999_999, wanted()) == "nobody"


def test_nobody_makes_exceptions_who_may_not_configure(company: Company, person: int) -> None:
    for actor in (company.rep, company.lead):
        assert add_exception(company.store, actor, person, wanted()) == "nobody"
    assert add_exception(company.store, company.boss, person, wanted()) is None
    with company.store.system_reading() as connection:
        (made,) = exceptions_of(connection, person, company.store.clock())
    assert not withdraw_exception(company.store, company.rep, person, made.id)
    assert len(told(company, person)) == 1


def test_who_needs_very_many_needs_a_role(company: Company, person: int) -> None:
    row = {
        "user_id": person, "entity": "account", "verb": "read", "adds": True, "scope": "all", "reason": "", "given_by": 1,
        "given_at": company.store.clock(), "ends_at": company.store.clock() + dt.timedelta(days=1), "changed_seq": 1,
    }  # fmt: skip
    with company.store.housekeeping() as write:
        write.execute(sa.insert(personal_right), [row] * MOST)
    assert add_exception(company.store, company.boss, person, wanted()) == "many"


def test_what_an_exception_adds_ends_with_its_entity_or_field(company: Company, person: int) -> None:
    kept = PersonalRight("account", "phone", "update", False)
    for right in (EXPORT, PersonalRight("account", "phone", "read", True), kept):
        assert add_exception(company.store, company.boss, person, wanted(right)) is None
    with company.store.housekeeping() as write:
        write.execute(sa.update(personal_right).where(personal_right.c.field == "phone").values(field="fax"))
    with company.store.engine.execution_options(**{UNIT: PLAN}).begin() as connection:
        end_orphans(connection, company.store.models, company.store.clock())
    assert personal(company, person) == (EXPORT, replace(kept, field="fax"))  # what was taken away stays away


def test_who_leaves_has_no_exceptions_when_he_returns(company: Company, person: int) -> None:
    less = PersonalRight("account", "phone", "read", False)
    for right in (EXPORT, less):
        assert add_exception(company.store, company.boss, person, wanted(right)) is None
    for active in (False, True):
        update(company.store, company.boss, "user", [Change(person, {"active": active})], door="form")
    assert personal(company, person) == (less,)

"""People and their logins are one."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from app.access import actor_of_user, system_actor
from app.orm.framework import ab_role, ab_user, ab_user_role, web_session
from app.orm.types import now
from app.record import Change, Refused, Saved, create, delete, restore, set_password, set_roles, update
from tests.unit.record.conftest import Company, at_once, codes, done


@pytest.fixture
def person(company: Company) -> int:
    return company.add("user", company.boss, name="王芳", login="WangFang", email="Wang@Example.com")


def login(company: Company, user: int) -> dict[str, Any]:
    with company.store.system_reading() as connection:
        return dict(connection.execute(sa.select(ab_user).where(ab_user.c.id == user)).mappings().one())


def log_in(company: Company, user: int) -> None:
    with company.store.housekeeping() as connection:
        moment = now()
        connection.execute(
            sa.insert(web_session).values(
                id=f"token-{user}",
                user_id=user,
                kind="page",
                csrf="",
                created_at=moment,
                seen_at=moment,
                expires_at=moment,
            )
        )


def is_logged_in(company: Company, user: int) -> bool:
    with company.store.system_reading() as connection:
        return connection.execute(sa.select(web_session.c.id).where(web_session.c.user_id == user)).first() is not None


def roles(company: Company, user: int) -> set[str]:
    query = sa.select(ab_role.c.name).join(ab_user_role, ab_user_role.c.role_id == ab_role.c.id)
    with company.store.system_reading() as connection:
        return set(connection.execute(query.where(ab_user_role.c.user_id == user)).scalars())


def set_active(company: Company, user: int, active: bool) -> Saved | Refused:  # noqa: FBT001
    return update(company.store, company.boss, "user", [Change(user, {"active": active})], door="form")


def test_a_new_person_has_a_login_that_no_password_fits(company: Company, person: int) -> None:
    row = login(company, person)
    assert (row["username"], row["first_name"], row["email"]) == ("WangFang", "王芳", "wang@example.com")
    assert row["active"] is True
    assert row["password"] == "!"
    assert company.stored("user", person)["owner"] == person


def test_the_login_follows_the_person(company: Company, person: int) -> None:
    changes = {"name": "王芳芳", "login": "fangfang", "email": None}
    done(update(company.store, company.boss, "user", [Change(person, changes)], door="form"))
    row = login(company, person)
    assert (row["username"], row["first_name"]) == ("fangfang", "王芳芳")
    assert row["email"].endswith("@users.invalid")


@pytest.mark.usefixtures("person")
def test_two_people_can_not_have_one_login(company: Company) -> None:
    outcome = create(company.store, company.boss, "user", [{"name": "X", "login": "wangfang"}], door="form")
    assert codes(outcome) == [("login", "field.unique")]
    outcome = create(company.store, company.boss, "user", [{"name": "X", "login": "x" * 129}], door="form")
    assert codes(outcome) == [("login", "field.length")]


def test_who_is_deactivated_is_logged_out_and_can_not_act(company: Company, person: int) -> None:
    log_in(company, person)
    done(set_active(company, person, False))
    assert not is_logged_in(company, person)
    assert login(company, person)["active"] is False
    with company.store.system_reading() as connection:
        assert actor_of_user(connection, company.store.models, person) is None
    done(set_active(company, person, True))
    assert login(company, person)["active"] is True


def test_a_deleted_person_leaves_his_login_to_others_until_he_returns(company: Company, person: int) -> None:
    log_in(company, person)
    done(delete(company.store, company.boss, "user", [person], door="form"))
    assert not is_logged_in(company, person)
    assert login(company, person)["active"] is False
    second = company.add("user", company.boss, name="X", login="wangfang", email="wang@example.com")
    outcome = restore(company.store, company.boss, "user", [person], door="bin")
    assert {code for _, code in codes(outcome)} == {"field.unique"}
    done(update(company.store, company.boss, "user", [Change(second, {"login": "x1", "email": None})], door="form"))
    done(restore(company.store, company.boss, "user", [person], door="bin"))
    assert (login(company, person)["username"], login(company, person)["active"]) == ("WangFang", True)


def test_roles_are_given_by_who_may_configure_and_end_the_sessions(company: Company, person: int) -> None:
    log_in(company, person)
    assert codes(set_roles(company.store, company.lead, person, ["rep"])) == [(None, "access.denied")]
    assert codes(set_roles(company.store, company.outsider, person, ["rep"])) == [(None, "record.not_found")]
    assert codes(set_roles(company.store, company.boss, person, ["nonsense"])) == [("roles", "field.option")]
    assert is_logged_in(company, person)
    done(set_roles(company.store, company.boss, person, ["rep", "lead"]))
    assert roles(company, person) == {"rep", "lead"}
    assert not is_logged_in(company, person)
    done(set_roles(company.store, company.boss, person, ["rep"]))
    assert roles(company, person) == {"rep"}
    assert company.audited("user", person)[-1]["changes"] == {"roles": [["lead", "rep"], ["rep"]]}


def test_the_startup_actor_makes_the_first_administrator(company: Company) -> None:
    startup = system_actor("system:startup")
    saved = done(create(company.store, startup, "user", [{"name": "First", "login": "first"}], door="command"))
    done(set_roles(company.store, startup, saved.ids[0], ["administrator"]))
    assert roles(company, saved.ids[0]) == {"administrator"}


def test_somebody_must_remain_who_administers(company: Company, person: int) -> None:
    boss = company.boss.user_id
    assert boss is not None
    done(set_roles(company.store, company.boss, boss, ["administrator"]))
    for outcome in (
        set_roles(company.store, company.boss, boss, ["rep"]),
        set_active(company, boss, False),
        delete(company.store, company.boss, "user", [boss], door="form"),
    ):
        assert codes(outcome)[-1] == (None, "record.in_use")
    done(set_roles(company.store, company.boss, person, ["administrator"]))
    done(set_active(company, boss, False))
    assert codes(set_active(company, person, False)) == [(None, "record.in_use")]
    assert roles(company, person) == {"administrator"}


def test_a_password_is_set_by_oneself_or_by_who_may_configure(company: Company, person: int) -> None:
    log_in(company, person)
    assert codes(set_password(company.store, company.rep, person, "hash")) == [(None, "access.denied")]
    done(set_password(company.store, company.boss, person, "hash"))
    assert login(company, person)["password"] == "hash"
    assert not is_logged_in(company, person)
    rep = company.rep.user_id
    assert rep is not None
    done(set_password(company.store, company.rep, rep, "own"))
    entry = company.audited("user", rep)[-1]
    assert (entry["action"], entry["changes"]) == ("password", None)


def test_two_administrators_can_not_dismiss_each_other_at_once(company: Company, person: int) -> None:
    boss = company.boss.user_id
    assert boss is not None
    for user in (boss, person):
        done(set_roles(company.store, company.boss, user, ["administrator"]))
    outcomes = at_once(2, lambda number: set_active(company, (boss, person)[number], False))
    assert sorted(type(each).__name__ for each in outcomes) == ["Refused", "Saved"]

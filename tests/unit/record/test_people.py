"""People and their logins are one."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from app.access import PersonalRight, actor_of_user, system_actor
from app.orm.framework import ab_role, ab_user, ab_user_role, setup_token, web_session
from app.orm.types import now
from app.record import (
    Change,
    Refused,
    Saved,
    create,
    delete,
    in_unit,
    make_link_of,
    restore,
    set_own_email_in,
    set_password,
    set_roles,
    update,
)
from tests.unit.record.conftest import Company, at_once, codes, done

CLERK = tuple(PersonalRight("user", None, verb, True, "all") for verb in ("read", "update"))


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


@pytest.mark.parametrize("door", ["form", "inline", "bulk", "import", "api"])
def test_who_only_edits_people_gives_nobody_another_way_in(company: Company, person: int, door: str) -> None:
    clerk = replace(company.boss, roles=frozenset(), personal=CLERK)
    for change in ({"email": "thief@example.com"}, {"login": "thief"}):
        outcome = update(company.store, clerk, "user", [Change(person, change)], door=door)
        assert codes(outcome) == [(next(iter(change)), "field.read_only")]
    done(update(company.store, clerk, "user", [Change(person, {"name": "X"})], door=door))
    done(update(company.store, clerk, "user", [Change(person, {"email": "Wang@Example.com"})], door=door))


def test_no_program_changes_a_way_in_not_even_an_administrators(company: Company, person: int) -> None:
    for change in ({"email": "thief@example.com"}, {"login": "thief"}):
        outcome = update(company.store, company.boss, "user", [Change(person, change)], door="api")
        assert codes(outcome) == [(next(iter(change)), "field.read_only")]
        done(update(company.store, company.boss, "user", [Change(person, change)], door="form"))
    done(update(company.store, company.boss, "user", [Change(person, {"name": "X"})], door="api"))


def test_ones_own_address_is_changed_with_proof(company: Company, person: int) -> None:
    clerk = replace(company.boss, user_id=person, roles=frozenset(), personal=CLERK)
    for own in (clerk, replace(company.boss, user_id=person)):
        address = [Change(person, {"email": f"own{len(own.roles)}@example.com"})]
        for door in ("api", "form", "inline", "bulk", "import"):
            assert codes(update(company.store, own, "user", address, door=door)) == [("email", "field.read_only")]
        email = f"own{len(own.roles)}@example.com"
        done(in_unit(company.store, own, "form", lambda unit, email=email: set_own_email_in(unit, email)))
        assert login(company, person)["email"] == email
    outcome = update(company.store, clerk, "user", [Change(person, {"login": "another"})], door="form")
    assert codes(outcome) == [("login", "field.read_only")]


@pytest.mark.parametrize("change", [{"email": "new@example.com"}, {"login": "new"}, {"active": False}])
def test_a_link_for_a_password_ends_with_what_it_was_sent_to(
    company: Company, person: int, change: dict[str, object]
) -> None:
    def links() -> int:
        with company.store.housekeeping() as connection:
            return connection.execute(sa.select(sa.func.count()).select_from(setup_token)).scalar_one()

    with company.store.housekeeping() as connection:
        make_link_of(connection, person, now(), dt.timedelta(hours=1), "setup")
    done(update(company.store, company.boss, "user", [Change(person, {"name": "X"})], door="form"))
    assert links() == 1
    done(update(company.store, company.boss, "user", [Change(person, change)], door="form"))
    assert links() == 0


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

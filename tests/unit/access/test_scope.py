"""Which records someone sees, by scope, on both databases."""

import pytest
import sqlalchemy as sa

from app.access import Actor, actor_of_user, reading, row_condition, system_actor
from app.orm.store import Store
from tests.unit.company import (
    ACCOUNTS,
    ADMIN,
    CONTACTS,
    DIRECTOR,
    FOLDERS,
    LEAD,
    LONER,
    NOTES,
    OTHER,
    REP,
    actor,
)


def seen(store: Store, who: Actor, entity: str) -> set[int]:
    with reading(store, who) as session:
        return set(session.scalars(sa.select(store.models.classes[entity].id)))


@pytest.mark.parametrize(
    ("user", "accounts"),
    [
        (REP, {1, 2}),  # own
        (OTHER, {4}),
        (LEAD, {1, 3, 6}),  # own, and those of the team that is led
        (DIRECTOR, {1, 2, 3}),  # of the department and the one below
        (LONER, {7}),  # no department and no team: only what is owned, not all that has none either
        (ADMIN, set(ACCOUNTS)),
    ],
)
def test_own_team_subtree_and_all(store: Store, user: int, accounts: set[int]) -> None:
    assert seen(store, actor(store, user), "account") == accounts


def test_a_child_is_seen_by_whoever_sees_its_parent(store: Store) -> None:
    assert seen(store, actor(store, REP), "contact") == {1, 3}  # 5 is owned, but hangs on a foreign account
    assert seen(store, actor(store, OTHER), "contact") == {2, 4, 5}
    assert seen(store, actor(store, ADMIN), "contact") == set(CONTACTS)


def test_the_parent_of_a_parent_decides(store: Store) -> None:
    assert seen(store, actor(store, REP), "note") == {1, 3}
    assert seen(store, actor(store, OTHER), "note") == {2}
    assert seen(store, actor(store, ADMIN), "note") == set(NOTES)


def test_parents_of_the_same_entity_are_followed_and_loops_grant_nothing(store: Store) -> None:
    assert seen(store, actor(store, REP), "folder") == {1, 2, 3}
    assert seen(store, actor(store, ADMIN), "folder") == set(FOLDERS)


def test_roles_add(store: Store) -> None:
    loner = actor(store, LONER)
    both = Actor(LONER, "both", loner.roles, department=4, subtree=(4,), teams=(1,))
    assert seen(store, both, "account") == {1, 4, 6, 7}


def test_without_a_grant_nothing_is_seen(store: Store) -> None:
    director = actor(store, DIRECTOR)
    assert seen(store, director, "contact") == set()
    assert seen(store, Actor(None, "nobody", frozenset()), "account") == set()
    assert seen(store, Actor(REP, "no role", frozenset({"no_such_role"})), "account") == set()


def test_a_system_actor_has_its_written_grants(store: Store) -> None:
    assert seen(store, system_actor("system:login"), "user") == {1, 2, 3, 4, 5, 6, 7}
    assert seen(store, system_actor("system:login"), "account") == set()
    assert seen(store, system_actor("system:seed"), "account") == set(ACCOUNTS)


def test_a_person_is_no_system_actor_by_the_name_of_a_role(store: Store) -> None:
    assert seen(store, Actor(REP, "sly", frozenset({"system:seed"})), "account") == set()


def test_verbs_have_scopes_of_their_own(store: Store) -> None:
    rep = actor(store, REP)
    assert row_condition(store.models, rep, "export", "account") is not None
    assert isinstance(row_condition(store.models, rep, "export", "account"), sa.False_)
    assert row_condition(store.models, actor(store, ADMIN), "export", "account") is None


def test_a_scope_holds_for_aliases_and_joins(store: Store) -> None:
    account = store.models.classes["account"]
    other = sa.orm.aliased(account)
    contact = store.models.classes["contact"]
    with reading(store, actor(store, REP)) as session:
        assert set(session.scalars(sa.select(other.id))) == {1, 2}
        pairs = session.execute(sa.select(contact.id, other.id).join(other, contact.account == other.id)).all()
        assert {tuple(pair) for pair in pairs} == {(1, 1)}
        everyone = sa.select(contact.id, other.id).outerjoin(other, sa.true())
        assert {right for _, right in session.execute(everyone)} == {1, 2}


def test_at_most_a_thousand_teams_fit_in_one_condition(store: Store) -> None:
    many = Actor(LEAD, "many", frozenset({"lead"}), teams=tuple(range(1, 1_001)), subtree=tuple(range(1, 1_001)))
    assert seen(store, many, "account") == {1, 3, 4, 6}


def test_someone_who_is_not_active_is_nobody(store: Store) -> None:
    with store.system_reading() as connection:
        assert actor_of_user(connection, store.models, 7) is None
        assert actor_of_user(connection, store.models, 99) is None

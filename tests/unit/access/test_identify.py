"""Who is behind a session, a login, an id: in one statement."""

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa

from app.access import actor_of_user, find_actor_by_login, find_actor_by_session, reading
from app.access.identify import LARGEST_SET
from app.orm.framework import ab_user, deputy, web_session
from app.orm.store import Store
from tests.unit.company import ADMIN, DIRECTOR, GONE, LEAD, LONER, NOW, OTHER, REP, insert_rows

LATER = NOW + dt.timedelta(hours=1)


@pytest.fixture(autouse=True, scope="module")
def sessions(store: Store) -> None:
    with store.housekeeping() as write:
        write.execute(
            sa.insert(web_session),
            [
                {
                    "id": f"hash{key}",
                    "user_id": key,
                    "kind": "page",
                    "csrf": "token",
                    "created_at": NOW,
                    "seen_at": NOW,
                    "expires_at": LATER,
                }
                for key in (ADMIN, REP, LEAD, LONER, DIRECTOR, GONE)
            ],
        )


def find(store: Store, user: int, at: dt.datetime = NOW) -> Any:
    with store.system_reading() as connection:
        return find_actor_by_session(connection, store.models, f"hash{user}", at)


def test_all_is_found_in_one_statement(store: Store) -> None:
    statements: list[str] = []
    sa.event.listen(store.engine, "before_cursor_execute", lambda *arguments: statements.append(arguments[2]))
    with store.system_reading() as connection:
        statements.clear()
        found = find_actor_by_session(connection, store.models, f"hash{REP}", NOW)
        assert len(statements) == 1
    assert found is not None
    assert (found.id, found.kind, found.csrf) == (f"hash{REP}", "page", "token")
    assert (found.created_at, found.seen_at, found.expires_at, found.revision) == (NOW, NOW, LATER, 0)
    assert found.actor.user_id == REP
    assert found.actor.name == f"user {REP}"
    assert found.actor.roles == {"rep", "staff"}
    assert (found.actor.department, found.actor.subtree, found.actor.teams) == (3, (3,), (1,))
    assert (found.actor.language, found.actor.time_zone) == ("zh", "Asia/Shanghai")


def test_departments_below_and_teams_that_are_led(store: Store) -> None:
    director = find(store, DIRECTOR).actor
    assert (director.department, director.subtree) == (2, (2, 3))
    assert find(store, ADMIN).actor.subtree == (1, 2, 3, 4)
    assert find(store, LEAD).actor.teams == (1,)


def test_blanks_are_empty_and_unknown_values_fall_back_to_the_company(store: Store) -> None:
    loner = find(store, LONER).actor
    assert (loner.department, loner.subtree, loner.teams) == (None, (), ())
    assert (loner.language, loner.time_zone) == ("en", "UTC")  # its zone is none


def test_sessions_that_do_not_count(store: Store) -> None:
    assert find(store, REP, at=LATER) is None  # expired
    assert find(store, 99) is None
    assert find(store, GONE) is None  # the person is not active


def test_a_login_that_is_locked_out_by_flask_appbuilder_does_not_count(store: Store) -> None:
    with store.housekeeping() as write:
        write.execute(sa.update(ab_user).where(ab_user.c.id == DIRECTOR).values(active=False))
    try:
        assert find(store, DIRECTOR) is None
    finally:
        with store.housekeeping() as write:
            write.execute(sa.update(ab_user).where(ab_user.c.id == DIRECTOR).values(active=True))


def test_by_login_and_by_id(store: Store) -> None:
    with store.system_reading() as connection:
        by_login = find_actor_by_login(connection, store.models, "u2")
        assert by_login is not None
        assert by_login == actor_of_user(connection, store.models, REP) == find(store, REP).actor
        assert find_actor_by_login(connection, store.models, "U2") == by_login
        assert find_actor_by_login(connection, store.models, "nobody") is None
        assert find_actor_by_login(connection, store.models, f"u{GONE}") is None


def test_a_loop_of_departments_ends_and_the_largest_set_holds(store: Store) -> None:
    departments = store.models.tables["department"]
    with store.writing_session(lambda _entity: None) as session:
        write = session.connection()
        rows = [{"id": 100 + number, "name": "x", "parent": 4} for number in range(LARGEST_SET + 5)]
        insert_rows(write, store.models, "department", rows)
        write.execute(sa.update(departments).where(departments.c.id == 1).values(parent=3))
    assert find(store, DIRECTOR).actor.subtree[:3] == (1, 2, 3)
    assert len(find(store, ADMIN).actor.subtree) == LARGEST_SET


def test_who_stands_in_for_somebody_works_with_what_is_that_ones_own(store: Store) -> None:
    day = NOW.astimezone(dt.UTC).date()
    row = {"deputy_id": REP, "changed_seq": 1}
    with store.housekeeping() as write:
        write.execute(
            sa.insert(deputy),
            [
                {**row, "user_id": OTHER, "first_day": day, "last_day": day},
                {**row, "user_id": LEAD, "first_day": day - dt.timedelta(9), "last_day": day - dt.timedelta(1)},
                {**row, "user_id": GONE, "first_day": day, "last_day": day},
            ],
        )
        write.execute(sa.update(ab_user).where(ab_user.c.id == GONE).values(active=False))
    try:
        actor = find(store, REP).actor
        assert actor.stands_in_for == (OTHER,)
        account = store.models.classes["account"]
        with reading(store, actor) as session:
            assert set(session.scalars(sa.select(account.id))) == {1, 2, 4}
        assert find(store, REP, NOW + dt.timedelta(minutes=59)).actor.stands_in_for == (OTHER,)
        assert find(store, LONER).actor.stands_in_for == ()
    finally:
        with store.housekeeping() as write:
            write.execute(sa.delete(deputy))
            write.execute(sa.update(ab_user).where(ab_user.c.id == GONE).values(active=True))

"""What people wish of their notices: which they get, and when the bell tells of them."""

from __future__ import annotations

import ast
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

import app
from app.automation.notices import Notice, tell
from app.automation.wishes import Wishes, area_of, keep_wishes, next_working_moment, wishes_of
from app.definition import Catalog
from app.loading import catalog_of_tree
from app.orm.framework import notice
from app.orm.store import Store
from tests.unit.company import OTHER, REP, build_catalog, open_settled

PROGRAM = Path(app.__file__).parent if app.__file__ else Path("app")
SUNDAY = dt.datetime(2026, 7, 5, 12, tzinfo=dt.UTC)
MONDAY = dt.datetime(2026, 7, 6, 1, tzinfo=dt.UTC)  # nine in the morning in Shanghai
WEEK = {"monday": ["09:00-12:00", "13:30-18:00"], "tuesday": ["09:00-18:00"]}


def company(**pack: object) -> Catalog:
    return catalog_of_tree({"pack": {"time_zone": "Asia/Shanghai", **pack}, "entities": {}})


AT_WORK = company(calendars={"office": {"week": WEEK}})
WITHOUT = company()


@pytest.fixture
def store(new_url: str) -> Iterator[Store]:
    with open_settled(new_url, build_catalog()) as found:
        yield found


def shown(
    store: Store, catalog: Catalog | None, now: dt.datetime = SUNDAY, kind: str = "approval.asked"
) -> dict[int, dt.datetime]:
    """When the bell tells each of two people."""
    with store.housekeeping() as connection:
        connection.execute(sa.delete(notice))
        tell(connection, [Notice(user=each, kind=kind, mark="x") for each in (REP, OTHER)], now, catalog)
        rows = connection.execute(sa.select(notice.c.user_id, notice.c.show_at)).all()
    return {row.user_id: row.show_at for row in rows}


def test_notices_rest_where_the_company_says_when_it_works(store: Store) -> None:
    assert shown(store, AT_WORK) == {REP: MONDAY, OTHER: MONDAY}
    assert shown(store, WITHOUT) == {REP: SUNDAY, OTHER: SUNDAY}
    assert shown(store, AT_WORK, MONDAY) == {REP: MONDAY, OTHER: MONDAY}


def test_a_person_may_wish_otherwise(store: Store) -> None:
    with store.housekeeping() as connection:
        keep_wishes(connection, REP, Wishes(quiet=False))
        keep_wishes(connection, OTHER, Wishes(frozenset({"approval"}), quiet=True))
    assert shown(store, AT_WORK) == {REP: SUNDAY}
    assert shown(store, WITHOUT, kind="reminder") == {REP: SUNDAY, OTHER: MONDAY}
    with store.housekeeping() as connection:
        keep_wishes(connection, OTHER, Wishes())
        assert wishes_of(connection, [REP, OTHER]) == {REP: Wishes(quiet=False), OTHER: Wishes()}
    assert shown(store, AT_WORK) == {REP: SUNDAY, OTHER: MONDAY}


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-07-06T00:59+00:00", "2026-07-06T01:00+00:00"),
        ("2026-07-06T02:00+00:00", "2026-07-06T02:00+00:00"),
        ("2026-07-06T04:30+00:00", "2026-07-06T05:30+00:00"),
        ("2026-07-06T11:00+00:00", "2026-07-07T01:00+00:00"),
        ("2026-07-07T11:00+00:00", "2026-07-13T01:00+00:00"),
    ],
)
def test_the_next_working_moment(now: str, expected: str) -> None:
    assert next_working_moment(AT_WORK, dt.datetime.fromisoformat(now)) == dt.datetime.fromisoformat(expected)


def test_kinds_belong_to_areas() -> None:
    assert [area_of(each) for each in ("approval.asked", "review_raised", "task.delegated", "reminder")] == [
        "approval", "review", "task", "reminder",
    ]  # fmt: skip


def test_whoever_tells_says_when_the_company_works() -> None:
    trees = {path.name: ast.parse(path.read_text("utf-8")) for path in (PROGRAM / "automation").rglob("*.py")}
    calls = [(name, each) for name, tree in trees.items() for each in ast.walk(tree) if isinstance(each, ast.Call)]
    told = [(name, each) for name, each in calls if ast.unparse(each.func) == "tell"]
    assert len(told) > 4
    assert [name for name, each in told if len(each.args) < 4] == []

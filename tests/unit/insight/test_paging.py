"""Walking a list page by page yields every record once, in the order of the whole, whatever it is sorted by."""

import datetime as dt
import random
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app.access import reading
from app.insight import BadQuery, Filter, ListQuery, list_records
from app.insight.paging import Sort
from app.orm.sort_key import sort_key
from app.orm.store import Store
from tests.unit.company import ADMIN, NOW, REP, actor, insert_rows

RECORDS = 60
LEVELS = {"c": 0, "a": 1, "b": 2}  # in the order of the text; "gone" is no option any more
FIELDS = ("id", "name", "amount", "since", "seen", "size", "active", "level", "updated_at")


def some_records() -> list[dict[str, Any]]:
    draw = random.Random(7)  # noqa: S311 - made-up data
    day = NOW.date()
    return [
        {
            "id": 100 + number,
            "name": draw.choice(["Äpfel", "apfel", "张三", "李四", "Zhang", "", "b", None]) or None,
            "amount": draw.choice([None, Decimal("-1.5"), Decimal(0), Decimal("0.0001"), Decimal(10**13)]),
            "since": draw.choice([None, day, day - dt.timedelta(days=1), dt.date(1, 1, 1), dt.date(9999, 12, 31)]),
            "seen": draw.choice([None, NOW, NOW + dt.timedelta(milliseconds=1), NOW - dt.timedelta(days=30_000)]),
            "size": draw.choice([None, 0, -1, 2**62]),
            "active": draw.choice([True, False]),
            "level": draw.choice([None, "a", "b", "c", "gone"]),
            "updated_at": NOW + dt.timedelta(minutes=draw.randrange(5)),
            "owner": draw.choice([REP, ADMIN]),
        }
        for number in range(RECORDS)
    ]


ROWS = some_records()


@pytest.fixture(scope="module", autouse=True)
def records(store: Store) -> None:
    table = store.models.tables["account"]
    with store.writing_session(lambda _entity: None) as session:
        session.connection().execute(sa.update(table).values(deleted_at=NOW))
        insert_rows(session.connection(), store.models, "account", [dict(row) for row in ROWS])


def in_order(sort: Sort) -> list[int]:
    """What the whole list must be: blanks last either way, then the id in the direction of the last field."""

    def value(row: dict[str, Any], key: str) -> Any:
        if key == "level":
            return LEVELS.get(row["level"])
        if key == "name" and row["name"] is not None:
            return sort_key(row["name"]).encode()
        return row[key]

    rows = sorted(ROWS, key=lambda row: row["id"], reverse=sort[-1][1])
    for key, descending in reversed(sort):
        rows = sorted(
            (row for row in rows if value(row, key) is not None), key=lambda row: value(row, key), reverse=descending
        ) + [row for row in rows if value(row, key) is None]  # fmt: skip
        # `reverse` keeps the order of equals
    return [row["id"] for row in rows]


sorts = st.lists(st.sampled_from(FIELDS), min_size=1, max_size=3, unique=True).flatmap(
    lambda keys: st.tuples(*(st.tuples(st.just(key), st.booleans()) for key in keys))
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sort=sorts, limit=st.sampled_from([7, 25, 59, 60]))
@example(sort=((FIELDS[0], True),), limit=1)
def test_a_walk_there_and_back_is_the_whole_list(store: Store, sort: Sort, limit: int) -> None:
    admin = actor(store, ADMIN)
    query = ListQuery("account", ("name",), sort=sort, limit=limit)
    there: list[list[int]] = []
    with reading(store, admin) as session:
        found = list_records(session, admin, query)
        assert (found.count, found.previous) == (RECORDS, None)
        there.append([row.id for row in found.rows])
        pages = [found]
        while found.next is not None:
            found = list_records(
                session, admin, ListQuery("account", ("name",), sort=sort, limit=limit, cursor=found.next)
            )
            there.append([row.id for row in found.rows])
            pages.append(found)
        assert [each for part in there for each in part] == in_order(sort)
        for before in reversed(there[:-1]):
            assert found.previous is not None
            found = list_records(
                session, admin, ListQuery("account", ("name",), sort=sort, limit=limit, cursor=found.previous)
            )
            assert [row.id for row in found.rows] == before
        assert found.previous is None


def test_without_a_sort_the_newest_record_comes_first(store: Store) -> None:
    admin = actor(store, ADMIN)
    with reading(store, admin) as session:
        found = list_records(session, admin, ListQuery("note", limit=2))
        assert [row.id for row in found.rows] == [3, 2]
        rest = list_records(session, admin, ListQuery("note", limit=2, cursor=found.next))
        assert [row.id for row in rest.rows] == [1]


def test_a_page_of_a_filtered_list_holds_what_fits(store: Store) -> None:
    rep = actor(store, REP)
    query = ListQuery("account", ("name",), (Filter("active", "equals", ("true",)),), sort=(("amount", True),), limit=5)
    found: list[int] = []
    cursor = None
    with reading(store, rep) as session:
        while True:
            page = list_records(
                session, rep, ListQuery(query.entity, query.columns, query.filters, "", query.sort, cursor, 5)
            )
            found.extend(row.id for row in page.rows)
            cursor = page.next
            if cursor is None:
                break
    fitting = {row["id"] for row in ROWS if row["owner"] == REP and row["active"]}
    assert found == [each for each in in_order((("amount", True),)) if each in fitting]


@pytest.mark.parametrize(
    "cursor",
    ["x", "....", "W10", "bnVsbA", "WyJzaXplIiwwLDFd", "WyItYW1vdW50IiwwLDEsIk5hTiJd", "é", "A" * 5_000, "W1tbW1tbW1tb"],
)  # fmt: skip
def test_a_mark_that_was_not_ours_is_refused(store: Store, cursor: str) -> None:
    admin = actor(store, ADMIN)
    with reading(store, admin) as session, pytest.raises(BadQuery):
        list_records(session, admin, ListQuery("account", ("name",), sort=(("amount", True),), cursor=cursor))


def test_a_mark_fits_its_own_sort_only(store: Store) -> None:
    admin = actor(store, ADMIN)
    with reading(store, admin) as session:
        cursor = list_records(session, admin, ListQuery("account", sort=(("size", True),), limit=1)).next
        for sort in ((("size", False),), (("amount", True),), (("size", True), ("id", True))):
            with pytest.raises(BadQuery):
                list_records(session, admin, ListQuery("account", sort=sort, cursor=cursor))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cursor=st.text(max_size=60))
def test_no_text_as_a_mark_breaks_the_list(store: Store, cursor: str) -> None:
    admin = actor(store, ADMIN)
    with reading(store, admin) as session:
        try:
            list_records(session, admin, ListQuery("account", ("name",), sort=(("size", True),), cursor=cursor))
        except BadQuery:
            return

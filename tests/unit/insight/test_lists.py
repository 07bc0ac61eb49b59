"""Lists: what is in them, what is not, and in how many statements."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import pytest
import sqlalchemy as sa

from app.access import Actor, reading
from app.insight import (
    BadQuery,
    Filter,
    ListQuery,
    Page,
    Reference,
    count_exact,
    list_records,
    related,
    sortable_fields,
    to_wire,
)
from app.orm.store import Store
from tests.unit.company import ADMIN, LEAD, NOW, OTHER, REP, actor


def page(store: Store, who: Actor, query: ListQuery) -> Page:
    with reading(store, who) as session:
        return list_records(session, who, query)


def ids(store: Store, who: Actor, **asked: object) -> list[int]:
    return [row.id for row in page(store, who, ListQuery("account", **asked)).rows]  # type: ignore[arg-type]


@contextmanager
def counting(store: Store) -> Iterator[list[str]]:
    """The statements on tables that run meanwhile."""
    found: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            found.append(statement)

    sa.event.listen(store.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        sa.event.remove(store.engine, "before_cursor_execute", note)


def test_ones_own_rows_are_found_in_their_order_by_one_index(store: Store) -> None:
    """Of a million rows a page of one's own looks at its own: no more are read, and none are sorted."""
    if store.engine.dialect.name == "postgresql":
        pytest.skip("a small table is read whole there, whatever indexes it has")
    sent: list[tuple[str, object]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        sent.append((statement, parameters))

    rep = actor(store, REP)
    with reading(store, rep) as session:
        sa.event.listen(store.engine, "before_cursor_execute", note)
        list_records(session, rep, ListQuery("account"))
        sa.event.remove(store.engine, "before_cursor_execute", note)
    statement, parameters = next(each for each in sent if "crm_account" in each[0])
    with store.system_reading() as connection:
        plan = [str(row[-1]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
    assert any("SEARCH crm_account USING INDEX ix_crm_account__owner" in each for each in plan), plan
    assert not any("SCAN crm_account" in each or "TEMP B-TREE" in each for each in plan), plan


def test_a_list_takes_two_statements(store: Store) -> None:
    admin = actor(store, ADMIN)
    with reading(store, admin) as session, counting(store) as statements:
        found = list_records(session, admin, ListQuery("account", ("name", "head", "owner", "department", "team")))
    assert len(statements) == 2
    assert len(found.rows) == found.count == 7
    assert found.rows[0].values["owner"] == Reference("user", REP, "user 2")
    assert found.rows[0].values["team"] == Reference("team", 1, "team 1")
    assert found.rows[4].values == {"name": "account 5", "head": None, "owner": None, "department": None, "team": None}


def test_a_list_without_references_takes_one_statement(store: Store) -> None:
    rep = actor(store, REP)
    with reading(store, rep) as session, counting(store) as statements:
        found = list_records(session, rep, ListQuery("account", ("name", "code")))
    assert len(statements) == 1
    assert [row.id for row in found.rows] == [1, 2]
    assert found.count == 2
    assert (found.next, found.previous) == (None, None)


def test_default_columns_are_those_of_the_list_that_are_seen(store: Store) -> None:
    rep = actor(store, REP)
    assert list(page(store, rep, ListQuery("account")).rows[0].values) == [
        "name",
        "code",
        "amount",
        "level",
        "head",
        "owner",
    ]
    assert list(page(store, rep, ListQuery("contact")).rows[0].values) == ["name", "account", "updated_at"]


def test_rows_count_and_pages_hold_what_is_in_scope(store: Store) -> None:
    lead = actor(store, LEAD)
    first = page(store, lead, ListQuery("account", limit=2))
    assert [row.id for row in first.rows] == [1, 3]
    assert first.count == 3
    assert first.next is not None
    second = page(store, lead, ListQuery("account", limit=2, cursor=first.next))
    assert [row.id for row in second.rows] == [6]
    assert (second.count, second.next) == (None, None)
    with reading(store, lead) as session:
        assert count_exact(session, lead, ListQuery("account")) == 3
        assert count_exact(session, lead, ListQuery("account", filters=(Filter("owner", "equals", ("me",)),))) == 1
    assert page(store, lead, ListQuery("account", limit=2, cursor=first.next, counted=True)).count == 3


def test_what_a_lookup_points_to_is_a_value_of_one_statement(store: Store) -> None:
    """The same statement for other ids, other readers and both pages: each gets his own rows."""
    admin, rep = actor(store, ADMIN), actor(store, REP)

    def owned(who: Actor, owner: object, **more: object) -> list[int]:
        return ids(store, who, filters=(Filter("owner", "equals", (owner,)),), **more)

    everyone = {person: owned(admin, person) for person in (REP, LEAD, ADMIN)}
    assert everyone[REP] == owned(rep, "me") == owned(rep, str(REP)) == [1, 2]
    assert owned(rep, LEAD) == []
    assert len({tuple(rows) for rows in everyone.values()}) > 1
    assert owned(admin, REP, limit=1) == [1]
    both = (Filter("owner", "equals", (REP,)), Filter("head", "equals", (1,)))
    assert set(ids(store, admin, filters=both)) == set(everyone[REP]) & set(
        ids(store, admin, filters=(Filter("head", "equals", (1,)),))
    )
    twice = (Filter("owner", "equals", (REP,)), Filter("owner", "equals", (LEAD,)))
    assert ids(store, admin, filters=twice) == []
    with pytest.raises(BadQuery):
        owned(admin, "nobody")


def test_an_empty_list(store: Store) -> None:
    found = page(store, actor(store, REP), ListQuery("account", filters=(Filter("code", "equals", ("none",)),)))
    assert found == Page((), None, None, 0)
    nobody = Actor(None, "nobody", frozenset({"director"}))
    assert page(store, nobody, ListQuery("account")) == Page((), None, None, 0)


def test_masked_values_are_masks_and_hidden_ones_are_not_there(store: Store) -> None:
    rep = actor(store, REP)
    (row, _) = page(store, rep, ListQuery("account", ("name", "mobile"))).rows
    assert row.values == {"name": "account 1", "mobile": "138****0001"}
    assert (
        page(store, actor(store, ADMIN), ListQuery("account", ("mobile",))).rows[0].values["mobile"] == "+8613800000001"
    )


@pytest.mark.parametrize(
    "column", ["secret", "credit", "nonsense", "deleted_at", "name__sort", "deletion", "changed_seq"]
)
def test_a_hidden_column_is_one_that_is_not_there(store: Store, column: str) -> None:
    with pytest.raises(BadQuery) as caught:
        page(store, actor(store, REP), ListQuery("account", ("name", column)))
    assert str(caught.value) == f"There is no field “{column}” to ask for."


@pytest.mark.parametrize("field", ["secret", "mobile", "credit", "nonsense", "__class__", "name__sort", "deleted_at"])
@pytest.mark.parametrize("operator", ["equals", "less", "is_blank", "contains", "nonsense"])
def test_filters_on_hidden_and_masked_fields_are_answered_like_unknown_ones(
    store: Store, field: str, operator: str
) -> None:
    with pytest.raises(BadQuery) as caught:
        page(store, actor(store, REP), ListQuery("account", filters=(Filter(field, operator, ("1",)),)))
    assert (caught.value.code, str(caught.value)) == ("request.malformed", f"There is no field “{field}” to ask for.")
    assert caught.value.text("zh") == f"没有可用的字段“{field}”。"


@pytest.mark.parametrize("field", ["secret", "mobile", "credit", "nonsense", "name__sort", "deleted_at"])
def test_so_is_sorting_by_them(store: Store, field: str) -> None:
    with pytest.raises(BadQuery) as caught:
        page(store, actor(store, REP), ListQuery("account", sort=((field, False),)))
    assert str(caught.value) == f"There is no field “{field}” to ask for."
    assert field not in sortable_fields(store.models, actor(store, REP), "account")


def test_searching_does_not_reach_hidden_or_masked_fields(store: Store) -> None:
    rep, admin = actor(store, REP), actor(store, ADMIN)
    assert ids(store, admin, search="canary1") == [1]
    assert ids(store, admin, search="0001") == [1]
    for canary in ("canary1", "canary", "can", "0001", "8613800000001", "138"):
        assert ids(store, rep, search=canary) == []
    assert ids(store, rep, search="account") == [1, 2]  # and no account of others
    assert ids(store, rep, search="C4") == []
    assert ids(store, rep, search="C1") == [1]


def test_a_search_counts_what_is_in_scope_only(store: Store) -> None:
    found = page(store, actor(store, LEAD), ListQuery("account", search="account"))
    assert found.count == len(found.rows) == 3


def test_labels_of_what_is_out_of_sight_are_missing(store: Store) -> None:
    other = actor(store, OTHER)
    with reading(store, other) as session:
        rows = list_records(session, other, ListQuery("note", ("name", "contact"))).rows
        assert rows[0].values["contact"] == Reference("contact", 2, "contact 2")
    with store.writing_session(lambda _entity: None) as session:
        account = store.models.tables["account"]
        session.connection().execute(sa.update(account).where(account.c.id == 4).values(head=1))
    with reading(store, other) as session:
        (row,) = list_records(session, other, ListQuery("account", ("head",))).rows
        assert row.values["head"] == Reference("account", 1, None)
        assert to_wire(store.catalog, row) == {"id": "4", "version": 1, "head": {"id": "1", "label": None}}


def test_related_records_in_scope(store: Store) -> None:
    rep = actor(store, REP)
    with reading(store, rep) as session, counting(store) as statements:
        assert [row.id for row in related(session, rep, "account", 1, "contacts").rows] == [1]
    assert len(statements) == 2
    with reading(store, rep) as session:
        assert related(session, rep, "account", 4, "contacts").rows == ()
        with pytest.raises(KeyError):
            related(session, rep, "account", 1, "nonsense")


def test_a_count_stops_at_a_thousand(store: Store) -> None:
    with store.writing_session(lambda _entity: None) as session:
        table = store.models.tables["folder"]
        rows = [
            {"id": 1_000 + n, "name": f"n{n}", "created_at": NOW, "updated_at": NOW, "owner": ADMIN}
            for n in range(1_000)
        ]
        session.connection().execute(sa.insert(table), rows)
    admin = actor(store, ADMIN)
    found = page(store, admin, ListQuery("folder", ("name",), limit=1))
    assert (found.count, found.more) == (None, True)
    exact = ListQuery("folder", ("name",), (Filter("id", "greater", (5,)),), limit=1)
    assert (page(store, admin, exact).count, page(store, admin, exact).more) == (1_000, False)
    with reading(store, admin) as session:
        assert count_exact(session, admin, ListQuery("folder")) == 1_005


def test_the_bin_holds_what_may_be_restored(store: Store) -> None:
    table = store.models.tables["account"]
    with store.writing_session(lambda _entity: None) as session:
        session.connection().execute(
            sa.update(table).where(table.c.id.in_([2, 6])).values(deleted_at=NOW, deletion="d1", deleted_by=REP)
        )
    try:
        rep, lead, admin = actor(store, REP), actor(store, LEAD), actor(store, ADMIN)
        assert ids(store, rep) == [1]
        found = page(store, rep, ListQuery("account", ("name", "deleted_at", "deleted_by"), deleted=True))
        assert [row.values for row in found.rows] == [
            {"name": "account 2", "deleted_at": NOW, "deleted_by": Reference("user", REP, "user 2")}
        ]
        assert found.count == 1
        assert ids(store, lead, deleted=True) == []  # may read 6, but restores only what he owns
        assert sorted(ids(store, admin, deleted=True)) == [2, 6]
    finally:
        with store.writing_session(lambda _entity: None) as session:
            session.connection().execute(sa.update(table).values(deleted_at=None, deletion=None, deleted_by=None))


def test_values_have_their_types(store: Store) -> None:
    table = store.models.tables["account"]
    with store.writing_session(lambda _entity: None) as session:
        session.connection().execute(
            sa.update(table).where(table.c.id == 3).values(amount=Decimal("12.5"), seen=NOW, since=NOW.date(), size=5)
        )
    lead = actor(store, LEAD)
    query = ListQuery("account", ("amount", "seen", "since", "size", "active"), (Filter("owner", "equals", ("me",)),))
    (row,) = page(store, lead, query).rows
    assert row.values == {"amount": Decimal("12.5"), "seen": NOW, "since": NOW.date(), "size": 5, "active": True}
    assert to_wire(store.catalog, row) == {
        "id": "3",
        "version": 1,
        "amount": "12.5000",
        "seen": "2026-06-30T09:00:00.000Z",
        "since": "2026-06-30",
        "size": 5,
        "active": True,
    }


@pytest.mark.parametrize("limit", [0, -1, 1_001])
def test_a_page_has_a_largest_size(store: Store, limit: int) -> None:
    with pytest.raises(BadQuery):
        page(store, actor(store, REP), ListQuery("account", limit=limit))

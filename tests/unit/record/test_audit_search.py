"""Searching the audit: what fits, in the sight of who looks, and no more lines looked at than a page may."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa

from app.access import Actor, reading
from app.orm.framework import audit
from app.record import Change, Saved, update
from app.record import audit_search as searching
from app.record.audit_search import AuditPage, AuditQuery, search_audit
from tests.unit.record.conftest import Company


def search(company: Company, actor: Actor, limit: int = 50, **asked: Any) -> AuditPage:
    with reading(company.store, actor) as session:
        return search_audit(session, company.store.catalog, actor, AuditQuery(**asked), limit)


def change(company: Company, actor: Actor, record: int, **values: Any) -> None:
    assert isinstance(update(company.store, actor, "account", [Change(record, values)], door="inline"), Saved)


def test_lines_are_found_by_person_record_act_door_and_time(company: Company) -> None:
    first = company.add("account", company.rep, name="Acme")
    company.add("account", company.other, name="Other")
    change(company, company.boss, first, revenue=7)

    def found(**asked: Any) -> list[tuple[str, str, int | None]]:
        return [(each.action, each.entity, each.record) for each in search(company, company.boss, **asked).lines]

    assert found(entity="account", record=first) == [("update", "account", first), ("create", "account", first)]
    assert found(person=company.rep.user_id) == [("create", "account", first)]
    assert found(entity="account", action="update") == [("update", "account", first)]
    assert found(door="inline") == [("update", "account", first)]
    assert found(person="system:nobody") == []
    now = company.store.clock()
    hour = dt.timedelta(hours=1)
    assert len(found(entity="account", since=now - hour, until=now + hour)) == 3
    assert found(since=now + hour) == found(until=now - 3 * hour) == []
    (line,) = search(company, company.boss, action="update", entity="account").lines
    assert [(each.field, each.old, each.new) for each in line.changes] == [("revenue", None, "7.0000")]


def test_who_looks_sees_by_his_rights_alone(company: Company) -> None:
    mine = company.add("account", company.rep, name="Acme")
    theirs = company.add("account", company.other, name="Out of sight")
    for record in (mine, theirs):
        change(company, company.boss, record, phone="+8613812345678", notes="between us", revenue=7)
    found = search(company, company.rep, entity="account").lines
    assert {each.record for each in found} == {mine}
    (update_line,) = [each for each in found if each.action == "update"]
    assert {each.field for each in update_line.changes} == {"phone", "revenue"}
    assert "12345678" not in str(found)
    assert "between us" not in str(found)
    assert search(company, company.outsider).lines == ()


def test_a_page_goes_on_where_it_ended_and_looks_at_so_many_lines_at_most(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = [company.add("account", company.rep, name=name) for name in "ABCDEF"]
    change(company, company.boss, records[0], revenue=7)
    page = search(company, company.boss, 2, entity="account", action="create")
    assert [each.record for each in page.lines] == [records[5], records[4]]
    assert page.back_to is None
    page = search(company, company.boss, 2, entity="account", action="create", before=page.next)
    assert [each.record for each in page.lines] == [records[3], records[2]]
    monkeypatch.setattr(searching, "LOOKED_AT", 3)
    page = search(company, company.boss, door="seed")
    assert (page.lines, page.back_to is not None) == ((), True)
    asked, lines = 0, list[int]()
    while page.next is not None:
        page = search(company, company.boss, entity="account", door="inline", before=page.next)
        lines += [each.id for each in page.lines]
        asked += 1
    with company.store.system_reading() as connection:
        assert asked <= connection.execute(sa.select(sa.func.count()).select_from(audit)).scalar_one() // 3 + 1


def test_a_search_reads_by_an_index(company: Company) -> None:
    """Of a million lines it would look at some thousands."""
    if company.is_postgresql:
        pytest.skip("a small table is read whole there, whatever indexes it has")
    queries = (
        AuditQuery(person=3),
        AuditQuery(entity="account", record=1),
        AuditQuery(action="denied"),
        AuditQuery(door="x"),
    )
    for query in queries:
        with company.store.system_reading() as connection:
            looked = searching._looked_at(company.store.models, query)
            text = looked.compile(connection, compile_kwargs={"literal_binds": True})
            plan = [row[-1] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}")]
        assert not any("TEMP B-TREE" in each for each in plan), plan
        assert any("USING INDEX" in each or "SCAN tenon_audit" in each for each in plan), plan

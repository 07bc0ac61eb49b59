"""Lists of values where records are read: pages, filters, related lists, sight."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from app.access import reading
from app.insight import BadQuery, Filter, ListQuery, list_records, related
from tests.databases import new_url
from tests.unit.lists_company import Lists, open_lists


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.pg)])
def lists(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lists]:
    with new_url(request, tmp_path_factory.mktemp("many")) as url, open_lists(url) as opened:
        yield opened


def test_records_are_found_by_what_their_lists_hold(lists: Lists) -> None:
    both, one, none = (lists.add("account", tags=tags) for tags in (["Hot", "New"], ["new"], None))
    ours = {both, one, none}

    def found(field: str, operator: str, *values: object) -> set[int]:
        return lists.found("account", field, operator, *values) & ours

    assert found("tags", "has_any", "hot", "NEW") == {both, one}
    assert found("tags", "has_all", "hot", "NEW") == {both}
    assert found("tags", "has_any", "nothing") == set()
    assert found("tags", "is_blank") == {none}
    assert found("tags", "is_not_blank") == {both, one}


def test_references_to_several_entities_are_compared_with_entity_and_id(lists: Lists) -> None:
    account, contact = lists.add("account"), lists.add("contact")
    first, second, third = (
        lists.add("task", about=about) for about in (f"account/{account}", f"contact/{contact}", None)
    )
    ours = {first, second, third}

    def found(operator: str, *values: object) -> set[int]:
        return lists.found("task", "about", operator, *values) & ours

    assert found("equals", f"account/{account}") == {first}
    assert found("equals", f"contact/{account}") in (set(), {second} if account == contact else set())
    assert found("in", f"account/{account}", f"contact/{contact}") == {first, second}
    assert found("not_equals", f"account/{account}") == {second, third}
    assert found("not_in", f"account/{account}", f"contact/{contact}") == {third}
    assert found("is_blank") == {third}


@pytest.mark.parametrize(
    ("entity", "field", "operator", "values"),
    [
        ("account", "tags", "equals", ("a",)),
        ("account", "tags", "has_any", ()),
        ("account", "tags", "has_any", ("a\x00",)),
        ("account", "tags", "has_all", tuple(map(str, range(21)))),
        ("account", "areas", "has_any", ("nowhere",)),
        ("opportunity", "contacts", "has_any", ("one",)),
        ("task", "about", "equals", ("user/1",)),
        ("task", "about", "equals", ("account",)),
        ("task", "about", "equals", (5,)),
        ("task", "about", "contains", ("account/1",)),
    ],
)
def test_a_question_that_does_not_fit_is_refused(
    lists: Lists, entity: str, field: str, operator: str, values: tuple[object, ...]
) -> None:
    query = ListQuery(entity, filters=(Filter(field, operator, values),))
    with reading(lists.store, lists.boss) as session, pytest.raises(BadQuery):
        list_records(session, lists.boss, query)


@pytest.mark.parametrize("field", ["contacts", "members"])
def test_a_list_can_not_be_sorted_by_lists(lists: Lists, field: str) -> None:
    query = ListQuery("opportunity", sort=((field, False),))
    with reading(lists.store, lists.boss) as session, pytest.raises(BadQuery):
        list_records(session, lists.boss, query)


def test_no_question_tells_of_a_link_out_of_sight(lists: Lists) -> None:
    his = lists.add("contact", lists.other)
    record = lists.add("opportunity", lists.rep)
    outcome = lists.row("opportunity", record)
    assert outcome.values["contacts"] == ()
    from app.record import Change, Saved, update

    saved = update(lists.store, lists.boss, "opportunity", [Change(record, {"contacts": [his]})], door="api")
    assert isinstance(saved, Saved)
    assert record in lists.found("opportunity", "contacts", "has_any", his)
    assert lists.found("opportunity", "contacts", "has_any", his, actor=lists.rep) == set()
    assert record in lists.found("opportunity", "contacts", "is_blank", actor=lists.rep)
    assert lists.found("opportunity", "contacts", "is_not_blank", actor=lists.rep) == set()
    # From the other side: the colleague sees his contact, not whose deal it is in.
    with reading(lists.store, lists.other) as session:
        assert related(session, lists.other, "contact", his, "opportunities").rows == ()
    with reading(lists.store, lists.boss) as session:
        assert [row.id for row in related(session, lists.boss, "contact", his, "opportunities").rows] == [record]


def test_who_does_not_see_a_list_can_not_ask_for_it(lists: Lists) -> None:
    contact = lists.add("contact")
    record = lists.add("opportunity", contacts=[contact])
    assert "contacts" not in lists.row("opportunity", record, lists.blind).values
    with pytest.raises(BadQuery):
        lists.found("opportunity", "contacts", "has_any", contact, actor=lists.blind)


def test_the_other_sides(lists: Lists) -> None:
    account, contact = lists.add("account"), lists.add("contact")
    task, twin = lists.add("task", about=f"account/{account}"), lists.add("task", about=f"contact/{contact}")
    with reading(lists.store, lists.boss) as session:
        assert [row.id for row in related(session, lists.boss, "account", account, "task").rows] == [task]
        assert [row.id for row in related(session, lists.boss, "contact", contact, "task").rows] == [twin]


def test_a_page_takes_a_statement_for_each_list_and_one_for_all_names(lists: Lists) -> None:
    contacts = [lists.add("contact", name=str(n)) for n in range(3)]
    account = lists.add("account", name="Partner")
    for n in range(4):
        lists.add("opportunity", name=f"page {n}", contacts=contacts, partners=[account], members=[lists.rep.user_id])
    for each in contacts:
        lists.add("task", about=f"contact/{each}")
        lists.add("task", about=f"account/{account}")
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    sa.event.listen(lists.store.engine, "before_cursor_execute", note)
    try:
        with reading(lists.store, lists.boss) as session:
            seen.clear()
            query = ListQuery("opportunity", ("name", "contacts", "partners", "members"), counted=False)
            assert len(list_records(session, lists.boss, query).rows) >= 4
            assert len([each for each in seen if each.startswith("SELECT")]) == 1 + 3 + 1
            seen.clear()
            list_records(session, lists.boss, ListQuery("task", ("name", "about"), counted=False))
            assert len([each for each in seen if each.startswith("SELECT")]) == 2
    finally:
        sa.event.remove(lists.store.engine, "before_cursor_execute", note)


def test_a_list_is_asked_for_only_where_it_holds_something_in_sight(lists: Lists) -> None:
    asked: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    def selects_for(record: int, actor: Any) -> int:
        asked.clear()
        lists.row("opportunity", record, actor)
        return sum(each.startswith("SELECT crm_opportunity__contacts.record") for each in asked)

    mine, his = lists.add("contact", lists.rep), lists.add("contact", lists.other)
    blank, filled, unseen = (lists.add("opportunity", lists.rep, contacts=each) for each in ([], [mine], []))
    from app.record import Change, Saved, update

    saved = update(lists.store, lists.boss, "opportunity", [Change(unseen, {"contacts": [his]})], door="api")
    assert isinstance(saved, Saved)
    sa.event.listen(lists.store.engine, "before_cursor_execute", note)
    try:
        assert [selects_for(each, lists.rep) for each in (blank, filled, unseen)] == [0, 1, 0]
        assert selects_for(unseen, lists.boss) == 1
    finally:
        sa.event.remove(lists.store.engine, "before_cursor_execute", note)

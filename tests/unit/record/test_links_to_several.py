"""Links to many records of several entities: each says of which entity is what it leads to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.access import Actor, reading
from app.expression import BadExpression, get_expression
from app.insight import related
from app.insight.lists import ListQuery, list_records
from app.record import Change, Refused, Saved, delete, history, restore, update
from tests.databases import new_url
from tests.unit.lists_company import CATALOG, Lists, codes, open_lists


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.pg)])
def lists(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lists]:
    with new_url(request, tmp_path_factory.mktemp("links")) as url, open_lists(url) as opened:
        yield opened


def change(lists: Lists, record: int, actor: Actor | None = None, **values: object) -> Saved | Refused:
    return update(lists.store, actor or lists.boss, "task", [Change(record, values)], door="api")


def done(outcome: Saved | Refused) -> Saved:
    assert isinstance(outcome, Saved), outcome
    return outcome


def both(lists: Lists, actor: Actor | None = None) -> tuple[int, int]:
    """An account and a contact of one and the same id."""
    account, contact = lists.add("account", actor), lists.add("contact", actor)
    while account != contact:
        if account < contact:
            account = lists.add("account", actor)
        else:
            contact = lists.add("contact", actor)
    return account, contact


def topics(lists: Lists, record: int, actor: Actor | None = None) -> list[tuple[str, str]]:
    return [(each["entity"], each["id"]) for each in lists.wire("task", record, "topics", actor)]


def test_links_keep_their_order_their_entity_and_their_own_fields(lists: Lists) -> None:
    account, contact = both(lists)
    record = lists.add(
        "task",
        topics=[{"entity": "contact", "id": str(contact), "weight": 3}, f"account/{account}", f"contact/{contact}"],
    )
    assert lists.wire("task", record, "topics") == [
        {"entity": "contact", "id": str(contact), "label": "x", "weight": 3},
        {"entity": "account", "id": str(account), "label": "x", "weight": 1},
    ]
    assert lists.wire("task", record, "breadth") == 2
    sent_back = lists.wire("task", record, "topics")
    assert done(change(lists, record, topics=sent_back)).versions == (1,)
    posted = [{"id": f"account/{account}", "weight": 9}]
    assert done(change(lists, record, topics=posted)).versions == (2,)
    assert topics(lists, record) == [("account", str(account))]
    assert lists.wire("task", record, "topics")[0]["weight"] == 9
    assert done(change(lists, record, topics=[])).versions == (3,)
    assert topics(lists, record) == []


@pytest.mark.parametrize(
    ("posted", "code", "variant"),
    [
        (["opportunity/1"], "field.option", ""),
        (["account/999999"], "record.not_found", "reference"),
        (["1"], "field.type", "any"),
        ([1], "field.type", "any"),
        ([{"id": "1"}], "field.type", "any"),
        ([{"entity": "account"}], "field.type", "any"),
        ([{"entity": "account", "id": "x"}], "field.type", "any"),
        ([{"entity": ["account"], "id": "1"}], "field.type", "any"),
        ([{"entity": "account", "id": "1", "colour": 1}], "field.type", "link"),
        ([["account", 1]], "field.type", "any"),
        ("account/1", "field.type", "list"),
        ([f"account/{n}" for n in range(1, 502)], "field.length", "many"),
        ([f"account/{2**63}"], "record.not_found", "reference"),
        (["account/1\x00"], "field.type", "any"),
    ],
)
def test_what_does_not_fit_is_refused(lists: Lists, posted: object, code: str, variant: str) -> None:
    record = lists.add("task")
    assert codes(change(lists, record, topics=posted)) == [("topics", code, variant)]


def test_each_target_lists_what_leads_to_it(lists: Lists) -> None:
    account, contact = both(lists)
    of_account, of_contact = (
        lists.add("task", topics=[f"account/{account}"]),
        lists.add("task", topics=[f"contact/{contact}"]),
    )
    with reading(lists.store, lists.boss) as session:
        for entity, record, task in (("account", account, of_account), ("contact", contact, of_contact)):
            assert [row.id for row in related(session, lists.boss, entity, record, "topic_of").rows] == [task]
    assert lists.found("task", "topics", "has_any", f"account/{account}") == {of_account}
    assert lists.found("task", "topics", "has_any", f"account/{account}", f"contact/{contact}") == {
        of_account,
        of_contact,
    }
    assert lists.found("task", "topics", "has_all", f"account/{account}", f"contact/{contact}") == set()
    assert {of_account, of_contact} <= lists.found("task", "topics", "is_not_blank")
    assert lists.wire("account", account, "talk") == 1


def test_totals_follow_links(lists: Lists) -> None:
    account, contact = both(lists)
    record = lists.add("task", topics=[f"contact/{contact}"])
    assert lists.wire("account", account, "talk") == 0
    done(change(lists, record, topics=[f"contact/{contact}", f"account/{account}"]))
    assert (lists.wire("account", account, "talk"), lists.wire("task", record, "breadth")) == (1, 2)
    done(delete(lists.store, lists.boss, "account", [account], door="api"))
    assert (topics(lists, record), lists.wire("task", record, "breadth")) == ([("contact", str(contact))], 1)
    done(restore(lists.store, lists.boss, "account", [account], door="api"))
    assert len(topics(lists, record)) == 2
    assert (lists.wire("account", account, "talk"), lists.wire("task", record, "breadth")) == (1, 2)
    done(delete(lists.store, lists.boss, "task", [record], door="api"))
    assert lists.wire("account", account, "talk") == 0


def test_what_is_out_of_sight_is_neither_told_nor_touched(lists: Lists) -> None:
    mine, hidden = both(lists, lists.rep)[0], both(lists)[1]
    record = lists.add("task", lists.rep, topics=[f"account/{mine}"])
    done(change(lists, record, topics=[f"contact/{hidden}", f"account/{mine}"]))
    assert topics(lists, record, lists.rep) == [("account", str(mine))]
    assert lists.found("task", "topics", "has_any", f"contact/{hidden}", actor=lists.rep) == set()
    with reading(lists.store, lists.rep) as session:
        told = history(session, lists.store.catalog, lists.rep, "task", record)
    assert f"'{hidden}'" not in str([each.changes for each in told if each.changes])
    assert codes(change(lists, record, lists.rep, topics=[f"contact/{hidden}"])) == [
        ("topics", "record.not_found", "reference")
    ]
    done(change(lists, record, lists.rep, topics=[]))
    assert topics(lists, record) == [("contact", str(hidden))]
    assert lists.wire("task", record, "breadth") == 1


def test_a_link_that_restricts_keeps_each_of_its_targets(lists: Lists) -> None:
    account, contact = both(lists)
    record = lists.add("task", guests=[f"account/{account}"])
    assert codes(delete(lists.store, lists.boss, "account", [account], door="api")) == [(None, "record.in_use", "")]
    done(delete(lists.store, lists.boss, "contact", [contact], door="api"))  # its id is not its own alone
    done(change(lists, record, guests=[]))
    done(delete(lists.store, lists.boss, "account", [account], door="api"))


def test_the_history_says_of_which_entity(lists: Lists) -> None:
    account, contact = both(lists)
    record = lists.add("task", topics=[f"account/{account}"])
    done(change(lists, record, topics=[f"contact/{contact}"]))
    with reading(lists.store, lists.boss) as session:
        (entry, _) = history(session, lists.store.catalog, lists.boss, "task", record)
    (told,) = (each for each in entry.changes if each.field == "topics")
    assert told.old == [{"entity": "account", "id": str(account), "weight": 1}]
    assert told.new == [{"entity": "contact", "id": str(contact), "weight": 1}]


@pytest.mark.parametrize("text", ["count(topics) == 1", "not is_blank(topics)"])
def test_expressions_count_links(lists: Lists, text: str) -> None:
    account, _ = both(lists)
    record, empty = lists.add("task", topics=[f"account/{account}"]), lists.add("task")
    asked = get_expression(CATALOG, "task", text)
    query = ListQuery("task", ("id",), where=(asked,), limit=1000)
    with reading(lists.store, lists.boss) as session:
        found = {row.id for row in list_records(session, lists.boss, query).rows}
    assert record in found
    assert empty not in found


@pytest.mark.parametrize("text", ["topics has about", "about in topics", "has_any(topics, [1])", "topics.name == 'x'"])
def test_no_expression_asks_for_one_of_several_entities(text: str) -> None:
    with pytest.raises(BadExpression):
        get_expression(CATALOG, "task", text)

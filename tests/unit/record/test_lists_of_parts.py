"""Parts that hold lists, links, references to one of several entities and translated texts: saved with their whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from app.access import Actor, reading
from app.insight import parts_to_wire
from app.record import Change, PartChange, Refused, Saved, create, delete, history, restore, update
from tests.databases import new_url
from tests.unit.lists_company import Lists, open_lists
from tests.unit.record.test_unit import statements


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.pg)])
def lists(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lists]:
    with new_url(request, tmp_path_factory.mktemp("lists")) as url, open_lists(url) as opened:
        yield opened


def a_visit(lists: Lists, *stops: dict[str, Any], actor: Actor | None = None) -> int:
    return lists.add("visit", actor, stops=[{"name": "s", **each} for each in stops])


def change(lists: Lists, record: int, *stops: Any, actor: Actor | None = None) -> Saved | Refused:
    return update(lists.store, actor or lists.boss, "visit", [Change(record, {"stops": list(stops)})], door="api")


def stops(lists: Lists, record: int, actor: Actor | None = None) -> list[dict[str, Any]]:
    by = actor or lists.boss
    with reading(lists.store, by) as session:
        return parts_to_wire(session, by, "visit", [record])[record]["stops"]


def done(outcome: Saved | Refused) -> Saved:
    assert isinstance(outcome, Saved), outcome
    return outcome


def changes_of_parts(lists: Lists, record: int, actor: Actor | None = None) -> list[PartChange]:
    by = actor or lists.boss
    with reading(lists.store, by) as session:
        found = history(session, lists.store.catalog, by, "visit", record)
    return [part for entry in found for part in entry.parts]


def test_a_part_holds_lists_links_and_texts(lists: Lists) -> None:
    contact, account = lists.add("contact"), lists.add("account")
    record = a_visit(
        lists,
        {
            "tags": ["vip", "New"],
            "areas": ["west", "east"],
            "met": [{"id": contact, "minutes": 30}],
            "about": f"account/{account}",
            "motto": {"en": "Hi", "zh": "你好"},
        },
        {},
    )
    first, second = stops(lists, record)
    assert (first["tags"], first["areas"]) == (["vip", "New"], ["west", "east"])
    assert first["met"] == [{"id": str(contact), "label": "x", "minutes": 30}]
    assert first["about"] == {"entity": "account", "id": str(account), "label": "x"}
    assert first["motto"] == {"en": "Hi", "zh": "你好"}
    assert (second["tags"], second["met"], second["about"], second["motto"]) == ([], [], None, None)


def test_what_is_said_of_a_part_changes_and_the_rest_stays(lists: Lists) -> None:
    contact, other = lists.add("contact"), lists.add("contact")
    record = a_visit(lists, {"tags": ["a"], "met": [{"id": contact, "minutes": 9}], "motto": {"en": "Hi"}}, {})
    first, second = (each["id"] for each in stops(lists, record))
    assert done(change(lists, record, {"id": first}, {"id": second})).versions == (1,)
    saved = change(lists, record, {"id": first, "met": [other, contact], "motto": {"zh": "好"}}, {"id": second})
    assert done(saved).versions == (2,)
    now = stops(lists, record)[0]
    assert [(each["id"], each["minutes"]) for each in now["met"]] == [(str(other), 5), (str(contact), 9)]
    assert (now["tags"], now["motto"]) == (["a"], {"en": "Hi", "zh": "好"})
    told = changes_of_parts(lists, record)
    assert {each.field for each in told[0].changes} == {"met", "motto"}
    done(change(lists, record, {"id": second, "tags": ["b"]}))
    assert [each["tags"] for each in stops(lists, record)] == [["b"]]


@pytest.mark.parametrize(
    ("posted", "path", "code"),
    [
        ({"tags": "vip"}, "stops.0.tags", "field.type"),
        ({"tags": ["a\x00b"]}, "stops.0.tags", "field.format"),
        ({"areas": ["north"]}, "stops.0.areas", "field.option"),
        ({"met": [999]}, "stops.0.met", "record.not_found"),
        ({"met": [{"id": 1, "minutes": "x"}]}, "stops.0.met", "field.type"),
        ({"about": "opportunity/1"}, "stops.0.about", "field.option"),
        ({"about": "account/999"}, "stops.0.about", "record.not_found"),
        ({"motto": {"fr": "x"}}, "stops.0.motto", "field.type"),
        ({"motto": {"zh": "x" * 21}}, "stops.0.motto", "field.length"),
        ({"name": ["x"]}, "stops.0.name", "field.type"),
    ],
)
def test_what_does_not_fit_is_refused_at_its_place(lists: Lists, posted: dict[str, Any], path: str, code: str) -> None:
    row = {"name": "v", "stops": [{"name": "s", **posted}]}
    outcome = create(lists.store, lists.boss, "visit", [row], door="api")
    assert isinstance(outcome, Refused)
    assert [(each.path, each.code) for each in outcome.refusals] == [(path, code)]


def test_totals_and_formulas_read_lists_of_parts(lists: Lists) -> None:
    record = a_visit(lists, {"tags": ["VIP", "b"]}, {"tags": ["vip"]}, {})
    assert [each["many_tags"] for each in stops(lists, record)] == [True, False, False]
    assert lists.wire("visit", record, "vips") == 2
    first, second, third = (each["id"] for each in stops(lists, record))
    done(change(lists, record, {"id": first}, {"id": second, "name": "t"}, {"id": third, "tags": ["vip", "c"]}))
    assert [each["many_tags"] for each in stops(lists, record)] == [True, False, True]
    assert lists.wire("visit", record, "vips") == 3
    done(change(lists, record, {"id": second, "tags": []}))
    assert lists.wire("visit", record, "vips") == 0


def test_a_link_out_of_sight_is_not_told_and_stays(lists: Lists) -> None:
    mine, hidden = lists.add("contact", lists.rep), lists.add("contact")
    record = a_visit(lists, {"met": [mine]}, actor=lists.rep)
    (part,) = (each["id"] for each in stops(lists, record))
    done(change(lists, record, {"id": part, "met": [hidden, mine]}))
    assert [each["id"] for each in stops(lists, record, lists.rep)[0]["met"]] == [str(mine)]
    for told in changes_of_parts(lists, record, lists.rep):
        assert str(hidden) not in str(told)
    done(change(lists, record, {"id": part, "met": []}, actor=lists.rep))
    assert [each["id"] for each in stops(lists, record)[0]["met"]] == [str(hidden)]
    assert stops(lists, record, lists.other) == []


def test_lists_go_and_come_back_with_their_whole(lists: Lists) -> None:
    contact, account = lists.add("contact"), lists.add("account")
    record = a_visit(lists, {"tags": ["a"], "met": [contact], "about": f"account/{account}"})
    refused = delete(lists.store, lists.boss, "contact", [contact], door="api")
    assert isinstance(refused, Refused)
    assert refused.refusals[0].code == "record.in_use"
    done(delete(lists.store, lists.boss, "account", [account], door="api"))
    assert stops(lists, record)[0]["about"] is None
    done(delete(lists.store, lists.boss, "visit", [record], door="api"))
    assert stops(lists, record) == []
    done(delete(lists.store, lists.boss, "contact", [contact], door="api"))
    done(restore(lists.store, lists.boss, "visit", [record], door="api"))
    assert [(each["tags"], each["met"]) for each in stops(lists, record)] == [(["a"], [])]
    done(restore(lists.store, lists.boss, "contact", [contact], door="api"))
    assert [each["id"] for each in stops(lists, record)[0]["met"]] == [str(contact)]


def test_many_wholes_take_as_many_statements_as_one(lists: Lists) -> None:
    records = [a_visit(lists, {"tags": ["a"]}, {"tags": ["b"]}) for _ in range(4)]

    def changes(several: list[int], tag: str) -> list[Change]:
        return [
            Change(each, {"stops": [{"id": one["id"], "tags": [tag]} for one in stops(lists, each)]})
            for each in several
        ]

    one, four = changes(records[:1], "x"), changes(records, "y")
    with statements(lists) as few:
        done(update(lists.store, lists.boss, "visit", one, door="api"))
    with statements(lists) as many:
        done(update(lists.store, lists.boss, "visit", four, door="api"))
    assert len(many) == len(few)

"""Parts: one save, one version, one access with their whole; and what a lookup fills in."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from app.access import Actor, Denied, decide, field_rights, reading
from app.insight import parts_to_wire
from app.record import Change, Refused, Saved, create, delete, history, restore, update
from app.record.parts import MOST_PARTS
from tests.unit.record.conftest import Company, codes, done
from tests.unit.record.test_unit import statements


def order(company: Company, *lines: Any, actor: Actor | None = None, **values: Any) -> Saved | Refused:
    row = {"name": "A", "lines": list(lines), **values}
    return create(company.store, actor or company.rep, "order", [row], door="api")


def change(
    company: Company, record: int, actor: Actor | None = None, version: int | None = None, **values: Any
) -> Saved | Refused:
    return update(company.store, actor or company.rep, "order", [Change(record, values, version)], door="api")


def lines_of(company: Company, record: int, actor: Actor | None = None) -> list[dict[str, Any]]:
    by = actor or company.boss
    with reading(company.store, by) as session:
        return parts_to_wire(session, by, "order", [record])[record]["lines"]


def paths(outcome: Saved | Refused) -> list[tuple[str | None, str]]:
    assert isinstance(outcome, Refused), outcome
    return [(each.path, each.code) for each in outcome.refusals]


def a_product(company: Company, **values: Any) -> int:
    return company.add("product", company.boss, name="Lamp", price="12.50", cost="8", **values)


def test_a_record_is_saved_with_its_parts_in_their_order(company: Company) -> None:
    record = done(order(company, {"name": "b"}, {"name": "a", "quantity": "2"}, {"name": "c", "price": "1,000"})).ids[0]
    lines = lines_of(company, record)
    assert [line["name"] for line in lines] == ["b", "a", "c"]
    assert (lines[1]["quantity"], lines[2]["price"]) == (2, "1000.0000")
    assert "order" not in lines[0]
    assert "version" not in lines[0]
    stored = company.stored("order_line", int(lines[0]["id"]))
    assert (stored["order"], stored["created_by"]) == (record, company.rep.user_id)
    assert stored["changed_seq"] == company.stored("order", record)["changed_seq"]
    assert "owner" not in stored
    assert [event["kind"] for event in company.events("order")] == ["create"]
    assert company.events("order_line") == []


def test_a_list_keeps_changes_adds_removes_and_moves(company: Company) -> None:
    record = done(order(company, {"name": "a"}, {"name": "b"}, {"name": "c"})).ids[0]
    first, second, third = (line["id"] for line in lines_of(company, record))
    sent = [{"id": third}, {"name": "new"}, {"id": first, "quantity": 5}]
    saved = done(change(company, record, lines=sent))
    assert saved.versions == (2,)
    lines = lines_of(company, record)
    assert [(line["name"], line["quantity"]) for line in lines] == [("c", 1), ("new", 1), ("a", 5)]
    assert [line["id"] for line in lines][::2] == [third, first]
    assert company.stored("order_line", int(second))["deleted_at"] is not None
    assert company.events("order")[-1]["fields"] == ["lines"]


def test_the_version_moves_with_any_part_and_with_nothing_else(company: Company) -> None:
    record = done(order(company, {"name": "a"}, {"name": "b"})).ids[0]
    first, second = (line["id"] for line in lines_of(company, record))
    same = [{"id": first, "name": "a"}, {"id": second}]
    assert done(change(company, record, lines=same)).versions == (1,)
    assert done(change(company, record, name="B")).versions == (2,)
    assert len(lines_of(company, record)) == 2
    assert done(change(company, record, lines=[{"id": second}, {"id": first}])).versions == (3,)
    assert done(change(company, record, lines=[{"id": second}])).versions == (4,)
    assert done(change(company, record, lines=[])).versions == (5,)
    assert lines_of(company, record) == []


def test_a_change_over_somebody_elses_is_refused_and_names_the_parts(company: Company) -> None:
    record = done(order(company, {"name": "a"})).ids[0]
    done(change(company, record, company.boss, lines=[{"name": "b"}]))
    outcome = change(company, record, version=1, lines=[])
    assert isinstance(outcome, Refused)
    assert outcome.status == "conflict"
    assert outcome.refusals[0].params["fields"] == ("lines",)
    assert [line["name"] for line in lines_of(company, record)] == ["b"]


def test_every_fault_of_every_part_is_told_at_its_place(company: Company) -> None:
    outcome = order(
        company, {"quantity": 0}, {"name": "x" * 21, "price": "much"}, {"colour": 1}, "text", {"product": 999},
        {"quantity": None}, name="",
    )  # fmt: skip
    assert sorted(paths(outcome), key=str) == sorted(
        [
            ("name", "field.required"),
            ("lines.0.quantity", "field.range"),
            ("lines.1.name", "field.length"),
            ("lines.1.price", "field.type"),
            ("lines.2.colour", "field.read_only"),
            ("lines.3", "field.type"),
            ("lines.4.product", "record.not_found"),
            ("lines.5.quantity", "field.required"),
        ],
        key=str,
    )
    assert isinstance(outcome, Refused)
    assert outcome.status == "invalid"
    texts = [each.text("en", company.store.catalog) for each in outcome.refusals]
    assert all(texts)
    assert company.count("order") == company.count("order_line") == 0


@pytest.mark.parametrize("sent", ["text", {"name": "a"}, None, 5])
def test_parts_are_a_list(company: Company, sent: object) -> None:
    record = done(order(company, {"name": "a"})).ids[0]
    assert paths(change(company, record, lines=sent)) == [("lines", "field.type")]


def test_there_is_a_limit(company: Company) -> None:
    outcome = order(company, *({"name": "a"} for _ in range(MOST_PARTS + 1)))
    assert paths(outcome) == [("lines", "field.length")]
    assert isinstance(outcome, Refused)
    assert "Order lines" in outcome.refusals[0].text("en", company.store.catalog)


def test_a_part_of_another_record_is_no_part_of_this(company: Company) -> None:
    mine = done(order(company, {"name": "a"})).ids[0]
    theirs = done(order(company, {"name": "b"}, actor=company.other)).ids[0]
    foreign, own = lines_of(company, theirs)[0]["id"], lines_of(company, mine)[0]["id"]
    missing = [("lines.0.id", "record.not_found")]
    for sent in (foreign, "999999", "abc", True):
        assert paths(change(company, mine, lines=[{"id": sent, "name": "x"}])) == missing
    twice = change(company, mine, lines=[{"id": own}, {"id": own}])
    assert paths(twice) == [("lines.1.id", "record.not_found")]
    assert lines_of(company, theirs)[0]["name"] == "b"


def test_what_a_part_belongs_to_is_not_said_by_people(company: Company) -> None:
    mine = done(order(company)).ids[0]
    outcome = order(company, {"name": "a", "order": mine})
    assert paths(outcome) == [("lines.0.order", "field.read_only")]


def test_keys_hold_within_a_list(company: Company) -> None:
    assert paths(order(company, {"code": "x"}, {"code": "x"})) == [("lines.1.code", "field.unique")]
    record = done(order(company, {"code": "x"}, {"code": "y"})).ids[0]
    done(order(company, {"code": "x"}))  # another order
    first, second = (line["id"] for line in lines_of(company, record))
    assert paths(change(company, record, lines=[{"id": first}, {"id": second}, {"code": "y"}])) == [
        ("lines.2.code", "field.unique")
    ]
    done(change(company, record, lines=[{"id": first}, {"code": "y"}]))  # instead of the one that goes
    done(change(company, record, lines=[{"id": first, "code": "z"}, {"code": "x"}]))  # which the first gives up


def test_parts_follow_the_access_of_their_whole(company: Company) -> None:
    record = done(order(company, {"name": "a"}, actor=company.rep)).ids[0]
    line = int(lines_of(company, record)[0]["id"])
    assert company.sees(company.rep, "order_line", line)
    assert company.sees(company.lead, "order_line", line)
    assert not company.sees(company.other, "order_line", line)
    assert not company.sees(company.outsider, "order_line", line)
    outcome = change(company, record, company.lead, lines=[])
    assert isinstance(outcome, Refused)
    assert outcome.status == "denied"
    outcome = change(company, record, company.other, lines=[])
    assert isinstance(outcome, Refused)
    assert outcome.status == "not_found"
    catalog = company.store.catalog
    assert isinstance(decide(catalog, company.lead, "update", "order_line"), Denied)
    assert isinstance(decide(catalog, company.outsider, "read", "order_line"), Denied)
    assert isinstance(decide(catalog, company.boss, "assign", "order_line"), Denied)


def test_a_hidden_field_of_a_part_stays_hidden(company: Company) -> None:
    record = done(order(company, {"name": "a", "cost": "5"}, actor=company.boss, owner=company.rep.user_id)).ids[0]
    (line,) = lines_of(company, record, company.rep)
    assert "cost" not in line
    assert lines_of(company, record)[0]["cost"] == "5.0000"
    assert paths(change(company, record, lines=[{"id": line["id"], "cost": 1}])) == [
        ("lines.0.cost", "field.read_only")
    ]
    done(change(company, record, lines=[{"id": line["id"], "name": "b"}]))
    assert lines_of(company, record)[0]["cost"] == "5.0000"
    assert not field_rights(company.store.catalog, company.rep, "order_line").sees("cost")


def test_a_part_has_no_door_of_its_own(company: Company) -> None:
    record = done(order(company, {"name": "a"})).ids[0]
    line = int(lines_of(company, record)[0]["id"])
    outcomes = (
        create(company.store, company.boss, "order_line", [{"order": record, "name": "x"}], door="api"),
        update(company.store, company.boss, "order_line", [Change(line, {"name": "x"})], door="api"),
        delete(company.store, company.boss, "order_line", [line], door="api"),
        restore(company.store, company.boss, "order_line", [line], door="api"),
    )
    for outcome in outcomes:
        assert isinstance(outcome, Refused)
        assert outcome.status == "not_found"


def test_parts_go_into_the_bin_and_come_back_with_their_whole(company: Company) -> None:
    record = done(order(company, {"name": "a"}, {"name": "b"})).ids[0]
    kept, removed = (int(line["id"]) for line in lines_of(company, record))
    done(change(company, record, lines=[{"id": kept}]))
    done(delete(company.store, company.rep, "order", [record], door="api"))
    assert company.stored("order_line", kept)["deletion"] == company.stored("order", record)["deletion"]
    done(restore(company.store, company.rep, "order", [record], door="bin"))
    assert [line["name"] for line in lines_of(company, record)] == ["a"]
    assert company.stored("order_line", removed)["deleted_at"] is not None


def test_a_part_holds_what_it_points_to(company: Company) -> None:
    product = a_product(company)
    done(order(company, {"product": product}))
    assert codes(delete(company.store, company.boss, "product", [product], door="api")) == [(None, "record.in_use")]


def test_a_lookup_fills_what_was_not_posted(company: Company) -> None:
    product = a_product(company)
    record = done(order(company, {"product": product}, {"product": str(product), "price": "9", "name": None})).ids[0]
    first, second = lines_of(company, record)
    assert (first["name"], first["price"]) == ("Lamp", "12.5000")
    assert (second["name"], second["price"]) == (None, "9.0000")
    # The cost of neither is the representative's to see: copied all the same.
    assert company.stored("order_line", int(first["id"]))["cost"] == Decimal(8)
    other = company.add("product", company.boss, name="Chair", price="40")
    sent = [{"id": first["id"], "product": other}, {"id": second["id"], "product": product, "quantity": 2}]
    done(change(company, record, lines=sent))
    first, second = lines_of(company, record)
    assert (first["name"], first["price"]) == ("Chair", "40.0000")
    assert (second["price"], second["quantity"]) == ("9.0000", 2)  # chosen before


def test_what_is_filled_must_fit(company: Company) -> None:
    product = company.add("product", company.boss, name="x" * 30)
    assert paths(order(company, {"product": product})) == [("lines.0.name", "field.length")]


def test_the_history_of_a_record_tells_of_its_parts(company: Company) -> None:
    record = done(
        order(company, {"name": "a", "cost": "1"}, {"name": "b"}, actor=company.boss, owner=company.rep.user_id)
    ).ids[0]
    first, second = (line["id"] for line in lines_of(company, record))
    done(change(company, record, company.boss, lines=[{"id": first, "quantity": 3, "cost": "2"}, {"name": "c"}]))
    with reading(company.store, company.rep) as session:
        entries = history(session, company.store.catalog, company.rep, "order", record)
    assert [entry.action for entry in entries] == ["update", "create"]
    told = {(part.action, part.name): {each.field: each.new for each in part.changes} for part in entries[0].parts}
    assert told == {("update", "a"): {"quantity": 3}, ("delete", "b"): {}, ("create", "c"): {}}
    assert entries[1].parts == ()
    del second


def test_many_records_with_parts_take_no_more_statements(company: Company) -> None:
    def rows(count: int) -> list[dict[str, Any]]:
        return [{"name": str(each), "lines": [{"name": "a"}, {"name": "b"}]} for each in range(count)]

    counted = []
    for count in (2, 40):
        with statements(company) as found:
            done(create(company.store, company.rep, "order", rows(count), door="api"))
        counted.append(len(found))
    assert counted[0] >= counted[1] - 1

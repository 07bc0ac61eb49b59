"""Creating records: what is stored, what is given by the system, what is told to others."""

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

from app.record import create
from tests.unit.record.conftest import SEED, Company, codes, done


def test_a_new_record_is_stored_in_its_written_form(company: Company) -> None:
    posted = {
        "name": "  Jia\u0301he ",
        "code": "ab-1",
        "employees": "1,200",
        "revenue": "12.00005",
        "discount": "15%",
        "rate": 1.0005,
        "since": "2020-02-29",
        "seen_at": "2026-06-30T09:30",
        "website": "www.example.com",
        "email": "Info@Example.COM",
        "phone": "138 1234 5678",
        "notes": "",
    }
    saved = done(create(company.store, company.boss, "account", [posted], door="api"))
    row = company.stored("account", saved.ids[0])
    assert saved.versions == (1,)
    assert row["name"] == "Jiáhe"
    assert row["name__sort"] == "jiahe"
    assert (row["code"], row["code__fold"]) == ("ab-1", "ab-1")
    assert row["employees"] == 1200
    assert row["revenue"] == Decimal("12.0001")
    assert row["discount"] == Decimal("15.00")
    assert row["rate"] == Decimal("1.001")
    assert row["since"] == dt.date(2020, 2, 29)
    assert row["seen_at"] == dt.datetime(2026, 6, 30, 1, 30, tzinfo=dt.UTC)
    assert row["website"] == "https://www.example.com"
    assert row["email"] == "info@example.com"
    assert row["phone"] == "+8613812345678"
    assert row["notes"] is None
    assert (row["kind"], row["active"]) == ("firm", True)
    assert row["number"] == f"ACC-{row['created_at'].astimezone(ZoneInfo('Asia/Shanghai')):%Y}-00001"


def test_a_new_record_belongs_to_who_makes_it_and_stands_where_he_stands(company: Company) -> None:
    row = company.stored("account", company.add("account", company.rep, name="A"))
    assert (row["owner"], row["department"], row["team"]) == (company.rep.user_id, company.north, company.sales)
    assert row["created_by"] == row["updated_by"] == company.rep.user_id
    assert row["created_at"] == row["updated_at"]
    assert row["changed_seq"] > 0
    assert row["deleted_at"] is None


def test_many_records_are_one_batch(company: Company) -> None:
    saved = done(create(company.store, SEED, "account", [{"name": f"A{n}"} for n in range(1, 701)], door="import"))
    assert len(set(saved.ids)) == 700
    rows = [company.stored("account", record) for record in (saved.ids[0], saved.ids[699])]
    assert [row["name"] for row in rows] == ["A1", "A700"]
    assert [row["number"][-5:] for row in rows] == ["00001", "00700"]
    assert [len(event["records"]) for event in company.events("account")] == [500, 200]


def test_all_failures_are_told_at_once_and_nothing_is_written(company: Company) -> None:
    rows = [{"name": "good"}, {"employees": "many", "since": "1980-01-01", "kind": "club", "wrong": 1}]
    outcome = create(company.store, company.boss, "account", rows, door="api")
    assert sorted(codes(outcome), key=str) == sorted(
        [
            ("name", "field.required"),
            ("employees", "field.type"),
            ("since", "field.range"),
            ("kind", "field.option"),
            ("wrong", "field.read_only"),
        ],
        key=str,
    )
    assert {each.index for each in outcome.refusals} == {1}
    assert company.count("account") == 0
    assert company.events("account") == []
    assert company.audited("account") == []

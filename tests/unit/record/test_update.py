"""Changing records: only what differs is written, and never over somebody else's change."""

from decimal import Decimal
from typing import Any

from app.access import Actor, reading
from app.record import Change, HistoryEntry, Refused, Saved, create, history, update
from tests.unit.record.conftest import SEED, Company, codes, done


def change(
    company: Company, record: int, actor: Actor | None = None, version: int | None = None, **values: Any
) -> Saved | Refused:
    return update(company.store, actor or company.boss, "account", [Change(record, values, version)], door="form")


def test_named_fields_change_and_others_stay(company: Company) -> None:
    record = company.add("account", company.rep, name="A", employees=5)
    saved = done(change(company, record, company.lead, employees="6", name=" A "))
    row = company.stored("account", record)
    assert (saved.versions, row["version"]) == ((2,), 2)
    assert (row["name"], row["employees"]) == ("A", 6)
    assert (row["created_by"], row["updated_by"]) == (company.rep.user_id, company.lead.user_id)
    assert row["updated_at"] >= row["created_at"]
    assert row["changed_seq"] > company.stored("account", company.add("account", name="B"))["changed_seq"] - 2
    assert company.audited("account", record)[-1]["changes"] == {"employees": ["5", "6"]} or company.audited(
        "account", record
    )[-1]["changes"] == {"employees": [5, 6]}


def test_what_does_not_differ_is_not_written(company: Company) -> None:
    record = company.add("account", name="A", revenue="12.50", since="2020-01-01", phone="13812345678")
    saved = done(
        change(company, record, name="A  ", revenue=12.5, since="2020/1/1", phone="+86 138-1234-5678", website="")
    )
    assert saved.versions == (1,)
    assert company.stored("account", record)["version"] == 1
    assert [row["action"] for row in company.audited("account", record)] == ["create"]
    assert [event["kind"] for event in company.events("account")] == ["create"]


def test_a_batch_saves_rows_with_different_fields_together(company: Company) -> None:
    ids = done(create(company.store, SEED, "account", [{"name": name} for name in "ABC"], door="api")).ids
    changes = [Change(ids[0], {"employees": 1}), Change(ids[1], {"name": "Bb"}), Change(ids[2], {"name": "C"})]
    assert done(update(company.store, company.boss, "account", changes, door="bulk")).versions == (2, 2, 1)
    assert [company.stored("account", record)["name"] for record in ids] == ["A", "Bb", "C"]
    assert company.stored("account", ids[1])["name__sort"] == "bb"
    events = company.events("account")
    assert (events[-1]["kind"], events[-1]["records"], events[-1]["fields"]) == (
        "update", list(ids[:2]), ["employees", "name"],
    )  # fmt: skip


def test_one_wrong_row_keeps_the_others_out(company: Company) -> None:
    ids = done(create(company.store, SEED, "account", [{"name": name} for name in "AB"], door="api")).ids
    changes = [Change(ids[0], {"employees": 1}), Change(ids[1], {"employees": -1})]
    outcome = update(company.store, company.boss, "account", changes, door="bulk")
    assert codes(outcome) == [("employees", "field.range")]
    assert (outcome.refusals[0].index, outcome.refusals[0].record) == (1, ids[1])
    assert company.stored("account", ids[0])["version"] == 1


def test_a_record_that_changed_meanwhile_is_refused_with_who_and_what(company: Company) -> None:
    record = company.add("account", company.rep, name="A")
    done(change(company, record, company.lead, version=1, employees=7, revenue=3))
    done(change(company, record, company.boss, version=2, credit=9))
    outcome = change(company, record, company.rep, version=1, name="Mine")
    assert codes(outcome) == [(None, "record.changed")]
    assert outcome.status == "conflict"
    refusal = outcome.refusals[0]
    assert refusal.params["version"] == 3
    assert refusal.params["fields"] == ("employees", "revenue")  # the representative does not see the credit
    assert refusal.params["by"] == "Administrator, Lead"
    assert "Administrator" in refusal.text("en", company.store.catalog)
    assert company.stored("account", record)["name"] == "A"


def test_the_same_version_is_accepted(company: Company) -> None:
    record = company.add("account", name="A")
    assert isinstance(change(company, record, version=1, name="B"), Saved)


def test_a_required_field_can_not_be_blanked(company: Company) -> None:
    record = company.add("account", name="A")
    assert codes(change(company, record, name=" \u3000 ")) == [("name", "field.required")]


def test_a_retired_option_stays_but_is_not_chosen_anew(company: Company) -> None:
    record = company.add("account", name="A")
    assert codes(change(company, record, kind="club")) == [("kind", "field.option")]
    table = company.store.models.tables["account"]
    with company.store.writing_session(lambda _: None) as session:
        session.connection().execute(table.update().values(kind="club"))
    done(change(company, record, kind="club", name="B"))
    assert codes(change(company, company.add("account", name="C"), kind="club")) == [("kind", "field.option")]


def test_a_boolean_is_never_blank(company: Company) -> None:
    record = company.add("account", name="A")
    done(change(company, record, active=None))
    assert company.stored("account", record)["active"] is False


def test_the_same_record_twice_is_refused(company: Company) -> None:
    record = company.add("account", name="A")
    outcome = update(company.store, SEED, "account", [Change(record, {}), Change(record, {})], door="api")
    assert codes(outcome) == [(None, "request.malformed")]


def test_when_the_owner_changes_his_places_come_along(company: Company) -> None:
    record = company.add("account", company.boss, name="A")
    assert company.stored("account", record)["team"] is None
    done(change(company, record, owner=str(company.rep.user_id)))
    row = company.stored("account", record)
    assert (row["owner"], row["department"], row["team"]) == (company.rep.user_id, company.north, company.sales)
    assert set(company.audited("account", record)[-1]["changes"]) == {"owner", "department", "team"}
    done(change(company, record, owner=company.other.user_id, team=company.sales))
    row = company.stored("account", record)
    assert row["team"] == company.sales
    assert row["department"] != company.north


def test_search_rows_follow_the_values(company: Company) -> None:
    import sqlalchemy as sa

    from app.orm.search import audiences, match

    record = company.add("account", name="嘉禾机械")
    models = company.store.models
    a_class = models.classes["account"]

    def found(query: str) -> list[int]:
        with reading(company.store, company.boss) as session:
            condition = match(models, "account", tuple(audiences(models.catalog, "account")), query)
            return list(session.execute(sa.select(a_class.id).where(condition)).scalars())

    assert found("嘉禾") == [record]
    done(change(company, record, name="东方电子"))
    assert found("嘉禾") == []
    assert found("东方") == [record]


def test_history_tells_what_its_reader_may_see(company: Company) -> None:
    record = company.add("account", company.rep, name="A", phone="13812345678")
    done(change(company, record, credit=5, notes="secret"))
    done(change(company, record, phone="13912345678", email="a@b.cn", name="B"))

    def told(actor: Actor) -> list[HistoryEntry]:
        with reading(company.store, actor) as session:
            return history(session, company.store.catalog, actor, "account", record)

    entries = told(company.rep)
    assert [entry.action for entry in entries] == ["update", "create"]
    assert {each.field: (each.old, each.new) for each in entries[0].changes} == {
        "name": ("A", "B"),
        "phone": ("138****5678", "139****5678"),
        "email": (None, "****"),
    }
    assert [entry.action for entry in told(company.boss)] == ["update", "update", "create"]
    credit = told(company.boss)[1].changes[0]
    assert (credit.field, credit.old, credit.new) == ("credit", None, "5.0000")
    assert Decimal(str(credit.new)) == 5
    assert told(company.other) == []

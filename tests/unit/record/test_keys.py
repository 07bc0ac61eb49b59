"""What must be unique is, also when two try at the same moment."""

from __future__ import annotations

import sqlalchemy as sa

from app.record import Change, Refused, Saved, create, delete, update
from tests.unit.record.conftest import SEED, Company, at_once, codes, done


def test_a_taken_value_is_refused_whoever_has_it_and_however_it_is_written(company: Company) -> None:
    company.add("account", company.other, name="A", code="Ab-1")
    for code in ("Ab-1", " aB-1 ", "AB-1"):
        outcome = create(company.store, company.rep, "account", [{"name": "B", "code": code}], door="api")
        assert codes(outcome) == [("code", "field.unique")]
        assert outcome.status == "invalid"


def test_blanks_never_collide(company: Company) -> None:
    done(create(company.store, SEED, "account", [{"name": "A"}, {"name": "B", "code": ""}], door="api"))


def test_two_rows_of_a_batch_collide_too(company: Company) -> None:
    rows = [{"name": name, "code": code} for name, code in (("A", "abc"), ("B", "xyz"), ("C", "ABC"))]
    outcome = create(company.store, SEED, "account", rows, door="import")
    assert [(each.index, each.code) for each in outcome.refusals] == [(2, "field.unique")]


def test_a_key_of_several_fields(company: Company) -> None:
    one, two = (company.add("account", name=name) for name in "AB")
    first = company.add("opportunity", name="Deal", account=one)
    second = company.add("opportunity", name="Deal", account=two)
    outcome = create(company.store, SEED, "opportunity", [{"name": "Deal", "account": one}], door="api")
    assert codes(outcome) == [("name", "field.unique")]
    assert outcome.refusals[0].text("en", company.store.catalog) == "Taken."
    outcome = update(company.store, SEED, "opportunity", [Change(second, {"account": one})], door="api")
    assert codes(outcome) == [("name", "field.unique")]
    done(update(company.store, SEED, "opportunity", [Change(first, {"name": "Deal", "amount": 1})], door="api"))


def test_a_deleted_record_keeps_no_key(company: Company) -> None:
    record = company.add("account", name="A", code="abc")
    done(delete(company.store, SEED, "account", [record], door="api"))
    company.add("account", name="B", code="abc")


def test_a_value_may_be_handed_on_within_a_batch(company: Company) -> None:
    first, second = (company.add("account", name=code, code=code) for code in ("abc", "xyz"))
    changes = [Change(first, {"code": "new"}), Change(second, {"code": "abc"})]
    assert isinstance(update(company.store, SEED, "account", changes, door="bulk"), Saved)


def test_of_two_that_save_the_same_key_at_once_one_is_told(company: Company) -> None:
    def work(number: int) -> Saved | Refused:
        rows = [{"name": f"A{number}-{row}", "code": f"same-{row}"} for row in range(20)]
        return create(company.store, SEED, "account", rows, door="api")

    outcomes = at_once(2, work)
    assert sorted(type(each).__name__ for each in outcomes) == ["Refused", "Saved"]
    refused = next(each for each in outcomes if isinstance(each, Refused))
    assert {each.code for each in refused.refusals} == {"field.unique"}
    assert company.count("account") == 20


def test_of_two_that_change_the_same_version_at_once_one_is_told(company: Company) -> None:
    record = company.add("account", name="A")

    def work(number: int) -> Saved | Refused:
        return update(company.store, SEED, "account", [Change(record, {"employees": number + 1}, 1)], door="api")

    outcomes = at_once(3, work)
    assert sorted(type(each).__name__ for each in outcomes) == ["Refused", "Refused", "Saved"]
    assert {codes(each)[0] for each in outcomes if isinstance(each, Refused)} == {(None, "record.changed")}
    assert company.stored("account", record)["version"] == 2


def test_numbers_are_given_once_and_without_a_gap(company: Company) -> None:
    def work(number: int) -> Saved | Refused:
        for _ in range(3):
            done(create(company.store, SEED, "account", [{"name": f"A{number}"}] * 4, door="api"))
            create(company.store, SEED, "account", [{"name": ""}], door="api")  # refused: takes no number
        return Saved((), ())

    at_once(3, work)
    with company.store.system_reading() as connection:
        numbers = connection.execute(sa.select(company.store.models.tables["account"].c.number)).scalars().all()
    assert sorted(int(each[-5:]) for each in numbers) == list(range(1, 37))

"""Options that depend on another field, and fields that are computed."""

from __future__ import annotations

from app.record import Change, create, update
from tests.unit.record.conftest import SEED, Company, codes, done


def test_an_option_goes_with_the_value_above_it(company: Company) -> None:
    done(
        create(company.store, company.rep, "claim", [{"name": "A", "province": "north", "city": "harbour"}], door="api")
    )
    done(create(company.store, company.rep, "claim", [{"name": "A", "city": "elsewhere"}], door="api"))
    for values in ({"city": "harbour"}, {"province": "south", "city": "harbour"}):
        outcome = create(company.store, company.rep, "claim", [{"name": "A", **values}], door="import")
        assert codes(outcome) == [("city", "field.option")]
        assert (
            outcome.refusals[0].text("en", company.store.catalog)
            == "“harbour” does not go with what is chosen for Province."
        )


def test_changing_what_is_above_asks_again_and_only_then(company: Company) -> None:
    [claim] = done(
        create(company.store, SEED, "claim", [{"name": "A", "province": "north", "city": "harbour"}], door="api")
    ).ids
    outcome = update(company.store, SEED, "claim", [Change(claim, {"province": "south"})], door="inline")
    assert codes(outcome) == [("city", "field.option")]
    done(update(company.store, SEED, "claim", [Change(claim, {"province": "south", "city": "plain"})], door="form"))
    done(update(company.store, SEED, "claim", [Change(claim, {"name": "B"})], door="form"))


def test_what_is_computed_is_written_by_nobody_and_asked_of_nobody(company: Company) -> None:
    done(create(company.store, company.rep, "claim", [{"name": "A"}], door="form"))
    for actor in (company.rep, SEED):
        outcome = create(company.store, actor, "claim", [{"name": "A", "score": 5}], door="api")
        assert codes(outcome) == [("score", "field.read_only")]
        assert outcome.refusals[0].text("en", company.store.catalog) == "Score is computed and can't be entered."

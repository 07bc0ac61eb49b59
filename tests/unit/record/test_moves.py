"""Moves between stages hold at every door: where one may begin and go, what a stage needs and what it keeps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.access import Actor
from app.record import Change, Refused, Saved, create, update
from tests.unit.judged import BOTH, Judged, on_database, refused
from tests.unit.record.conftest import SEED, Company, codes, done


def claim(company: Company, actor: Actor = SEED, **values: object) -> int:
    values = {"name": "A", **values}
    return done(create(company.store, actor, "claim", [values], door="api")).ids[0]


def move(company: Company, actor: Actor, record: int, to: str, **values: object) -> Saved | Refused:
    return update(company.store, actor, "claim", [Change(record, {"stage": to, **values})], door="form")


def test_a_record_begins_in_the_first_stage_or_one_that_says_so(company: Company) -> None:
    claim(company, company.rep)
    claim(company, company.rep, stage="working", reason="broken")
    for values, expected in (
        ({"stage": "working"}, [("reason", "stage.requires")]),
        ({"stage": "testing"}, [("stage", "transition.not_allowed")]),
    ):
        outcome = create(company.store, company.rep, "claim", [{"name": "A", **values}], door="import")
        assert codes(outcome) == expected
    claim(company, stage="testing")  # whoever fills a database begins anywhere


@pytest.mark.parametrize("door", ["form", "api", "inline", "bulk", "import"])
def test_a_stage_needs_its_fields_at_every_door(company: Company, door: str) -> None:
    record = claim(company, company.rep)
    change = Change(record, {"stage": "working"})
    outcome = update(company.store, company.rep, "claim", [change], door=door)
    assert codes(outcome) == [("reason", "stage.requires")]
    assert outcome.refusals[0].text("en", company.store.catalog) == "This stage needs Reason first."
    done(move(company, company.rep, record, "working", reason="broken"))


def test_a_jump_meets_what_it_passes_over(company: Company) -> None:
    record = claim(company, company.rep)
    outcome = move(company, company.rep, record, "done")
    assert codes(outcome) == [("reason", "stage.requires"), ("city", "stage.requires"), ("solution", "stage.requires")]
    done(move(company, company.rep, record, "done", reason="broken", city="elsewhere", solution="mended"))


def test_closing_as_lost_asks_for_nothing_of_the_way(company: Company) -> None:
    done(move(company, company.rep, claim(company, company.rep), "dropped"))


def test_nobody_goes_back_and_a_transition_says_who_reopens(company: Company) -> None:
    record = claim(company, company.rep)
    done(move(company, company.rep, record, "testing", reason="broken", city="elsewhere"))
    outcome = move(company, company.rep, record, "working")
    assert codes(outcome) == [("stage", "transition.not_allowed")]
    assert outcome.status == "denied"
    done(move(company, company.rep, record, "done", solution="mended"))
    assert codes(move(company, company.rep, record, "working")) == [("stage", "transition.not_allowed")]
    assert codes(move(company, company.lead, record, "new")) == [("stage", "transition.not_allowed")]
    done(move(company, company.lead, record, "working"))


def test_what_a_stage_needs_can_not_be_emptied_and_what_it_keeps_not_changed(company: Company) -> None:
    record = claim(company, company.rep)
    done(move(company, company.rep, record, "done", reason="broken", city="elsewhere", solution="mended"))
    for values, expected in (
        ({"solution": ""}, [("solution", "stage.requires")]),
        ({"reason": "other"}, [("reason", "field.read_only")]),
    ):
        outcome = update(company.store, company.rep, "claim", [Change(record, values)], door="inline")
        assert codes(outcome) == expected
    done(update(company.store, company.rep, "claim", [Change(record, {"name": "B"})], door="inline"))
    done(move(company, company.lead, record, "working", reason="other"))


@pytest.fixture(params=BOTH, scope="module")
def judged(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judged]:
    folder: Path = tmp_path_factory.mktemp("judged")
    with on_database(request, folder) as found:
        yield found


def test_a_move_is_made_only_where_its_condition_holds(judged: Judged) -> None:
    deal = judged.save("deal", name="D")
    outcome = judged.change("deal", deal, stage="offered")
    assert refused(outcome) == [("stage", "transition.not_allowed")]
    assert isinstance(outcome, Refused)
    assert outcome.status == "denied"
    assert outcome.refusals[0].text("zh", judged.store.catalog).endswith("“报价”的条件。")
    assert refused(judged.change("deal", deal, stage="won")) == [
        ("stage", "transition.not_allowed")
    ]  # it passes over it
    judged.changed("deal", deal, stage="lost", lost_reason="price")
    deal = judged.save("deal", name="D")
    assert judged.changed("deal", deal, stage="offered", amount="5")["stage"] == "offered"


def test_a_record_follows_the_first_pipeline_whose_condition_holds(judged: Judged) -> None:
    gift = judged.save("deal", name="D", kind="gift")
    assert judged.stored("deal", gift)["stage"] == "new"
    assert refused(judged.change("deal", gift, stage="lost", lost_reason="price")) == [
        ("stage", "transition.not_allowed")
    ]
    assert refused(judged.create("deal", name="D", kind="gift", stage="offered")) == [
        ("stage", "transition.not_allowed")
    ]
    assert judged.changed("deal", gift, kind="new", stage="lost", lost_reason="price")["stage"] == "lost"
    judged.changed("deal", judged.save("deal", name="D", kind="gift"), stage="won")

"""What the conditions of fields say holds on every save: defaults, visible, required, read-only, options."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.record import Refused
from tests.unit.judged import BOTH, Judged, on_database, refused


@pytest.fixture(params=BOTH, scope="module")
def company(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judged]:
    folder: Path = tmp_path_factory.mktemp("judged")
    with on_database(request, folder) as found:
        yield found


def test_defaults_are_worked_out_one_after_the_other_where_nothing_was_sent(company: Judged) -> None:
    account = company.save("account", name="Acme")
    stored = company.stored("deal", company.save("deal", name="D", account=account))
    assert stored["close_date"] - stored["start_date"] == dt.timedelta(days=30)
    assert stored["terms"] == "for Acme by Bo"
    assert stored["contact"] == stored["owner"] == company.boss.user_id
    stored = company.stored("deal", company.save("deal", name="D", start_date="2026-01-01", terms=None, contact=""))
    assert stored["close_date"] == dt.date(2026, 1, 31)
    assert (stored["terms"], stored["contact"]) == (None, None)


def test_what_is_not_visible_is_neither_asked_for_nor_kept(company: Judged) -> None:
    deal = company.save("deal", name="D", lost_reason="price", rival="X", plan="later")
    stored = company.stored("deal", deal)
    assert (stored["lost_reason"], stored["rival"], stored["plan"]) == (None, None, None)
    assert refused(company.change("deal", deal, stage="lost")) == [("lost_reason", "field.required")]
    assert refused(company.change("deal", deal, stage="lost", lost_reason="rival")) == [("rival", "field.required")]
    stored = company.changed("deal", deal, stage="lost", lost_reason="rival", rival="X")
    assert (stored["lost_reason"], stored["rival"]) == ("rival", "X")
    stored = company.changed("deal", deal, stage="new")
    assert (stored["lost_reason"], stored["rival"]) == (None, None)
    assert company.audited("deal", deal)[-1]["rival"] == ["X", None]


def test_conditions_read_what_was_just_computed(company: Judged) -> None:
    assert refused(company.create("deal", name="D", amount="10000")) == [("approver", "field.required")]
    deal = company.save("deal", name="D", amount="9999", plan="gone")
    assert company.stored("deal", deal)["plan"] is None
    assert refused(company.change("deal", deal, amount="20000")) == [("approver", "field.required")]
    assert company.changed("deal", deal, amount="20000", approver="Lee", plan="kept")["plan"] == "kept"
    assert refused(company.change("deal", deal, approver="")) == [("approver", "field.required")]
    assert company.changed("deal", deal, amount="1")["plan"] is None


def test_a_field_is_read_only_as_the_record_was(company: Judged) -> None:
    deal = company.save("deal", name="D", stage="won", code="a")  # a new record has nothing to keep
    assert refused(company.change("deal", deal, code="b")) == [("code", "field.read_only")]
    assert refused(company.change("deal", deal, code="b", stage="new")) == [("code", "field.read_only")]
    company.changed("deal", deal, code="a", note="the same is no change")
    company.changed("deal", deal, stage="new")
    assert company.changed("deal", deal, code="b", amount="1", stage="won")["code"] == "b"
    poor = company.save("account", name="Poor", level="c")
    deal = company.save("deal", name="D", account=poor, code="a")
    assert refused(company.change("deal", deal, code="b")) == [("code", "field.read_only")]


def test_what_someone_can_never_fill_in_he_can_not_fill_in_at_first_either(company: Judged) -> None:
    assert refused(company.create("deal", company.rep, name="D", rate=5)) == [("rate", "field.read_only")]
    company.save("deal", company.rep, name="D", rate=None)
    assert company.stored("deal", company.save("deal", name="D", rate=5))["rate"] == 5


def test_an_option_holds_where_its_condition_does(company: Judged) -> None:
    assert refused(company.create("deal", name="D", kind="gift", amount="5000")) == [("kind", "field.option")]
    deal = company.save("deal", name="D", kind="gift", amount="500")
    assert refused(company.change("deal", deal, amount="5000")) == [("kind", "field.option")]
    company.changed("deal", deal, note="nothing that it reads")
    outcome = company.create("deal", company.chinese, name="D", kind="gift", amount="5000")
    assert isinstance(outcome, Refused)
    assert [each.text("zh", company.store.catalog) for each in outcome.refusals] == ["此处Kind不能选择“赠送”。"]


def test_a_field_that_someone_does_not_see_is_not_named(company: Judged) -> None:
    outcome = company.create("deal", company.rep, name="D", kind="renewal", note="x")
    assert refused(outcome) == [(None, "field.required")]
    assert isinstance(outcome, Refused)
    assert "ecret" not in outcome.refusals[0].text("en", company.store.catalog)

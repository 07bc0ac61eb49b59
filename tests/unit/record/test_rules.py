"""Rules hold for every record that is saved, warnings until they are confirmed with a reason."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.loading import catalog_of_tree
from app.orm.models import build_models
from app.record import Change, Refused, Saved, create, delete, restore, update
from app.record.conditions import conditions_of
from tests.unit.judged import BOTH, TREE, Judged, counted, on_database, opened, refused
from tests.unit.record.conftest import SEED


@pytest.fixture(params=BOTH, scope="module")
def company(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judged]:
    folder: Path = tmp_path_factory.mktemp("judged")
    with on_database(request, folder) as found:
        yield found


def words(company: Judged, outcome: Saved | Refused, language: str) -> list[str]:
    assert isinstance(outcome, Refused)
    return [each.text(language, company.store.catalog) for each in outcome.refusals]


LATE = {"start_date": "2026-02-01", "close_date": "2026-01-01"}


@pytest.mark.parametrize("door", ["form", "api", "inline", "bulk", "import"])
def test_a_broken_rule_refuses_at_every_door(company: Judged, door: str) -> None:
    outcome = create(company.store, company.boss, "deal", [{"name": "D", **LATE}], door=door)
    assert refused(outcome) == [("close_date", "rule.in_order")]
    assert outcome.status == "invalid"
    assert words(company, outcome, "en") == ["It closes before it starts."]
    assert words(company, outcome, "zh") == ["结束不能早于开始。"]
    deal = company.save("deal", name="D", start_date="2026-02-01", close_date="2026-02-02")
    outcome = update(company.store, company.boss, "deal", [Change(deal, {"close_date": "2026-01-01"})], door=door)
    assert refused(outcome) == [("close_date", "rule.in_order")]


def test_everything_is_told_at_once_errors_first(company: Judged) -> None:
    rows = [{"name": "D"}, {"discount": 50, **LATE}]
    outcome = create(company.store, company.boss, "deal", rows, door="api")
    assert refused(outcome) == [
        ("name", "field.required"),
        ("close_date", "rule.in_order"),
        ("discount", "rule.big_discount"),
    ]
    assert isinstance(outcome, Refused)
    assert {each.index for each in outcome.refusals} == {1}
    assert not outcome.confirmable


def test_what_could_not_be_read_is_not_judged(company: Judged) -> None:
    assert refused(company.create("deal", name="D", close_date="soon")) == [("close_date", "field.type")]


def test_a_system_actor_is_held_too(company: Judged) -> None:
    assert refused(company.create("deal", SEED, name="D", **LATE)) == [("close_date", "rule.in_order")]


def test_a_rule_reads_what_a_lookup_leads_to_but_tells_nothing_of_what_is_out_of_sight(company: Judged) -> None:
    poor = company.save("account", name="Poor", level="c", limit="100")
    assert refused(company.create("deal", name="D", account=poor, amount="101", stage="won")) == [
        ("amount", "rule.worthy")
    ]
    company.save("deal", name="D", account=poor, amount="100", stage="won")
    outcome = company.create("deal", company.rep, name="D", account=poor, amount="101")
    assert refused(outcome) == [("account", "record.not_found")]


def test_a_message_stands_at_a_field_only_for_those_who_see_it(sqlite_url: str, company: Judged) -> None:
    deal = company.save("deal", name="D", secret=5)
    assert refused(company.change("deal", deal, secret=100)) == [("secret", "rule.secretive")]
    tree = copy.deepcopy(TREE)
    tree["entities"]["deal"]["rules"]["secretive"]["require"] = "is_blank(secret) or is_blank(amount)"
    with opened(sqlite_url, tree) as other:
        deal = other.save("deal", name="D", secret=5)
        assert refused(other.change("deal", deal, other.rep, amount="1")) == [(None, "rule.secretive")]


def test_a_warning_is_confirmed_with_a_reason_that_is_kept(company: Judged) -> None:
    outcome = company.create("deal", name="D", discount=30)
    assert refused(outcome) == [("discount", "rule.big_discount")]
    assert isinstance(outcome, Refused)
    assert (outcome.confirmable, outcome.status) == (True, "invalid")
    for reason in ("", "  "):
        assert isinstance(company.create("deal", confirm={"rule.big_discount": reason}, name="D", discount=30), Refused)
    saved = company.create("deal", confirm={"rule.big_discount": " an old friend "}, name="D", discount=30)
    assert isinstance(saved, Saved)
    deal = saved.ids[0]
    assert company.audited("deal", deal) == [{"rule.big_discount": [None, "an old friend"]}]
    company.changed("deal", deal, note="the rule is asked where its condition holds")
    confirm = {"rule.big_discount": "more", "rule.noted": "not asked"}
    assert isinstance(company.change("deal", deal, confirm=confirm, discount=40), Saved)
    assert company.audited("deal", deal)[-1] == {"discount": ["30.00", "40.00"], "rule.big_discount": [None, "more"]}


@pytest.mark.parametrize(
    ("reason", "code", "english", "chinese"),
    [
        ("a\ud800b", "field.format", "The reason holds characters that can't be kept.", "原因含有无法保存的字符。"),
        ("a\x00b", "field.format", "The reason holds characters that can't be kept.", "原因含有无法保存的字符。"),
        ("x" * 501, "field.length", "The reason is too long: 501 characters, at most 500 fit.", "最多500个"),
        (7, "field.type", "The reason needs to be a text.", "原因需要填写文字。"),
    ],
)
def test_a_reason_that_can_not_be_kept_is_refused(
    company: Judged, reason: object, code: str, english: str, chinese: str
) -> None:
    deal = company.save("deal", name="D")
    confirm = {"rule.big_discount": reason}
    for outcome in (
        company.create("deal", confirm=confirm, name="D", discount=30),
        company.change("deal", deal, confirm=confirm, discount=30),
    ):
        assert refused(outcome) == [("confirm", code), ("discount", "rule.big_discount")]
        assert isinstance(outcome, Refused)
        assert (outcome.confirmable, outcome.status) == (False, "invalid")
        assert words(company, outcome, "en")[0] == english
        assert chinese in words(company, outcome, "zh")[0]
    longest = company.change("deal", deal, confirm={"rule.big_discount": f" {'x' * 500} "}, discount=30)
    assert isinstance(longest, Saved)


def test_an_error_can_not_be_confirmed(company: Judged) -> None:
    outcome = company.create("deal", confirm={"rule.in_order": "please"}, name="D", **LATE)
    assert refused(outcome) == [("close_date", "rule.in_order")]


def test_who_broke_a_rule_before_it_was_made_is_left_alone_until_what_it_reads_changes(sqlite_url: str) -> None:
    tree = copy.deepcopy(TREE)
    rule = tree["entities"]["deal"]["rules"].pop("noted")
    with opened(sqlite_url, tree) as company:
        deal = company.save("deal", name="D", kind="renewal", secret=1)
        tree["entities"]["deal"]["rules"]["noted"] = rule
        judged = replace(company, store=replace(company.store, models=build_models(catalog_of_tree(tree))))
        judged.changed("deal", deal, amount="5", secret="2")
        assert isinstance(judged.change("deal", deal, note="x"), Saved)
        assert refused(judged.change("deal", deal, note="")) == [(None, "rule.noted")]
        rule["existing"] = "fail"
        judged = replace(company, store=replace(company.store, models=build_models(catalog_of_tree(tree))))
        company.changed("deal", deal, note="")
        assert refused(judged.change("deal", deal, amount="6")) == [(None, "rule.noted")]


def test_a_rule_that_reads_nothing_of_the_record_is_asked_at_every_save(sqlite_url: str) -> None:
    tree = copy.deepcopy(TREE)
    with opened(sqlite_url, tree) as company:
        deal = company.save("deal", name="D")
        rules = tree["entities"]["deal"]["rules"]
        rules["bosses"] = {**rules["noted"], "require": 'has_role("boss") or has_role("administrator")'}
        del rules["bosses"]["when"]
        judged = replace(company, store=replace(company.store, models=build_models(catalog_of_tree(tree))))
        assert refused(judged.change("deal", deal, judged.rep, amount="5")) == [(None, "rule.bosses")]
        judged.changed("deal", deal, amount="5")


def test_rules_of_parts_and_of_wholes_after_their_totals(company: Judged) -> None:
    outcome = company.create("order", name="O", max_total=5, lines=[{"quantity": 3}, {"quantity": 0}, {"quantity": 4}])
    assert refused(outcome) == [(None, "rule.fits"), ("lines.1.quantity", "rule.some")]
    order = company.save("order", name="O", max_total=5, lines=[{"quantity": 3}])
    assert refused(company.change("order", order, lines=[{"quantity": 6}])) == [
        (None, "rule.fits"),
        ("lines.0.quantity", "rule.much"),
    ]
    assert refused(company.change("order", order, max_total=2)) == [(None, "rule.fits")]


def test_a_warning_of_a_part_is_confirmed_for_its_whole(sqlite_url: str) -> None:
    lines = [{"quantity": 2}, {"quantity": 2}]
    tree = copy.deepcopy(TREE)
    del tree["entities"]["order"]["rules"]["fits"]
    with opened(sqlite_url, tree) as other:
        outcome = other.create("order", name="O", max_total=1, lines=lines)
        assert refused(outcome) == [("lines.0.quantity", "rule.much"), ("lines.1.quantity", "rule.much")]
        assert isinstance(outcome, Refused)
        assert outcome.confirmable
        saved = other.create("order", confirm={"rule.much": "a feast"}, name="O", max_total=1, lines=lines)
        assert isinstance(saved, Saved)
        assert other.audited("order_line", 1) == [{"rule.much": [None, "a feast"]}]


def test_a_rule_that_reads_what_follows_from_the_record_is_asked_once_that_is_known(company: Judged) -> None:
    account = company.save("account", name="A", limit="100")
    first = company.save("deal", name="D", account=account, amount="60")
    assert refused(company.create("deal", name="E", account=account, amount="41")) == [("amount", "rule.within")]
    second = company.save("deal", name="E", account=account, amount="40")
    assert company.stored("account", account)["open_sum"] == 100
    assert refused(company.change("deal", second, amount="41")) == [("amount", "rule.within")]
    company.changed("deal", first, amount="59")
    assert company.changed("deal", second, amount="41")["amount"] == 41


def test_a_rule_that_is_asked_last_reads_nothing_again_where_nothing_followed(company: Judged) -> None:
    account = company.save("account", name="A", limit="100")
    deal = company.save("deal", name="D", account=account, amount="60")
    asked = []
    for changes in ({"note": "x"}, {"amount": "61"}):
        with counted(company.store) as sent:
            company.changed("deal", deal, **changes)
        asked.append(sum("crm_account.open_sum" in each and each.startswith("SELECT") for each in sent))
    # What the rule reads is read before the save; what follows from an amount is locked, and read again for the rule.
    assert asked == [1, 3]


def test_a_warning_that_is_asked_last_is_confirmed_as_any(sqlite_url: str) -> None:
    tree = copy.deepcopy(TREE)
    tree["entities"]["deal"]["rules"]["within"]["severity"] = "warning"
    with opened(sqlite_url, tree) as other:
        account = other.save("account", name="A", limit="100")
        outcome = other.create("deal", name="D", account=account, amount="101")
        assert isinstance(outcome, Refused)
        assert outcome.confirmable
        saved = other.create("deal", confirm={"rule.within": "a good one"}, name="D", account=account, amount="101")
        assert isinstance(saved, Saved)
        assert other.audited("deal", saved.ids[0]) == [None, {"rule.within": [None, "a good one"]}]


def test_what_comes_back_from_the_bin_is_judged_as_anything(company: Judged) -> None:
    account = company.save("account", name="A", limit="100", level="c")
    late = company.save("deal", name="D", account=account, amount="60", stage="won")
    waits = company.save("deal", name="E", account=account, amount="60")
    warned = company.create("deal", confirm={"rule.big_discount": "x"}, name="F", discount=90)
    assert isinstance(warned, Saved)
    for deal in (late, waits, *warned.ids):
        assert isinstance(delete(company.store, company.boss, "deal", [deal], door="api"), Saved)
    company.save("deal", name="G", account=account, amount="60")
    for deal in warned.ids:  # what was confirmed stays so
        assert isinstance(restore(company.store, company.boss, "deal", [deal], door="bin"), Saved)
    outcome = restore(company.store, company.boss, "deal", [waits], door="bin")
    assert refused(outcome) == [("amount", "rule.within")]
    assert company.stored("deal", waits)["deleted_at"] is not None
    company.changed("account", account, limit="50")
    outcome = restore(company.store, company.chinese, "deal", [late], door="bin")
    assert refused(outcome) == [("amount", "rule.worthy"), ("amount", "rule.within")]
    assert words(company, outcome, "zh") == ["超出该客户的限额。", "该客户已达限额。"]


def test_a_rule_that_can_not_be_evaluated_refuses_and_conditions_let_pass(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def raises(*_state: object) -> object:
        raise ValueError("a bug")

    with opened(sqlite_url) as company:
        conditions = conditions_of(company.store.catalog, "deal")
        broken = tuple(replace(each, require=raises) if each.rule.key == "noted" else each for each in conditions.rules)
        monkeypatch.setitem(vars(conditions), "rules", tuple(replace(each, when=None) for each in broken))
        for checked in (*conditions.visible.values(), *conditions.required.values(), *conditions.read_only.values()):
            monkeypatch.setitem(vars(checked), "evaluate", raises)
        outcome = company.create("deal", company.rep, name="D", rate=5, stage="lost", rival="kept")
        assert refused(outcome) == [("lost_reason", "field.required"), (None, "rule.noted")]
    assert "rule.noted could not be evaluated" in caplog.text


def test_many_records_are_judged_with_as_many_questions_as_few(company: Judged) -> None:
    accounts = [company.save("account", name=f"A{number}", level="c", limit="1000000") for number in range(12)]

    def rows(count: int) -> list[dict[str, object]]:
        return [{"name": "D", "account": accounts[number % 12], "amount": str(number)} for number in range(count)]

    def cost(count: int) -> int:
        with counted(company.store) as sent:
            outcome = create(company.store, company.boss, "deal", rows(count), door="bulk")
            assert isinstance(outcome, Saved), outcome
            changes = [Change(each, {"note": "n"}) for each in outcome.ids]
            assert isinstance(update(company.store, company.boss, "deal", changes, door="bulk"), Saved)
        return sum(each.startswith("SELECT") for each in sent)  # many rows are written in other ways than few

    assert cost(4) == cost(60)

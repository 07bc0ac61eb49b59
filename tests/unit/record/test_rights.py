"""Who may write what: the same answer at every door, and nothing said about what is hidden."""

from typing import Any

import pytest

from app.access import Actor
from app.record import Change, Refused, Saved, create, delete, restore, update
from tests.unit.record.conftest import SEED, Company, codes, done


def change(company: Company, actor: Actor, record: Any, entity: str = "account", **values: Any) -> Saved | Refused:
    return update(company.store, actor, entity, [Change(record, values)], door="form")


def test_without_a_grant_nothing_can_be_done(company: Company) -> None:
    record = company.add("account", name="A")
    refused = create(company.store, company.outsider, "account", [{"name": "B"}, {"name": "C"}], door="api")
    assert [(each.code, each.index) for each in refused.refusals] == [("access.denied", 0), ("access.denied", 1)]
    assert refused.status == "denied"
    for outcome in (
        change(company, company.outsider, record, name="B"),
        delete(company.store, company.outsider, "account", [record], door="api"),
        restore(company.store, company.outsider, "account", [record], door="api"),
        create(company.store, SEED, "nothing", [{}], door="api"),
    ):
        assert codes(outcome) == [(None, "record.not_found")]
        assert outcome.status == "not_found"
    assert company.stored("account", record)["version"] == 1


def test_what_may_be_read_but_not_changed_is_denied(company: Company) -> None:
    record = company.add("account", name="A")
    assert change(company, company.reader, record, name="B").status == "denied"
    assert delete(company.store, company.reader, "account", [record], door="api").status == "denied"
    done(delete(company.store, company.boss, "account", [record], door="api"))
    assert restore(company.store, company.reader, "account", [record], door="api").status == "denied"


def test_a_foreign_record_is_refused_like_a_missing_one(company: Company) -> None:
    record = company.add("account", company.other, name="A")
    texts = set()
    for wanted in (record, 999_999, 0, -1, 2**63, 2**70, "1", None, True, 1.5, [], {}):
        outcome = change(company, company.rep, wanted, name="B")
        assert outcome.status == "not_found"
        texts.add((outcome.refusals[0].code, outcome.refusals[0].text("en", company.store.catalog)))
        assert delete(company.store, company.rep, "account", [wanted], door="api").status == "not_found"
        assert restore(company.store, company.rep, "account", [wanted], door="api").status == "not_found"
    assert len(texts) == 1


def test_a_hidden_field_is_refused_like_one_that_does_not_exist(company: Company) -> None:
    record = company.add("account", company.rep, name="A")
    for attempt in (
        lambda **values: create(company.store, company.rep, "account", [{"name": "B", **values}], door="api"),
        lambda **values: change(company, company.rep, record, **values),
    ):
        told = []
        for field in ("credit", "notes", "nonsense"):
            refusal = attempt(**{field: "1"}).refusals[0]
            assert (refusal.field, refusal.code) == (field, "field.read_only")
            told.append(
                tuple(refusal.text(language, company.store.catalog).replace(field, "?") for language in ("en", "zh"))
            )
        assert len(set(told)) == 1


@pytest.mark.parametrize(
    "field",
    ["id", "version", "created_at", "created_by", "updated_at", "updated_by", "number", "rate", "owner", "team"],
)
def test_what_is_read_only_is_refused(on_sqlite: Company, field: str) -> None:
    record = on_sqlite.add("account", on_sqlite.rep, name="A")
    assert codes(change(on_sqlite, on_sqlite.rep, record, **{field: 1})) == [(field, "field.read_only")]
    outcome = create(on_sqlite.store, on_sqlite.rep, "account", [{"name": "B", field: 1}], door="api")
    assert codes(outcome) == [(field, "field.read_only")]


@pytest.mark.parametrize("field", ["deleted_at", "deleted_by", "deletion", "changed_seq", "name__sort", "code__fold"])
def test_columns_that_are_no_fields_can_not_be_written_by_anyone(on_sqlite: Company, field: str) -> None:
    record = on_sqlite.add("account", name="A")
    assert codes(change(on_sqlite, SEED, record, **{field: 1})) == [(field, "field.read_only")]


def test_a_mask_sent_back_changes_nothing_and_a_whole_value_replaces(company: Company) -> None:
    record = company.add(
        "account", company.boss, name="A", phone="13812345678", email="ann@b.cn", owner=company.rep.user_id
    )
    saved = done(change(company, company.rep, record, phone="138****5678", email="a***@b.cn"))
    assert saved.versions == (1,)
    done(change(company, company.rep, record, phone="139****9999"))  # the mask of a value that has changed meanwhile
    assert company.stored("account", record)["phone"] == "+8613812345678"
    done(change(company, company.rep, record, phone="13900001111"))
    assert company.stored("account", record)["phone"] == "+8613900001111"
    assert codes(change(company, company.rep, record, email="new@b.cn")) == [("email", "field.read_only")]


def test_a_lookup_to_a_hidden_record_is_refused_like_one_to_a_missing_record(company: Company) -> None:
    foreign = company.add("account", company.other, name="A")
    mine = company.add("account", company.rep, name="B")
    gone = company.add("account", company.rep, name="C")
    done(delete(company.store, company.rep, "account", [gone], door="api"))
    texts = set()
    for wanted in (foreign, gone, 999_999, 2**63 - 1, 2**63, 0, -5, str(foreign)):
        outcome = create(company.store, company.rep, "contact", [{"name": "X", "account": wanted}], door="api")
        assert codes(outcome) == [("account", "record.not_found")]
        assert outcome.status == "invalid"
        texts.add(outcome.refusals[0].text("zh", company.store.catalog))
    assert len(texts) == 1
    assert isinstance(
        create(company.store, company.rep, "contact", [{"name": "X", "account": str(mine)}], door="api"), Saved
    )


def test_an_unchanged_lookup_to_a_record_out_of_sight_stays(company: Company) -> None:
    foreign = company.add("account", company.other, name="A")
    record = company.add("account", company.boss, name="B", head=foreign, owner=company.rep.user_id)
    done(change(company, company.rep, record, head=foreign, employees=3))
    assert company.stored("account", record)["head"] == foreign


def test_handing_on_needs_assign_on_the_record(company: Company) -> None:
    own = company.add("account", company.lead, name="A")
    assert codes(change(company, company.rep, company.add("account", company.rep, name="B"), owner=company.lead.user_id)) \
        == [("owner", "field.read_only")]  # fmt: skip
    saved = done(change(company, company.lead, own, owner=company.other.user_id))
    assert saved.out_of_sight == (own,)
    assert company.stored("account", own)["owner"] == company.other.user_id
    assert not company.sees(company.lead, "account", own)


def test_what_is_made_for_someone_else_may_be_out_of_sight(company: Company) -> None:
    row = {"name": "A", "owner": company.other.user_id}
    saved = done(create(company.store, company.lead, "account", [row, {"name": "B"}], door="api"))
    assert saved.out_of_sight == (saved.ids[0],)


def test_a_record_can_not_be_moved_out_of_ones_own_scope(company: Company) -> None:
    account = company.add("account", company.rep, name="A")
    contact = company.add("contact", company.rep, name="X", account=account)
    theirs = company.add("account", company.other, name="B")
    assert codes(change(company, company.rep, contact, entity="contact", account=theirs)) == [
        ("account", "record.not_found")
    ]
    done(change(company, company.boss, account, owner=company.other.user_id))
    assert change(company, company.rep, contact, entity="contact", name="Y").status == "not_found"


def test_a_new_record_is_within_what_its_maker_reads(company: Company) -> None:
    """Whoever creates without reading what he made would lose it: without a person behind him, `own` is nothing."""
    from dataclasses import replace

    nobody = replace(company.rep, user_id=None)
    outcome = create(company.store, nobody, "account", [{"name": "A"}], door="api")
    assert codes(outcome) == [(None, "access.denied")]
    assert company.count("account") == 0


def test_a_new_record_starts_in_the_first_stage(company: Company) -> None:
    account = company.add("account", company.rep, name="A")
    mine = company.add("opportunity", company.rep, name="O", account=account)
    assert company.stored("opportunity", mine)["stage"] == "first"
    later = {"name": "P", "account": account, "stage": "won"}
    assert codes(create(company.store, company.rep, "opportunity", [later], door="api")) == [
        ("stage", "transition.not_allowed")
    ]
    assert isinstance(create(company.store, company.boss, "opportunity", [later], door="api"), Saved)


def test_moving_a_stage_needs_the_verb_transition(company: Company) -> None:
    account = company.add("account", company.rep, name="A")
    record = company.add("opportunity", company.rep, name="O", account=account)
    outcome = change(company, company.rep, record, entity="opportunity", stage="won")
    assert [each.code for each in outcome.refusals] == ["transition.not_allowed"]
    assert outcome.status == "denied"
    done(change(company, company.rep, record, entity="opportunity", stage="first", amount=5))
    done(change(company, company.lead, record, entity="opportunity", stage="won"))
    done(change(company, company.lead, record, entity="opportunity", stage=None))
    assert company.stored("opportunity", record)["stage"] == "first"


def test_who_may_create_without_reading_puts_something_in_and_sees_nothing(company: Company) -> None:
    saved = done(create(company.store, company.sender, "account", [{"name": "A", "employees": 3}], door="form"))
    assert saved.out_of_sight == saved.ids
    assert company.stored("account", saved.ids[0])["employees"] == 3
    assert change(company, company.sender, saved.ids[0], name="B").status == "not_found"


def test_a_taken_key_names_no_field_that_is_hidden(company: Company) -> None:
    """The administrator's notes are hidden from the representative; in the bin they may clash all the same."""
    record = company.add("account", company.boss, name="A", tag="x", owner=company.rep.user_id)
    done(delete(company.store, company.rep, "account", [record], door="form"))
    company.add("account", company.boss, name="B", tag="x")
    assert codes(restore(company.store, company.boss, "account", [record], door="bin")) == [("tag", "field.unique")]
    assert codes(restore(company.store, company.rep, "account", [record], door="bin")) == [(None, "field.unique")]

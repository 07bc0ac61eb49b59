"""Deleting and restoring, with what hangs on a record."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
import sqlalchemy as sa

from app.access import Actor
from app.orm.framework import overwritten, search_row
from app.record import Change, Refused, Saved, create, delete, in_unit, restore, update, update_in
from app.record.unit import Unit
from tests.databases import until_it_waits
from tests.unit.record.conftest import SEED, Company, codes, done


@pytest.fixture
def account(company: Company) -> int:
    return company.add("account", company.rep, name="嘉禾")


def bin_it(company: Company, actor: Actor, entity: str, *ids: int) -> None:
    assert done(delete(company.store, actor, entity, ids, door="form")).ids == ids


def test_a_deleted_record_goes_to_the_bin(company: Company, account: int) -> None:
    bin_it(company, company.rep, "account", account)
    row = company.stored("account", account)
    assert row["deleted_by"] == company.rep.user_id
    assert row["deleted_at"] is not None
    assert row["deletion"]
    assert not company.sees(company.rep, "account", account)
    assert [entry["action"] for entry in company.audited("account", account)] == ["create", "delete"]
    assert company.audited("account", account)[-1]["deletion"] == row["deletion"]
    assert company.events("account")[-1]["kind"] == "delete"
    for again in (delete(company.store, company.rep, "account", [account], door="form"), update(
        company.store, company.rep, "account", [Change(account, {"name": "B"})], door="form"
    )):  # fmt: skip
        assert codes(again) == [(None, "record.not_found")]


def test_it_can_be_restored_as_it_was(company: Company, account: int) -> None:
    bin_it(company, company.rep, "account", account)
    saved = done(restore(company.store, company.rep, "account", [account], door="bin"))
    row = company.stored("account", account)
    assert (row["deleted_at"], row["deleted_by"], row["deletion"]) == (None, None, None)
    assert saved.versions == (row["version"],) == (2,)
    assert company.audited("account", account)[-1]["action"] == "restore"
    assert company.events("account")[-1]["kind"] == "restore"
    with company.store.system_reading() as connection:
        words = sa.select(search_row.c.tokens).where(search_row.c.record == account, search_row.c.entity == "account")
        assert any("嘉禾" in tokens for tokens in connection.execute(words).scalars())
    again = restore(company.store, company.rep, "account", [account], door="bin")
    assert codes(again) == [(None, "record.not_found")]


def test_what_cascades_goes_along_and_comes_back_together(company: Company, account: int) -> None:
    contacts = [company.add("contact", company.rep, name=name, account=account) for name in "XY"]
    kept = company.add("contact", company.rep, name="Z", account=company.add("account", company.rep, name="B"))
    bin_it(company, company.rep, "contact", contacts[1])
    bin_it(company, company.rep, "account", account)
    assert company.stored("contact", contacts[0])["deletion"] == company.stored("account", account)["deletion"]
    assert company.stored("contact", contacts[1])["deletion"] != company.stored("account", account)["deletion"]
    assert company.sees(company.rep, "contact", kept)
    done(restore(company.store, company.rep, "account", [account], door="bin"))
    assert company.sees(company.rep, "contact", contacts[0])
    assert not company.sees(company.rep, "contact", contacts[1])
    done(restore(company.store, company.rep, "contact", [contacts[1]], door="bin"))
    assert company.sees(company.rep, "contact", contacts[1])


def test_a_child_can_not_come_back_to_a_parent_in_the_bin(company: Company, account: int) -> None:
    contact = company.add("contact", company.rep, name="X", account=account)
    bin_it(company, company.rep, "contact", contact)
    bin_it(company, company.rep, "account", account)
    outcome = restore(company.store, company.rep, "contact", [contact], door="bin")
    assert codes(outcome) == [("account", "record.not_found")]
    assert company.stored("contact", contact)["deleted_at"] is not None


def test_what_still_points_to_a_record_may_forbid_it(company: Company, account: int) -> None:
    company.add("opportunity", company.rep, name="O", account=account)
    outcome = delete(company.store, company.rep, "account", [account], door="form")
    assert codes(outcome) == [(None, "record.in_use")]
    assert outcome.refusals[0].params["count"] == 1
    assert "Opportunity" in outcome.refusals[0].text("en", company.store.catalog)
    assert company.stored("account", account)["deleted_at"] is None


def test_what_the_actor_does_not_see_forbids_it_without_being_named(company: Company, account: int) -> None:
    company.add("opportunity", company.other, name="O", account=company.add("account", company.other, name="B"))
    record = company.add("opportunity", company.boss, name="P", account=account, owner=company.other.user_id)
    outcome = delete(company.store, company.rep, "account", [account], door="form")
    assert outcome.refusals[0].variant == "unseen"
    assert "Opportunity" not in outcome.refusals[0].text("en", company.store.catalog)
    bin_it(company, SEED, "opportunity", record)
    bin_it(company, company.rep, "account", account)


def test_what_goes_along_must_be_deletable_by_the_actor(company: Company, account: int) -> None:
    company.add("note", company.other, title="theirs", account=None)
    done(create(company.store, SEED, "note", [{"title": "N", "account": account}], door="api"))
    outcome = delete(company.store, company.rep, "account", [account], door="form")
    assert codes(outcome) == [(None, "access.denied")]
    assert company.stored("account", account)["deleted_at"] is None


def test_what_is_cleared_says_so_in_its_own_history(company: Company, account: int) -> None:
    branch = company.add("account", company.rep, name="B", head=account)
    hidden = company.add("account", company.boss, name="C", head=account, owner=company.other.user_id)
    bin_it(company, company.rep, "account", account)
    for record in (branch, hidden):
        row = company.stored("account", record)
        assert (row["head"], row["version"]) == (None, 1)
        entry = company.audited("account", record)[-1]
        assert (entry["action"], entry["changes"]) == ("clear", {"head": [str(account), None]})
    event = next(each for each in company.events("account") if each["kind"] == "update")
    assert (event["records"], event["fields"]) == ([branch, hidden], ["head"])


def test_cascades_follow_loops_to_their_end(company: Company) -> None:
    first = company.add("note", company.rep, title="first")
    second = company.add("note", company.rep, title="second", about=first)
    third = company.add("note", company.rep, title="third", about=second)
    done(update(company.store, company.rep, "note", [Change(first, {"about": third})], door="form"))
    bin_it(company, company.rep, "note", second)
    assert company.count("note") == 0


def test_without_a_bin_a_record_is_gone_and_the_audit_keeps_what_it_held(company: Company, account: int) -> None:
    note = company.add("note", company.rep, title="N", account=account)
    with company.store.housekeeping() as connection:
        kept = {
            "record": note,
            "target": 0,
            "kind": "",
            "since": 1,
            "old": '"before"',
            "kept_until": dt.date(2999, 1, 1),
        }
        places = ("crm_note.title", "crm_account.name")
        connection.execute(sa.insert(overwritten), [{**kept, "place": each} for each in places])
    bin_it(company, company.rep, "note", note)
    assert company.count("note") == 0
    with company.store.housekeeping() as connection:  # nor is anything kept to be given back to it
        assert connection.execute(sa.select(overwritten.c.place)).scalars().all() == ["crm_account.name"]
    assert company.audited("note", note)[-1]["changes"] == {"account": [str(account), None], "title": ["N", None]}
    assert codes(restore(company.store, company.rep, "note", [note], door="bin")) == [(None, "record.not_found")]


def test_a_taken_key_forbids_the_return(company: Company) -> None:
    record = company.add("account", company.rep, name="A", code="abc")
    bin_it(company, company.rep, "account", record)
    taken = company.add("account", company.other, name="B", code="ABC")
    outcome = restore(company.store, company.rep, "account", [record], door="bin")
    assert codes(outcome) == [("code", "field.unique")]
    bin_it(company, company.other, "account", taken)
    done(restore(company.store, company.rep, "account", [record], door="bin"))


def test_several_are_all_deleted_or_none(company: Company, account: int) -> None:
    other = company.add("account", company.rep, name="B")
    company.add("opportunity", company.rep, name="O", account=other)
    outcome = delete(company.store, company.rep, "account", [account, other], door="bulk")
    assert isinstance(outcome, Refused)
    assert [(each.index, each.record) for each in outcome.refusals] == [(1, other)]
    assert company.stored("account", account)["deleted_at"] is None


def test_what_others_put_into_the_bin_can_not_be_restored_without_the_right(company: Company) -> None:
    record = company.add("account", company.other, name="A")
    bin_it(company, company.other, "account", record)
    assert restore(company.store, company.rep, "account", [record], door="bin").status == "not_found"
    assert restore(company.store, company.reader, "account", [record], door="bin").status == "denied"


def test_a_person_is_not_deleted_while_referred_to(company: Company) -> None:
    company.add("account", company.rep, name="A")
    outcome = delete(company.store, company.boss, "user", [company.rep.user_id], door="form")
    assert codes(outcome)[0] == (None, "record.in_use")


def test_an_id_that_is_named_twice_is_deleted_once(company: Company, account: int) -> None:
    saved = done(delete(company.store, company.rep, "account", [account, account], door="bulk"))
    assert saved.ids == (account, account)
    assert [entry["action"] for entry in company.audited("account", account)] == ["create", "delete"]
    assert done(restore(company.store, company.rep, "account", [account, account], door="bulk")).versions == (2, 2)


def test_another_version_than_the_one_that_was_read_stays(company: Company, account: int) -> None:
    done(update(company.store, company.rep, "account", [Change(account, {"name": "B"})], door="form"))
    for_version = {"door": "api", "versions": {account: 1}}
    assert codes(delete(company.store, company.rep, "account", [account], **for_version)) == [(None, "record.changed")]  # type: ignore[arg-type]
    assert company.stored("account", account)["deleted_at"] is None
    done(delete(company.store, company.rep, "account", [account], door="api", versions={account: 2}))


def test_who_changes_it_while_it_is_deleted_is_first_or_too_late(company: Company, account: int) -> None:
    """The version is compared under the lock that the deletion keeps, whatever was read before."""
    late: list[Saved | Refused] = []

    def rival() -> None:
        late.append(delete(company.store, company.rep, "account", [account], door="api", versions={account: 1}))

    other = threading.Thread(target=rival)

    def meanwhile(unit: Unit) -> Saved | Refused:
        saved = update_in(unit, "account", [Change(account, {"name": "B"})])
        other.start()
        until_it_waits(company.store, other)
        return saved

    done(in_unit(company.store, company.rep, "form", meanwhile))
    other.join()
    assert codes(late[0]) == [(None, "record.changed")]
    assert company.stored("account", account)["deleted_at"] is None

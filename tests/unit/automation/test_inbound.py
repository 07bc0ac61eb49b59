"""Hooks in: one record made or changed for each message, in the name of who may do this alone; once for each key."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from app.access import Allowed, decide, field_rights, hook_actor
from app.automation.dispatch import dispatch
from app.automation.inbound import Taken, Told, take_in
from app.automation.purge import purge
from app.definition import VERBS
from app.delivery.signature import BELIEVED
from app.orm.framework import outbox, received
from app.record import New, Refused, Saved, create, delete
from tests.unit.approving import SEED, Office, opened
from tests.unit.automation.test_dispatch import CALL, tree_of

HOOK = {"entity": "deal", "match": ["name"], "secret": "${env:ERP_SECRET}"}


def hooked(**more: Any) -> dict[str, Any]:
    tree = tree_of(told={"trigger": {"inbound": "erp"}, "actions": CALL})
    tree["pack"]["inbound"] = {"erp": {**HOOK, **more}}
    return tree


@pytest.fixture
def office(new_url: str) -> Iterator[Office]:
    with opened(new_url, hooked()) as found:
        yield found


def tell(office: Office, *keys: str, digest: str = "d", **values: object) -> Taken | Refused:
    hook = office.store.catalog.pack.inbound["erp"]
    return take_in(office.store, Told(hook, keys, digest, New(values)))


def count(office: Office, table: str) -> int:
    with office.store.system_reading() as connection:
        return connection.execute(
            sa.select(sa.func.count()).select_from(office.store.models.tables[table])
        ).scalar_one()


def test_what_is_told_makes_a_record_or_changes_the_one_that_matches(office: Office) -> None:
    made = tell(office, "1", name="Big one", amount="12")
    assert isinstance(made, Taken)
    assert made.made
    office.later(seconds=1)
    changed = tell(office, "2", name="Big one", amount="15")
    assert changed == Taken(made.record, False)
    assert (count(office, "deal"), office.stored(made.record)["amount"]) == (1, 15)


def test_the_same_key_is_taken_once_and_answered_again(office: Office) -> None:
    first = tell(office, "key:a", "signed:1", name="Deal", amount="12")
    assert tell(office, "key:a", "signed:2", name="Deal", amount="12") == first
    assert tell(office, "key:b", "signed:1", name="Deal", amount="12") == first
    other = tell(office, "key:a", "signed:3", digest="e", name="Other")
    assert isinstance(other, Taken)
    assert not other.same
    assert count(office, "deal") == 1


def test_what_is_refused_leaves_nothing_behind_and_may_come_again(office: Office) -> None:
    bad = tell(office, "1", name="Deal", note="devil", amount="x")
    assert isinstance(bad, Refused)
    assert {each.code for each in bad.refusals} == {"field.type", "rule.no_devil"}
    assert isinstance(tell(office, "1", name="Deal", note="devil"), Refused)
    assert isinstance(tell(office, "1", amount="5"), Refused)
    assert isinstance(tell(office, "1", name="Deal", unknown="5"), Refused)
    assert count(office, "deal") == 0
    assert isinstance(tell(office, "1", name="Deal"), Taken)


def test_an_automation_starts_by_what_a_hook_told(office: Office) -> None:
    made = tell(office, "1", name="Deal")
    assert isinstance(made, Taken)
    while dispatch(office.store, office.moment[0]):
        pass
    with office.store.system_reading() as connection:
        kinds = set(connection.execute(sa.select(outbox.c.kind).where(outbox.c.entity == "deal")).scalars())
    assert kinds == {"create", "inbound.erp"}
    assert count(office, "task") == 1


def test_two_records_that_match_are_told_and_neither_is_changed(sqlite_url: str) -> None:
    with opened(sqlite_url, hooked(match=["note"])) as office:
        rows = [{"name": name, "note": "same"} for name in ("One", "Two")]
        create(office.store, SEED, "deal", rows, door="api")
        found = tell(office, "2", note="same", amount="9")
    assert isinstance(found, Refused)
    assert (found.status, found.refusals[0].code) == ("conflict", "field.unique")


def test_who_tells_may_make_and_change_these_records_and_nothing_besides(office: Office) -> None:
    catalog, actor = office.store.catalog, hook_actor("erp")
    allowed = {
        (entity, verb)
        for entity in catalog.entities
        for verb in VERBS
        if isinstance(decide(catalog, actor, verb, entity), Allowed)
    }
    verbs = ("create", "read", "update", "assign", "transition")
    people = {(each, "read") for each in ("user", "department", "team")}
    assert allowed == {("deal", each) for each in verbs} | people
    assert field_rights(catalog, actor, "deal").sees("amount")
    assert actor.roles == {"system:hook.erp"}


def test_a_number_that_we_gave_finds_its_record_and_moves_it(sqlite_url: str) -> None:
    tree = hooked(match=["number"])
    tree["entities"]["deal"]["fields"]["number"] = {"type": "sequence", "pattern": "D-{seq:03}"}
    with opened(sqlite_url, tree) as office:
        made = create(office.store, SEED, "deal", [{"name": "One"}], door="api").ids[0]  # type: ignore[union-attr]
        assert tell(office, "1", number=office.stored(made)["number"], stage="won") == Taken(made, False)
        assert office.stored(made)["stage"] == "won"
        unknown = tell(office, "2", number="D-999", name="Two")
        assert isinstance(unknown, Refused)
        assert count(office, "deal") == 1


def test_a_move_that_is_for_a_role_is_made_where_the_hook_says_so(sqlite_url: str) -> None:
    for roles, moved in ((), False), (["manager"], True):
        tree = hooked(roles=list(roles))
        way = tree["entities"]["deal"]["pipelines"]["way"]
        way["transitions"] = {"win": {"to": "won", "roles": ["manager"]}}
        with opened(sqlite_url.replace(".db", f"{moved}.db"), tree) as office:
            tell(office, "1", name="Deal")
            found = tell(office, "2", name="Deal", stage="won")
            assert isinstance(found, Taken) is moved
            if isinstance(found, Refused):
                assert [each.code for each in found.refusals] == ["transition.not_allowed"]


def test_what_is_gone_for_good_is_not_made_anew_by_the_same_message(sqlite_url: str) -> None:
    tree = hooked()
    tree["entities"]["deal"]["soft_delete"] = False
    with opened(sqlite_url, tree) as office:
        made = tell(office, "key:a", "signed:1", name="Deal")
        assert isinstance(made, Taken)
        office.later(seconds=1)
        assert isinstance(delete(office.store, SEED, "deal", [made.record], door="form"), Saved)
        again = tell(office, "key:b", "signed:1", name="Deal")
        assert isinstance(again, Refused)
        assert (again.status, again.refusals[0].code) == ("not_found", "record.not_found")
        kept = kept_of(office)
        assert [(each.entity, each.record, each.answer) for each in kept] == [(None, None, None)] * 2
        purge(office.store, office.store.clock() + BELIEVED + dt.timedelta(minutes=1))
        assert kept_of(office) == []


def kept_of(office: Office) -> list[Any]:
    with office.store.system_reading() as connection:
        return list(connection.execute(sa.select(received)).all())

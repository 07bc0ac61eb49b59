"""Teams of records: who gives places, what they let do, and when they end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from app.access import explain, reading, row_condition, system_actor
from app.automation.deputies import company_day, name_deputy
from app.automation.record_teams import MOST, give_place, take_place, team_of
from app.definition import Catalog, TeamPlace, Text
from app.diagnostics import Span
from app.orm.framework import audit, notice, record_team
from app.orm.store import Store
from app.plan.check import find
from app.plan.question import Placed
from app.record import Change, Refused, Saved, delete, history, restore, update
from tests.unit.company import ADMIN, DIRECTOR, GONE, LEAD, LONER, OTHER, REP, actor, build_catalog, open_settled

SEED = system_actor("system:seed")
PLACES = {"partner": "update", "guest": "read", "spokesman": "share", "exporter": "export"}


def catalog_with(places: dict[str, Any]) -> Catalog:
    catalog = build_catalog()
    team = {key: TeamPlace(key=key, may=may, label=Text({"en": key.title()})) for key, may in places.items()}
    roles = dict(catalog.roles)
    for key, scope in (("rep", "own"), ("lead", "team")):
        of_accounts = replace(roles[key].grants["account"], share=scope)
        roles[key] = replace(roles[key], grants={**roles[key].grants, "account": of_accounts})
    account = replace(catalog.entities["account"], record_team=team)
    return replace(catalog, entities={**catalog.entities, "account": account}, roles=roles)


@pytest.fixture
def store(new_url: str) -> Iterator[Store]:
    with open_settled(new_url, catalog_with(PLACES)) as found:
        yield replace(found, revision=0)  # nothing was applied


def give(store: Store, who: int, record: object, user: object, place: object = "partner") -> str:
    """How it was refused, blank where it was not."""
    outcome = give_place(store, actor(store, who), ("account", record), user, place, door="form")  # type: ignore[arg-type]
    return _why(outcome)


def take(store: Store, who: int, record: int, user: int) -> str:
    return _why(take_place(store, actor(store, who), ("account", record), user, door="form"))


def _why(outcome: Saved | Refused) -> str:
    if isinstance(outcome, Saved):
        return ""
    return " ".join(filter(None, [outcome.status, outcome.refusals[0].code, outcome.refusals[0].variant]))


def seen(store: Store, who: int, entity: str = "account") -> set[int]:
    with reading(store, actor(store, who)) as session:
        return set(session.execute(sa.select(store.models.classes[entity].id)).scalars())


def may(store: Store, who: int, verb: Any, record: int) -> bool:
    condition = row_condition(store.models, actor(store, who), verb, "account")
    a_class = store.models.classes["account"]
    query = sa.select(a_class.id).where(a_class.id == record, sa.true() if condition is None else condition)
    with reading(store, SEED) as session:
        return session.execute(query).first() is not None


def rows(store: Store, table: sa.Table, **having: object) -> list[Any]:
    query = sa.select(table).where(*(table.c[key] == value for key, value in having.items()))
    with store.system_reading() as connection:
        return list(connection.execute(query.order_by(table.c.id)))


def test_a_place_makes_one_record_his_own_for_what_it_names(store: Store) -> None:
    assert (seen(store, OTHER), seen(store, OTHER, "contact")) == ({4}, {2, 5, 4})
    assert give(store, REP, 1, OTHER, "guest") == ""
    assert seen(store, OTHER) == {1, 4}
    assert seen(store, OTHER, "contact") == {1, 2, 4, 5}  # whose access is that of the account
    assert not may(store, OTHER, "update", 1)
    assert give(store, REP, 1, OTHER) == ""  # instead of the place that he had
    assert (may(store, OTHER, "update", 1), may(store, OTHER, "share", 1), may(store, OTHER, "delete", 1)) == (
        True, False, False,
    )  # fmt: skip
    assert may(store, OTHER, "update", 2) is False
    outcome = update(store, actor(store, OTHER), "account", [Change(1, {"code": "C9"})], door="form")
    assert isinstance(outcome, Saved)
    assert take(store, REP, 1, OTHER) == ""
    assert (seen(store, OTHER), actor(store, OTHER).places) == ({4}, ())


def test_it_is_told_to_the_one_who_was_given_it_and_to_the_audit(store: Store) -> None:
    assert give(store, REP, 1, OTHER) == give(store, REP, 1, OTHER) == ""
    assert [(each.kind, each.entity, each.record, each.params) for each in rows(store, notice, user_id=OTHER)] == [
        ("team.given", "account", 1, {"by": REP})
    ]
    assert take(store, REP, 1, OTHER) == give(store, REP, 1, OTHER, "guest") == ""
    assert len(rows(store, notice, user_id=OTHER)) == 2
    told = [each.changes for each in rows(store, audit, action="share")]
    assert told == [
        {"share.": [None, {"user": OTHER, "place": "partner"}]},
        {"share.": [{"user": OTHER, "place": "partner"}, None]},
        {"share.": [None, {"user": OTHER, "place": "guest"}]},
    ]
    with reading(store, actor(store, REP)) as session:
        acts = history(session, store.catalog, actor(store, REP), "account", 1)
        team = team_of(session.execute, store.catalog.entities["account"], 1)
    assert [(each.action, each.team[0].user, each.team[0].old, each.team[0].new) for each in acts] == [
        ("share", OTHER, "", "guest"), ("share", OTHER, "partner", ""), ("share", OTHER, "", "partner"),
    ]  # fmt: skip
    assert [(each.user, each.place, each.given_by) for each in team] == [(OTHER, "guest", REP)]


def test_who_may_not_gives_nothing(store: Store) -> None:
    assert give(store, OTHER, 1, LONER) == "not_found record.not_found"
    assert give(store, DIRECTOR, 1, OTHER) == "denied access.denied share"
    assert give(store, REP, 99, OTHER) == give(store, REP, True, OTHER) == "not_found record.not_found"
    assert give(store, REP, 1, REP) == "denied access.denied share_self"
    assert give(store, REP, 1, OTHER, "owner") == give(store, REP, 1, OTHER, ["guest"]) == "invalid field.option place"
    assert give(store, REP, 1, OTHER, "") == "invalid field.required place"
    for nobody in (GONE, 99, "4", True, None, 2**70):
        assert give(store, REP, 1, nobody) == "invalid field.option nobody"
    assert give(store, REP, 1, DIRECTOR) == "invalid field.option no_use"  # whose roles change no account
    assert rows(store, record_team) == rows(store, notice) == rows(store, audit, action="share") == []


def test_nobody_gives_more_than_he_may_do_himself(store: Store) -> None:
    assert give(store, LEAD, 1, OTHER, "guest") == ""  # of his team
    assert give(store, REP, 1, OTHER, "exporter") == "denied access.denied share_more"
    assert give(store, REP, 1, OTHER, "spokesman") == ""
    assert may(store, OTHER, "share", 1)
    assert not may(store, OTHER, "update", 1)
    assert give(store, OTHER, 1, LONER, "partner") == "denied access.denied share_more"
    assert give(store, OTHER, 1, LONER, "guest") == ""
    assert take(store, OTHER, 1, LONER) == ""


def test_a_place_is_taken_by_who_may_share_and_left_by_who_has_it(store: Store) -> None:
    assert give(store, REP, 1, OTHER) == give(store, REP, 1, LONER, "guest") == ""
    assert take(store, OTHER, 1, LONER) == "denied access.denied share"
    assert take(store, REP, 1, DIRECTOR) == "invalid field.option nobody"
    assert take(store, OTHER, 1, OTHER) == ""
    assert take(store, OTHER, 1, OTHER) == "not_found record.not_found"
    assert take(store, LEAD, 1, LONER) == ""


def test_a_team_does_not_grow_without_end(store: Store) -> None:
    crowd = [
        {"entity": "account", "record": 1, "user_id": 1_000 + each, "position": "guest", "given_at": store.clock(),
         "changed_seq": 1}
        for each in range(MOST)
    ]  # fmt: skip
    with store.housekeeping() as write:
        write.execute(sa.insert(record_team), crowd)
    assert give(store, REP, 1, OTHER) == "invalid field.range many_places"


def test_places_follow_the_record_and_end_with_the_person(store: Store) -> None:
    assert give(store, REP, 1, OTHER) == ""
    handed = update(store, SEED, "account", [Change(1, {"owner": str(LEAD)})], door="form")
    assert isinstance(handed, Saved)
    assert seen(store, OTHER) == {1, 4}
    left = update(store, SEED, "user", [Change(OTHER, {"active": False})], door="form")
    assert isinstance(left, Saved)
    assert [each.position for each in rows(store, record_team)] == [None]


def test_places_come_back_with_a_record(store: Store) -> None:
    assert give(store, REP, 2, OTHER) == ""
    assert isinstance(delete(store, SEED, "account", [2], door="form"), Saved)
    assert seen(store, OTHER) == {4}
    assert isinstance(restore(store, SEED, "account", [2], door="form"), Saved)
    assert seen(store, OTHER) == {2, 4}


def test_the_number_of_what_went_for_good_brings_nobody_a_place(new_url: str) -> None:
    catalog = catalog_with(PLACES)
    account = replace(catalog.entities["account"], soft_delete=False)
    with open_settled(new_url, replace(catalog, entities={**catalog.entities, "account": account})) as opened:
        store = replace(opened, revision=0)
        assert give(store, LONER, 7, OTHER) == ""
        assert isinstance(delete(store, SEED, "account", [7], door="form"), Saved)
        assert [each.position for each in rows(store, record_team)] == [None]


def test_who_stands_in_has_the_places_of_the_one_who_is_away(store: Store) -> None:
    assert give(store, REP, 1, OTHER) == ""
    today = company_day(store)
    tomorrow = today + dt.timedelta(days=1)  # midnight may come
    assert name_deputy(store, actor(store, OTHER), LONER, today, tomorrow) is None
    assert {1, 4, 7} == seen(store, LONER)
    assert may(store, LONER, "update", 1)
    told = explain(store, actor(store, LONER), "update", "account", 1)
    assert told[0].text == f"allowed: user {LONER} may update account 1"
    assert told[-1].text.startswith(f"user {OTHER}, for whom user {LONER} stands in, has the place partner")


def test_explain_names_the_place_and_its_line(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    where = Span("entities/account.yaml", 6, 3)
    monkeypatch.setitem(store.catalog.origins, ("entities", "account", "record_team", "guest"), (where,))
    assert give(store, REP, 1, OTHER, "guest") == ""
    lines = explain(store, actor(store, OTHER), "read", "account", 1)
    assert lines[0].text == f"allowed: user {OTHER} may read account 1"
    assert lines[1].text.endswith("this record is among them")
    said = f"user {OTHER} has the place guest on the team of account 1"
    assert (lines[2].text, lines[2].origin) == (f"{said}: the record is their own for read", where)
    lines = explain(store, actor(store, OTHER), "update", "account", 1)
    assert (lines[0].text, lines[-1].text) == (
        f"denied: user {OTHER} may not update account 1",
        f"{said}: it says nothing of update",
    )


def test_a_place_that_is_written_no_more_grants_nothing(store: Store) -> None:
    assert give(store, REP, 1, OTHER) == ""
    models = replace(store.models, catalog=catalog_with({"guest": "read"}))
    assert isinstance(row_condition(models, actor(store, OTHER), "read", "account"), sa.BinaryExpression)
    assert isinstance(row_condition(store.models, actor(store, OTHER), "read", "account"), sa.BooleanClauseList)


def test_the_places_are_found_by_an_index(store: Store) -> None:
    assert give(store, REP, 1, OTHER) == ""
    condition = row_condition(store.models, actor(store, OTHER), "update", "account")
    table = store.models.tables["account"]
    query = sa.select(store.models.classes["account"].id).where(condition)  # type: ignore[arg-type]
    with store.system_reading() as connection:
        text = str(query.compile(connection, compile_kwargs={"render_postcompile": True}))
        assert set(connection.execute(query).scalars()) == {1, 4}
        if connection.dialect.name == "sqlite":
            compiled = query.compile(connection, compile_kwargs={"literal_binds": True})
            plan = [row[-1] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}")]
            assert not [line for line in plan if line.startswith("SCAN")]
        else:
            assert f"{table.name}.id = ANY (ARRAY(SELECT" in text


@pytest.mark.parametrize("who", [ADMIN, REP])
def test_who_has_no_place_asks_for_the_owner_alone(store: Store, who: int) -> None:
    assert actor(store, who).places == ()
    condition = row_condition(store.models, actor(store, who), "read", "account")
    assert condition is None or "tenon_record_team" not in str(condition)


def test_a_plan_counts_who_gains_and_who_loses(store: Store) -> None:
    assert give(store, REP, 1, OTHER) == give(store, REP, 2, OTHER) == give(store, REP, 1, LONER, "guest") == ""
    with store.system_reading() as connection:
        found = find(Placed("account", ("guest",), ("partner",)), connection, store.models)
        nobody = find(Placed("account", ("owner",), ()), connection, store.models)
    assert (found.impact, nobody.impact) == ("1 user gains on 1 record; 1 user loses on 2 records", "")

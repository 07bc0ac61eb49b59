"""Row scopes that are expressions: which records they show, through which doors, and that a blank person gets nothing."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import aliased

from app.access import Actor, explain, reading, row_condition, system_actor
from app.access.context import context_of
from app.definition import Catalog
from app.expression import get_expression
from app.loading import catalog_of_tree
from app.orm.engine import open_engine
from app.orm.models import build_models
from app.orm.store import Store
from app.plan.migrate import upgrade_framework
from tests import pgtemp
from tests.unit.orm import expression_world as world

EAST, NOWHERE, GONE = 1, 2, 3  # people of the world: of the region east, of none, and of none
PLAIN = {
    "levels": 'level in ["a", "b"]',
    "path": 'head.level == "a" and head.vip',
    "path_or_blank": "is_blank(head.name) or vip",
    "children": 'exists(deals where stage == "won")',
    "both": "head.vip and exists(branches) or count_of(deals where hot) > 2",
    "sum": "sum_of(deals.amount) > 100 and not (head.rank > 0)",
    "lists": 'tags has "gold" or head.tags has "vip"',
    "links": "exists(shared where amount > 50)",
    "clock": "since < today() and date(seen) == today()",
    "grandparent": 'head.head.level != "a"',
    "mine": "is_mine()",
    "deals_of_mine": "exists(deals where account.owner == user)",
}
OF_PEOPLE = {
    "same": "region == user.region",
    "other": "region != user.region",
    "not_same": "not (region == user.region)",
    "not_mine": "not is_mine()",
    "not_owner": "owner != user",
    "contains": "not contains(name, user.region)",
    "no_deals": "not exists(deals where name == user.region)",
    "count": "count_of(deals where name == user.region) == 0",
    "lower": "not (lower(user.region) == region)",
    "list": 'not (user.tags has "x")',
    "department": "not (department == user.department)",
    "if": "if(region == user.region, vip, not vip)",
}


def catalog() -> Catalog:
    tree = copy.deepcopy(world.TREE)
    roles: dict[str, Any] = {}
    for key, where in {**PLAIN, **OF_PEOPLE}.items():
        roles[key] = {"grants": {"account": {"read": {"where": where}}}}
    roles["asks"] = {"grants": {"account": {"read": {"where": "is_blank(user.region) or region == user.region"}}}}
    roles["updates"] = {"grants": {"account": {"read": "all", "update": {"where": "vip and rank > 0"}}}}
    roles["deals"] = {"grants": {"account": {"read": {"where": "vip"}}, "deal": {"read": {"where": "account.vip"}}}}
    return catalog_of_tree(tree | {"roles": roles})


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.pg)])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    if request.param == "postgresql":
        with pgtemp.fresh_database(request.getfixturevalue("pg_cluster")) as url:
            yield from _store(url)
    else:
        yield from _store(f"sqlite:///{tmp_path_factory.mktemp('where') / 'crm.db'}")


def _store(url: str) -> Iterator[Store]:
    engine = open_engine(url)
    upgrade_framework(engine)
    models = build_models(catalog())
    world.fill(engine, models)
    yield Store(engine, models, 1)
    engine.dispose()


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.access.scope.now", lambda: world.NOW)


def actor(role: str, person: int = EAST) -> Actor:
    return Actor(person, "someone", frozenset({role}))


def seen(store: Store, who: Actor, entity: str = "account") -> set[int]:
    with reading(store, who) as session:
        return set(session.scalars(sa.select(store.models.classes[entity].id)))


def right(store: Store, source: str, region: str | None, person: int | None = EAST) -> set[int]:
    """What the engine in Python selects."""
    checked = get_expression(store.catalog, "account", source)
    known = context_of(store.catalog, actor("x"), world.NOW)
    user = {"id": person, "department": None, "region": region, "tags": None}
    reference = world.World(store.catalog, type(known)(known.now, known.zone, user, known.roles))
    return {record for record, row in reference.rows(checked) if reference.value(checked, row)}


@pytest.mark.parametrize("role", PLAIN)
def test_a_scope_shows_what_its_expression_selects(store: Store, role: str) -> None:
    expected = right(store, PLAIN[role], "east")
    assert seen(store, actor(role)) == expected
    assert expected


@pytest.mark.parametrize("role", sorted(OF_PEOPLE.keys() - {"list", "department"}))
def test_a_person_is_compared_by_what_his_record_says(store: Store, role: str) -> None:
    assert seen(store, actor(role)) == right(store, OF_PEOPLE[role], "east")


@pytest.mark.parametrize("role", [*OF_PEOPLE, "mine"])
def test_what_is_compared_with_a_blank_of_the_person_matches_nothing(store: Store, role: str) -> None:
    """Negated or not: a user without a region must not see every record that has one, or none."""
    person = {"mine": None, "not_mine": None, "not_owner": None}.get(role, NOWHERE)
    assert seen(store, Actor(person, "someone", frozenset({role}))) == set()


def test_whether_the_person_has_a_value_may_be_asked(store: Store) -> None:
    assert seen(store, actor("asks", NOWHERE)) == {row["id"] for row in world.World(store.catalog).alive("account")}
    assert seen(store, actor("asks")) == right(store, "region == user.region", "east")


def test_a_scope_limits_whatever_name_the_entity_goes_by(store: Store) -> None:
    """A record that is out of sight reads as blank behind a lookup, and hides nothing."""
    account, deal = store.models.classes["account"], store.models.classes["deal"]
    visible = right(store, "vip", None)
    for role, expected in (("deals", visible), ("both", None)):
        with reading(store, actor(role)) as session:
            other = aliased(account)
            pairs = session.execute(sa.select(account.id, other.id).outerjoin(other, other.id == account.head)).all()
        known = expected if expected is not None else right(store, PLAIN[role], "east")
        assert {one for one, _ in pairs} == known
        assert {head for _, head in pairs} <= known | {None}
    with reading(store, actor("deals")) as session:
        pairs = session.execute(sa.select(deal.id, account.id).outerjoin(account, account.id == deal.account)).all()
    assert {found for _, found in pairs} <= visible


def test_the_condition_of_a_verb_is_one_of_a_column_too(store: Store) -> None:
    who = actor("updates")
    condition = row_condition(store.models, who, "update", "account")
    assert condition is not None
    account = store.models.classes["account"]
    with reading(store, who) as session:
        found = {row.id for row in session.execute(sa.select(account.id, condition.label("may"))) if row.may}
    assert found == right(store, "vip and rank > 0", None)


def test_roles_with_scopes_add(store: Store) -> None:
    both = Actor(EAST, "someone", frozenset({"levels", "mine"}))
    assert seen(store, both) == right(store, PLAIN["levels"], "east") | right(store, PLAIN["mine"], "east")


def test_a_scope_that_fails_to_compile_shows_nothing(store: Store) -> None:
    tree = copy.deepcopy(world.TREE)
    tree["roles"] = {"broken": {"grants": {"account": {"read": {"where": "no_such_field > 1"}}}}}
    models = build_models(catalog_of_tree(tree))
    assert isinstance(row_condition(models, actor("broken"), "read", "account"), sa.False_)
    assert seen(store, system_actor("system:startup")) == set()


def test_the_clock_of_a_scope_is_that_of_each_statement(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    before = seen(store, actor("clock"))
    monkeypatch.setattr("app.access.scope.now", lambda: world.NOW.replace(year=2036))
    assert before
    assert seen(store, actor("clock")) == set()


def test_explaining_shows_the_expression(store: Store) -> None:
    record = min(right(store, PLAIN["levels"], None))
    lines = explain(store, actor("levels"), "read", "account", record)
    assert lines[0].text == f"allowed: someone may read account {record}"
    expression = 'where level in ["a", "b"]'
    assert (
        lines[1].text == f"role levels grants read {expression} (records for which it holds): this record is among them"
    )

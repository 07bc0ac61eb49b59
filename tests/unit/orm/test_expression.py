"""The engine in SQL gives what the engine in Python gives, for every record and on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext

import pytest
import sqlalchemy as sa

from app.expression import BadExpression, Checked, check_expression
from app.expression.functions import FUNCTIONS
from app.orm.engine import open_engine
from app.orm.expression import condition, facts, scoped, value
from app.orm.expression.calls import CALLS, OWN, TRUTHS
from app.orm.models import build_models
from app.orm.store import Store
from app.plan.migrate import upgrade_framework
from tests import pgtemp
from tests.unit.orm import expression_world as world

OF_ACCOUNTS = """
level == "a" | level != "a" | level == null | level != null | not (level == "a") | level in ["a", "b"] | level not in ["a"]
rank > 0 | rank >= 3 | not (rank > 0) | rank <= 0 or vip | rank == 3 | rank != 3 | rank == null
rank == 3.5 | rank != 3.5 | rank < 3.5 | not (rank <= -7.5) | rank in [3, 0.5, -7]
limit > 10 | limit >= 10.005 | limit < 10.005 | not (limit < 10.005) | limit == 10.00 | limit != 10.001 | limit in [10, 0]
limit > rank | limit == rank | limit != rank | not (limit == rank) | rank <= limit | not (limit < rate) | limit <= rate
rate == limit | rate != limit | share == limit | rate > share | not (rate >= share) | rank > share | 5 < rank | 10 == limit
limit + 5 > 20 | not (limit + rate > 20) | rate - limit < 0 | rate * 2 >= 1
weekday(since) * 0.5 > 2 | len(name) * len(region) == 16 | -share == -10 | abs(rate) == 0.0001
-rate < 0.5 | min(rate, limit) == 0.5 | max(limit, 10) > 10 | min(rate, 3, 0.25) < 0 | coalesce(share, 7) == 7
coalesce(rate, limit) == 10 | if(vip, limit, rate) > 0 | if(share > 1, vip, level == "a") | not if(share > 1, vip, level == "a")
(limit > 10) == vip | vip == true | vip != (rank == 3) | vip | not vip | not not vip | vip == null | (level == "a") != true
name == "Acme" | name != "Acme" | contains(name, "%") | contains(name, "张") | not contains(name, "a") | icontains(name, "ACM")
icontains(name, "οδοσ") | icontains(name, "i̇S") | starts_with(name, "a") | not starts_with(name, "a") | ends_with(name, "%")
ends_with(name, name) | starts_with(name, name) | contains(name, region) | len(name) > 4 | len(name) == 0 | lower(name) == "acme"
upper(name) == "STRASSE" | trim(name) == "STRASSE" | trim(upper(name)) != upper(trim(name)) | is_blank(trim(name))
lower(name) == lower(upper(name)) | upper(lower(name)) == upper(name) | icontains("an acme", name)
since == date("2026-07-01") | since < today() | since >= today() | not (since < today()) | since == today() | since != today()
add_days(since, 1) > today() | is_blank(add_days(since, 1)) | is_blank(add_days(since, rank)) | is_blank(add_days(since, -rank))
add_days(since, share) > since | add_months(since, 1) == date("2026-02-28") | is_blank(add_months(since, -1))
add_months(since, rank) < since | start_of_month(since) == since | end_of_month(since) == since | start_of_week(since) == since
start_of_year(since) == since | year(since) == 2026 | month(since) == 1 | day(since) >= 29 | weekday(since) == 3
days_between(since, today()) > 30 | days_between(since, seen) == 0 | days_between(seen, now()) == 0 | date(seen) == today()
date(seen) < today() | not (date(seen) < today()) | date(seen) >= today() | not (date(seen) > today()) | date(seen) != today()
date(seen) <= date("2026-06-30") | since == date(seen) | seen == now() | seen <= now() | not (seen <= now()) | seen != now()
add_days(seen, 1) > now() | add_hours(seen, 0.5) > now() | is_blank(add_hours(seen, limit)) | add_months(seen, -1) < now()
is_blank(add_days(seen, 0.5 + null)) | is_blank(add_hours(null, rank)) | is_blank(add_days(since, -0.5 * null))
min(seen, now()) == now() | max(since, today()) == today() | coalesce(since, today()) == today()
tags has "vip" | not (tags has "vip") | tags has "STRASSE" | has_any(tags, ["Gold", "x"]) | not has_any(tags, ["Gold", "x"])
has_all(tags, ["vip", "gold"]) | not has_all(tags, ["vip", "gold"]) | count(tags) > 1 | is_blank(tags) | not is_blank(tags)
areas has "n" | has_any(areas, ["n", "s"]) | count(areas) == 0 | "n" in areas | "s" not in areas
head.level == "a" | head.level != "a" | head.vip | not head.vip | head.head.rank > 0 | not (head.head.rank > 0) | is_blank(head.name)
head.tags has "vip" | not (head.tags has "vip") | head.limit + limit > 20 | is_blank(head) | head.vip == vip
head.owner == user | head.id > 5 | coalesce(head.level, level) == "a" | len(head.name) == 0
count_of(deals) > 0 | count_of(deals) == 0 | not (count_of(deals) > 0) | count_of(deals) != 0 | count_of(deals) <= 0
count_of(deals where stage == "won") > 1 | exists(deals) | not exists(deals where hot) | exists(deals where not hot)
sum_of(deals.amount) > 100 | sum_of(deals.amount) == 0 | min_of(deals.amount) < 0 | max_of(deals.closes) > today()
is_blank(max_of(deals.amount where stage == "lost")) | latest_of(deals.stage) == "won" | latest_of(deals.amount) != 10
sum_of(deals.amount where account.vip) > 0 | count_of(deals where account.head.level == "a") > 0 | count_of(branches) > 0
exists(branches where vip) | count_of(shared) > 0 | sum_of(shared.amount) > 10 | exists(shared where amount > 50)
exists(deals where count(partners) > 1) | min_of(deals.count) == 1
count_of(deals where closes < today() and not hot) >= 2 | sum_of(deals.count) > rank | max_of(deals.amount) > limit
owner == user | owner != user | is_mine() | not is_mine() | has_role("rep") and vip | region == user.region
region != user.region | is_blank(user.department) | lower(user.region) == region | "a" == level
"""

OF_DEALS = """
stage.category == "open" | stage.category != "open" | not (stage.category == "won") | stage.category in ["won", "lost"]
stage.category not in ["won", "lost"] | is_blank(stage.category) | stage.probability >= 50 | not (stage.probability >= 50)
stage.probability == 0 | stage.probability != 0 | stage.probability + 1 > 50 | stage.probability > count | stage.probability < 11
account.level == "a" and account.head.level != "a" | account.vip or account.head.vip | account.limit * 1 > amount
account.region == user.region | is_blank(account.name) and not is_blank(account) | amount * 2 > 100 | 3 - count != 1
is_blank(partners) | count(partners) == 2 | partners has account | account.tags has "gold" | amount > account.limit
stage.since < now() | is_blank(stage.since) | stage.days > 14 | not (stage.days > 14) | stage.days == 14 | is_blank(stage.days)
stage.is_stale | not stage.is_stale | stage.is_stale == hot | prior.stage.is_stale | not prior.stage.is_stale
stage.pipeline == "quick" | stage.pipeline != "quick" | not (stage.pipeline == "main") | stage.pipeline in ["main"]
prior.stage.days >= 14 | prior.stage.since == stage.since | prior.stage.pipeline == "quick" | exists(later where stage.is_stale)
coalesce(account.rank, 5) > 3 | if(hot, account.limit, amount) < 50
"""
VALUES = [
    "limit + share", "rate * 2", "weekday(since) * 0.25 + 1",
    "-limit", "coalesce(share, rate)", "if(vip, limit, rate)", "max(share, rate)", "len(name)",
    "sum_of(deals.amount)", "count_of(deals)", "min_of(deals.closes)", "latest_of(deals.amount)", "max_of(shared.count)",
    "head.limit", "add_days(since, 3)", "add_months(seen, 1)", "add_hours(seen, 1.5)", "date(seen)", "weekday(since)",
    "days_between(since, today())", "lower(name)", "upper(name)", "trim(name)", "level", "head.head.level", "count(tags)",
    "end_of_month(since)", "start_of_week(since)", "add_days(since, rank)", "add_months(since, rank)", "abs(limit)", "vip or rank > 0",
]  # fmt: skip


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.pg)])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with _url(request, tmp_path_factory) as url:
        engine = open_engine(url)
        upgrade_framework(engine)
        models = build_models(world.catalog())
        world.fill(engine, models)
        yield Store(engine, models, 1)
        engine.dispose()


def _url(request: pytest.FixtureRequest, folder: pytest.TempPathFactory) -> AbstractContextManager[str]:
    if request.param == "postgresql":
        return pgtemp.fresh_database(request.getfixturevalue("pg_cluster"))
    return nullcontext(f"sqlite:///{folder.mktemp('expression') / 'crm.db'}")


def checked(store: Store, source: str, entity: str = "account") -> Checked:
    return check_expression(store.catalog, entity, source, profile="filter")


def right(store: Store, found: Checked) -> set[int]:
    """The records for which it holds, as the engine in Python says."""
    reference = world.World(store.catalog)
    return {record for record, row in reference.rows(found) if reference.value(found, row)}


def in_session(store: Store, found: Checked) -> set[int]:
    with store.reading_session(lambda _: None) as session:
        source = scoped(store.models, found.entity)
        test = condition(source, found.root, world.CONTEXT)
        return set(session.scalars(source.joined(sa.select(source.column("id"))).where(test)))


def in_tables(store: Store, found: Checked) -> set[int]:
    source = facts(store.models, found.entity)
    test = condition(source, found.root, world.CONTEXT)
    with store.system_reading() as connection:
        statement = source.joined(sa.select(source.column("id"))).where(*source.alive())
        return set(connection.scalars(statement.where(test)))


def written(text: str) -> list[str]:
    return [each.strip() for each in text.strip().replace("\n", " | ").split(" | ")]


CONDITIONS = [*((each, "account") for each in written(OF_ACCOUNTS)), *((each, "deal") for each in written(OF_DEALS))]


SOME = [
    pytest.param(source, entity, marks=() if number % 3 == 0 else pytest.mark.deep)
    for number, (source, entity) in enumerate(CONDITIONS)
]
"""Some with each change, all with the long laws."""


@pytest.mark.parametrize(("source", "entity"), SOME)
def test_a_condition_selects_what_python_says(store: Store, source: str, entity: str) -> None:
    found = checked(store, source, entity)
    expected = right(store, found)
    assert in_tables(store, found) == expected
    assert in_session(store, found) == expected
    opposite = checked(store, f"not ({source})", entity)
    everything = {row["id"] for row in world.World(store.catalog).alive(entity)}
    assert in_tables(store, opposite) == everything - expected


@pytest.mark.parametrize("source", VALUES)
def test_a_value_is_what_python_says(store: Store, source: str) -> None:
    found = check_expression(store.catalog, "account", source)
    reference = world.World(store.catalog)
    expected = {record: reference.value(found, row) for record, row in reference.rows(found)}
    tables = facts(store.models, "account")
    wanted = value(tables, found.root, world.CONTEXT)
    with store.system_reading() as connection:
        statement = tables.joined(sa.select(tables.column("id"), wanted)).where(*tables.alive())
        assert {row[0]: row[1] for row in connection.execute(statement)} == expected


def test_every_function_that_has_a_target_in_sql_has_one() -> None:
    named = {name for name, function in FUNCTIONS.items() if "sql" in function.targets}
    assert named == {*CALLS, *TRUTHS, *OWN}


def nested(levels: int) -> str:
    """An expression in which calls stand in calls."""
    deep = "since"
    for _ in range(levels):
        deep = f"add_months(min({deep}, today()), 1)"
    return f"if({deep} < today(), vip, {deep} != today())"


def test_what_stands_in_itself_is_written_once(store: Store) -> None:
    """Else calls in calls were a statement of thousands of words."""
    found = checked(store, nested(4))
    assert in_tables(store, found) == right(store, found)
    written_out = condition(facts(store.models, "account"), found.root, world.CONTEXT).compile(
        dialect=store.engine.dialect
    )
    assert len(str(written_out)) < 5_000


def test_a_filter_is_only_as_deep_as_databases_read(store: Store) -> None:
    with pytest.raises(BadExpression, match="nested at most 12 deep"):
        checked(store, nested(9))


def test_texts_of_an_administrator_are_parameters(store: Store) -> None:
    found = checked(store, """name == "'; drop table crm_account --" or contains(name, "%s :x")""")
    assert in_tables(store, found) == set()
    text = str(
        condition(facts(store.models, "account"), found.root, world.CONTEXT).compile(dialect=store.engine.dialect)
    )
    assert "drop table" not in text


def test_numbers_of_different_scales_in_one_shape_are_kept_apart(store: Store) -> None:
    """Statements are kept compiled: the scale of a parameter is part of what tells them apart."""
    for source in ("share * 0.5 > 1", "share * 0.05 > 1", "share * 0.005 > 1", "share * 5 > 1"):
        found = checked(store, source.replace("share", "weekday(since)"))
        assert in_tables(store, found) == right(store, found)

"""What the data says to stricter steps."""

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from app.orm.engine import PLAN, UNIT
from app.orm.framework import ab_role, ab_user, ab_user_role
from app.plan import Step, plan_for

from .conftest import applied, insert, pack, tree

FIELD = "entities__account__fields__"
NAMED = {"name": "x"}


def finding(engine: Engine, **changes: Any) -> tuple[str, str]:
    """Impact and code of the first step that says anything of the data."""
    steps = plan_for(engine, pack(tree(**changes))).steps
    step = next((step for step in steps if step.impact), Step(kind=steps[0].kind, target=""))
    return step.impact, step.blocks.code if step.blocks else ""


@pytest.fixture
def empty_account(kept_engine: Engine) -> Engine:
    with kept_engine.execution_options(**{UNIT: PLAN}).begin() as connection:
        connection.execute(sa.text("DELETE FROM crm_account"))
    return kept_engine


BIN = {"deleted_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)}
ANSWERS: list[tuple[list[dict[str, Any]], dict[str, Any], tuple[str, str]]] = [
    ([{"code": "a"}, {}, {}], {FIELD + "code__required": True}, ("2 of 3 rows are empty: ids 2, 3", "PLN521")),
    ([{"code": "a"}, {**BIN}], {FIELD + "code__required": True}, ("", "")),
    ([{}, {}], {FIELD + "fax": {"type": "phone", "required": True}}, ("2 rows would be empty", "PLN521")),
    ([{}, {}], {FIELD + "fax": {"type": "text", "required": True, "default": "-"}}, ("default for 2 rows", "")),
    ([{}], {FIELD + "due": {"type": "date", "required": True, "default": "today"}}, ("1 row would be empty", "PLN521")),
    ([], {FIELD + "fax": {"type": "phone", "required": True}}, ("", "")),
    (
        [{"code": "四个汉字"}, {"code": "abc"}],
        {FIELD + "code__max_length": 3},
        ("1 of 2 rows do not fit: ids 1", "PLN522"),
    ),
    ([{"code": "四个汉字"}, {"code": "abc"}], {FIELD + "code__max_length": 4}, ("", "")),
    (
        [{"code": "四个汉字"}, {"code": "abc"}],
        {FIELD + "code__min_length": 4},
        ("1 of 2 rows do not fit: ids 2", "PLN522"),
    ),
    ([{"size": 5}, {"size": 6}, {}], {FIELD + "size__max": 5}, ("1 of 3 rows do not fit: ids 2", "PLN523")),
    ([{"size": 5}, {"size": 6}, {}], {FIELD + "size__max": 6}, ("", "")),
    ([{"limit": 10}, {"limit": 9}], {FIELD + "limit__max": "9.5"}, ("1 of 2 rows do not fit: ids 1", "PLN523")),
    ([{"limit": 10}, {"limit": 9}], {FIELD + "limit__min": "9.5"}, ("1 of 2 rows do not fit: ids 2", "PLN523")),
    (
        [{"level": "b"}, {**BIN, "level": "b"}],
        {"picklists__level__options__b": None},
        ("held by 2 rows: ids 1, 2", "PLN524"),
    ),
    ([{"level": "a"}], {"picklists__level__options__b": None}, ("", "")),
    ([{"level": "b"}], {"picklists__level__options__b": {"retired": True}}, ("kept by 1 row", "")),
    (
        [{"code": "a"}, {"code": "a"}, {"code": "b"}, {}, {}],
        {FIELD + "code__unique": True},
        ("1 value more than once, in 2 rows: a (ids 1, 2)", "PLN525"),
    ),
    ([{"code": "a"}, {"code": "a", **BIN}], {FIELD + "code__unique": True}, ("", "")),
    ([{"code": "a"}, {"code": "A"}], {FIELD + "code__unique": True}, ("", "")),
    (
        [{"code": "ß"}, {"code": "SS"}],
        {FIELD + "code__unique": True, FIELD + "code__ignore_case": True},
        ("1 value more than once, in 2 rows: ss (ids 1, 2)", "PLN525"),
    ),
    (
        [{"code": "a", "level": "b"}, {"code": "a", "level": "b"}],
        {"entities__account__keys": {"pair": {"fields": ["code", "level"]}}},
        ("1 value more than once, in 2 rows: a + b (ids 1, 2)", "PLN525"),
    ),
    (
        [{"code": "a", "level": "b"}, {"code": "a"}],
        {"entities__account__keys": {"p": {"fields": ["code", "level"]}}},
        ("", ""),
    ),
    (
        [{"code": "a"}, {"code": "a"}],
        {FIELD + "vip": {"type": "boolean"}, "entities__account__keys": {"pair": {"fields": ["code", "vip"]}}},
        ("1 value more than once, in 2 rows: a (ids 1, 2)", "PLN525"),
    ),
    (
        [{}, {}],
        {FIELD + "vip": {"type": "boolean", "unique": True}},
        ("2 rows would have the same value", "PLN525"),
    ),
    ([{}, {}], {FIELD + "fax": {"type": "phone", "unique": True}}, ("", "")),
    ([{}, {}], {"entities__account__list": {"columns": ["name", "code"]}}, ("2 rows", "")),
]


@pytest.mark.parametrize(("rows", "changes", "expected"), ANSWERS)
def test_the_data_answers(
    empty_account: Engine, rows: list[dict[str, Any]], changes: dict[str, Any], expected: tuple[str, str]
) -> None:
    insert(empty_account, "account", *({**NAMED, **row} for row in rows))
    assert finding(empty_account, **changes) == expected


def test_dates_are_compared_as_dates(engine: Engine) -> None:
    with_dates = {FIELD + "since": {"type": "date"}, FIELD + "seen": {"type": "datetime"}}
    applied(engine, tree(**with_dates))
    day, moment = dt.date(2026, 5, 1), dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
    insert(engine, "account", {**NAMED, "since": day, "seen": moment})
    stricter = {**with_dates, FIELD + "since": {"type": "date", "min": "2026-05-02"}}
    assert finding(engine, **stricter) == ("1 of 1 rows do not fit: ids 1", "PLN523")
    stricter = {**with_dates, FIELD + "seen": {"type": "datetime", "max": "2026-05-01T11:59:00Z"}}
    assert finding(engine, **stricter) == ("1 of 1 rows do not fit: ids 1", "PLN523")
    kept = {**with_dates, FIELD + "since": {"type": "date", "min": "2026-05-01"}}
    assert finding(engine, **kept) == ("", "")


def test_a_role_that_someone_has_goes_only_by_name(engine: Engine) -> None:
    with engine.begin() as connection:
        names = {"first_name": "A", "last_name": "B", "username": "ab", "email": "a@b.test"}
        user = connection.execute(ab_user.insert().values(names)).inserted_primary_key
        role = connection.execute(ab_role.select().where(ab_role.c.name == "rep")).one()
        connection.execute(ab_user_role.insert().values(user_id=user[0], role_id=role.id))
    plan = plan_for(engine, pack(tree(roles__rep=None)))
    assert [(step.impact, step.risk) for step in plan.steps] == [("taken from 1 user", "destructive")]
    assert finding(engine, roles__rep__grants__account__read="all") == ("1 user", "")

"""Fields that change their type: what converts, what does not, and what the YAML says of the rest."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from app.access import system_actor
from app.definition.files import StoredFile
from app.orm.engine import PLAN, UNIT
from app.orm.framework import audit
from app.plan import ApplyRefused, Plan, Step, apply_plan, open_store, plan_for
from app.plan.drift import compare_schema
from app.record import Change, Saved, update

from .conftest import applied, insert, pack, select, tree

FIELD = "entities__account__fields__"


def first_step(plan: Plan) -> Step:
    return next(step for step in plan.steps if step.kind.name == "CHANGE_TYPE")


def retyped(engine: Engine, before: dict[str, Any], after: dict[str, Any], *rows: dict[str, Any]) -> list[Any]:
    """The values of `account.x` after it became another field; what is lost by it is allowed."""
    applied(engine, tree(**{FIELD + "x": before}))
    insert(engine, "account", *rows)
    wanted = tree(**{FIELD + "x": after})
    applied(engine, wanted, [step.name for step in plan_for(engine, pack(wanted)).destructive])
    assert plan_for(engine, pack(wanted)).is_empty
    assert compare_schema(engine, open_store(engine).models) == []
    return [value for (value,) in select(engine, "account", "x")]


def test_what_does_not_convert_blocks_with_counts(engine: Engine) -> None:
    rows = [{"code": text} for text in ("12", "1,204", "a few", "", "40", "n/a")]
    insert(engine, "account", *({"name": "x", **row, "code": row["code"] or None} for row in rows))
    wanted = pack(tree(**{FIELD + "code": {"type": "integer"}}))
    plan = plan_for(engine, wanted)
    step = first_step(plan)
    assert (step.detail, step.impact) == ("text → integer", "3 of 5 rows convert; 2 do not: ids 3, 6")
    assert step.blocks is not None
    assert step.blocks.code == "PLN529"
    assert isinstance(apply_plan(engine, wanted, plan, "tester"), ApplyRefused)
    assert select(engine, "account", "code")[0] == ("12",)


@pytest.mark.parametrize(
    ("said", "value", "words"),
    [
        ({"existing": "blank"}, None, "they are emptied"),
        ({"backfill": 7}, 7, "they get 7"),
        ({"backfill": {"formula": "size * 2"}}, 42, "they get what `size * 2` gives"),
    ],
)
def test_the_yaml_decides_on_the_rest(engine: Engine, said: dict[str, Any], value: object, words: str) -> None:
    insert(engine, "account", {"name": "a", "code": "12"}, {"name": "b", "code": "few", "size": 21}, {"name": "c"})
    wanted = pack(tree(**{FIELD + "code": {"type": "integer", **said}}))
    plan = plan_for(engine, wanted)
    step = first_step(plan)
    assert (step.impact, step.risk) == (f"1 of 2 rows convert; 1 does not: ids 2; {words}", "destructive")
    refused = apply_plan(engine, wanted, plan, "tester")
    assert isinstance(refused, ApplyRefused)
    assert refused.code == "PLN503"
    applied(engine, wanted.tree, ["account.code"])
    assert select(engine, "account", "code") == [(12,), (value,), (None,)]
    with engine.connect() as connection:
        told = connection.execute(sa.select(audit.c.entity, audit.c.changes).where(audit.c.action == "mend")).all()
    assert [tuple(each) for each in told] == [("account", {"code": [None, 1 if value is None else 2]})]
    table = open_store(engine).models.tables["account"]
    assert table.c.code.name == "code__r2"
    with engine.connect() as connection:  # the old program's column is as it was
        assert connection.execute(sa.text("SELECT code FROM crm_account ORDER BY id")).scalars().all() == [
            "12",
            "few",
            None,
        ]
        marks = connection.execute(sa.select(table.c.changed_seq).order_by(table.c.id)).scalars().all()
    assert marks[0] > 0
    assert marks[2] == 0


def test_back_and_forth_and_again(bare: Engine) -> None:
    values = retyped(bare, {"type": "text"}, {"type": "integer"}, {"x": "12"}, {"x": None})
    assert values == [12, None]
    applied(bare, tree(**{FIELD + "x": {"type": "text"}}))
    assert select(bare, "account", "x") == [("12",), (None,)]
    applied(bare, tree(**{FIELD + "x": {"type": "decimal"}}))
    assert select(bare, "account", "x") == [(Decimal("12.00"),), (None,)]


def test_what_becomes_again_what_it_was_takes_its_values_back(engine: Engine) -> None:
    """But where somebody has changed them since."""
    texts = ["1,204", "few", "007", "12", None, "3"]
    insert(engine, "account", *({"name": "x", "code": text} for text in texts))
    applied(engine, tree(**{FIELD + "code": {"type": "integer", "existing": "blank"}}), ["account.code"])
    assert select(engine, "account", "code") == [(1204,), (None,), (7,), (12,), (None,), (3,)]
    table = open_store(engine).models.tables["account"]
    with engine.execution_options(**{UNIT: PLAN}).begin() as connection:
        connection.execute(sa.update(table).where(table.c.id == 4).values(code=99))
        connection.execute(sa.update(table).where(table.c.id == 6).values(code=None))
    plan = plan_for(engine, pack(tree()))
    assert first_step(plan).impact == "4 of 4 rows convert; 3 of them take back what they held"
    applied(engine, tree())
    assert select(engine, "account", "code") == [("1,204",), ("few",), ("007",), ("99",), (None,), (None,)]


def test_what_a_formula_gave_gives_way_to_what_was_there(engine: Engine) -> None:
    """But where the record was saved since: what a formula gave can't be told from what somebody entered."""
    insert(engine, "account", *({"name": "abc", "code": text} for text in ("12", "few", "many", "some")))
    given = {"type": "integer", "backfill": {"formula": "len(name) + id"}}
    applied(engine, tree(**{FIELD + "code": given}), ["account.code"])
    assert select(engine, "account", "code") == [(12,), (5,), (6,), (7,)]
    entered = Change(3, {"code": 60})
    assert isinstance(update(open_store(engine), system_actor("system:seed"), "account", [entered], door="seed"), Saved)
    (step,) = plan_for(engine, pack(tree())).steps
    assert step.impact == "4 of 4 rows convert; 3 of them take back what they held"
    applied(engine, tree())
    assert select(engine, "account", "code") == [("12",), ("few",), ("60",), ("some",)]


def test_a_value_beyond_its_own_limits_comes_back_too(engine: Engine) -> None:
    """A tightened limit leaves the rows that don't meet it as they are; a rollback does, too. A tighter one asks again."""
    insert(engine, "account", {"name": "a", "size": 7}, {"name": "b", "size": 900})
    tight = {FIELD + "size__min": 500, FIELD + "size__existing": "grandfather"}
    applied(engine, tree(**tight))
    applied(engine, tree(**{FIELD + "size": {"type": "text"}}))
    assert select(engine, "account", "size") == [("7",), ("900",)]
    tighter = plan_for(engine, pack(tree(**{**tight, FIELD + "size__min": 600})))
    assert [step.blocks.code for step in tighter.blocked if step.blocks] == ["PLN529"]
    applied(engine, tree(**tight))
    assert select(engine, "account", "size") == [(7,), (900,)]


def test_what_stands_beside_goes_along(bare: Engine) -> None:
    """Keys, indexes, sort keys and the case of letters; two values that become equal are found before."""
    applied(bare, tree(**{FIELD + "x": {"type": "long_text"}}))
    insert(bare, "account", {"name": "a", "x": "+86 138 0013 8000"}, {"name": "b", "x": "13800138000"})
    wanted = {FIELD + "x": {"type": "phone", "unique": True, "indexed": True}}
    blocked = plan_for(bare, pack(tree(**wanted)))
    assert [step.blocks.code for step in blocked.blocked if step.blocks] == ["PLN525"]
    applied(bare, tree(**{FIELD + "x": {"type": "phone", "indexed": True}}))
    assert select(bare, "account", "x") == [("+8613800138000",)] * 2
    listed = {"entities__account__list": {"columns": ["x"], "sort": ["x"]}}
    applied(bare, tree(**{FIELD + "x": {"type": "text"}}, **listed))
    assert select(bare, "account", "x__sort") == [("+8613800138000",)] * 2


def test_one_and_many(bare: Engine) -> None:
    one = {"type": "picklist", "options": {"a": {}, "b": {}}}
    many = {**one, "many": True}
    assert retyped(bare, one, one, {"name": "1", "x": "a"}, {"name": "2", "x": "b"}, {"name": "3"}) == ["a", "b", None]
    applied(bare, tree(**{FIELD + "x": many}))
    models = open_store(bare).models
    table = models.many["account.x"].table
    with bare.connect() as connection:
        found = connection.execute(sa.select(table.c.record, table.c.value).order_by(table.c.record)).all()
    assert [tuple(row) for row in found] == [(1, "a"), (2, "b")]
    applied(bare, tree(**{FIELD + "x": one}))
    assert select(bare, "account", "x") == [("a",), ("b",), (None,)]


def test_a_lookup_leads_to_one_of_several(bare: Engine) -> None:
    person = {"name_field": "name", "fields": {"name": {"type": "text"}}}
    one = {"type": "lookup", "to": "person", "inverse": "ones"}
    both = {**one, "to": ["person", "account"]}
    applied(bare, tree(entities__person=person, **{FIELD + "x": one}))
    insert(bare, "person", {"name": "p"})
    insert(bare, "account", {"name": "a", "x": 1}, {"name": "b"})
    applied(bare, tree(entities__person=person, **{FIELD + "x": both}))
    assert select(bare, "account", "x", "x__entity") == [(1, "person"), (None, None)]
    with bare.execution_options(**{UNIT: PLAN}).begin() as connection:  # nothing that is hidden holds the person
        connection.execute(sa.text("UPDATE crm_account SET x__r2 = NULL"))
        connection.execute(sa.text("DELETE FROM crm_person"))
    assert plan_for(bare, pack(tree(entities__person=person, **{FIELD + "x": both}))).is_empty


def test_computed_fields_follow(bare: Engine) -> None:
    double = {"type": "decimal", "scale": 4, "formula": "x * 2"}
    applied(bare, tree(**{FIELD + "x": {"type": "decimal", "scale": 3}, FIELD + "y": double}))
    insert(bare, "account", {"name": "a", "x": Decimal("1.125"), "y": Decimal("2.25")})
    less = tree(**{FIELD + "x": {"type": "decimal", "scale": 2}, FIELD + "y": double})
    assert first_step(plan_for(bare, pack(less))).impact == "1 of 1 rows convert; 1 of them loses decimals: ids 1"
    applied(bare, less, ["account.x"])
    assert select(bare, "account", "x", "y") == [(Decimal("1.13"), Decimal("2.2600"))]


def test_days_and_moments_are_the_companys(bare: Engine) -> None:
    zone = {"pack__time_zone": "Asia/Shanghai"}
    applied(bare, tree(**{FIELD + "x": {"type": "date"}}, **zone))
    insert(bare, "account", {"name": "a", "x": dt.date(2026, 6, 30)})
    applied(bare, tree(**{FIELD + "x": {"type": "datetime"}}, **zone))
    assert select(bare, "account", "x") == [(dt.datetime(2026, 6, 29, 16, tzinfo=dt.UTC),)]


def test_one_file_becomes_many_and_back(engine: Engine) -> None:
    one, many = {"type": "file"}, {"type": "file", "many": True}
    a, b = StoredFile("a", "a.txt"), StoredFile("b", "b.txt")
    assert retyped(engine, one, many, {"name": "x", "x": a}, {"name": "y"}) == [(a,), None]
    table = open_store(engine).models.tables["account"]
    with engine.execution_options(**{UNIT: PLAN}).begin() as connection:
        connection.execute(sa.update(table).where(table.c.id == 2).values(x=(a, b)))
    plan = plan_for(engine, pack(tree(**{FIELD + "x": one})))
    assert first_step(plan).impact == "1 of 2 rows convert; 1 does not: ids 2"
    applied(engine, tree(**{FIELD + "x": {**one, "existing": "blank"}}), ["account.x"])
    assert select(engine, "account", "x") == [(a,), (None,)]

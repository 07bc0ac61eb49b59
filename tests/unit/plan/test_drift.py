from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from app.orm.engine import PLAN, UNIT
from app.plan import ApplyRefused, CannotApply, apply_plan, first_apply, open_store, plan_for
from app.plan.drift import compare_schema, fingerprint

from .conftest import applied, pack, tree


def change(engine: Engine, statement: str) -> None:
    with engine.execution_options(**{UNIT: PLAN}).begin() as connection:
        connection.execute(sa.text(statement))


def drift(engine: Engine) -> list[str]:
    return [str(each) for each in compare_schema(engine, open_store(engine).models)]


def mark(engine: Engine) -> str:
    with engine.connect() as connection:
        return fingerprint(connection)


def test_an_applied_database_has_no_drift(engine: Engine) -> None:
    assert drift(engine) == []


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("DROP INDEX ix_crm_account__owner", ["missing index ix_crm_account__owner"]),
        ("ALTER TABLE crm_account DROP COLUMN size", ["missing column crm_account.size"]),
        ("ALTER TABLE crm_account ADD COLUMN fax text", ["foreign column crm_account.fax"]),
        ("CREATE TABLE crm_lead (id int)", ["foreign table crm_lead"]),
        ("CREATE INDEX by_a_friend ON crm_account (size)", []),
    ],
)
def test_what_differs_is_named(engine: Engine, statement: str, found: list[str]) -> None:
    before = mark(engine)
    change(engine, statement)
    assert drift(engine) == found
    assert mark(engine) != before


KEYED = tree(
    entities__account__fields__code={"type": "text", "max_length": 20, "unique": True, "ignore_case": True},
    entities__account__fields__boss={"type": "lookup", "to": "account", "inverse": "below"},
    entities__account__fields__vip={"type": "boolean"},
    entities__account__fields__rate={"type": "percent"},
    entities__account__fields__friends={
        "type": "lookup", "to": "account", "many": True, "inverse": "of", "link_fields": {"since": {"type": "date"}},
    },
)  # fmt: skip


def test_what_is_made_otherwise_is_named(engine: Engine) -> None:
    """A column of another type, a key that is none any more, a foreign key that went."""
    applied(engine, KEYED)
    assert drift(engine) == []
    change(engine, "DROP INDEX uq_crm_account__code")
    change(engine, "CREATE INDEX uq_crm_account__code ON crm_account (code__fold)")
    change(engine, "DROP INDEX ix_crm_account__owner")
    change(engine, "CREATE INDEX ix_crm_account__owner ON crm_account (owner, name)")
    change(engine, "CREATE UNIQUE INDEX by_a_friend ON crm_account (size)")
    found = [
        "changed index ix_crm_account__owner: (owner, name) instead of (owner, id)",
        "changed key uq_crm_account__code: (code__fold) instead of unique (code__fold) where deleted_at is null",
        "foreign key by_a_friend",
    ]
    assert drift(engine) == found
    for name in ("boss", "rate"):
        change(engine, f"DROP INDEX IF EXISTS ix_crm_account__{name}")
        if engine.dialect.name == "postgresql" or name != "boss":
            change(engine, f"ALTER TABLE crm_account DROP COLUMN {name}")
            change(engine, f"ALTER TABLE crm_account ADD COLUMN {name} {'text' if name == 'rate' else 'bigint'}")
    if engine.dialect.name == "postgresql":
        change(engine, "CREATE INDEX ix_crm_account__boss ON crm_account (boss, id)")
        change(engine, "ALTER TABLE crm_account ALTER COLUMN vip DROP NOT NULL")
        rate, more = "numeric(18,2)", ["missing reference fk_crm_account__boss"]
        more.insert(0, "changed column crm_account.vip: boolean instead of boolean not null")
    else:
        rate, more = "bigint", ["missing index ix_crm_account__boss"]
    changed = f"changed column crm_account.rate: text instead of {rate}"
    assert drift(engine) == sorted([changed, *found, *more])


def test_a_table_whose_columns_changed_is_not_changed_further(engine: Engine) -> None:
    change(engine, "ALTER TABLE crm_account DROP COLUMN size")
    change(engine, "ALTER TABLE crm_account ADD COLUMN size text")
    loaded = pack(tree(entities__account__fields__fax={"type": "text"}))
    refused = apply_plan(engine, loaded, plan_for(engine, loaded), "tester")
    assert isinstance(refused, ApplyRefused)
    assert refused.code == "PLN507"
    assert "changed column crm_account.size: text instead of bigint" in refused.reason


def test_rows_are_not_asked_for_a_column_that_is_gone(engine: Engine) -> None:
    change(engine, "ALTER TABLE crm_account DROP COLUMN code")
    loaded = pack(tree(entities__account__fields__code={"type": "integer"}))
    plan = plan_for(engine, loaded)
    ((step, block),) = [(each, each.blocks) for each in plan.blocked]
    assert block is not None
    assert (step.target, block.code, block.reason) == ("crm_account.code", "PLN507", "missing column crm_account.code")
    assert [each.target for each in plan.steps] == ["crm_account.code", "account.code"]
    assert "`crm drift` lists all that was changed by hand" in plan.render()
    refused = apply_plan(engine, loaded, plan, "tester")
    assert isinstance(refused, ApplyRefused)
    assert refused.code == "PLN504"


def test_a_missing_table_is_named_alone(engine: Engine) -> None:
    change(engine, "DROP TABLE crm_account")
    assert drift(engine) == ["missing table crm_account"]


def test_a_database_that_was_changed_by_hand_is_not_changed_further(engine: Engine) -> None:
    change(engine, "DROP INDEX ix_crm_account__owner")
    loaded = pack(tree(entities__account__fields__fax={"type": "text"}))
    refused = apply_plan(engine, loaded, plan_for(engine, loaded), "tester")
    assert isinstance(refused, ApplyRefused)
    assert refused.code == "PLN507"
    assert "ix_crm_account__owner" in refused.reason


def test_tables_that_stand_in_the_way_refuse_the_first_apply(empty: Engine) -> None:
    change(empty, "CREATE TABLE crm_account (id int)")
    with pytest.raises(CannotApply, match="foreign table crm_account"):
        first_apply(empty, pack(tree()))
    assert sa.inspect(empty).get_table_names() == ["crm_account"]


def test_tables_grown_step_by_step_equal_those_made_at_once(new_database: Callable[[], Engine]) -> None:
    grown = tree(
        entities__account__fields__boss={"type": "user"},
        entities__account__fields__code={"type": "text", "max_length": 20, "unique": True, "ignore_case": True},
        entities__account__list={"columns": ["name", "code"], "sort": ["-limit"]},
    )
    step_by_step, at_once = new_database(), new_database()
    applied(step_by_step, tree())
    applied(step_by_step, grown)
    applied(at_once, grown)
    assert mark(step_by_step) == mark(at_once)

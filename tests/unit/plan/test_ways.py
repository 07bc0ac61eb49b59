"""A database that an earlier version filled: the indexes of teams and departments follow the list's order from now on."""

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from app.orm.engine import PLAN, UNIT
from app.plan import open_store, plan_for
from app.plan.drift import compare_schema
from app.plan.migrate import head, upgrade_framework, version
from tests.earlier import back_to
from tests.unit.plan.conftest import applied, pack, tree

SORTED = tree(entities__account__list={"sort": ["-updated_at"]})


def as_before(engine: Engine) -> None:
    """Team and department have indexes of their own, whatever the order of the list."""
    with engine.execution_options(**{UNIT: PLAN}).begin() as connection:
        back_to(connection, "0018")
        for key in ("team", "department"):
            connection.execute(sa.text(f"DROP INDEX ix_crm_account__{key}_updated_at"))
            connection.execute(sa.text(f"CREATE INDEX ix_crm_account__{key} ON crm_account ({key}, id)"))


def test_indexes_get_the_order_of_the_list(engine: Engine) -> None:
    applied(engine, SORTED)
    models = open_store(engine).models
    as_before(engine)
    assert compare_schema(engine, models)
    upgrade_framework(engine)
    with engine.connect() as connection:
        assert version(connection) == head()
    assert compare_schema(engine, models) == []
    assert plan_for(engine, pack(SORTED)).is_empty
    names = {each["name"] for each in sa.inspect(engine).get_indexes("crm_account")}
    assert "ix_crm_account__team_updated_at" in names
    assert "ix_crm_account__team" not in names

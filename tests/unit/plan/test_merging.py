"""Options that become another one, in all rows that hold them."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from app.orm.types import now
from app.plan import ApplyRefused, apply_plan, plan_for

from .conftest import applied, insert, pack, select, tree
from .test_tombstones import impacts, run

MERGED: dict[str, Any] = {
    "picklists__level__options": {
        "a": {},
        "b": {"retired": True, "replaced_by": "c"},
        "c": {"retired": True, "replaced_by": "a"},
    }
}
TAGS = {"entities__account__fields__tags": {"type": "picklist", "many": True, "options": "level"}}


def test_rows_that_hold_a_replaced_option_get_the_other(engine: Engine) -> None:
    applied(engine, tree(**TAGS, picklists__level__options={"a": {}, "b": {}, "c": {}}))
    insert(engine, "account", {"name": "x", "level": "b"}, {"name": "y", "level": "a", "deleted_at": now()})
    insert(engine, "account", {"id": 3, "name": "z", "level": "b", "deleted_at": now()}, {"id": 4, "name": "w"})
    run(engine, "INSERT INTO crm_account__tags VALUES (1, 'a', 0, 1), (1, 'b', 1, 1), (4, 'b', 0, 1), (4, 'c', 1, 1)")
    wanted = tree(**TAGS, **MERGED)
    assert impacts(engine, wanted) == [
        "- retire option level.b",
        "~ merge option level.b 4 rows become a",
        "- retire option level.c",
        "~ merge option level.c 1 row becomes a",
    ]
    refused = apply_plan(engine, pack(wanted), plan_for(engine, pack(wanted)), "tester")
    assert isinstance(refused, ApplyRefused)
    assert refused.code == "PLN503"
    applied(engine, wanted, ["level.b", "level.c"])
    assert select(engine, "account", "name", "level") == [("x", "a"), ("y", "a"), ("z", "a"), ("w", None)]
    with engine.connect() as connection:
        rows = connection.execute(sa.text("SELECT record, value FROM crm_account__tags ORDER BY record, value"))
        assert [tuple(row) for row in rows] == [(1, "a"), (4, "a")]
    fewer = tree(**TAGS, picklists__level__options={"a": {}})
    assert impacts(engine, fewer) == ["- remove option level.b", "- remove option level.c"]

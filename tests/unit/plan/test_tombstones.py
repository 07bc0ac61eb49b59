"""Removed fields and entities: hidden with their values, and back with them."""

import datetime as dt
from copy import deepcopy
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from app.orm.engine import PLAN, UNIT
from app.plan import AppliedRevision, ApplyRefused, Plan, history, open_store, plan_for
from app.plan.drift import compare_schema
from app.plan.purge import purge, purge_plan
from app.plan.tombstone import every_tombstone

from .conftest import applied, insert, pack, select, tree

FIELD = "entities__account__fields__"
REMOVED = dt.datetime(2026, 11, 30, 23, tzinfo=dt.UTC)
UNTIL, LATER = (REMOVED.date() + dt.timedelta(days=days) for days in (90, 91))
VISIT: dict[str, Any] = {
    "name_field": "name",
    "fields": {
        "name": {"type": "text", "searchable": True},
        "account": {"type": "lookup", "to": "account"},
        "done": {"type": "boolean"},
        "topics": {"type": "picklist", "many": True, "options": {"a": {}, "b": {}}},
    },
}


@pytest.fixture(autouse=True)
def removed_on_one_day(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("check_kept", "tombstone"):
        monkeypatch.setattr(f"app.plan.{module}.now", lambda: REMOVED)


def impacts(engine: Engine, a_tree: dict[str, Any]) -> list[str]:
    """What the plan says of each step, with the code of what blocks it."""
    found = []
    for step in plan_for(engine, pack(a_tree)).steps:
        words = (step.kind.symbol, step.kind.words, step.target, step.impact, step.blocks.code if step.blocks else "")
        found.append(" ".join(word for word in words if word))
    return found


def run(engine: Engine, *statements: str) -> None:
    with engine.execution_options(**{UNIT: PLAN}).begin() as connection:
        for each in statements:
            connection.execute(sa.text(each))


def held(engine: Engine) -> list[tuple[str, str, int, int]]:
    return [(each.name, each.place, each.rows, each.filled) for each in every_tombstone(engine)]


def is_whole(engine: Engine) -> bool:
    """Whether the tables are those of the catalog and nothing points to nothing."""
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
    return compare_schema(engine, open_store(engine).models) == []


def test_a_removed_field_is_hidden_and_comes_back_with_its_values(engine: Engine) -> None:
    insert(engine, "account", {"name": "x", "code": "a"}, {"name": "y"})
    without = tree(entities__account__fields__code=None)
    kept = f"- drop field account.code 2 rows, 1 filled → kept as a tombstone until {UNTIL}"
    assert impacts(engine, without) == [kept]
    applied(engine, without)
    assert "code" not in open_store(engine).models.tables["account"].c
    assert held(engine) == [("account.code", "crm_account.code", 2, 1)]
    assert is_whole(engine)
    insert(engine, "account", {"id": 3, "name": "z"})
    assert impacts(engine, tree()) == ["+ restore field account.code 3 rows, 1 filled"]
    applied(engine, tree())
    assert select(engine, "account", "name", "code") == [("x", "a"), ("y", None), ("z", None)]
    assert held(engine) == []
    assert is_whole(engine)
    assert plan_for(engine, pack(tree())).is_empty


def test_what_has_become_stricter_is_asked_of_what_comes_back(engine: Engine) -> None:
    insert(engine, "account", {"name": "x", "code": "long"}, {"name": "y", "code": "long"})
    applied(engine, tree(entities__account__fields__code=None))
    insert(engine, "account", {"id": 3, "name": "z"})
    stricter = {"type": "text", "max_length": 3, "required": True, "unique": True, "searchable": True}
    assert impacts(engine, tree(entities__account__fields__code=stricter)) == [
        "+ restore field account.code 3 rows, 2 filled",
        "! require account.code 1 of 3 rows are empty: ids 3 PLN521",
        "! tighten account.code 2 of 3 rows do not fit: ids 1, 2 PLN522",
        "! add key account.code 1 value more than once, in 2 rows: long (ids 1, 2) PLN525",
        "~ search index account 3 rows",
    ]


def test_another_type_under_the_old_key_is_a_field_beside_it(engine: Engine) -> None:
    insert(engine, "account", {"name": "x", "code": "a"})
    applied(engine, tree(entities__account__fields__code=None))
    number = tree(entities__account__fields__code={"type": "integer"})
    assert impacts(engine, number) == ["+ add field account.code"]
    applied(engine, number)
    assert select(engine, "account", "code") == [(None,)]
    run(engine, "UPDATE crm_account SET code_2 = 7")
    applied(engine, tree(entities__account__fields__code=None))
    assert [place for _, place, _, _ in held(engine)] == ["crm_account.code_2", "crm_account.code"]
    applied(engine, tree(entities__account__fields__code_2={"type": "integer"}))
    assert select(engine, "account", "code_2") == [(None,)]  # a key of its own, and no word of another's values
    applied(engine, tree())
    assert select(engine, "account", "code") == [("a",)]
    assert is_whole(engine)


def test_a_hidden_field_stands_in_nobodys_way(engine: Engine) -> None:
    """Neither its key nor its foreign key holds; its table is not copied, so that nothing can be lost with it."""
    more = {"type": "lookup", "to": "account"}
    full = tree(entities__account__fields__code__unique=True, entities__account__fields__up=more)
    full["entities"]["visit"] = VISIT
    applied(engine, full)
    insert(engine, "account", {"name": "x", "code": "a"}, {"name": "y", "code": "b", "up": 1})
    insert(engine, "visit", {"name": "v", "account": 1})
    bare = tree(entities__account__fields__code=None)
    bare["entities"]["visit"] = {**VISIT, "fields": {key: VISIT["fields"][key] for key in ("name", "topics")}}
    applied(engine, bare)
    assert select(engine, "visit", "id", "name") == [(1, "v")]  # as the copied table of a parent lost its children
    run(engine, "UPDATE crm_account SET code = 'a'", "DELETE FROM crm_account WHERE id = 1")
    insert(engine, "visit", {"id": 2, "name": "w"})
    assert is_whole(engine)
    run(engine, "UPDATE crm_account SET code = 'b'")
    lost = [each for each in impacts(engine, full) if "point to" in each]
    assert lost == [
        "+ restore field account.up 1 row, 1 filled; 1 point to records that are gone and become blank",
        "+ restore field visit.account 2 rows, 1 filled; 1 point to records that are gone and become blank",
    ]
    applied(engine, full)
    assert select(engine, "account", "code", "up") == [("b", None)]
    assert select(engine, "visit", "account", "done") == [(None, False), (None, False)]
    assert is_whole(engine)
    with pytest.raises(sa.exc.IntegrityError):
        run(engine, "UPDATE crm_visit SET account = 99")


def test_a_removed_entity_is_hidden_and_comes_back_with_its_rows(engine: Engine) -> None:
    full = tree()
    full["entities"]["visit"] = VISIT
    applied(engine, full)
    insert(engine, "account", {"name": "x"}, {"name": "y"})
    insert(engine, "visit", {"name": "v", "account": 1}, {"name": "w", "account": 2, "done": True})
    run(engine, "INSERT INTO crm_visit__topics (record, value, position, changed_seq) VALUES (1, 'b', 0, 1)")
    assert impacts(engine, tree())[0].startswith("- drop entity visit 2 rows → kept as a tombstone until ")
    applied(engine, tree())
    assert "visit" not in open_store(engine).models.tables
    assert held(engine) == [("visit", "crm_visit", 2, 2)]
    assert is_whole(engine)
    run(engine, "DELETE FROM crm_account WHERE id = 2")
    back = "+ restore entity visit 2 rows; 1 point to records that are gone and become blank"
    assert impacts(engine, full) == [back]
    applied(engine, full)
    assert select(engine, "visit", "name", "account", "done") == [("v", 1, False), ("w", None, True)]
    assert is_whole(engine)
    assert plan_for(engine, pack(full)).is_empty


def test_an_option_that_went_meanwhile_keeps_its_values_away(engine: Engine) -> None:
    insert(engine, "account", {"name": "x", "level": "b"})
    applied(engine, tree(entities__account__fields__level=None))
    fewer = {"entities__account__fields__level": {"type": "picklist", "options": {"a": {}}}}
    block = "+ restore field account.level 1 row holds options that are gone: ids 1 PLN524"
    assert impacts(engine, tree(**fewer)) == [block]


def purged(engine: Engine, name: str) -> list[str]:
    """Purges, and gives the statements that did it."""
    plan = purge_plan(engine, name, LATER)
    assert isinstance(plan, Plan), plan
    assert isinstance(purge(engine, plan, "tester", LATER), AppliedRevision)
    return list(history(engine)[0].sql)


def test_only_what_was_removed_is_purged_and_only_when_its_time_is_up(engine: Engine) -> None:
    applied(engine, tree(entities__account__fields__code=None))
    for name, day, reason in (
        ("account.name", LATER, "there is no tombstone of account.name; there are: account.code"),
        ("account.code", UNTIL - dt.timedelta(days=1), f"account.code is kept until {UNTIL}"),
    ):
        refused = purge_plan(engine, name, day)
        assert isinstance(refused, ApplyRefused)
        assert (refused.code, refused.reason) == ("PLN509", reason)
    plan = purge_plan(engine, "account.code", UNTIL)
    assert isinstance(plan, Plan)
    applied(engine, tree())
    late = purge(engine, plan, "tester", UNTIL)
    assert isinstance(late, ApplyRefused)
    assert late.code == "PLN509"


def test_a_purged_field_is_new_when_it_is_put_back(engine: Engine) -> None:
    full = tree(entities__account__fields__up={"type": "lookup", "to": "account"})
    applied(engine, full)
    insert(engine, "account", {"name": "x", "code": "a"}, {"name": "y", "up": 1})
    applied(engine, tree(entities__account__fields__code=None))
    assert purged(engine, "account.code") == ["ALTER TABLE crm_account DROP COLUMN code"]
    assert purged(engine, "account.up") == ["ALTER TABLE crm_account DROP COLUMN up"]
    assert held(engine) == []
    assert is_whole(engine)
    assert history(engine)[0].steps[0]["target"] == "account.up"
    applied(engine, full)
    assert select(engine, "account", "name", "code", "up") == [("x", None, None), ("y", None, None)]
    assert is_whole(engine)


def test_a_purged_entity_goes_with_all_that_it_had_lost_before(engine: Engine) -> None:
    full = tree()
    full["entities"]["visit"] = VISIT
    bare = deepcopy(full)
    del bare["entities"]["visit"]["fields"]["account"]
    for each in (full, bare, tree()):
        applied(engine, each)
    assert [name for name, *_ in held(engine)] == ["visit", "visit.account"]
    assert purged(engine, "visit") == ["DROP TABLE crm_visit__topics", "DROP TABLE crm_visit"]
    assert held(engine) == []
    assert is_whole(engine)
    applied(engine, full)
    insert(engine, "visit", {"name": "v"})
    assert is_whole(engine)


def test_what_is_kept_of_a_name_goes_with_its_last_place(engine: Engine) -> None:
    """Files of a field go when it is purged, unless there is a field of that name again."""
    paper = {"type": "file"}
    applied(engine, tree(entities__account__fields__paper=paper))
    insert(engine, "account", {"name": "x"})
    row = "'f', 'account', 'paper', 1, 'h', 'n', 't', 1, 1, 1"
    moment = "1" if engine.dialect.name == "sqlite" else "now()"
    columns = "id, entity, field, record, sha256, name, media_type, size, created_by, changed_seq, created_at"
    run(engine, f"INSERT INTO tenon_file ({columns}) VALUES ({row}, {moment})")  # noqa: S608
    applied(engine, tree())
    applied(engine, tree(entities__account__fields__paper={"type": "integer"}))
    purged(engine, "account.paper")
    assert files(engine) == 1
    applied(engine, tree())
    purged(engine, "account.paper")
    assert files(engine) == 0
    assert is_whole(engine)


def files(engine: Engine) -> int:
    with engine.connect() as connection:
        found: int = connection.execute(sa.text("SELECT count(*) FROM tenon_file")).scalar_one()
        return found

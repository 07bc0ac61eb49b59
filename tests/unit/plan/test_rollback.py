"""Back to an earlier revision, with what was removed since."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from app.orm.framework import audit, overwritten
from app.plan import AppliedRevision, ApplyRefused, NothingApplied, Plan, apply_plan, load_revision
from app.plan.purge import purge, purge_plan
from app.plan.rollback import revision_before, rollback_plan
from app.plan.tombstone import every_tombstone

from .conftest import applied, insert, select, tree
from .test_tombstones import VISIT, is_whole

FULL: dict[str, Any] = tree(entities__visit=VISIT, entities__account__fields__code__unique=True)


def rolled_back(engine: Engine, number: int | None = None, allow: Sequence[str] = ()) -> AppliedRevision | ApplyRefused:
    then = revision_before(engine, number)
    loaded, plan = rollback_plan(engine, then)
    done = apply_plan(engine, loaded, plan, "tester", allow)
    if isinstance(done, AppliedRevision):
        assert done.catalog.hash == then.catalog.hash
        assert rollback_plan(engine, then)[1].is_empty
    return done


def test_the_audit_tells_an_apply_from_a_rollback(engine: Engine) -> None:
    applied(engine, FULL)
    applied(engine, tree(entities__account__fields__fax={"type": "text"}))
    assert isinstance(rolled_back(engine), AppliedRevision)
    with engine.connect() as connection:
        *before, last = connection.scalars(sa.select(audit.c.action).order_by(audit.c.id)).all()
    assert (set(before), last) == ({"apply"}, "rollback")


def test_what_was_removed_renamed_and_added_since_is_as_it_was(engine: Engine) -> None:
    applied(engine, FULL)
    insert(engine, "account", {"name": "x", "code": "a", "level": "b", "size": 5}, {"name": "y"})
    insert(engine, "visit", {"name": "v", "account": 2, "done": True})
    columns = ("name", "code", "level", "size")
    before = select(engine, "account", *columns), select(engine, "visit", "name", "account", "done")
    changed = tree(
        entities__account__fields__size=None,
        entities__account__fields__number={"type": "integer", "renamed_from": "size"},
        entities__account__fields__code=None,
        entities__account__fields__fax={"type": "text"},
        picklists__level__options={"a": {}, "c": {"renamed_from": "b"}},
    )
    applied(engine, changed)
    assert select(engine, "account", "number", "level") == [(5, "c"), (None, None)]
    assert isinstance(rolled_back(engine), AppliedRevision)
    assert (select(engine, "account", *columns), select(engine, "visit", "name", "account", "done")) == before
    assert [each.name for each in every_tombstone(engine)] == ["account.fax"]
    assert is_whole(engine)
    assert load_revision(engine).number == 4
    assert isinstance(rolled_back(engine), AppliedRevision)  # and forth again
    assert select(engine, "account", "number", "level") == [(5, "c"), (None, None)]
    assert is_whole(engine)


def test_a_rollback_blocks_where_the_rows_do_not_fit_any_more(engine: Engine) -> None:
    with pytest.raises(NothingApplied):
        revision_before(engine)
    with pytest.raises(NothingApplied):
        revision_before(engine, 9)
    applied(engine, tree(entities__account__fields__code__max_length=30))
    insert(engine, "account", {"name": "x", "code": "a" * 25})
    refused = rolled_back(engine, 1)
    assert isinstance(refused, ApplyRefused)
    assert refused.code == "PLN504"
    assert load_revision(engine).number == 2


def _forget(engine: Engine) -> None:
    """As an earlier program, which kept nothing of what it overwrote."""
    with engine.begin() as connection:
        connection.execute(sa.delete(overwritten))


TEXT = {"type": "text", "max_length": 20}


def with_fields(**fields: object) -> dict[str, Any]:
    """The small pack with these fields instead of `code`."""
    found = tree(entities__account__fields__code=None)
    found["entities"]["account"]["fields"] |= fields
    return found


def test_a_name_that_another_field_took_holds_the_rollback_up(engine: Engine) -> None:
    insert(engine, "account", {"name": "x", "code": "007"})
    applied(engine, with_fields(num={**TEXT, "renamed_from": ["code"]}))
    applied(engine, with_fields(num=TEXT, code=TEXT))
    _, plan = rollback_plan(engine, load_revision(engine, 1))
    assert [(each.target, each.blocks and each.blocks.code) for each in plan.blocked] == [("account.code", "PLN538")]
    assert isinstance(rolled_back(engine, 1), ApplyRefused)
    applied(engine, with_fields(num=TEXT, other={**TEXT, "renamed_from": ["code"]}))  # as it says
    assert isinstance(rolled_back(engine, 1), AppliedRevision)
    assert select(engine, "account", "code") == [("007",)]
    assert [each.name for each in every_tombstone(engine)] == ["account.other"]
    assert is_whole(engine)


def test_a_removed_field_is_not_taken_for_another_of_its_name(engine: Engine) -> None:
    insert(engine, "account", {"name": "x", "code": "007"})
    applied(engine, with_fields())
    applied(engine, with_fields(code={"type": "boolean"}))
    refused = rolled_back(engine, 1)
    assert isinstance(refused, ApplyRefused)
    assert refused.plan is not None
    assert [each.target for each in refused.plan.blocked] == ["account.code"]
    applied(engine, with_fields(flag={"type": "boolean", "renamed_from": ["code"]}))
    assert isinstance(rolled_back(engine, 1), AppliedRevision)
    assert select(engine, "account", "code") == [("007",)]


def test_options_that_took_each_others_names_hold_the_rollback_up(engine: Engine) -> None:
    insert(engine, "account", {"name": "x", "level": "a"})
    applied(engine, tree(picklists__level__options={"z": {"renamed_from": ["a"]}, "b": {}}))
    applied(engine, tree(picklists__level__options={"z": {}, "b": {}, "a": {}}))
    refused = rolled_back(engine, 1)
    assert isinstance(refused, ApplyRefused)
    assert refused.plan is not None
    codes = [(each.target, each.blocks and each.blocks.code) for each in refused.plan.blocked]
    assert codes == [("level.a", "PLN538"), ("level.z", "PLN524")]


def test_a_rollback_says_that_merged_options_stay_merged_if_nothing_is_kept_of_them(engine: Engine) -> None:
    insert(engine, "account", {"name": "x", "level": "a"}, {"name": "y", "level": "b"})
    merged = {"a": {"retired": True, "replaced_by": "b"}, "b": {}}
    applied(engine, tree(picklists__level__options=merged), ["level.a"])
    _forget(engine)
    _, plan = rollback_plan(engine, load_revision(engine, 1))
    assert plan.notes == ("note: level.a was merged into b in revision 2; that stays: 1 row becomes b",)
    assert plan.notes[0] in plan.render()
    assert plan.render().endswith("Nothing was changed yet: crm rollback 1")
    assert isinstance(rolled_back(engine), AppliedRevision)
    assert select(engine, "account", "level") == [("b",), ("b",)]


def test_a_rollback_says_that_rows_keep_what_they_were_given_if_nothing_else_is_kept(engine: Engine) -> None:
    insert(engine, "account", {"name": "x", "code": None}, {"name": "y", "code": "b"})
    applied(engine, with_fields(code={"type": "text", "required": True, "backfill": "none"}))
    _forget(engine)
    _, plan = rollback_plan(engine, load_revision(engine, 1))
    (note,) = plan.notes
    assert note.startswith("note: account.code became stricter in revision 2; that stays: 1 of 2 rows are empty: ids ")
    assert isinstance(rolled_back(engine), AppliedRevision)
    assert select(engine, "account", "code") == [("none",), ("b",)]


def test_a_rollback_says_what_was_purged_and_does_not_come_back(engine: Engine) -> None:
    insert(engine, "account", {"name": "x", "code": "a"})
    applied(engine, tree(entities__account__fields__code=None))
    far = dt.date(2999, 1, 1)
    going = purge_plan(engine, "account.code", far)
    assert isinstance(going, Plan)
    assert isinstance(purge(engine, going, "tester", far), AppliedRevision)
    _, plan = rollback_plan(engine, load_revision(engine, 1))
    said = "note: account.code was purged in revision 3 and does not come back: 1 row, 1 filled when it was removed"
    assert plan.notes == (said,)
    assert rollback_plan(engine, load_revision(engine, 2))[1].notes == ()
    assert isinstance(rolled_back(engine, 1), AppliedRevision)
    assert select(engine, "account", "code") == [(None,)]

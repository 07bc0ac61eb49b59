import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from filelock import FileLock
from sqlalchemy.engine import Engine

from app.orm.engine import PLAN, UNIT, open_engine
from app.orm.framework import (
    ab_permission,
    ab_permission_view,
    ab_permission_view_role,
    ab_role,
    ab_user,
    ab_user_role,
    ab_view_menu,
    search_row,
)
from app.orm.sort_key import sort_key
from app.plan import (
    AppliedRevision,
    ApplyRefused,
    NothingApplied,
    applied_revision,
    apply_plan,
    first_apply,
    history,
    load_revision,
    lock,
    open_store,
    plan_for,
)
from app.plan.drift import fingerprint
from app.plan.migrate import VERSION, head
from app.plan.planning import look_around, make_plan

from .conftest import applied, insert, pack, select, tree

FIELD = "entities__account__fields__"
NAMED = {"name": "阿里巴巴"}


def refused(engine: Engine, a_tree: dict[str, Any]) -> ApplyRefused:
    loaded = pack(a_tree)
    answer = apply_plan(engine, loaded, plan_for(engine, loaded), "tester")
    assert isinstance(answer, ApplyRefused)
    return answer


def state(engine: Engine) -> tuple[int, str]:
    with engine.connect() as connection:
        return applied_revision(connection), fingerprint(connection)


def test_an_empty_database_has_no_revision(empty: Engine) -> None:
    with empty.connect() as connection:
        assert applied_revision(connection) == 0
    assert history(empty) == []
    with pytest.raises(NothingApplied):
        open_store(empty)


def test_the_first_apply_makes_all_of_it(empty: Engine) -> None:
    loaded = pack(tree())
    revision = first_apply(empty, loaded)
    assert (revision.number, revision.catalog.hash) == (1, loaded.catalog.hash)
    store = open_store(empty)
    assert store.revision == 1
    assert store.catalog == loaded.catalog
    assert plan_for(empty, loaded).is_empty


def test_a_plan_of_what_is_applied_builds_no_tables(engine: Engine) -> None:
    """That is most of the time of a plan: a second for sixty entities, a tenth without."""
    applied_again = pack(tree())
    with engine.connect() as connection:
        situation = look_around(connection, applied_again.catalog)
        assert make_plan(connection, situation).is_empty
    assert not {"old", "before", "new"} & vars(situation).keys()


def test_a_second_first_apply_leaves_the_revision_alone(engine: Engine) -> None:
    before = state(engine)
    other = tree(**{FIELD + "fax": {"type": "phone"}})
    assert first_apply(engine, pack(other)).number == 1
    assert state(engine) == before


def test_a_revision_says_who_when_and_how(engine: Engine) -> None:
    applied(engine, tree(**{FIELD + "fax": {"type": "phone"}}))
    newest, first = history(engine)
    assert (newest.number, newest.applied_by, first.number, first.applied_by) == (2, "tester", 1, "system:startup")
    assert abs(dt.datetime.now(dt.UTC) - newest.applied_at) < dt.timedelta(minutes=5)
    assert [step["target"] for step in newest.steps] == ["account.fax"]
    assert newest.sql == ["ALTER TABLE crm_account ADD COLUMN fax TEXT"]
    assert any(statement.startswith("CREATE TABLE crm_account") for statement in first.sql)


def test_an_older_revision_can_be_read_again(engine: Engine) -> None:
    applied(engine, tree(**{FIELD + "fax": {"type": "phone"}}))
    assert "fax" not in load_revision(engine, 1).catalog.entities["account"].fields
    assert "fax" in load_revision(engine).catalog.entities["account"].fields
    with pytest.raises(NothingApplied):
        load_revision(engine, 3)


def test_nothing_but_the_change_is_planned_after_a_revision_was_read_back(engine: Engine) -> None:
    limits = {FIELD + "limit": {"type": "money", "min": "0.5", "default": "1.50"}}
    applied(engine, tree(**limits))
    plan = plan_for(engine, pack(tree(**limits, **{FIELD + "fax": {"type": "phone"}})))
    assert [step.target for step in plan.steps] == ["account.fax"]


@pytest.mark.parametrize(
    "changes",
    [
        {FIELD + "name__max_length": 500},
        {FIELD + "size__max": None},
        {FIELD + "name__required": False},
        {FIELD + "code__type": "long_text"},
        {"picklists__level__options__c": {}},
        {"roles__boss": {"grants": {"account": {"read": "all"}}}},
    ],
)
def test_what_loosens_needs_no_change_of_tables(engine: Engine, changes: dict[str, Any]) -> None:
    _, before = state(engine)
    applied(engine, tree(**changes))
    assert state(engine) == (2, before)


def test_rows_stay_and_new_columns_are_blank(engine: Engine) -> None:
    insert(engine, "account", NAMED)
    applied(engine, tree(**{FIELD + "fax": {"type": "phone"}, FIELD + "boss": {"type": "user"}}))
    assert select(engine, "account", "name", "fax", "boss") == [("阿里巴巴", None, None)]


def test_a_new_boolean_is_never_blank(engine: Engine) -> None:
    insert(engine, "account", NAMED)
    applied(engine, tree(**{FIELD + "vip": {"type": "boolean"}, FIELD + "mail": {"type": "boolean", "default": True}}))
    assert select(engine, "account", "vip", "mail") == [(False, True)]


def test_a_new_required_field_fills_rows_with_its_default(engine: Engine) -> None:
    insert(engine, "account", NAMED, NAMED)
    new = {
        FIELD + "kind": {"type": "text", "required": True, "default": "firm"},
        FIELD + "rate": {"type": "percent", "required": True, "default": "2.5"},
        FIELD + "rank": {"type": "integer", "required": True, "default": 3},
        FIELD + "hint": {"type": "text", "default": "for new ones"},
    }
    marks = select(engine, "account", "changed_seq")
    applied(engine, tree(**new))
    assert select(engine, "account", "kind", "rate", "rank", "hint") == [("firm", Decimal("2.5"), 3, None)] * 2
    assert min(select(engine, "account", "changed_seq")) > max(marks)


def test_new_sort_keys_and_folded_forms_are_computed(engine: Engine) -> None:
    insert(engine, "account", {**NAMED, "code": "Ärger"}, {**NAMED, "code": None})
    applied(
        engine,
        tree(
            entities__account__list={"columns": ["name", "code"]},
            **{FIELD + "code__unique": True, FIELD + "code__ignore_case": True},
        ),
    )
    assert select(engine, "account", "code__sort", "code__fold") == [(sort_key("Ärger"), "ärger"), (None, None)]


def test_derived_columns_go_and_come_back(engine: Engine) -> None:
    insert(engine, "account", {**NAMED, "code": "b"})
    listed = tree(entities__account__list={"columns": ["name", "code"], "sort": ["code"]})
    applied(engine, listed)
    with_sort = state(engine)[1]
    applied(engine, tree())
    applied(engine, listed)
    assert state(engine)[1] == with_sort
    assert select(engine, "account", "code__sort") == [(sort_key("b"),)]


def test_the_search_finds_existing_rows_by_a_new_field(engine: Engine) -> None:
    gone = {"deleted_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)}
    insert(engine, "account", {**NAMED, "code": "q77"}, {**NAMED, "code": "q88", **gone})
    applied(engine, tree(**{FIELD + "code__searchable": True}))
    with engine.connect() as connection:
        rows = connection.execute(sa.select(search_row.c.record, search_row.c.tokens)).all()
    assert [record for record, _ in rows] == [1]
    assert {"q77", "阿里"} <= set(rows[0].tokens.split())


def test_a_failure_in_the_middle_changes_nothing(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    before = state(engine)
    monkeypatch.setattr("app.plan.apply.write_mirror", lambda *_: 1 / 0)
    loaded = pack(tree(**{FIELD + "fax": {"type": "phone"}}))
    with pytest.raises(ZeroDivisionError):
        apply_plan(engine, loaded, plan_for(engine, loaded), "tester")
    assert state(engine) == before


def test_a_blocked_plan_is_refused(engine: Engine) -> None:
    before = state(engine)
    answer = refused(engine, tree(**{FIELD + "code": {"type": "address"}}))
    assert answer.code == "PLN504"
    assert answer.plan is not None
    assert answer.plan.blocked
    assert state(engine) == before


def test_the_data_is_asked_again_when_applying(engine: Engine) -> None:
    loaded = pack(tree(**{FIELD + "code__required": True}))
    plan = plan_for(engine, loaded)
    assert not plan.blocked
    insert(engine, "account", NAMED)
    answer = apply_plan(engine, loaded, plan, "tester")
    assert isinstance(answer, ApplyRefused)
    assert answer.code == "PLN504"


@pytest.mark.parametrize("moved", ["revision", "catalog", "tables"])
def test_a_plan_that_was_overtaken_is_refused(engine: Engine, moved: str) -> None:
    loaded = pack(tree(**{FIELD + "fax": {"type": "phone"}}))
    plan = plan_for(engine, loaded)
    if moved == "revision":
        applied(engine, tree(roles__boss={"grants": {}}))
    elif moved == "catalog":
        loaded = pack(tree(**{FIELD + "fax": {"type": "text"}}))
    else:
        with engine.execution_options(**{UNIT: PLAN}).begin() as connection:
            connection.execute(sa.text("CREATE INDEX by_hand ON crm_account (size)"))
    answer = apply_plan(engine, loaded, plan, "tester")
    assert isinstance(answer, ApplyRefused)
    assert answer.code == "PLN501"


def test_an_empty_plan_keeps_the_revision(engine: Engine) -> None:
    loaded = pack(tree())
    done = apply_plan(engine, loaded, plan_for(engine, loaded), "tester")
    assert isinstance(done, AppliedRevision)
    assert done.number == 1


def test_a_destructive_step_needs_its_name(engine: Engine) -> None:
    with engine.begin() as connection:
        names = {"first_name": "A", "last_name": "B", "username": "ab", "email": "a@b.test"}
        user = connection.execute(ab_user.insert().values(names)).inserted_primary_key
        role = connection.execute(ab_role.select().where(ab_role.c.name == "rep")).one()
        connection.execute(ab_user_role.insert().values(user_id=user[0], role_id=role.id))
    without = tree(roles__rep=None)
    assert refused(engine, without).code == "PLN503"
    applied(engine, without, allow=["rep"])
    with engine.connect() as connection:
        assert connection.execute(sa.select(ab_user_role)).all() == []
        assert connection.execute(sa.select(ab_role).where(ab_role.c.name == "rep")).all() == []


def test_older_tables_of_the_framework_are_a_step(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(sa.update(VERSION).values(version_num="0000"))
    steps = plan_for(engine, pack(tree())).steps
    assert [(step.kind.words, step.detail) for step in steps] == [("framework tables", f"0000 → {head()}")]


def test_an_apply_waits_for_no_longer_than_it_says(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = open_engine(sqlite_url)
    first_apply(engine, pack(tree()))
    monkeypatch.setattr(lock, "WAIT_SECONDS", 0)
    with FileLock(f"{engine.url.database}.apply-lock"):
        assert refused(engine, tree(roles__boss={"grants": {}})).code == "PLN502"
    applied(engine, tree(roles__boss={"grants": {}}))
    engine.dispose()


@pytest.mark.pg
def test_an_apply_gives_up_where_a_table_is_held(pg_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = open_engine(pg_url)
    first_apply(engine, pack(tree()))
    monkeypatch.setattr(lock, "WAIT_SECONDS", 0.05)
    with engine.begin() as holder:
        holder.execute(sa.text("SELECT count(*) FROM crm_account"))
        assert refused(engine, tree(**{FIELD + "fax": {"type": "phone"}})).code == "PLN502"
    engine.dispose()


# The mirror


def mirror(engine: Engine) -> set[tuple[str, str, str]]:
    query = (
        sa.select(ab_role.c.name, ab_permission.c.name, ab_view_menu.c.name)
        .join(ab_permission_view_role, ab_permission_view_role.c.role_id == ab_role.c.id)
        .join(ab_permission_view, ab_permission_view.c.id == ab_permission_view_role.c.permission_view_id)
        .join(ab_permission, ab_permission.c.id == ab_permission_view.c.permission_id)
        .join(ab_view_menu, ab_view_menu.c.id == ab_permission_view.c.view_menu_id)
    )
    with engine.connect() as connection:
        return {(role, permission, view) for role, permission, view in connection.execute(query)}


REP = {("rep", f"can_{verb}", "account") for verb in ("create", "read", "update")}


def test_the_mirror_shows_what_roles_may_do(engine: Engine) -> None:
    assert mirror(engine) == REP
    boss = {"includes": ["rep"], "grants": {"*": {"read": "all"}}, "rights": ["configure"]}
    applied(engine, tree(roles__boss=boss))
    everywhere = {("boss", "can_read", entity) for entity in ("account", "user", "department", "team")}
    own = {("boss", "can_create", "account"), ("boss", "can_update", "account"), ("boss", "can_configure", "Rights")}
    assert mirror(engine) == REP | everywhere | own


def test_the_mirror_takes_back(engine: Engine) -> None:
    applied(engine, tree(roles__rep__grants__account={"read": "all"}))
    assert mirror(engine) == {("rep", "can_read", "account")}


def test_the_mirror_leaves_foreign_roles_and_mends_its_own(engine: Engine) -> None:
    with engine.begin() as connection:
        pair = connection.execute(sa.select(ab_permission_view_role.c.permission_view_id)).scalars().first()
        connection.execute(sa.delete(ab_permission_view_role))
        foreign = connection.execute(ab_role.insert().values(name="by hand")).inserted_primary_key
        connection.execute(ab_permission_view_role.insert().values(role_id=foreign[0], permission_view_id=pair))
    applied(engine, tree(roles__boss={"grants": {}}))
    assert {role for role, _, _ in mirror(engine)} == {"rep", "by hand"}
    assert mirror(engine) >= REP

"""A field becomes encrypted, and plain again: its rows follow, and nothing is left in plain text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from app.access import reading, system_actor
from app.cli.applying import tell_unclean
from app.insight.lists import list_records
from app.insight.query import Filter, ListQuery
from app.orm.engine import PLAN, UNIT
from app.orm.framework import audit, tombstone
from app.orm.sealed import Keys, give_keys
from app.plan import AppliedRevision, ApplyRefused, apply_plan, open_store, plan_for
from app.plan.cells import write_cells
from app.plan.rollback import revision_before, rollback_plan
from app.record import Change, Saved, create, update
from app.record.proof import prove_audit

from .conftest import applied, insert, pack, select, tree

ACTOR = system_actor("system:seed")
KEYS = Keys.of("a secret of the tests that nobody else has")
CANARY = "kanarienvogel"


def code(**more: Any) -> dict[str, Any]:
    return tree(entities__account__fields__code={"type": "text", "max_length": 20, **more})


SEALED = code(sensitive={"encrypt": True})


@pytest.fixture
def filled(engine: Engine) -> Engine:
    give_keys(engine, KEYS)
    applied(engine, code(searchable=True, indexed=True))
    store = open_store(engine)
    rows = [{"name": f"A{number}", "code": f"{CANARY}{number}"} for number in range(3)]
    saved = create(store, ACTOR, "account", rows, door="seed")
    assert isinstance(saved, Saved)
    change = Change(saved.ids[0], {"name": "renamed", "code": f"{CANARY}x"})
    assert isinstance(update(store, ACTOR, "account", [change], door="seed"), Saved)
    return engine


def everything(engine: Engine) -> str:
    """Every row of every table, as the database keeps it."""
    found = []
    with engine.connect() as connection:
        for name in sa.inspect(connection).get_table_names():
            found += connection.execute(sa.text(f'SELECT * FROM "{name}"')).all()  # noqa: S608
    return str(found)


def test_rows_are_encrypted_and_nothing_stays_in_plain_text(filled: Engine) -> None:
    plan = plan_for(filled, pack(SEALED))
    (step,) = [each for each in plan.steps if each.kind.name == "CHANGE_TYPE"]
    assert (step.risk, step.impact) == ("slow", "3 of 3 rows convert")
    assert "kept encrypted" in step.detail
    applied(filled, SEALED)
    assert select(filled, "account", "code") == [(f"{CANARY}{end}",) for end in "x12"]
    assert CANARY not in everything(filled)
    assert plan_for(filled, pack(SEALED)).is_empty
    with filled.connect() as connection:
        erased = connection.execute(sa.select(audit.c.changes).where(audit.c.action == "update")).scalars().all()
        kept = connection.execute(sa.select(audit.c.changes).where(audit.c.action == "kept")).scalars().all()
    assert erased == [None]
    assert [each["name"] for each in kept] == [["A0", "renamed"]]
    assert prove_audit(open_store(filled), ()).wrong == 0


def test_and_back(filled: Engine) -> None:
    applied(filled, SEALED)
    update(open_store(filled), ACTOR, "account", [Change(2, {"code": "new"})], door="seed")
    applied(filled, code())
    assert select(filled, "account", "code") == [(f"{CANARY}x",), ("new",), (f"{CANARY}2",)]
    applied(filled, SEALED)
    assert select(filled, "account", "code") == [(f"{CANARY}x",), ("new",), (f"{CANARY}2",)]
    assert CANARY not in everything(filled)


def test_a_wider_text_is_encrypted_and_opened_at_once(filled: Engine) -> None:
    """Text that becomes a longer one stays where it is, but not if it is to be encrypted."""
    sealed = code(type="long_text", sensitive={"encrypt": True})
    (step,) = [each for each in plan_for(filled, pack(sealed)).steps if each.kind.name == "CHANGE_TYPE"]
    assert step.detail.startswith("text → long_text, is kept encrypted; its history")
    applied(filled, sealed)
    assert select(filled, "account", "code") == [(f"{CANARY}{end}",) for end in "x12"]
    assert CANARY not in everything(filled)
    applied(filled, code(type="email", sensitive={"encrypt": True}, existing="blank"), ["account.code"])
    assert select(filled, "account", "code") == [(None,)] * 3
    update(open_store(filled), ACTOR, "account", [Change(1, {"code": "a@b.cn"})], door="seed")
    applied(filled, code())
    assert select(filled, "account", "code") == [("a@b.cn",), (None,), (None,)]


def test_a_server_of_before_reads_no_blank_where_a_value_is(filled: Engine) -> None:
    """Its statements fail: the layer that takes up revisions then begins anew, where a blank would have been believed."""
    old = open_store(filled).models.tables["account"]
    with filled.connect() as connection:
        assert connection.execute(sa.select(old.c.code)).all()
    applied(filled, SEALED)
    with filled.connect() as connection, pytest.raises(sa.exc.DBAPIError, match="code"):
        connection.execute(sa.select(old.c.code))
    with filled.connect() as connection:
        assert not connection.execute(sa.select(tombstone)).all()
    assert plan_for(filled, pack(SEALED)).is_empty


def test_the_revision_of_before_comes_back_with_its_values(filled: Engine) -> None:
    applied(filled, SEALED)
    loaded, plan = rollback_plan(filled, revision_before(filled))
    assert not plan.blocked
    done = apply_plan(filled, loaded, plan, "tester")
    assert not isinstance(done, ApplyRefused), done
    assert select(filled, "account", "code") == [(f"{CANARY}{end}",) for end in "x12"]


def test_a_kill_within_the_switch_leaves_all_as_it_was(filled: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(Exception):
        pass

    def killed(*_arguments: object) -> None:
        raise Killed

    monkeypatch.setattr("app.plan.apply.write_revision", killed)  # after all that it does
    with pytest.raises(Killed):
        applied(filled, SEALED)
    monkeypatch.undo()
    assert select(filled, "account", "code") == [(f"{CANARY}{end}",) for end in "x12"]
    applied(filled, SEALED)
    assert CANARY not in everything(filled)


def test_what_does_not_open_stops_the_way_back(filled: Engine) -> None:
    applied(filled, SEALED)
    give_keys(filled, Keys.of("another secret, of another house"))
    plan = plan_for(filled, pack(code()))
    assert [each.impact for each in plan.blocked] == ["0 of 3 rows convert; 3 do not: ids 1, 2, 3"]


def test_equal_values_are_found_without_being_told(filled: Engine) -> None:
    update(open_store(filled), ACTOR, "account", [Change(2, {"code": f"{CANARY}x"})], door="seed")
    applied(filled, SEALED)
    plan = plan_for(filled, pack(code(sensitive={"encrypt": True}, unique=True)))
    (block,) = plan.blocked
    assert "ids 1, 2" in block.impact
    assert CANARY not in str(plan)
    update(open_store(filled), ACTOR, "account", [Change(2, {"code": "other"})], door="seed")
    applied(filled, code(sensitive={"encrypt": True}, unique=True))
    store = open_store(filled)
    taken = create(store, ACTOR, "account", [{"name": "B", "code": "other"}], door="seed")
    assert not isinstance(taken, Saved)


def test_digests_are_made_anew_when_the_case_of_letters_counts_or_not(filled: Engine) -> None:
    unique: dict[str, Any] = {"sensitive": {"encrypt": True}, "unique": True}

    def taken(code: str) -> bool:
        found = create(open_store(filled), ACTOR, "account", [{"name": "B", "code": code}], door="seed")
        return not isinstance(found, Saved)

    applied(filled, code(**unique))
    assert taken(f"{CANARY}2")
    assert not taken(f"{CANARY}2".upper())
    either = code(**unique, ignore_case=True)
    (block,) = plan_for(filled, pack(either)).blocked
    assert (block.blocks and block.blocks.code, "ids 3, 4" in block.impact) == ("PLN525", True), block.impact
    assert isinstance(update(open_store(filled), ACTOR, "account", [Change(4, {"code": "Other"})], door="seed"), Saved)
    told = [(each.kind.words, each.target, each.impact) for each in plan_for(filled, pack(either)).steps]
    assert ("fill", "account.code", "4 rows") in told
    applied(filled, either)
    assert taken("oTHER")
    assert taken(f"{CANARY}2".upper())
    applied(filled, code(**unique))
    assert taken("Other")
    assert not taken("other")


def test_a_value_beyond_a_limit_that_came_later_is_found(filled: Engine) -> None:
    applied(filled, code(sensitive={"encrypt": True}, indexed=True))
    short = code(sensitive={"encrypt": True}, indexed=True)
    short["entities"]["account"]["fields"]["code"]["max_length"] = 5
    applied(filled, short)
    with reading(open_store(filled), ACTOR) as session:
        asked = ListQuery("account", ("code",), (Filter("code", "equals", (f"{CANARY}2",)),))
        assert [row.id for row in list_records(session, ACTOR, asked).rows] == [3]


def test_renames_leave_the_values_where_they_are(filled: Engine) -> None:
    applied(filled, SEALED)
    renamed = tree(
        entities__account__fields__code=None,
        entities__account__fields__secret={"type": "text", "renamed_from": "code", "sensitive": {"encrypt": True}},
    )
    applied(filled, renamed)
    assert select(filled, "account", "secret") == [(f"{CANARY}{end}",) for end in "x12"]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small tables are prepared, some rows at a time."""
    monkeypatch.setattr("app.plan.prepare.FEWEST", 0)
    monkeypatch.setattr("app.plan.prepare.BATCH", 2)


@pytest.mark.usefixtures("small")
def test_a_large_table_is_encrypted_before_the_switch_and_what_people_write_meanwhile_in_it(
    filled: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, seen, within = open_store(filled), list[int](), list[Any]()
    create(store, ACTOR, "account", [{"name": "blank"}, {"name": "B", "code": f"{CANARY}3"}], door="seed")

    def meanwhile(_entity: str, done: int, _total: int) -> None:
        seen.append(done)
        if done == 4:
            update(store, ACTOR, "account", [Change(2, {"code": f"{CANARY}-later"})], door="seed")
            create(store, ACTOR, "account", [{"name": "C", "code": f"{CANARY}-new"}], door="seed")

    def noted(*arguments: Any) -> None:
        within.extend(row for row, _ in arguments[4])
        write_cells(*arguments)

    monkeypatch.setattr("app.plan.mend.write_cells", noted)
    wanted = pack(code(sensitive={"encrypt": True}, unique=True, ignore_case=True))
    done = apply_plan(filled, wanted, plan_for(filled, wanted), "tester", (), meanwhile)
    assert isinstance(done, AppliedRevision), done
    assert (seen, within) == ([2, 4, 5], [2])
    ends = ("x", "-later", "2", None, "3", "-new")
    assert select(filled, "account", "code") == [(f"{CANARY}{end}" if end else None,) for end in ends]
    assert CANARY not in everything(filled)
    taken = create(open_store(filled), ACTOR, "account", [{"name": "D", "code": f"{CANARY}3".upper()}], door="seed")
    assert not isinstance(taken, Saved)
    assert plan_for(filled, wanted).is_empty


@pytest.mark.usefixtures("small")
def test_what_another_key_has_sealed_is_not_taken_up(filled: Engine) -> None:
    """An apply is killed, and the next one has another key: what the first has written, nobody could open."""

    class Killed(Exception):
        pass

    def killed(*_told: object) -> None:
        raise Killed

    wanted = pack(SEALED)
    with pytest.raises(Killed):
        apply_plan(filled, wanted, plan_for(filled, wanted), "tester", (), killed)
    give_keys(filled, Keys.of("another secret of the tests, taken meanwhile"))
    seen: list[int] = []
    done = apply_plan(filled, wanted, plan_for(filled, wanted), "tester", (), lambda _, rows, __: seen.append(rows))
    assert isinstance(done, AppliedRevision), done
    assert seen == [2, 3], "from the beginning"
    assert select(filled, "account", "code") == [(f"{CANARY}{end}",) for end in "x12"]


@pytest.mark.usefixtures("small")
def test_and_plain_again_before_the_switch(filled: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    applied(filled, SEALED)
    monkeypatch.setattr("app.plan.mend.write_cells", None)  # nothing is left to it
    applied(filled, code())
    assert select(filled, "account", "code") == [(f"{CANARY}{end}",) for end in "x12"]


@pytest.mark.usefixtures("small")
def test_a_new_encrypted_field_of_a_large_table_is_filled_before_the_switch(
    filled: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.plan.mend.write_cells", None)
    pin = {"type": "text", "sensitive": {"encrypt": True}, "backfill": CANARY}
    applied(filled, tree(entities__account__fields__pin=pin))
    assert select(filled, "account", "pin") == [(CANARY,)] * 3


def test_no_page_of_the_file_keeps_what_was_encrypted(filled: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor the log beside it; not even what was overwritten or deleted long before."""
    if filled.dialect.name != "sqlite":
        pytest.skip("PostgreSQL keeps dead rows until its own VACUUM")
    monkeypatch.setattr("app.plan.prepare.FEWEST", 0)
    insert(filled, "account", *({"id": 10 + each, "name": "x", "code": f"{CANARY}{each}"} for each in range(300)))
    with filled.execution_options(**{UNIT: PLAN}).begin() as connection:
        connection.execute(sa.text("DELETE FROM crm_account WHERE id >= 200"))
    place = Path(filled.url.database or "")
    files = [place, place.with_name(place.name + "-wal")]
    assert any(CANARY.encode() in each.read_bytes() for each in files)
    done = applied(filled, SEALED)
    assert done.is_clean
    assert not [each.name for each in files if CANARY.encode() in each.read_bytes()]


def test_an_apply_says_that_others_keep_the_file_from_being_rewritten(
    filled: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("app.plan.apply.clear_deleted", lambda _engine: False)
    done = applied(filled, SEALED)
    tell_unclean(done)
    is_file = filled.dialect.name == "sqlite"
    assert done.is_clean is not is_file
    assert ("until `crm subject again`" in capsys.readouterr().err) is is_file
    assert applied(filled, code()).is_clean
    assert plan_for(filled, pack(code())).is_empty

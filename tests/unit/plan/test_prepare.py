"""What is worked out before the switch: the same as in the switch, whatever people write meanwhile, and taken up after a kill."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Engine

from app.orm.counters import next_changed_seq
from app.orm.engine import PLAN, UNIT, open_engine
from app.orm.framework import audit, preparation
from app.plan import AppliedRevision, ApplyRefused, apply_plan, history, open_store, plan_for, prepare
from app.plan.drift import compare_schema
from app.plan.mirror import write_mirror

from .conftest import applied, insert, pack, select, tree

FIELD = "entities__account__fields__"
WANTED = tree(
    **{
        FIELD + "code": {"type": "integer", "backfill": 7, "indexed": True},
        FIELD + "level": {"type": "text", "ignore_case": True},
        FIELD + "grade": {"type": "picklist", "options": "level", "backfill": "b"},
        FIELD + "double": {"type": "decimal", "backfill": {"formula": "size * 2"}},
        FIELD + "size": {"type": "integer", "min": 0, "max": 5000},
        FIELD + "good": {"type": "boolean", "backfill": True},
        "entities__account__list": {"columns": ["name", "level"], "sort": ["level"]},
    }
)
ALLOWED = ("account.code",)
TEXTS = ("12", "1,204", "few", None, "40", "", "007")
COUNT = 60
TABLE = sa.table("crm_account", sa.column("id"))


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small tables are prepared, a few rows at a time."""
    monkeypatch.setattr(prepare, "FEWEST", 0)
    monkeypatch.setattr(prepare, "BATCH", 7)


class Ended(Exception):
    """In the middle of it."""


def ended_at(reached: int) -> Callable[[str, int, int], None]:
    def tell(_entity: str, done: int, _total: int) -> None:
        if done == reached:
            raise Ended

    return tell


def fill(engine: Engine) -> None:
    rows = [
        {
            "name": f"n{number}",
            "code": TEXTS[number % len(TEXTS)],
            "level": ("a", "b", None)[number % 3],
            "size": None if number % 5 == 0 else number,
        }
        for number in range(COUNT)
    ]
    insert(engine, "account", *rows)
    write(engine, 3, deleted_at=open_store(engine).clock())


def write(engine: Engine, row: int, **values: Any) -> None:
    """As a save would, with a number of its own; a new row where there is none."""
    table = open_store(engine).models.tables["account"]
    with engine.execution_options(**{UNIT: PLAN}).begin() as connection:
        mark = next_changed_seq(connection)
        done = connection.execute(sa.update(table).where(table.c.id == row).values(**values, changed_seq=mark))
        if not done.rowcount:
            moment = open_store(engine).clock()
            new = {"id": row, "name": "new", "created_at": moment, "updated_at": moment, "changed_seq": mark}
            connection.execute(sa.insert(table).values({**new, **values}))


def people(engine: Engine) -> None:
    """What somebody does, be it before an apply or while it prepares."""
    write(engine, 1, code="99")
    write(engine, 2, code=None, size=1)
    write(engine, 5, deleted_at=open_store(engine).clock())
    write(engine, 8, code="nonsense", level=None)
    write(engine, 200, code="5", level="a", size=5)


def state(engine: Engine) -> Any:
    """All rows, but for their numbers; what the history and the audit tell."""
    with engine.connect() as connection:
        columns = sorted(each["name"] for each in sa.inspect(connection).get_columns("crm_account"))
        stamps = {"changed_seq", "created_at", "updated_at", "deleted_at"}
        read = [sa.column(each) for each in columns if each not in stamps]
        rows = [tuple(each) for each in connection.execute(sa.select(*read).select_from(TABLE).order_by(TABLE.c.id))]
        marked = sa.text("SELECT id, changed_seq > 0 FROM crm_account ORDER BY id")
        told = connection.execute(sa.select(audit.c.action, audit.c.entity, audit.c.changes)).all()
        whose = [tuple(each) for each in connection.execute(marked)]
    steps = [dict(each) for each in history(engine)[0].steps]
    return columns, rows, [(key, bool(value)) for key, value in whose], [tuple(each) for each in told], steps


def change(engine: Engine, tell: Callable[[str, int, int], None] = prepare.nobody) -> AppliedRevision | ApplyRefused:
    loaded = pack(WANTED)
    return apply_plan(engine, loaded, plan_for(engine, loaded), "tester", ALLOWED, tell)


def test_what_is_prepared_is_what_the_switch_would_write(
    new_database: Callable[[], Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = new_database(), new_database()
    for engine in (one, other):
        applied(engine, tree())
        fill(engine)
    people(one)
    assert isinstance(change(one), AppliedRevision)
    monkeypatch.setattr(prepare, "FEWEST", 0)
    monkeypatch.setattr(prepare, "BATCH", 7)
    seen: list[int] = []

    def meanwhile(_entity: str, done: int, _total: int) -> None:
        seen.append(done)
        if done == 28:
            people(other)

    loaded = pack(WANTED)
    assert isinstance(apply_plan(other, loaded, plan_for(other, loaded), "tester", ALLOWED, meanwhile), AppliedRevision)
    assert seen == [7, 14, 21, 28, 35, 42, 49, 56, 60]
    plain, prepared = state(one), state(other)
    for at in range(4):
        assert prepared[at] == plain[at]
    assert plan_for(other, loaded).is_empty
    assert compare_schema(other, open_store(other).models) == []
    with other.connect() as connection:
        assert connection.execute(sa.select(preparation)).all() == []


def test_one_field_is_prepared_as_the_switch_would_write_it(
    new_database: Callable[[], Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By statements of its own where one column alone is read, or none."""
    wanted = (
        {FIELD + "code": {"type": "integer", "existing": "blank"}},
        {FIELD + "grade": {"type": "text", "backfill": "b"}},
        {FIELD + "half": {"type": "decimal", "backfill": {"formula": "round(coalesce(size, 1) / 2, 1)"}}},
        {FIELD + "level": {"type": "text"}, FIELD + "half": {"type": "text"}},
    )
    engines = new_database(), new_database()
    for engine, fewest in zip(engines, (1_000, 0), strict=True):
        monkeypatch.setattr(prepare, "FEWEST", fewest)
        monkeypatch.setattr(prepare, "BATCH", 25)
        applied(engine, tree())
        fill(engine)
        write(engine, 9, code="12345678901234567")
        write(engine, 10, code="123456789012345")
        whole: dict[str, Any] = {}
        for some in wanted:
            whole |= some
            applied(engine, tree(**whole), ALLOWED if FIELD + "code" in some else ())
    plain, prepared = (state(each) for each in engines)
    for at in range(4):
        assert prepared[at] == plain[at]


@pytest.mark.usefixtures("small")
def test_what_was_begun_is_invisible_and_taken_up(engine: Engine) -> None:
    fill(engine)
    loaded = pack(WANTED)
    plan = plan_for(engine, loaded)
    with pytest.raises(Ended):
        change(engine, ended_at(28))
    assert compare_schema(engine, open_store(engine).models) == []
    assert plan_for(engine, loaded).is_same_change(plan)
    write(engine, 2, code="77")
    seen: list[int] = []
    assert isinstance(change(engine, lambda _entity, done, _total: seen.append(done)), AppliedRevision)
    assert seen[0] == 35
    assert [value for (value,) in select(engine, "account", "code")][:8] == [12, 77, 7, None, 40, None, 7, 12]


@pytest.mark.usefixtures("small")
def test_another_change_drops_what_was_begun(engine: Engine) -> None:
    fill(engine)
    with pytest.raises(Ended):
        change(engine, ended_at(28))
    applied(engine, tree(**{FIELD + "double": {"type": "text"}}))
    with engine.connect() as connection:
        columns = {each["name"] for each in sa.inspect(connection).get_columns("crm_account")}
        assert connection.execute(sa.select(preparation)).all() == []
    assert "double" in columns
    assert not columns & {"code__r2", "level__r2", "grade", "good"}
    assert select(engine, "account", "double") == [(None,)] * COUNT
    assert compare_schema(engine, open_store(engine).models) == []


@pytest.mark.usefixtures("small")
def test_a_row_that_does_not_convert_by_then_changes_nothing(engine: Engine) -> None:
    insert(engine, "account", *({"name": "x", "code": str(number)} for number in range(20)))
    wanted = pack(tree(**{FIELD + "code": {"type": "integer"}}))

    def meanwhile(_entity: str, done: int, _total: int) -> None:
        if done == 14:
            write(engine, 2, code="few")

    refused = apply_plan(engine, wanted, plan_for(engine, wanted), "tester", (), meanwhile)
    assert isinstance(refused, ApplyRefused)
    assert refused.code == "PLN504"
    assert refused.plan is not None
    assert "ids 2" in refused.plan.blocked[0].impact
    assert history(engine)[0].number == 1
    write(engine, 2, code="-3")
    applied(engine, wanted.tree)
    assert select(engine, "account", "code")[:3] == [(0,), (-3,), (2,)]


@pytest.mark.usefixtures("small")
def test_what_reads_the_clock_or_another_row_is_left_to_the_switch(engine: Engine) -> None:
    insert(engine, "account", *({"name": "x", "code": str(number)} for number in range(20)))
    wanted = tree(
        **{
            FIELD + "since": {"type": "date", "backfill": {"formula": "today()"}},
            FIELD + "code": {"type": "integer"},
            FIELD + "twice": {"type": "integer", "backfill": {"formula": "code * 2"}},
        }
    )
    seen: list[int] = []
    loaded = pack(wanted)
    done = apply_plan(
        engine, loaded, plan_for(engine, loaded), "tester", (), lambda _entity, done, _total: seen.append(done)
    )
    assert isinstance(done, AppliedRevision)
    assert seen == [7, 14, 20]
    assert [twice for (twice,) in select(engine, "account", "twice")] == [number * 2 for number in range(20)]
    assert all(since is not None for (since,) in select(engine, "account", "since"))


def test_a_value_that_comes_after_the_rows_were_asked_is_not_lost(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    if engine.dialect.name == "sqlite":
        pytest.skip("nobody writes while it switches")
    insert(engine, "account", *({"name": "x", "code": str(number)} for number in range(3)))
    wanted = pack(tree(**{FIELD + "code": {"type": "integer"}}))
    plan = plan_for(engine, wanted)

    def late(*arguments: Any) -> None:
        write(engine, 2, code="few")
        write_mirror(*arguments)

    monkeypatch.setattr("app.plan.apply.write_mirror", late)
    refused = apply_plan(engine, wanted, plan, "tester")
    assert isinstance(refused, ApplyRefused)
    assert (refused.code, refused.reason.endswith("does not convert: account.code: ids 2")) == ("PLN505", True)
    assert history(engine)[0].number == 1


def test_a_full_disk_changes_nothing(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """On PostgreSQL no disk is filled: a limit of its own, of the same class of errors, stands for that."""
    text = "a long text that takes room " * 20
    insert(engine, "account", *({"name": text, "code": str(number)} for number in range(400)))
    before = select(engine, "account", "id", "name", "code")
    wanted = pack(tree(**{FIELD + "long": {"type": "long_text", "backfill": text}}))
    for fewest in (10_000, 0):
        monkeypatch.setattr(prepare, "FEWEST", fewest)
        plan = plan_for(engine, wanted)
        with full(engine) as small:
            refused = apply_plan(small, wanted, plan, "tester")
        assert isinstance(refused, ApplyRefused)
        assert refused.code == "PLN544"
        assert select(engine, "account", "id", "name", "code") == before
        assert history(engine)[0].number == 1
    applied(engine, wanted.tree)
    assert select(engine, "account", "long")[0] == (text.strip(),)


@contextmanager
def full(engine: Engine) -> Iterator[Engine]:
    """The same database with hardly any room left."""
    small = open_engine(engine.url.render_as_string(hide_password=False))

    def limit(connection: Any, _entry: Any) -> None:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages + 5}")

    def refuse(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("UPDATE crm_account"):
            raise sa.exc.OperationalError(statement, None, psycopg.errors.DiskFull("no space left on device"))

    if engine.dialect.name == "sqlite":
        event.listen(small, "connect", limit)
    else:
        event.listen(small, "before_cursor_execute", refuse)
    yield small
    small.dispose()


@pytest.mark.usefixtures("small")
def test_a_row_that_needs_a_decision_is_left_to_the_switch(engine: Engine) -> None:
    texts = ["few" if number % 6 == 0 else None if number % 6 == 1 else str(number) for number in range(30)]
    insert(engine, "account", *({"name": "x", "code": text} for text in texts))
    applied(engine, tree(**{FIELD + "code": {"type": "integer", "existing": "blank"}}), ["account.code"])
    assert select(engine, "account", "code") == [(None if text in {None, "few"} else int(text),) for text in texts]
    with engine.connect() as connection:
        marks = connection.execute(sa.text("SELECT changed_seq FROM crm_account ORDER BY id")).scalars().all()
    assert [mark > 0 for mark in marks] == [text not in {None, "few"} for text in texts]


LINKS = sa.table(
    "crm_account__friends",
    *map(sa.column, ("record", "value", "position", "changed_seq", "own_rank", "own_part", "own_sure")),
)
LINKED = tree(
    **{
        FIELD + "friends": {
            "type": "lookup", "to": "account", "many": True, "inverse": "of",
            "link_fields": {"rank": {"type": "text"}, "part": {"type": "decimal", "scale": 2}, "sure": {"type": "boolean"}},
        }
    }
)  # fmt: skip
RANKED: tuple[dict[str, Any], ...] = (
    {"rank": {"type": "integer", "backfill": 7}},
    {"part": {"type": "decimal", "scale": 0}, "sure": {"type": "text"}},
    {"part": {"type": "text"}, "sure": {"type": "boolean"}, "rank": {"type": "decimal", "existing": "blank"}},
)


def fill_links(engine: Engine) -> None:
    applied(engine, LINKED)
    insert(engine, "account", *({"name": f"n{number}"} for number in range(COUNT)))
    rows = [
        {
            "record": record,
            "value": record % COUNT + other,
            "position": other,
            "changed_seq": 0,
            "own_rank": TEXTS[(record + other) % len(TEXTS)],
            "own_part": None if record % 4 == 0 else record * 125,
            "own_sure": (True, False, None)[record % 3],
        }
        for record in range(1, 31)
        for other in (1, 2)
    ]
    if engine.dialect.name == "postgresql":
        rows = [{**row, "own_part": row["own_part"] and row["own_part"] / 100} for row in rows]
    with engine.execution_options(**{UNIT: PLAN}).begin() as connection:
        connection.execute(sa.insert(LINKS), rows)


def link_people(engine: Engine) -> None:
    """A link is changed as a save does, one goes, one comes."""
    with engine.execution_options(**{UNIT: PLAN}).begin() as connection:
        here, mark = sa.and_(LINKS.c.record == 3, LINKS.c.value == 4), next_changed_seq(connection)
        connection.execute(sa.update(LINKS).where(here).values(own_rank="99", changed_seq=mark))
        connection.execute(sa.delete(LINKS).where(LINKS.c.record == 5, LINKS.c.value == 6))
        new = {"record": 1, "value": 50, "position": 3, "changed_seq": mark, "own_rank": "5"}
        connection.execute(sa.insert(LINKS).values(new))


def link_state(engine: Engine) -> Any:
    """All links, but for their numbers, and what the plan said."""
    table = open_store(engine).models.many["account.friends"].table
    with engine.connect() as connection:
        read = [each for each in table.c if each.key != "changed_seq"]
        rows = connection.execute(sa.select(*read, table.c.changed_seq > 0).order_by(table.c.record, table.c.value))
        physical = sorted(each["name"] for each in sa.inspect(connection).get_columns(table.name))
        return [tuple(each) for each in rows], physical


def test_what_links_say_is_prepared_as_the_switch_would_write_it(
    new_database: Callable[[], Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One field alone, two together, and three of which one needs decisions; whatever people write meanwhile."""
    engines = new_database(), new_database()
    seen: list[int] = []
    for engine, fewest in zip(engines, (1_000, 0), strict=True):
        monkeypatch.setattr(prepare, "FEWEST", fewest)
        monkeypatch.setattr(prepare, "BATCH", 15)
        fill_links(engine)
        if fewest:
            link_people(engine)

        def tell(_entity: str, done: int, _total: int, engine: Engine = engine) -> None:
            seen.append(done)
            if len(seen) == 2:
                link_people(engine)

        whole = deepcopy(LINKED)
        for some in RANKED:
            whole["entities"]["account"]["fields"]["friends"]["link_fields"] |= some
            loaded = pack(whole)
            plan = plan_for(engine, loaded)
            done = apply_plan(engine, loaded, plan, "tester", [each.name for each in plan.destructive], tell)
            assert isinstance(done, AppliedRevision), done
    plain, prepared = (link_state(each) for each in engines)
    assert prepared == plain
    assert seen[:4] == [8, 16, 24, 30]
    assert compare_schema(engines[1], open_store(engines[1]).models) == []

"""A field that begins where another one of its name was removed: what was written of that one stays unseen."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from app.access import Actor, reading, system_actor
from app.files.find import find_file
from app.orm.framework import file
from app.plan import open_store
from app.record import Change, Saved, create, update
from app.record.history import history

from .conftest import applied, tree

SEED = system_actor("system:seed")
REP = Actor(1, "rep", frozenset({"rep"}))
OPEN: dict[str, Any] = {"create": True, "read": "all", "update": "own"}
HIDDEN = {**OPEN, "fields": {"secret": {"access": "hidden"}}}


def told(engine: Engine, record: int) -> list[tuple[str, object, object]]:
    store = open_store(engine)
    with store.system_reading() as connection, reading(store, REP, connection) as session:
        entries = history(session, store.catalog, REP, "account", record)
    return [(each.field, each.old, each.new) for entry in entries for each in entry.changes if each.field == "secret"]


def reads(engine: Engine, file_id: str) -> bool:
    store = open_store(engine)
    with store.system_reading() as connection, reading(store, REP, connection) as session:
        return find_file(session, REP, file_id) is not None


def form(grant: dict[str, Any], **field: Any) -> dict[str, Any]:
    fields = {"entities__account__fields__secret": field} if field else {}
    return tree(roles__rep__grants__account=grant, **fields)


def test_history_of_a_removed_field_is_not_told_by_the_rights_of_another(engine: Engine) -> None:
    applied(engine, form(HIDDEN, type="text"))
    store = open_store(engine)
    made = create(store, SEED, "account", [{"name": "x", "secret": "one"}], door="api")
    assert isinstance(made, Saved)
    record = made.ids[0]
    assert isinstance(update(store, SEED, "account", [Change(record, {"secret": "two"})], door="api"), Saved)
    assert told(engine, record) == []
    applied(engine, form(OPEN))
    applied(engine, form(OPEN, type="boolean"))
    assert told(engine, record) == []
    assert isinstance(
        update(open_store(engine), SEED, "account", [Change(record, {"secret": True})], door="api"), Saved
    )
    assert told(engine, record) == [("secret", False, True)]


def test_what_comes_back_has_its_history(engine: Engine) -> None:
    applied(engine, form(OPEN, type="text"))
    store = open_store(engine)
    made = create(store, SEED, "account", [{"name": "x", "secret": "one"}], door="api")
    assert isinstance(made, Saved)
    record = made.ids[0]
    assert isinstance(update(store, SEED, "account", [Change(record, {"secret": "two"})], door="api"), Saved)
    applied(engine, form(OPEN))
    applied(engine, form(OPEN, type="text"))
    assert told(engine, record) == [("secret", "one", "two")]


def test_files_of_a_removed_field_are_not_read_by_the_rights_of_another(engine: Engine) -> None:
    applied(engine, form(HIDDEN, type="file"))
    store = open_store(engine)
    made = create(store, SEED, "account", [{"name": "x"}], door="api")
    assert isinstance(made, Saved)
    row = {
        "sha256": "ab", "name": "a.pdf", "media_type": "application/pdf", "size": 3, "entity": "account", "field": "secret",
        "record": made.ids[0], "changed_seq": 1,
    }  # fmt: skip
    old = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    with store.housekeeping() as connection:
        connection.execute(sa.insert(file).values(**row, id="before", created_at=old))
    assert not reads(engine, "before")
    applied(engine, form(OPEN))
    applied(engine, form(OPEN, type="file", many=True))
    with open_store(engine).housekeeping() as connection:
        later = old + dt.timedelta(seconds=1)
        connection.execute(sa.insert(file).values(**row, id="after", created_at=later))
    assert not reads(engine, "before")
    assert reads(engine, "after")

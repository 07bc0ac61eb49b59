"""A first apply of the standard pack, and its upgrade to an overlay, killed at every statement."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from app.access import system_actor
from app.loading import Loaded, catalog_of_tree, load_pack
from app.orm.engine import open_engine
from app.plan import apply_plan, first_apply, open_store
from app.plan.revision import reading
from app.record import Saved, create
from tests.kill import look, plan_anew, states_after_kills, states_after_kills_of

CONFIG = Path(__file__).parents[2] / "config"

pytestmark = pytest.mark.timeout(1800)


def pack(name: str) -> Loaded:
    loaded = load_pack(CONFIG / name, [CONFIG])
    assert not loaded.errors
    return loaded


def thinned(url: str) -> int:
    """Of how many statements of a large apply one is killed: each kill takes PostgreSQL a second. Small ones are killed at each."""
    return 3 if url.startswith("postgresql") else 1


def test_a_killed_first_apply_leaves_an_empty_database(database_url: str) -> None:
    standard = pack("standard")
    old = look(database_url)
    *killed, finished = states_after_kills(database_url, standard, thinned(database_url))
    assert len(killed) > 100
    assert set(killed) == {old}
    assert finished.revision == 1
    assert plan_anew(database_url, standard).is_empty


def test_a_killed_upgrade_leaves_the_standard_pack(database_url: str) -> None:
    engine = open_engine(database_url)
    first_apply(engine, pack("standard"))
    engine.dispose()
    overlay = pack("it_services")
    old = look(database_url)
    *killed, finished = states_after_kills(database_url, overlay, thinned(database_url))
    assert set(killed) == {old}
    assert finished.revision == 2
    assert plan_anew(database_url, overlay).is_empty


def test_killed_renames_leave_every_row_under_its_old_name(database_url: str) -> None:
    folder = Path(__file__).parents[1] / "plans" / "renames"
    before, after = (load_pack(folder / each) for each in ("before", "after"))
    engine = open_engine(database_url)
    first_apply(engine, before)
    store = open_store(engine)
    rows = [{"name": "A", "rank": "a", "ranks": ["a", "b"], "phone": "+8613800000001"}, {"name": "B", "rank": "b"}]
    assert isinstance(create(store, system_actor("system:seed"), "account", rows, door="seed"), Saved)
    engine.dispose()
    old = (look(database_url), every_row(database_url))
    *killed, finished = [(state, every_row(database_url)) for state in states_after_kills(database_url, after)]
    assert len(killed) > 30
    assert set(killed) == {old}
    assert finished[0].revision == 2
    assert plan_anew(database_url, after).is_empty


def test_killed_conversions_leave_every_value(database_url: str) -> None:
    """A type, a requirement with what it gives, a shorter text: all of the rows, or none."""
    before = thing(code={"type": "text"}, size={"type": "integer"}, note={"type": "text", "max_length": 50})
    after = thing(
        code={"type": "integer", "existing": "blank", "indexed": True},
        size={"type": "integer", "required": True, "backfill": {"formula": "coalesce(size, 7) + 1"}},
        note={"type": "text", "max_length": 5, "backfill": "short"},
    )
    engine = open_engine(database_url)
    first_apply(engine, before)
    rows = [
        {"name": f"n{each}", "code": f"{each:,}", "size": each % 3 or None, "note": "x" * each} for each in range(30)
    ]
    rows[7] |= {"code": "seven"}
    assert isinstance(create(open_store(engine), system_actor("system:seed"), "thing", rows, door="seed"), Saved)
    engine.dispose()
    old = (look(database_url), every_row(database_url))
    plan = plan_anew(database_url, after)

    def act(engine: Engine) -> object:
        return apply_plan(engine, after, plan, "tester", [step.name for step in plan.destructive])

    *killed, finished = [(state, every_row(database_url)) for state in states_after_kills_of(database_url, act)]
    assert len(killed) > 30
    assert set(killed) == {old}
    assert finished[0].revision == 2
    assert plan_anew(database_url, after).is_empty


def thing(**fields: dict[str, Any]) -> Loaded:
    found = {"name": {"type": "text", "required": True}, **fields}
    tree = {"entities": {"thing": {"name_field": "name", "fields": found}}}
    return Loaded(catalog_of_tree(tree), (), tree, {}, {})


def every_row(url: str) -> str:
    """A checksum of all rows of all tables."""
    engine = open_engine(url)
    digest = hashlib.sha256()
    with reading(engine) as connection:
        for table in sorted(sa.inspect(connection).get_table_names()):
            found = connection.execute(sa.text(f'SELECT * FROM "{table}"')).all()  # noqa: S608 - a table of ours
            digest.update(f"{table} {sorted(map(repr, found))}".encode())
    engine.dispose()
    return digest.hexdigest()

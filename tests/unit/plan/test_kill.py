"""An apply that is killed at any statement leaves all as it was. Larger plans, and PostgreSQL, are in tests/deep."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from app.orm.engine import open_engine
from app.plan import AppliedRevision, apply_plan, first_apply, plan_for
from app.plan.fillers import register_filler
from tests.crash import check_on_sqlite, fill, migrations, prepared
from tests.databases import place
from tests.kill import look, plan_anew, states_after_kills

from .conftest import insert, pack, select, tree

IN_ALL_RUNS = ("a text that becomes a number", "an option with another name", "things that are removed")
"""Of the reference migrations; `make deep` kills them all, on PostgreSQL too."""


def test_a_killed_apply_changes_nothing(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url)
    first_apply(engine, pack(tree()))
    insert(engine, "account", {"name": "x", "code": "a"})
    engine.dispose()
    wanted = pack(
        tree(
            entities__account__fields__fax={"type": "text", "required": True, "default": "-", "indexed": True},
            entities__account__fields__code={"type": "text", "max_length": 20, "searchable": True},
            roles__boss={"grants": {"account": {"read": "all"}}},
        )
    )
    old = look(sqlite_url)
    *killed, finished = states_after_kills(sqlite_url, wanted)
    assert len(killed) > 20
    assert set(killed) == {old}
    assert finished.revision == 2
    assert plan_anew(sqlite_url, wanted).is_empty
    assert finished.tables != old.tables
    assert "boss" in finished.roles


@pytest.mark.parametrize("name", IN_ALL_RUNS)
def test_a_killed_migration_of_many_rows_is_all_or_nothing(sqlite_url: str, tmp_path: Path, name: str) -> None:
    place(sqlite_url, "the pack of the migrations with its rows", fill)
    engine = open_engine(sqlite_url)
    act = prepared(next(each for each in migrations() if each.name == name), engine)
    engine.dispose()
    copies = tmp_path / "copies"
    copies.mkdir()
    assert check_on_sqlite(sqlite_url, act, copies) > 20
    register_filler("computed", lambda *_: None)


class OutOfLuckError(RuntimeError):
    """Whatever may go wrong between two statements."""


def test_an_error_in_the_seventh_of_nine_steps_changes_nothing(engine: Engine) -> None:
    insert(engine, "account", {"name": "x", "code": "a"})
    nine = pack(tree(**{f"entities__account__fields__new_{number}": {"type": "text"} for number in range(9)}))
    plan = plan_for(engine, nine)
    assert len(plan.steps) == 9
    url = engine.url.render_as_string(hide_password=False)
    before, added = (look(url), select(engine, "account", "id", "name", "code")), 0

    def fail(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        nonlocal added
        added += statement.startswith("ALTER TABLE")
        if added == 7:
            raise OutOfLuckError

    event.listen(engine, "before_cursor_execute", fail)
    with pytest.raises(OutOfLuckError):
        apply_plan(engine, nine, plan, "tester")
    event.remove(engine, "before_cursor_execute", fail)
    assert (look(url), select(engine, "account", "id", "name", "code")) == before
    assert isinstance(apply_plan(engine, nine, plan, "tester"), AppliedRevision)

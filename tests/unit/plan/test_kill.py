"""An apply that is killed at any statement leaves all as it was. Larger plans, and PostgreSQL, are in tests/deep."""

from app.orm.engine import open_engine
from app.plan import first_apply
from tests.kill import look, plan_anew, states_after_kills

from .conftest import insert, pack, tree


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

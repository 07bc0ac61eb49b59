"""A first apply of the standard pack, and its upgrade to an overlay, killed at every statement."""

from pathlib import Path

import pytest

from app.loading import Loaded, load_pack
from app.orm.engine import open_engine
from app.plan import first_apply
from tests.kill import look, plan_anew, states_after_kills

CONFIG = Path(__file__).parents[2] / "config"

pytestmark = pytest.mark.timeout(1800)


def pack(name: str) -> Loaded:
    loaded = load_pack(CONFIG / name, [CONFIG])
    assert not loaded.errors
    return loaded


def test_a_killed_first_apply_leaves_an_empty_database(database_url: str) -> None:
    standard = pack("standard")
    old = look(database_url)
    *killed, finished = states_after_kills(database_url, standard)
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
    *killed, finished = states_after_kills(database_url, overlay)
    assert set(killed) == {old}
    assert finished.revision == 2
    assert plan_anew(database_url, overlay).is_empty

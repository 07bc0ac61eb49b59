"""An apply that fills computed fields, killed at every statement."""

import pytest

from app.orm.engine import open_engine
from app.plan import first_apply
from app.plan.fillers import register_filler
from app.record.filling import fill_computed
from tests.kill import look, states_after_kills
from tests.unit.plan.conftest import pack, select, tree
from tests.unit.plan.test_filling import DEAL, WITH, filled

pytestmark = pytest.mark.timeout(600)


def test_killed_while_it_fills_all_is_as_before(database_url: str) -> None:
    register_filler("computed", fill_computed)
    engine = open_engine(database_url)
    first_apply(engine, pack(tree(entities__deal=DEAL)))
    filled(engine)
    engine.dispose()
    old = look(database_url)
    *killed, finished = states_after_kills(database_url, pack(tree(**WITH)))
    assert set(killed) == {old}
    assert finished.revision == 2
    engine = open_engine(database_url)
    assert select(engine, "account", "won") == [(15,), (0,), (0,)]
    engine.dispose()

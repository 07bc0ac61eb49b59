"""The laws of plan and apply over random edits of a pack whose tables have rows: a few of those of `make laws`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.orm.engine import open_engine
from app.plan.fillers import register_filler
from app.record.filling import fill_computed
from tests.databases import place
from tests.laws.edits import EDITS
from tests.laws.walk import EDITS_OF_A_WALK, Count, prepare, walk

WALKS = 10
pytestmark = pytest.mark.timeout(900)


@pytest.fixture(autouse=True)
def filler() -> Iterator[None]:
    register_filler("computed", fill_computed)
    yield
    register_filler("computed", lambda *_: None)


@pytest.mark.parametrize("seed", range(WALKS))
def test_every_edit_keeps_the_laws(new_url: str, tmp_path: Path, seed: int) -> None:
    place(new_url, "the first pack of the laws", prepare(tmp_path))
    engine, count = open_engine(new_url), Count()
    walk(engine, tmp_path, seed, count)
    engine.dispose()
    assert count.edits > EDITS_OF_A_WALK / 2
    assert count.ends["applied"]


def test_there_are_edits_of_all_kinds() -> None:
    assert len(EDITS) > 50

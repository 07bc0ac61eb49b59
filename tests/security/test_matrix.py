"""The access matrix: doors × people × entities × positions, judged by an oracle that shares no code with the program."""

import re

import pytest

from tests.security.company import ASKING, CANARY, ENTITIES, POSITIONS
from tests.security.doors import TRIES, Cell, Try
from tests.security.matrix import Twins, cells, judge
from tests.security.site import Site

DIAGONAL = {5: 9, 2: 3, 1: 3}  # of a door with so many entities one cell in so many stays, each time at another place


def covering(site: Site) -> list[tuple[Try, Cell]]:
    """A part in which every pair of a door, a person, an entity and a position occurs; the whole is run by `make deep`."""
    chosen = []
    for a_try, cell in cells(site):
        assert cell.thing is not None
        places = (
            TRIES.index(a_try), ASKING.index(cell.asker), ENTITIES.index(cell.entity), POSITIONS.index(cell.thing.position),
        )  # fmt: skip
        if (places[0] * 2 + places[1] * 4 + places[2] * 5 + places[3]) % DIAGONAL[len(a_try.entities)] == 0:
            chosen.append((a_try, cell))
    return chosen


def disagreements(chosen: list[tuple[Try, Cell]]) -> list[str]:
    twins: Twins = {}
    return [line for a_try, cell in chosen for line in judge(a_try, cell, twins)]


def logged_canaries(site: Site) -> list[str]:
    return [line for line in site.log.lines if re.search(CANARY, line)]


def test_the_part_covers_every_pair(site: Site) -> None:
    chosen = covering(site)
    names = [(a_try.name, cell.asker, cell.entity, cell.thing.position) for a_try, cell in chosen if cell.thing]
    for first, second in ((0, 1), (0, 3), (1, 2), (1, 3), (2, 3)):
        whole = {
            (row[first], row[second])
            for row in ((a.name, c.asker, c.entity, c.thing.position) for a, c in cells(site) if c.thing)
        }
        assert {(row[first], row[second]) for row in names} >= whole, (first, second)


def test_doors_answer_as_the_oracle_says(site: Site) -> None:
    assert disagreements(covering(site)) == []
    assert logged_canaries(site) == []


@pytest.mark.deep
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("a_try", TRIES, ids=lambda each: each.name)
def test_the_whole_matrix(site: Site, a_try: Try) -> None:
    assert disagreements([each for each in cells(site) if each[0] is a_try]) == []
    assert logged_canaries(site) == []


@pytest.mark.deep
@pytest.mark.pg
@pytest.mark.timeout(1800)
def test_a_part_of_the_matrix_on_postgresql(pg_site: Site) -> None:
    assert disagreements(covering(pg_site)) == []
    assert logged_canaries(pg_site) == []

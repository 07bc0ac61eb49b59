"""The access matrix: doors × people × entities × positions × fields, judged by an oracle that shares no code with the program.

`make test` runs a part in which every pair occurs; `make matrix` the whole, and says what it came to.
"""

from collections.abc import Callable, Iterable
from itertools import islice

import pytest

from tests.security import field_doors, outbound, tally
from tests.security.company import ASKING, ENTITIES, POSITIONS
from tests.security.deciding import actor_of, decisions, judge_decision
from tests.security.doors import TRIES, Cell, Try
from tests.security.matrix import Tally, Twins, cells, judge, same_work
from tests.security.site import Site

DIAGONAL = {5: 11, 2: 5, 1: 5}  # of a door with so many entities one cell in so many stays, each time at another place
ONE_READING_IN, ONE_ASKING_IN = 67, 41  # of the cells of fields
LEAST_CELLS = 20_000
TIMED = 50

Record = Callable[[str, object], None]


def covering(site: Site) -> list[tuple[Try, Cell]]:
    """A part in which every pair of a door, a person, an entity and a position occurs; the whole is run by `make matrix`."""
    chosen = []
    for a_try, cell in cells(site):
        assert cell.thing is not None
        places = (
            TRIES.index(a_try), ASKING.index(cell.asker), ENTITIES.index(cell.entity), POSITIONS.index(cell.thing.position),
        )  # fmt: skip
        if (places[0] * 2 + places[1] * 4 + places[2] * 5 + places[3]) % DIAGONAL[len(a_try.entities)] == 0:
            chosen.append((a_try, cell))
    return chosen


def run(judged: Iterable[list[str]], record: Record) -> list[str]:
    """Everything that is wrong; what was counted goes into the report."""
    count = Tally()
    found = [line for wrong in judged for line in count.add(wrong)]
    for key, number in tally.properties(count.counts):
        record(key, number)
    return found


def of_records(chosen: Iterable[tuple[Try, Cell]]) -> Iterable[list[str]]:
    twins: Twins = {}
    return (judge(a_try, cell, twins) for a_try, cell in chosen)


def of_readings(chosen: Iterable[tuple[field_doors.Reading, Cell, str]]) -> Iterable[list[str]]:
    answers: field_doors.Answers = {}
    return (field_doors.judge_reading(*each, answers) for each in chosen)


def of_askings(chosen: Iterable[tuple[field_doors.Asking, Cell, str]]) -> Iterable[list[str]]:
    twins: Twins = {}
    return (field_doors.judge_asking(*each, twins) for each in chosen)


def of_decisions(site: Site, asker: str, step: int = 1) -> Iterable[list[str]]:
    actor = actor_of(site, asker)
    return (judge_decision(actor, *each) for each in islice(decisions(site, asker), 0, None, step))


def test_the_part_covers_every_pair(site: Site) -> None:
    chosen = covering(site)
    names = [(a_try.name, cell.asker, cell.entity, cell.thing.position) for a_try, cell in chosen if cell.thing]
    for first, second in ((0, 1), (0, 3), (1, 2), (1, 3), (2, 3)):
        whole = {
            (row[first], row[second])
            for row in ((a.name, c.asker, c.entity, c.thing.position) for a, c in cells(site) if c.thing)
        }
        assert {(row[first], row[second]) for row in names} >= whole, (first, second)


def test_doors_answer_as_the_oracle_says(site: Site, record_property: Record) -> None:
    assert run(of_records(covering(site)), record_property) == []


def test_what_goes_out_tells_its_reader_what_he_may_know(site: Site, record_property: Record) -> None:
    judged = (wrong for each in outbound.every() for wrong in outbound.judge(site, *each))
    assert run(judged, record_property) == []
    assert not site.logged()


def test_doors_of_fields_answer_as_the_oracle_says(site: Site, record_property: Record) -> None:
    read = islice(field_doors.readings(site), 0, None, ONE_READING_IN)
    asked = islice(field_doors.askings(site), 0, None, ONE_ASKING_IN)
    assert run([*of_readings(read), *of_askings(asked)], record_property) == []


@pytest.mark.deep
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("a_try", TRIES, ids=lambda each: each.name)
def test_the_whole_matrix(site: Site, a_try: Try, record_property: Record) -> None:
    assert run(of_records(each for each in cells(site) if each[0] is a_try), record_property) == []


@pytest.mark.deep
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    "door", [*field_doors.READINGS, *field_doors.DESCRIPTIONS], ids=lambda each: each.name.removeprefix("field.")
)
def test_all_that_shows_fields(site: Site, door: field_doors.Reading, record_property: Record) -> None:
    assert run(of_readings(each for each in field_doors.readings(site) if each[0] is door), record_property) == []


@pytest.mark.deep
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("door", field_doors.ASKINGS, ids=lambda each: each.name.removeprefix("field."))
def test_all_that_is_asked_about_fields(site: Site, door: field_doors.Asking, record_property: Record) -> None:
    assert run(of_askings(each for each in field_doors.askings(site) if each[0] is door), record_property) == []


@pytest.mark.deep
@pytest.mark.parametrize("asker", ASKING)
def test_what_is_explained_is_what_the_oracle_says(site: Site, asker: str, record_property: Record) -> None:
    assert run(of_decisions(site, asker), record_property) == []


@pytest.mark.deep
def test_so_many_cells_there_are(site: Site) -> None:
    kinds = (cells(site), field_doors.readings(site), field_doors.askings(site))
    asked = sum(sum(1 for _ in each) for each in kinds)
    assert asked + sum(sum(1 for _ in decisions(site, asker)) for asker in ASKING) >= LEAST_CELLS


def unseen(site: Site) -> list[tuple[Try, Cell]]:
    """So many cells of records that must look as if they did not exist, from all doors but those of files: whether there is one
    tells nobody anything, for he would have to know its random id.
    """
    asked = (each for each in covering(site) if not each[0].whole and not each[0].name.endswith(".file"))
    denied = [each for each in asked if each[0].expect(each[1]) == "absent"]
    return denied[:: max(1, len(denied) // TIMED)][:TIMED]


@pytest.mark.deep
def test_what_is_out_of_sight_takes_no_longer_than_what_does_not_exist(site: Site) -> None:
    """By the statements that the database is asked: the time of a statement is chance, which ones there are is not."""
    chosen = unseen(site)
    assert len(chosen) == TIMED
    assert [line for a_try, cell in chosen for line in same_work(a_try, cell)] == []


@pytest.mark.deep
@pytest.mark.pg
@pytest.mark.parametrize("a_try", TRIES, ids=lambda each: each.name)
def test_a_part_of_the_matrix_on_postgresql(pg_site: Site, a_try: Try, record_property: Record) -> None:
    assert run(of_records(each for each in covering(pg_site) if each[0] is a_try), record_property) == []

"""What is next to a record in a list is what the list itself has before and after it, in the reader's scope."""

import pytest

from app.access import reading
from app.insight import BadQuery, Filter, ListQuery, list_records
from app.insight.neighbours import Neighbours, neighbours_of
from app.insight.paging import Sort
from app.orm.store import Store
from tests.unit.company import ADMIN, REP, actor
from tests.unit.insight.test_paging import ROWS, records

__all__ = ["records"]


def ids_of(found: Neighbours | None) -> tuple[int | None, int | None]:
    assert found is not None
    return found.before and found.before.id, found.after and found.after.id  # type: ignore[return-value]


@pytest.mark.parametrize("who", [ADMIN, REP])
@pytest.mark.parametrize(
    "sort", [(), (("name", False),), (("amount", True), ("level", False)), (("seen", True),), (("active", False),)]
)
def test_neighbours_are_those_of_the_whole_list(store: Store, who: int, sort: Sort) -> None:
    reader = actor(store, who)
    query = ListQuery("account", columns=("id",), sort=sort, filters=(Filter("size", "is_not_blank"),), limit=1_000)
    with reading(store, reader) as session:
        whole: list[int | None] = [row.id for row in list_records(session, reader, query).rows]
        ends = [None, *whole, None]
        for place in range(0, len(whole), 7):
            record = whole[place]
            assert record is not None
            assert ids_of(neighbours_of(session, reader, query, record)) == (ends[place], ends[place + 2])
        assert ids_of(neighbours_of(session, reader, query, whole[-1] or 0)) == (ends[-3], None)


def test_a_record_that_fits_no_more_still_has_its_place(store: Store) -> None:
    reader = actor(store, ADMIN)
    query = ListQuery("account", columns=("id",), sort=(("updated_at", False),), limit=1_000)
    with reading(store, reader) as session:
        whole = [row.id for row in list_records(session, reader, query).rows]
        without = ListQuery(
            "account", columns=("id",), sort=query.sort, filters=(Filter("id", "not_equals", (whole[3],)),)
        )
        assert ids_of(neighbours_of(session, reader, without, whole[3])) == (whole[2], whole[4])


def test_what_is_out_of_sight_has_no_neighbours_and_is_none(store: Store) -> None:
    reader = actor(store, REP)
    foreign = {row["id"] for row in ROWS if row["owner"] != REP}
    query = ListQuery("account", columns=("id",), sort=(("name", False),))
    with reading(store, reader) as session:
        assert neighbours_of(session, reader, query, min(foreign)) is None
        with pytest.raises(BadQuery):
            neighbours_of(session, reader, ListQuery("account", columns=("id",), sort=(("nothing", False),)), 100)

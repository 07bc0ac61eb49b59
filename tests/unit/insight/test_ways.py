"""Pages that are put together from what leads to rows: one's own, teams, departments, places on records."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from app.access import Actor, Way, reading, ways_of_reader
from app.definition import TeamPlace
from app.insight import Filter, ListQuery, Page, list_records
from app.orm.framework import record_team
from app.orm.store import Store
from tests import pgtemp
from tests.unit.company import (
    ADMIN,
    DIRECTOR,
    ENTITIES,
    LEAD,
    LONER,
    NOW,
    OTHER,
    REP,
    actor,
    build_catalog,
    insert_rows,
    open_settled,
    settle,
)

MORE = {number: (number % 5 or None, number % 4 + 1, number % 3 or None) for number in range(100, 160)}
PLACED = (6, 101, 104)
HELPER = {"record_team": {"helper": TeamPlace(key="helper", may="update")}}


def settle_more(store: Store) -> None:
    """As `settle`, with more accounts, of which a few have a helper."""
    settle(store)
    with store.writing_session(lambda _entity: None) as session:
        write = session.connection()
        rows = [
            {"id": key, "name": f"more {key % 7} {key}" if key % 6 else None, "level": "ab"[key % 2], "owner": owner,
             "department": department, "team": team}
            for key, (owner, department, team) in MORE.items()
        ]  # fmt: skip
        insert_rows(write, store.models, "account", rows)
        accounts = store.models.tables["account"]
        write.execute(sa.update(accounts).where(accounts.c.id == 102).values(deleted_at=NOW))
    with store.housekeeping() as write:
        places = [
            {"id": number, "entity": "account", "record": record, "user_id": REP, "position": "helper", "given_by": ADMIN,
             "given_at": NOW, "changed_seq": 1}
            for number, record in enumerate(PLACED, start=1)
        ]  # fmt: skip
        write.execute(sa.insert(record_team), places)


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.pg)])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    account = replace(next(each for each in ENTITIES if each.key == "account"), **HELPER)
    catalog = build_catalog(account)
    if request.param == "sqlite":
        with open_settled(f"sqlite:///{tmp_path_factory.mktemp('ways') / 'crm.db'}", catalog, settle_more) as opened:
            yield opened
        return
    with (
        pgtemp.reserved_name(request.getfixturevalue("pg_cluster")) as url,
        open_settled(url, catalog, settle_more) as opened,
    ):
        yield opened


def walked(store: Store, who: Actor, query: ListQuery) -> list[Page]:
    """Every page to the end, and the same pages back."""
    with reading(store, who) as session:
        pages = [list_records(session, who, query)]
        while (cursor := pages[-1].next) is not None:
            pages.append(list_records(session, who, replace(query, cursor=cursor)))
        back = [pages[-1]]
        while (cursor := back[-1].previous) is not None:
            back.append(list_records(session, who, replace(query, cursor=cursor)))
    assert [each.rows for each in back[::-1]] == [each.rows for each in pages]
    return pages


def found(pages: list[Page]) -> list[int]:
    return [row.id for page in pages for row in page.rows]


def in_order(store: Store, who: Actor, extra: sa.ColumnElement[bool] | None = None) -> list[int]:
    """What a session shows him of all accounts, sorted here: by name, blanks last."""
    account: Any = store.models.classes["account"]
    query = sa.select(account.id, account.name__sort).where(sa.true() if extra is None else extra)
    with reading(store, who) as session:
        rows = [(name is None, name or "", key) for key, name in session.execute(query)]
    return [key for *_, key in sorted(rows)]


def people(store: Store) -> dict[str, Actor]:
    rep, lead, director = (actor(store, each) for each in (REP, LEAD, DIRECTOR))
    helper = (("account", "helper"),)
    return {
        "own": actor(store, OTHER),
        "own, and a deputy": replace(actor(store, OTHER), stands_in_for=(LEAD,)),
        "own, and places": replace(rep, places=helper),
        "team": lead,
        "teams": replace(lead, teams=(1, 2)),
        "department": replace(director, subtree=(3,)),
        "departments": director,
        "departments without end": replace(director, subtree=tuple(range(2, 500))),
        "teams and departments": replace(actor(store, LONER), teams=(1, 2), subtree=(1, 3, 4)),
        "teams, departments, deputies, places": replace(
            actor(store, LONER), teams=(2,), subtree=(3, 4), stands_in_for=(REP, OTHER), places=helper
        ),
        "all": actor(store, ADMIN),
    }


EVERYONE = [
    "own", "own, and a deputy", "own, and places", "team", "teams", "department", "departments", "departments without end",
    "teams and departments", "teams, departments, deputies, places", "all",
]  # fmt: skip


@pytest.mark.parametrize("who", EVERYONE)
def test_pages_hold_all_that_one_may_read_in_its_order(store: Store, who: str) -> None:
    someone = people(store)[who]
    expected = in_order(store, someone)
    pages = walked(store, someone, ListQuery("account", limit=7))
    assert found(pages) == expected
    assert pages[0].count == len(expected)
    assert 102 not in expected
    assert found(walked(store, someone, ListQuery("account", limit=7, sort=(("name", True),))))[:5] != expected[:5]


@pytest.mark.parametrize("who", ["team", "teams, departments, deputies, places"])
def test_filters_and_search_go_along(store: Store, who: str) -> None:
    someone = people(store)[who]
    account: Any = store.models.classes["account"]
    only = Filter("level", "equals", ("a",))
    expected = in_order(store, someone, account.level == "a")
    pages = walked(store, someone, ListQuery("account", limit=3, filters=(only,)))
    assert found(pages) == expected
    assert pages[0].count == len(expected) > 3
    searched = walked(store, someone, ListQuery("account", limit=3, search="more 3"))
    assert found(searched) == in_order(store, someone, account.name.like("more 3 %"))


def test_whoever_reads_all_or_by_other_records_is_led_nowhere(store: Store) -> None:
    assert ways_of_reader(store.models, actor(store, ADMIN), "account") == ()
    assert ways_of_reader(store.models, actor(store, REP), "contact") == ()
    lead = actor(store, LEAD)
    assert ways_of_reader(store.models, lead, "account") == (Way("owner", (LEAD,)), Way("team", (1,)))


@pytest.mark.parametrize("who", [each for each in EVERYONE if each not in {"departments without end", "all"}])
def test_no_page_reads_along_the_order_or_sorts_what_one_may_read(store: Store, who: str) -> None:
    """Of a million rows few are looked at, whether ten of them are one's own or all."""
    if store.engine.dialect.name == "postgresql":
        pytest.skip("a small table is read whole there, whatever indexes it has")
    sent: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        sent.append((statement, parameters))

    someone = people(store)[who]
    with reading(store, someone) as session:
        sa.event.listen(store.engine, "before_cursor_execute", note)
        first = list_records(session, someone, ListQuery("account", limit=2))
        list_records(session, someone, ListQuery("account", limit=2, cursor=first.next))
        sa.event.remove(store.engine, "before_cursor_execute", note)
    asked = [each for each in sent if "FROM crm_account" in each[0]]
    assert len(asked) == 2
    with store.system_reading() as connection:
        for statement, parameters in asked:
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plan = [str(row[-1]) for row in rows]
            assert not any(each.startswith(("SCAN crm_", "SCAN led_", "MULTI-INDEX")) for each in plan), plan


def test_a_session_that_sees_more_than_who_asks_is_not_narrowed(store: Store) -> None:
    """Whoever is asked for an approval sees its figures by a session of the program's."""
    query = ListQuery("account", limit=50)
    director = actor(store, DIRECTOR)
    with reading(store, director) as wide:
        seen = [row.id for row in list_records(wide, director, query).rows]
        assert [row.id for row in list_records(wide, actor(store, OTHER), query).rows] == seen

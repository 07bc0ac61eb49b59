"""Figures of reports, on both databases: who sees which, what they add up to, and how they are asked for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.access import Actor, actor_of, reading
from app.definition import Dimension, Measure, Report
from app.definition.calendar import FiscalYear
from app.definition.dashboard import Target
from app.expression import BOOL, get_expression
from app.expression.reports import BadReport, read_report, start_of
from app.insight import ListQuery, list_records
from app.insight.figures import Figures, read_figures, read_stretch, read_target, read_trend
from app.insight.periods import between, last_day, moved, period_of
from app.insight.reports import reports_of
from app.orm.store import Store
from tests import pgtemp
from tests.unit import company
from tests.unit.company import ADMIN, LEAD, OTHER, REP, build_catalog, open_settled

VALUES: dict[int, dict[str, Any]] = {  # of accounts: REP owns 1 and 2, LEAD 3, OTHER 4, nobody 5, ADMIN 6
    1: {"amount": Decimal("10.5"), "level": "a", "since": dt.date(2026, 1, 31), "size": 3, "head": 4},
    2: {"amount": Decimal(20), "level": "c", "since": dt.date(2026, 3, 1), "size": 5, "head": 1},
    3: {"amount": Decimal(40), "level": "a", "since": dt.date(2026, 6, 30)},
    4: {"amount": Decimal(80), "level": "b", "since": dt.date(2026, 12, 31)},
    5: {"amount": None, "level": None, "since": None},
    6: {"amount": Decimal(160), "level": "a", "since": dt.date(2025, 12, 31)},
}
SEEN = dt.datetime(2026, 6, 30, 17, 0, tzinfo=dt.UTC)  # in Shanghai the first of July


def fill(store: Store) -> None:
    company.settle(store)
    table = store.models.tables["account"]
    with store.writing_session(lambda _entity: None) as session:
        for key, values in VALUES.items():
            session.connection().execute(sa.update(table).where(table.c.id == key).values(seen=SEEN, **values))


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.pg)])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    if request.param == "sqlite":
        with open_settled(
            f"sqlite:///{tmp_path_factory.mktemp('reports') / 'crm.db'}", build_catalog(), fill
        ) as opened:
            yield opened
        return
    cluster = request.getfixturevalue("pg_cluster")
    with pgtemp.reserved_name(cluster) as url, open_settled(url, build_catalog(), fill) as opened:
        yield opened


def report(
    measures: dict[str, dict[str, Any]],
    rows: dict[str, str],
    where: Any = None,
    across: dict[str, str] | None = None,
) -> Report:
    """A report over accounts; a dimension is `field` or `field per period`."""
    return Report(
        key="test",
        entity="account",
        where=where,
        measures={key: Measure(key=key, **said) for key, said in measures.items()},
        rows=dimensions(rows),
        across=dimensions(across or {}),
    )


def dimensions(said: dict[str, str]) -> dict[str, Dimension]:
    found = {}
    for key, text in said.items():
        field, _, per = text.partition(" per ")
        found[key] = Dimension(key=key, field=field, per=per or None)  # type: ignore[arg-type]
    return found


@contextmanager
def session_of(store: Store, user: int) -> Iterator[Session]:
    department, team, roles = company.PERSONS[user]
    closure = store.catalog.role_closure(frozenset(roles))
    subtree, teams = (tuple(filter(None, (each,))) for each in (department, team))
    actor = Actor(user, f"user {user}", closure, department, subtree, teams)
    with reading(store, actor) as session:
        yield session


def figures(store: Store, user: int, asked: Report) -> Figures:
    with session_of(store, user) as session:
        return read_figures(session, read_report(store.catalog, asked))


def column(found: Figures, key: str) -> dict[Any, Any]:
    figure = found.listed.figures[key]
    return {
        row[0] if len(row) == 1 else row: None if tally is None else tally.shown(figure)
        for row in found.rows
        for tally in [found.tally([row], None, figure)]
    }


ALL = {
    "sum": {"sum": "amount"}, "average": {"average": "amount"}, "least": {"min": "since"}, "most": {"max": "amount"},
    "number": {"count": "records"}, "kinds": {"count": "level"},
}  # fmt: skip


def test_every_measure_by_an_option_in_its_order_blanks_last(store: Store) -> None:
    found = figures(store, ADMIN, report(ALL, {"level": "level"}, "not is_blank(since) or is_blank(amount)"))
    assert list(column(found, "number").items()) == [("c", 1), ("a", 3), ("b", 1), (None, 2)]
    assert column(found, "sum")["a"] == Decimal("210.5")
    assert column(found, "average")["a"] == Decimal("210.5") / 3
    assert column(found, "least")["a"] == dt.date(2025, 12, 31)
    assert column(found, "most") == {"c": 20, "a": 160, "b": 80, None: None}
    whole = found.tally(None, None, found.listed.figures["sum"])
    assert whole is not None
    assert whole.total == Decimal("310.5")
    assert found.tally(None, None, found.listed.figures["kinds"]) is None, "options may be the same ones"


@pytest.mark.parametrize(
    ("user", "numbers"), [(REP, {REP: 2}), (OTHER, {OTHER: 1}), (ADMIN, {REP: 2, LEAD: 1, OTHER: 1, ADMIN: 1})]
)
def test_nobody_counts_a_record_that_he_may_not_see(store: Store, user: int, numbers: dict[int, int]) -> None:
    found = figures(store, user, report({"number": {"count": "records"}}, {"owner": "owner"}, "not is_blank(since)"))
    assert column(found, "number") == numbers


def test_today_is_that_of_the_store_s_clock(store: Store) -> None:
    then = replace(store, clock=lambda: SEEN)
    asked = report({"number": {"count": "records"}}, {"since": "since"}, "since < today()")
    before = {dt.date(2025, 12, 31), dt.date(2026, 1, 31), dt.date(2026, 3, 1)}
    assert set(column(figures(then, ADMIN, asked), "number")) == before
    where = get_expression(store.catalog, "account", "since < today()", BOOL, "filter")
    query = ListQuery("account", ("since",), where=(where,))
    with session_of(then, ADMIN) as session:
        assert {row.values["since"] for row in list_records(session, actor_of(session), query).rows} == before


def test_what_lies_behind_a_lookup_out_of_sight_is_blank(store: Store) -> None:
    asked = report({"number": {"count": "records"}}, {"level": "head.level"}, "not is_blank(head)")
    assert column(figures(store, ADMIN, asked), "number") == {"a": 1, "b": 1}
    assert column(figures(store, REP, asked), "number") == {"a": 1, None: 1}, "account 4 is not his"


@pytest.mark.parametrize(
    ("per", "expected"),
    [
        ("month", {dt.date(2025, 12, 1): 160, dt.date(2026, 1, 1): Decimal("10.5"), dt.date(2026, 3, 1): 20}),
        ("quarter", {dt.date(2025, 10, 1): 160, dt.date(2026, 1, 1): Decimal("30.5"), dt.date(2026, 4, 1): 40}),
        ("year", {dt.date(2025, 1, 1): 160, dt.date(2026, 1, 1): Decimal("150.5")}),
        ("week", {dt.date(2025, 12, 29): 160, dt.date(2026, 1, 26): Decimal("10.5"), dt.date(2026, 2, 23): 20}),
        ("day", {dt.date(2026, 12, 31): 80, dt.date(2026, 6, 30): 40}),
    ],
)
def test_periods_follow_each_other_without_gaps(store: Store, per: str, expected: dict[dt.date, Decimal]) -> None:
    found = figures(
        store, ADMIN, report({"sum": {"sum": "amount"}}, {"since": f"since per {per}"}, "not is_blank(since)")
    )
    sums = column(found, "sum")
    assert {key: sums[key] for key in expected} == expected
    days = [place[0] for place in found.rows]
    assert not found.cut
    if per == "day":
        assert len(days) == 5, "a year has too many days: they are those that there are"
    else:
        assert all(moved(per, one, 1) == other for one, other in pairwise(days))  # type: ignore[arg-type]


def test_a_moment_belongs_to_the_day_of_the_company(store: Store) -> None:
    catalog = replace(store.catalog, pack=replace(store.catalog.pack, time_zone="Asia/Shanghai"))
    asked = report({"number": {"count": "records"}}, {"seen": "seen per quarter"}, "not is_blank(seen)")
    with session_of(replace(store, models=replace(store.models, catalog=catalog)), ADMIN) as session:
        found = read_figures(session, read_report(catalog, asked))
    assert column(found, "number") == {dt.date(2026, 7, 1): 6}


def test_a_fiscal_year_begins_where_the_pack_says(store: Store) -> None:
    pack = replace(store.catalog.pack, fiscal_year=FiscalYear(starts="april"))
    catalog = replace(store.catalog, pack=pack)
    sums = {}
    with session_of(store, ADMIN) as session:
        for per in ("fiscal_quarter", "fiscal_year"):
            asked = report({"sum": {"sum": "amount"}}, {"since": f"since per {per}"}, "not is_blank(since)")
            sums[per] = column(read_figures(session, read_report(catalog, asked)), "sum")
    assert sums["fiscal_year"] == {dt.date(2025, 4, 1): Decimal("190.5"), dt.date(2026, 4, 1): 120}
    assert sums["fiscal_quarter"][dt.date(2026, 1, 1)] == Decimal("30.5")
    assert sums["fiscal_quarter"][dt.date(2026, 4, 1)] == 40


def test_rows_and_across_and_the_totals_of_both(store: Store) -> None:
    asked = report(
        {"sum": {"sum": "amount"}}, {"level": "level"}, "not is_blank(since)", across={"year": "since per year"}
    )
    found = figures(store, ADMIN, asked)
    figure = found.listed.figures["sum"]
    here = {(row[0], over[0].year): cell[0].total for (row, over), cell in found.cells.items()}
    assert here == {("c", 2026): 20, ("a", 2025): 160, ("a", 2026): Decimal("50.5"), ("b", 2026): 80}
    total = found.tally(None, [found.across[1]], figure)
    assert total is not None
    assert total.total == Decimal("150.5")


class Walked(dict[Any, Any]):
    """Cells that count how often all of them are walked through."""

    times = 0

    def items(self) -> Any:
        self.times += 1
        return super().items()


def test_cells_are_walked_through_once_however_many_are_asked_for(store: Store) -> None:
    asked = report({"sum": {"sum": "amount"}}, {"level": "level"}, across={"year": "since per year"})
    read = figures(store, ADMIN, asked)
    cells = Walked(read.cells)
    found = replace(read, cells=cells)
    for rows, across in [([row], [over]) for row in found.rows for over in found.across]:
        for one, other in ((rows, across), (rows, None), (None, across), (None, None)):
            assert found.tally(one, other, found.listed.figures["sum"])
    assert cells.times == 1


def test_of_more_places_than_are_read_those_that_matter_are_told_whole(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.insight.figures.MOST_CELLS", 2)
    for kind in ("sum", "average"):
        found = figures(store, ADMIN, report({kind: {kind: "amount"}}, {"name": "name"}))
        assert found.partial
        assert list(column(found, kind).values()) == [160, 80]
        assert found.tally(None, None, found.listed.figures[kind]) is None


def test_a_trend_has_every_period_and_is_one_statement(store: Store) -> None:
    seen: list[str] = []
    sa.event.listen(store.engine, "before_cursor_execute", lambda *asked: seen.append(asked[2]))
    with session_of(store, ADMIN) as session:
        listed = read_report(store.catalog, report({"sum": {"sum": "amount"}}, {"since": "since per month"}))
        seen.clear()
        found = read_trend(session, listed, listed.figures["sum"], dt.date(2026, 3, 15), 3)
    assert [(day, tally.total) for day, tally in found] == [
        (dt.date(2025, 12, 1), 160), (dt.date(2026, 1, 1), Decimal("10.5")), (dt.date(2026, 2, 1), 0), (dt.date(2026, 3, 1), 20),
    ]  # fmt: skip
    assert len([each for each in seen if each.startswith("SELECT")]) == 1


def test_a_stretch_counts_the_days_from_one_to_another(store: Store) -> None:
    with session_of(store, ADMIN) as session:
        listed = read_report(store.catalog, report({"sum": {"sum": "amount"}}, {"since": "since per quarter"}))
        of_moments = read_report(store.catalog, report({"number": {"count": "records"}}, {"seen": "seen per month"}))
        days = [
            (dt.date(2026, 1, 1), dt.date(2026, 2, 28)), (dt.date(2026, 1, 31), dt.date(2026, 3, 1)),
            (dt.date(2026, 4, 1), dt.date(2026, 6, 29)),
        ]  # fmt: skip
        found = [read_stretch(session, listed, listed.figures["sum"], *each) for each in days]
        assert [(each.total, each.number) for each in found] == [(Decimal("10.5"), 1), (Decimal("30.5"), 2), (0, 0)]
        first = dt.date(2026, 6, 30)  # where this company is
        assert read_stretch(session, of_moments, of_moments.figures["number"], first, first).total == 6


def test_a_trend_of_days_reaches_a_year_back(store: Store) -> None:
    with session_of(store, ADMIN) as session:
        listed = read_report(store.catalog, report({"sum": {"sum": "amount"}}, {"since": "since per day"}))
        found = read_trend(session, listed, listed.figures["sum"], dt.date(2026, 12, 31), 365)
    assert [(day, tally.total) for day, tally in (found[0], found[-1])] == [
        (dt.date(2025, 12, 31), 160), (dt.date(2026, 12, 31), 80),
    ]  # fmt: skip
    assert len(found) == 366


def test_a_report_over_what_someone_does_not_read_in_clear_is_none_for_him(store: Store) -> None:
    count = {"number": {"count": "records"}}
    reports = {
        "plain": report(count, {"level": "level"}),
        "grouped": report(count, {"secret": "secret"}),
        "masked": report(count, {"mobile": "mobile"}),
        "summed": report({"sum": {"sum": "credit"}}, {}),
        "asked": report(count, {}, "starts_with(secret, 'c')".replace("'", '"')),
        "behind": report(count, {"secret": "head.secret"}),
    }
    catalog = replace(store.catalog, reports={key: replace(each, key=key) for key, each in reports.items()})
    keys = {}
    for user in (REP, ADMIN):
        closure = catalog.role_closure(frozenset(company.PERSONS[user][2]))
        keys[user] = set(reports_of(catalog, Actor(user, "x", closure)))
    assert keys == {REP: {"plain"}, ADMIN: set(reports) - {"summed"}}, "credit is restricted, and granted to counters"


@pytest.mark.parametrize(
    ("measures", "rows", "path"),
    [
        ({"x": {"sum": "name"}}, {}, ("measures", "x", "sum")),
        ({"x": {"min": "level"}}, {}, ("measures", "x", "min")),
        ({"x": {"count": "records"}}, {"y": "level per month"}, ("rows", "y", "per")),
        ({}, {}, ("measures",)),
    ],
)
def test_what_can_not_be_worked_out_is_told_with_its_place(
    measures: dict[str, dict[str, Any]], rows: dict[str, str], path: tuple[str, ...]
) -> None:
    with pytest.raises(BadReport) as told:
        read_report(build_catalog(), report(measures, rows))
    assert told.value.path == path


@pytest.mark.parametrize("field", ["name", "level", "since"])
def test_a_target_is_a_sum_of_numbers(store: Store, field: str) -> None:
    with session_of(store, ADMIN) as session:
        assert read_target(session, Target(entity="account", field="amount")) == Decimal("310.5")
        with pytest.raises(BadReport):
            read_target(session, Target(entity="account", field=field))


def test_periods_of_the_calendar() -> None:
    day = dt.date(2026, 11, 23)
    assert [period_of(per, day, 3) for per in ("week", "quarter", "fiscal_quarter", "fiscal_year")] == [
        dt.date(2026, 11, 23), dt.date(2026, 10, 1), dt.date(2026, 10, 1), dt.date(2026, 4, 1),
    ]  # fmt: skip
    assert period_of("fiscal_year", dt.date(2026, 3, 31), 3) == dt.date(2025, 4, 1)
    assert last_day("quarter", dt.date(2026, 10, 1)) == dt.date(2026, 12, 31)
    assert moved("month", dt.date(2026, 1, 1), -2) == dt.date(2025, 11, 1)
    assert between("day", dt.date(2020, 1, 1), day) == []
    assert start_of("fiscal_year", "x", 0) == "start_of_year(x)"

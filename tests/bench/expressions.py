"""What expressions cost: beside the same rule written by hand, beside saving without them, beside a bare aggregate of SQL.

Nothing here needs a server: engine, checker and write path are called as the program calls them.
"""

from __future__ import annotations

import datetime as dt
import gzip
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from app.access import system_actor
from app.expression import BOOL, Context, check_expression
from app.loading import Loaded, catalog_of_tree
from app.orm.engine import PLAN, UNIT, open_engine
from app.orm.store import Store
from app.orm.types import now
from app.plan import first_apply, open_store
from app.record import Change, Refused, Saved, create, update
from app.record.unit import Unit, in_unit
from app.record.upward import recompute
from tests.bench.contenders import Database
from tests.bench.fill import NotWritten

SCRIPT = Path(__file__).parents[2] / "app" / "web" / "static" / "js" / "expression.js"
RULE = 'amount >= 10000 and stage != "lost" and not is_blank(close_date) and discount <= 20 and level in ["a", "b"]'
LEVELS = frozenset({"a", "b"})
NUMBERS = tuple(f"n{place}" for place in range(10))
COMPUTED = tuple(f"c{place}" for place in range(10))
CHILDREN = 100_000
_OPTIONS = {"type": "picklist", "options": {"a": {}, "b": {}, "c": {}}}
_DEAL = {
    "name": {"type": "text"}, "amount": {"type": "money"}, "stage": {"type": "picklist", "options": {"won": {}, "lost": {}}},
    "close_date": {"type": "date"}, "discount": {"type": "percent"}, "level": _OPTIONS,
}  # fmt: skip
TYPICAL = (
    RULE,
    "amount > 0",
    'stage != "won" or not is_blank(close_date)',
    "amount * discount / 100",
    'if(amount >= 500000, "a", if(amount >= 100000, "b", "c"))',
    "days_between(created_at, now()) <= 30 and owner == user",
    'is_changed(stage) and stage == "lost" or discount > 15',
    'count_of(children where kind == "a") > 2',
    'sum_of(children.amount where kind != "b")',
    'concat(name, " ", to_text(amount))',
)


@dataclass(frozen=True)
class Engine:
    """Of one run: nanoseconds of the rule and of the same by hand, expressions parsed and checked a second, bytes sent."""

    rule: float
    by_hand: float
    checked: float
    script: int


@dataclass(frozen=True)
class Writing:
    """Milliseconds to save a record with rules and formulas, and without; rows a second in bulk with them; milliseconds to
    work one total over many children out, and of the bare aggregate."""

    ruled: float
    plain: float
    bulk: float
    total: float
    bare: float


def measure_engine(times: int) -> Engine:
    """The middle one of several runs, what is compared in turn."""
    catalog = catalog_of_tree({"entities": _entities()})
    rule = check_expression(catalog, "parent", RULE, BOOL).evaluate
    rows = list(_deals())
    context = Context(now(), ZoneInfo("UTC"))
    assert [rule(row, None, context) for row in rows] == [_by_hand(row, None, context) for row in rows]
    pairs = [(_spent_on(rule, rows, context), _spent_on(_by_hand, rows, context)) for _ in range(times)]
    ours, theirs = (statistics.median(each) for each in zip(*pairs, strict=True))
    rates = [_checked_per_second(catalog) for _ in range(times)]
    return Engine(ours, theirs, statistics.median(rates), len(gzip.compress(SCRIPT.read_bytes(), 9)))


def _entities() -> dict[str, Any]:
    return {
        "parent": {"name_field": "name", "fields": {**_DEAL, "total": {
            "type": "money", "formula": 'sum_of(children.amount where kind == "a")'}}},
        "child": {"name_field": "name", "fields": {
            "name": {"type": "text"}, "amount": {"type": "money"}, "kind": _OPTIONS,
            "parent": {"type": "lookup", "to": ["parent"], "inverse": "children"}}},
        "plain": {"name_field": "name", "fields": _fields(computed=False)},
        "ruled": {"name_field": "name", "fields": _fields(computed=True), "rules": dict(_rules())},
    }  # fmt: skip


def _fields(*, computed: bool) -> dict[str, Any]:
    formulas = {
        key: {"type": "money", **({"formula": f"coalesce({one}, 0) * 2 + {other}"} if computed else {})}
        for key, one, other in zip(COMPUTED, NUMBERS, (*NUMBERS[1:], NUMBERS[0]), strict=True)
    }
    return {**_DEAL, **{key: {"type": "money"} for key in NUMBERS}, **formulas}


def _rules() -> Iterator[tuple[str, dict[str, Any]]]:
    for key in NUMBERS:
        yield f"{key}_fits", {"require": f"is_blank({key}) or {key} >= 0 and {key} < 1000000"}
    for place in range(5):
        yield f"level_{place}", {"require": f'level in ["a", "b", "c"] or n{place} > 10', "when": 'stage != "lost"'}
    for place in range(4):
        yield f"date_{place}", {"require": f"is_blank(close_date) or close_date >= add_days(today(), -{place} - 3650)"}
    yield "five_terms", {"require": f"n0 > 0 or {RULE}"}


def _deals() -> Iterator[dict[str, Any]]:
    for number in range(500):
        yield {
            "amount": None if number % 11 == 0 else Decimal(number * 50),
            "stage": None if number % 7 == 0 else ("won", "lost")[number % 5 == 0],
            "close_date": None if number % 13 == 0 else dt.date(2026, 1, 1),
            "discount": None if number % 17 == 0 else Decimal(number % 25),
            "level": None if number % 19 == 0 else "abc"[number % 3],
        }


def _by_hand(row: Mapping[str, Any], _old: object, _context: object) -> bool:
    amount, discount = row["amount"], row["discount"]
    return (
        amount is not None
        and amount >= 10000
        and row["stage"] != "lost"
        and row["close_date"] is not None
        and discount is not None
        and discount <= 20
        and row["level"] in LEVELS
    )


def _spent_on(rule: Callable[..., Any], rows: list[dict[str, Any]], context: Context) -> float:
    began = time.process_time_ns()
    for _ in range(40):
        for row in rows:
            rule(row, None, context)
    return (time.process_time_ns() - began) / 40 / len(rows)


def _checked_per_second(catalog: Any) -> float:
    began = time.process_time()
    for _ in range(50):
        for source in TYPICAL:
            check_expression(catalog, "parent", source)
    return 50 * len(TYPICAL) / (time.process_time() - began)


def measure_writing(database: Database, *, quick: bool) -> Writing:
    """Through the whole write path, in turn."""
    tree = {"entities": _entities()}
    engine = open_engine(database.new("expressions"))
    first_apply(engine, Loaded(catalog_of_tree(tree), (), tree, {}, {}))
    store = open_store(engine)
    try:
        plain, ruled = (_add(store, entity, 50) for entity in ("plain", "ruled"))
        spent: dict[str, list[float]] = {"plain": [], "ruled": []}
        for turn in range(60 if quick else 400):
            for entity, ids in (("plain", plain), ("ruled", ruled)):
                spent[entity].append(_save(store, entity, ids[turn % 50], turn))
        rates = [_bulk(store) for _ in range(2 if quick else 5)]
        total, bare = _totals(store, 5 if quick else 15, CHILDREN // 10 if quick else CHILDREN)
    finally:
        engine.dispose()
    return Writing(
        *(statistics.median(spent[key]) for key in ("ruled", "plain")), statistics.median(rates), total, bare
    )


def _row(number: int) -> dict[str, Any]:
    values = {key: str(number % 900 + place) for place, key in enumerate(NUMBERS)}
    return {
        "name": f"交付 {number}",
        "amount": "20000",
        "stage": "won",
        "close_date": "2026-05-01",
        "level": "a",
        "discount": "5",
        **values,
    }


def _add(store: Store, entity: str, count: int) -> tuple[int, ...]:
    return _ids(
        create(store, system_actor("system:seed"), entity, [_row(number) for number in range(count)], door="import")
    )


def _ids(outcome: Saved | Refused) -> tuple[int, ...]:
    if isinstance(outcome, Refused):
        raise NotWritten(str(outcome.refusals[:3]))
    return outcome.ids


def _save(store: Store, entity: str, record: int, turn: int) -> float:
    values = {"name": f"n {turn}", "n0": str(turn + 1), "n1": str(turn + 2)}
    began = time.perf_counter()
    outcome = update(store, system_actor("system:seed"), entity, [Change(record, values)], door="form")
    spent = time.perf_counter() - began
    _ids(outcome)
    return spent * 1_000


def _bulk(store: Store) -> float:
    began = time.perf_counter()
    _add(store, "ruled", 1_000)
    return 1_000 / (time.perf_counter() - began)


def _totals(store: Store, times: int, children: int) -> tuple[float, float]:
    """Milliseconds to work the total of one parent out, and of the aggregate alone, in one transaction."""
    (parent,) = _ids(create(store, system_actor("system:seed"), "parent", [{"name": "P"}], door="import"))
    table, parents = store.models.tables["child"], store.models.tables["parent"]
    stamp = now()
    with store.engine.execution_options(**{UNIT: PLAN}).begin() as connection:
        for start in range(1, children + 1, 5_000):
            rows = [
                {"id": number, "name": "c", "amount": Decimal(number), "kind": "ab"[number % 2], "parent": parent,
                 "created_at": stamp, "updated_at": stamp}
                for number in range(start, start + 5_000)
            ]  # fmt: skip
            connection.execute(table.insert(), rows)
    if store.engine.dialect.name == "postgresql":
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
    mine = (table.c.parent == parent, table.c.kind == "a", table.c.deleted_at.is_(None))
    bare = sa.select(sa.func.sum(table.c.amount)).where(*mine)
    pairs: list[tuple[float, float]] = []

    def work(unit: Unit) -> Saved:
        for _ in range(times + 1):
            unit.connection.execute(sa.update(parents).values(total=Decimal(0)))
            began = time.perf_counter()
            changed = recompute(unit, "parent", [parent], {"total"})
            between = time.perf_counter()
            expected = unit.connection.execute(bare).scalar_one()
            pairs.append((between - began, time.perf_counter() - between))
            assert [row.values["total"] for row in changed] == [expected]
        return Saved((), (), ())

    in_unit(store, system_actor("system:seed"), "command", work)
    ours, theirs = (statistics.median(each) * 1_000 for each in zip(*pairs[1:], strict=True))
    return ours, theirs

"""One small company and its records: all that engines of expressions may see differently stands in them.

Blanks everywhere, amounts at the edge of their digits, ends of months, characters outside of the first plane, letters that
change their length in another case, signs that mean something to LIKE.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from app.definition import Catalog, Field
from app.expression import Checked, Context
from app.expression.implementations import aggregate
from app.expression.python import compile_node
from app.expression.steps import step_to
from app.loading.build import catalog_of_tree
from app.orm.types import AnyId

Row = dict[str, Any]
ZONE = ZoneInfo("Asia/Shanghai")
NOW = dt.datetime(2026, 11, 22, 16, 30, 0, 123_000, tzinfo=dt.UTC)  # the company's next day has begun
LEVELS = ("a", "b", "c", "on_hold")
RECORDS = 200

_LEVEL = {"type": "picklist", "options": "level"}
_ENTITIES = {
    "region": {"name_field": "name", "fields": {"name": {"type": "text"}, "level": _LEVEL, "rank": {"type": "integer"}}},
    "place": {
        "name_field": "name",
        "fields": {
            "name": {"type": "text"},
            "level": _LEVEL,
            "size": {"type": "integer"},
            "worth": {"type": "money"},
            "opened": {"type": "date"},
            "seen": {"type": "datetime"},
            "usable": {"type": "boolean"},
            "words": {"type": "tags"},
            "region": {"type": "lookup", "to": ["region"]},
            "keeper": {"type": "user"},
        },
    },
    "thing": {
        "name_field": "name",
        "fields": {
            "name": {"type": "text", "required": True, "weight": 3},
            "title": {"type": "text", "weight": 5},
            "note": {"type": "long_text"},
            "number": {"type": "text"},
            "whole": {"type": "integer", "weight": 2},
            "other": {"type": "integer"},
            "price": {"type": "money"},
            "cost": {"type": "money"},
            "fine": {"type": "decimal", "scale": 6},
            "share": {"type": "percent"},
            "flag": {"type": "boolean"},
            "sold": {"type": "boolean", "default": True},
            "day": {"type": "date"},
            "until": {"type": "date"},
            "at": {"type": "datetime"},
            "since": {"type": "datetime"},
            "level": _LEVEL,
            "former": _LEVEL,
            "levels": {"type": "picklist", "options": "level", "many": True},
            "words": {"type": "tags"},
            "place": {"type": "lookup", "to": ["place"]},
            "about": {"type": "lookup", "to": ["place", "region"], "inverse": "told"},
            "places": {"type": "lookup", "to": ["place"], "many": True, "inverse": "many_things"},
            "stage": {"type": "stage"},
            "site": {"type": "address"},
            "clock": {"type": "time"},
        },
        "pipelines": {
            "usual": {
                "field": "stage",
                "stages": {
                    "open": {"probability": 10, "stale_after": "10 months"},
                    "offer": {"probability": 50, "stale_after": "1 hour"},
                    "won": {"category": "won", "probability": 100},
                    "lost": {"category": "lost"},
                },
            }
        },
    },
    "piece": {
        "name_field": "name",
        "fields": {
            "name": {"type": "text"},
            "amount": {"type": "money"},
            "count": {"type": "integer"},
            "due": {"type": "date"},
            "seen": {"type": "datetime"},
            "done": {"type": "boolean"},
            "level": _LEVEL,
            "thing": {"type": "lookup", "to": ["thing"], "inverse": "pieces"},
            "place": {"type": "lookup", "to": ["place"], "inverse": "pieces"},
        },
    },
}  # fmt: skip
TREE = {
    "pack": {"label": "Parity", "time_zone": "Asia/Shanghai"},
    "entities": _ENTITIES,
    "picklists": {"level": {"options": {key: {} for key in LEVELS}}},
    "roles": {"seller": {"grants": {}}, "auditor": {"grants": {}}},
}

TEXTS = (
    None, None, None, "张三", "张三丰", "😀", "a😀b", "%", "_", "100%", "a_b", "İ", "i", "I", "ς", "Σ", "σ", "ß", "abc", "ABC",
    "Abc", "a", "é", "É", "-", "0", "x y", "\\", "'", '"', "a\nb", "ACC-1", "13812345678", "https://example.com/a",
    "91350100M000100Y43", "11010519491231002X", "4111111111111111", "100000", "ﬁ", "ǅ", "Straße", "true", "null", "2026-01-31",
)  # fmt: skip
WHOLE = (None, None, 0, 1, -1, 2, 3, 7, 10, 12, 30, -30, 100, 999_999_999, -999_999_999, 9_007_199_254_740_993, 10**17)
MONEY = tuple(
    None if each is None else Decimal(each)
    for each in (
        None, None, "0", "0.0001", "-0.0001", "0.5", "1.5", "2.5", "-2.5", "10", "100.25", "99999.995", "0.125", "-0.125",
        "99999999999999.9999", "-99999999999999.9999", "90071992547409.9300", "12.3456", "1",
    )
)  # fmt: skip
FINE = (
    None,
    Decimal("0.000001"),
    Decimal("2.500000"),
    Decimal("-3.141593"),
    Decimal("999999999999.999999"),
    Decimal("1.005000"),
)
SHARES = (None, Decimal("0.00"), Decimal("15.00"), Decimal("33.33"), Decimal("100.00"), Decimal("-0.01"))
DAYS = tuple(
    None if each is None else dt.date.fromisoformat(each)
    for each in (
        None, None, "2026-01-31", "2026-02-28", "2024-02-29", "2026-11-22", "2026-11-23", "2026-12-31", "2027-01-01",
        "2000-02-29", "1900-03-01", "1970-01-01", "1969-12-31", "2026-03-31", "2026-08-30", "2026-05-31",
        "2025-10-31", "9999-12-31", "0001-01-01",
    )
)  # fmt: skip
MOMENTS = tuple(
    None if each is None else dt.datetime.fromisoformat(each)
    for each in (
        None, None, "2026-11-22T16:30:00.123+00:00", "2026-11-22T15:59:59.999+00:00", "2026-11-22T16:00:00+00:00",
        "2026-01-30T16:00:00+00:00", "2026-01-31T15:59:59.999+00:00", "2024-02-28T16:00:00+00:00", "1970-01-01T00:00:00+00:00",
        "1969-12-31T23:59:59.999+00:00", "2000-01-01T00:00:00.001+00:00", "2026-12-31T16:00:00+00:00",
    )
)  # fmt: skip
LISTS = (None, ("a",), ("b",), ("a", "b"), ("b", "c", "on_hold"), LEVELS)
WORDS = (None, ("vip",), ("VIP", "x"), ("张三", "İ"), ("%",), ("ß", "Σ"))
STAGES = ("open", "offer", "won", "lost", None)


@dataclass(frozen=True)
class World:
    """The catalog, all rows by entity, the rows of `thing` as engines read them, each with the row as it was."""

    catalog: Catalog
    tables: Mapping[str, list[Row]]
    rows: list[Row]
    olds: list[Row | None]
    context: Context

    def facts(self, checked: Checked) -> None:
        """Puts the aggregates that an expression reads into the rows, as whoever calls an engine does."""
        for each in checked.aggregates:
            if each.key in self.rows[0]:
                continue
            holds = compile_node(each.where) if each.where is not None else None
            children: dict[int, list[Row]] = {}
            for child in self.pieces:
                if holds is None or holds(child, None, self.context):
                    children.setdefault(child[each.lookup], []).append(child)
            for row in self.rows:
                row[each.key] = aggregate(each.name, children.get(row["id"], []), each.field)

    @cached_property
    def pieces(self) -> list[Row]:
        """The rows that aggregates are about, in the order (created_at, id), with what stands behind their lookups."""
        return [self.reachable("piece", each) for each in self.tables["piece"]]

    def reachable(self, entity: str, row: Row) -> Row:
        """A row with what stands behind its lookups, at most three of them away."""
        return {**row, **dict(self._behind(entity, row, "", 0))}

    def _behind(self, entity: str, row: Row | None, before: str, hops: int) -> Any:
        if hops == 3:
            return
        for key, a_field in self.catalog.entities[entity].every_field.items():
            target = a_field.target
            if a_field.holds == "any" and hops < 2:
                yield from self._behind_any(a_field, row, before)
            if target not in self.tables:
                continue
            id_ = row.get(key) if row else None
            found = self.tables[target][id_ - 1] if id_ else None  # ids count from 1
            for inner in self.catalog.entities[target].every_field:
                yield f"{before}{key}.{inner}", found.get(inner) if found else None
            yield from self._behind(target, found, f"{before}{key}.", hops + 1)

    def _behind_any(self, a_field: Field, row: Row | None, before: str) -> Any:
        """What every entity has to which a lookup to several leads."""
        value = row.get(a_field.key) if row else None
        for target in a_field.targets:
            found = self.tables[target][value.id - 1] if value is not None and value.entity == target else {}
            for inner in ("name", "owner"):
                yield f"{before}{step_to(a_field.key, target)}.{inner}", found.get(inner)


def make_world(seed: int = 1) -> World:
    """The same for the same seed."""
    draw = random.Random(seed)  # noqa: S311 (nothing secret)
    catalog = catalog_of_tree(TREE)
    people = [_system(draw, number, {"name": name, "login": f"p{number}", "email": None, "manager": None, "locale": None,
                                     "time_zone": None, "active": number != 2})
              for number, name in enumerate(("Ann", "张三", "İpek"), 1)]  # fmt: skip
    departments = [
        _system(draw, number, {"name": name, "parent": None, "manager": None})
        for number, name in enumerate(("A", "B"), 1)
    ]
    regions = [
        _system(draw, n, {"name": draw.choice(TEXTS), "level": draw.choice((*LEVELS, None)), "rank": n})
        for n in (1, 2, 3)
    ]
    places = [_system(draw, number, _place(draw)) for number in range(1, 11)]
    things = [_system(draw, number, _thing(draw, number)) for number in range(1, RECORDS + 1)]
    pieces = [_system(draw, number, _piece(draw)) for number in range(1, 401)]
    tables: dict[str, list[Row]] = {
        "user": people, "department": departments, "team": [], "region": regions, "place": places, "thing": things,
        "piece": pieces,
    }  # fmt: skip
    person = {**people[0], "department": 1, "team": None}
    context = Context(NOW, ZONE, person, frozenset({"seller"}))
    world = World(catalog, tables, [], [], context)
    world.rows.extend(world.reachable("thing", each) for each in things)
    former = draw.sample(things, len(things))
    world.olds.extend(
        None if number % 8 == 0 else {**old, "id": now["id"], **({} if number % 3 else _same(draw, now))}
        for number, (now, old) in enumerate(zip(things, former, strict=True))
    )
    return world


def _same(draw: random.Random, now: Row) -> Row:
    """Half of the fields as they are."""
    return {key: now[key] for key in draw.sample(sorted(now), len(now) // 2)}


def _system(draw: random.Random, number: int, values: Row) -> Row:
    moment = dt.datetime(2026, 1, 1, tzinfo=dt.UTC) + dt.timedelta(hours=number // 2)  # several at one moment
    return {
        "id": number, **values, "owner": draw.choice((None, 1, 2, 3)), "department": draw.choice((None, 1, 2)), "team": None,
        "created_at": moment, "created_by": draw.choice((None, 1)), "updated_at": moment, "updated_by": None, "version": 1,
    }  # fmt: skip


def _place(draw: random.Random) -> Row:
    return {
        "name": draw.choice(TEXTS), "level": draw.choice((*LEVELS, None)), "size": draw.choice(WHOLE),
        "worth": draw.choice(MONEY), "opened": draw.choice(DAYS), "seen": draw.choice(MOMENTS),
        "usable": draw.random() < 0.5, "words": draw.choice(WORDS), "region": draw.choice((None, 1, 2, 3)),
        "keeper": draw.choice((None, 1, 2)),
    }  # fmt: skip


def _piece(draw: random.Random) -> Row:
    amount = draw.choice([each for each in MONEY if each is None or abs(each) < 10**9])
    return {
        "name": draw.choice(TEXTS), "amount": amount, "count": draw.choice(WHOLE[:12]), "due": draw.choice(DAYS),
        "seen": draw.choice(MOMENTS), "done": draw.random() < 0.5, "level": draw.choice((*LEVELS, None)),
        "thing": draw.choice((None, *range(1, RECORDS, 2))), "place": draw.choice((None, 1, 2, 3)),
    }  # fmt: skip


def _thing(draw: random.Random, number: int) -> Row:
    if number == 1:  # all that may be blank is blank
        blank: Row = dict.fromkeys(_ENTITIES["thing"]["fields"])  # type: ignore[arg-type]
        return {**blank, "name": "x", "flag": False, "sold": False, "stage__since": None}
    return {
        "name": draw.choice([each for each in TEXTS if each]), "title": draw.choice(TEXTS), "note": draw.choice(TEXTS),
        "number": draw.choice(TEXTS), "whole": draw.choice(WHOLE), "other": draw.choice(WHOLE), "price": draw.choice(MONEY),
        "cost": draw.choice(MONEY), "fine": draw.choice(FINE), "share": draw.choice(SHARES), "flag": draw.random() < 0.5,
        "sold": draw.random() < 0.5, "day": draw.choice(DAYS), "until": draw.choice(DAYS), "at": draw.choice(MOMENTS),
        "since": draw.choice(MOMENTS), "level": draw.choice((*LEVELS, None)), "former": draw.choice((*LEVELS, None)),
        "levels": draw.choice(LISTS), "words": draw.choice(WORDS), "place": draw.choice((None, *range(1, 11))),
        "about": draw.choice((None, *(AnyId("place", each) for each in (1, 2, 3)), *(AnyId("region", each) for each in (1, 2, 3)))),
        "places": draw.choice((None, ((1,),), ((2,), (3,)))), "stage": draw.choice(STAGES), "site": None, "clock": None,
        "stage__since": MOMENTS[number % len(MOMENTS)],
    }  # fmt: skip

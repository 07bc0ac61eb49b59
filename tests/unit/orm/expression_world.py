"""Records with blanks in every field, in the database and as rows for the engine in Python, which decides what is right."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from app.definition import Catalog
from app.expression import Aggregate, Checked, Context
from app.expression.implementations import aggregate
from app.expression.python import compile_node
from app.loading import catalog_of_tree
from app.orm.engine import PLAN, UNIT
from app.orm.models import Models

ZONE = ZoneInfo("Asia/Shanghai")
NOW = dt.datetime(2026, 6, 30, 17, 30, tzinfo=dt.UTC)  # already the first of July there
CONTEXT = Context(NOW, ZONE, {"id": 1, "department": None, "region": "east"}, frozenset({"rep"}))
LEVELS = {"a": "A", "b": "B", "c": "C"}
STAGES = {
    "new": {"category": "open", "probability": 10, "stale_after": "14 days"},
    "talk": {"category": "open", "probability": 50, "stale_after": "1 month"},
    "won": {"category": "won", "probability": 100},
    "lost": {"category": "lost", "probability": 0},
}
QUICK = {**STAGES, "new": {**STAGES["new"], "stale_after": "36 hours"}}
TREE: dict[str, Any] = {
    "pack": {"label": "Test", "time_zone": "Asia/Shanghai"},
    "entities": {
        "user": {"fields": {"region": {"type": "text"}, "tags": {"type": "tags"}}},
        "account": {
            "fields": {
                "name": {"type": "text"},
                "level": {"type": "picklist", "options": LEVELS},
                "rank": {"type": "integer"},
                "limit": {"type": "money"},
                "share": {"type": "percent"},
                "rate": {"type": "decimal", "scale": 4},
                "since": {"type": "date"},
                "seen": {"type": "datetime"},
                "vip": {"type": "boolean"},
                "tags": {"type": "tags"},
                "areas": {"type": "picklist", "many": True, "options": {"n": "N", "s": "S"}},
                "head": {"type": "lookup", "to": "account", "inverse": "branches"},
                "region": {"type": "text"},
            }
        },
        "deal": {
            "fields": {
                "name": {"type": "text"},
                "account": {"type": "lookup", "to": "account", "inverse": "deals"},
                "partners": {"type": "lookup", "to": "account", "many": True, "inverse": "shared"},
                "amount": {"type": "money"},
                "count": {"type": "integer"},
                "closes": {"type": "date"},
                "stage": {"type": "stage"},
                "hot": {"type": "boolean"},
                "prior": {"type": "lookup", "to": "deal", "inverse": "later"},
            },
            "pipelines": {
                "quick": {"label": "Quick", "field": "stage", "when": "hot and account.vip", "stages": QUICK},
                "main": {"label": "Main", "field": "stage", "stages": STAGES},
            },
        },
    },
    "roles": {"rep": {"grants": {"account": {"read": "all"}, "deal": {"read": "all"}}}},
}
TEXTS = (None, "Acme", "acme", "张三 100%", "😀_ΟΔΟΣ", "İstanbul", " STRASSE\u3000", "straße", "a%b")
DAYS = (None, dt.date(2024, 2, 29), dt.date(2026, 7, 1), dt.date(2026, 1, 31), dt.date(1, 1, 1), dt.date(9999, 12, 31))
MOMENTS = (None, NOW, dt.datetime(2026, 6, 30, 15, 59, 59, 999000, dt.UTC), dt.datetime(2026, 6, 30, 16, tzinfo=dt.UTC))
AMOUNTS = (None, Decimal("0.00"), Decimal("10.00"), Decimal("-0.01"), Decimal("99999999999999.9999"), Decimal("10.01"))
TAGS = ((), ("VIP", "Straße"), ("gold",), ("vip", "gold"))


def catalog() -> Catalog:
    """Accounts with deals."""
    return catalog_of_tree(TREE)


def pick(values: tuple[Any, ...], number: int, step: int = 1) -> Any:
    return values[(number * step) % len(values)]


def accounts() -> list[dict[str, Any]]:
    """Sixty records; the first has blanks alone, the last lies in the bin."""
    found = []
    for number in range(1, 61):
        blank = number == 1
        found.append(
            {
                "id": number,
                "name": None if blank else pick(TEXTS, number),
                "level": None if blank else pick((None, "a", "b", "c"), number),
                "rank": None if blank else pick((None, 0, 3, -7, 2**62), number),
                "limit": None if blank else pick(AMOUNTS, number, 5),
                "share": None if blank else pick((None, Decimal("10.00"), Decimal("0.50")), number),
                "rate": None
                if blank
                else pick((None, Decimal("10.0000"), Decimal("-0.0001"), Decimal("0.5000")), number),
                "since": None if blank else pick(DAYS, number),
                "seen": None if blank else pick(MOMENTS, number, 3),
                "vip": number % 3 == 0,
                "tags": () if blank else pick(TAGS, number),
                "areas": () if blank else pick(((), ("n",), ("s", "n")), number),
                "head": None if number % 4 else (number // 4) or None,
                "region": pick(("east", None, "west"), number),
                "owner": pick((None, 1, 2), number),
                "created_at": NOW + dt.timedelta(seconds=number // 2),
                "deleted_at": NOW if number == 60 else None,
            }
        )
    return found


def deals() -> list[dict[str, Any]]:
    """Two hundred records; some of the bin, some of an account in the bin."""
    return [
        {
            "id": number,
            "name": pick(TEXTS, number, 2),
            "account": None if number % 7 == 0 else 1 + (number * 13) % 60,
            "partners": () if number % 5 else (1 + number % 60, 1 + (number * 3 + 1) % 60),
            "amount": pick((None, Decimal("10.00"), Decimal("99.99"), Decimal("-5.00")), number),
            "count": pick((None, 1, 2, 10), number, 3),
            "closes": pick(DAYS, number, 5),
            "stage": pick((None, *STAGES), number),
            "stage__since": pick((*MOMENTS, NOW - dt.timedelta(days=14), NOW - dt.timedelta(hours=37)), number, 3),
            "prior": number - 2 if number % 5 == 0 else None,
            "hot": number % 2 == 0,
            "created_at": NOW + dt.timedelta(seconds=number // 3),
            "deleted_at": NOW if number % 11 == 0 else None,
        }
        for number in range(1, 201)
    ]


ROWS: Mapping[str, list[dict[str, Any]]] = {"account": accounts(), "deal": deals()}
LISTS = {"account": ("tags", "areas"), "deal": ("partners",)}


def fill(engine: sa.Engine, models: Models) -> None:
    """Writes the records."""
    people = [{"id": 1, "region": "east"}, {"id": 2, "region": None}, {"id": 3, "region": None}]
    with engine.execution_options(**{UNIT: PLAN}).begin() as connection:
        models.metadata.create_all(connection)
        insert(connection, models.tables["user"], people)
        rows = [{key: each for key, each in row.items() if key not in LISTS["account"]} for row in ROWS["account"]]
        insert(connection, models.tables["account"], rows)
        rows = [{key: each for key, each in row.items() if key != "partners"} for row in ROWS["deal"]]
        insert(connection, models.tables["deal"], rows)
        for entity, lists in LISTS.items():
            for key in lists:
                table = models.many[f"{entity}.{key}"].table
                values = [
                    {"record": row["id"], "value": each, "position": place}
                    | ({"fold": each.casefold()} if "fold" in table.c else {})
                    for row in ROWS[entity]
                    for place, each in enumerate(dict.fromkeys(row[key]))
                ]
                connection.execute(sa.insert(table), values)


def insert(connection: sa.Connection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    stamped = [{"created_at": NOW, "updated_at": NOW, **row} for row in rows]
    connection.execute(sa.insert(table), stamped)


@dataclass(frozen=True)
class World:
    """The records as rows for the engine in Python."""

    catalog: Catalog
    context: Context = CONTEXT

    def rows(self, checked: Checked) -> Iterator[tuple[int, dict[str, Any]]]:
        """Each record with all that the expression reads."""
        for row in self.alive(checked.entity):
            yield row["id"], self.row(checked.entity, row, checked.keys, checked.aggregates)

    def value(self, checked: Checked, row: Mapping[str, Any]) -> Any:
        return checked.evaluate(row, None, self.context)

    def row(
        self, entity: str, row: Mapping[str, Any], keys: frozenset[str], aggregates: tuple[Aggregate, ...] = ()
    ) -> dict[str, Any]:
        found = {key: self.read(entity, row, key) for key in keys}
        return found | {each.key: self.aggregate(each, row["id"]) for each in aggregates}

    def read(self, entity: str, row: Mapping[str, Any], key: str) -> Any:
        first, _, rest = key.partition(".")
        if not rest:
            value = row.get(key)
            if key == "partners":
                return tuple(each for each in value if each != 60) or None
            return value or None if isinstance(value, tuple) else value
        target = self.catalog.get_field(entity, first).target or ""
        other = next((each for each in self.alive(target) if each["id"] == row.get(first)), None)
        return None if other is None else self.read(target, other, rest)

    def aggregate(self, found: Aggregate, record: int) -> Any:
        children = []
        where = compile_node(found.where) if found.where is not None else None
        for row in self.alive(found.entity):
            pointer = row[found.lookup]
            if record not in (pointer if isinstance(pointer, tuple) else (pointer,)):
                continue
            keys = (
                {each.value for each in found.where.walk() if each.op == "field"} if found.where is not None else set()
            )
            known = self.row(found.entity, row, frozenset(keys))
            if where is None or where(known, None, self.context):
                children.append(row)
        children.sort(key=lambda row: (row["created_at"], row["id"]))
        return aggregate(found.name, children, found.field)

    def alive(self, entity: str) -> list[dict[str, Any]]:
        return [row for row in ROWS.get(entity, []) if row["deleted_at"] is None]

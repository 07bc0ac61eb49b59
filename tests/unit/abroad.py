"""A company that trades in three currencies and writes in two languages, on both databases."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.access import Actor, reading
from app.definition import Catalog
from app.insight import ListQuery, Page, Row, get_record, list_records, parse_filter, parse_sort
from app.loading import catalog_of_tree
from app.orm.framework import audit, outbox
from app.orm.store import Store
from app.record import Change, Refused, Saved, create, update
from tests.databases import new_url, store_at

ALL: dict[str, Any] = dict.fromkeys(("read", "update", "delete", "restore", "assign", "transition", "export"), "all")
TREE: dict[str, Any] = {
    "pack": {
        "languages": ["zh", "en"],
        "time_zone": "Asia/Shanghai",
        "currency": {"company": "CNY", "others": ["USD", "JPY"]},
    },
    "entities": {
        "deal": {
            "name_field": "name",
            "currency": {"allowed": ["USD", "CNY"], "rate_date": "closes"},
            "fields": {
                "name": {"type": "text", "required": True, "searchable": True, "max_length": 60},
                "amount": {"type": "money", "min": 0, "max": 1_000_000, "label": {"en": "Amount", "zh": "金额"}},
                "discount": {"type": "money", "label": {"en": "Discount", "zh": "折扣"}},
                "closes": {"type": "date"},
                "stage": {"type": "stage"},
                "note": {"type": "text"},
                "product": {"type": "lookup", "to": "product", "fills": {"discount": "price", "note": "name"}},
            },
            "pipelines": {
                "direct": {
                    "field": "stage",
                    "stages": {"first": {}, "second": {}, "won": {"category": "won"}, "lost": {"category": "lost"}},
                    "transitions": {"reopen": {"from": ["won", "lost"], "to": "second"}},
                }
            },
            "list": {"columns": ["name", "amount", "currency", "closes"], "sort": ["-amount"], "filters": ["amount"]},
        },
        "offer": {
            "name_field": "name",
            "currency": {},
            "fields": {"name": "text", "price": {"type": "money"}},
        },
        "quote": {
            "name_field": "name",
            "currency": {"allowed": ["CNY", "USD"], "rate_date": "day"},
            "fields": {"name": "text", "day": "date", "note": "text", "fee": "money"},
        },
        "line": {
            "name_field": "name",
            "parent": {"field": "quote", "part": True},
            "currency": {},
            "fields": {
                "name": "text",
                "quote": {
                    "type": "lookup",
                    "to": ["quote"],
                    "required": True,
                    "on_delete": "cascade",
                    "inverse": "lines",
                },
                "product": {"type": "lookup", "to": ["product"], "fills": {"price": "price"}},
                "price": {"type": "money", "min": 0},
                "about": {"type": "text", "translated": True},
            },
        },
        "product": {
            "name_field": "name",
            "fields": {
                "name": {"type": "text", "required": True, "translated": True, "max_length": 12, "searchable": True},
                "about": {"type": "long_text", "translated": True, "default": "待补充"},
                "price": {"type": "money"},
            },
            "list": {"columns": ["name", "price"], "sort": ["name"]},
        },
    },
    "roles": {
        "administrator": {"grants": {"*": {"create": True, **ALL}}, "rights": ["configure"]},
        "rep": {
            "grants": {"deal": {"create": True, **ALL, "fields": {"currency": "hidden"}}, "product": {"read": "all"}}
        },
        "blind": {"grants": {"deal": {"create": True, **ALL, "fields": {"amount": "hidden"}}}},
        "masked": {"grants": {"product": {**ALL, "create": True, "fields": {"name": {"mask": "name"}}}}},
    },
}


def catalog() -> Catalog:
    return catalog_of_tree(TREE)


@dataclass(frozen=True)
class Abroad:
    """The store, and whoever acts. Dates in June 2026; a dollar is 7 yuan from the first, 8 from the tenth."""

    store: Store
    boss: Actor
    chinese: Actor
    rep: Actor
    masked: Actor
    blind: Actor

    def save(self, entity: str, actor: Actor | None = None, **values: Any) -> int:
        outcome = create(self.store, actor or self.boss, entity, [values], door="api")
        assert isinstance(outcome, Saved), outcome
        return outcome.ids[0]

    def change(self, entity: str, record: int, actor: Actor | None = None, **values: Any) -> Saved | Refused:
        return update(self.store, actor or self.boss, entity, [Change(record, values)], door="api")

    def changed(self, entity: str, record: int, actor: Actor | None = None, **values: Any) -> dict[str, Any]:
        outcome = self.change(entity, record, actor, **values)
        assert isinstance(outcome, Saved), outcome
        return self.stored(entity, record)

    def stored(self, entity: str, record: int) -> dict[str, Any]:
        table = self.store.models.tables[entity]
        with self.store.system_reading() as connection:
            row = connection.execute(sa.select(table).where(table.c.id == record)).one()
        return {column.key: row._mapping[column] for column in table.columns}

    def read(self, entity: str, record: int, actor: Actor | None = None) -> Row:
        with reading(self.store, actor or self.boss) as session:
            found = get_record(session, actor or self.boss, entity, record)
        assert found is not None
        return found

    def listed(self, entity: str, actor: Actor | None = None, sort: str = "", filters: Any = (), **more: Any) -> Page:
        asked = tuple(parse_filter(field, operator, values) for field, operator, *values in filters)
        query = ListQuery(entity, filters=asked, sort=parse_sort(sort.split(",")), limit=50, **more)
        with reading(self.store, actor or self.boss) as session:
            return list_records(session, actor or self.boss, query)

    def audited(self, entity: str, record: int) -> list[Any]:
        query = sa.select(audit.c.changes).where(audit.c.entity == entity, audit.c.record == record)
        with self.store.system_reading() as connection:
            return list(connection.execute(query.order_by(audit.c.id)).scalars())

    def last_event(self, entity: str) -> Any:
        query = sa.select(outbox).where(outbox.c.entity == entity).order_by(outbox.c.id.desc()).limit(1)
        with self.store.system_reading() as connection:
            return dict(connection.execute(query).mappings().one())


@contextmanager
def on_database(request: pytest.FixtureRequest, folder: Path) -> Iterator[Abroad]:
    """The company on the database that the fixture's parameter names: sqlite or pg."""
    with new_url(request, folder) as url, opened(url) as found:
        yield found


BOTH = ("sqlite", pytest.param("pg", marks=pytest.mark.pg))


@contextmanager
def opened(url: str) -> Iterator[Abroad]:
    with store_at(url, catalog(), settle) as store:
        yield company_of(store)


def settle(store: Store) -> None:
    for day, rate in ((1, "7"), (10, "8")):
        company_of(store).save("exchange_rate", currency="USD", valid_from=dt.date(2026, 6, day), rate=Decimal(rate))


def company_of(store: Store) -> Abroad:
    boss = Actor(None, "Boss", frozenset({"administrator"}), language="en", time_zone="Asia/Shanghai")
    return Abroad(
        store,
        boss,
        Actor(None, "老板", frozenset({"administrator"}), language="zh"),
        Actor(None, "Rep", frozenset({"rep"}), language="en"),
        Actor(None, "Masked", frozenset({"masked"}), language="en"),
        Actor(None, "Blind", frozenset({"blind"}), language="en"),
    )

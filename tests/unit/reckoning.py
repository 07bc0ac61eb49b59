"""A company whose records reckon: formulas, points, totals of parts, values that people overrule. On both databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from app.access import Actor
from app.loading import catalog_of_tree
from app.orm.store import Store
from tests.databases import new_url, store_at
from tests.unit.abroad import ALL, BOTH, Abroad

__all__ = ["BOTH", "TREE", "Abroad", "on_database"]

LEVELS = {
    "a": {"label": {"en": "A", "zh": "甲"}},
    "b": {"label": {"en": "B", "zh": "乙"}},
    "c": {"label": {"en": "C", "zh": "丙"}},
}
TREE: dict[str, Any] = {
    "pack": {
        "languages": ["en", "zh"],
        "time_zone": "Asia/Shanghai",
        "currency": {"company": "CNY", "others": ["USD"]},
    },
    "picklists": {"level": {"options": LEVELS}},
    "entities": {
        "account": {
            "name_field": "name",
            "fields": {
                "name": {"type": "text", "required": True, "max_length": 30},
                "country": {"type": "text"},
                "called": {
                    "type": "text",
                    "max_length": 40,
                    "searchable": True,
                    "formula": 'concat(upper(name), " / ", country)',
                },
                "code": {"type": "text", "unique": True, "formula": "lower(name)"},
                "revenue": {"type": "money"},
                "cost": {"type": "money", "restricted": True},
                "margin": {"type": "money", "min": 0, "formula": "revenue - cost"},
                "margin_share": {"type": "percent", "formula": "if(margin > 0, 100 * margin / revenue, 0)"},
                "band": {"type": "text", "declassify": True, "formula": 'if(margin >= 1000, "high", "low")'},
                "level": {
                    "type": "picklist",
                    "options": "level",
                    "override": True,
                    "formula": 'if(revenue >= 500000, "a", if(revenue >= 100000, "b", "c"))',
                },
                "level_text": {"type": "text", "formula": 'if(level == "a", "best", "other")'},
                "health": {
                    "type": "integer",
                    "display": "bar",
                    "bands": {
                        "red": {"label": {"en": "Poor", "zh": "差"}, "below": 50, "color": "red"},
                        "green": {"label": {"en": "Good", "zh": "好"}, "color": "green"},
                    },
                    "points": {
                        "base": {"label": {"en": "Base", "zh": "基础"}, "add": 40},
                        "rich": {"label": {"en": "Revenue", "zh": "营收"}, "add": 25, "when": "revenue > 1000"},
                        "cheap": {"label": {"en": "Cheap", "zh": "成本低"}, "add": 5, "when": "cost < 10"},
                    },
                },
                "full": {"type": "percent", "display": "ring", "formula": "completeness()"},
            },
        },
        "client": {
            "name_field": "name",
            "fields": {
                "name": {"type": "text"},
                "won": {"type": "money", "formula": 'sum_of(deals.amount where stage.category == "won")'},
                "level": {
                    "type": "picklist",
                    "options": "level",
                    "override": True,
                    "formula": 'if(won >= 500000, "a", if(won >= 100000, "b", "c"))',
                },
            },
        },
        "deal": {
            "name_field": "name",
            "fields": {
                "name": {"type": "text"},
                "client": {"type": "lookup", "to": ["client"], "inverse": "deals"},
                "amount": {"type": "money"},
                "stage": {"type": "stage"},
            },
            "pipelines": {"direct": {"field": "stage", "stages": {"open": {}, "won": {"category": "won"}}}},
        },
        "quote": {
            "name_field": "name",
            "currency": {"allowed": ["CNY", "USD"], "rate_date": "day"},
            "fields": {
                "name": {"type": "text"},
                "day": {"type": "date"},
                "discount": {"type": "percent", "min": 0, "max": 100},
                "subtotal": {"type": "money", "formula": "sum_of(lines.amount)"},
                "total": {"type": "money", "override": True, "formula": "subtotal * (1 - coalesce(discount, 0) / 100)"},
                "count": {"type": "integer", "max": 3, "formula": "count_of(lines)"},
            },
        },
        "line": {
            "name_field": "name",
            "parent": {"field": "quote", "part": True},
            "currency": {},
            "fields": {
                "name": {"type": "text"},
                "quote": {
                    "type": "lookup",
                    "to": ["quote"],
                    "required": True,
                    "on_delete": "cascade",
                    "inverse": "lines",
                },
                "quantity": {"type": "decimal", "default": 1},
                "price": {"type": "money"},
                "discount": {"type": "percent"},
                "amount": {"type": "money", "formula": "quantity * price * (1 - coalesce(discount, 0) / 100)"},
                "after": {"type": "money", "formula": "amount * (1 - coalesce(quote.discount, 0) / 100)"},
            },
        },
    },
    "roles": {
        "administrator": {
            "grants": {
                "*": {"create": True, **ALL},
                "account": {"create": True, **ALL, "fields": {"cost": "write"}},
            },
            "rights": ["configure"],
        },
        "rep": {"grants": {"account": {"create": True, **ALL}, "quote": {"create": True, **ALL}}},
        "reader": {"grants": {"account": {"read": "all"}}},
        "strict": {"grants": {"account": {**ALL, "fields": {"level": "read"}}}},
        "masked": {"grants": {"account": {**ALL, "fields": {"name": {"mask": "name"}}}}},
        "blind": {"grants": {"account": {"create": True, **ALL, "fields": {"revenue": "hidden"}}}},
    },
}
for _key, _weight in (("name", 30), ("country", 50), ("revenue", 20)):
    TREE["entities"]["account"]["fields"][_key]["weight"] = _weight


@contextmanager
def on_database(request: pytest.FixtureRequest, folder: Path) -> Iterator[Abroad]:
    """The company on the database that the fixture's parameter names: sqlite or pg."""
    with new_url(request, folder) as url, opened(url) as found:
        yield found


@contextmanager
def opened(url: str) -> Iterator[Abroad]:
    with store_at(url, catalog_of_tree(TREE), settle) as store:
        yield company_of(store)


def settle(store: Store) -> None:
    company_of(store).save("exchange_rate", currency="USD", valid_from="2026-06-01", rate="7")


def company_of(store: Store) -> Abroad:
    def one(role: str, language: str = "en") -> Actor:
        return Actor(None, role.title(), frozenset({role}), language=language, time_zone="Asia/Shanghai")

    return Abroad(store, one("administrator"), one("administrator", "zh"), one("rep"), one("masked"), one("blind"))

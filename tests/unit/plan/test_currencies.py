"""An entity that gets several currencies, and texts that get several languages: what was there keeps its meaning."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy.engine import Engine

from app.access import Actor, reading
from app.insight import get_record, to_wire
from app.plan import open_store, plan_for
from app.plan.drift import compare_schema
from app.record import Change, Saved, create, update

from .conftest import applied, insert, pack, select, tree

BOSS = Actor(None, "Boss", frozenset({"administrator"}), language="en")
ROLE = {"grants": {"*": {"create": True, "read": "all", "update": "all"}}}
BEFORE = tree(roles__administrator=ROLE)
AFTER = tree(
    roles__administrator=ROLE,
    pack__currency={"company": "CNY", "others": ["USD"]},
    entities__account__currency={},
    entities__account__fields__name__translated=True,
)


def test_what_was_there_was_entered_in_the_currency_of_the_company(bare: Engine) -> None:
    applied(bare, BEFORE)
    insert(bare, "account", {"name": "One", "limit": Decimal("12.5")}, {"name": "Two"})
    applied(bare, AFTER)
    columns = ("currency", "limit", "limit__original", "currency__rate")
    assert select(bare, "account", *columns) == [
        ("CNY", Decimal("12.5"), Decimal("12.5"), 1),
        ("CNY", None, None, 1),
    ]
    store = open_store(bare)
    assert compare_schema(bare, store.models) == []
    rate = {"currency": "USD", "valid_from": "2026-01-01", "rate": "7"}
    assert isinstance(create(store, BOSS, "exchange_rate", [rate], door="api"), Saved)
    assert isinstance(update(store, BOSS, "account", [Change(1, {"currency": "USD"})], door="api"), Saved)
    with reading(store, BOSS) as session:
        row = get_record(session, BOSS, "account", 1)
    assert row is not None
    wire = to_wire(store.catalog, row)
    assert (wire["limit"], wire["limit_company"], wire["name"]) == ("12.5000", "87.5000", {"en": "One"})


def test_a_further_language_is_a_new_column_and_nothing_else(bare: Engine) -> None:
    one = tree(pack__languages=["zh"], entities__account__fields__name__translated=True)
    two = tree(pack__languages=["zh", "en"], entities__account__fields__name__translated=True)
    applied(bare, one)
    insert(bare, "account", {"name": "甲"})
    plan = plan_for(bare, pack(two))
    assert not plan.blocked
    assert not plan.destructive
    applied(bare, two)
    assert select(bare, "account", "name", "name__in_en") == [("甲", None)]


def test_a_default_amount_is_in_no_currency(bare: Engine) -> None:
    applied(bare, AFTER)
    more: dict[str, Any] = tree(
        roles__administrator=ROLE,
        pack__currency={"company": "CNY", "others": ["USD"]},
        entities__account__currency={},
        entities__account__fields__name__translated=True,
        entities__account__fields__fee={"type": "money", "required": True, "default": 5},
    )
    assert [step.blocks.code for step in plan_for(bare, pack(more)).blocked if step.blocks] == ["PLN518"]

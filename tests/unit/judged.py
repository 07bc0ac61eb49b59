"""A company whose fields and records are judged by conditions and rules. On both databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.access import Actor
from app.loading import catalog_of_tree
from app.orm.framework import audit
from app.orm.store import Store
from app.record import Change, New, Refused, Saved, create, update
from tests.databases import new_url, store_at

ALL = dict.fromkeys(("read", "update", "delete", "restore", "assign", "transition"), "all")
BOTH = ("sqlite", pytest.param("pg", marks=pytest.mark.pg))


def said(en: str, zh: str) -> dict[str, str]:
    return {"en": en, "zh": zh}


TREE: dict[str, Any] = {
    "pack": {
        "languages": ["en", "zh"],
        "time_zone": "Asia/Shanghai",
        "currency": {"company": "CNY", "others": ["USD"]},
    },
    "picklists": {},
    "entities": {
        "account": {
            "name_field": "name",
            "fields": {
                "name": {"type": "text", "required": True, "label": said("Name", "名称")},
                "level": {"type": "picklist", "options": {"a": {}, "b": {}, "c": {}}},
                "limit": {"type": "money"},
                "open_sum": {"type": "money", "formula": 'sum_of(deals.amount where stage == "new")'},
            },
        },
        "deal": {
            "name_field": "name",
            "fields": {
                "name": {"type": "text", "required": True, "label": said("Name", "名称")},
                "account": {"type": "lookup", "to": ["account"], "inverse": "deals"},
                "amount": {"type": "money", "label": said("Amount", "金额")},
                "discount": {"type": "percent", "label": said("Discount", "折扣")},
                "kind": {
                    "type": "picklist",
                    "default": "new",
                    "options": {
                        "new": {},
                        "renewal": {},
                        "gift": {"label": said("Gift", "赠送"), "allowed_when": "is_blank(amount) or amount < 1000"},
                    },
                },
                "stage": {"type": "stage"},
                "big": {"type": "boolean", "formula": "coalesce(amount, 0) >= 10000"},
                "approver": {"type": "text", "required_when": "big", "label": said("Approver", "审批人")},
                "lost_reason": {
                    "type": "picklist",
                    "options": {"price": {}, "rival": {}},
                    "visible_when": 'stage == "lost"',
                    "required": True,
                    "clear_when_hidden": True,
                    "label": said("Lost reason", "输单原因"),
                },
                "rival": {
                    "type": "text",
                    "visible_when": 'lost_reason == "rival"',
                    "required_when": "true",
                    "clear_when_hidden": True,
                },
                "plan": {"type": "long_text", "visible_when": "big", "clear_when_hidden": True},
                "close_date": {"type": "date", "default": {"formula": "add_days(start_date, 30)"}},
                "start_date": {"type": "date", "default": {"formula": "today()"}},
                "terms": {"type": "text", "default": {"formula": 'concat("for ", account.name, " by ", user.name)'}},
                "contact": {"type": "user", "default": {"formula": "owner"}},
                "code": {"type": "text", "read_only_when": 'stage == "won" or account.level == "c"'},
                "rate": {"type": "integer", "read_only_when": 'not has_role("boss")'},
                "secret": {"type": "integer", "restricted": True, "required_when": 'kind == "renewal"'},
                "note": {"type": "text"},
            },
            "pipelines": {
                "gifts": {
                    "field": "stage",
                    "when": 'kind == "gift"',
                    "moves": "listed",
                    "stages": {"new": {}, "won": {"category": "won"}},
                    "transitions": {"give": {"from": ["new"], "to": "won"}},
                },
                "sales": {
                    "field": "stage",
                    "moves": "any",
                    "stages": {
                        "new": {},
                        "offered": {},
                        "won": {"category": "won"},
                        "lost": {"category": "lost"},
                    },
                    "transitions": {
                        "reopen": {"from": ["won", "lost"], "to": "new"},
                        "offer": {
                            "from": ["new"],
                            "to": "offered",
                            "when": "not is_blank(amount)",
                            "label": said("Make an offer", "报价"),
                        },
                    },
                },
            },
            "rules": {
                "in_order": {
                    "require": "is_blank(close_date) or is_blank(start_date) or close_date >= start_date",
                    "field": "close_date",
                    "message": said("It closes before it starts.", "结束不能早于开始。"),
                },
                "worthy": {
                    "require": 'account.level != "c" or is_blank(amount) or amount <= account.limit',
                    "message": said("Too much for this account.", "超出该客户的限额。"),
                    "field": "amount",
                },
                "big_discount": {
                    "require": "is_blank(discount) or discount <= 20",
                    "when": "is_changed(discount)",
                    "field": "discount",
                    "severity": "warning",
                    "message": said("A big discount.", "折扣较大。"),
                },
                "noted": {
                    "require": "not is_blank(note)",
                    "when": 'kind == "renewal"',
                    "existing": "grandfather",
                    "message": said("A renewal needs a note.", "续约需要备注。"),
                },
                "secretive": {
                    "require": "is_blank(secret) or secret < 100",
                    "field": "secret",
                    "message": said("Not like this.", "不可如此。"),
                },
                "within": {
                    "require": "is_blank(account.limit) or account.open_sum <= account.limit",
                    "field": "amount",
                    "message": said("The account is at its limit.", "该客户已达限额。"),
                },
            },
        },
        "order": {
            "name_field": "name",
            "fields": {
                "name": {"type": "text"},
                "max_total": {"type": "integer"},
                "total": {"type": "integer", "formula": "sum_of(lines.quantity)"},
            },
            "rules": {
                "fits": {
                    "require": "is_blank(max_total) or total <= max_total",
                    "message": said("Too much in all.", "总数过多。"),
                }
            },
        },
        "order_line": {
            "name_field": "name",
            "parent": {"field": "order", "part": True},
            "fields": {
                "name": {"type": "text"},
                "order": {
                    "type": "lookup",
                    "to": ["order"],
                    "required": True,
                    "on_delete": "cascade",
                    "inverse": "lines",
                },
                "quantity": {"type": "integer"},
            },
            "rules": {
                "some": {
                    "require": "quantity > 0",
                    "field": "quantity",
                    "message": said("Order at least one.", "至少一件。"),
                },
                "much": {
                    "require": "quantity <= order.max_total",
                    "when": "not is_blank(order.max_total)",
                    "severity": "warning",
                    "field": "quantity",
                    "message": said("Quite a lot.", "数量较多。"),
                },
            },
        },
    },
    "roles": {
        "boss": {
            "grants": {"*": {"create": True, **ALL}, "deal": {"create": True, **ALL, "fields": {"secret": "write"}}},
        },
        "administrator": {"includes": ["boss"], "rights": ["configure"]},
        "rep": {
            "grants": {
                "deal": {"create": True, **ALL},
                "order": {"create": True, **ALL},
                "account": {"read": {"where": "false"}},
                "user": {"read": "all"},
            },
        },
    },
}


@dataclass(frozen=True)
class Judged:
    """The store, and whoever acts: the administrator in both languages, and a representative who sees no secret."""

    store: Store
    boss: Actor
    chinese: Actor
    rep: Actor

    def create(self, entity: str, actor: Actor | None = None, confirm: Any = None, **values: Any) -> Saved | Refused:
        row = New(values, confirm or {})
        return create(self.store, actor or self.boss, entity, [row], door="api")

    def save(self, entity: str, actor: Actor | None = None, **values: Any) -> int:
        outcome = self.create(entity, actor, **values)
        assert isinstance(outcome, Saved), outcome
        return outcome.ids[0]

    def change(
        self, entity: str, record: int, actor: Actor | None = None, confirm: Any = None, **values: Any
    ) -> Saved | Refused:
        change = Change(record, values, confirm=confirm or {})
        return update(self.store, actor or self.boss, entity, [change], door="api")

    def changed(self, entity: str, record: int, **values: Any) -> dict[str, Any]:
        outcome = self.change(entity, record, **values)
        assert isinstance(outcome, Saved), outcome
        return self.stored(entity, record)

    def stored(self, entity: str, record: int) -> dict[str, Any]:
        table = self.store.models.tables[entity]
        with self.store.system_reading() as connection:
            return dict(connection.execute(sa.select(table).where(table.c.id == record)).mappings().one())

    def audited(self, entity: str, record: int) -> list[Any]:
        query = sa.select(audit.c.changes).where(audit.c.entity == entity, audit.c.record == record)
        with self.store.system_reading() as connection:
            return list(connection.execute(query.order_by(audit.c.id)).scalars())


def refused(outcome: object) -> list[tuple[str | None, str]]:
    """Field and code of every refusal."""
    assert isinstance(outcome, Refused), outcome
    return [(each.path, each.code) for each in outcome.refusals]


@contextmanager
def on_database(request: pytest.FixtureRequest, folder: Path, tree: dict[str, Any] = TREE) -> Iterator[Judged]:
    """The company on the database that the fixture's parameter names: sqlite or pg."""
    with new_url(request, folder) as url, opened(url, tree) as found:
        yield found


@contextmanager
def opened(url: str, tree: dict[str, Any] = TREE) -> Iterator[Judged]:
    def one(record: int, roles: set[str], language: str = "en") -> Actor:
        return Actor(record, "Bo", frozenset(roles), language=language, time_zone="Asia/Shanghai")

    with store_at(url, catalog_of_tree(tree), settle) as store:
        user = store.models.tables["user"]
        with store.system_reading() as connection:
            bo, rep = connection.execute(sa.select(user.c.id).order_by(user.c.id)).scalars()
        yield Judged(
            store, one(bo, {"administrator", "boss"}), one(bo, {"administrator", "boss"}, "zh"), one(rep, {"rep"})
        )


def settle(store: Store) -> None:
    bootstrap = Actor(None, "Boss", frozenset({"administrator", "boss"}), language="en", time_zone="Asia/Shanghai")
    people = [{"name": "Bo", "login": "bo"}, {"name": "Rep", "login": "rep"}]
    outcome = create(store, bootstrap, "user", people, door="seed")
    assert isinstance(outcome, Saved), outcome


@contextmanager
def counted(store: Store) -> Iterator[list[str]]:
    """The statements that are sent meanwhile."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    sa.event.listen(store.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        sa.event.remove(store.engine, "before_cursor_execute", note)

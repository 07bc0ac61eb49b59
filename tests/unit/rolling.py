"""A company whose records roll up: totals over related records and what follows from them, on both databases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.access import system_actor
from app.definition import Catalog
from app.loading import catalog_of_tree
from app.orm.framework import audit, outbox
from app.orm.store import Store
from app.record import Change, Refused, Saved, create, delete, restore, update
from tests.databases import new_url, store_at

BOTH = ("sqlite", pytest.param("pg", marks=pytest.mark.pg))
BOSS = system_actor("system:seed")


def an_entity(**more: Any) -> dict[str, Any]:
    fields = more.pop("fields")
    return {"name_field": "name", "fields": {"name": {"type": "text"}, **fields}, **more}


def formula(kind: str, text: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "formula": text, **more}


def lookup(to: str, inverse: str, on_delete: str = "clear", **more: Any) -> dict[str, Any]:
    return {"type": "lookup", "to": [to], "inverse": inverse, "on_delete": on_delete, **more}


LEVELS = {key: {"label": {"en": key.upper(), "zh": key.upper()}} for key in ("a", "b", "c")}
STAGES = {"open": {}, "won": {"category": "won"}, "lost": {"category": "lost"}}
REOPEN = {f"to_{to}": {"from": [each for each in ("won", "lost") if each != to], "to": to} for to in STAGES}
TREE: dict[str, Any] = {
    "pack": {"languages": ["en", "zh"], "time_zone": "Asia/Shanghai"},
    "entities": {
        "region": an_entity(
            fields={
                "weight": {"type": "integer"},
                "heads": formula("integer", "sum_of(accounts.deals_won)"),
            }
        ),
        "account": an_entity(
            fields={
                "name": {"type": "text", "searchable": True},
                "region": lookup("region", "accounts"),
                "total_won": formula("money", 'sum_of(opportunities.amount where stage.category == "won")'),
                "deals_won": formula("integer", 'count_of(opportunities where stage.category == "won")'),
                "level": formula(
                    "picklist",
                    'if(total_won >= 500000, "a", if(total_won >= 100000, "b", "c"))',
                    options=LEVELS,
                ),
                "title": formula("text", 'concat(name, " ", upper(to_text(level)))', searchable=True),
                "least": formula("money", "min_of(opportunities.amount)"),
                "last_close": formula("date", "max_of(opportunities.closed)"),
                "newest": formula("text", "latest_of(opportunities.name)"),
                "busy": formula("boolean", 'exists(opportunities where stage.category == "open")'),
                "crowded": formula("integer", "count_of(opportunities where count(people) > 1)"),
                "leaderless": formula("integer", "count_of(opportunities where is_blank(leader))"),
                "remarked": formula("integer", "count_of(remarks where about.name == name)"),
                "heavy": formula("integer", "count_of(opportunities where account.region.weight > 5)"),
                "score": {
                    "type": "integer",
                    "points": {"base": {"add": 1}, "won": {"add": 10, "when": "count_of(opportunities where amount > 100) > 1"}},
                },
            },
            list={"columns": ["name", "title", "level"], "sort": ["name"]},
        ),
        "opportunity": an_entity(
            plural={"en": "Opportunities", "zh": "商机"},
            fields={
                "account": lookup("account", "opportunities", "cascade"),
                "amount": {"type": "money"},
                "closed": {"type": "date"},
                "stage": {"type": "stage"},
                "rank": formula("text", 'concat(name, "/", account.level, "/", account.region.name)'),
                "people": lookup("contact", "deals", many=True),
                "leader": lookup("contact", "led"),
                "size": formula("integer", "count(people)"),
                "leads": formula("boolean", "people has leader"),
                "note": {"type": "text"},
            },
            pipelines={"direct": {"field": "stage", "moves": "any", "stages": STAGES, "transitions": REOPEN}},
        ),
        "contact": an_entity(
            fields={
                "worth": formula("money", "sum_of(deals.amount)"),
                "deals_count": formula("integer", "count_of(deals)"),
            }
        ),
        "quote": an_entity(
            fields={
                "discount": {"type": "integer"},
                "total": formula("money", "sum_of(lines.amount)"),
                "greatest": formula("percent", "max_of(lines.share)"),
            }
        ),
        "line": an_entity(
            parent={"field": "quote", "part": True},
            fields={
                "quote": lookup("quote", "lines", "cascade", required=True),
                "amount": {"type": "money"},
                "share": formula("percent", "if(quote.total > 0, amount * 100 / quote.total, 0)"),
            },
        ),
        "remark": an_entity(
            fields={
                "about": {"type": "lookup", "to": ["account", "opportunity"], "inverse": "remarks", "on_delete": "clear"},
                "topic": formula("text", 'concat(about.entity, ":", about.name)'),
                "hers": formula("boolean", "about.owner == owner and not is_blank(owner)"),
            }
        ),
        "memo": an_entity(fields={"text": {"type": "text"}}),
    },
    "roles": {"administrator": {"grants": {"*": {"create": True}}, "rights": ["configure"]}},
}  # fmt: skip


def catalog(tree: dict[str, Any] | None = None) -> Catalog:
    return catalog_of_tree(tree or TREE)


@dataclass(frozen=True, repr=False)
class Rolling:
    """The store, and short ways to act on it."""

    store: Store

    def save(self, entity: str, **values: Any) -> int:
        return self.save_all(entity, [values])[0]

    def save_all(self, entity: str, rows: Sequence[dict[str, Any]]) -> tuple[int, ...]:
        return done(create(self.store, BOSS, entity, rows, door="api")).ids

    def change(self, entity: str, record: int, **values: Any) -> None:
        done(update(self.store, BOSS, entity, [Change(record, values)], door="api"))

    def change_all(self, entity: str, records: Sequence[int], **values: Any) -> None:
        done(update(self.store, BOSS, entity, [Change(record, values) for record in records], door="bulk"))

    def delete(self, entity: str, *records: int) -> None:
        done(delete(self.store, BOSS, entity, records, door="api"))

    def restore(self, entity: str, *records: int) -> None:
        done(restore(self.store, BOSS, entity, records, door="bin"))

    def stored(self, entity: str, record: int) -> dict[str, Any]:
        table = self.store.models.tables[entity]
        with self.store.system_reading() as connection:
            row = connection.execute(sa.select(table).where(table.c.id == record)).one()
        return {column.key: row._mapping[column] for column in table.columns}

    def audited(self, entity: str, record: int, action: str = "derive") -> list[Any]:
        query = sa.select(audit.c.changes).where(audit.c.entity == entity, audit.c.record == record)
        with self.store.system_reading() as connection:
            return list(connection.execute(query.where(audit.c.action == action).order_by(audit.c.id)).scalars())

    def events(self, entity: str) -> list[dict[str, Any]]:
        query = sa.select(outbox).where(outbox.c.entity == entity).order_by(outbox.c.id)
        with self.store.system_reading() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]


def done(outcome: Saved | Refused) -> Saved:
    assert isinstance(outcome, Saved), outcome
    return outcome


@contextmanager
def on_database(request: pytest.FixtureRequest, folder: Path, tree: dict[str, Any] | None = None) -> Iterator[Rolling]:
    """The company on the database that the fixture's parameter names: sqlite or pg."""
    with new_url(request, folder) as url, opened(url, tree) as found:
        yield found


@contextmanager
def opened(url: str, tree: dict[str, Any] | None = None) -> Iterator[Rolling]:
    """The company in a new database."""
    with store_at(url, catalog(tree)) as store:
        yield Rolling(store)

"""A small company whose records hold tags, lists of options, links to many and to several entities."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.access import Actor, reading, system_actor
from app.insight import Filter, ListQuery, Row, get_record, list_records, to_wire
from app.loading import catalog_of_tree
from app.orm.store import Store
from app.record import Refused, Saved, create
from tests.databases import store_at

SEED = system_actor("system:seed")
NAME = {"type": "text", "required": True, "searchable": True}
OWN = dict.fromkeys(("read", "update", "delete", "restore", "export"), "own")
ALL = dict.fromkeys(("read", "update", "delete", "restore", "assign", "export"), "all")
TREE: dict[str, Any] = {
    "entities": {
        "account": {
            "fields": {
                "name": NAME,
                "tags": {"type": "tags"},
                "talk": {"type": "integer", "formula": "count_of(topic_of)"},
                "areas": {
                    "type": "picklist",
                    "many": True,
                    "options": {"east": "East", "west": "West", "old": {"label": "Old", "retired": True}},
                },
            }
        },
        "contact": {"fields": {"name": NAME, "account": {"type": "lookup", "to": "account"}}},
        "opportunity": {
            "fields": {
                "name": NAME,
                "contacts": {
                    "type": "lookup",
                    "to": "contact",
                    "many": True,
                    "inverse": "opportunities",
                    "on_delete": "clear",
                    "link_fields": {
                        "influence": {"type": "picklist", "options": {"high": "High", "low": "Low"}, "default": "low"},
                        "share": {"type": "percent", "max": 100},
                    },
                },
                "partners": {"type": "lookup", "to": "account", "many": True, "inverse": "partnered"},
                "members": {"type": "user", "many": True},
            }
        },
        "circle": {
            "fields": {
                "name": NAME,
                "contacts": {
                    "type": "lookup",
                    "to": "contact",
                    "many": True,
                    "inverse": "circles",
                    "on_delete": "clear",
                },
                "reach": {"type": "integer", "formula": "count(contacts)"},
            }
        },
        "letter": {
            "fields": {
                "name": NAME,
                "about": {"type": "lookup", "to": ["account", "contact"], "on_delete": "clear"},
                "to": {"type": "text", "formula": 'concat(about.entity, ":", about.name)'},
            },
            "rules": {"known": {"require": 'about.entity != "contact" or about.name != "Nobody"', "message": "Nobody"}},
        },
        "task": {
            "fields": {
                "name": NAME,
                "about": {"type": "lookup", "to": ["account", "contact"], "on_delete": "clear"},
                "topics": {
                    "type": "lookup",
                    "to": ["account", "contact"],
                    "many": True,
                    "inverse": "topic_of",
                    "on_delete": "clear",
                    "link_fields": {"weight": {"type": "integer", "default": 1}},
                },
                "guests": {"type": "lookup", "to": ["contact", "account"], "many": True, "inverse": "guest_of"},
                "breadth": {"type": "integer", "formula": "count(topics)"},
            }
        },
        "visit": {
            "fields": {"name": NAME, "vips": {"type": "integer", "formula": 'count_of(stops where tags has "vip")'}}
        },
        "stop": {
            "parent": {"field": "visit", "part": True},
            "fields": {
                "name": NAME,
                "visit": {"type": "lookup", "to": "visit", "required": True, "inverse": "stops"},
                "tags": {"type": "tags"},
                "many_tags": {"type": "boolean", "formula": "count(tags) > 1"},
                "areas": {"type": "picklist", "many": True, "options": {"east": "East", "west": "West"}},
                "met": {
                    "type": "lookup",
                    "to": "contact",
                    "many": True,
                    "inverse": "met_at",
                    "link_fields": {"minutes": {"type": "integer", "default": 5}},
                },
                "about": {"type": "lookup", "to": ["account", "contact"], "inverse": "stops", "on_delete": "clear"},
                "motto": {"type": "text", "translated": True, "max_length": 20},
            },
        },
    },
    "roles": {
        "boss": {"grants": {"*": {"create": True, **ALL}}},
        "rep": {
            "grants": {
                **{
                    key: {"create": True, **OWN}
                    for key in ("account", "contact", "opportunity", "task", "circle", "visit", "letter")
                },
                "user": {"read": "all"},
            }
        },
        "blind": {"grants": {"opportunity": {"create": True, **ALL, "fields": {"contacts": "hidden"}}}},
    },
}
CATALOG = catalog_of_tree(TREE)


@dataclass(frozen=True)
class Lists:
    """The store, a representative, a colleague who sees none of his records, and who sees everything."""

    store: Store
    rep: Actor
    other: Actor
    boss: Actor
    blind: Actor

    def add(self, entity: str, actor: Actor | None = None, **values: Any) -> int:
        outcome = create(self.store, actor or self.boss, entity, [{"name": "x", **values}], door="api")
        assert isinstance(outcome, Saved), outcome
        return outcome.ids[0]

    def row(self, entity: str, record: int, actor: Actor | None = None, *, deleted: bool = False) -> Row:
        with reading(self.store, actor or self.boss) as session:
            found = get_record(session, actor or self.boss, entity, record, include_deleted=deleted)
        assert found is not None
        return found

    def wire(self, entity: str, record: int, field: str, actor: Actor | None = None) -> Any:
        return to_wire(self.store.catalog, self.row(entity, record, actor))[field]

    def ids(self, entity: str, record: int, field: str, actor: Actor | None = None) -> list[int]:
        return [int(each["id"]) for each in self.wire(entity, record, field, actor)]

    def found(self, entity: str, field: str, operator: str, *values: object, actor: Actor | None = None) -> set[int]:
        query = ListQuery(entity, ("id",), (Filter(field, operator, values),), limit=100)
        with reading(self.store, actor or self.boss) as session:
            return {row.id for row in list_records(session, actor or self.boss, query).rows}

    def stored(self, key: str) -> list[dict[str, Any]]:
        table = self.store.models.many[key].table
        with self.store.system_reading() as connection:
            return [dict(row) for row in connection.execute(sa.select(table).order_by(*table.primary_key)).mappings()]


def codes(outcome: Saved | Refused) -> list[tuple[str | None, str, str]]:
    """Field, code and variant of every refusal."""
    assert isinstance(outcome, Refused), outcome
    return [(each.field, each.code, each.variant) for each in outcome.refusals]


@contextmanager
def open_lists(url: str) -> Iterator[Lists]:
    """The company in an empty database."""
    with store_at(url, CATALOG, settle) as store:
        user = store.models.tables["user"]
        with store.system_reading() as connection:
            rows = connection.execute(sa.select(user.c.id, user.c.name).order_by(user.c.id)).all()
        people = [Actor(row.id, row.name, frozenset({role})) for row, role in zip(rows, PEOPLE.values(), strict=True)]
        yield Lists(store, *people)


PEOPLE = {"rep": "rep", "other": "rep", "boss": "boss", "blind": "blind"}  # login: role


def settle(store: Store) -> None:
    saved = create(store, SEED, "user", [{"name": each.title(), "login": each} for each in PEOPLE], door="seed")
    assert isinstance(saved, Saved), saved

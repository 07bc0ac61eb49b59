"""A company whose deals need approvals: people with roles, a manager, a deputy; a store whose clock can be moved."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa

from app.access import Actor, actor_of_user, reading, system_actor
from app.automation.approvals import Asked, Asking, ask_for, decide, of_record, waiting_for
from app.loading import catalog_of_tree
from app.orm.framework import ab_role, ab_user, ab_user_role, notice
from app.orm.models import build_models
from app.orm.store import Store
from app.record import Change, Refused, Saved, create, update
from tests.databases import store_at

SEED = system_actor("system:seed")
START = dt.datetime(2026, 7, 1, 2, tzinfo=dt.UTC)  # a Wednesday, ten in the morning in Shanghai
OWN = {"read": "own", "update": "own", "delete": "own", "transition": "own"}
ALL = dict.fromkeys(("read", "update", "delete", "restore", "assign", "transition"), "all")
PEOPLE = {  # login: (role, manager)
    "boss": ("administrator", None),
    "director": ("director", None),
    "second": ("director", None),
    "manager": ("manager", "director"),
    "rep": ("rep", "manager"),
    "other": ("rep", "manager"),
}
STEPS: dict[str, Any] = {
    "manager": {
        "when": "amount > 100000",
        "approvers": "owner.manager",
        "within": "2 working days",
        "escalate": {"to": {"role": "director"}},
    },
    "director": {"when": "amount > 500000", "approvers": {"role": "director"}, "need": "any"},
}
REVIEW: dict[str, Any] = {
    "entity": "deal",
    "show": ["name", "amount"],
    "read_only": "all",
    "steps": STEPS,
    "self_approval": False,
}


def tree_of(**review: Any) -> dict[str, Any]:
    stages = ("contact", "proposal", "negotiation", "won")
    return {
        "pack": {"languages": ["en", "zh"], "time_zone": "Asia/Shanghai"},
        "entities": {
            "deal": {
                "name_field": "name",
                "fields": {
                    "name": {"type": "text", "required": True},
                    "amount": {"type": "money"},
                    "cost": {"type": "money", "restricted": True},
                    "note": {"type": "text"},
                    "reason": {"type": "text"},
                    "total": {"type": "integer", "formula": "sum_of(lines.quantity)"},
                    "stage": {"type": "stage"},
                },
                "pipelines": {
                    "direct": {
                        "field": "stage",
                        "moves": "forward",
                        "stages": {
                            **{key: {"label": key.title()} for key in stages[:3]},
                            "won": {"label": "Won", "category": "won"},
                            "lost": {"label": "Lost", "category": "lost"},
                        },
                        "transitions": {
                            "to_negotiation": {"to": "negotiation", "required": ["reason"], "approval": "review"}
                        },
                    }
                },
            },
            "line": {
                "name_field": "name",
                "parent": {"field": "deal", "part": True},
                "fields": {
                    "name": {"type": "text"},
                    "deal": {"type": "lookup", "to": ["deal"], "required": True, "inverse": "lines"},
                    "quantity": {"type": "integer"},
                },
            },
        },
        "approvals": {"review": {**REVIEW, **review}},
        "roles": {
            "administrator": {"grants": {"*": {"create": True, **ALL}}, "rights": ["configure"]},
            "director": {"grants": {"user": {"read": "all"}, "deal": {"read": "own"}}},
            "manager": {"grants": {"user": {"read": "all"}, "deal": {"create": True, **ALL}}},
            "rep": {"grants": {"user": {"read": "all"}, "deal": {"create": True, **OWN}}},
        },
    }


@dataclass
class Office:
    """The store, and people by login."""

    store: Store
    ids: dict[str, int]
    moment: list[dt.datetime] = field(default_factory=lambda: [START])

    def actor(self, login: str) -> Actor:
        with self.store.system_reading() as connection:
            found = actor_of_user(connection, self.store.models, self.ids[login])
        assert found is not None
        return found

    def deal(self, owner: str = "rep", **values: Any) -> int:
        row = {"name": "Deal", "amount": "200000", "reason": "because", "stage": "proposal", **values}
        outcome = create(self.store, SEED, "deal", [{**row, "owner": self.ids[owner]}], door="seed")
        assert isinstance(outcome, Saved), outcome
        return outcome.ids[0]

    def ask(self, record: int, login: str = "rep", to: str = "negotiation", **more: Any) -> Asking | Refused:
        return ask_for(self.store, self.actor(login), "deal", record, to, door="api", **more)

    def asked(self, record: int, login: str = "rep", **more: Any) -> int:
        outcome = self.ask(record, login, **more)
        assert isinstance(outcome, Asking), outcome
        assert outcome.approval is not None
        return outcome.approval

    def says(self, login: str, approval: int, *, agree: bool = True, comment: str = "") -> Saved | Refused:
        return decide(self.store, self.actor(login), approval, agree=agree, comment=comment, door="form")

    def change(self, login: str, record: int, door: str = "api", **values: Any) -> Saved | Refused:
        return update(self.store, self.actor(login), "deal", [Change(record, values)], door=door)

    def inbox(self, login: str) -> list[Asked]:
        actor = self.actor(login)
        with reading(self.store, actor) as session:
            return waiting_for(session, actor, self.store.clock())

    def approvals(self, record: int) -> list[Asked]:
        actor = self.actor("boss")
        with reading(self.store, actor) as session:
            return of_record(session, actor, "deal", record)

    def stored(self, record: int) -> Mapping[str, Any]:
        table = self.store.models.tables["deal"]
        with self.store.system_reading() as connection:
            return dict(connection.execute(sa.select(table).where(table.c.id == record)).mappings().one())

    def told(self, login: str) -> list[str]:
        query = sa.select(notice.c.kind).where(notice.c.user_id == self.ids[login]).order_by(notice.c.id)
        with self.store.system_reading() as connection:
            return list(connection.execute(query).scalars())

    def later(self, **by: float) -> None:
        self.moment[0] += dt.timedelta(**by)

    def rebuilt(self, tree: dict[str, Any]) -> Office:
        """The same database under another configuration that needs no other tables."""
        return Office(replace(self.store, models=build_models(catalog_of_tree(tree))), self.ids, self.moment)


@contextmanager
def opened(url: str, tree: dict[str, Any]) -> Iterator[Office]:
    moment = [START]
    with store_at(url, catalog_of_tree(tree), settle) as found:
        store = replace(found, clock=lambda: moment[0])
        user = store.models.tables["user"]
        with store.system_reading() as connection:
            ids = {
                row.login: row.id for row in connection.execute(sa.select(user.c.login, user.c.id).order_by(user.c.id))
            }
        yield Office(store, ids, moment)


def settle(store: Store) -> None:
    """Everyone moves in, with the roles."""
    store = replace(store, clock=lambda: START)
    outcome = create(store, SEED, "user", [{"name": each.title(), "login": each} for each in PEOPLE], door="seed")
    assert isinstance(outcome, Saved), outcome
    ids = dict(zip(PEOPLE, outcome.ids, strict=True))
    changes = [Change(ids[key], {"manager": ids[above]}) for key, (_, above) in PEOPLE.items() if above is not None]
    assert isinstance(update(store, SEED, "user", changes, door="seed"), Saved)
    give_roles(store, ids)


def give_roles(store: Store, ids: Mapping[str, int]) -> None:
    with store.housekeeping() as connection:
        roles = {key: number for number, key in enumerate(store.catalog.roles, start=1)}
        connection.execute(sa.delete(ab_user_role))
        connection.execute(sa.delete(ab_role))
        connection.execute(sa.insert(ab_role), [{"id": number, "name": key} for key, number in roles.items()])
        known = set(connection.execute(sa.select(ab_user.c.id)).scalars())
        assert known >= set(ids.values())
        rows = [
            {"id": number, "user_id": ids[login], "role_id": roles[role]}
            for number, (login, (role, _)) in enumerate(PEOPLE.items(), start=1)
        ]
        connection.execute(sa.insert(ab_user_role), rows)


def codes(outcome: object) -> list[tuple[str | None, str, str]]:
    """Field, code and variant of every refusal."""
    assert isinstance(outcome, Refused), outcome
    return [(each.path, each.code, each.variant) for each in outcome.refusals]

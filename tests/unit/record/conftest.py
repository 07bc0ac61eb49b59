"""A company with sales people, and its database on both engines."""

from __future__ import annotations

import dataclasses
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.access import Actor, reading, system_actor
from app.definition import (
    Catalog,
    Entity,
    Field,
    FieldGrant,
    Grant,
    ListView,
    Option,
    Pack,
    Parent,
    Pipeline,
    Role,
    Stage,
    Text,
    Transition,
    UniqueKey,
)
from app.orm.bulk import insert_rows
from app.orm.engine import PLAN, UNIT, open_engine
from app.orm.framework import FRAMEWORK, ab_role, ab_user, ab_user_role, audit, outbox
from app.orm.models import build_models
from app.orm.store import Store
from app.plan.migrate import upgrade_framework
from app.record import Refused, Saved, create
from tests import pgtemp

SEED = system_actor("system:seed")


def fields(**described: dict[str, Any]) -> dict[str, Field]:
    return {
        key: Field(key=key, label=Text({"en": key.replace("_", " ").title(), "zh": f"{key}（中）"}), **attributes)
        for key, attributes in described.items()
    }


def options(*keys: str, retired: tuple[str, ...] = ()) -> dict[str, Option]:
    return {key: Option(key=key, retired=key in retired) for key in (*keys, *retired)}


def an_entity(key: str, declared: dict[str, Field], **more: Any) -> Entity:
    return Entity(key=key, label=Text({"en": key.title(), "zh": f"{key}（中）"}), fields=declared, **more)


ENTITIES = (
    an_entity(
        "user",
        fields(
            name={"type": "text", "required": True, "max_length": 60, "searchable": True},
            login={"type": "text", "required": True, "unique": True, "ignore_case": True},
            email={"type": "email", "unique": True},
            manager={"type": "user"},
            locale={"type": "picklist", "options": options("en", "zh")},
            time_zone={"type": "text"},
            active={"type": "boolean", "default": True},
        ),
    ),
    an_entity(
        "department",
        fields(
            name={"type": "text", "required": True},
            parent={"type": "lookup", "to": ("department",), "inverse": "children"},
            manager={"type": "user"},
        ),
    ),
    an_entity("team", fields(name={"type": "text", "required": True}, manager={"type": "user"})),
    an_entity(
        "account",
        fields(
            number={"type": "sequence", "pattern": "ACC-{yyyy}-{seq:05}", "restart": "year"},
            name={"type": "text", "required": True, "max_length": 100, "searchable": True},
            code={"type": "text", "unique": True, "ignore_case": True, "min_length": 3},
            kind={"type": "picklist", "options": options("firm", "person", retired=("club",)), "default": "firm"},
            employees={"type": "integer", "min": 0, "max": 10_000_000},
            revenue={"type": "money", "min": 0},
            discount={"type": "percent", "max": 100},
            rate={"type": "decimal", "scale": 3},
            since={"type": "date", "min": "1990-01-01"},
            seen_at={"type": "datetime"},
            website={"type": "url"},
            email={"type": "email"},
            phone={"type": "phone", "searchable": True},
            active={"type": "boolean", "default": True},
            head={"type": "lookup", "to": ("account",), "inverse": "branches", "on_delete": "clear"},
            credit={"type": "money", "restricted": True},
            notes={"type": "long_text", "max_length": 1000},
            tag={"type": "text", "unique": True, "restricted": True},
        ),
        list=ListView(columns=("name",)),
    ),
    an_entity(
        "contact",
        fields(
            name={"type": "text", "required": True},
            account={"type": "lookup", "to": ("account",), "required": True, "on_delete": "cascade"},
            mobile={"type": "phone"},
            birthday={"type": "date"},
        ),
        parent=Parent(field="account"),
    ),
    an_entity(
        "opportunity",
        fields(
            name={"type": "text", "required": True},
            account={"type": "lookup", "to": ("account",), "required": True, "on_delete": "restrict"},
            contact={"type": "lookup", "to": ("contact",), "on_delete": "clear"},
            stage={"type": "stage"},
            amount={"type": "money"},
        ),
        keys={"one_name": UniqueKey(key="one_name", fields=("account", "name"), message=Text({"en": "Taken."}))},
        pipelines={
            "direct": Pipeline(
                key="direct", field="stage", stages={key: Stage(key=key) for key in ("first", "second", "won")}
            )
        },
    ),
    an_entity(
        "note",
        fields(
            title={"type": "text", "required": True},
            account={"type": "lookup", "to": ("account",), "on_delete": "cascade"},
            about={"type": "lookup", "to": ("note",), "inverse": "remarks", "on_delete": "cascade"},
            scan={"type": "file", "accept": ("pdf", "text"), "max_size": "1 MB"},
            papers={"type": "file", "many": True},
            photo={"type": "image"},
        ),
        name_field="title",
        soft_delete=False,
    ),
    an_entity(
        "product",
        fields(
            name={"type": "text", "required": True},
            price={"type": "money"},
            cost={"type": "money", "restricted": True},
        ),
    ),
    an_entity(
        "order",
        fields(
            name={"type": "text", "required": True, "searchable": True},
            account={"type": "lookup", "to": ("account",), "on_delete": "restrict", "inverse": "orders"},
            total={"type": "money"},
        ),
        parent=Parent(field="account"),
    ),
    an_entity(
        "order_line",
        fields(
            order={"type": "lookup", "to": ("order",), "required": True, "inverse": "lines"},
            name={"type": "text", "max_length": 20, "searchable": True},
            product={
                "type": "lookup",
                "to": ("product",),
                "fills": {"name": "name", "price": "price", "cost": "cost"},
                "on_delete": "restrict",
            },
            quantity={"type": "integer", "min": 1, "required": True, "default": 1},
            price={"type": "money"},
            cost={"type": "money", "restricted": True},
            code={"type": "text"},
        ),
        keys={"one_code": UniqueKey(key="one_code", fields=("order", "code"))},
        parent=Parent(field="order", part=True),
        plural=Text({"en": "Order lines", "zh": "明细"}),
    ),
    an_entity(
        "claim",
        fields(
            name={"type": "text", "required": True},
            province={"type": "picklist", "options": options("north", "south")},
            city={
                "type": "picklist",
                "depends_on": "province",
                "options": {
                    "harbour": Option(key="harbour", parent="north"),
                    "plain": Option(key="plain", parent="south"),
                    "elsewhere": Option(key="elsewhere"),
                },
            },
            score={"type": "integer", "required": True, "formula": "1 + 1"},
            reason={"type": "text"},
            solution={"type": "text"},
            stage={"type": "stage"},
        ),
        pipelines={
            "claims": Pipeline(
                key="claims",
                field="stage",
                moves="forward",
                stages={
                    "new": Stage(key="new"),
                    "working": Stage(key="working", required=("reason",), start=True),
                    "testing": Stage(key="testing"),
                    "done": Stage(key="done", category="done", required=("solution",), read_only=("reason",)),
                    "dropped": Stage(key="dropped", category="lost"),
                },
                transitions={
                    "test": Transition(key="test", from_=("working",), to="testing", required=("city",)),
                    "reopen": Transition(key="reopen", from_=("done",), to="working", roles=("lead",)),
                },
            )
        },
    ),
    an_entity(
        "visit",
        fields(
            name={"type": "text", "required": True},
            report={"type": "rich_text", "searchable": True, "max_length": 500},
            starts={"type": "time", "min": "07:00", "max": "22:00"},
            lasts={"type": "duration", "min": 0, "max": "8 hours", "default": "30 min"},
            mood={"type": "rating"},
            grade={"type": "rating", "max": 10},
            color={"type": "color", "unique": True},
            place={"type": "location"},
            address={"type": "address", "searchable": True},
            more={"type": "json"},
        ),
        list=ListView(columns=("name", "starts", "lasts", "mood", "color", "address"), sort=("-lasts",)),
    ),
)

EVERYTHING = dict.fromkeys(("read", "update", "delete", "restore", "assign", "transition", "export"), "all")
OWN = {"read": "own", "update": "own", "delete": "own", "restore": "own"}


def a_role(key: str, *grants: Grant, **more: Any) -> Role:
    return Role(key=key, grants={grant.key: grant for grant in grants}, **more)


ROLES = (
    a_role(
        "administrator",
        Grant(key="*", create=True, **EVERYTHING),
        Grant(
            key="account",
            create=True,
            fields={each: FieldGrant(key=each, access="write") for each in ("credit", "tag")},
            **EVERYTHING,
        ),
        Grant(key="product", create=True, fields={"cost": FieldGrant(key="cost", access="write")}, **EVERYTHING),
        Grant(key="order_line", fields={"cost": FieldGrant(key="cost", access="write")}),
        rights=("configure",),
    ),
    a_role(
        "employee", Grant(key="user", read="all"), Grant(key="department", read="all"), Grant(key="team", read="all")
    ),
    a_role(
        "rep",
        Grant(
            key="account",
            create=True,
            fields={
                "phone": FieldGrant(key="phone", mask="phone"),
                "email": FieldGrant(key="email", mask="email", write=False),
                "rate": FieldGrant(key="rate", access="read"),
                "notes": FieldGrant(key="notes", access="hidden"),
            },
            **OWN,
        ),
        Grant(key="contact", create=True, read="parent", update="parent", delete="parent", restore="parent"),
        Grant(key="opportunity", create=True, **OWN),
        Grant(key="note", create=True, **OWN),
        Grant(key="product", read="all"),
        Grant(key="order", create=True, **OWN),
        Grant(key="claim", create=True, transition="own", **OWN),
        includes=("employee",),
    ),
    a_role(
        "lead",
        Grant(key="account", create=True, read="team", update="team", delete="team", restore="team", assign="team"),
        Grant(key="contact", create=True, read="parent", update="parent", delete="parent"),
        Grant(key="opportunity", create=True, read="team", update="team", transition="team", delete="team"),
        Grant(key="order", read="team"),
        Grant(key="claim", create=True, read="all", update="all", transition="all"),
        Grant(key="product", read="all"),
        includes=("employee",),
    ),
    a_role("reader", Grant(key="*", read="all")),
    a_role("outsider"),
    a_role("sender", Grant(key="account", create=True)),
)

CATALOG = Catalog(
    pack=Pack(time_zone="Asia/Shanghai"),
    entities={entity.key: entity for entity in ENTITIES},
    picklists={},
    roles={role.key: role for role in ROLES},
    hash="company",
)


@dataclass(frozen=True)
class Company:
    """The store, and people: two representatives of team 1 in one department, their lead, a stranger, an administrator."""

    store: Store
    rep: Actor
    other: Actor
    lead: Actor
    boss: Actor
    reader: Actor
    outsider: Actor
    sender: Actor
    sales: int
    north: int

    @property
    def is_postgresql(self) -> bool:
        return self.store.engine.dialect.name == "postgresql"

    def add(self, entity: str, actor: Actor | None = None, **values: Any) -> int:
        return done(create(self.store, actor or SEED, entity, [values], door="api")).ids[0]

    def stored(self, entity: str, record: int) -> dict[str, Any]:
        """The whole row as the database has it, deleted or not."""
        table = self.store.models.tables[entity]
        with self.store.system_reading() as connection:
            row = connection.execute(sa.select(table).where(table.c.id == record)).mappings().one()
        return dict(row)

    def count(self, entity: str) -> int:
        with self.store.system_reading() as connection:
            table = self.store.models.tables[entity]
            return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()

    def audited(self, entity: str, record: int | None = None) -> list[dict[str, Any]]:
        query = sa.select(audit).where(audit.c.entity == entity).order_by(audit.c.id)
        if record is not None:
            query = query.where(audit.c.record == record)
        with self.store.system_reading() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def events(self, entity: str) -> list[dict[str, Any]]:
        query = sa.select(outbox).where(outbox.c.entity == entity).order_by(outbox.c.id)
        with self.store.system_reading() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def sees(self, actor: Actor, entity: str, record: int) -> bool:
        a_class = self.store.models.classes[entity]
        with reading(self.store, actor) as session:
            return session.execute(sa.select(a_class.id).where(a_class.id == record)).first() is not None


def done(outcome: Saved | Refused) -> Saved:
    assert isinstance(outcome, Saved), outcome
    return outcome


def codes(outcome: Saved | Refused) -> list[tuple[str | None, str]]:
    """Field and code of every refusal."""
    assert isinstance(outcome, Refused), outcome
    return [(each.field, each.code) for each in outcome.refusals]


def at_once(count: int, work: Callable[[int], Saved | Refused]) -> list[Saved | Refused]:
    """Does the work in so many threads that start together."""
    start = threading.Barrier(count)
    outcomes: list[Saved | Refused | None] = [None] * count

    def run(number: int) -> None:
        start.wait()
        outcomes[number] = work(number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert None not in outcomes
    return [each for each in outcomes if each is not None]


def open_store(url: str, catalog: Catalog = CATALOG) -> Store:
    """An empty database with all tables, ready for the catalog."""
    engine = open_engine(url)
    upgrade_framework(engine)
    models = build_models(catalog)
    with engine.execution_options(**{UNIT: PLAN}).begin() as connection:
        models.metadata.create_all(connection)
        connection.execute(sa.insert(ab_role), [{"name": key} for key in catalog.roles])
    return Store(engine, models, 0)


def settle(store: Store) -> Company:
    """Fills a store with people."""

    def add(entity: str, **values: Any) -> int:
        return done(create(store, SEED, entity, [values], door="seed")).ids[0]

    north = add("department", name="North")
    south = add("department", name="South")
    sales = add("team", name="Sales")
    people = {
        "rep": {"department": north, "team": sales},
        "other": {"department": south},
        "lead": {"department": north, "team": sales},
        "administrator": {},
        "reader": {},
        "outsider": {},
        "sender": {},
    }
    ids = {name: add("user", name=name.title(), login=name, **place) for name, place in people.items()}

    def actor(name: str, role: str) -> Actor:
        place = people[name]
        department, team = place.get("department"), place.get("team")
        return Actor(
            ids[name],
            name.title(),
            store.catalog.role_closure(frozenset({role})),
            department=department,
            subtree=(department,) if department else (),
            teams=(team,) if team else (),
            time_zone="Asia/Shanghai",
        )

    return Company(
        store,
        rep=actor("rep", "rep"),
        other=actor("other", "rep"),
        lead=actor("lead", "lead"),
        boss=actor("administrator", "administrator"),
        reader=actor("reader", "reader"),
        outsider=actor("outsider", "outsider"),
        sender=actor("sender", "sender"),
        sales=sales,
        north=north,
    )


MODELS = build_models(CATALOG)
LOGINS = (ab_role, ab_user, ab_user_role)
Rows = list[tuple[sa.Table, list[dict[str, Any]]]]


def prepare(url: str) -> Company:
    """Fills an empty database; the company that is returned has no store of its own to keep."""
    store = open_store(url)
    company = settle(store)
    store.engine.dispose()
    return company


@pytest.fixture(scope="session")
def prepared_sqlite(tmp_path_factory: pytest.TempPathFactory) -> tuple[Company, Path]:
    path = tmp_path_factory.mktemp("record") / "prepared.db"
    return prepare(f"sqlite:///{path}"), path


@pytest.fixture(scope="session")
def prepared_pg(pg_cluster: pgtemp.Cluster) -> Iterator[tuple[Company, str, Rows]]:
    """One database for all tests: copying one for each costs a second on a busy machine, writing its few rows nothing."""
    with pgtemp.fresh_database(pg_cluster) as url:
        company = prepare(url)
        engine = open_engine(url)
        with engine.connect() as connection:
            rows = [
                (table, [dict(row) for row in connection.execute(sa.select(table)).mappings()])
                for table in (*MODELS.metadata.tables.values(), *FRAMEWORK.tables.values(), *LOGINS)
            ]
        engine.dispose()
        yield company, url, rows


def rewind(engine: sa.Engine, rows: Rows) -> None:
    """Makes the database hold these rows and no others."""
    with engine.execution_options(**{UNIT: PLAN}).begin() as connection:
        connection.execute(sa.text("SET LOCAL session_replication_role = replica"))  # in any order
        connection.exec_driver_sql(";".join(f"DELETE FROM {table.name}" for table, _kept in rows))  # noqa: S608
        for table, kept in rows:
            insert_rows(connection, table, kept)


_engine = cache(open_engine)  # with the statements that it has compiled; who listens to it stops


@contextmanager
def on(company: Company, url: str) -> Iterator[Company]:
    store = Store(_engine(url), MODELS, 0)
    yield dataclasses.replace(company, store=store)
    store.engine.dispose()


@pytest.fixture
def on_sqlite(prepared_sqlite: tuple[Company, Path]) -> Iterator[Company]:
    """For what does not depend on the database."""
    company, prepared = prepared_sqlite
    path = prepared.with_name("company.db")
    for left in path.parent.glob(f"{path.name}-*"):
        left.unlink()
    shutil.copy(prepared, path)
    with on(company, f"sqlite:///{path}") as opened:
        yield opened


@pytest.fixture
def on_pg(request: pytest.FixtureRequest) -> Iterator[Company]:
    company, url, rows = request.getfixturevalue("prepared_pg")
    with on(company, url) as opened:
        rewind(opened.store.engine, rows)
        yield opened


@pytest.fixture(params=["on_sqlite", pytest.param("on_pg", marks=pytest.mark.pg)])
def company(request: pytest.FixtureRequest) -> Company:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Company)
    return found


@pytest.fixture(scope="module", params=["sqlite", pytest.param("pg", marks=pytest.mark.pg)])
def prepared_store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """For properties: many examples on one database, which they clear themselves where it matters."""
    if request.param == "pg":
        company, url, rows = request.getfixturevalue("prepared_pg")
        with on(company, url) as opened:
            rewind(opened.store.engine, rows)
            yield opened
        return
    company, prepared = request.getfixturevalue("prepared_sqlite")
    path = tmp_path_factory.mktemp("record") / "shared.db"
    shutil.copy(prepared, path)
    with on(company, f"sqlite:///{path}") as opened:
        yield opened

"""A small company that tests of access and of reading share: people, departments, teams, and records of every owner."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from app.access import Actor
from app.definition import Catalog, Entity, Field, FieldGrant, Grant, ListView, Option, Pack, Parent, Role, Text
from app.orm.framework import ab_role, ab_user, ab_user_role
from app.orm.models import SORT_SUFFIX, Models, folded_texts, sorted_texts
from app.orm.search import audiences, search_rows, write_search_rows
from app.orm.sort_key import sort_key
from app.orm.store import Store
from tests.databases import store_at

NOW = dt.datetime(2026, 6, 30, 9, 0, tzinfo=dt.UTC)


def text(key: str, **more: Any) -> Field:
    return Field(key=key, type="text", label=Text({"*": key}), **more)


def lookup(key: str, to: str, **more: Any) -> Field:
    return Field(key=key, type="lookup", to=(to,), **more)


def a_field(key: str, type_: str, **more: Any) -> Field:
    return Field(key=key, type=type_, **more)


def options(*keys: str) -> dict[str, Option]:
    return {key: Option(key=key, label=Text({"en": key.upper()})) for key in keys}


def entity(key: str, *fields: Field, **more: Any) -> Entity:
    return Entity(key=key, fields={each.key: each for each in fields}, **more)


def grant(key: str, /, **more: Any) -> Grant:
    fields = {name: FieldGrant(key=name, **said) for name, said in more.pop("fields", {}).items()}
    return Grant(key=key, fields=fields, **more)


def role(key: str, *grants: Grant, **more: Any) -> Role:
    return Role(key=key, grants={each.key: each for each in grants}, **more)


EVERYTHING: dict[str, Any] = {
    "create": True, "read": "all", "update": "all", "delete": "all", "restore": "all", "export": "all", "assign": "all",
}  # fmt: skip

ENTITIES = (
    entity(
        "user",
        text("name"),
        text("login", unique=True),
        a_field("email", "email", searchable=True),
        a_field("manager", "user"),
        a_field("locale", "picklist", options=options("en", "zh")),
        text("time_zone"),
        a_field("active", "boolean", default=True),
    ),
    entity(
        "department",
        text("name"),
        lookup("parent", "department", inverse="children"),
        a_field("manager", "user"),
        parent=Parent(field="parent"),
    ),
    entity("team", text("name"), a_field("manager", "user")),
    entity(
        "account",
        text("name", searchable=True),
        text("code", searchable=True),
        a_field("mobile", "phone", searchable=True),
        a_field("amount", "money"),
        a_field("credit", "money", restricted=True),
        a_field("secret", "text", searchable=True),
        a_field("since", "date"),
        a_field("seen", "datetime"),
        a_field("active", "boolean", default=True),
        a_field("size", "integer"),
        a_field("level", "picklist", options=options("c", "a", "b")),
        lookup("head", "account", inverse="branches"),
        list=ListView(columns=("name", "code", "amount", "level", "head", "owner"), sort=("name",)),
    ),
    entity(
        "contact",
        text("name", searchable=True),
        lookup("account", "account", inverse="contacts"),
        parent=Parent(field="account"),
    ),
    entity("note", text("name"), lookup("contact", "contact", inverse="notes"), parent=Parent(field="contact")),
    entity("folder", text("name"), lookup("above", "folder", inverse="below"), parent=Parent(field="above")),
)

PEOPLE = grant("user", read="all"), grant("department", read="all"), grant("team", read="all")
HIDING = {"secret": {"access": "hidden"}, "mobile": {"mask": "phone"}}
ROLES = (
    role("staff", *PEOPLE),
    role(
        "rep",
        grant(
            "account", create=True, read="own", update="own", delete="own", restore="own", export="none", fields=HIDING
        ),
        grant("contact", create=True, read="parent", update="parent", restore="parent"),
        grant("note", read="parent"),
        grant("folder", read="parent"),
        includes=("staff",),
    ),
    role("lead", grant("account", read="team", update="team", assign="team"), includes=("rep",)),
    role("director", grant("account", read="subtree"), includes=("staff",)),
    role("counter", grant("account", read="all", fields={"credit": {"access": "read"}}), includes=("staff",)),
    role("admin", grant("*", **EVERYTHING), rights=("configure",), limits={"export_rows": 10}),
)

DEPARTMENTS = {1: None, 2: 1, 3: 2, 4: 1}  # id: parent. 3 is below 2 is below 1
ADMIN, REP, LEAD, OTHER, LONER, DIRECTOR, GONE = range(1, 8)
PERSONS = {  # id: (department, team, roles)
    ADMIN: (1, None, ("admin",)),
    REP: (3, 1, ("rep",)),
    LEAD: (2, None, ("lead",)),
    OTHER: (4, 2, ("rep",)),
    LONER: (None, None, ("lead", "director")),
    DIRECTOR: (2, None, ("director",)),
    GONE: (3, 1, ("admin",)),
}
TEAMS = {1: LEAD, 2: OTHER}  # id: manager
ACCOUNTS = {  # id: (owner, department, team)
    1: (REP, 3, 1),
    2: (REP, 3, None),
    3: (LEAD, 2, None),
    4: (OTHER, 4, 2),
    5: (None, None, None),
    6: (ADMIN, 1, 1),
    7: (LONER, None, None),
}
CONTACTS = {1: (1, REP), 2: (4, OTHER), 3: (None, REP), 4: (None, OTHER), 5: (4, REP)}  # id: (account, owner)
NOTES = {1: 1, 2: 2, 3: 3}  # id: contact
FOLDERS = {1: (None, REP), 2: (1, ADMIN), 3: (2, ADMIN), 4: (5, ADMIN), 5: (4, REP)}  # 4 and 5 point to each other


def build_catalog(*more: Entity) -> Catalog:
    entities = {each.key: each for each in (*ENTITIES, *more)}
    return Catalog(pack=Pack(), entities=entities, picklists={}, roles={each.key: each for each in ROLES})


@contextmanager
def open_store(url: str, catalog: Catalog) -> Iterator[Store]:
    """A store with empty tables."""
    with store_at(url, catalog) as store:
        yield replace(store, revision=1)


@contextmanager
def open_settled(url: str, catalog: Catalog, settled: Callable[[Store], None] | None = None) -> Iterator[Store]:
    """A store with everyone in it, or with what `settled` puts there."""
    with store_at(url, catalog, settled or settle) as store:
        yield replace(store, revision=1)


def settle(store: Store) -> None:
    """Everyone moves in, with their records."""
    models = store.models
    with store.writing_session(lambda _entity: None) as session:
        write = session.connection()
        insert_rows(write, models, "user", [
            {"id": key, "name": f"user {key}", "login": f"u{key}", "active": key != GONE, "locale": "zh" if key == REP else None,
             "time_zone": "Asia/Shanghai" if key == REP else "No/Where"}
            for key in PERSONS
        ])  # fmt: skip
        insert_rows(write, models, "department", [
            {"id": key, "name": f"department {key}", "parent": above} for key, above in DEPARTMENTS.items()
        ])  # fmt: skip
        insert_rows(write, models, "team", [
            {"id": key, "name": f"team {key}", "manager": leader} for key, leader in TEAMS.items()
        ])  # fmt: skip
        people = models.tables["user"]
        for key, (department, team, _) in PERSONS.items():
            write.execute(sa.update(people).where(people.c.id == key).values(department=department, team=team))
        insert_rows(write, models, "account", [
            {"id": key, "name": f"account {key}", "code": f"C{key}", "secret": f"canary{key}", "mobile": f"+861380000000{key}",
             "credit": key, "owner": owner, "department": department, "team": team}
            for key, (owner, department, team) in ACCOUNTS.items()
        ])  # fmt: skip
        insert_rows(write, models, "contact", [
            {"id": key, "name": f"contact {key}", "account": account, "owner": owner}
            for key, (account, owner) in CONTACTS.items()
        ])  # fmt: skip
        insert_rows(write, models, "note", [
            {"id": key, "name": f"note {key}", "contact": contact, "owner": REP} for key, contact in NOTES.items()
        ])  # fmt: skip
        folders = models.tables["folder"]
        insert_rows(write, models, "folder", [
            {"id": key, "name": f"folder {key}", "owner": owner} for key, (_, owner) in FOLDERS.items()
        ])  # fmt: skip
        for key, (above, _) in FOLDERS.items():
            write.execute(sa.update(folders).where(folders.c.id == key).values(above=above))
    hire(store)


def hire(store: Store) -> None:
    """Gives everyone a login and the roles."""
    with store.housekeeping() as write:
        numbers = {role_key: number for number, role_key in enumerate(("staff", *(r.key for r in ROLES[1:])), start=1)}
        write.execute(sa.delete(ab_role))
        write.execute(sa.insert(ab_role), [{"id": number, "name": key} for key, number in numbers.items()])
        write.execute(sa.insert(ab_user), [
            {"id": key, "first_name": "", "last_name": "", "username": f"u{key}", "email": f"u{key}@example.com",
             "active": True}
            for key in PERSONS
        ])  # fmt: skip
        grants = [(key, each) for key, (_, _, roles) in PERSONS.items() for each in roles]
        write.execute(sa.insert(ab_user_role), [
            {"id": number, "user_id": key, "role_id": numbers[each]}
            for number, (key, each) in enumerate(grants, start=1)
        ])  # fmt: skip


def insert_rows(write: sa.Connection, models: Models, key: str, rows: list[dict[str, Any]]) -> None:
    """Inserts records with their sort keys and search rows, changed one minute after the other."""
    definition = models.catalog.entities[key]
    complete = []
    for minute, row in enumerate(rows):
        whole: dict[str, Any] = {each: None for each in definition.fields if definition.fields[each].holds != "boolean"}
        whole |= {each: True for each in definition.fields if definition.fields[each].holds == "boolean"}
        whole |= {"owner": None, "department": None, "team": None, "deleted_at": None}
        whole |= {"created_at": NOW, "updated_at": NOW + dt.timedelta(minutes=minute), **row}
        for each in sorted_texts(definition):
            whole[each + SORT_SUFFIX] = None if whole[each] is None else sort_key(whole[each])
        assert not folded_texts(definition)
        complete.append(whole)
    write.execute(sa.insert(models.tables[key]), complete)
    by_audience = audiences(models.catalog, key)
    found = [line for row in complete for line in search_rows(key, row["id"], row, by_audience)]
    write_search_rows(write, found)


def actor(store: Store, user_id: int) -> Actor:
    from app.access import actor_of_user

    with store.system_reading() as connection:
        found = actor_of_user(connection, store.models, user_id)
    assert found is not None
    return found

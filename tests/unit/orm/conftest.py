"""A small catalog with tables on both databases."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.definition import Catalog, Entity, Field, FieldGrant, Grant, ListView, Pack, Role
from app.orm.store import Store
from tests.databases import store_at


def text(key: str, **more: object) -> Field:
    return Field(key=key, type="text", **more)


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    phone = FieldGrant(key="mobile", mask="phone")
    entities = (
        Entity(key="user", fields={"name": text("name"), "login": text("login", unique=True)}),
        Entity(key="department", fields={"name": text("name")}),
        Entity(key="team", fields={"name": text("name")}),
        Entity(
            key="account",
            fields={
                "name": text("name"),
                "tax_number": text("tax_number", unique=True, ignore_case=True),
                "mobile": Field(key="mobile", type="phone", searchable=True),
                "amount": Field(key="amount", type="money"),
                "rate": Field(key="rate", type="decimal", scale=8),
                "since": Field(key="since", type="date"),
                "seen": Field(key="seen", type="datetime"),
                "active": Field(key="active", type="boolean", default=True),
                "head": Field(key="head", type="lookup", to=("account",), inverse="branches"),
            },
            list=ListView(columns=("name",), sort=("-amount",)),
        ),
        Entity(
            key="opportunity",
            fields={"name": text("name"), "account": Field(key="account", type="lookup", to=("account",))},
        ),
    )
    roles = {"rep": Role(key="rep", grants={"account": Grant(key="account", read="own", fields={"mobile": phone})})}
    return Catalog(pack=Pack(), entities={each.key: each for each in entities}, picklists={}, roles=roles)


@pytest.fixture
def store(catalog: Catalog, new_url: str) -> Iterator[Store]:
    with store_at(new_url, catalog) as found:
        yield replace(found, revision=1)

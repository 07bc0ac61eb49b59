"""Requests that nobody means, at every door: none is a fault, and no answer tells what is inside.

The company is the standard pack with an entity of every further type, and some of its demonstration; half of those who ask may
do everything, so that requests get past the first check.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.engine import Engine
from werkzeug.test import EnvironBuilder

from app.cli.demonstration import write_demo
from app.files import FolderContents
from app.loading import load_pack
from app.orm.store import Store
from app.plan import first_apply, open_store
from app.settings import Settings
from app.web.app import create_app
from app.web.security import sessions
from tests.databases import many_databases
from tests.security.odd import Chance, Sent, There, faults_of
from tests.security.site import LogLines, let_in
from tests.unit.website import PACK, Browser, forget_tries, write_pack

ROUNDS = 12  # requests for each route and method
OF_RECORDS = {"sqlite": 120, "postgresql": 50}  # where an entity is named
OVERLAY = {
    "pack.yaml": "language: 1\nextends: standard\nlabel: {en: Odd, zh: 怪}\n",
    "entities/visit.yaml": PACK["entities/visit.yaml"],
}
KEYS = (
    "name", "id", "version", "field", "value", "to", "q", "f.name", "f.owner", "f.since.from", "f.revenue.to", "sort", "view", "page",
    "cursor", "limit", "count", "columns", "filter", "search", "deleted", "back", "next", "then", "tab", "old", "new", "reason",
    "confirm", "comment", "role", "language", "locale", "time_zone", "theme", "job", "address", "kind", "until", "from", "order",
    "record", "entity", "owner", "department", "team", "stage", "stage_reason", "account", "amount", "close_date", "email", "phone",
    "password", "password_again", "username", "code", "token", "all", "person", "act", "day", "start", "end", "reviewers", "access_token",
    ":field", ":reason", "lines.0.name", "lines.0.id", "lines.x.quantity", "lines.count", "lines", "seen", "keep", "notes", "points",
    "report", "starts", "lasts", "mood", "color", "place", "place.lat", "address.country", "address.line1", "more", "tags", "deputy",
    "csrf_token", "selected", "subject", "body", "status", "level", "revenue", "currency", "amount.currency", "expand", "related",
)  # fmt: skip


@dataclass
class World:
    """The application over a database, and whoever asks: two people by page and by program, and a stranger."""

    app: Flask
    store: Store
    people: Sequence[int]
    there: There
    log: LogLines
    rounds: int

    def clients(self, rule: str) -> list[FlaskClient]:
        """Who asks there, let in just now: a request before this one may have ended a session."""
        found = []
        for person in self.people:
            browser = Browser(self.app)
            token, secret = let_in(self.store, person, "page")
            browser.set_cookie(sessions.COOKIE, token)
            browser.environ_base["HTTP_X_CSRF_TOKEN"] = secret
            program = self.app.test_client(use_cookies=False)
            program.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {let_in(self.store, person, 'token')[0]}"
            found += [program] if rule.startswith("/api/") else [browser] * 4 + [program] * rule.startswith("/files/")
        return [*found, self.app.test_client()]

    def routes(self) -> list[tuple[str, str]]:
        rules = (each for each in self.app.url_map.iter_rules() if each.endpoint != "static")
        return sorted(
            {(rule.rule, method) for rule in rules for method in (rule.methods or set()) - {"OPTIONS", "HEAD"}}
        )


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.pg)])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("odd")
    with many_databases(request, folder) as make:
        built = build(make(), folder)
        logging.getLogger().addHandler(built.log)
        yield built
        logging.getLogger().removeHandler(built.log)
        built.store.engine.dispose()


def build(engine: Engine, folder: Path) -> World:
    loaded = load_pack(write_pack(folder / "pack", OVERLAY))
    assert loaded.catalog is not None, loaded.diagnostics
    first_apply(engine, loaded)
    store = open_store(engine)
    users = write_demo(store, FolderContents(folder / "files"), scale=0.02)
    settings = Settings(
        config=folder / "pack", database_url=engine.url.render_as_string(hide_password=False), data_dir=folder
    )
    forget_tries()
    app = create_app(store, settings)
    app.testing = False
    with store.system_reading() as connection:
        ids = {row.username: row.id for row in connection.execute(sa.text("SELECT id, username FROM ab_user"))}
        records = {}
        for key, table in store.models.tables.items():
            newest = sa.select(table.c.id).order_by(table.c.id.desc()).limit(3)
            records[key] = [str(each) for each in connection.scalars(newest)] or ["1"]
    people = [
        next(ids[user["name"]] for user in users if role in user["roles"]) for role in ("administrator", "sales_rep")
    ]
    catalog = store.catalog
    things = {
        "user": [str(each) for each in people],
        "role": sorted(catalog.roles),
        "key": sorted(catalog.automations),
        "task": records["task"],
    }
    there = There(things, records, {key: sorted(entity.fields) for key, entity in catalog.entities.items()})
    return World(app, store, people, there, LogLines(), OF_RECORDS[engine.dialect.name])


def ask(client: FlaskClient, sent: Sent) -> list[str]:
    """What is wrong with the answer."""
    try:
        asked = EnvironBuilder(sent.path, method=sent.method, **sent.more)
    except (ValueError, UnicodeError):
        return []  # it can't even be written down
    answer = client.open(asked)
    body = answer.get_data().decode("utf-8", "replace")
    answer.close()
    asked.close()
    return faults_of(answer.status_code, body, sent)


def test_no_request_is_a_fault(world: World) -> None:
    chance = Chance(20_261_122, world.there, KEYS)
    found: list[str] = []
    for rule, method in world.routes():
        clients = world.clients(rule)
        for turn in range(world.rounds if "entity" in rule else ROUNDS):
            sent = chance.request(rule, method)
            world.log.lines.clear()
            faults = ask(clients[turn % len(clients)], sent)
            found += [f"{rule} {fault}: {sent}\n    {''.join(world.log.lines[-1:])[-1500:]}" for fault in faults]
    assert found == [], "\n".join(found[:20])

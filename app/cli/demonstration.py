"""Demonstration data through the write path, and logins with passwords made up for this database alone."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypedDict

import click

from app.settings import Settings, product_folder

if TYPE_CHECKING:
    from app.orm.store import Store

BATCH = 500
SEED_PACKAGE = "tenon_seed"


class DemoUser(TypedDict):
    """A line of users.json; `name` is the login."""

    name: str
    password: str
    roles: list[str]


class SeedRefused(RuntimeError):
    """The write path refused demonstration data: the pack is not the one that the data was written for."""


def ensure_demo(settings: Settings, folder: Path) -> list[DemoUser]:
    """The users of the demonstration in `folder`; its database is made when it has no data yet."""
    from app.cli.startup import bring_up
    from app.factory import open_database
    from app.plan import open_store

    users_file = folder / "users.json"
    engine = open_database(settings)
    bring_up(settings, engine)
    store = open_store(engine)
    if users_file.exists():
        found: list[DemoUser] = json.loads(users_file.read_text("utf-8"))
        return found
    click.echo("Writing demonstration data …")
    users = write_demo(store)
    _keep(users_file, users)
    engine.dispose()
    return users


def write_demo(store: Store, scale: float = 1.0) -> list[DemoUser]:
    """Write the data set into an empty store; `scale` multiplies the records. Raises SeedRefused."""
    generate = seed_module("generate")
    writer = _Writer(store)
    dataset = generate.generate(scale, today=_company_day(store))
    for entity, rows in dataset.entities().items():
        if entity in store.catalog.entities:
            writer.create(entity, rows)
    writer.amend(dataset.amendments)
    return [_give_login(store, writer.ids["user", person.key], person) for person in dataset.people]


def seed_module(name: str) -> ModuleType:
    """A module of `seed/`, which is beside the program or inside it, and therefore no package of ours."""
    if SEED_PACKAGE not in sys.modules:
        folder = product_folder("seed")
        spec = importlib.util.spec_from_file_location(
            SEED_PACKAGE, folder / "__init__.py", submodule_search_locations=[str(folder)]
        )
        assert spec is not None
        assert spec.loader is not None
        package = importlib.util.module_from_spec(spec)
        sys.modules[SEED_PACKAGE] = package
        spec.loader.exec_module(package)
    return importlib.import_module(f"{SEED_PACKAGE}.{name}")


class _Writer:
    """Creates rows in batches and remembers which id a key got."""

    def __init__(self, store: Store) -> None:
        from app.access import system_actor

        self._store = store
        self._actor = system_actor("system:seed")
        self.ids: dict[tuple[str, str], int] = {}

    def create(self, entity: str, rows: Sequence[Any]) -> None:
        from app.record import New, Refused, create

        for start in range(0, len(rows), BATCH):
            batch = rows[start : start + BATCH]
            values = [New(self._resolved(row.values), self._confirmed(entity)) for row in batch]
            saved = create(self._store, self._actor, entity, values, door="seed")
            if isinstance(saved, Refused):
                raise SeedRefused(self._why(entity, saved))
            self.ids.update(((entity, row.key), number) for row, number in zip(batch, saved.ids, strict=True))

    def amend(self, amendments: Sequence[Any]) -> None:
        from app.record import Change, Refused, update

        by_entity: dict[str, list[Change]] = {}
        for each in amendments:
            if each.entity in self._store.catalog.entities:
                record, confirmed = self.ids[each.entity, each.key], self._confirmed(each.entity)
                change = Change(record, self._resolved(each.values), confirm=confirmed)
                by_entity.setdefault(each.entity, []).append(change)
        for entity, changes in by_entity.items():
            for start in range(0, len(changes), BATCH):
                saved = update(self._store, self._actor, entity, changes[start : start + BATCH], door="seed")
                if isinstance(saved, Refused):
                    raise SeedRefused(self._why(entity, saved))

    def _confirmed(self, entity: str) -> dict[str, str]:
        """Names of the data set are made up, and some look alike."""
        rules = self._store.catalog.entities[entity].duplicates
        return {f"duplicate.{key}": "made up" for key, each in rules.items() if each.action == "warn"}

    def _resolved(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {key: self._resolve(value) for key, value in values.items()}

    def _resolve(self, value: Any) -> Any:
        """References by the ids of what they name, also those in lists, of parts, and of links with fields of their own."""
        if isinstance(value, tuple):
            return self.ids[value]
        if isinstance(value, list):
            return [self._resolve(each) for each in value]
        return self._resolved(value) if isinstance(value, dict) else value

    def _why(self, entity: str, refused: Any) -> str:
        reasons = (f"{each.field}: {each.text('en', self._store.catalog)}" for each in refused.refusals[:5])
        return f"{entity}: " + "; ".join(reasons)


def _give_login(store: Store, user_id: int, person: Any) -> DemoUser:
    from app.access import system_actor
    from app.record import Refused
    from app.record.people import set_roles
    from app.web.security import passwords, people

    password = passwords.made_up(store.catalog.pack.security.password)
    roles = [role for role in person.roles if role in store.catalog.roles]
    answer = set_roles(store, system_actor("system:seed"), user_id, roles)
    if isinstance(answer, Refused):
        raise SeedRefused(f"{person.key}: roles")
    people.change_password(store, system_actor("system:seed"), user_id, password)
    return {"name": person.values["login"], "password": password, "roles": roles}


def _company_day(store: Store) -> Any:
    import datetime as dt
    from zoneinfo import ZoneInfo

    return dt.datetime.now(ZoneInfo(store.catalog.pack.time_zone)).date()


def _keep(path: Path, users: Sequence[DemoUser]) -> None:
    """Written for the owner alone, and only when it is whole."""
    draft = path.with_suffix(".part")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(users, file, ensure_ascii=False, indent=1)
    draft.replace(path)

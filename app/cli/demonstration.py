"""Demonstration data through the write path, and logins with passwords made up for this database alone."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict

import click

from app.cli.demo_rows import SeedRefused, Writer
from app.settings import Settings, product_folder

if TYPE_CHECKING:
    from app.files import Contents
    from app.orm.store import Store

SEED_PACKAGE = "tenon_seed"


class DemoUser(TypedDict):
    """A line of users.json; `name` is the login, `language` that of the screens."""

    name: str
    password: str
    roles: list[str]
    language: NotRequired[str]  # of a demonstration that was made before it stood there


def ensure_demo(settings: Settings, folder: Path) -> list[DemoUser]:
    """The users of the demonstration in `folder`; its database is made when it has no data yet."""
    from app.cli.startup import bring_up
    from app.factory import open_database
    from app.files import FolderContents
    from app.plan import open_store

    users_file = folder / "users.json"
    engine = open_database(settings)
    bring_up(settings, engine)
    store = open_store(engine)
    if users_file.exists():
        found: list[DemoUser] = json.loads(users_file.read_text("utf-8"))
        return found
    if people_log_in(store):
        click.echo("The database has people already, restored perhaps: they log in with the passwords that they have.")
        return []
    click.echo("Writing demonstration data …")
    users = write_demo(store, FolderContents(settings.files_dir))
    _keep(users_file, users)
    engine.dispose()
    return users


def people_log_in(store: Store) -> bool:
    """Whether anybody has a password, which the demonstration gives after its records."""
    import sqlalchemy as sa

    from app.orm.framework import ab_user

    with store.system_reading() as connection:
        return connection.execute(sa.select(ab_user.c.id).where(ab_user.c.password.is_not(None))).first() is not None


def ensure_backup_key(settings: Settings) -> None:
    """A demonstration backs itself up every night: it makes the key that a company would make itself, and says so once."""
    if settings.find_backup_key() is None:
        settings.make_backup_key()
        click.echo(
            f"Backups go to {settings.backups_dir}, encrypted by the key in {settings.backup_key_file}. "
            "Keep a copy of it elsewhere: without it nobody can restore them."
        )


def write_demo(store: Store, contents: Contents, scale: float = 1.0) -> list[DemoUser]:
    """Write the data set into an empty store; `scale` multiplies the records. Raises SeedRefused."""
    from app.automation.sla_past import begin_clocks

    generate = seed_module("generate")
    writer = Writer(store, contents)
    dataset = generate.generate(scale, today=writer.today)
    for entity, rows in dataset.entities().items():
        if entity in store.catalog.entities:
            writer.create(entity, rows)
    writer.amend(dataset.amendments)
    users = [_give_login(store, writer.ids["user", person.key], person) for person in dataset.people]
    writer.wish(dataset.wishes)
    writer.work_out()
    begin_clocks(store)
    return users


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
    language = person.values.get("locale", "zh")
    return {"name": person.values["login"], "password": password, "roles": roles, "language": language}


def _keep(path: Path, users: Sequence[DemoUser]) -> None:
    """Written for the owner alone, and only when it is whole."""
    draft = path.with_suffix(".part")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(users, file, ensure_ascii=False, indent=1)
    draft.replace(path)

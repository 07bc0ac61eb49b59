"""The full backup before a plan that loses something or takes long, where backups are made at all."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import click

from app.settings import SettingRefused, Settings

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

    from app.backup import BackupPlace
    from app.orm.store import Store
    from app.plan import Plan


def back_up_before(settings: Settings, engine: Engine, plan: Plan, allowed: Collection[str]) -> None:
    """Makes a full backup and says where it is, if the plan loses something or writes all rows of a table, and could be
    carried out.

    Where no backups are made that is said instead. Raises ClickException when it fails: nothing may be applied then.
    """
    at_risk = any(step.risk != "safe" for step in plan.steps)
    if plan.blocked or not at_risk or any(step.name not in allowed for step in plan.destructive):
        return
    from app.backup import BackupRefused
    from app.orm.store import StaleRevision
    from app.plan import open_store

    try:
        store = open_store(engine)
        why_not, place = _place(settings, store)
        if place is None:
            click.echo(f"No backup is made before it: {why_not}.")
        else:
            _make(settings, store, place)
    except (BackupRefused, SettingRefused, StaleRevision) as refused:
        raise click.ClickException(
            f"PLN508 the backup before it failed: {refused}\nNothing was changed. --no-backup applies without one."
        ) from refused


def _make(settings: Settings, store: Store, place: BackupPlace) -> None:
    from app.backup import make_backup
    from app.files import FolderContents

    click.echo("Making a full backup before it …")
    made = make_backup(store, FolderContents(settings.files_dir), place, "full", store.clock())
    click.echo(f"{made.words.in_language('en')}:")
    for path in made.backup.paths:
        click.echo(f"  {path}")


def _place(settings: Settings, store: Store) -> tuple[str, BackupPlace | None]:
    """Where backups go; else why none are made. Once there are some, a key that is missing is a failure."""
    from app.backup import known_deployment, place_of

    plan = store.catalog.backups
    if plan.full is None and plan.incremental is None:
        return "backups.yaml plans none", None
    if plan.encrypt and settings.find_backup_key() is None and known_deployment(store) is None:
        return "CRM_BACKUP_KEY is not set, and there never was one", None
    return "", place_of(settings, store.catalog)

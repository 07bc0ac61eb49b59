"""`crm backup`: making backups, listing, verifying and restoring them."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app.settings import SettingRefused, Settings

if TYPE_CHECKING:
    from app.backup import Backup, BackupPlace, Shelf
    from app.orm.store import Store

_KINDS = ("full", "incremental")


@click.group()
def backup() -> None:
    """Backups: full ones, increments, proof that they can be restored, restoring."""


@backup.command("run")
@click.argument("kind", type=click.Choice(_KINDS), default="full")
def run(*, kind: str) -> None:
    """Make a backup. An increment becomes a full one where there is nothing that it can build on."""
    from app.backup import make_backup, place_of
    from app.cli.people import open_applied
    from app.files import FolderContents

    settings = Settings.from_environment()
    with _told():
        store = open_applied(settings, rotated=False)
        place = place_of(settings, store.catalog)
        made = make_backup(store, FolderContents(settings.files_dir), place, kind, store.clock())  # type: ignore[arg-type]
    click.echo(made.words.in_language("en"))
    for path in made.backup.paths:
        click.echo(f"  {path}")


@backup.command("list")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--from", "folder", type=click.Path(path_type=Path, file_okay=False), help="Another folder to look in.")
def list_(*, form: str, folder: Path | None) -> None:
    """List the backups, oldest first: when each was found to be restorable, too."""
    with _told():
        _where, shelf = _place(folder)
    every, others = shelf.every(), shelf.others()
    for wrong in shelf.broken():
        click.echo(wrong, err=True)
    if form == "json":
        click.echo(json.dumps([*map(_row, every), *({**_row(each), "other": True} for each in others)], indent=2))
        return
    if not every and not others:
        click.echo(f"There is no backup in {', '.join(map(str, shelf.folders))}.")
    for each in every:
        click.echo(_line(each))
    for each in others:
        click.echo(f"{_line(each)}  of another company")


@backup.command("verify")
@click.argument("name", metavar="[ID]", default="latest")
@click.option("--from", "folder", type=click.Path(path_type=Path, file_okay=False), help="Another folder to look in.")
def verify(*, name: str, folder: Path | None) -> None:
    """Restore a backup (the newest, unless an ID is given) into a scratch place, compare, and say what was found."""
    from app.backup import verify_backup
    from app.orm.engine import read_url
    from app.orm.types import now

    settings = Settings.from_environment()
    with _told():
        place, shelf = _place(folder)
        found = shelf.get(name)
        verdict = verify_backup(place, found, read_url(settings.database_url), now())
    click.echo(f"{found.id}: {verdict.words.in_language('en')}")
    sys.exit(0 if verdict.well else 1)


@backup.command("restore")
@click.argument("name", metavar="ID")
@click.option("--to", required=True, metavar="DIR_OR_URL", help="An empty folder, or the URL of an empty database.")
@click.option(
    "--data", "data_dir", type=click.Path(path_type=Path, file_okay=False), help="With a URL: where files and key go."
)
@click.option("--from", "folder", type=click.Path(path_type=Path, file_okay=False), help="Another folder to look in.")
def restore(*, name: str, to: str, data_dir: Path | None, folder: Path | None) -> None:
    """Restore a backup (an ID, or `latest`) and what it builds on. The files and the key are enough.

    A backup of SQLite goes to a folder, one of PostgreSQL to the URL of an empty database. Nobody is logged in afterwards, and
    all API keys have ended: those that were revoked since can't be told from the others. Who has left since, lost a role or
    changed his password, is as he was: look through the people before you serve it.
    Who was erased since it was made is erased again, as the ledgers beside the backups and in the data folder tell.
    """
    from functools import partial

    from app.backup import restore_backup
    from app.backup.ledger import note_erasures, read_ledger
    from app.orm.engine import read_url
    from app.orm.types import now
    from app.privacy.again import settle_restored
    from app.record.seals import set_aside_notes

    settings = Settings.from_environment()
    with _told():
        if "://" in to:
            read_url(to, "--to")
        place, shelf = _place(folder)
        found = shelf.get(name)
        try:
            ledger = read_ledger((settings.data_dir, *place.folders))
        except ValueError as error:
            raise click.ClickException(str(error)) from error
        stated = (each for each in (settings.secret_key, settings.former_secret_key) if each is not None)
        restored = restore_backup(
            shelf.chain(found),
            settings.find_backup_key(),
            to,
            data_dir,
            settings.data_dir,
            settle=partial(settle_restored, ledger, stated),
        )
    if ledger:
        note_erasures([restored.folder], ledger)
    click.echo(
        f"Restored {found.id}: {restored.tables} tables, {restored.rows:,} rows, {restored.contents} files, "
        f"configuration {restored.revision}."
    )
    if restored.lost:
        click.echo(f"{len(restored.lost)} contents of files are not in it: they were lost or altered before.", err=True)
        for digest in restored.lost:
            click.echo(f"  {digest}", err=True)
    if restored.keys:
        click.echo(
            f"{restored.keys} API keys and addresses of calendars have ended, for some may have been revoked since: "
            "their people make new ones."
        )
    for each in set_aside_notes(restored.folder, now()):
        click.echo(f"What was noted there of a later audit is kept as {each.name}: this one goes on from the backup.")
    click.echo("People, roles, passwords and second factors are as they were: deactivate who has left since.")
    click.echo(f"Serve it with CRM_DATA_DIR={restored.folder} CRM_DATABASE_URL={_shown(restored.url)}")


@backup.command("key")
def key() -> None:
    """Make a key for backups and keep it in the data folder, unless there is one, and say it."""
    settings = Settings.from_environment()
    with _told():
        found = settings.backup_key or settings.make_backup_key()
    click.echo(found)
    click.echo(
        "Keep it apart from the backups, as CRM_BACKUP_KEY or on paper: without it nobody can restore them.", err=True
    )


def _place(folder: Path | None) -> tuple[BackupPlace, Shelf]:
    """Where backups are: as the applied configuration says, if there is one; restoring must need no database, which would
    say whose backups are its own.
    """
    from dataclasses import replace

    from app.backup import Shelf, known_deployment, place_of

    settings = Settings.from_environment()
    store = _store(settings)
    place = place_of(settings, store.catalog if store is not None else None)
    if folder is not None:
        place = replace(place, folders=(folder,))
    return place, Shelf(place.folders, known_deployment(store) if store is not None else None)


def _store(settings: Settings) -> Store | None:
    from sqlalchemy.exc import SQLAlchemyError

    from app.cli.people import open_applied

    try:
        return open_applied(settings, rotated=False)
    except (click.ClickException, SQLAlchemyError):
        return None


@contextmanager
def _told() -> Iterator[None]:
    """What is refused goes to the error stream, without a traceback."""
    from app.backup import BackupRefused

    try:
        yield
    except (BackupRefused, SettingRefused) as refused:
        raise click.ClickException(str(refused)) from refused


def _line(each: Backup) -> str:
    verified = f"verified {each.verified:%Y-%m-%d %H:%M}" if each.verified else "not verified"
    state = "bad     " if each.is_bad else verified
    copies = f"  {len(each.bad_copies)} of {len(each.paths)} copies bad" if each.bad_copies else ""
    return f"{each.id}  {each.head.kind:<11}  {each.size / 1_000_000:>9.1f} MB  {state}{copies}"


def _row(each: Backup) -> dict[str, Any]:
    return {
        "id": each.id,
        "kind": each.head.kind,
        "created": each.created.isoformat(),
        "size": each.size,
        "verified": each.verified.isoformat() if each.verified else None,
    }


def _shown(url: str) -> str:
    from sqlalchemy.engine import make_url

    return make_url(url).render_as_string(hide_password=True)

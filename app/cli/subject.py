"""`crm subject`: what is held of people, giving it to them, erasing it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.cli.config import config_option, load
from app.cli.typed import confirm
from app.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.orm.store import Store
    from app.privacy.erase import Erased

also_option = click.option(
    "--also",
    nargs=2,
    multiple=True,
    metavar="ENTITY ID",
    help="Another record of the same person; more than once, if needed.",
)


class Ids(click.ParamType[int]):
    """A number of a record, as addresses of pages write it."""

    name = "id"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number."""
        text = str(value)
        if not text.isdecimal():
            self.fail(f"{text!r} is no number of a record", param, ctx)
        return int(text)


@click.group()
def subject() -> None:
    """Personal data: the register of it, and what is held of one person."""


@subject.command("register")
@config_option
@click.option("--format", "form", type=click.Choice(["text", "json", "csv"]), default="text", show_default=True)
@click.option("--language", metavar="L", help="Of heads and words. [default: the pack's first]")
def register(*, config: Path | None, form: str, language: str | None) -> None:
    """Print which personal data the configuration keeps, what for, how long, and who reads it. No database is needed."""
    from app.privacy import COLUMNS, register_csv, register_of

    loaded = load(config)
    if loaded.catalog is None or loaded.errors:
        raise click.ClickException("The pack has errors: `crm check` names them.")
    catalog = loaded.catalog
    spoken = language or catalog.pack.languages[0]
    if form == "csv":
        click.echo(register_csv(catalog, spoken), nl=False)
        return
    rows = [(each.key, each.told(catalog, spoken)) for each in register_of(catalog)]
    if form == "json":
        click.echo(json.dumps([{"key": key, **told} for key, told in rows], ensure_ascii=False, indent=2))
        return
    for key, told in rows:
        click.echo(key)
        for column, words in COLUMNS.items():
            if column not in {"entity", "field"} and told[column]:
                click.echo(f"  {words.in_language(spoken)}: {told[column]}")
    click.echo(f"{len(rows)} fields hold personal data.")


@subject.command("find")
@click.argument("word", metavar="MAIL_OR_PHONE")
def find(*, word: str) -> None:
    """Find the records of people with a mail address or a telephone number. Prints ENTITY and ID of each."""
    from app.cli.people import open_applied
    from app.privacy.person import people_with

    store = open_applied(Settings.from_environment())
    with store.system_reading() as connection:
        found = people_with(connection, store.models, [word])
    for entity, record in found:
        click.echo(f"{entity} {record}")
    if not found:
        click.echo(f"No record of people has {word}.", err=True)
    sys.exit(0 if found else 1)


@subject.command("export")
@click.argument("entity")
@click.argument("record", metavar="ID", type=Ids())
@also_option
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The archive (.zip); it is replaced."
)
def export(*, entity: str, record: int, also: Sequence[tuple[str, str]], out: Path) -> None:
    """Write all that is held of a person, known by the record ID of ENTITY, to one archive: `person.json`, and the files.

    Says where was looked, and how much was found. The audit notes that it was done.
    """
    from app.access import system_actor
    from app.cli.people import open_applied
    from app.files import FolderContents
    from app.privacy.export import gather, write_archive
    from app.record import Act, write_act

    settings = Settings.from_environment()
    store, actor = open_applied(settings), system_actor("system:command")
    try:
        found = gather(store, persons_of(entity, record, also))
        write_archive(found, FolderContents(settings.files_dir), out)
    except LookupError as error:
        raise click.ClickException(f"{error}.") from error
    except OSError as error:
        raise click.ClickException(f"{out} can't be written: {error.strerror}.") from error
    facts = {"subject": True, "rows": sum(found.looked_through.values())}
    act = Act("export", "command", actor.user_id, actor.name, entity, record, facts)
    with store.housekeeping() as connection:
        write_act(store, connection, act, store.clock())
    for place, count in found.looked_through.items():
        click.echo(f"  {count:>7,}  {place}")
    click.echo(f"{out}: {len(found.files)} files.")


@subject.command("erase")
@click.argument("entity")
@click.argument("record", metavar="ID", type=Ids())
@also_option
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("--yes", "typed", metavar="ENTITY/ID", help="Don't ask: the entity and the number, as contact/17.")
def erase(*, entity: str, record: int, also: Sequence[tuple[str, str]], dry_run: bool, typed: str | None) -> None:
    """Erase a person, known by the record ID of ENTITY, from every place. First says what will go, by place.

    Numbers and links stay; what the law asks to keep (`kept_by_law` of an entity) stays, and is named. The ledger of erasures
    sees to it that no restore of an older backup brings him back. This can't be undone.
    """
    from app.access import system_actor
    from app.backup.place import place_of
    from app.cli.people import open_applied
    from app.files import FolderContents
    from app.orm.tidy import clear_deleted
    from app.privacy import erase as work

    settings = Settings.from_environment()
    store, actor, name = open_applied(settings), system_actor("system:command"), f"{entity}/{record}"
    persons = persons_of(entity, record, also)
    try:
        ahead = work.look_ahead(store, actor, persons)
        _tell(store, ahead, persons)
        if dry_run:
            return
        confirm("erase", name, typed)
        ledger = (settings.data_dir, *place_of(settings, store.catalog).folders)
        done = work.erase(store, actor, FolderContents(settings.files_dir), persons, ledger=ledger)
    except (LookupError, OSError) as error:
        raise click.ClickException(f"{error}. Nothing was changed.") from error
    for each in done.away:
        click.echo(f"The ledger of erasures can't be told in {each}: copy it there from {settings.data_dir}.", err=True)
    if not clear_deleted(store.engine):
        click.echo(
            "Others are at work: pages of the database file hold what was deleted until `crm subject again`.", err=True
        )
    click.echo(f"{name} is erased: {sum(done.counts.values())} places.")


@subject.command("due")
def due() -> None:
    """Count the records whose time is over: what the job `retention` would deal with now. Nothing is changed."""
    from app.automation.retention import due as count_due
    from app.cli.people import open_applied

    store = open_applied(Settings.from_environment())
    for each in count_due(store):
        click.echo(
            f"{each.done:>7,}  {each.plan.name}: {each.plan.action} after {each.plan.after} since {each.plan.since}"
        )


@subject.command("again")
def again() -> None:
    """Carry out what the ledger of erasures tells once more: after an older state of the database was put back by other means
    than `crm backup restore`, which does it itself.
    """
    from app.backup.ledger import read_ledger
    from app.backup.place import place_of
    from app.cli.people import open_applied
    from app.files import FolderContents
    from app.orm.tidy import clear_deleted
    from app.privacy.again import erase_again

    settings = Settings.from_environment()
    store = open_applied(settings)
    try:
        ledger = read_ledger((settings.data_dir, *place_of(settings, store.catalog).folders))
        count = erase_again(store, FolderContents(settings.files_dir), ledger, None)
    except (ValueError, OSError) as error:
        raise click.ClickException(str(error)) from error
    clean = clear_deleted(store.engine)
    click.echo(f"{count} erasures carried out again.")
    sys.exit(0 if clean else 1)


def persons_of(entity: str, record: int, also: Sequence[tuple[str, str]]) -> list[tuple[str, int]]:
    """The records by which a person is known. Raises BadParameter."""
    return [(entity, record), *((each, Ids().convert(number, None, None)) for each, number in also)]


def _tell(store: Store, ahead: Erased, persons: Sequence[tuple[str, int]]) -> None:
    from app.privacy.person import find_holding, same_address

    for what, count in ahead.counts.items():
        click.echo(f"  {count:>7,}  {what}")
    for entity, ids in ahead.kept.items():
        why = store.catalog.entities[entity].kept_by_law.in_language("en")
        click.echo(f"Stays: {len(ids)} of {entity} ({why}).")
    for address in ahead.shared:
        click.echo(f"Stays with others who have it, too: {address}.")
    with store.system_reading() as connection:
        held = find_holding(connection, store.models, persons)
        others = same_address(connection, store.models, held)
    for entity, record in others:
        click.echo(f"Has an address of his, and stays: {entity} {record} (`--also {entity} {record}`, if it is he).")

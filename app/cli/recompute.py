"""`crm recompute`: works computed fields of stored records out anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from app.settings import Settings

if TYPE_CHECKING:
    from app.orm.store import Store


@click.command()
@click.argument("target", required=False, metavar="[ENTITY[.FIELD]]")
@click.option("--stale", is_flag=True, help="Only records that are marked as waiting for it.")
def recompute(target: str | None, *, stale: bool) -> None:
    """Work out computed fields anew: all of them, those of an entity, or one with what follows from it.

    Only values that differ are written. Fields that read the clock are worked out, too.
    """
    from app.access import system_actor
    from app.cli.people import open_applied
    from app.record.recompute import Unknown, computed_places, repair

    if stale and target:
        raise click.UsageError("--stale is about all records that wait.")
    store = open_applied(Settings.from_environment())
    if stale:
        _work_off(store)
        return
    entity, _, field = (target or "").partition(".")
    try:
        places = computed_places(store.catalog, entity or None, field or None)
    except Unknown as error:
        raise click.ClickException(str(error)) from error
    try:
        changed = repair(store, system_actor("system:command"), places, _tell)
    except OSError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{len(places)} computed fields, {changed} records changed")


def _work_off(store: Store) -> None:
    from app.record.recompute import work_off

    if not work_off(store, lambda entity, count: click.echo(f"{entity}: {count:,}", err=True)):
        raise click.ClickException("others write at the same time; try again")
    click.echo("nothing waits any more")


def _tell(entity: str, done: int, total: int) -> None:
    """Progress, on the terminal only."""
    click.echo(f"{entity}: {done:,} of {max(done, total):,}", err=True)

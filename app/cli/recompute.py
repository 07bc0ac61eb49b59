"""`crm recompute`: works computed fields of stored records out anew."""

from __future__ import annotations

import click

from app.settings import Settings


@click.command()
@click.argument("target", required=False, metavar="[ENTITY[.FIELD]]")
def recompute(target: str | None) -> None:
    """Work out computed fields anew: all of them, those of an entity, or one with what follows from it.

    Only values that differ are written. Fields that read the clock are worked out, too.
    """
    from app.access import system_actor
    from app.cli.people import open_applied
    from app.record.recompute import Unknown, computed_places, repair

    store = open_applied(Settings.from_environment())
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


def _tell(entity: str, done: int, total: int) -> None:
    """Progress, on the terminal only."""
    click.echo(f"{entity}: {done:,} of {max(done, total):,}", err=True)

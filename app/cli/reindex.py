"""`crm reindex`: makes the rows that the search reads anew."""

from __future__ import annotations

import click

from app.settings import Settings


@click.command()
@click.argument("entity", required=False)
@click.option("--after", default=0, type=click.IntRange(min=0), help="Go on behind the record of this id.")
def reindex(entity: str | None, after: int) -> None:
    """Make the search rows of all records anew, or of those of one ENTITY. Others may work meanwhile.

    Who is cut off goes on with --after and the id that was told last.
    """
    from app.cli.people import open_applied
    from app.orm.store import StaleRevision
    from app.plan.reindex import rebuild_search

    if after and entity is None:
        raise click.UsageError("--after is about the records of one entity.")
    store = open_applied(Settings.from_environment())
    if entity is not None and entity not in store.catalog.entities:
        raise click.UsageError(f"there is no entity {entity!r}")
    count = 0
    try:
        for each in (entity,) if entity else store.catalog.entities:
            count += rebuild_search(store, each, _tell, after)
    except StaleRevision as error:
        raise click.ClickException(f"another configuration was applied meanwhile: begin again ({error})") from error
    click.echo(f"{count:,} records can be found anew")


def _tell(entity: str, done: int, last: int) -> None:
    """Progress, on the terminal only."""
    click.echo(f"{entity}: {done:,}, up to {last}", err=True)

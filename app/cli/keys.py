"""`crm keys`: the secret by which values are sealed, and a new one."""

from __future__ import annotations

import sys

import click

from app.settings import Settings


@click.group()
def keys() -> None:
    """The secret key of this deployment."""


@keys.command("rotate")
def rotate() -> None:
    """Seal anew what a former secret key has sealed: values of encrypted fields, and the secrets of second factors.

    Stop the servers, set CRM_SECRET_KEY to the new secret and CRM_SECRET_KEY_OLD to the one before, run this, and start them again; then
    CRM_SECRET_KEY_OLD may go. It may be interrupted, and goes on when it is run again. Exit 1 when some value does not open.
    """
    from app.cli.people import open_applied
    from app.plan.lock import DeploymentBusy
    from app.plan.rotating import rotate_values
    from app.web.security.second_factor import seal_anew

    settings = Settings.from_environment()
    if not settings.former_secret_key:
        raise click.ClickException("CRM_SECRET_KEY_OLD is not set: it names the secret key that was used until now")
    store = open_applied(settings, rotated=False)
    try:
        found = rotate_values(
            store.engine, store.models, lambda place, count: click.echo(f"{place}: {count:,} sealed anew")
        )
    except DeploymentBusy as busy:
        raise click.ClickException(str(busy)) from busy
    factors, shut = seal_anew(store, settings.every_secret())
    click.echo(f"second factors: {factors:,} sealed anew")
    for place, ids in found.lost.items():
        click.echo(f"{place}: {len(ids):,} do not open: ids {', '.join(map(str, ids[:10]))}{' …' if ids[10:] else ''}")
    if shut:
        click.echo(f"second factors: those of the people {', '.join(map(str, shut))} do not open")
    if found.shut:
        click.echo(f"secrets of this database: {', '.join(found.shut)} do not open")
    for place, row, others in found.taken:
        click.echo(
            f"{place}: id {row} is not sealed anew, its value must be unique and ids {', '.join(map(str, others))} have it"
        )
    if found.taken:
        raise click.ClickException(
            "PLN543 values that must be unique are there more than once. Start the servers without CRM_SECRET_KEY_OLD, give the first that "
            "are named another value or delete them, and run this again."
        )
    if found.lost and not shut and not found.shut:
        click.echo("All that opens is sealed by the current key: CRM_SECRET_KEY_OLD may be removed.")
    if found.lost or shut or found.shut:
        sys.exit(1)
    click.echo("All is sealed by the current key: CRM_SECRET_KEY_OLD may be removed.")

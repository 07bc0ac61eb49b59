"""`crm rollback` and `crm drift`: back to an earlier revision, and what somebody changed by hand."""

from __future__ import annotations

import json
import sys
from dataclasses import replace

import click

from app.cli.address import shown_url
from app.cli.applying import confirm, open_for_plans, progress, tell_unclean, who
from app.cli.plan import format_option
from app.settings import Settings


@click.command()
@click.argument("number", metavar="[R]", type=click.IntRange(1), required=False)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--allow-destructive", "allowed", multiple=True, metavar="NAME", help="Allow a step that loses something."
)
@click.option("--no-backup", is_flag=True, help="Make no backup before a plan that loses something.")
def rollback(*, number: int | None, yes: bool, allowed: tuple[str, ...], no_backup: bool) -> None:
    """Go back to revision R, or to the last one with another catalog: shown as a plan, asked first, a new revision.

    What was removed since comes back with its values, as long as it was not purged; what was added since is kept, hidden.
    Values that an apply overwrote, of merged options or of rows that did not fit, come back for as long as what is removed is
    kept, unless somebody has changed them since.
    """
    from app.cli.before_apply import back_up_before
    from app.plan import ApplyRefused, NothingApplied, apply_plan
    from app.plan.rollback import revision_before, rollback_plan

    settings = Settings.from_environment()
    with open_for_plans(settings, to_change=True) as engine:
        try:
            then = revision_before(engine, number)
        except NothingApplied as error:
            raise click.ClickException(str(error)) from error
        loaded, found = rollback_plan(engine, then)
        wanted = replace(found, database=shown_url(settings))
        click.echo(f"Back to revision {then.number}.\n{wanted.render()}")
        if wanted.is_empty:
            return
        confirm(wanted, yes=yes)
        if not no_backup:
            back_up_before(settings, engine, wanted, allowed)
        done = apply_plan(engine, loaded, wanted, who(), allowed, progress())
    if isinstance(done, ApplyRefused):
        raise click.ClickException(f"{done.code} {done.reason}\nNothing was changed.")
    tell_unclean(done)
    click.echo(
        f"Revision {done.number} is applied: that of {then.number}. The pack's folder is as it was: mend it, too."
    )


@click.command()
@format_option
def drift(form: str) -> None:
    """Name what somebody changed in the tables by hand. Exit 0: nothing; 1: something."""
    from app.plan import NothingApplied, open_store
    from app.plan.drift import compare_schema

    with open_for_plans(Settings.from_environment()) as engine:
        try:
            found = compare_schema(engine, open_store(engine).models)
        except NothingApplied as error:
            raise click.ClickException(str(error)) from error
    if form == "json":
        rows = [{"state": each.state, "what": each.what, "name": each.name, "detail": each.detail} for each in found]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(f"  {each}" for each in found) or "The tables are as the applied revision left them.")
    sys.exit(1 if found else 0)
